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

static void
project (gconstpointer packed, const LstmKernels *kernels, gsize rows,
    const gfloat *x, gsize x_stride, gfloat *z, gsize z_stride)
{
  const LstmLstmWeights *w = packed;

  kernels->project (&w->input, rows, x, x_stride, z, z_stride);
}

static gsize
z_length (gconstpointer packed)
{
  return lstm_packed_z_length (&((const LstmLstmWeights *) packed)->input);
}

static void
run_step (
    gconstpointer packed, const LstmKernels *kernels, const LstmStep *step)
{
  kernels->lstm_step (packed, step);
}

const LstmCell lstm_cell_lstm = {
  .n_gates = 4,
  .n_states = 2,
  .state_names = { "h", "c" },
  .bias_shape = bias_shape,
  .pack = pack,
  .unpack = unpack,
  .project = project,
  .z_length = z_length,
  .step = run_step,
};
