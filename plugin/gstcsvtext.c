/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstcsvreader.h"

#include <string.h>

/**
 * gst_csv_parse_delimiter:
 * @text: (nullable): one character, or `tab`
 * @delimiter: (out): the character
 * @error: what is wrong with @text
 *
 * Returns: %FALSE if @text cannot stand between cells
 */
gboolean
gst_csv_parse_delimiter (const gchar *text, gchar *delimiter, GError **error)
{
  if (g_strcmp0 (text, "tab") == 0 || g_strcmp0 (text, "\\t") == 0)
    text = "\t";
  if (text != NULL && strlen (text) == 1 && g_ascii_isgraph (text[0]) &&
      !g_ascii_isalnum (text[0]) && strchr ("\"+-.", text[0]) == NULL) {
    *delimiter = text[0];
    return TRUE;
  }
  if (text != NULL && (strcmp (text, "\t") == 0 || strcmp (text, " ") == 0)) {
    *delimiter = text[0];
    return TRUE;
  }
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
      "delimiter is '%s'; expected one ASCII character that no number and no "
      "quote is written with, such as ',' ';' '|', or the word tab",
      text != NULL ? text : "");
  return FALSE;
}

static gboolean
on_names (const GstRow *row, gpointer user_data)
{
  GPtrArray *names = user_data;
  guint i;

  for (i = 0; i < row->n_cells; i++)
    g_ptr_array_add (names, g_strdup (row->cells[i]));
  return TRUE;
}

/**
 * gst_csv_split_names:
 * @text: names with commas between, each in quotes where it holds a comma
 * @error: what is wrong with @text
 *
 * Returns: (transfer full) (nullable): the names, none if @text is empty, or
 *   %NULL with @error set
 */
gchar **
gst_csv_split_names (const gchar *text, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GstCsvReader) reader = gst_csv_reader_new (',', on_names, names);

  if (!gst_csv_reader_push (
          reader, (const guint8 *) text, strlen (text), error) ||
      !gst_csv_reader_finish (reader, error)) {
    g_prefix_error (error, "'%s' is no list of names: ", text);
    return NULL;
  }
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
