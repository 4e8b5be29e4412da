/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/kernels.h"

/* The scalar set is the definition of the results: plain C in the order in
 * which it stands, no contraction, no libm. Its tolerance against the exact
 * value of an activation is 2 ulp or 1e-7, whichever is larger. */

#define LSTM_SCALAR_WIDTH 16

void lstm_scalar_accumulate (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride);
void lstm_scalar_project (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride);
/* acc += x W of one panel and row, for weights that are not f32. */
void lstm_scalar_panel_row_narrow (
    const LstmPacked *w, guint panel, const gfloat *x, gfloat *acc);
void lstm_scalar_lstm_step (const LstmLstmWeights *w, const LstmStep *step);
void lstm_scalar_gru_step (const LstmGruWeights *w, const LstmStep *step);
void lstm_scalar_rnn_step (const LstmRnnWeights *w, const LstmStep *step);
void lstm_scalar_read (const gfloat *v, gsize n, gfloat *seen);
gsize lstm_scalar_multiply (gsize rounds, gfloat *seen);
void lstm_scalar_activate (
    const LstmActivation *activation, gsize rows, gsize n, gfloat *v);
