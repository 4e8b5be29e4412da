/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TEST_TENSOR_MAX_RANK 8

/* A float32 tensor; data belongs to the file. */
typedef struct {
  guint rank;
  gint64 shape[TEST_TENSOR_MAX_RANK];
  gsize count;
  const gfloat *data;
} TestTensor;

/* A safetensors file of float32 tensors. Strict: what the format does not allow
 * ends the test. */
typedef struct _TestTensors TestTensors;

TestTensors *test_tensors_load (const gchar *path);
void test_tensors_free (TestTensors *tensors);

/* NULL if there is none of that name. */
const TestTensor *test_tensors_find (
    const TestTensors *tensors, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* (transfer container): names, sorted. */
GList *test_tensors_list (const TestTensors *tensors);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestTensors, test_tensors_free)

G_END_DECLS
