/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/axes.h"

#include <string.h>

void
lstm_axes_read (LstmOptions *options, LstmAxisOption *axes)
{
  axes->n = lstm_options_ints (options, "axis", axes->values, LSTM_MAX_RANK);
  if (axes->n == 0 && lstm_options_has (options, "axis"))
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "axis names no axis, expected one or more");
  if (axes->n == 0)
    axes->values[axes->n++] = -1;
}

/* Keras's number of an axis as an axis of a sample; -1 where there is none. */
static gint
axis_of (gint64 axis, guint rank)
{
  if (axis < 0)
    axis += (gint64) rank + 1;
  return axis < 1 || axis > rank ? -1 : (gint) axis - 1;
}

guint
lstm_axes_get (const LstmAxisOption *axes, guint rank)
{
  guint bits = 0;

  for (guint i = 0; i < axes->n; i++)
    bits |= 1u << MAX (axis_of (axes->values[i], rank), 0);
  return bits;
}

gboolean
lstm_axes_resolve (const LstmLayer *layer, const LstmAxisOption *axes,
    guint rank, guint *bits, GError **error)
{
  *bits = 0;
  for (guint i = 0; i < axes->n; i++) {
    gint axis = axis_of (axes->values[i], rank);

    if (axis < 0)
      return lstm_shape_error (error, layer,
          "axis %" G_GINT64_FORMAT " is none of the axes after the batch of "
          "its input, which are 1 to %u",
          axes->values[i], rank);
    if (*bits & (1u << axis))
      return lstm_shape_error (
          error, layer, "axis names axis %d twice, expected once", axis + 1);
    *bits |= 1u << axis;
  }
  return TRUE;
}

gboolean
lstm_axes_meet_time (guint bits, const LstmSpec *spec)
{
  return spec->time && (bits & 1u);
}

gsize
lstm_axes_count (const LstmShape *shape, guint bits)
{
  gsize n = 1;

  for (guint i = 0; i < shape->rank; i++)
    if (bits & (1u << i))
      n *= shape->dims[i];
  return n;
}

gsize
lstm_axes_offset (const LstmShape *shape, guint bits, gsize index)
{
  gsize offset = 0, stride = 1;

  for (guint i = shape->rank; i-- > 0;) {
    gsize n = shape->dims[i];

    if (bits & (1u << i)) {
      offset += index % n * stride;
      index /= n;
    }
    stride *= n;
  }
  return offset;
}

/* Axes of the spec as axes of an item, which has no time in frame mode. */
static guint
item_bits (const LstmPlanNode *node, guint bits)
{
  return bits >> (node->specs[0].shape.rank - node->items[0].rank);
}

static guint
all_bits (const LstmShape *shape)
{
  return (1u << shape->rank) - 1;
}

/* Whether the axes are the last ones: their numbers then lie side by side. */
static gboolean
are_last (const LstmShape *shape, guint bits)
{
  guint others = all_bits (shape) & ~bits;

  return (others & (others + 1)) == 0;
}

gsize
lstm_axes_scratch (const LstmPlanNode *node, guint bits)
{
  const LstmShape *item = &node->items[0];

  bits = item_bits (node, bits);
  return are_last (item, bits) ? 0 : lstm_axes_count (item, bits);
}

static void
run_row (const LstmRun *run, guint bits, gsize n, LstmRowsFunc func, gfloat *v)
{
  const LstmShape *item = &run->plan->items[0];

  for (gsize i = 0; i < n; i++)
    run->scratch[i] = v[lstm_axes_offset (item, bits, i)];
  func (run, 1, n, run->scratch);
  for (gsize i = 0; i < n; i++)
    v[lstm_axes_offset (item, bits, i)] = run->scratch[i];
}

void
lstm_axes_run (const LstmRun *run, guint bits, LstmRowsFunc func)
{
  const LstmShape *item = &run->plan->items[0];
  gsize size = lstm_run_in_size (run, 0);
  gsize n, rows;
  guint others;

  bits = item_bits (run->plan, bits);
  others = all_bits (item) & ~bits;
  n = lstm_axes_count (item, bits);
  rows = size / n;
  memcpy (run->out[0], run->in[0], run->samples * size * sizeof (gfloat));
  if (are_last (item, bits)) {
    func (run, run->samples * rows, n, run->out[0]);
    return;
  }
  for (gsize s = 0; s < run->samples; s++)
    for (gsize r = 0; r < rows; r++)
      run_row (run, bits, n, func,
          run->out[0] + s * size + lstm_axes_offset (item, others, r));
}
