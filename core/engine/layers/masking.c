/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Masks each step of which all features are mask_value, and makes them zero. */

#include "engine/layers/layers.h"

#include <string.h>

typedef struct {
  gfloat mask_value;
} MaskingOptions;

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  MaskingOptions *o = layer->options;

  o->mask_value = (gfloat) lstm_options_double (options, "mask_value", 0.0);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *in = &inference->inputs[0];

  if (in->shape.rank < (in->time ? 2 : 1)) {
    g_autofree gchar *found = lstm_shape_to_batch_string (&in->shape, -1);

    return lstm_shape_error (error, layer,
        "expected 3 axes [batch, steps, features], found %s", found);
  }
  inference->n_outputs = 2;
  inference->outputs[0] = *in;
  inference->outputs[1] = *in;
  inference->outputs[1].shape.rank--;
  inference->makes_mask = TRUE;
  return TRUE;
}

static gboolean
counts (const gfloat *x, gsize n, gfloat mask_value)
{
  for (gsize i = 0; i < n; i++)
    if (x[i] != mask_value)
      return TRUE;
  return FALSE;
}

static LstmStatus
run (const LstmRun *run)
{
  const MaskingOptions *o = run->plan->node->layer->options;
  gsize steps = run->samples * lstm_run_out_size (run, 1);
  gsize n = lstm_run_in_size (run, 0) / lstm_run_out_size (run, 1);
  const gfloat *x = run->in[0];
  gfloat *y = run->out[0];

  for (gsize i = 0; i < steps; i++, x += n, y += n) {
    gboolean kept = counts (x, n, o->mask_value);

    run->out[1][i] = kept ? 1.0f : 0.0f;
    if (kept)
      memcpy (y, x, n * sizeof (gfloat));
    else
      memset (y, 0, n * sizeof (gfloat));
  }
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_masking = {
  .name = "Masking",
  .options_size = sizeof (MaskingOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .configure = configure,
  .infer = infer,
  .run = run,
};
