/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* MaxPooling1D and AveragePooling1D: padding counts neither in the maximum nor
 * in the mean. With padding='valid' they look back only, and stream. */

#include "engine/layers/history.h"
#include "engine/layers/layers.h"

#include <string.h>

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  LstmSliding *o = layer->options;

  o->size = lstm_steps_number (options, "pool_size");
  if (o->size == 0)
    o->size = 2;
  o->stride = lstm_steps_number (options, "strides");
  if (o->stride == 0)
    o->stride = o->size;
  o->dilation = 1;
  o->padding = lstm_steps_padding (options, FALSE);
  lstm_steps_data_format (options);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSliding *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  inference->n_outputs = 1;
  *out = *in;
  lstm_sliding_stream (o, inference,
      "it looks at steps to come (padding='same'; 'valid' looks back only)");
  return lstm_sliding_steps (
      layer, o, in->shape.dims[0], &out->shape.dims[0], error);
}

static guint
slots (const LstmPlanNode *node, LstmSlotSpec slots[LSTM_MAX_OUTPUTS])
{
  return lstm_history_slots (node, node->node->layer->options, slots);
}

/* Takes @n steps of [steps][features] into @out, which holds the first. */
typedef void (*PoolFunc) (
    gsize n, gsize features, const gfloat *in, gfloat *out);

/* NaN stays, as soon as one is met. */
static void
pool_max (gsize n, gsize features, const gfloat *in, gfloat *out)
{
  for (gsize i = 0; i < n; i++, in += features)
    for (gsize f = 0; f < features; f++)
      out[f] = out[f] > in[f] || out[f] != out[f] ? out[f] : in[f];
}

static void
pool_sum (gsize n, gsize features, const gfloat *in, gfloat *out)
{
  for (gsize i = 0; i < n; i++, in += features)
    for (gsize f = 0; f < features; f++)
      out[f] += in[f];
}

/* What a run pools: one sequence, of which the stream carries the beginning. */
typedef struct {
  gsize features;
  gsize history;
  const gfloat *before; /* [history][features] */
  const gfloat *in;
  PoolFunc func;
  gboolean mean;
} Pool;

static const gfloat *
find_step (const Pool *p, gsize at)
{
  return at < p->history ? p->before + at * p->features
                         : p->in + (at - p->history) * p->features;
}

/* Steps [first, end), counted from the beginning of the history, make one. */
static void
pool_steps (const Pool *p, gsize first, gsize end, gfloat *out)
{
  gsize middle = CLAMP (p->history, first + 1, end);

  memcpy (out, find_step (p, first), p->features * sizeof (gfloat));
  p->func (
      middle - first - 1, p->features, find_step (p, first) + p->features, out);
  if (middle < end)
    p->func (end - middle, p->features, find_step (p, middle), out);
  for (gsize f = 0; p->mean && f < p->features; f++)
    out[f] /= (gfloat) (end - first);
}

static void
run_frames (const LstmRun *run, Pool *p, const LstmSliding *o)
{
  gfloat *out = run->out[0];

  p->history = lstm_history_steps (run->plan, o);
  for (gsize s = 0; s < run->n_streams; s++) {
    p->before = p->history > 0 ? lstm_history_data (run, s) : NULL;
    p->in = run->in[0] + s * run->n_items * p->features;
    for (gsize k = 0; k < run->n_out; k++, out += p->features) {
      gsize first = run->first + k * (gsize) o->stride;

      pool_steps (p, first, first + (gsize) o->size, out);
    }
  }
  lstm_history_store (run, p->history);
}

static void
run_windows (const LstmRun *run, Pool *p, const LstmSliding *o)
{
  gint64 in_steps = run->plan->items[0].dims[0];
  gint64 out_steps = run->plan->items[1].dims[0];
  gint64 left = lstm_sliding_left (o, in_steps, out_steps);
  gfloat *out = run->out[0];

  p->in = run->in[0];
  for (gsize s = 0; s < run->samples; s++, p->in += in_steps * p->features) {
    for (gint64 t = 0; t < out_steps; t++, out += p->features) {
      gint64 first = MAX (t * o->stride - left, 0);
      gint64 end = MIN (t * o->stride - left + o->size, in_steps);

      pool_steps (p, first, end, out);
    }
  }
}

static LstmStatus
pool (const LstmRun *run, PoolFunc func, gboolean mean)
{
  Pool p = { .func = func, .mean = mean };

  p.features = run->plan->specs[0].shape.dims[1];
  if (lstm_by_frame (run->plan))
    run_frames (run, &p, run->plan->node->layer->options);
  else
    run_windows (run, &p, run->plan->node->layer->options);
  return LSTM_STATUS_OK;
}

static LstmStatus
run_max (const LstmRun *run)
{
  return pool (run, pool_max, FALSE);
}

static LstmStatus
run_average (const LstmRun *run)
{
  return pool (run, pool_sum, TRUE);
}

#define POOLING_CLASS(symbol, keras_name, run_func)                            \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .options_size = sizeof (LstmSliding),                                      \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .stops_mask = TRUE,                                                        \
    .configure = configure,                                                    \
    .infer = infer,                                                            \
    .slots = slots,                                                            \
    .run = run_func,                                                           \
  };

POOLING_CLASS (lstm_layer_average_pooling_1d, "AveragePooling1D", run_average)
POOLING_CLASS (lstm_layer_max_pooling_1d, "MaxPooling1D", run_max)
