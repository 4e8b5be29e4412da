/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers that join values number by number: Add, Subtract, Multiply, Average,
 * Maximum, Minimum. Axes of length 1 and missing leading axes are broadcast, as
 * in Keras. */

#include "engine/layers/layers.h"

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
broadcast (LstmShape *out, const LstmShape *b)
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

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *first = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  inference->n_outputs = 1;
  *out = *first;
  for (guint i = 1; i < inference->n_inputs; i++) {
    const LstmSpec *in = &inference->inputs[i];
    gboolean same_steps =
        in->time == first->time &&
        (!in->time || (in->shape.rank == first->shape.rank &&
                          in->shape.dims[0] == first->shape.dims[0]));

    out->time = out->time || in->time;
    if (!same_steps)
      inference->needs_window = "it joins values of different numbers of steps";
    if (!broadcast (&out->shape, &in->shape)) {
      g_autofree gchar *a = lstm_shape_to_batch_string (&first->shape, -1);
      g_autofree gchar *b = lstm_shape_to_batch_string (&in->shape, -1);

      return lstm_shape_error (error, layer,
          "its inputs have shapes %s and %s: axes must be equal, or 1", a, b);
    }
  }
  return TRUE;
}

typedef void (*JoinFunc) (gfloat *a, const gfloat *b, gsize n);

#define JOIN(name, expression)                                                 \
  static void name (gfloat *a, const gfloat *b, gsize n)                       \
  {                                                                            \
    for (gsize i = 0; i < n; i++) {                                            \
      gfloat x = a[i], y = b[i];                                               \
      a[i] = (expression);                                                     \
    }                                                                          \
  }

JOIN (join_add, x + y)
JOIN (join_subtract, x - y)
JOIN (join_multiply, x *y)
JOIN (join_maximum, x > y || x != x ? x : y)
JOIN (join_minimum, x < y || x != x ? x : y)

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

static void
place (const LstmRun *run, guint i, gfloat *out)
{
  const LstmShape *shape = &run->plan->items[i];
  const LstmShape *to = &run->plan->items[run->plan->node->n_inputs];
  gsize in_size = lstm_run_in_size (run, i),
        out_size = lstm_run_out_size (run, 0);

  if (in_size == out_size) {
    memcpy (out, run->in[i], run->samples * in_size * sizeof (gfloat));
    return;
  }
  for (gsize s = 0; s < run->samples; s++)
    spread (shape, run->in[i] + s * in_size, to, out + s * out_size, 0);
}

static LstmStatus
join (const LstmRun *run, JoinFunc func)
{
  gsize n = run->samples * lstm_run_out_size (run, 0);

  place (run, 0, run->out[0]);
  for (guint i = 1; i < run->plan->node->n_inputs; i++) {
    if (lstm_run_in_size (run, i) == lstm_run_out_size (run, 0)) {
      func (run->out[0], run->in[i], n);
    } else {
      place (run, i, run->scratch);
      func (run->out[0], run->scratch, n);
    }
  }
  return LSTM_STATUS_OK;
}

static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  return samples * lstm_shape_count (&node->items[node->node->n_inputs]);
}

static LstmStatus
run_add (const LstmRun *run)
{
  return join (run, join_add);
}

static LstmStatus
run_subtract (const LstmRun *run)
{
  return join (run, join_subtract);
}

static LstmStatus
run_multiply (const LstmRun *run)
{
  return join (run, join_multiply);
}

static LstmStatus
run_maximum (const LstmRun *run)
{
  return join (run, join_maximum);
}

static LstmStatus
run_minimum (const LstmRun *run)
{
  return join (run, join_minimum);
}

static LstmStatus
run_average (const LstmRun *run)
{
  gsize n = run->samples * lstm_run_out_size (run, 0);
  gfloat count = (gfloat) run->plan->node->n_inputs;

  join (run, join_add);
  for (gsize i = 0; i < n; i++)
    run->out[0][i] /= count;
  return LSTM_STATUS_OK;
}

#define MERGE_CLASS(symbol, keras_name, max, join, run_func)                   \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .min_inputs = 2,                                                           \
    .max_inputs = max,                                                         \
    .joins_masks = join,                                                       \
    .infer = infer,                                                            \
    .scratch = scratch,                                                        \
    .run = run_func,                                                           \
  };

MERGE_CLASS (lstm_layer_add, "Add", G_MAXUINT, LSTM_JOIN_PLAIN, run_add)
MERGE_CLASS (lstm_layer_subtract, "Subtract", 2, LSTM_JOIN_PLAIN, run_subtract)
MERGE_CLASS (lstm_layer_multiply, "Multiply", G_MAXUINT, LSTM_JOIN_MULTIPLY,
    run_multiply)
MERGE_CLASS (
    lstm_layer_average, "Average", G_MAXUINT, LSTM_JOIN_PLAIN, run_average)
MERGE_CLASS (
    lstm_layer_maximum, "Maximum", G_MAXUINT, LSTM_JOIN_PICK, run_maximum)
MERGE_CLASS (
    lstm_layer_minimum, "Minimum", G_MAXUINT, LSTM_JOIN_PICK, run_minimum)
