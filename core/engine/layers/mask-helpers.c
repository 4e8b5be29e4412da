/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What layers that join masked values are made of; no model names these. */

#include "engine/layers/broadcast.h"
#include "engine/layers/layers.h"

/* ---- Select: mask ? a : b, or the number `fill` where there is no b ---- */

typedef struct {
  gfloat fill;
} SelectOptions;

static void
configure_select (LstmLayer *layer, LstmOptions *options)
{
  SelectOptions *o = layer->options;

  o->fill = (gfloat) lstm_options_double (options, "fill", 0.0);
}

/* A mask has all axes of the values but the last. */
static LstmShape
with_last (const LstmShape *mask)
{
  LstmShape shape = *mask;

  shape.dims[shape.rank++] = 1;
  return shape;
}

/* Inputs: the mask, a, b. */
static gboolean
infer_select (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  guint n_values = inference->n_inputs - 1;
  LstmSpec specs[3];

  if (inference->inputs[0].shape.rank >= LSTM_MAX_RANK)
    return lstm_shape_error (error, layer, "a mask has too many axes");
  for (guint i = 0; i < n_values; i++)
    specs[i] = inference->inputs[i + 1];
  specs[n_values] = inference->inputs[0];
  specs[n_values].shape = with_last (&specs[n_values].shape);
  return lstm_broadcast_infer (
      layer, specs, inference->n_inputs, inference, error);
}

static gsize
scratch_select (
    const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  guint n = node->node->n_inputs;

  return (n - 1) * samples * lstm_shape_count (&node->items[n]);
}

static LstmStatus
run_select (const LstmRun *run)
{
  const SelectOptions *o = run->plan->node->layer->options;
  const LstmShape *items = run->plan->items;
  guint n_inputs = run->plan->node->n_inputs;
  const LstmShape *to = &items[n_inputs];
  LstmShape mask_shape = with_last (&items[0]);
  gsize n = run->samples * lstm_run_out_size (run, 0);
  gfloat *mask = run->scratch, *b = run->scratch + n, *out = run->out[0];

  lstm_broadcast_place (&mask_shape, run->in[0], to, mask, run->samples);
  lstm_broadcast_place (&items[1], run->in[1], to, out, run->samples);
  if (n_inputs > 2)
    lstm_broadcast_place (&items[2], run->in[2], to, b, run->samples);
  for (gsize i = 0; i < n; i++)
    if (mask[i] == 0.0f)
      out[i] = n_inputs > 2 ? b[i] : o->fill;
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_select = {
  .name = "Select",
  .options_size = sizeof (SelectOptions),
  .min_inputs = 2,
  .max_inputs = 3,
  .stops_mask = TRUE,
  .configure = configure_select,
  .infer = infer_select,
  .scratch = scratch_select,
  .run = run_select,
};

/* ---- AllSteps: a mask with which every step of the input counts ---- */

static gboolean
infer_without_last (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  if (inference->inputs[0].shape.rank < 1)
    return lstm_shape_error (error, layer, "expected at least 2 axes");
  inference->n_outputs = 1;
  inference->outputs[0] = inference->inputs[0];
  inference->outputs[0].shape.rank--;
  return TRUE;
}

static LstmStatus
run_all_steps (const LstmRun *run)
{
  gsize n = run->samples * lstm_run_out_size (run, 0);

  for (gsize i = 0; i < n; i++)
    run->out[0][i] = 1.0f;
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_all_steps = {
  .name = "AllSteps",
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .infer = infer_without_last,
  .run = run_all_steps,
};

/* ---- AnyStep: of a mask, whether anything along its last axis counts ---- */

static LstmStatus
run_any_step (const LstmRun *run)
{
  gsize rows = run->samples * lstm_run_out_size (run, 0);
  gsize n = lstm_run_in_size (run, 0) / lstm_run_out_size (run, 0);

  for (gsize i = 0; i < rows; i++) {
    gfloat any = 0.0f;

    for (gsize k = 0; k < n; k++)
      if (run->in[0][i * n + k] != 0.0f)
        any = 1.0f;
    run->out[0][i] = any;
  }
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_any_step = {
  .name = "AnyStep",
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .infer = infer_without_last,
  .run = run_any_step,
};

/* ---- SequenceMask: the steps of a sequence before its length ---- */

/* Inputs: the sequence, of which only the number of steps counts, and its
 * length. */
static gboolean
infer_sequence_mask (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *in = &inference->inputs[0];
  const LstmShape *length = &inference->inputs[1].shape;
  g_autofree gchar *sequence_text = NULL, *length_text = NULL;

  if (in->shape.rank == 2 && length->rank == 1 && length->dims[0] == 1) {
    inference->n_outputs = 1;
    inference->outputs[0] = *in;
    inference->outputs[0].shape.rank = 1;
    inference->needs_window =
        "it ends at a length that is told of the whole window";
    return TRUE;
  }
  sequence_text = lstm_shape_to_batch_string (&in->shape, -1);
  length_text = lstm_shape_to_batch_string (length, -1);
  return lstm_shape_error (error, layer,
      "its inputs have shapes %s and %s, expected [batch, steps, features] and "
      "the length of each sequence, [batch, 1]",
      sequence_text, length_text);
}

static LstmStatus
run_sequence_mask (const LstmRun *run)
{
  gsize steps = lstm_run_out_size (run, 0);

  for (gsize s = 0; s < run->samples; s++)
    for (gsize t = 0; t < steps; t++)
      run->out[0][s * steps + t] = (gfloat) t < run->in[1][s] ? 1.0f : 0.0f;
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_sequence_mask = {
  .name = "SequenceMask",
  .min_inputs = 2,
  .max_inputs = 2,
  .stops_mask = TRUE,
  .infer = infer_sequence_mask,
  .run = run_sequence_mask,
};
