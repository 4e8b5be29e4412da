/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A row of a table for each index. Indices are whole numbers in floats; what
 * stands behind the point is cut off. With mask_zero, index 0 is masked. */

#include "engine/layers/layers.h"

#include <string.h>

typedef struct {
  gint64 input_dim;
  gint64 output_dim;
  gboolean mask_zero;
} EmbeddingOptions;

static const gchar *const idle_keys[] = { "embeddings_initializer",
  "embeddings_regularizer", "embeddings_constraint", "lora_rank", "lora_alpha",
  "quantization_config", NULL };

static gint64
read_dim (LstmOptions *options, const gchar *key)
{
  if (!lstm_options_has (options, key))
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key '%s' is missing", key);
  return lstm_options_int (options, key, 1, 1, G_MAXINT32);
}

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  EmbeddingOptions *o = layer->options;

  o->input_dim = read_dim (options, "input_dim");
  o->output_dim = read_dim (options, "output_dim");
  o->mask_zero = lstm_options_bool (options, "mask_zero", FALSE);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const EmbeddingOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmSpec *out = &inference->outputs[0];

  if (in->shape.rank + 1 > LSTM_MAX_RANK)
    return lstm_shape_error (error, layer,
        "its input has %u axes after the batch, at most %d can be",
        in->shape.rank, LSTM_MAX_RANK - 1);
  inference->n_outputs = 1;
  *out = *in;
  out->shape.dims[out->shape.rank++] = o->output_dim;
  inference->makes_mask = o->mask_zero;
  if (o->mask_zero)
    inference->outputs[inference->n_outputs++] = *in;
  return TRUE;
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const EmbeddingOptions *o = layer->options;

  lstm_layer_declare_weight (
      layer, "embeddings", lstm_shape_make (2, o->input_dim, o->output_dim));
  return TRUE;
}

static LstmStatus
run (const LstmRun *run)
{
  const LstmLayer *layer = run->plan->node->layer;
  const EmbeddingOptions *o = layer->options;
  const gfloat *table = lstm_layer_weight_data (layer, 0);
  gsize n = run->samples * lstm_run_in_size (run, 0);
  gdouble end = (gdouble) o->input_dim;

  for (gsize i = 0; i < n; i++) {
    gdouble index = (gdouble) run->in[0][i];

    if (!(index > -1.0 && index < end))
      return LSTM_STATUS_INDEX_OUT_OF_RANGE;
    memcpy (run->out[0] + i * o->output_dim,
        table + (gsize) (gint64) index * o->output_dim,
        o->output_dim * sizeof (gfloat));
    if (o->mask_zero)
      run->out[1][i] = index != 0.0 ? 1.0f : 0.0f;
  }
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_embedding = {
  .name = "Embedding",
  .options_size = sizeof (EmbeddingOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .reads_steps = TRUE,
  .idle_keys = idle_keys,
  .configure = configure,
  .build = build,
  .infer = infer,
  .run = run,
};
