/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "csv-file.h"

#include "files/file.h"

#include <lstm/error.h>
#include <string.h>

/* The widest float in %.9g, and a comma. */
#define NUMBER_BYTES 32

/* RFC 4180: what has a comma, a quote or an end of line in it is quoted. */
static void
append_text (GString *line, const gchar *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL) {
    g_string_append (line, text);
    return;
  }
  g_string_append_c (line, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"')
      g_string_append_c (line, '"');
    g_string_append_c (line, *text);
  }
  g_string_append_c (line, '"');
}

/* The output's name, numbered where it has several columns. */
static void
append_header (GString *line, const gchar *name, gint64 n_columns)
{
  for (gint64 i = 0; i < n_columns; i++) {
    g_autofree gchar *column =
        n_columns == 1 ? g_strdup (name)
                       : g_strdup_printf ("%s_%" G_GINT64_FORMAT, name, i);

    if (i > 0)
      g_string_append_c (line, ',');
    append_text (line, column);
  }
  g_string_append_c (line, '\n');
}

static void
append_row (GString *line, const gfloat *row, gint64 n)
{
  gchar number[NUMBER_BYTES];

  for (gint64 i = 0; i < n; i++) {
    if (i > 0)
      g_string_append_c (line, ',');
    g_string_append (line,
        g_ascii_formatd (number, sizeof number, "%.9g", (gdouble) row[i]));
  }
  g_string_append_c (line, '\n');
}

static gboolean
write_rows (LstmFile *file, const LstmArray *array, GError **error)
{
  gint64 n_columns = array->rank > 1 ? array->shape[array->rank - 1] : 1;
  gint64 steps = array->rank == 3 ? array->shape[1] : 0;
  gsize n_rows = n_columns > 0 ? array->count / (gsize) n_columns : 0;
  g_autoptr (GString) line = g_string_new (NULL);

  for (gsize row = 0; row < n_rows; row++) {
    g_string_truncate (line, 0);
    if (steps > 0 && row > 0 && row % (gsize) steps == 0)
      g_string_append_c (line, '\n');
    append_row (line, array->data + row * (gsize) n_columns, n_columns);
    if (!lstm_file_write (file, line->str, line->len, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
tool_csv_save (const LstmArray *array, const gchar *name, const gchar *path,
    GError **error)
{
  g_autoptr (GString) header = g_string_new (NULL);
  g_autoptr (LstmFile) file = NULL;

  if (array->rank > 3) {
    g_autofree gchar *shape =
        lstm_array_shape_to_string (array->rank, array->shape);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "%s: output '%s' has shape %s, which lines of a CSV cannot hold; use "
        ".npy",
        path, name, shape);
    return FALSE;
  }
  file = lstm_file_create (path, error);
  if (file == NULL)
    return FALSE;
  append_header (
      header, name, array->rank > 1 ? array->shape[array->rank - 1] : 1);
  if (!lstm_file_write (file, header->str, header->len, error) ||
      !write_rows (file, array, error))
    return FALSE;
  return lstm_file_finish (g_steal_pointer (&file), error);
}
