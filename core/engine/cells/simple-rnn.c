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

static void
project (gconstpointer packed, const LstmKernels *kernels, gsize rows,
    const gfloat *x, gsize x_stride, gfloat *z, gsize z_stride)
{
  const LstmRnnWeights *w = packed;

  kernels->project (&w->input, rows, x, x_stride, z, z_stride);
}

static gsize
z_length (gconstpointer packed)
{
  return lstm_packed_z_length (&((const LstmRnnWeights *) packed)->input);
}

static void
run_step (
    gconstpointer packed, const LstmKernels *kernels, const LstmStep *step)
{
  kernels->rnn_step (packed, step);
}

const LstmCell lstm_cell_simple_rnn = {
  .n_gates = 1,
  .n_states = 1,
  .state_names = { "h" },
  .bias_shape = bias_shape,
  .pack = pack,
  .unpack = unpack,
  .project = project,
  .z_length = z_length,
  .step = run_step,
};
