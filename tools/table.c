/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "table.h"

#include <string.h>

#define GAP 2

struct _ToolTable {
  gchar *align;
  guint n_columns;
  GPtrArray *rows; /* GStrv, or NULL for a line */
};

static void
row_free (gpointer row)
{
  g_strfreev (row);
}

ToolTable *
tool_table_new (const gchar *align)
{
  ToolTable *table = g_new0 (ToolTable, 1);

  table->align = g_strdup (align);
  table->n_columns = (guint) strlen (align);
  table->rows = g_ptr_array_new_with_free_func (row_free);
  return table;
}

void
tool_table_free (ToolTable *table)
{
  g_ptr_array_unref (table->rows);
  g_free (table->align);
  g_free (table);
}

void
tool_table_add (ToolTable *table, ...)
{
  gchar **row = g_new0 (gchar *, table->n_columns + 1);
  va_list args;

  va_start (args, table);
  for (guint i = 0; i < table->n_columns; i++)
    row[i] = g_strdup (va_arg (args, const gchar *));
  va_end (args);
  g_ptr_array_add (table->rows, row);
}

void
tool_table_add_line (ToolTable *table)
{
  g_ptr_array_add (table->rows, NULL);
}

static gsize *
measure (const ToolTable *table, gsize *total)
{
  gsize *widths = g_new0 (gsize, MAX (table->n_columns, 1));

  for (guint r = 0; r < table->rows->len; r++) {
    gchar **row = g_ptr_array_index (table->rows, r);

    for (guint i = 0; row != NULL && i < table->n_columns; i++)
      widths[i] = MAX (widths[i], (gsize) g_utf8_strlen (row[i], -1));
  }
  *total = 0;
  for (guint i = 0; i < table->n_columns; i++)
    *total += widths[i] + (i > 0 ? GAP : 0);
  return widths;
}

static void
append_cell (GString *line, const gchar *text, gsize width, gboolean right)
{
  gsize pad = width - (gsize) g_utf8_strlen (text, -1);

  if (!right)
    g_string_append (line, text);
  for (; pad > 0; pad--)
    g_string_append_c (line, ' ');
  if (right)
    g_string_append (line, text);
}

static void
print_row (const ToolTable *table, gchar **row, const gsize *widths)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < table->n_columns; i++) {
    if (i > 0)
      g_string_append (line, "  ");
    append_cell (line, row[i], widths[i], table->align[i] == 'r');
  }
  g_print ("%s\n", g_strchomp (line->str));
}

void
tool_table_print (const ToolTable *table)
{
  gsize total;
  g_autofree gsize *widths = measure (table, &total);
  g_autofree gchar *line = g_strnfill (total, '-');

  for (guint r = 0; r < table->rows->len; r++) {
    gchar **row = g_ptr_array_index (table->rows, r);

    if (row != NULL)
      print_row (table, row, widths);
    else
      g_print ("%s\n", line);
  }
}

gchar *
tool_format_count (guint64 n)
{
  g_autofree gchar *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new (NULL);
  gsize length = strlen (digits);

  for (gsize i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      g_string_append_c (text, ',');
    g_string_append_c (text, digits[i]);
  }
  return g_string_free (text, FALSE);
}

gchar *
tool_format_bytes (guint64 n)
{
  static const gchar *const units[] = { "KiB", "MiB", "GiB", "TiB" };
  gdouble value = (gdouble) n / 1024;
  guint unit = 0;

  if (n < 1024)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes", n);
  for (; value >= 1024 && unit + 1 < G_N_ELEMENTS (units); unit++)
    value /= 1024;
  return g_strdup_printf ("%.1f %s", value, units[unit]);
}
