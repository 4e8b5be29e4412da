/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/tensor-writer.h"

#include "files/safetensors-header.h"

#include <string.h>

/* The header's length is a multiple of this. */
#define ALIGNMENT 8

static void
append_metadata (GHashTable *metadata, GString *text)
{
  g_autoptr (GList) keys = metadata != NULL
                               ? g_list_sort (g_hash_table_get_keys (metadata),
                                     (GCompareFunc) strcmp)
                               : NULL;

  if (keys == NULL)
    return;
  g_string_append (text, "\"__metadata__\":");
  for (GList *key = keys; key != NULL; key = key->next) {
    g_string_append_c (text, key == keys ? '{' : ',');
    lstm_json_string_append (text, key->data);
    g_string_append_c (text, ':');
    lstm_json_string_append (text, g_hash_table_lookup (metadata, key->data));
  }
  g_string_append_c (text, '}');
}

static void
append_entry (GString *text, const LstmTensor *tensor, guint64 *offset)
{
  guint64 end = *offset + tensor->count * sizeof (gfloat);

  lstm_json_string_append (text, tensor->name);
  g_string_append (text, ":{\"dtype\":\"F32\",\"shape\":[");
  for (guint i = 0; i < tensor->rank; i++)
    g_string_append_printf (
        text, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  g_string_append_printf (text,
      "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
      *offset, end);
  *offset = end;
}

static GString *
make_header (const LstmTensor *tensors, guint n, GHashTable *metadata)
{
  GString *text = g_string_new ("{");
  guint64 offset = 0;

  append_metadata (metadata, text);
  for (guint i = 0; i < n; i++) {
    if (text->len > 1)
      g_string_append_c (text, ',');
    append_entry (text, &tensors[i], &offset);
  }
  g_string_append_c (text, '}');
  while (text->len % ALIGNMENT != 0)
    g_string_append_c (text, ' ');
  return text;
}

gboolean
lstm_tensors_write (LstmFile *file, const LstmTensor *tensors, guint n,
    GHashTable *metadata, GError **error)
{
  g_autoptr (GString) header = make_header (tensors, n, metadata);
  guint64 length = GUINT64_TO_LE ((guint64) header->len);

  if (!lstm_file_write (file, &length, sizeof length, error) ||
      !lstm_file_write (file, header->str, header->len, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!lstm_file_write_floats (
            file, tensors[i].data, tensors[i].count, error))
      return FALSE;
  return TRUE;
}
