/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Conv1D: y[t] = activation(b + sum over taps j, inputs i of
 * x[t stride + j dilation - left][i] kernel[j][i]).
 *
 * The taps of an output, in order of time, make one row of size * features
 * numbers, and Keras's kernel [size][features][filters] a matrix for it. Those
 * that look back only stream: the state is what was last read, and with strides
 * how far the next output is off. */

#include "engine/layers/history.h"
#include "engine/layers/layers.h"
#include "engine/split.h"

#include <string.h>

/* Rows of taps are gathered until they fill this many floats. */
#define GATHER_FLOATS 32768

typedef struct {
  guint filters;
  guint groups;
  gboolean use_bias;
  LstmSliding sliding;
  LstmActivation activation;
} ConvOptions;

/* One matrix [size * features / groups][filters / groups] a group. */
typedef struct {
  guint n;
  LstmPacked groups[];
} ConvPacked;

static const gchar *const idle_keys[] = { "kernel_initializer",
  "bias_initializer", "kernel_regularizer", "bias_regularizer",
  "kernel_constraint", "bias_constraint", "lora_rank", "lora_alpha",
  "quantization_config", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  ConvOptions *o = layer->options;

  o->filters = lstm_options_int (options, "filters", 0, 1, 1 << 24);
  if (o->filters == 0)
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'filters' is missing");
  lstm_sliding_read (options, TRUE, &o->sliding);
  o->groups = lstm_options_int (options, "groups", 1, 1, 1 << 24);
  o->use_bias = lstm_options_bool (options, "use_bias", TRUE);
  o->activation = lstm_options_activation (options, "activation", "linear");
  if (o->filters % o->groups != 0)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "filters is %u and groups %u: the filters must divide evenly among the "
        "groups",
        o->filters, o->groups);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const ConvOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  if (in->shape.dims[1] < 1 || in->shape.dims[1] % o->groups != 0)
    return lstm_shape_error (error, layer,
        "its input has %" G_GINT64_FORMAT " features, which do not divide "
        "evenly among %u groups",
        in->shape.dims[1], o->groups);
  inference->n_outputs = 1;
  *out = *in;
  out->shape.dims[1] = o->filters;
  lstm_sliding_stream (&o->sliding, inference,
      "it looks at steps to come (padding='same'; 'causal' looks back only)");
  return lstm_sliding_steps (
      layer, &o->sliding, in->shape.dims[0], &out->shape.dims[0], error);
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const ConvOptions *o = layer->options;
  gint64 features = inference->inputs[0].shape.dims[1];

  lstm_layer_declare_weight (layer, "kernel",
      lstm_shape_make (
          3, o->sliding.size, features / o->groups, (gint64) o->filters));
  if (o->use_bias)
    lstm_layer_declare_weight (
        layer, "bias", lstm_shape_make (1, (gint64) o->filters));
  return TRUE;
}

/* A group's filters stand side by side in a row of the kernel, as a gate's
 * units do. */
static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const ConvOptions *o = layer->options;
  const LstmWeight *kernel = g_ptr_array_index (layer->weights, 0);
  ConvPacked *packed =
      g_malloc0 (sizeof *packed + o->groups * sizeof packed->groups[0]);

  packed->n = o->groups;
  for (guint g = 0; g < o->groups; g++) {
    LstmPackSource source = {
      .in = kernel->shape.dims[0] * kernel->shape.dims[1],
      .units = o->filters / o->groups,
      .keras_gates = o->groups,
      .gates = 1,
      .order = { g },
      .z_gates = 1,
      .kernel = kernel->data,
      .bias = o->use_bias ? lstm_layer_weight_data (layer, 1) : NULL,
    };

    lstm_packed_init (&packed->groups[g], kernels, &source);
  }
  return packed;
}

static void
unpack (gpointer data)
{
  ConvPacked *packed = data;

  for (guint g = 0; g < packed->n; g++)
    lstm_packed_clear (&packed->groups[g]);
  g_free (packed);
}

static guint
slots (const LstmPlanNode *node, LstmSlotSpec slots[LSTM_MAX_OUTPUTS])
{
  const ConvOptions *o = node->node->layer->options;

  return lstm_history_slots (node, &o->sliding, slots);
}

typedef struct {
  LstmSlide slide;
  const ConvPacked *packed;
  const LstmSliding *sliding;
  gsize filters;
  gsize row; /* taps of one group, in floats */
} Conv;

static gsize
rows_at_once (gsize floats_a_row)
{
  return MAX (GATHER_FLOATS / floats_a_row, 1);
}

static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const ConvOptions *o = node->node->layer->options;
  gsize row = o->sliding.size * node->specs[0].shape.dims[1];

  return rows_at_once (row) * row;
}

static void
conv_init (Conv *c, const LstmRun *run)
{
  const ConvOptions *o = run->plan->node->layer->options;

  lstm_slide_init (&c->slide, run, &o->sliding);
  c->packed = run->plan->packed;
  c->sliding = &o->sliding;
  c->filters = o->filters;
  c->row = c->packed->groups[0].in;
}

/* Row i of @rows: the taps of each group, in scratch [groups][rows][row]. */
static void
gather (const Conv *c, gsize output, gsize i, gsize rows)
{
  const LstmSlide *s = &c->slide;
  gsize sequence = output / s->out_steps;
  gsize first = s->first + output % s->out_steps * c->sliding->stride;
  gsize n = s->features / c->packed->n;

  for (gsize j = 0; j < (gsize) c->sliding->size; j++) {
    const gfloat *x =
        lstm_slide_step (s, sequence, first + j * c->sliding->dilation);

    for (gsize g = 0; g < c->packed->n; g++) {
      gfloat *to = s->run->scratch + (g * rows + i) * c->row + j * n;

      if (x)
        memcpy (to, x + g * n, n * sizeof (gfloat));
      else
        memset (to, 0, n * sizeof (gfloat));
    }
  }
}

static void
run_gathered (const Conv *c)
{
  const LstmRun *run = c->slide.run;
  gsize total = c->slide.sequences * c->slide.out_steps;
  gsize at_once = rows_at_once (c->row * c->packed->n);

  for (gsize first = 0; first < total; first += at_once) {
    gsize rows = MIN (at_once, total - first);

    for (gsize i = 0; i < rows; i++)
      gather (c, first + i, i, rows);
    for (guint g = 0; g < c->packed->n; g++) {
      const LstmPacked *w = &c->packed->groups[g];

      lstm_split_dense (run, w, rows, run->scratch + g * rows * c->row, c->row,
          run->out[0] + first * c->filters + g * w->units, c->filters);
    }
  }
}

/* Taps that lie side by side are rows as they stand; they may overlap. */
static gboolean
lies_ready (const Conv *c)
{
  const LstmSlide *s = &c->slide;
  gsize reach = lstm_sliding_reach (c->sliding);
  gsize last = (s->out_steps - 1) * c->sliding->stride + reach;

  return c->packed->n == 1 && s->left == 0 && s->first == 0 &&
         s->out_steps > 0 && last <= s->in_steps &&
         (c->sliding->dilation == 1 || c->sliding->size == 1);
}

static void
run_ready (const Conv *c)
{
  const LstmSlide *s = &c->slide;
  const LstmRun *run = s->run;
  gsize stride = c->sliding->stride * s->features;

  if (s->in_steps == s->out_steps * c->sliding->stride) {
    lstm_split_dense (run, &c->packed->groups[0], s->sequences * s->out_steps,
        run->in[0], stride, run->out[0], c->filters);
    return;
  }
  for (gsize i = 0; i < s->sequences; i++)
    lstm_split_dense (run, &c->packed->groups[0], s->out_steps,
        run->in[0] + i * s->in_steps * s->features, stride,
        run->out[0] + i * s->out_steps * c->filters, c->filters);
}

static LstmStatus
run (const LstmRun *run)
{
  const ConvOptions *o = run->plan->node->layer->options;
  Conv c;

  conv_init (&c, run);
  if (lies_ready (&c))
    run_ready (&c);
  else
    run_gathered (&c);
  lstm_history_store (run, c.slide.history);
  run->kernels->activate (&o->activation, c.slide.sequences * c.slide.out_steps,
      c.filters, run->out[0]);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_conv_1d = {
  .name = "Conv1D",
  .options_size = sizeof (ConvOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .copies_kernels = TRUE,
  .stops_mask = TRUE,
  .idle_keys = idle_keys,
  .configure = configure,
  .build = build,
  .infer = infer,
  .pack = pack,
  .unpack = unpack,
  .slots = slots,
  .scratch = scratch,
  .run = run,
};
