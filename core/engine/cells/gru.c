/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* GRU as Keras has it, gates z r h:
 *   z = s(x Kz + h Rz + bz)   r = s(x Kr + h Rr + br)
 *   reset_after:  g = a(x Kh + bh + r (h Rh + ch))  with a second bias c
 *   otherwise:    g = a(x Kh + bh + (r h) Rh)
 *   h' = z h + (1 - z) g */

#include "engine/cells/cell.h"

static LstmShape
bias_shape (const LstmRecurrentOptions *o)
{
  return o->reset_after ? lstm_shape_make (2, (gint64) 2, 3 * o->units)
                        : lstm_shape_make (1, 3 * o->units);
}

/* z and r have one bias: the sum of the input's and the state's. */
static gfloat *
join_biases (const gfloat *bias, gsize units)
{
  gfloat *joined = g_new (gfloat, 3 * units);

  for (gsize i = 0; i < 3 * units; i++)
    joined[i] = bias[i] + (i < 2 * units ? bias[3 * units + i] : 0.0f);
  return joined;
}

static void
pack_reset_after (
    LstmGruWeights *w, const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmRecurrentOptions *o = layer->options;
  LstmPackSource input = lstm_cell_input_source (layer, 3);
  LstmPackSource recurrent = lstm_cell_recurrent_source (layer, 3);
  g_autofree gfloat *joined = NULL;

  /* Rows of z: candidate of the input, z, r, candidate of the state. */
  input.order[0] = 2;
  input.order[1] = 0;
  input.order[2] = 1;
  input.z_gates = recurrent.z_gates = 4;
  recurrent.z_first = 1;
  if (o->use_bias) {
    recurrent.bias = input.bias + 3 * o->units;
    input.bias = joined = join_biases (input.bias, o->units);
  }
  lstm_packed_init (&w->input, kernels, &input);
  lstm_packed_init (&w->recurrent, kernels, &recurrent);
}

static void
pack_reset_before (
    LstmGruWeights *w, const LstmLayer *layer, const LstmKernels *kernels)
{
  LstmPackSource input = lstm_cell_input_source (layer, 3);
  LstmPackSource gates = lstm_cell_recurrent_source (layer, 3);
  LstmPackSource candidate = gates;

  gates.gates = 2;
  candidate.gates = 1;
  candidate.order[0] = 2;
  candidate.z_first = 2;
  lstm_packed_init (&w->input, kernels, &input);
  lstm_packed_init (&w->recurrent, kernels, &gates);
  lstm_packed_init (&w->candidate, kernels, &candidate);
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmRecurrentOptions *o = layer->options;
  LstmGruWeights *w = g_new0 (LstmGruWeights, 1);

  w->reset_after = o->reset_after;
  w->activation = o->activation;
  w->recurrent_activation = o->recurrent_activation;
  if (o->reset_after)
    pack_reset_after (w, layer, kernels);
  else
    pack_reset_before (w, layer, kernels);
  return w;
}

static void
unpack (gpointer packed)
{
  LstmGruWeights *w = packed;

  lstm_packed_clear (&w->input);
  lstm_packed_clear (&w->recurrent);
  lstm_packed_clear (&w->candidate);
  g_free (w);
}

static const LstmPacked *
input (gconstpointer packed)
{
  return &((const LstmGruWeights *) packed)->input;
}

static void
run_step (
    gconstpointer packed, const LstmKernels *kernels, const LstmStep *step)
{
  kernels->gru_step (packed, step);
}

static LstmDivision
division (gconstpointer packed)
{
  const LstmGruWeights *w = packed;

  if (!lstm_activation_is_pointwise (&w->activation) ||
      !lstm_activation_is_pointwise (&w->recurrent_activation))
    return LSTM_DIVISION_ROWS;
  return w->reset_after ? LSTM_DIVISION_PANELS : LSTM_DIVISION_TWO_PHASES;
}

static void
slice (gconstpointer packed, guint first, guint n, LstmCellWeights *slice)
{
  const LstmGruWeights *w = packed;

  slice->gru = *w;
  slice->gru.input = lstm_packed_slice (&w->input, first, n);
  slice->gru.recurrent = lstm_packed_slice (&w->recurrent, first, n);
  if (!w->reset_after)
    slice->gru.candidate = lstm_packed_slice (&w->candidate, first, n);
}

const LstmCell lstm_cell_gru = {
  .n_gates = 3,
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
