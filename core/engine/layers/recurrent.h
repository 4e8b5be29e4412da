/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/cells/cell.h"

const LstmCell *lstm_recurrent_cell (const LstmLayer *layer);
gboolean lstm_recurrent_carries (const LstmPlanNode *node);

/* Options of LSTM, GRU and SimpleRNN, and those that RNN has, too. */
void lstm_recurrent_configure (LstmLayer *layer, LstmOptions *options);
void lstm_recurrent_configure_sequence (LstmLayer *layer, LstmOptions *options);
gboolean lstm_recurrent_infer (
    const LstmLayer *layer, LstmInference *inference, GError **error);
guint lstm_recurrent_slots (
    const LstmPlanNode *node, LstmSlotSpec slots[LSTM_MAX_OUTPUTS]);
extern const gchar *const lstm_recurrent_idle_keys[];

/* The driver: runs a cell over steps. */
gsize lstm_recurrent_scratch (
    const LstmPlanNode *node, const LstmKernels *kernels, gsize samples);
LstmStatus lstm_recurrent_run (const LstmRun *run);
/* recurrent-frame.c: the shortest way, for one frame. */
LstmRunFunc lstm_recurrent_run_one (const LstmPlanNode *node);
/* In pieces that never reach from one of the kernels' stores into the next:
 * such a load would wait until both are in the cache. */
void lstm_recurrent_copy_row (const gfloat *from, gfloat *to, gsize n);

/* Inputs of several sequences that have frames in common, each projected once:
 * row (sequence, step) of z is
 *   sequence / per * rows + sequence % per * stride + step  */
typedef struct {
  gsize groups; /* of sequences */
  gsize per;    /* sequences of a group */
  gsize rows;   /* frames of a group */
  gsize stride;
  gfloat *z; /* [groups][rows][z_length] */
} LstmSharedRows;

/* Room for them, in floats. */
gsize lstm_recurrent_shared_room (
    const LstmPlanNode *node, gsize samples, gsize z_length);
/* Projects them into @z; FALSE if there is nothing to be gained. */
gboolean lstm_recurrent_share (
    const LstmRun *run, gsize steps, gfloat *z, LstmSharedRows *shared);
/* Copies the rows of a step, of all sequences, to @to. */
void lstm_recurrent_shared_step (
    const LstmSharedRows *shared, gsize step, gsize z_length, gfloat *to);
