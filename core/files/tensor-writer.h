/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/file.h"

G_BEGIN_DECLS

/* An array that stands elsewhere; all of it is borrowed. */
typedef struct {
  const gchar *name;
  guint rank;
  const gint64 *shape;
  gsize count;
  const gfloat *data;
} LstmTensor;

/* Writes a whole safetensors file: F32, in this order. @metadata: texts by key,
 * or NULL. Names must be UTF-8 and unique. */
gboolean lstm_tensors_write (LstmFile *file, const LstmTensor *tensors, guint n,
    GHashTable *metadata, GError **error);

G_END_DECLS
