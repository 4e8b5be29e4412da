/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the lstm elements of a pipeline have counted, as their property stats
 * tells it. */

#define DEPLOY_N_CAUSES 8

/* Bounds of the histogram of times: 2^10, 2^11, ..., 2^34 ns. */
#define DEPLOY_FIRST_POWER 10
#define DEPLOY_N_BOUNDS 25

/* All fields are guint64: they are added up in one go. */
typedef struct {
  guint64 frames;
  guint64 windows;
  guint64 steps;
  guint64 buffers;
  guint64 evictions;
  guint64 bad_numbers;
  guint64 out_of_range;
  guint64 resets[DEPLOY_N_CAUSES];
  guint64 saves;                  /* of state files */
  guint64 n_times;                /* buffers, or lists of them */
  guint64 busy;                   /* their times together, ns */
  guint64 below[DEPLOY_N_BOUNDS]; /* how many took less than each bound */
} DeployCounts;

/* Why streams went back to their initial state: "gap", ... */
extern const gchar *const deploy_causes[DEPLOY_N_CAUSES];

/* Adds what an element has counted since it was started. */
void deploy_counts_read (DeployCounts *counts, const GstStructure *stats);
void deploy_counts_add (DeployCounts *counts, const DeployCounts *more);

G_END_DECLS
