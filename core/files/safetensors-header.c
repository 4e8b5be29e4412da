/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/safetensors-header.h"

#include <lstm/error.h>
#include <string.h>

enum { KEY_DTYPE, KEY_SHAPE, KEY_OFFSETS, N_KEYS };

static const gchar *const key_names[N_KEYS] = { "dtype", "shape",
  "data_offsets" };

#define EXPECTED_KEYS "\"dtype\", \"shape\" and \"data_offsets\", each once"

static void
entry_clear (gpointer data)
{
  g_free (((LstmSafetensorsEntry *) data)->name);
}

GArray *
lstm_safetensors_entries_new (void)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (LstmSafetensorsEntry));

  g_array_set_clear_func (entries, entry_clear);
  return entries;
}

static gboolean
read_dtype (LstmScan *scan, LstmSafetensorsEntry *entry)
{
  g_autofree gchar *name = lstm_json_string_read (scan);

  if (name == NULL)
    return FALSE;
  if (lstm_dtype_from_name (name, &entry->dtype))
    return TRUE;
  lstm_file_fail (scan->file, scan->error, LSTM_ERROR_UNSUPPORTED,
      "tensor '%s' has dtype '%s'; known are F64, F32, F16, BF16, I8 to I64, "
      "U8 to U64 and BOOL: save it as float32",
      entry->name, name);
  return FALSE;
}

static gboolean
read_offsets (LstmScan *scan, LstmSafetensorsEntry *entry)
{
  gint64 offsets[2];
  guint n;

  if (!lstm_scan_expect (scan, '[') ||
      !lstm_scan_numbers (scan, ']', FALSE, offsets, 2, &n))
    return FALSE;
  if (n != 2)
    return lstm_scan_fail (scan, "two data_offsets before it");
  entry->begin = (guint64) offsets[0];
  entry->end = (guint64) offsets[1];
  return TRUE;
}

static gboolean
read_field (
    LstmScan *scan, const gchar *key, LstmSafetensorsEntry *entry, guint *seen)
{
  switch (
      lstm_scan_key_once (scan, key, key_names, N_KEYS, seen, EXPECTED_KEYS)) {
    case KEY_DTYPE:
      return read_dtype (scan, entry);
    case KEY_SHAPE:
      return lstm_scan_expect (scan, '[') &&
             lstm_scan_numbers (scan, ']', FALSE, entry->shape,
                 LSTM_ARRAY_MAX_RANK, &entry->rank);
    case KEY_OFFSETS:
      return read_offsets (scan, entry);
    default:
      return FALSE;
  }
}

/* What the entry says of itself must agree. */
static gboolean
check_entry (LstmScan *scan, LstmSafetensorsEntry *entry)
{
  gsize size = lstm_dtype_get_size (entry->dtype);
  g_autofree gchar *shape =
      lstm_array_shape_to_string (entry->rank, entry->shape);

  if (lstm_array_count (entry->rank, entry->shape, &entry->count) &&
      entry->begin <= entry->end &&
      entry->count * size == entry->end - entry->begin)
    return TRUE;
  lstm_file_fail (scan->file, scan->error, LSTM_ERROR_FORMAT,
      "tensor '%s' of shape %s and %" G_GSIZE_FORMAT
      " bytes a number claims bytes %" G_GUINT64_FORMAT
      " to %" G_GUINT64_FORMAT,
      entry->name, shape, size, entry->begin, entry->end);
  return FALSE;
}

/* After the opening brace. */
static gboolean
read_entry (LstmScan *scan, LstmSafetensorsEntry *entry)
{
  guint seen = 0;

  do {
    g_autofree gchar *key = lstm_json_string_read (scan);

    if (key == NULL || !lstm_scan_expect (scan, ':') ||
        !read_field (scan, key, entry, &seen))
      return FALSE;
  } while (lstm_scan_take (scan, ','));
  if (seen != (1u << N_KEYS) - 1)
    return lstm_scan_fail (scan, EXPECTED_KEYS);
  return lstm_scan_expect (scan, '}') && check_entry (scan, entry);
}

static gboolean
read_metadata (LstmScan *scan, GHashTable *metadata)
{
  if (lstm_scan_take (scan, '}'))
    return TRUE;
  do {
    g_autofree gchar *key = lstm_json_string_read (scan);
    g_autofree gchar *value = NULL;

    if (key == NULL || !lstm_scan_expect (scan, ':'))
      return FALSE;
    value = lstm_json_string_read (scan);
    if (value == NULL)
      return FALSE;
    if (g_hash_table_contains (metadata, key))
      return lstm_scan_fail (scan, "each key of __metadata__ once");
    g_hash_table_insert (
        metadata, g_steal_pointer (&key), g_steal_pointer (&value));
  } while (lstm_scan_take (scan, ','));
  return lstm_scan_expect (scan, '}');
}

static gboolean
read_member (
    LstmScan *scan, GHashTable *names, GArray *entries, GHashTable *metadata)
{
  LstmSafetensorsEntry *entry;
  LstmSafetensorsEntry empty = { 0 };
  g_autofree gchar *name = lstm_json_string_read (scan);

  if (name == NULL || !lstm_scan_expect (scan, ':') ||
      !lstm_scan_expect (scan, '{'))
    return FALSE;
  if (!g_hash_table_add (names, g_strdup (name))) {
    lstm_file_fail (scan->file, scan->error, LSTM_ERROR_FORMAT,
        "its header has '%s' twice; expected each name once", name);
    return FALSE;
  }
  if (strcmp (name, "__metadata__") == 0)
    return read_metadata (scan, metadata);
  g_array_append_val (entries, empty);
  entry = &g_array_index (entries, LstmSafetensorsEntry, entries->len - 1);
  entry->name = g_steal_pointer (&name);
  return read_entry (scan, entry);
}

gboolean
lstm_safetensors_header_parse (
    LstmScan *scan, GArray *entries, GHashTable *metadata)
{
  g_autoptr (GHashTable) names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!lstm_scan_expect (scan, '{'))
    return FALSE;
  if (!lstm_scan_take (scan, '}')) {
    do {
      if (!read_member (scan, names, entries, metadata))
        return FALSE;
    } while (lstm_scan_take (scan, ','));
    if (!lstm_scan_expect (scan, '}'))
      return FALSE;
  }
  return lstm_scan_is_done (scan) || lstm_scan_fail (scan, "its end");
}
