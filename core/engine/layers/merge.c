/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers that join values number by number: Add, Subtract, Multiply, Average,
 * Maximum, Minimum. Axes of length 1 and missing leading axes are broadcast, as
 * in Keras. */

#include "engine/layers/broadcast.h"
#include "engine/layers/layers.h"

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  return lstm_broadcast_infer (
      layer, inference->inputs, inference->n_inputs, inference, error);
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

static void
place (const LstmRun *run, guint i, gfloat *out)
{
  lstm_broadcast_place (&run->plan->items[i], run->in[i],
      &run->plan->items[run->plan->node->n_inputs], out, run->samples);
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
