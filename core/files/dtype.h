/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a file holds a number. */
typedef enum {
  LSTM_DTYPE_BOOL,
  LSTM_DTYPE_U8,
  LSTM_DTYPE_I8,
  LSTM_DTYPE_U16,
  LSTM_DTYPE_I16,
  LSTM_DTYPE_U32,
  LSTM_DTYPE_I32,
  LSTM_DTYPE_U64,
  LSTM_DTYPE_I64,
  LSTM_DTYPE_F16,
  LSTM_DTYPE_BF16,
  LSTM_DTYPE_F32,
  LSTM_DTYPE_F64,
} LstmDtype;

/* By safetensors' name, such as "F32", or by NumPy's kind and size in bytes,
 * such as 'f', 4: FALSE for what we do not read. */
gboolean lstm_dtype_from_name (const gchar *name, LstmDtype *dtype);
gboolean lstm_dtype_from_numpy (gchar kind, guint size, LstmDtype *dtype);

/* safetensors' name; whether it is one of floating-point numbers. */
const gchar *lstm_dtype_get_name (LstmDtype dtype);
gboolean lstm_dtype_is_float (LstmDtype dtype);

/* Bytes of one number. */
gsize lstm_dtype_get_size (LstmDtype dtype);

/* Rounds n numbers to float32. @from: little endian, or big; any alignment. */
void lstm_dtype_to_float (LstmDtype dtype, gboolean big_endian,
    const guint8 *from, gsize n, gfloat *to);

G_END_DECLS
