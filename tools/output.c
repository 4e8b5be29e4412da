/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "output.h"

#include "csv-file.h"
#include "files/npy.h"

#include <string.h>

gboolean
tool_output_is_known (const gchar *path)
{
  return g_str_has_suffix (path, ".npy") || g_str_has_suffix (path, ".csv");
}

/* Names of layers within models have slashes. */
static gchar *
insert_name (const gchar *path, const gchar *name)
{
  const gchar *extension = path + strlen (path) - strlen (".npy");
  g_autofree gchar *stem = g_strndup (path, (gsize) (extension - path));
  g_autofree gchar *safe = g_strdelimit (g_strdup (name), "/\\", '_');

  return g_strdup_printf ("%s.%s%s", stem, safe, extension);
}

gchar **
tool_output_paths (const LstmModel *model, const gchar *path)
{
  guint n = lstm_model_get_n_outputs (model);
  gchar **paths = g_new0 (gchar *, n + 1);

  if (n == 1)
    paths[0] = g_strdup (path);
  for (guint k = 0; n > 1 && k < n; k++) {
    gchar *unique = insert_name (path, lstm_model_get_output_name (model, k));

    if (g_strv_contains ((const gchar *const *) paths, unique)) {
      g_autofree gchar *numbered =
          g_strdup_printf ("%s_%u", lstm_model_get_output_name (model, k), k);

      g_free (unique);
      unique = insert_name (path, numbered);
    }
    paths[k] = unique;
  }
  return paths;
}

gboolean
tool_outputs_save (
    const LstmModel *model, GPtrArray *outputs, gchar **paths, GError **error)
{
  for (guint k = 0; k < outputs->len; k++) {
    const LstmArray *array = g_ptr_array_index (outputs, k);
    const gchar *name = lstm_model_get_output_name (model, k);
    gboolean ok = g_str_has_suffix (paths[k], ".npy")
                      ? lstm_npy_save (array, paths[k], error)
                      : tool_csv_save (array, name, paths[k], error);

    if (!ok)
      return FALSE;
  }
  return TRUE;
}
