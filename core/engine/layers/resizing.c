/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers that change the number of steps and no frame: UpSampling1D,
 * ZeroPadding1D and Cropping1D. */

#include "engine/layers/layers.h"
#include "engine/layers/steps.h"

#include <string.h>

/* Each step `times` over; `pair` steps of zeros around, or taken away. */
typedef struct {
  gint64 times;
  gint64 pair[2];
} ResizeOptions;

static gboolean
infer_steps (
    LstmInference *inference, gint64 steps, const gchar *why, LstmFrames frames)
{
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  inference->n_outputs = 1;
  *out = *in;
  out->shape.dims[0] = in->shape.dims[0] < 0 ? LSTM_DIM_UNKNOWN : steps;
  if (in->time) {
    inference->needs_window = why;
    inference->frames = frames;
  }
  return TRUE;
}

static void
configure_up_sampling (LstmLayer *layer, LstmOptions *options)
{
  ResizeOptions *o = layer->options;

  o->times = lstm_steps_number (options, "size");
  if (o->times == 0)
    o->times = 2;
}

static gboolean
infer_up_sampling (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const ResizeOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  gint64 steps;

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  if (__builtin_mul_overflow (in->shape.dims[0], o->times, &steps))
    return lstm_shape_error (error, layer,
        "%" G_GINT64_FORMAT " steps, each %" G_GINT64_FORMAT
        " times, are more than can be counted",
        in->shape.dims[0], o->times);
  return infer_steps (inference, steps, "it gives more steps than it reads",
      (LstmFrames){ 1, o->times, 0, 0 });
}

static LstmStatus
run_up_sampling (const LstmRun *run)
{
  const ResizeOptions *o = run->plan->node->layer->options;
  gsize features = run->plan->items[0].dims[1];
  gsize rows = run->samples * run->plan->items[0].dims[0];
  const gfloat *in = run->in[0];
  gfloat *out = run->out[0];

  for (gsize r = 0; r < rows; r++, in += features)
    for (gint64 i = 0; i < o->times; i++, out += features)
      memcpy (out, in, features * sizeof (gfloat));
  return LSTM_STATUS_OK;
}

static void
configure_zero_padding (LstmLayer *layer, LstmOptions *options)
{
  ResizeOptions *o = layer->options;

  lstm_steps_pair (options, "padding", 1, o->pair);
  lstm_steps_data_format (options);
}

static gboolean
infer_zero_padding (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const ResizeOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  gint64 steps;

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  if (__builtin_add_overflow (
          in->shape.dims[0], o->pair[0] + o->pair[1], &steps))
    return lstm_shape_error (error, layer,
        "%" G_GINT64_FORMAT " steps and its padding are more than can be "
        "counted",
        in->shape.dims[0]);
  return infer_steps (inference, steps,
      "it puts steps of zeros before and after the window",
      (LstmFrames){ 1, 1, o->pair[0], 0 });
}

static LstmStatus
run_zero_padding (const LstmRun *run)
{
  const ResizeOptions *o = run->plan->node->layer->options;
  gsize features = run->plan->items[0].dims[1];
  gsize size = lstm_run_in_size (run, 0);
  gsize before = o->pair[0] * features, after = o->pair[1] * features;
  gfloat *out = run->out[0];

  for (gsize s = 0; s < run->samples; s++) {
    memset (out, 0, before * sizeof (gfloat));
    memcpy (out + before, run->in[0] + s * size, size * sizeof (gfloat));
    memset (out + before + size, 0, after * sizeof (gfloat));
    out += before + size + after;
  }
  return LSTM_STATUS_OK;
}

static void
configure_cropping (LstmLayer *layer, LstmOptions *options)
{
  ResizeOptions *o = layer->options;

  lstm_steps_pair (options, "cropping", 1, o->pair);
}

static gboolean
infer_cropping (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const ResizeOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  gint64 steps;

  if (!lstm_steps_check (layer, in, error))
    return FALSE;
  steps = in->shape.dims[0] - o->pair[0] - o->pair[1];
  if (in->shape.dims[0] >= 0 && steps < 1)
    return lstm_shape_error (error, layer,
        "it takes %" G_GINT64_FORMAT " steps from the beginning and "
        "%" G_GINT64_FORMAT " from the end of %" G_GINT64_FORMAT
        ", expected one at least to be left",
        o->pair[0], o->pair[1], in->shape.dims[0]);
  return infer_steps (inference, steps,
      "it takes steps from the beginning and the end of the window",
      (LstmFrames){ 1, 1, 0, o->pair[0] });
}

static LstmStatus
run_cropping (const LstmRun *run)
{
  const ResizeOptions *o = run->plan->node->layer->options;
  gsize first = o->pair[0] * run->plan->items[0].dims[1];
  gsize in_size = lstm_run_in_size (run, 0);
  gsize out_size = lstm_run_out_size (run, 0);

  for (gsize s = 0; s < run->samples; s++)
    memcpy (run->out[0] + s * out_size, run->in[0] + s * in_size + first,
        out_size * sizeof (gfloat));
  return LSTM_STATUS_OK;
}

#define RESIZING_CLASS(symbol, keras_name, verb)                               \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .options_size = sizeof (ResizeOptions),                                    \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .stops_mask = TRUE,                                                        \
    .configure = configure_##verb,                                             \
    .infer = infer_##verb,                                                     \
    .run = run_##verb,                                                         \
  };

RESIZING_CLASS (lstm_layer_cropping_1d, "Cropping1D", cropping)
RESIZING_CLASS (lstm_layer_up_sampling_1d, "UpSampling1D", up_sampling)
RESIZING_CLASS (lstm_layer_zero_padding_1d, "ZeroPadding1D", zero_padding)
