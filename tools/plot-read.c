/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "plot.h"

#include <csv.h>
#include <errno.h>
#include <lstm/error.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHUNK 65536
#define BOM "\xef\xbb\xbf"

/* A table while it is read. */
typedef struct {
  const gchar *path;
  const gchar *key;  /* name of the key column, or NULL */
  gint key_place;    /* its place, or -1 */
  GHashTable *known; /* key -> number */
  ToolPlotTable *table;
  GPtrArray *cells; /* of the row that is read */
  guint64 row;      /* from 1, the header counted */
  gboolean headed;
  GError *error;
} Reader;

static void
column_free (gpointer data)
{
  ToolPlotColumn *column = data;

  g_free (column->name);
  if (column->numbers != NULL)
    g_array_unref (column->numbers);
  g_free (column);
}

void
tool_plot_table_free (ToolPlotTable *table)
{
  g_ptr_array_unref (table->columns);
  g_ptr_array_unref (table->keys);
  g_array_unref (table->key_of);
  g_free (table);
}

ToolPlotColumn *
tool_plot_table_find (const ToolPlotTable *table, const gchar *name)
{
  for (guint i = 0; i < table->columns->len; i++) {
    ToolPlotColumn *column = g_ptr_array_index (table->columns, i);

    if (strcmp (column->name, name) == 0)
      return column;
  }
  return NULL;
}

static void fail (Reader *reader, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

static void
fail (Reader *reader, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  if (reader->error != NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (&reader->error, LSTM_ERROR, LSTM_ERROR_FORMAT, "%s: %s",
      reader->path, text);
}

/* A finite number, or NaN for an empty cell, nan and inf. */
static gboolean
read_number (const gchar *cell, gdouble *number)
{
  gchar *end;

  *number = (gdouble) NAN;
  if (*cell == '\0')
    return TRUE;
  *number = g_ascii_strtod (cell, &end);
  if (end == cell || *end != '\0')
    return FALSE;
  if (!isfinite (*number))
    *number = (gdouble) NAN;
  return TRUE;
}

static void
take_header (Reader *reader)
{
  GPtrArray *cells = reader->cells;

  reader->key_place = -1;
  for (guint i = 0; i < cells->len; i++) {
    ToolPlotColumn *column = g_new0 (ToolPlotColumn, 1);

    column->name = g_strdup (g_ptr_array_index (cells, i));
    g_ptr_array_add (reader->table->columns, column);
    if (g_strcmp0 (column->name, reader->key) == 0 ||
        (reader->key == NULL && reader->key_place < 0 &&
            (strcmp (column->name, "key") == 0 ||
                strcmp (column->name, "id") == 0)))
      reader->key_place = (gint) i;
  }
  if (reader->key != NULL && reader->key_place < 0)
    fail (reader, "no column '%s' for the key in the header", reader->key);
}

/* Which columns are numbers the first row of data says. */
static void
take_kinds (Reader *reader)
{
  for (guint i = 0; i < reader->cells->len; i++) {
    ToolPlotColumn *column = g_ptr_array_index (reader->table->columns, i);
    gdouble number;

    if ((gint) i != reader->key_place &&
        read_number (g_ptr_array_index (reader->cells, i), &number))
      column->numbers = g_array_new (FALSE, FALSE, sizeof (gdouble));
  }
}

static void
add_key (Reader *reader)
{
  const gchar *key = reader->key_place >= 0
                         ? g_ptr_array_index (reader->cells, reader->key_place)
                         : "";
  gpointer found = g_hash_table_lookup (reader->known, key);
  guint number = GPOINTER_TO_UINT (found);

  if (found == NULL) {
    gchar *copy = g_utf8_make_valid (key, -1);

    g_ptr_array_add (reader->table->keys, copy);
    number = reader->table->keys->len;
    g_hash_table_insert (
        reader->known, g_strdup (key), GUINT_TO_POINTER (number));
  }
  number--;
  g_array_append_val (reader->table->key_of, number);
}

static void
take_data (Reader *reader)
{
  GPtrArray *columns = reader->table->columns;

  if (reader->cells->len != columns->len) {
    fail (reader,
        "row %" G_GUINT64_FORMAT
        ": found %u cells, expected %u as in the header",
        reader->row, reader->cells->len, columns->len);
    return;
  }
  if (reader->table->key_of->len == 0)
    take_kinds (reader);
  for (guint i = 0; i < columns->len; i++) {
    ToolPlotColumn *column = g_ptr_array_index (columns, i);
    const gchar *cell = g_ptr_array_index (reader->cells, i);
    gdouble number;

    if (column->numbers == NULL)
      continue;
    if (!read_number (cell, &number)) {
      g_autofree gchar *valid = g_utf8_make_valid (cell, -1);

      fail (reader,
          "row %" G_GUINT64_FORMAT
          ", column '%s': found '%.40s', expected a number as in the rows "
          "before; leave the column out with --columns, or correct the file",
          reader->row, column->name, valid);
      return;
    }
    g_array_append_val (column->numbers, number);
  }
  add_key (reader);
}

static void
on_cell (void *cell, size_t length, void *data)
{
  g_ptr_array_add (((Reader *) data)->cells, g_strndup (cell, length));
}

static void
on_row (int terminator, void *data)
{
  Reader *reader = data;

  (void) terminator;
  reader->row++;
  if (reader->error == NULL && !reader->headed)
    take_header (reader);
  else if (reader->error == NULL)
    take_data (reader);
  reader->headed = TRUE;
  g_ptr_array_set_size (reader->cells, 0);
}

static gboolean
read_file (Reader *reader)
{
  struct csv_parser parser;
  FILE *file = fopen (reader->path, "rb");
  gchar chunk[CHUNK];
  size_t n;

  if (file == NULL) {
    fail (reader, "%s", g_strerror (errno));
    return FALSE;
  }
  csv_init (&parser, CSV_STRICT | CSV_STRICT_FINI);
  if (fread (chunk, 1, strlen (BOM), file) != strlen (BOM) ||
      memcmp (chunk, BOM, strlen (BOM)) != 0)
    rewind (file);
  while (reader->error == NULL && (n = fread (chunk, 1, CHUNK, file)) > 0)
    if (csv_parse (&parser, chunk, n, on_cell, on_row, reader) != n)
      fail (reader, "row %" G_GUINT64_FORMAT ": is no CSV: %s", reader->row + 1,
          csv_strerror (csv_error (&parser)));
  if (ferror (file))
    fail (reader, "%s", g_strerror (errno));
  if (reader->error == NULL && csv_fini (&parser, on_cell, on_row, reader) != 0)
    fail (reader, "row %" G_GUINT64_FORMAT ": a quote is never closed",
        reader->row + 1);
  csv_free (&parser);
  fclose (file);
  if (!reader->headed)
    fail (reader, "is empty; expected a header and rows of numbers");
  else if (reader->table->key_of->len == 0)
    fail (reader, "has a header and no rows; there is nothing to draw");
  return reader->error == NULL;
}

ToolPlotTable *
tool_plot_table_load (const gchar *path, const gchar *key, GError **error)
{
  ToolPlotTable *table = g_new0 (ToolPlotTable, 1);
  Reader reader = { .path = path, .key = key, .table = table };
  gboolean good;

  table->columns = g_ptr_array_new_with_free_func (column_free);
  table->keys = g_ptr_array_new_with_free_func (g_free);
  table->key_of = g_array_new (FALSE, FALSE, sizeof (guint));
  reader.cells = g_ptr_array_new_with_free_func (g_free);
  reader.known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  good = read_file (&reader);
  g_ptr_array_unref (reader.cells);
  g_hash_table_unref (reader.known);
  if (good)
    return table;
  g_propagate_error (error, reader.error);
  tool_plot_table_free (table);
  return NULL;
}
