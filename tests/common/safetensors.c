/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "safetensors.h"

#include <json-glib/json-glib.h>
#include <string.h>

struct _TestTensors {
  GHashTable *by_name; /* owned name -> owned TestTensor */
  gfloat *data;
  gsize size; /* bytes */
};

void
test_tensors_free (TestTensors *tensors)
{
  g_hash_table_unref (tensors->by_name);
  g_free (tensors->data);
  g_free (tensors);
}

static gint64
read_int (JsonArray *list, guint i)
{
  JsonNode *node = json_array_get_element (list, i);

  g_assert_true (json_node_get_value_type (node) == G_TYPE_INT64);
  g_assert_cmpint (json_node_get_int (node), >=, 0);
  return json_node_get_int (node);
}

/* Returns the bytes that the tensor takes. */
static gsize
add_tensor (TestTensors *tensors, const gchar *name, JsonObject *entry)
{
  JsonArray *shape = json_object_get_array_member (entry, "shape");
  JsonArray *offsets = json_object_get_array_member (entry, "data_offsets");
  TestTensor *tensor = g_new0 (TestTensor, 1);
  gsize begin, end;

  g_assert_cmpstr (json_object_get_string_member (entry, "dtype"), ==, "F32");
  g_assert_nonnull (shape);
  g_assert_nonnull (offsets);
  g_assert_cmpuint (json_array_get_length (offsets), ==, 2);
  g_assert_cmpuint (json_array_get_length (shape), <=, TEST_TENSOR_MAX_RANK);
  tensor->rank = json_array_get_length (shape);
  tensor->count = 1;
  for (guint i = 0; i < tensor->rank; i++) {
    tensor->shape[i] = read_int (shape, i);
    g_assert_true (g_size_checked_mul (
        &tensor->count, tensor->count, (gsize) tensor->shape[i]));
  }
  begin = (gsize) read_int (offsets, 0);
  end = (gsize) read_int (offsets, 1);
  g_assert_cmpuint (begin, <=, end);
  g_assert_cmpuint (end, <=, tensors->size);
  g_assert_cmpuint (begin % sizeof (gfloat), ==, 0);
  g_assert_cmpuint (tensor->count, ==, (end - begin) / sizeof (gfloat));
  g_assert_cmpuint ((end - begin) % sizeof (gfloat), ==, 0);
  tensor->data = tensors->data + begin / sizeof (gfloat);
  g_assert_true (
      g_hash_table_insert (tensors->by_name, g_strdup (name), tensor));
  return end - begin;
}

static void
add_tensors (TestTensors *tensors, JsonObject *header)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;
  gsize used = 0;

  json_object_iter_init (&iter, header);
  while (json_object_iter_next (&iter, &name, &node)) {
    if (strcmp (name, "__metadata__") == 0)
      continue;
    g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
    used += add_tensor (tensors, name, json_node_get_object (node));
  }
  g_assert_cmpuint (used, ==, tensors->size);
}

/* u64 length of the header, the header as JSON, then the values. */
TestTensors *
test_tensors_load (const gchar *path)
{
  TestTensors *tensors = g_new0 (TestTensors, 1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *file = NULL;
  guint64 length;
  gsize size;

  g_file_get_contents (path, &file, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, >=, 8);
  memcpy (&length, file, 8);
  length = GUINT64_FROM_LE (length);
  g_assert_cmpuint (length, <=, size - 8);
  json_parser_load_from_data (parser, file + 8, (gssize) length, &error);
  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)));

  tensors->by_name =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  tensors->size = size - 8 - length;
  tensors->data = g_memdup2 (file + 8 + length, MAX (tensors->size, 1));
  add_tensors (tensors, json_node_get_object (json_parser_get_root (parser)));
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
  return g_hash_table_lookup (tensors->by_name, name);
}

GList *
test_tensors_list (const TestTensors *tensors)
{
  return g_list_sort (
      g_hash_table_get_keys (tensors->by_name), (GCompareFunc) strcmp);
}
