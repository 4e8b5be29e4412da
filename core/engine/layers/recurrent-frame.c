/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The shortest way through a recurrent layer, for small models: one frame of
 * one stream, nothing masked, given or shown but h. */

#include "engine/layers/recurrent.h"
#include "engine/split.h"
#include "engine/stream-private.h"

#include <string.h>

void
lstm_recurrent_copy_row (const gfloat *from, gfloat *to, gsize n)
{
  gsize i = 0;

  if (from == to)
    return;
  for (; i + 4 <= n; i += 4)
    memcpy (to + i, from + i, 4 * sizeof (gfloat));
  for (; i < n; i++)
    to[i] = from[i];
}

/* h goes from the state to the state where that can be: the next frame then
 * waits for no copy of it. */
#define RUN_FRAME(name, Weights, cell, step_func)                              \
  static LstmStatus name (const LstmRun *run)                                  \
  {                                                                            \
    const Weights *w = run->plan->packed;                                      \
    gsize units = w->recurrent.units;                                          \
    gfloat *state = run->streams[0]->data + run->plan->slot_offset;            \
    gfloat *out = run->out[0];                                                 \
    gboolean in_place = !run->pool && units <= run->kernels->whole_units;      \
    const LstmStep step = { .rows = 1,                                         \
      .x = run->in[0],                                                         \
      .z = run->scratch + units,                                               \
      .h = state,                                                              \
      .out = in_place ? state : out,                                           \
      .c = state + units,                                                      \
      .scratch = run->scratch };                                               \
                                                                               \
    if (run->pool)                                                             \
      lstm_split_step (run, &cell, w, &step);                                  \
    else                                                                       \
      run->kernels->step_func (w, &step);                                      \
    if (in_place)                                                              \
      lstm_recurrent_copy_row (state, out, units);                             \
    else                                                                       \
      lstm_recurrent_copy_row (out, state, units);                             \
    return LSTM_STATUS_OK;                                                     \
  }

RUN_FRAME (run_lstm, LstmLstmWeights, lstm_cell_lstm, lstm_step)
RUN_FRAME (run_gru, LstmGruWeights, lstm_cell_gru, gru_step)
RUN_FRAME (run_simple_rnn, LstmRnnWeights, lstm_cell_simple_rnn, rnn_step)

LstmRunFunc
lstm_recurrent_run_one (const LstmPlanNode *node)
{
  const LstmLayer *layer = node->node->layer;
  const LstmRecurrentOptions *o = layer->options;
  const LstmCell *cell = lstm_recurrent_cell (layer);

  if (node->mode != LSTM_MODE_FRAME || node->node->mask >= 0 ||
      o->return_state || node->node->n_states > 0)
    return lstm_recurrent_run;
  if (cell == &lstm_cell_lstm)
    return run_lstm;
  return cell == &lstm_cell_gru ? run_gru : run_simple_rnn;
}
