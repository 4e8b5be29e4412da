/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Puts values side by side along one axis. */

#include "engine/layers/layers.h"

#include <string.h>

typedef struct {
  gint64 axis; /* as in Keras: the batch is 0, -1 is the last */
} ConcatenateOptions;

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  ConcatenateOptions *o = layer->options;

  o->axis =
      lstm_options_int (options, "axis", -1, -LSTM_MAX_RANK - 1, LSTM_MAX_RANK);
}

gint
lstm_concatenate_axis (const LstmLayer *layer, const LstmShape *shape)
{
  const ConcatenateOptions *o = layer->options;
  gint64 axis = o->axis < 0 ? o->axis + shape->rank : o->axis - 1;

  return axis < 0 || axis >= shape->rank ? -1 : (gint) axis;
}

static gboolean
fits (const LstmShape *a, const LstmShape *b, gint axis)
{
  if (a->rank != b->rank)
    return FALSE;
  for (guint i = 0; i < a->rank; i++)
    if ((gint) i != axis && a->dims[i] != b->dims[i])
      return FALSE;
  return TRUE;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *first = &inference->inputs[0];
  gint axis = lstm_concatenate_axis (layer, &first->shape);
  LstmSpec *out = &inference->outputs[0];

  inference->n_outputs = 1;
  *out = *first;
  if (axis < 0) {
    g_autofree gchar *a = lstm_shape_to_batch_string (&first->shape, -1);

    return lstm_shape_error (error, layer,
        "axis=%" G_GINT64_FORMAT " is none of the axes of %s after the batch",
        ((const ConcatenateOptions *) layer->options)->axis, a);
  }
  if (first->time && axis == 0) {
    lstm_infer_whole (inference, "it puts sequences one after the other");
    inference->frames.out = inference->n_inputs;
  }
  for (guint i = 1; i < inference->n_inputs; i++) {
    const LstmSpec *in = &inference->inputs[i];

    if (in->time != first->time)
      inference->needs_window = "it joins values of different numbers of steps";
    if (!fits (&first->shape, &in->shape, axis)) {
      g_autofree gchar *a = lstm_shape_to_batch_string (&first->shape, -1);
      g_autofree gchar *b = lstm_shape_to_batch_string (&in->shape, -1);

      return lstm_shape_error (error, layer,
          "its inputs have shapes %s and %s, which may differ in axis %d only",
          a, b, axis + 1);
    }
    if (out->shape.dims[axis] < 0 || in->shape.dims[axis] < 0)
      out->shape.dims[axis] = LSTM_DIM_UNKNOWN;
    else
      out->shape.dims[axis] += in->shape.dims[axis];
    out->time = out->time || in->time;
  }
  return TRUE;
}

/* Numbers of one input that lie together: axes from the joined one inwards. */
static gsize
run_length (const LstmRun *run, guint i, guint from_end)
{
  const LstmShape *shape = &run->plan->items[i];
  gsize n = 1;

  for (guint k = shape->rank - from_end; k < shape->rank; k++)
    n *= shape->dims[k];
  return n;
}

static LstmStatus
run (const LstmRun *run)
{
  const LstmPlanNode *plan = run->plan;
  gint axis = lstm_concatenate_axis (plan->node->layer, &plan->specs[0].shape);
  guint from_end = plan->specs[0].shape.rank - axis;
  gsize out_length = run_length (run, plan->node->n_inputs, from_end);
  gsize rows = run->samples * lstm_run_out_size (run, 0) / out_length;
  gsize at = 0;

  for (guint i = 0; i < plan->node->n_inputs; i++) {
    gsize length = run_length (run, i, from_end);

    for (gsize r = 0; r < rows; r++)
      memcpy (run->out[0] + r * out_length + at, run->in[i] + r * length,
          length * sizeof (gfloat));
    at += length;
  }
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_concatenate = {
  .name = "Concatenate",
  .options_size = sizeof (ConcatenateOptions),
  .min_inputs = 2,
  .max_inputs = G_MAXUINT,
  .joins_masks = LSTM_JOIN_SIDE_BY_SIDE,
  .configure = configure,
  .infer = infer,
  .run = run,
};
