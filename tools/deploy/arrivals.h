/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* When buffers came, by the time of the stream that they cover. One thread at a
 * time notes them, any others look them up; nobody waits. */

#define DEPLOY_N_ARRIVALS 64

/* Guarded by its sequence, which is odd while it is written. */
typedef struct {
  guint64 sequence;
  GstClockTime begin, end; /* of the stream's time; equal: a moment */
  GstClockTime at;         /* when it came, of the monotonic clock */
} DeployArrival;

typedef struct {
  guint64 n; /* atomic: noted until now */
  DeployArrival last[DEPLOY_N_ARRIVALS];
} DeployArrivals;

void deploy_arrivals_note (DeployArrivals *arrivals, GstClockTime begin,
    GstClockTime end, GstClockTime at);
/* When that came which ends at this moment of the stream, or covers it;
 * GST_CLOCK_TIME_NONE if it is not among the last DEPLOY_N_ARRIVALS. */
GstClockTime deploy_arrivals_find (
    const DeployArrivals *arrivals, GstClockTime moment);

G_END_DECLS
