/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/cells/cell.h"

/* What kernels do, divided among the threads of run->pool: each makes some
 * panels of units of all rows, or some rows. An output's bits are the same: it
 * is one chain, wherever it is made. Without a pool, or with little to do, the
 * calling thread does it alone. */

void lstm_split_project (const LstmRun *run, const LstmPacked *w, gsize rows,
    const gfloat *x, gsize x_stride, gfloat *z, gsize z_stride);
void lstm_split_dense (const LstmRun *run, const LstmPacked *w, gsize rows,
    const gfloat *x, gsize x_stride, gfloat *y, gsize y_stride);
void lstm_split_step (const LstmRun *run, const LstmCell *cell,
    gconstpointer packed, const LstmStep *step);
