/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmstats.h"

static guint
bucket_of (GstClockTime time)
{
  guint exponent;

  if (time < 8)
    return (guint) time;
  exponent = 63 - (guint) __builtin_clzll (time);
  return (exponent - 2) * 8 + ((time >> (exponent - 3)) & 7);
}

/* The longest time of a bucket. */
static GstClockTime
bucket_end (guint bucket)
{
  guint exponent = bucket / 8 + 2;

  if (bucket < 8)
    return bucket;
  return ((G_GUINT64_CONSTANT (9) + bucket % 8) << (exponent - 3)) - 1;
}

/* @time: how long a buffer, or a list of them, took, in ns. */
void
gst_lstm_stats_add_time (GstLstmStats *stats, GstClockTime time)
{
  stats->times[bucket_of (time)]++;
  stats->n_times++;
  stats->busy += time;
  stats->longest = MAX (stats->longest, time);
}

/* The time that @percentile of 100 buffers did not pass, at most an eighth too
 * long; 0 before the first. */
GstClockTime
gst_lstm_stats_get_time (const GstLstmStats *stats, guint percentile)
{
  guint64 wanted = (stats->n_times * percentile + 99) / 100, seen = 0;

  for (guint i = 0; i < GST_LSTM_STATS_BUCKETS; i++) {
    seen += stats->times[i];
    if (seen >= wanted)
      return MIN (bucket_end (i), stats->longest);
  }
  return stats->longest;
}

/* How many buffers took less than each power of two, in an array. */
static void
add_times (GstStructure *structure, const GstLstmStats *stats)
{
  GValue array = G_VALUE_INIT;
  guint64 seen = 0;
  guint bucket = 0;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = GST_LSTM_STATS_FIRST_POWER; i <= GST_LSTM_STATS_LAST_POWER;
       i++) {
    GValue value = G_VALUE_INIT;

    for (; bucket < bucket_of (G_GUINT64_CONSTANT (1) << i); bucket++)
      seen += stats->times[bucket];
    g_value_init (&value, G_TYPE_UINT64);
    g_value_set_uint64 (&value, seen);
    gst_value_array_append_and_take_value (&array, &value);
  }
  gst_structure_take_value (structure, "time-histogram", &array);
}

static void
add_resets (GstStructure *structure, const GstLstmCounts *counts)
{
  static const gchar *const names[GST_LSTM_N_CAUSES] = {
    "resets-stream-start",
    "resets-flush",
    "resets-discont",
    "resets-segment",
    "resets-caps",
    "resets-gap",
    "resets-nan",
    "resets-signal",
  };

  for (guint i = 0; i < GST_LSTM_N_CAUSES; i++)
    gst_structure_set (
        structure, names[i], G_TYPE_UINT64, counts->resets[i], NULL);
}

/* (transfer full) */
GstStructure *
gst_lstm_stats_to_structure (const GstLstmStats *stats)
{
  const GstLstmCounts *counts = &stats->counts;
  gdouble seconds = (gdouble) stats->busy / GST_SECOND;
  GstStructure *structure = gst_structure_new ("lstm-stats", "frames",
      G_TYPE_UINT64, counts->frames, "windows", G_TYPE_UINT64, counts->windows,
      "steps", G_TYPE_UINT64, counts->steps, "buffers", G_TYPE_UINT64,
      stats->buffers, "evictions", G_TYPE_UINT64, counts->evictions,
      "bad-numbers", G_TYPE_UINT64, counts->bad, "out-of-range", G_TYPE_UINT64,
      counts->outside, "steps-per-second", G_TYPE_DOUBLE,
      seconds > 0 ? (gdouble) counts->frames / seconds : 0.0, "time-p50",
      G_TYPE_UINT64, gst_lstm_stats_get_time (stats, 50), "time-p99",
      G_TYPE_UINT64, gst_lstm_stats_get_time (stats, 99), "time-max",
      G_TYPE_UINT64, stats->longest, "time-count", G_TYPE_UINT64,
      stats->n_times, "time-total", G_TYPE_UINT64, stats->busy, "state-saves",
      G_TYPE_UINT64, stats->saves, "state-saved-at", G_TYPE_INT64,
      stats->last_save, NULL);

  add_times (structure, stats);
  add_resets (structure, counts);
  return structure;
}
