/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* LSTM as Keras has it, gates i f c o:
 *   i = s(x Ki + h Ri + bi)   f = s(x Kf + h Rf + bf)   o = s(x Ko + h Ro + bo)
 *   c' = f c + i a(x Kc + h Rc + bc)                    h' = o a(c') */

#include "engine/cells/cell.h"

static LstmShape
bias_shape (const LstmRecurrentOptions *o)
{
  return lstm_shape_make (1, 4 * o->units);
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmRecurrentOptions *o = layer->options;
  LstmLstmWeights *w = g_new0 (LstmLstmWeights, 1);
  LstmPackSource input = lstm_cell_input_source (layer, 4);
  LstmPackSource recurrent = lstm_cell_recurrent_source (layer, 4);

  input.tail = recurrent.tail =
      lstm_activation_is_pointwise (&o->activation) &&
      lstm_activation_is_pointwise (&o->recurrent_activation);
  lstm_packed_init (&w->input, kernels, &input);
  lstm_packed_init (&w->recurrent, kernels, &recurrent);
  w->activation = o->activation;
  w->recurrent_activation = o->recurrent_activation;
  return w;
}

static void
unpack (gpointer packed)
{
  LstmLstmWeights *w = packed;

  lstm_packed_clear (&w->input);
  lstm_packed_clear (&w->recurrent);
  g_free (w);
}

static const LstmPacked *
input (gconstpointer packed)
{
  return &((const LstmLstmWeights *) packed)->input;
}

static void
run_step (
    gconstpointer packed, const LstmKernels *kernels, const LstmStep *step)
{
  kernels->lstm_step (packed, step);
}

static LstmDivision
division (gconstpointer packed)
{
  const LstmLstmWeights *w = packed;

  if (!lstm_activation_is_pointwise (&w->activation) ||
      !lstm_activation_is_pointwise (&w->recurrent_activation))
    return LSTM_DIVISION_ROWS;
  return LSTM_DIVISION_PANELS;
}

static void
slice (gconstpointer packed, guint first, guint n, LstmCellWeights *slice)
{
  const LstmLstmWeights *w = packed;

  slice->lstm = *w;
  slice->lstm.input = lstm_packed_slice (&w->input, first, n);
  slice->lstm.recurrent = lstm_packed_slice (&w->recurrent, first, n);
}

const LstmCell lstm_cell_lstm = {
  .n_gates = 4,
  .n_states = 2,
  .state_names = { "h", "c" },
  .bias_shape = bias_shape,
  .pack = pack,
  .unpack = unpack,
  .input = input,
  .step = run_step,
  .division = division,
  .slice = slice,
};
