/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers that keep every number and change the axes: Flatten, Reshape and
 * RepeatVector. */

#include "engine/layers/layers.h"

#include <string.h>

static void
configure_flatten (LstmLayer *layer, LstmOptions *options)
{
  const gchar *format =
      lstm_options_string (options, "data_format", "channels_last");

  if (!g_str_equal (format, "channels_last"))
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "data_format is '%s', expected 'channels_last'", format);
}

static gboolean
infer_flatten (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *in = &inference->inputs[0];

  inference->n_outputs = 1;
  inference->outputs[0].shape =
      lstm_shape_make (1, lstm_shape_count (&in->shape));
  inference->outputs[0].time = FALSE;
  if (in->time)
    lstm_infer_window (inference, "it puts all steps into one row", 1);
  return TRUE;
}

const LstmLayerClass lstm_layer_flatten = {
  .name = "Flatten",
  .min_inputs = 1,
  .max_inputs = 1,
  .alias = TRUE,
  .stops_mask = TRUE,
  .configure = configure_flatten,
  .infer = infer_flatten,
};

typedef struct {
  LstmShape target; /* -1 for at most one axis: what is left over */
} ReshapeOptions;

static void
configure_reshape (LstmLayer *layer, LstmOptions *options)
{
  ReshapeOptions *o = layer->options;
  guint open = 0;

  o->target.rank = lstm_options_ints (
      options, "target_shape", o->target.dims, LSTM_MAX_RANK);
  for (guint i = 0; i < o->target.rank; i++) {
    if (o->target.dims[i] == -1)
      open++;
    else if (o->target.dims[i] < 1)
      lstm_options_fail (options, LSTM_ERROR_VALUE,
          "target_shape holds %" G_GINT64_FORMAT ", expected 1 or more, or -1",
          o->target.dims[i]);
  }
  if (o->target.rank == 0 || open > 1)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "target_shape must have at least one axis, and -1 at most once");
}

static gboolean
infer_reshape (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const ReshapeOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmShape *out = &inference->outputs[0].shape;
  gint64 total = lstm_shape_count (&in->shape), rest = 1;
  gint open = -1;

  inference->n_outputs = 1;
  inference->outputs[0].time = FALSE;
  if (in->time)
    lstm_infer_window (inference, "it may move numbers from step to step", 1);
  *out = o->target;
  for (guint i = 0; i < out->rank; i++) {
    if (out->dims[i] < 0)
      open = i;
    else if (__builtin_mul_overflow (rest, out->dims[i], &rest))
      rest = G_MAXINT64;
  }
  if (total < 0)
    return TRUE;
  if (open >= 0 && total % rest == 0)
    out->dims[open] = total / rest;
  else if (open >= 0 || total != rest) {
    g_autofree gchar *from = lstm_shape_to_batch_string (&in->shape, -1);
    g_autofree gchar *to = lstm_shape_to_string (&o->target);

    return lstm_shape_error (error, layer,
        "%s holds %" G_GINT64_FORMAT
        " numbers a sample, which target_shape=%s cannot hold",
        from, total, to);
  }
  return TRUE;
}

const LstmLayerClass lstm_layer_reshape = {
  .name = "Reshape",
  .options_size = sizeof (ReshapeOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .alias = TRUE,
  .stops_mask = TRUE,
  .configure = configure_reshape,
  .infer = infer_reshape,
};

typedef struct {
  gint64 n;
} RepeatOptions;

static void
configure_repeat (LstmLayer *layer, LstmOptions *options)
{
  RepeatOptions *o = layer->options;

  if (!lstm_options_has (options, "n"))
    lstm_options_fail (options, LSTM_ERROR_VALUE, "config key 'n' is missing");
  o->n = lstm_options_int (options, "n", 1, 1, G_MAXINT32);
}

static gboolean
infer_repeat (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const RepeatOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];

  if (in->shape.rank != 1) {
    g_autofree gchar *found = lstm_shape_to_batch_string (&in->shape, -1);

    return lstm_shape_error (
        error, layer, "expected 2 axes [batch, features], found %s", found);
  }
  inference->n_outputs = 1;
  inference->outputs[0].shape = lstm_shape_make (2, o->n, in->shape.dims[0]);
  inference->outputs[0].time = FALSE;
  lstm_infer_window (
      inference, "it makes a sequence out of what the window gave", o->n);
  return TRUE;
}

static LstmStatus
run_repeat (const LstmRun *run)
{
  const RepeatOptions *o = run->plan->node->layer->options;
  gsize n = lstm_run_in_size (run, 0);
  const gfloat *in = run->in[0];
  gfloat *out = run->out[0];

  for (gsize s = 0; s < run->samples; s++, in += n)
    for (gint64 i = 0; i < o->n; i++, out += n)
      memcpy (out, in, n * sizeof (gfloat));
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_repeat_vector = {
  .name = "RepeatVector",
  .options_size = sizeof (RepeatOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .configure = configure_repeat,
  .infer = infer_repeat,
  .run = run_repeat,
};
