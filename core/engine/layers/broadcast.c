/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/broadcast.h"

#include <string.h>

/* Axis `axis` of `shape` as one of a shape of `rank` axes. */
static gint64
padded_dim (const LstmShape *shape, guint rank, guint axis)
{
  guint missing = rank - shape->rank;

  return axis < missing ? 1 : shape->dims[axis - missing];
}

/* Joins `b` into `out`; FALSE where two lengths do not go together. */
static gboolean
join_shapes (LstmShape *out, const LstmShape *b)
{
  guint rank = MAX (out->rank, b->rank);
  LstmShape joined = { .rank = rank };

  for (guint i = 0; i < rank; i++) {
    gint64 x = padded_dim (out, rank, i), y = padded_dim (b, rank, i);

    if (x != y && x != 1 && y != 1 && x >= 0 && y >= 0)
      return FALSE;
    if (x == 1)
      joined.dims[i] = y;
    else
      joined.dims[i] = x < 0 && y > 1 ? y : x;
  }
  *out = joined;
  return TRUE;
}

gboolean
lstm_broadcast_infer (const LstmLayer *layer, const LstmSpec *specs, guint n,
    LstmInference *inference, GError **error)
{
  const LstmSpec *first = &specs[0];
  LstmSpec *out = &inference->outputs[0];

  inference->n_outputs = 1;
  *out = *first;
  for (guint i = 1; i < n; i++) {
    const LstmSpec *in = &specs[i];
    gboolean same_steps =
        in->time == first->time &&
        (!in->time || (in->shape.rank == first->shape.rank &&
                          in->shape.dims[0] == first->shape.dims[0]));

    out->time = out->time || in->time;
    if (!same_steps)
      inference->needs_window = "it joins values of different numbers of steps";
    if (!join_shapes (&out->shape, &in->shape)) {
      g_autofree gchar *a = lstm_shape_to_batch_string (&first->shape, -1);
      g_autofree gchar *b = lstm_shape_to_batch_string (&in->shape, -1);

      return lstm_shape_error (error, layer,
          "its inputs have shapes %s and %s: axes must be equal, or 1", a, b);
    }
  }
  return TRUE;
}

/* One sample of `shape`, spread to `to`: out[i] = in[i with 1-axes at 0]. */
static void
spread (const LstmShape *shape, const gfloat *in, const LstmShape *to,
    gfloat *out, guint axis)
{
  guint missing = to->rank - shape->rank;
  gsize in_step = 1, out_step = 1;
  gint64 n;

  if (axis == to->rank) {
    *out = *in;
    return;
  }
  for (guint i = axis + 1; i < to->rank; i++) {
    out_step *= to->dims[i];
    in_step *= i < missing ? 1 : shape->dims[i - missing];
  }
  n = padded_dim (shape, to->rank, axis);
  for (gint64 i = 0; i < to->dims[axis]; i++)
    spread (shape, in + (n == 1 ? 0 : i) * in_step, to, out + i * out_step,
        axis + 1);
}

void
lstm_broadcast_place (const LstmShape *shape, const gfloat *in,
    const LstmShape *to, gfloat *out, gsize samples)
{
  gsize in_size = lstm_shape_count (shape), out_size = lstm_shape_count (to);

  if (in_size == out_size) {
    memcpy (out, in, samples * in_size * sizeof (gfloat));
    return;
  }
  for (gsize s = 0; s < samples; s++)
    spread (shape, in + s * in_size, to, out + s * out_size, 0);
}
