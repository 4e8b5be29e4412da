/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/safetensors.h"

G_BEGIN_DECLS

/* The library's own reader of safetensors files, where a file that cannot be
 * read ends the test. */
typedef LstmArray TestTensor;
typedef LstmSafetensors TestTensors;

TestTensors *test_tensors_load (const gchar *path);
void test_tensors_free (TestTensors *tensors);

/* NULL if there is none of that name. */
const TestTensor *test_tensors_find (
    const TestTensors *tensors, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* (transfer container): names, sorted. */
GList *test_tensors_list (const TestTensors *tensors);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestTensors, test_tensors_free)

G_END_DECLS
