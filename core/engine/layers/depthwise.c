/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* DepthwiseConv1D: y[t][f m + k] = activation(b + sum over taps j of
 * x[t stride + j dilation - left][f] kernel[j][f][k]), for each of the m =
 * depth_multiplier outputs k of feature f. SeparableConv1D: the same without b
 * and activation, and then a Dense over what it gives.
 *
 * Each output is one chain, b and then the taps in order. */

#include "engine/layers/history.h"
#include "engine/layers/layers.h"
#include "engine/split.h"

#include <string.h>

/* Rows between the two products fill at most so many floats. */
#define BETWEEN_FLOATS 32768

typedef struct {
  guint filters; /* 0 in DepthwiseConv1D */
  guint multiplier;
  gboolean use_bias;
  LstmSliding sliding;
  LstmActivation activation;
  const gchar *kernel_name;
} DepthwiseOptions;

static const gchar *const idle_keys[] = { "depthwise_initializer",
  "pointwise_initializer", "bias_initializer", "depthwise_regularizer",
  "pointwise_regularizer", "bias_regularizer", "depthwise_constraint",
  "pointwise_constraint", "bias_constraint", "kernel_initializer",
  "kernel_regularizer", "kernel_constraint", "groups", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  DepthwiseOptions *o = layer->options;

  lstm_sliding_read (options, o->filters > 0, &o->sliding);
  o->multiplier = lstm_options_int (options, "depth_multiplier", 1, 1, 1 << 24);
  o->use_bias = lstm_options_bool (options, "use_bias", TRUE);
  o->activation = lstm_options_activation (options, "activation", "linear");
}

static void
configure_depthwise (LstmLayer *layer, LstmOptions *options)
{
  DepthwiseOptions *o = layer->options;

  configure (layer, options);
  o->kernel_name = options->keras >= 3 ? "kernel" : "depthwise_kernel";
}

static void
configure_separable (LstmLayer *layer, LstmOptions *options)
{
  DepthwiseOptions *o = layer->options;

  o->filters = lstm_options_int (options, "filters", 0, 1, 1 << 24);
  if (o->filters == 0)
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'filters' is missing");
  configure (layer, options);
  o->kernel_name = "depthwise_kernel";
}

/* Numbers of a step after the first product. */
static gint64
count_outputs (const DepthwiseOptions *o, const LstmShape *in)
{
  return in->dims[1] * (gint64) o->multiplier;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const DepthwiseOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  if (in->shape.dims[1] < 1 || count_outputs (o, &in->shape) > G_MAXINT32)
    return lstm_shape_error (error, layer,
        "its input has %" G_GINT64_FORMAT " features and depth_multiplier is "
        "%u, expected both known and their product below 2^31",
        in->shape.dims[1], o->multiplier);
  inference->n_outputs = 1;
  *out = *in;
  out->shape.dims[1] =
      o->filters > 0 ? o->filters : count_outputs (o, &in->shape);
  lstm_sliding_stream (&o->sliding, inference,
      o->filters > 0 ? "it looks at steps to come (padding='same'; 'causal' "
                       "looks back only)"
                     : "it looks at steps to come (padding='same'; 'valid' "
                       "looks back only)");
  return lstm_sliding_steps (
      layer, &o->sliding, in->shape.dims[0], &out->shape.dims[0], error);
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const DepthwiseOptions *o = layer->options;
  const LstmShape *in = &inference->inputs[0].shape;
  gint64 between = count_outputs (o, in);

  lstm_layer_declare_weight (layer, o->kernel_name,
      lstm_shape_make (
          3, o->sliding.size, in->dims[1], (gint64) o->multiplier));
  if (o->filters > 0)
    lstm_layer_declare_weight (layer, "pointwise_kernel",
        lstm_shape_make (3, (gint64) 1, between, (gint64) o->filters));
  if (o->use_bias)
    lstm_layer_declare_weight (layer, "bias",
        lstm_shape_make (1, o->filters > 0 ? (gint64) o->filters : between));
  return TRUE;
}

/* The second product, [features multiplier][filters]. */
static gpointer
pack_pointwise (const LstmLayer *layer, const LstmKernels *kernels)
{
  const DepthwiseOptions *o = layer->options;
  const LstmWeight *kernel = g_ptr_array_index (layer->weights, 1);
  LstmPacked *packed = g_new0 (LstmPacked, 1);
  LstmPackSource source = {
    .in = kernel->shape.dims[1],
    .units = o->filters,
    .keras_gates = 1,
    .gates = 1,
    .z_gates = 1,
    .kernel = kernel->data,
    .bias = o->use_bias ? lstm_layer_weight_data (layer, 2) : NULL,
  };

  lstm_packed_init (packed, kernels, &source);
  return packed;
}

static void
unpack_pointwise (gpointer data)
{
  lstm_packed_clear (data);
  g_free (data);
}

static guint
slots (const LstmPlanNode *node, LstmSlotSpec slots[LSTM_MAX_OUTPUTS])
{
  const DepthwiseOptions *o = node->node->layer->options;

  return lstm_history_slots (node, &o->sliding, slots);
}

static gsize
rows_at_once (gsize floats_a_row)
{
  return MAX (BETWEEN_FLOATS / floats_a_row, 1);
}

/* Zeros in the place of a step of padding, then rows between the products. */
static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const DepthwiseOptions *o = node->node->layer->options;
  gsize between = count_outputs (o, &node->specs[0].shape);
  gsize rows = o->filters > 0 ? rows_at_once (between) : 0;

  return node->specs[0].shape.dims[1] + rows * between;
}

typedef struct {
  LstmSlide slide;
  const DepthwiseOptions *options;
  const gfloat *kernel; /* [size][features][multiplier] */
  const gfloat *bias;   /* or NULL */
  const gfloat *zeros;
  gsize row; /* numbers of a step after the first product */
} Depthwise;

static void
add_tap (const Depthwise *d, const gfloat *x, const gfloat *kernel, gfloat *out)
{
  gsize m = d->options->multiplier;

  if (m == 1) {
    for (gsize i = 0; i < d->row; i++)
      out[i] += x[i] * kernel[i];
    return;
  }
  for (gsize f = 0; f < d->slide.features; f++)
    for (gsize k = f * m; k < (f + 1) * m; k++)
      out[k] += x[f] * kernel[k];
}

static void
make_row (const Depthwise *d, gsize output, gfloat *out)
{
  const LstmSliding *sliding = &d->options->sliding;
  gsize sequence = output / d->slide.out_steps;
  gsize first =
      d->slide.first + output % d->slide.out_steps * (gsize) sliding->stride;

  if (d->bias)
    memcpy (out, d->bias, d->row * sizeof (gfloat));
  else
    memset (out, 0, d->row * sizeof (gfloat));
  for (gsize j = 0; j < (gsize) sliding->size; j++) {
    const gfloat *x = lstm_slide_step (
        &d->slide, sequence, first + j * (gsize) sliding->dilation);

    add_tap (d, x ? x : d->zeros, d->kernel + j * d->row, out);
  }
}

static void
depthwise_init (Depthwise *d, const LstmRun *run)
{
  const LstmLayer *layer = run->plan->node->layer;
  const DepthwiseOptions *o = layer->options;

  lstm_slide_init (&d->slide, run, &o->sliding);
  d->options = o;
  d->kernel = lstm_layer_weight_data (layer, 0);
  d->bias =
      o->use_bias && o->filters == 0 ? lstm_layer_weight_data (layer, 1) : NULL;
  d->zeros = run->scratch;
  d->row = d->slide.features * o->multiplier;
  memset (run->scratch, 0, d->slide.features * sizeof (gfloat));
}

static LstmStatus
finish (const Depthwise *d, gsize rows, gsize n)
{
  const LstmRun *run = d->slide.run;

  lstm_history_store (run, d->slide.history);
  run->kernels->activate (&d->options->activation, rows, n, run->out[0]);
  return LSTM_STATUS_OK;
}

static LstmStatus
run_depthwise (const LstmRun *run)
{
  Depthwise d;
  gsize rows;

  depthwise_init (&d, run);
  rows = d.slide.sequences * d.slide.out_steps;
  for (gsize i = 0; i < rows; i++)
    make_row (&d, i, run->out[0] + i * d.row);
  return finish (&d, rows, d.row);
}

static LstmStatus
run_separable (const LstmRun *run)
{
  Depthwise d;
  gfloat *between;
  gsize total, filters, at_once;

  depthwise_init (&d, run);
  total = d.slide.sequences * d.slide.out_steps;
  filters = d.options->filters;
  at_once = rows_at_once (d.row);
  between = run->scratch + d.slide.features;
  for (gsize first = 0; first < total; first += at_once) {
    gsize rows = MIN (at_once, total - first);

    for (gsize i = 0; i < rows; i++)
      make_row (&d, first + i, between + i * d.row);
    lstm_split_dense (run, run->plan->packed, rows, between, d.row,
        run->out[0] + first * filters, filters);
  }
  return finish (&d, total, filters);
}

const LstmLayerClass lstm_layer_depthwise_conv_1d = {
  .name = "DepthwiseConv1D",
  .options_size = sizeof (DepthwiseOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .idle_keys = idle_keys,
  .configure = configure_depthwise,
  .build = build,
  .infer = infer,
  .slots = slots,
  .scratch = scratch,
  .run = run_depthwise,
};

const LstmLayerClass lstm_layer_separable_conv_1d = {
  .name = "SeparableConv1D",
  .options_size = sizeof (DepthwiseOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .idle_keys = idle_keys,
  .configure = configure_separable,
  .build = build,
  .infer = infer,
  .pack = pack_pointwise,
  .unpack = unpack_pointwise,
  .slots = slots,
  .scratch = scratch,
  .run = run_separable,
};
