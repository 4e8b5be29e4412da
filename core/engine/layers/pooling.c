/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* MaxPooling1D and AveragePooling1D: padding counts neither in the maximum nor
 * in the mean. */

#include "engine/layers/layers.h"
#include "engine/layers/steps.h"

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
  if (in->time)
    inference->needs_window = "it makes one step out of several";
  return lstm_sliding_steps (
      layer, o, in->shape.dims[0], &out->shape.dims[0], error);
}

/* Steps [first, first + n) of [steps][features] make one. */
typedef void (*PoolFunc) (
    gsize n, gsize features, const gfloat *in, gfloat *out);

/* NaN stays, as soon as one is met. */
static void
pool_max (gsize n, gsize features, const gfloat *in, gfloat *out)
{
  memcpy (out, in, features * sizeof (gfloat));
  for (gsize i = 1; i < n; i++) {
    const gfloat *x = in + i * features;

    for (gsize f = 0; f < features; f++)
      out[f] = out[f] > x[f] || out[f] != out[f] ? out[f] : x[f];
  }
}

static void
pool_average (gsize n, gsize features, const gfloat *in, gfloat *out)
{
  memcpy (out, in, features * sizeof (gfloat));
  for (gsize i = 1; i < n; i++)
    for (gsize f = 0; f < features; f++)
      out[f] += in[i * features + f];
  for (gsize f = 0; f < features; f++)
    out[f] /= (gfloat) n;
}

static LstmStatus
pool (const LstmRun *run, PoolFunc func)
{
  const LstmSliding *o = run->plan->node->layer->options;
  gint64 in_steps = run->plan->items[0].dims[0];
  gint64 out_steps = run->plan->items[1].dims[0];
  gsize features = run->plan->items[0].dims[1];
  gint64 left = lstm_sliding_left (o, in_steps, out_steps);
  const gfloat *in = run->in[0];
  gfloat *out = run->out[0];

  for (gsize s = 0; s < run->samples; s++, in += in_steps * features) {
    for (gint64 t = 0; t < out_steps; t++, out += features) {
      gint64 first = MAX (t * o->stride - left, 0);
      gint64 end = MIN (t * o->stride - left + o->size, in_steps);

      func (end - first, features, in + first * features, out);
    }
  }
  return LSTM_STATUS_OK;
}

static LstmStatus
run_max (const LstmRun *run)
{
  return pool (run, pool_max);
}

static LstmStatus
run_average (const LstmRun *run)
{
  return pool (run, pool_average);
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
    .run = run_func,                                                           \
  };

POOLING_CLASS (lstm_layer_average_pooling_1d, "AveragePooling1D", run_average)
POOLING_CLASS (lstm_layer_max_pooling_1d, "MaxPooling1D", run_max)
