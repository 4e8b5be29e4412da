/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/cells/cell.h"

static LstmPackSource
source (const LstmLayer *layer, guint weight, guint n_gates)
{
  const LstmRecurrentOptions *o = layer->options;
  const LstmWeight *kernel = g_ptr_array_index (layer->weights, weight);

  return (LstmPackSource){
    .in = kernel->shape.dims[0],
    .units = o->units,
    .keras_gates = n_gates,
    .gates = n_gates,
    .order = { 0, 1, 2, 3 },
    .z_gates = n_gates,
    .kernel = kernel->data,
  };
}

/* The kernel over the input, with its bias, all gates in Keras's order. */
LstmPackSource
lstm_cell_input_source (const LstmLayer *layer, guint n_gates)
{
  const LstmRecurrentOptions *o = layer->options;
  LstmPackSource s = source (layer, 0, n_gates);

  if (o->use_bias)
    s.bias = lstm_layer_weight_data (layer, 2);
  return s;
}

/* The kernel over the state, without bias. */
LstmPackSource
lstm_cell_recurrent_source (const LstmLayer *layer, guint n_gates)
{
  return source (layer, 1, n_gates);
}
