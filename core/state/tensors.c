/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* safetensors: u64 length of the header, the header as JSON ({name: {dtype,
 * shape, data_offsets}}), then the numbers. */

#include "state/tensors.h"

#include <json-glib/json-glib.h>
#include <lstm/error.h>
#include <stdarg.h>
#include <string.h>

#include "config/read-file.h"

#define MAX_FILE_BYTES (512 * 1024 * 1024)
#define MAX_HEADER_BYTES (8 * 1024 * 1024)

typedef struct {
  LstmTensor tensor; /* first, so that the list's free function does */
  gsize begin;
  gsize end;
} Entry;

static gboolean fail (GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "no safetensors file that can be read: %s", text);
  return FALSE;
}

static void
entry_free (gpointer data)
{
  g_free (((Entry *) data)->tensor.name);
  g_free (data);
}

void
lstm_tensors_free (LstmTensors *tensors)
{
  g_ptr_array_unref (tensors->list);
  g_free (tensors->bytes);
  g_free (tensors);
}

const LstmTensor *
lstm_tensors_find (const LstmTensors *tensors, const gchar *name)
{
  for (guint i = 0; i < tensors->list->len; i++) {
    const LstmTensor *tensor = g_ptr_array_index (tensors->list, i);

    if (strcmp (tensor->name, name) == 0)
      return tensor;
  }
  return NULL;
}

/* ---- the header ---- */

/* @max is inclusive. */
static gboolean
get_count (JsonArray *list, guint i, gint64 max, gint64 *n)
{
  JsonNode *node = json_array_get_element (list, i);

  if (!JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *n = json_node_get_int (node);
  return *n >= 0 && *n <= max;
}

static JsonArray *
get_list (JsonObject *object, const gchar *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                              : NULL;
}

static gboolean
read_shape (LstmTensor *tensor, JsonArray *list)
{
  tensor->count = 1;
  if (!list || json_array_get_length (list) > LSTM_MAX_RANK)
    return FALSE;
  tensor->shape.rank = json_array_get_length (list);
  for (guint i = 0; i < tensor->shape.rank; i++)
    if (!get_count (list, i, MAX_FILE_BYTES, &tensor->shape.dims[i]) ||
        !g_size_checked_mul (
            &tensor->count, tensor->count, (gsize) tensor->shape.dims[i]) ||
        tensor->count > MAX_FILE_BYTES)
      return FALSE;
  return TRUE;
}

static gboolean
read_offsets (Entry *entry, JsonArray *list, gsize size)
{
  gint64 begin, end;

  if (!list || json_array_get_length (list) != 2 ||
      !get_count (list, 0, (gint64) size, &begin) ||
      !get_count (list, 1, (gint64) size, &end) || begin > end)
    return FALSE;
  entry->begin = (gsize) begin;
  entry->end = (gsize) end;
  return entry->end - entry->begin == entry->tensor.count * sizeof (gfloat);
}

/* @data: the numbers, of @size bytes */
static gboolean
read_entry (LstmTensors *tensors, const gchar *name, JsonNode *node,
    const gchar *data, gsize size, GError **error)
{
  JsonObject *object;
  JsonNode *dtype;
  Entry *entry;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "tensor '%s' is no object of the header", name);
  object = json_node_get_object (node);
  dtype = json_object_get_member (object, "dtype");
  if (!dtype || !JSON_NODE_HOLDS_VALUE (dtype) ||
      json_node_get_value_type (dtype) != G_TYPE_STRING ||
      strcmp (json_node_get_string (dtype), "F32") != 0)
    return fail (
        error, "tensor '%s' is not of dtype F32; save it as float32", name);
  entry = g_new0 (Entry, 1);
  entry->tensor.name = g_strdup (name);
  g_ptr_array_add (tensors->list, entry);
  if (!read_shape (&entry->tensor, get_list (object, "shape")))
    return fail (error, "tensor '%s' has no shape of at most %d axes", name,
        LSTM_MAX_RANK);
  if (!read_offsets (entry, get_list (object, "data_offsets"), size))
    return fail (error,
        "the data_offsets of tensor '%s' are not those of its %" G_GSIZE_FORMAT
        " numbers within %" G_GSIZE_FORMAT " bytes",
        name, entry->tensor.count, size);
  entry->tensor.data = (const guint8 *) data + entry->begin;
  return TRUE;
}

static gint
compare_begins (gconstpointer a, gconstpointer b)
{
  const Entry *x = *(Entry *const *) a, *y = *(Entry *const *) b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  const Entry *x = *(Entry *const *) a, *y = *(Entry *const *) b;

  return strcmp (x->tensor.name, y->tensor.name);
}

/* No gaps, no overlaps, nothing behind: so no name came twice either. */
static gboolean
check_cover (LstmTensors *tensors, gsize size, GError **error)
{
  gsize at = 0;

  g_ptr_array_sort (tensors->list, compare_begins);
  for (guint i = 0; i < tensors->list->len; i++) {
    const Entry *entry = g_ptr_array_index (tensors->list, i);

    if (entry->begin != at)
      return fail (error,
          "tensor '%s' begins at byte %" G_GSIZE_FORMAT
          ", expected %" G_GSIZE_FORMAT ", where the one before it ends",
          entry->tensor.name, entry->begin, at);
    at = entry->end;
  }
  g_ptr_array_sort (tensors->list, compare_names);
  return at == size || fail (error,
                           "its tensors take %" G_GSIZE_FORMAT
                           " bytes, and %" G_GSIZE_FORMAT " are there",
                           at, size);
}

static gboolean
read_header (LstmTensors *tensors, JsonNode *root, const gchar *data,
    gsize size, GError **error)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return fail (error, "its header is no JSON object");
  json_object_iter_init (&iter, json_node_get_object (root));
  while (json_object_iter_next (&iter, &name, &node))
    if (strcmp (name, "__metadata__") != 0 &&
        !read_entry (tensors, name, node, data, size, error))
      return FALSE;
  return check_cover (tensors, size, error);
}

/* The parser is json-glib's, which recurses: depth is bounded before it runs.
 */
static gboolean
is_shallow (const gchar *json, gsize size)
{
  gboolean quoted = FALSE;
  gint depth = 0;

  for (gsize i = 0; i < size; i++) {
    if (quoted && json[i] == '\\')
      i++;
    else if (json[i] == '"')
      quoted = !quoted;
    else if (!quoted && (json[i] == '{' || json[i] == '['))
      depth++;
    else if (!quoted && (json[i] == '}' || json[i] == ']'))
      depth--;
    if (depth > 4)
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_bytes (LstmTensors *tensors, gsize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) wrong = NULL;
  const gchar *header = tensors->bytes + sizeof (guint64);
  guint64 length;

  if (size < sizeof length)
    return fail (error, "it has %" G_GSIZE_FORMAT " bytes", size);
  memcpy (&length, tensors->bytes, sizeof length);
  length = GUINT64_FROM_LE (length);
  size -= sizeof length;
  if (length > size || length > MAX_HEADER_BYTES)
    return fail (error,
        "its header would have %" G_GUINT64_FORMAT
        " bytes, and %" G_GSIZE_FORMAT " are there (at most %d can be)",
        length, size, MAX_HEADER_BYTES);
  if (!g_utf8_validate (header, (gssize) length, NULL) ||
      !is_shallow (header, length))
    return fail (error, "its header is no JSON object of tensors");
  if (!json_parser_load_from_data (parser, header, (gssize) length, &wrong))
    return fail (error, "its header is no JSON: %s", wrong->message);
  return read_header (tensors, json_parser_get_root (parser), header + length,
      size - length, error);
}

LstmTensors *
lstm_tensors_load (const gchar *path, GError **error)
{
  g_autoptr (LstmTensors) tensors = g_new0 (LstmTensors, 1);
  gsize size;

  tensors->list = g_ptr_array_new_with_free_func (entry_free);
  tensors->bytes = lstm_read_file (path, MAX_FILE_BYTES, &size, error);
  if (!tensors->bytes)
    return NULL;
  if (read_bytes (tensors, size, error))
    return g_steal_pointer (&tensors);
  g_prefix_error (error, "%s: ", path);
  return NULL;
}
