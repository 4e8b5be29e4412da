/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "input.h"

#include "csv-file.h"
#include "files/npy.h"

#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

/* By content where it tells, else by name: an .npy that is damaged is not read
 * as text. */
static gboolean
is_npy (const gchar *path)
{
  FILE *file;
  gint first;

  if (g_str_has_suffix (path, ".npy") || g_str_has_suffix (path, ".npz"))
    return TRUE;
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  file = g_fopen (path, "rbe");
  first = file != NULL ? fgetc (file) : EOF;
  if (file != NULL)
    fclose (file);
  return first == 0x93;
}

static gint
find_input (const LstmModel *model, const gchar *name, gsize length)
{
  for (guint i = 0; i < lstm_model_get_n_inputs (model); i++) {
    const gchar *own = lstm_model_get_input_name (model, i);

    if (strlen (own) == length && strncmp (own, name, length) == 0)
      return (gint) i;
  }
  return -1;
}

static gchar *
list_inputs (const LstmModel *model)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lstm_model_get_n_inputs (model); i++) {
    g_autofree gchar *shape =
        lstm_shape_to_batch_string (lstm_model_get_input_shape (model, i), -1);

    g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "",
        lstm_model_get_input_name (model, i), shape);
  }
  return g_string_free (text, FALSE);
}

/* Which file is for which input. */
static gboolean
assign (const LstmModel *model, gchar **arguments, const gchar **paths,
    GError **error)
{
  guint n = lstm_model_get_n_inputs (model);
  guint n_found = g_strv_length (arguments);
  gboolean twice = FALSE;

  for (guint i = 0; i < n_found && n_found == n; i++) {
    const gchar *equals = strchr (arguments[i], '=');
    gint named = equals != NULL ? find_input (model, arguments[i],
                                      (gsize) (equals - arguments[i]))
                                : -1;
    guint index = named >= 0 ? (guint) named : i;

    twice = twice || paths[index] != NULL;
    paths[index] = named >= 0 ? equals + 1 : arguments[i];
  }
  if (n_found == n && !twice)
    return TRUE;
  {
    g_autofree gchar *inputs = list_inputs (model);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "found %u input file%s%s, the model takes %u: %s; give them in this "
        "order, or as NAME=FILE",
        n_found, n_found == 1 ? "" : "s",
        twice ? ", two of them for the same input" : "", n, inputs);
  }
  return FALSE;
}

GPtrArray *
tool_inputs_load (
    const LstmModel *model, gchar **arguments, guint steps, GError **error)
{
  guint n = lstm_model_get_n_inputs (model);
  g_autofree const gchar **paths = g_new0 (const gchar *, n);
  g_autoptr (GPtrArray) arrays =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_array_free);

  if (!assign (model, arguments, paths, error))
    return NULL;
  for (guint i = 0; i < n; i++) {
    LstmArray *array =
        is_npy (paths[i])
            ? lstm_npy_load (paths[i], error)
            : tool_csv_load (paths[i], lstm_model_get_input_shape (model, i),
                  steps, error);

    if (array == NULL)
      return NULL;
    g_ptr_array_add (arrays, array);
    if (array->rank == 0) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
          "%s: is a single number; expected windows", paths[i]);
      return NULL;
    }
  }
  return g_steal_pointer (&arrays);
}
