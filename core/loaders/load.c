/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "engine/graph.h"

static const LstmLoader *const loaders[] = {
  &lstm_keras_h5_loader,
  &lstm_keras_zip_loader,
  &lstm_yaml_loader,
};

/* A FIFO would block and a device never end: only regular files are opened. */
static gboolean
check_file (const gchar *path, GError **error)
{
  GStatBuf st;

  if (g_stat (path, &st) != 0) {
    int code = errno;

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "cannot open it: %s%s",
        g_strerror (code),
        code == ENOENT ? "; check the path, which is relative to the current "
                         "directory unless it begins with /"
                       : "");
    return FALSE;
  }
  if (S_ISDIR (st.st_mode)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "is a directory, expected a model file; a TensorFlow SavedModel is "
        "not read: save the model with model.save(\"model.h5\")");
    return FALSE;
  }
  if (!S_ISREG (st.st_mode)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "is a device, pipe or socket, expected a regular file");
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_head (const gchar *path, guint8 *head, gsize *size, GError **error)
{
  FILE *file = g_fopen (path, "rb");

  if (file == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "cannot open it: %s",
        g_strerror (errno));
    return FALSE;
  }
  *size = fread (head, 1, LSTM_SNIFF_BYTES, file);
  if (ferror (file)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "cannot read it: %s",
        g_strerror (errno));
    fclose (file);
    return FALSE;
  }
  fclose (file);
  if (*size == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the file is empty; save the model again with "
        "model.save(\"model.h5\")");
    return FALSE;
  }
  return TRUE;
}

gchar *
lstm_load_beside (const gchar *path)
{
  guint8 head[LSTM_SNIFF_BYTES] = { 0 };
  gsize size = 0;

  if (!check_file (path, NULL) || !read_head (path, head, &size, NULL))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (loaders); i++)
    if (loaders[i]->sniff (head, size))
      return loaders[i]->beside != NULL ? loaders[i]->beside (path) : NULL;
  return NULL;
}

static const LstmLoader *
find_loader (const guint8 *head, gsize size, GError **error)
{
  const gchar *other;

  for (guint i = 0; i < G_N_ELEMENTS (loaders); i++) {
    if (loaders[i]->sniff (head, size))
      return loaders[i];
  }

  other = lstm_sniff_other (head, size);
  if (other != NULL)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is no model file that we read: it seems to be %s; expected %s, %s, or "
        "%s",
        other, lstm_keras_zip_loader.description,
        lstm_keras_h5_loader.description, lstm_yaml_loader.description);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is no model file that we read: it begins with the bytes "
        "%02x %02x %02x %02x; expected %s, %s, or %s",
        head[0], size > 1 ? head[1] : 0, size > 2 ? head[2] : 0,
        size > 3 ? head[3] : 0, lstm_keras_zip_loader.description,
        lstm_keras_h5_loader.description, lstm_yaml_loader.description);
  return NULL;
}

static gboolean
check_options (const LstmLoadOptions *options, GError **error)
{
  if (options->keras == 0 || options->keras == 2 || options->keras == 3)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "keras: %u is no version of Keras that we know; expected 2 or 3, or 0 "
      "to go by the file",
      options->keras);
  return FALSE;
}

void
lstm_set_not_built (GError **error, const gchar *files, const gchar *library)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "this build cannot read %s: it was built without %s; install that with "
      "its headers and build again, or convert the model where there is a "
      "build "
      "that reads it: gst-lstm convert MODEL OUT.yaml",
      files, library);
}

typedef struct {
  gchar *path;
  LstmLoadOptions options;
} Origin;

static void
origin_free (gpointer data)
{
  g_free (((Origin *) data)->path);
  g_free (data);
}

static LstmModel *
load_again (gpointer data, GError **error)
{
  const Origin *origin = data;

  return lstm_model_load (origin->path, &origin->options, error);
}

/* The path stays right when the program goes to another folder. */
static void
set_reload (LstmModel *model, const gchar *path, const LstmLoadOptions *options)
{
  Origin *origin = g_new0 (Origin, 1);

  origin->path = g_canonicalize_filename (path, NULL);
  origin->options = *options;
  lstm_model_set_reload (model, load_again, origin, origin_free);
}

static LstmModel *
load_checked (const gchar *path, const LstmLoadOptions *options, GError **error)
{
  guint8 head[LSTM_SNIFF_BYTES] = { 0 };
  const LstmLoader *loader;
  LstmModel *model;
  gsize size = 0;

  if (!check_options (options, error) || !check_file (path, error) ||
      !read_head (path, head, &size, error))
    goto fail;
  loader = find_loader (head, size, error);
  if (loader == NULL)
    goto fail;
  model = loader->load (path, options, error);
  if (model != NULL)
    set_reload (model, path, options);
  if (model != NULL || loader->names_path)
    return model;

fail:
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

/**
 * lstm_model_load:
 * @path: the model file
 * @options: (nullable): how to read it, or %NULL for the defaults
 * @error: return location for a #GError
 *
 * Reads a trained model. Its format is told by the file's content and not by
 * its name: what Keras 2.12 or later saved as `.keras`
 * (`model.save("model.keras")`), and whole models that Keras 2 or 3 saved as
 * HDF5 (`model.save("model.h5")`), or models written in YAML, whose weights
 * stand in a file that it names and that stays mapped into memory as long as
 * the model lives. Nothing else is opened.
 * Weights in other floating-point types become float32.
 *
 * Errors: %LSTM_ERROR_IO if the file cannot be read, %LSTM_ERROR_FORMAT if it
 * is damaged or of another format, %LSTM_ERROR_UNSUPPORTED for a layer or
 * activation that we do not know, %LSTM_ERROR_SHAPE and %LSTM_ERROR_WEIGHTS if
 * layers and weights do not fit or weights are not finite, %LSTM_ERROR_VALUE
 * for options that cannot be. Each message begins with @path.
 *
 * Returns: (transfer full): the model, or %NULL with @error set
 */
LstmModel *
lstm_model_load (
    const gchar *path, const LstmLoadOptions *options, GError **error)
{
  static const LstmLoadOptions defaults;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return load_checked (path, options != NULL ? options : &defaults, error);
}
