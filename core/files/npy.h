/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/array.h"
#include "files/dtype.h"

G_BEGIN_DECLS

/* What the header of a .npy file says. */
typedef struct {
  LstmDtype dtype;
  gboolean big_endian;
  gboolean fortran_order;
  guint rank;
  gint64 shape[LSTM_ARRAY_MAX_RANK];
} LstmNpyHeader;

/* Reads an array as numpy.save() writes it, of format 1.0 to 3.0: numbers of
 * any kind but complex ones, either byte order, C or Fortran order. They are
 * rounded to float32. Strict: what is left over, or missing, is an error. */
LstmArray *lstm_npy_load (const gchar *path, GError **error);

/* Writes an array as float32, little endian, C order, format 1.0. */
gboolean lstm_npy_save (
    const LstmArray *array, const gchar *path, GError **error);

G_END_DECLS
