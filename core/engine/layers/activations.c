/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Activation, and the layers that are one activation each. */

#include "engine/activation.h"
#include "engine/layers/layers.h"

#include <string.h>

static void
configure_activation (LstmLayer *layer, LstmOptions *options)
{
  LstmActivation *o = layer->options;

  *o = lstm_options_activation (options, "activation", "linear");
}

static void
configure_layer (LstmLayer *layer, LstmOptions *options)
{
  LstmActivation *o = layer->options;

  *o = lstm_activation_of_layer (options, layer->klass->name);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  if (inference->inputs[0].shape.rank < 1)
    return lstm_shape_error (error, layer, "expected at least 2 axes");
  return lstm_infer_same (layer, inference, error);
}

static LstmStatus
run (const LstmRun *run)
{
  const LstmActivation *o = run->plan->node->layer->options;
  const LstmShape *shape = &run->plan->items[0];
  gsize size = lstm_run_in_size (run, 0);
  gsize last = shape->rank > 0 ? shape->dims[shape->rank - 1] : 1;

  memcpy (run->out[0], run->in[0], run->samples * size * sizeof (gfloat));
  run->kernels->activate (o, run->samples * (size / last), last, run->out[0]);
  return LSTM_STATUS_OK;
}

#define ACTIVATION_CLASS(symbol, keras_name, configure_func)                   \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .options_size = sizeof (LstmActivation),                                   \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .configure = configure_func,                                               \
    .infer = infer,                                                            \
    .run = run,                                                                \
  };

ACTIVATION_CLASS (lstm_layer_activation, "Activation", configure_activation)
ACTIVATION_CLASS (lstm_layer_elu, "ELU", configure_layer)
ACTIVATION_CLASS (lstm_layer_leaky_relu, "LeakyReLU", configure_layer)
ACTIVATION_CLASS (lstm_layer_relu, "ReLU", configure_layer)
ACTIVATION_CLASS (
    lstm_layer_thresholded_relu, "ThresholdedReLU", configure_layer)
