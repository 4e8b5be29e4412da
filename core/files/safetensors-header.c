/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/safetensors-header.h"

#include <lstm/error.h>
#include <string.h>

enum { KEY_DTYPE, KEY_SHAPE, KEY_OFFSETS, N_KEYS };

static const gchar *const key_names[N_KEYS] = { "dtype", "shape",
  "data_offsets" };

/* The format's own limit. */
#define MAX_HEADER_BYTES 100000000

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

static gboolean
parse (LstmScan *scan, GArray *entries, GHashTable *metadata)
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

/* ---- the file ---- */

/* A u64 length, then the header. @left: bytes of data that follow it. */
static gchar *
read_header (LstmFile *file, gsize *length, guint64 *left, GError **error)
{
  g_autofree gchar *text = NULL;
  guint64 size = 0;

  if (file->size < sizeof size) {
    lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
        "is no safetensors file: it has %" G_GUINT64_FORMAT " bytes",
        file->size);
    return NULL;
  }
  if (!lstm_file_read (file, &size, sizeof size, error))
    return NULL;
  size = GUINT64_FROM_LE (size);
  if (size > MAX_HEADER_BYTES || size > file->size - sizeof size) {
    lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
        "is no safetensors file, or cut off: its header would be "
        "%" G_GUINT64_FORMAT " bytes long, expected at most %" G_GUINT64_FORMAT,
        size, MIN (file->size - sizeof size, MAX_HEADER_BYTES));
    return NULL;
  }
  text = g_malloc (size + 1);
  if (!lstm_file_read (file, text, size, error))
    return NULL;
  *length = size;
  *left = file->size - sizeof size - size;
  return g_steal_pointer (&text);
}

static gint
compare_offsets (gconstpointer a, gconstpointer b)
{
  const LstmSafetensorsEntry *x = a, *y = b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

/* Sorts the tensors by where they stand; they must cover the data exactly. */
static gboolean
check_cover (LstmFile *file, GArray *entries, guint64 left, GError **error)
{
  guint64 at = 0;

  g_array_sort (entries, compare_offsets);
  for (guint i = 0; i < entries->len; i++) {
    const LstmSafetensorsEntry *entry =
        &g_array_index (entries, LstmSafetensorsEntry, i);

    if (entry->begin != at || entry->end > left) {
      lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
          "tensor '%s' has bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
          " of %" G_GUINT64_FORMAT
          ", expected them to begin at %" G_GUINT64_FORMAT
          ": the file is damaged or cut off",
          entry->name, entry->begin, entry->end, left, at);
      return FALSE;
    }
    at = entry->end;
  }
  if (at == left)
    return TRUE;
  lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
      "%" G_GUINT64_FORMAT " bytes at its end belong to no tensor", left - at);
  return FALSE;
}

gboolean
lstm_safetensors_header_read (LstmFile *file, GArray *entries,
    GHashTable *metadata, guint64 *begin, GError **error)
{
  g_autoptr (GError) parse_error = NULL;
  g_autofree gchar *text = NULL;
  guint64 left = 0;
  gsize length = 0;
  LstmScan scan;

  text = read_header (file, &length, &left, error);
  if (text == NULL)
    return FALSE;
  scan = (LstmScan){ file, text, text, text + length, &parse_error };
  if (!parse (&scan, entries, metadata)) {
    g_propagate_error (error, g_steal_pointer (&parse_error));
    return FALSE;
  }
  *begin = file->size - left;
  return check_cover (file, entries, left, error);
}
