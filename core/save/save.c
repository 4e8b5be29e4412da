/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/tensor-writer.h"
#include "save/yaml-model.h"

#include <lstm/error.h>
#include <string.h>

/* What is written, and where. */
typedef struct {
  gchar *weights_path;
  gchar *weights_name; /* as the YAML refers to it */
  GArray *tensors;     /* LstmTensor */
  GPtrArray *names;    /* of them; owned */
  GString *text;
} Job;

static void
job_clear (Job *job)
{
  g_clear_pointer (&job->weights_path, g_free);
  g_clear_pointer (&job->weights_name, g_free);
  g_clear_pointer (&job->tensors, g_array_unref);
  g_clear_pointer (&job->names, g_ptr_array_unref);
  if (job->text != NULL)
    g_string_free (job->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
find_paths (Job *job, const gchar *path, GError **error)
{
  static const gchar *const endings[] = { ".yaml", ".yml" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree gchar *stem = NULL;

    if (!g_str_has_suffix (path, endings[i]) ||
        strlen (path) == strlen (endings[i]))
      continue;
    stem = g_strndup (path, strlen (path) - strlen (endings[i]));
    job->weights_path = g_strconcat (stem, ".safetensors", NULL);
    job->weights_name = g_path_get_basename (job->weights_path);
    if (g_utf8_validate (job->weights_name, -1, NULL))
      return TRUE;
  }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "%s: expected a name in UTF-8 that ends in .yaml; the weights go beside "
      "it, into the file of that name with .safetensors",
      path);
  return FALSE;
}

static gboolean
check_free (const gchar *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS) &&
      !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
      "%s: is there already; remove it, or allow it to be overwritten "
      "(--force)",
      path);
  return FALSE;
}

static void
add_tensors (Job *job, LstmLayer *layer)
{
  for (guint i = 0; i < lstm_layer_get_n_weights (layer); i++) {
    const LstmWeight *weight = lstm_layer_get_weight (layer, i);
    gchar *name = lstm_yaml_weight_name (layer, weight);
    LstmTensor tensor = { name, weight->shape.rank, weight->shape.dims,
      (gsize) lstm_shape_count (&weight->shape), weight->data };

    g_ptr_array_add (job->names, name);
    g_array_append_val (job->tensors, tensor);
  }
}

/* Weights of layers within layers can be called as those of others are. */
static gboolean
check_names (const Job *job, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < job->names->len; i++) {
    const gchar *name = g_ptr_array_index (job->names, i);

    if (g_utf8_validate (name, -1, NULL) &&
        g_hash_table_add (seen, (gpointer) name))
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "two weights would be called '%s', or it is not UTF-8; expected a name "
        "for each: rename layers in Keras and save the model again",
        name);
    return FALSE;
  }
  return TRUE;
}

/* Both are complete before either takes its place. */
static gboolean
write_files (Job *job, const gchar *path, GError **error)
{
  g_autoptr (LstmFile) yaml = lstm_file_replace (path, error);
  g_autoptr (LstmFile) weights = NULL;

  if (yaml == NULL)
    return FALSE;
  if (job->tensors->len > 0) {
    weights = lstm_file_replace (job->weights_path, error);
    if (weights == NULL ||
        !lstm_tensors_write (weights,
            (const LstmTensor *) (gconstpointer) job->tensors->data,
            job->tensors->len, NULL, error) ||
        !lstm_file_sync (weights, error))
      return FALSE;
  }
  if (!lstm_file_write (yaml, job->text->str, job->text->len, error) ||
      !lstm_file_sync (yaml, error))
    return FALSE;
  return (weights == NULL ||
             lstm_file_finish (g_steal_pointer (&weights), error)) &&
         lstm_file_finish (g_steal_pointer (&yaml), error);
}

static gboolean
save (const LstmModel *model, const gchar *path, gboolean overwrite,
    GError **error)
{
  g_auto (Job) job = { 0 };

  if (!find_paths (&job, path, error))
    return FALSE;
  job.tensors = g_array_new (FALSE, FALSE, sizeof (LstmTensor));
  job.names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < model->layers->len; i++)
    add_tensors (&job, g_ptr_array_index (model->layers, i));
  if (!overwrite &&
      (!check_free (path, error) ||
          (job.tensors->len > 0 && !check_free (job.weights_path, error))))
    return FALSE;
  if (check_names (&job, error))
    job.text = lstm_yaml_model_write (
        model, job.tensors->len > 0 ? job.weights_name : NULL, error);
  if (job.text == NULL) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  return write_files (&job, path, error);
}

/**
 * lstm_model_save:
 * @model: a model
 * @path: (type filename): the YAML file to write; its name ends in `.yaml` or
 *   `.yml`
 * @overwrite: whether files that are there may be replaced
 * @error: return location for a #GError
 *
 * Writes a model as YAML, with its weights beside it in a safetensors file of
 * the same name. What lstm_model_load() reads from them computes the same bits
 * and has the same fingerprint. Either both files are there afterwards, each
 * put in its place whole, or @error tells why not.
 *
 * Errors: %LSTM_ERROR_IO if a file cannot be written or is there already,
 * %LSTM_ERROR_VALUE for another name, %LSTM_ERROR_UNSUPPORTED for a model with
 * two layers of one name.
 *
 * Returns: whether it was written
 */
gboolean
lstm_model_save (const LstmModel *model, const gchar *path, gboolean overwrite,
    GError **error)
{
  gboolean saved;

  g_return_val_if_fail (model != NULL, FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!lstm_model_begin_weights ((LstmModel *) model, error))
    return FALSE;
  saved = save (model, path, overwrite, error);
  lstm_model_end_weights ((LstmModel *) model);
  return saved;
}
