/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The text of kept columns, that no model reads, one row for each frame of a
 * buffer. Rows never change once made and are reference-counted, so that any
 * number of buffers and threads may share them. */

typedef struct _GstLstmRows GstLstmRows;

GstLstmRows *gst_lstm_rows_new (
    guint n_rows, guint n_columns, const gchar *const *cells);
GstLstmRows *gst_lstm_rows_ref (GstLstmRows *rows);
void gst_lstm_rows_unref (GstLstmRows *rows);
GstLstmRows *gst_lstm_rows_select (
    GstLstmRows *rows, const guint *indices, guint n);

guint gst_lstm_rows_get_n_rows (const GstLstmRows *rows);
guint gst_lstm_rows_get_n_columns (const GstLstmRows *rows);
const gchar *gst_lstm_rows_get (
    const GstLstmRows *rows, guint row, guint column);

void gst_buffer_add_lstm_rows (GstBuffer *buffer, GstLstmRows *rows);
GstLstmRows *gst_buffer_get_lstm_rows (GstBuffer *buffer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstLstmRows, gst_lstm_rows_unref)

G_END_DECLS
