/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/tensor-map.h"

#include <lstm/error.h>

struct _LstmTensorMap {
  GArray *entries; /* LstmSafetensorsEntry */
  GBytes *bytes;   /* the whole file */
  guint64 begin;   /* of the data in it */
};

void
lstm_tensor_map_free (LstmTensorMap *map)
{
  if (map == NULL)
    return;
  g_array_unref (map->entries);
  g_clear_pointer (&map->bytes, g_bytes_unref);
  g_free (map);
}

/* The file that the header was read from, not another that has its name now. */
static GBytes *
map_file (LstmFile *file, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GMappedFile *mapped =
      g_mapped_file_new_from_fd (fileno (file->stream), FALSE, &problem);
  g_autoptr (GBytes) bytes = NULL;

  if (mapped == NULL) {
    lstm_file_fail (file, error, LSTM_ERROR_IO,
        "cannot be mapped into memory: %s", problem->message);
    return NULL;
  }
  bytes = g_mapped_file_get_bytes (mapped);
  g_mapped_file_unref (mapped);
  if (g_bytes_get_size (bytes) == file->size)
    return g_steal_pointer (&bytes);
  lstm_file_fail (file, error, LSTM_ERROR_IO,
      "had %" G_GUINT64_FORMAT " bytes and has %" G_GSIZE_FORMAT
      " now: somebody is writing it",
      file->size, g_bytes_get_size (bytes));
  return NULL;
}

LstmTensorMap *
lstm_tensor_map_open (const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = lstm_file_open (path, error);
  g_autoptr (LstmTensorMap) map = NULL;
  g_autoptr (GHashTable) metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (file == NULL)
    return NULL;
  map = g_new0 (LstmTensorMap, 1);
  map->entries = lstm_safetensors_entries_new ();
  if (!lstm_safetensors_header_read (
          file, map->entries, metadata, &map->begin, error))
    return NULL;
  map->bytes = map_file (file, error);
  return map->bytes != NULL ? g_steal_pointer (&map) : NULL;
}

guint
lstm_tensor_map_get_n (const LstmTensorMap *map)
{
  return map->entries->len;
}

const LstmSafetensorsEntry *
lstm_tensor_map_get (const LstmTensorMap *map, guint i)
{
  return &g_array_index (map->entries, LstmSafetensorsEntry, i);
}

GBytes *
lstm_tensor_map_get_floats (const LstmTensorMap *map, guint i)
{
  const LstmSafetensorsEntry *entry = lstm_tensor_map_get (map, i);
  gsize size = (gsize) (entry->end - entry->begin);
  g_autoptr (GBytes) part = g_bytes_new_from_bytes (
      map->bytes, (gsize) (map->begin + entry->begin), size);
  const guint8 *data = g_bytes_get_data (part, NULL);
  gfloat *floats;

  if (G_BYTE_ORDER == G_LITTLE_ENDIAN && entry->dtype == LSTM_DTYPE_F32 &&
      size > 0 && (gsize) data % G_ALIGNOF (gfloat) == 0)
    return g_steal_pointer (&part);
  floats = g_new (gfloat, MAX (entry->count, 1));
  lstm_dtype_to_float (entry->dtype, FALSE, data, entry->count, floats);
  return g_bytes_new_take (floats, entry->count * sizeof *floats);
}
