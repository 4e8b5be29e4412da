/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* GlobalMaxPooling1D and GlobalAveragePooling1D: one frame for all steps. The
 * mean is of the steps that a mask leaves; the maximum does not see masks, as
 * in Keras. */

#include "engine/layers/layers.h"
#include "engine/layers/steps.h"

#include <string.h>

typedef struct {
  gboolean keepdims;
} GlobalOptions;

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  GlobalOptions *o = layer->options;

  o->keepdims = lstm_options_bool (options, "keepdims", FALSE);
  lstm_steps_data_format (options);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const GlobalOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  inference->n_outputs = 1;
  out->shape = o->keepdims ? lstm_shape_make (2, (gint64) 1, in->shape.dims[1])
                           : lstm_shape_make (1, in->shape.dims[1]);
  out->time = FALSE;
  if (in->time)
    lstm_infer_window (inference, "it makes one frame out of all steps", 1);
  return TRUE;
}

static LstmStatus
run_max (const LstmRun *run)
{
  gsize steps = run->plan->items[0].dims[0];
  gsize features = run->plan->items[0].dims[1];
  const gfloat *x = run->in[0];

  for (gsize s = 0; s < run->samples; s++) {
    gfloat *out = run->out[0] + s * features;

    memcpy (out, x, features * sizeof (gfloat));
    x += features;
    for (gsize t = 1; t < steps; t++, x += features)
      for (gsize f = 0; f < features; f++)
        out[f] = out[f] > x[f] || out[f] != out[f] ? out[f] : x[f];
  }
  return LSTM_STATUS_OK;
}

/* With every step masked the mean is NaN, as Keras's is. */
static LstmStatus
run_average (const LstmRun *run)
{
  gsize steps = run->plan->items[0].dims[0];
  gsize features = run->plan->items[0].dims[1];
  const gfloat *x = run->in[0];

  for (gsize s = 0; s < run->samples; s++) {
    gfloat *out = run->out[0] + s * features;
    gsize n = 0;

    memset (out, 0, features * sizeof (gfloat));
    for (gsize t = 0; t < steps; t++, x += features) {
      if (run->mask && run->mask[s * steps + t] == 0.0f)
        continue;
      n++;
      for (gsize f = 0; f < features; f++)
        out[f] += x[f];
    }
    for (gsize f = 0; f < features; f++)
      out[f] /= (gfloat) n;
  }
  return LSTM_STATUS_OK;
}

#define GLOBAL_CLASS(symbol, keras_name, run_func)                             \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .options_size = sizeof (GlobalOptions),                                    \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .stops_mask = TRUE,                                                        \
    .configure = configure,                                                    \
    .infer = infer,                                                            \
    .run = run_func,                                                           \
  };

GLOBAL_CLASS (
    lstm_layer_global_average_pooling_1d, "GlobalAveragePooling1D", run_average)
GLOBAL_CLASS (lstm_layer_global_max_pooling_1d, "GlobalMaxPooling1D", run_max)
