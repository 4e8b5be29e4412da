/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/shape.h>

G_BEGIN_DECLS

/* A tensor of float32; data belongs to the file and may be unaligned. */
typedef struct {
  gchar *name;
  LstmShape shape;
  gsize count;        /* of floats */
  const guint8 *data; /* f32, little-endian */
} LstmTensor;

/* A safetensors file of float32 tensors, read strictly: every byte belongs to
 * one tensor. */
typedef struct {
  gchar *bytes;
  GPtrArray *list; /* LstmTensor, sorted by name */
} LstmTensors;

LstmTensors *lstm_tensors_load (const gchar *path, GError **error);
void lstm_tensors_free (LstmTensors *tensors);
const LstmTensor *lstm_tensors_find (
    const LstmTensors *tensors, const gchar *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmTensors, lstm_tensors_free)

G_END_DECLS
