/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* CuDNNLSTM and CuDNNGRU of Keras 2: LSTM, and GRU with reset_after, with fixed
 * activations and weights as cuDNN has them. A gate's part of both kernels is
 * the transposed of Keras's, [units][in] in the place of [in][units], and there
 * are two biases, the input's and the state's, one after the other. */

#include "engine/layers/layers.h"
#include "engine/layers/recurrent.h"

#include <string.h>

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  LstmRecurrentOptions *o = layer->options;

  lstm_recurrent_configure (layer, options);
  o->use_bias = TRUE;
  o->reset_after = TRUE;
  o->activation = lstm_options_activation (options, "activation", "tanh");
  o->recurrent_activation =
      lstm_options_activation (options, "recurrent_activation", "sigmoid");
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const LstmRecurrentOptions *o = layer->options;
  gint64 row = lstm_recurrent_cell (layer)->n_gates * o->units;

  lstm_layer_declare_weight (layer, "kernel",
      lstm_shape_make (2, inference->inputs[0].shape.dims[1], row));
  lstm_layer_declare_weight (
      layer, "recurrent_kernel", lstm_shape_make (2, o->units, row));
  lstm_layer_declare_weight (layer, "bias", lstm_shape_make (1, 2 * row));
  return TRUE;
}

/* Each gate's [in][units] numbers, row after row, are a [units][in] matrix. */
static gfloat *
convert_kernel (const LstmWeight *kernel, guint n_gates, gsize units)
{
  gsize in = kernel->shape.dims[0], row = n_gates * units;
  gfloat *out = g_new (gfloat, in * row);

  for (gsize g = 0; g < n_gates; g++)
    for (gsize i = 0; i < in * units; i++) {
      gsize from = (i / units) * row + g * units + i % units;
      gsize to = (i % in) * row + g * units + i / in;

      out[to] = kernel->data[from];
    }
  return out;
}

/* An LSTM has one bias, the sum of both. */
static gfloat *
convert_bias (const LstmLayer *layer, gsize row)
{
  const gfloat *bias = lstm_layer_weight_data (layer, 2);
  gfloat *out = g_memdup2 (bias, 2 * row * sizeof (gfloat));

  if (lstm_recurrent_cell (layer) == &lstm_cell_lstm)
    for (gsize i = 0; i < row; i++)
      out[i] = bias[i] + bias[row + i];
  return out;
}

/* Packs the layer as if its weights were Keras's. */
static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmCell *cell = lstm_recurrent_cell (layer);
  g_autoptr (GPtrArray) weights = g_ptr_array_new ();
  LstmWeight converted[3];
  LstmLayer keras = *layer;
  gpointer packed;

  for (guint i = 0; i < 3; i++) {
    converted[i] = *(LstmWeight *) g_ptr_array_index (layer->weights, i);
    converted[i].data =
        i < 2 ? convert_kernel (&converted[i], cell->n_gates, o->units)
              : convert_bias (layer, cell->n_gates * o->units);
    g_ptr_array_add (weights, &converted[i]);
  }
  keras.weights = weights;
  packed = cell->pack (&keras, kernels);
  for (guint i = 0; i < 3; i++)
    g_free ((gpointer) converted[i].data);
  return packed;
}

#define CUDNN_CLASS(symbol, keras_name, cell)                                  \
  static void symbol##_unpack (gpointer packed)                                \
  {                                                                            \
    cell.unpack (packed);                                                      \
  }                                                                            \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .options_size = sizeof (LstmRecurrentOptions),                             \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .takes_state = TRUE,                                                       \
    .idle_keys = lstm_recurrent_idle_keys,                                     \
    .configure = configure,                                                    \
    .build = build,                                                            \
    .infer = lstm_recurrent_infer,                                             \
    .pack = pack,                                                              \
    .unpack = symbol##_unpack,                                                 \
    .slots = lstm_recurrent_slots,                                             \
    .scratch = lstm_recurrent_scratch,                                         \
    .run = lstm_recurrent_run,                                                 \
    .run_one = lstm_recurrent_run_one,                                         \
  };

CUDNN_CLASS (lstm_layer_cudnn_gru, "CuDNNGRU", lstm_cell_gru)
CUDNN_CLASS (lstm_layer_cudnn_lstm, "CuDNNLSTM", lstm_cell_lstm)
