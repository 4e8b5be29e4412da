/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LSTM_ARRAY_MAX_RANK 8

/* Numbers of a known shape, dense, the last axis fastest. */
typedef struct {
  guint rank;
  gint64 shape[LSTM_ARRAY_MAX_RANK];
  gsize count;
  gfloat *data; /* owned; not NULL, even if count is 0 */
} LstmArray;

/* Zeros; NULL with LSTM_ERROR_FORMAT for a shape that cannot be, with
 * LSTM_ERROR_IO where there is no memory for it. */
LstmArray *lstm_array_new (guint rank, const gint64 *shape, GError **error);
void lstm_array_free (LstmArray *array);

/* How many numbers a shape has: FALSE for a negative axis, or too many. */
gboolean lstm_array_count (guint rank, const gint64 *shape, gsize *count);

/* (transfer full): as Python prints it, (1735, 30, 7) */
gchar *lstm_array_shape_to_string (guint rank, const gint64 *shape);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmArray, lstm_array_free)

G_END_DECLS
