/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/pointwise.h"

LstmPointwise *
lstm_pointwise_new (gsize n)
{
  LstmPointwise *p = g_new0 (LstmPointwise, 1);

  p->n = n;
  p->a = g_new0 (gfloat, MAX (n, 1));
  p->b = g_new0 (gfloat, MAX (n, 1));
  return p;
}

void
lstm_pointwise_free (gpointer packed)
{
  LstmPointwise *p = packed;

  g_free (p->a);
  g_free (p->b);
  g_free (p);
}

gboolean
lstm_pointwise_fits (const LstmShape *params, const LstmShape *shape)
{
  if (params->rank > shape->rank)
    return FALSE;
  for (guint i = 0; i < params->rank; i++) {
    gint64 dim = params->dims[params->rank - 1 - i];

    if (dim != 1 && dim != shape->dims[shape->rank - 1 - i])
      return FALSE;
  }
  return TRUE;
}

gboolean
lstm_pointwise_meets_time (const LstmShape *params, const LstmSpec *spec)
{
  return spec->time && params->rank == spec->shape.rank && params->dims[0] != 1;
}

/* Where the numbers for a row of a sample (its last axis) begin. */
static gsize
row_offset (const LstmShape *params, const LstmShape *item, gsize row)
{
  gsize offset = 0, stride = params->dims[params->rank - 1];

  for (guint i = 1; i < MIN (params->rank, item->rank); i++) {
    gsize n = item->dims[item->rank - 1 - i];
    gsize own = params->dims[params->rank - 1 - i];

    if (own != 1)
      offset += row % n * stride;
    row /= n;
    stride *= own;
  }
  return offset;
}

/* In frame mode the axis of time is not stored, and is 1 in @params. */
void
lstm_pointwise_run (
    const LstmRun *run, const LstmShape *params, LstmPointwiseFunc func)
{
  const LstmPointwise *p = run->plan->packed;
  const LstmShape *item = &run->plan->items[0];
  gsize size = lstm_run_in_size (run, 0);
  gsize total = run->samples * size;
  gsize last = item->rank > 0 ? item->dims[item->rank - 1] : 1;
  gboolean one;

  if (p->n == 1) {
    func (total, run->in[0], run->out[0], p->a, p->b, TRUE);
    return;
  }
  one = params->dims[params->rank - 1] == 1;
  for (gsize at = 0, row = 0; at < total; at += last, row++) {
    gsize offset = p->n == last && !one
                       ? 0
                       : row_offset (params, item, row % (size / last));

    func (last, run->in[0] + at, run->out[0] + at, p->a + offset, p->b + offset,
        one);
  }
}
