/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "counts.h"

G_BEGIN_DECLS

/* A histogram of times in ns: 8 buckets for each power of two from 2^10 to
 * 2^34, one for what is shorter and one for what is longer, so that a time
 * between is known to an eighth. Any thread adds, and any reads. */

#define DEPLOY_N_TIMES ((DEPLOY_N_BOUNDS - 1) * 8 + 2)

/* Atomic, each for itself. */
typedef struct {
  guint64 n;
  guint64 total; /* ns */
  guint64 buckets[DEPLOY_N_TIMES];
} DeployTimes;

void deploy_times_add (DeployTimes *times, guint64 ns);
/* As they are now. */
void deploy_times_copy (DeployTimes *to, const DeployTimes *from);
/* What came since @before, of a copy. */
void deploy_times_subtract (DeployTimes *times, const DeployTimes *before);
/* How many of a copy were shorter than 2^(DEPLOY_FIRST_POWER + @bound) ns. */
guint64 deploy_times_count_below (const DeployTimes *times, guint bound);
/* What @percentile of 100 did not pass, in ns, at most an eighth too long; 0 if
 * there are none. */
guint64 deploy_times_get (const DeployTimes *times, guint percentile);

G_END_DECLS
