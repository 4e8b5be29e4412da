/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "safetensors.h"

#include <string.h>

void
test_tensors_free (TestTensors *tensors)
{
  lstm_safetensors_free (tensors);
}

TestTensors *
test_tensors_load (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  TestTensors *tensors = lstm_safetensors_load (path, &error);

  g_assert_no_error (error);
  return tensors;
}

const TestTensor *
test_tensors_find (const TestTensors *tensors, const gchar *format, ...)
{
  g_autofree gchar *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return lstm_safetensors_find (tensors, "%s", name);
}

GList *
test_tensors_list (const TestTensors *tensors)
{
  GList *names = NULL;

  for (guint i = 0; i < lstm_safetensors_get_n (tensors); i++)
    names = g_list_prepend (
        names, (gchar *) lstm_safetensors_get_name (tensors, i));
  return g_list_sort (names, (GCompareFunc) strcmp);
}
