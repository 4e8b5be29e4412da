/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* SimpleRNN: h' = a(x K + h R + b). */

#include "engine/cells/cell.h"

static LstmShape
bias_shape (const LstmRecurrentOptions *o)
{
  return lstm_shape_make (1, o->units);
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmRecurrentOptions *o = layer->options;
  LstmRnnWeights *w = g_new0 (LstmRnnWeights, 1);
  LstmPackSource input = lstm_cell_input_source (layer, 1);
  LstmPackSource recurrent = lstm_cell_recurrent_source (layer, 1);

  lstm_packed_init (&w->input, kernels, &input);
  lstm_packed_init (&w->recurrent, kernels, &recurrent);
  w->activation = o->activation;
  return w;
}

static void
unpack (gpointer packed)
{
  LstmRnnWeights *w = packed;

  lstm_packed_clear (&w->input);
  lstm_packed_clear (&w->recurrent);
  g_free (w);
}

static const LstmPacked *
input (gconstpointer packed)
{
  return &((const LstmRnnWeights *) packed)->input;
}

static void
run_step (
    gconstpointer packed, const LstmKernels *kernels, const LstmStep *step)
{
  kernels->rnn_step (packed, step);
}

static LstmDivision
division (gconstpointer packed)
{
  const LstmRnnWeights *w = packed;

  return lstm_activation_is_pointwise (&w->activation) ? LSTM_DIVISION_PANELS
                                                       : LSTM_DIVISION_ROWS;
}

static void
slice (gconstpointer packed, guint first, guint n, LstmCellWeights *slice)
{
  const LstmRnnWeights *w = packed;

  slice->rnn = *w;
  slice->rnn.input = lstm_packed_slice (&w->input, first, n);
  slice->rnn.recurrent = lstm_packed_slice (&w->recurrent, first, n);
}

const LstmCell lstm_cell_simple_rnn = {
  .n_gates = 1,
  .n_states = 1,
  .state_names = { "h" },
  .bias_shape = bias_shape,
  .pack = pack,
  .unpack = unpack,
  .input = input,
  .step = run_step,
  .division = division,
  .slice = slice,
};
