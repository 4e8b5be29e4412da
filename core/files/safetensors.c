/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/safetensors.h"

#include "files/safetensors-header.h"
#include "files/tensor-writer.h"

#include <lstm/error.h>
#include <string.h>

typedef struct {
  gchar *name;
  LstmArray *array;
} Tensor;

struct _LstmSafetensors {
  GArray *list;         /* Tensor */
  GHashTable *by_name;  /* name, owned by list -> LstmArray of list */
  GHashTable *metadata; /* text -> text */
};

static void
tensor_clear (gpointer data)
{
  Tensor *tensor = data;

  g_free (tensor->name);
  lstm_array_free (tensor->array);
}

LstmSafetensors *
lstm_safetensors_new (void)
{
  LstmSafetensors *tensors = g_new0 (LstmSafetensors, 1);

  tensors->list = g_array_new (FALSE, FALSE, sizeof (Tensor));
  g_array_set_clear_func (tensors->list, tensor_clear);
  tensors->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  tensors->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return tensors;
}

void
lstm_safetensors_free (LstmSafetensors *tensors)
{
  if (tensors == NULL)
    return;
  g_hash_table_unref (tensors->by_name);
  g_hash_table_unref (tensors->metadata);
  g_array_unref (tensors->list);
  g_free (tensors);
}

guint
lstm_safetensors_get_n (const LstmSafetensors *tensors)
{
  return tensors->list->len;
}

const gchar *
lstm_safetensors_get_name (const LstmSafetensors *tensors, guint i)
{
  return g_array_index (tensors->list, Tensor, i).name;
}

const LstmArray *
lstm_safetensors_get (const LstmSafetensors *tensors, guint i)
{
  return g_array_index (tensors->list, Tensor, i).array;
}

const LstmArray *
lstm_safetensors_find (const LstmSafetensors *tensors, const gchar *format, ...)
{
  g_autofree gchar *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return g_hash_table_lookup (tensors->by_name, name);
}

gboolean
lstm_safetensors_add (
    LstmSafetensors *tensors, const gchar *name, LstmArray *array)
{
  Tensor tensor = { NULL, array };

  if (g_hash_table_contains (tensors->by_name, name)) {
    lstm_array_free (array);
    return FALSE;
  }
  tensor.name = g_strdup (name);
  g_array_append_val (tensors->list, tensor);
  g_hash_table_insert (tensors->by_name, tensor.name, array);
  return TRUE;
}

const gchar *
lstm_safetensors_get_metadata (const LstmSafetensors *tensors, const gchar *key)
{
  return g_hash_table_lookup (tensors->metadata, key);
}

void
lstm_safetensors_set_metadata (
    LstmSafetensors *tensors, const gchar *key, const gchar *value)
{
  g_hash_table_insert (tensors->metadata, g_strdup (key), g_strdup (value));
}

/* ---- reading ---- */

static gboolean
read_tensor (LstmSafetensors *tensors, LstmFile *file,
    const LstmSafetensorsEntry *entry, GError **error)
{
  g_autoptr (LstmArray) array =
      lstm_array_new (entry->rank, entry->shape, error);

  if (array == NULL) {
    g_prefix_error (error, "%s: tensor '%s': ", file->path, entry->name);
    return FALSE;
  }
  return lstm_file_read_numbers (
             file, entry->dtype, FALSE, array->count, array->data, error) &&
         lstm_safetensors_add (tensors, entry->name, g_steal_pointer (&array));
}

LstmSafetensors *
lstm_safetensors_load (const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = lstm_file_open (path, error);
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();
  g_autoptr (GArray) entries = lstm_safetensors_entries_new ();
  guint64 begin;

  if (file == NULL || !lstm_safetensors_header_read (
                          file, entries, tensors->metadata, &begin, error))
    return NULL;
  for (guint i = 0; i < entries->len; i++)
    if (!read_tensor (tensors, file,
            &g_array_index (entries, LstmSafetensorsEntry, i), error))
      return NULL;
  return g_steal_pointer (&tensors);
}

/* ---- writing ---- */

gboolean
lstm_safetensors_save (
    const LstmSafetensors *tensors, const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = lstm_file_create (path, error);
  guint n = tensors->list->len;
  g_autofree LstmTensor *list = g_new0 (LstmTensor, n + 1);

  if (file == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    const LstmArray *array = lstm_safetensors_get (tensors, i);

    list[i] = (LstmTensor){ lstm_safetensors_get_name (tensors, i), array->rank,
      array->shape, array->count, array->data };
  }
  return lstm_tensors_write (file, list, n, tensors->metadata, error) &&
         lstm_file_finish (g_steal_pointer (&file), error);
}
