/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/simd/vector.h"

/* A set's functions, one file each; set.c makes the table of them. */

/* z += x W: goes on from what z holds. */
void SIMD (accumulate) (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride);
void SIMD (project) (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride);
/* z = bias + x W, if the step has x, and then z += h R. */
void SIMD (sum_step) (
    const LstmPacked *input, const LstmPacked *recurrent, const LstmStep *step);
void SIMD (dense) (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *y, gsize y_stride);
void SIMD (lstm_step) (const LstmLstmWeights *w, const LstmStep *step);
void SIMD (gru_step) (const LstmGruWeights *w, const LstmStep *step);
void SIMD (rnn_step) (const LstmRnnWeights *w, const LstmStep *step);
void SIMD (activate) (
    const LstmActivation *activation, gsize rows, gsize n, gfloat *v);

void SIMD (read) (const gfloat *v, gsize n, gfloat *seen);
gsize SIMD (multiply) (gsize rounds, gfloat *seen);

/* Gate @gate of a row of z to or from a dense row of units. */
void SIMD (gather) (
    const LstmPacked *w, guint gate, const gfloat *z, gfloat *row);
void SIMD (scatter) (
    const LstmPacked *w, guint gate, const gfloat *row, gfloat *z);
/* Activates gates [first, first + n) of a row of z; @row is room for units. */
void SIMD (activate_gates) (const LstmActivation *activation,
    const LstmPacked *w, guint first, guint n, gfloat *z, gfloat *row);
