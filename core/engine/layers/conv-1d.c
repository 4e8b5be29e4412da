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
check_options (const ConvOptions *o, LstmOptions *options)
{
  if (o->filters % o->groups != 0)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "filters is %u and groups %u: the filters must divide evenly among the "
        "groups",
        o->filters, o->groups);
  if (o->sliding.stride > 1 && o->sliding.dilation > 1)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "strides is %" G_GINT64_FORMAT " and dilation_rate %" G_GINT64_FORMAT
        ": only one of them may be above 1, as in Keras",
        o->sliding.stride, o->sliding.dilation);
}

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  ConvOptions *o = layer->options;

  o->filters = lstm_options_int (options, "filters", 0, 1, 1 << 24);
  if (o->filters == 0)
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'filters' is missing");
  o->sliding.size = lstm_steps_number (options, "kernel_size");
  if (o->sliding.size == 0)
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'kernel_size' is missing");
  o->sliding.stride = MAX (lstm_steps_number (options, "strides"), 1);
  o->sliding.dilation = MAX (lstm_steps_number (options, "dilation_rate"), 1);
  o->sliding.padding = lstm_steps_padding (options, TRUE);
  o->groups = lstm_options_int (options, "groups", 1, 1, 1 << 24);
  o->use_bias = lstm_options_bool (options, "use_bias", TRUE);
  o->activation = lstm_options_activation (options, "activation", "linear");
  lstm_steps_data_format (options);
  check_options (o, options);
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

/* A run: `sequences` of `in_steps` steps make `out_steps` each, the first of
 * them of the taps from step `first` on. */
typedef struct {
  const LstmRun *run;
  const ConvPacked *packed;
  const LstmSliding *sliding;
  gsize sequences;
  gsize in_steps;
  gsize out_steps;
  gsize first;
  gsize features;
  gsize filters;
  gsize left;    /* steps of padding before the first */
  gsize history; /* steps carried by the stream, which stand there instead */
  gsize row;     /* taps of one group, in floats */
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
  const LstmPlanNode *plan = run->plan;
  const ConvOptions *o = plan->node->layer->options;
  gboolean frames = lstm_by_frame (plan);

  c->run = run;
  c->packed = plan->packed;
  c->sliding = &o->sliding;
  c->sequences = frames ? run->n_streams : run->samples;
  c->in_steps = frames ? run->n_items : (gsize) plan->specs[0].shape.dims[0];
  c->out_steps = frames ? run->n_out : (gsize) plan->specs[1].shape.dims[0];
  c->first = frames ? run->first : 0;
  c->features = plan->specs[0].shape.dims[1];
  c->filters = o->filters;
  c->history = lstm_history_steps (plan, &o->sliding);
  c->left = frames ? c->history
                   : (gsize) lstm_sliding_left (
                         &o->sliding, c->in_steps, c->out_steps);
  c->row = c->packed->groups[0].in;
}

/* Step @at of a sequence, counted with its padding; NULL where it is zero. */
static const gfloat *
find_step (const Conv *c, gsize sequence, gsize at)
{
  if (at < c->history)
    return lstm_history_data (c->run, sequence) + at * c->features;
  if (at < c->left || at - c->left >= c->in_steps)
    return NULL;
  return c->run->in[0] + (sequence * c->in_steps + at - c->left) * c->features;
}

/* Row i of @rows: the taps of each group, in scratch [groups][rows][row]. */
static void
gather (const Conv *c, gsize output, gsize i, gsize rows)
{
  gsize sequence = output / c->out_steps;
  gsize first = c->first + output % c->out_steps * c->sliding->stride;
  gsize n = c->features / c->packed->n;

  for (gsize j = 0; j < (gsize) c->sliding->size; j++) {
    const gfloat *x = find_step (c, sequence, first + j * c->sliding->dilation);

    for (gsize g = 0; g < c->packed->n; g++) {
      gfloat *to = c->run->scratch + (g * rows + i) * c->row + j * n;

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
  gsize total = c->sequences * c->out_steps;
  gsize at_once = rows_at_once (c->row * c->packed->n);

  for (gsize first = 0; first < total; first += at_once) {
    gsize rows = MIN (at_once, total - first);

    for (gsize i = 0; i < rows; i++)
      gather (c, first + i, i, rows);
    for (guint g = 0; g < c->packed->n; g++) {
      const LstmPacked *w = &c->packed->groups[g];

      c->run->kernels->dense (w, rows, c->run->scratch + g * rows * c->row,
          c->row, c->run->out[0] + first * c->filters + g * w->units,
          c->filters);
    }
  }
}

/* Taps that lie side by side are rows as they stand; they may overlap. */
static gboolean
lies_ready (const Conv *c)
{
  gsize reach = lstm_sliding_reach (c->sliding);
  gsize last = (c->out_steps - 1) * c->sliding->stride + reach;

  return c->packed->n == 1 && c->left == 0 && c->first == 0 &&
         c->out_steps > 0 && last <= c->in_steps &&
         (c->sliding->dilation == 1 || c->sliding->size == 1);
}

static void
run_ready (const Conv *c)
{
  if (c->in_steps == c->out_steps * c->sliding->stride) {
    c->run->kernels->dense (&c->packed->groups[0], c->sequences * c->out_steps,
        c->run->in[0], c->sliding->stride * c->features, c->run->out[0],
        c->filters);
    return;
  }
  for (gsize s = 0; s < c->sequences; s++)
    c->run->kernels->dense (&c->packed->groups[0], c->out_steps,
        c->run->in[0] + s * c->in_steps * c->features,
        c->sliding->stride * c->features,
        c->run->out[0] + s * c->out_steps * c->filters, c->filters);
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
  lstm_history_store (run, c.history);
  run->kernels->activate (
      &o->activation, c.sequences * c.out_steps, c.filters, run->out[0]);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_conv_1d = {
  .name = "Conv1D",
  .options_size = sizeof (ConvOptions),
  .min_inputs = 1,
  .max_inputs = 1,
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
