/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "counts.h"

const gchar *const deploy_causes[DEPLOY_N_CAUSES] = { "stream-start", "flush",
  "discont", "segment", "caps", "gap", "nan", "signal" };

static guint64
get (const GstStructure *stats, const gchar *name)
{
  guint64 value = 0;

  gst_structure_get_uint64 (stats, name, &value);
  return value;
}

static void
read_times (DeployCounts *counts, const GstStructure *stats)
{
  const GValue *array = gst_structure_get_value (stats, "time-histogram");
  guint n = array && GST_VALUE_HOLDS_ARRAY (array)
                ? gst_value_array_get_size (array)
                : 0;

  for (guint i = 0; i < MIN (n, DEPLOY_N_BOUNDS); i++) {
    const GValue *value = gst_value_array_get_value (array, i);

    if (G_VALUE_HOLDS_UINT64 (value))
      counts->below[i] += g_value_get_uint64 (value);
  }
  counts->n_times += get (stats, "time-count");
  counts->busy += get (stats, "time-total");
}

void
deploy_counts_read (DeployCounts *counts, const GstStructure *stats)
{
  counts->frames += get (stats, "frames");
  counts->windows += get (stats, "windows");
  counts->steps += get (stats, "steps");
  counts->buffers += get (stats, "buffers");
  counts->evictions += get (stats, "evictions");
  counts->bad_numbers += get (stats, "bad-numbers");
  counts->out_of_range += get (stats, "out-of-range");
  counts->saves += get (stats, "state-saves");
  for (guint i = 0; i < DEPLOY_N_CAUSES; i++) {
    g_autofree gchar *name = g_strconcat ("resets-", deploy_causes[i], NULL);

    counts->resets[i] += get (stats, name);
  }
  read_times (counts, stats);
}

void
deploy_counts_add (DeployCounts *counts, const DeployCounts *more)
{
  guint64 *to = (guint64 *) counts;
  const guint64 *from = (const guint64 *) more;

  for (gsize i = 0; i < sizeof *counts / sizeof *to; i++)
    to[i] += from[i];
}
