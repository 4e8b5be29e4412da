/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* Axes of a sample as bits: bit 0 is the first axis after the batch. Options
 * hold them in Keras's numbers: 0 is the batch, -1 the last one. */
typedef struct {
  guint n;
  gint64 values[LSTM_MAX_RANK];
} LstmAxisOption;

/* Reads `axis`, a number or a list; -1 if it is not there. */
void lstm_axes_read (LstmOptions *options, LstmAxisOption *axes);

/* The axes of a sample of @rank axes; FALSE with an error for one that is not
 * there, is the batch or is named twice. */
gboolean lstm_axes_resolve (const LstmLayer *layer, const LstmAxisOption *axes,
    guint rank, guint *bits, GError **error);

/* The same where it cannot fail, since inference has seen it. */
guint lstm_axes_get (const LstmAxisOption *axes, guint rank);

/* Whether axes are those of steps that go by one by one. */
gboolean lstm_axes_meet_time (guint bits, const LstmSpec *spec);

/* Numbers in the given axes, and where the index-th combination of them, the
 * last axis fastest, begins. */
gsize lstm_axes_count (const LstmShape *shape, guint bits);
gsize lstm_axes_offset (const LstmShape *shape, guint bits, gsize index);

/* Works in place on @rows rows of @n numbers. */
typedef void (*LstmRowsFunc) (
    const LstmRun *run, gsize rows, gsize n, gfloat *v);

/* Copies input 0 to output 0 and applies @func to the numbers along @bits (axes
 * of the spec of input 0), a row for each combination of the other axes. */
void lstm_axes_run (const LstmRun *run, guint bits, LstmRowsFunc func);
gsize lstm_axes_scratch (const LstmPlanNode *node, guint bits);
