/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/array.h"

G_BEGIN_DECLS

/* Named arrays and texts beside them, as a safetensors file holds them. */
typedef struct _LstmSafetensors LstmSafetensors;

LstmSafetensors *lstm_safetensors_new (void);
void lstm_safetensors_free (LstmSafetensors *tensors);

/* Reads a file. Numbers of any kind that NumPy has, and bfloat16, are rounded
 * to float32. Strict: names are UTF-8 and unique, the data is covered by the
 * tensors without gap or overlap. */
LstmSafetensors *lstm_safetensors_load (const gchar *path, GError **error);
/* Writes them as float32, in the order in which they were added. */
gboolean lstm_safetensors_save (
    const LstmSafetensors *tensors, const gchar *path, GError **error);

/* In the order of the data. */
guint lstm_safetensors_get_n (const LstmSafetensors *tensors);
const gchar *lstm_safetensors_get_name (
    const LstmSafetensors *tensors, guint i);
const LstmArray *lstm_safetensors_get (const LstmSafetensors *tensors, guint i);

/* NULL if there is none of that name. */
const LstmArray *lstm_safetensors_find (const LstmSafetensors *tensors,
    const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* Takes the array; FALSE, with the array freed, if the name is taken. */
gboolean lstm_safetensors_add (
    LstmSafetensors *tensors, const gchar *name, LstmArray *array);

/* What stands under __metadata__; NULL if nothing does. */
const gchar *lstm_safetensors_get_metadata (
    const LstmSafetensors *tensors, const gchar *key);
void lstm_safetensors_set_metadata (
    LstmSafetensors *tensors, const gchar *key, const gchar *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmSafetensors, lstm_safetensors_free)

G_END_DECLS
