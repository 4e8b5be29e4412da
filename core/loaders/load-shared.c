/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "loader.h"

#include <sys/stat.h>

#include <glib/gstdio.h>

#include "engine/graph.h"
#include "engine/shared.h"

typedef struct {
  const gchar *path;
  const LstmLoadOptions *options;
} File;

/* A file is the same as before if it is the same inode, of the same size,
 * written at the same time: what rsync and make go by. */
static gboolean
append_file (GString *key, const gchar *path)
{
  GStatBuf st;

  if (g_stat (path, &st) != 0)
    return FALSE;
  g_string_append_printf (key,
      " %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
      " %" G_GINT64_FORMAT ".%09ld",
      (guint64) st.st_dev, (guint64) st.st_ino, (gint64) st.st_size,
      (gint64) st.st_mtim.tv_sec, (long) st.st_mtim.tv_nsec);
  return TRUE;
}

static gchar *
file_key (gconstpointer what)
{
  const File *file = what;
  g_autoptr (GString) key = g_string_new ("model");
  g_autofree gchar *beside = NULL;

  if (!append_file (key, file->path))
    return NULL;
  beside = lstm_load_beside (file->path);
  if (beside != NULL && !append_file (key, beside))
    return NULL;
  g_string_append_printf (key, " keras %u nan %d", file->options->keras,
      file->options->allow_nan != FALSE);
  return g_string_free (g_steal_pointer (&key), FALSE);
}

static gpointer
load_file (gconstpointer what, GError **error)
{
  const File *file = what;

  return lstm_model_load (file->path, file->options, error);
}

static gatomicrefcount *
model_count (gpointer object)
{
  return &((LstmModel *) object)->ref_count;
}

static gchar **
model_place (gpointer object)
{
  return &((LstmModel *) object)->shared_key;
}

/**
 * lstm_model_load_shared:
 * @path: the model file
 * @options: (nullable): how to read it, or %NULL for the defaults
 * @error: return location for a #GError
 *
 * As lstm_model_load(), but who loads a file that somebody has loaded with the
 * same options, and still has, gets the same model. A file that has been
 * written or replaced since (by its inode, size and time of last change) is
 * loaded anew; who has the old model keeps it.
 *
 * Returns: (transfer full): the model, or %NULL with @error set
 */
LstmModel *
lstm_model_load_shared (
    const gchar *path, const LstmLoadOptions *options, GError **error)
{
  static const LstmLoadOptions defaults;
  static const LstmSharedKind kind = { file_key, load_file, model_count,
    model_place };
  File file = { path, options != NULL ? options : &defaults };

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return lstm_shared_get (&kind, &file, error);
}
