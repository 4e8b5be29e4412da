/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What an element has done since it was started. */

/* Why streams went back to their initial state. */
typedef enum {
  GST_LSTM_CAUSE_STREAM_START,
  GST_LSTM_CAUSE_FLUSH,
  GST_LSTM_CAUSE_DISCONT,
  GST_LSTM_CAUSE_SEGMENT,
  GST_LSTM_CAUSE_CAPS,
  GST_LSTM_CAUSE_GAP,
  GST_LSTM_CAUSE_NAN,
  GST_LSTM_CAUSE_SIGNAL,
  GST_LSTM_N_CAUSES,
} GstLstmCause;

/* What a session counts. */
typedef struct {
  guint64 frames;    /* that came in whole */
  guint64 windows;   /* that were run */
  guint64 steps;     /* that were run: each of a window, or frames */
  guint64 evictions; /* of keys, to make room for others */
  guint64 outside;   /* numbers out of the range that they are scaled to */
  guint64 bad;       /* numbers replaced, or frames skipped for one */
  guint64 resets[GST_LSTM_N_CAUSES]; /* of streams that were there */
} GstLstmCounts;

/* Buckets of the histogram: 8 for each power of two, so that a time is known to
 * an eighth; times below 8 ns have one each. */
#define GST_LSTM_STATS_BUCKETS (62 * 8)

/* Those told of: below 2^10, 2^11, ..., 2^34 ns. */
#define GST_LSTM_STATS_FIRST_POWER 10
#define GST_LSTM_STATS_LAST_POWER 34

typedef struct {
  GstLstmCounts counts;
  guint64 buffers; /* that came in */
  guint64 times[GST_LSTM_STATS_BUCKETS];
  guint64 n_times;
  GstClockTime busy; /* all times together */
  GstClockTime longest;
  guint64 saves;    /* of the state file */
  gint64 last_save; /* by g_get_real_time(), or 0 */
} GstLstmStats;

void gst_lstm_stats_add_time (GstLstmStats *stats, GstClockTime time);
GstClockTime gst_lstm_stats_get_time (
    const GstLstmStats *stats, guint percentile);
GstStructure *gst_lstm_stats_to_structure (const GstLstmStats *stats);

G_END_DECLS
