/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Permute: the axes of a sample in another order. Axis i of the output is axis
 * dims[i] of the input, counted from 1. */

#include "engine/layers/layers.h"

typedef struct {
  LstmShape dims;
} PermuteOptions;

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  PermuteOptions *o = layer->options;
  guint seen = 0;

  o->dims.rank =
      lstm_options_ints (options, "dims", o->dims.dims, LSTM_MAX_RANK);
  for (guint i = 0; i < o->dims.rank; i++)
    if (o->dims.dims[i] >= 1 && o->dims.dims[i] <= o->dims.rank)
      seen |= 1u << (o->dims.dims[i] - 1);
  if (o->dims.rank == 0 || seen != (1u << o->dims.rank) - 1) {
    g_autofree gchar *found = lstm_shape_to_string (&o->dims);

    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "dims=%s is no order of axes, expected each number from 1 up once, "
        "such as (2, 1)",
        found);
  }
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const PermuteOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  if (in->shape.rank != o->dims.rank) {
    g_autofree gchar *found = lstm_shape_to_batch_string (&in->shape, -1);
    g_autofree gchar *dims = lstm_shape_to_string (&o->dims);

    return lstm_shape_error (error, layer,
        "dims=%s orders %u axes after the batch, found shape %s", dims,
        o->dims.rank, found);
  }
  inference->n_outputs = 1;
  *out = *in;
  for (guint i = 0; i < o->dims.rank; i++)
    out->shape.dims[i] = in->shape.dims[o->dims.dims[i] - 1];
  out->time = in->time && o->dims.dims[0] == 1;
  if (in->time && !out->time)
    lstm_infer_window (inference,
        "it puts another axis in the place of the steps", out->shape.dims[0]);
  return TRUE;
}

/* What is left of the axes in frame mode lacks the steps, which stand first. */
typedef struct {
  guint rank;
  gsize lengths[LSTM_MAX_RANK]; /* of the output */
  gsize strides[LSTM_MAX_RANK]; /* in the input, by axis of the output */
} Walk;

static void
walk_init (Walk *w, const PermuteOptions *o, const LstmShape *in)
{
  guint missing = o->dims.rank - in->rank;

  w->rank = in->rank;
  for (guint i = 0; i < w->rank; i++) {
    guint axis = o->dims.dims[i + missing] - 1 - missing;

    w->lengths[i] = in->dims[axis];
    w->strides[i] = 1;
    for (guint k = axis + 1; k < w->rank; k++)
      w->strides[i] *= in->dims[k];
  }
}

static gfloat *
walk (const Walk *w, guint axis, const gfloat *in, gfloat *out)
{
  if (axis == w->rank) {
    *out = *in;
    return out + 1;
  }
  for (gsize i = 0; i < w->lengths[axis]; i++)
    out = walk (w, axis + 1, in + i * w->strides[axis], out);
  return out;
}

static LstmStatus
run (const LstmRun *run)
{
  const PermuteOptions *o = run->plan->node->layer->options;
  gsize n = lstm_run_in_size (run, 0);
  gfloat *out = run->out[0];
  Walk w;

  walk_init (&w, o, &run->plan->items[0]);
  for (gsize s = 0; s < run->samples; s++)
    out = walk (&w, 0, run->in[0] + s * n, out);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_permute = {
  .name = "Permute",
  .options_size = sizeof (PermuteOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .configure = configure,
  .infer = infer,
  .run = run,
};
