/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* y = activation(x W + b) over the last axis. */

#include "engine/layers/layers.h"
#include "engine/split.h"

typedef struct {
  guint units;
  gboolean use_bias;
  LstmActivation activation;
} DenseOptions;

static const gchar *const idle_keys[] = { "kernel_initializer",
  "bias_initializer", "kernel_regularizer", "bias_regularizer",
  "kernel_constraint", "bias_constraint", "lora_rank", "lora_alpha",
  "quantization_config", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  DenseOptions *o = layer->options;

  if (!lstm_options_has (options, "units"))
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'units' is missing");
  o->units = lstm_options_int (options, "units", 1, 1, G_MAXINT32);
  o->use_bias = lstm_options_bool (options, "use_bias", TRUE);
  o->activation = lstm_options_activation (options, "activation", "linear");
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const DenseOptions *o = layer->options;
  LstmShape *shape = &inference->outputs[0].shape;

  inference->n_outputs = 1;
  inference->outputs[0] = inference->inputs[0];
  if (shape->rank < 1)
    return lstm_shape_error (
        error, layer, "expected at least 2 axes [batch, ..., features]");
  if (inference->inputs[0].time && shape->rank < 2)
    return lstm_shape_error (
        error, layer, "expected features, found a sequence of single numbers");
  shape->dims[shape->rank - 1] = o->units;
  return TRUE;
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const DenseOptions *o = layer->options;
  const LstmShape *in = &inference->inputs[0].shape;

  lstm_layer_declare_weight (layer, "kernel",
      lstm_shape_make (2, in->dims[in->rank - 1], (gint64) o->units));
  if (o->use_bias)
    lstm_layer_declare_weight (
        layer, "bias", lstm_shape_make (1, (gint64) o->units));
  return TRUE;
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const DenseOptions *o = layer->options;
  const LstmWeight *kernel = g_ptr_array_index (layer->weights, 0);
  LstmPackSource source = {
    .in = kernel->shape.dims[0],
    .units = o->units,
    .keras_gates = 1,
    .gates = 1,
    .z_gates = 1,
    .kernel = kernel->data,
    .bias = o->use_bias ? lstm_layer_weight_data (layer, 1) : NULL,
  };
  LstmPacked *w = g_new0 (LstmPacked, 1);

  lstm_packed_init (w, kernels, &source);
  return w;
}

static void
unpack (gpointer packed)
{
  lstm_packed_clear (packed);
  g_free (packed);
}

static LstmStatus
run (const LstmRun *run)
{
  const DenseOptions *o = run->plan->node->layer->options;
  const LstmPacked *w = run->plan->packed;
  gsize rows = run->samples * (lstm_run_in_size (run, 0) / w->in);

  lstm_split_dense (run, w, rows, run->in[0], w->in, run->out[0], w->units);
  run->kernels->activate (&o->activation, rows, w->units, run->out[0]);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_dense = {
  .name = "Dense",
  .options_size = sizeof (DenseOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .copies_kernels = TRUE,
  .idle_keys = idle_keys,
  .configure = configure,
  .build = build,
  .infer = infer,
  .pack = pack,
  .unpack = unpack,
  .run = run,
};
