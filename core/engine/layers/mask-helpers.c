/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What layers that join masked values are made of; no model names these. */

#include "engine/layers/layers.h"

#include <string.h>

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

/* Inputs: the mask, a, b. */
static gboolean
infer_select (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *a = &inference->inputs[1];
  const LstmSpec *b = &inference->inputs[inference->n_inputs - 1];
  const LstmShape *mask = &inference->inputs[0].shape;
  gboolean fits = mask->rank + 1 == a->shape.rank &&
                  lstm_shape_equal (&a->shape, &b->shape);

  for (guint i = 0; fits && i < mask->rank; i++)
    fits = mask->dims[i] == a->shape.dims[i];
  if (!fits) {
    g_autofree gchar *mask_text = lstm_shape_to_batch_string (mask, -1);
    g_autofree gchar *a_text = lstm_shape_to_batch_string (&a->shape, -1);
    g_autofree gchar *b_text = lstm_shape_to_batch_string (&b->shape, -1);

    return lstm_shape_error (error, layer,
        "it joins values of shapes %s and %s with a mask of shape %s: masked "
        "values must have equal shapes",
        a_text, b_text, mask_text);
  }
  inference->n_outputs = 1;
  inference->outputs[0] = *a;
  return TRUE;
}

static LstmStatus
run_select (const LstmRun *run)
{
  const SelectOptions *o = run->plan->node->layer->options;
  gsize steps = run->samples * lstm_run_in_size (run, 0);
  gsize n = lstm_run_in_size (run, 1) / lstm_run_in_size (run, 0);
  const gfloat *b = run->plan->node->n_inputs > 2 ? run->in[2] : NULL;

  for (gsize i = 0; i < steps; i++) {
    gfloat *out = run->out[0] + i * n;

    if (run->in[0][i] != 0.0f)
      memcpy (out, run->in[1] + i * n, n * sizeof (gfloat));
    else if (b)
      memcpy (out, b + i * n, n * sizeof (gfloat));
    else
      for (gsize k = 0; k < n; k++)
        out[k] = o->fill;
  }
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
