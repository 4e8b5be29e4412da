/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstcsvwriter.h"

#include <math.h>
#include <string.h>

struct _GstCsvWriter {
  GString *text;
  gchar special[5]; /* what makes a cell need quotes: delimiter " LF CR */
  gboolean in_row;
};

/**
 * gst_csv_writer_new:
 * @delimiter: as gst_csv_parse_delimiter() gave it
 *
 * Returns: (transfer full): a writer without text
 */
GstCsvWriter *
gst_csv_writer_new (gchar delimiter)
{
  GstCsvWriter *writer = g_new0 (GstCsvWriter, 1);

  writer->text = g_string_new (NULL);
  writer->special[0] = delimiter;
  writer->special[1] = '"';
  writer->special[2] = '\n';
  writer->special[3] = '\r';
  return writer;
}

/**
 * gst_csv_writer_free:
 * @writer: (transfer full): a writer
 */
void
gst_csv_writer_free (GstCsvWriter *writer)
{
  g_string_free (writer->text, TRUE);
  g_free (writer);
}

/**
 * gst_csv_writer_clear:
 * @writer: a writer
 *
 * Forgets the text and keeps its memory.
 */
void
gst_csv_writer_clear (GstCsvWriter *writer)
{
  g_string_truncate (writer->text, 0);
  writer->in_row = FALSE;
}

/**
 * gst_csv_writer_get_text:
 * @writer: a writer
 * @length: (out): bytes of the text
 *
 * Returns: (transfer none): the text, until the writer is used again
 */
const gchar *
gst_csv_writer_get_text (const GstCsvWriter *writer, gsize *length)
{
  *length = writer->text->len;
  return writer->text->str;
}

static void
begin_cell (GstCsvWriter *writer)
{
  if (writer->in_row)
    g_string_append_c (writer->text, writer->special[0]);
  writer->in_row = TRUE;
}

/* Blanks at the ends would be taken away by readers that trim, ours included.
 */
static gboolean
needs_quotes (const GstCsvWriter *writer, const gchar *cell)
{
  gsize length = strlen (cell);

  return length > 0 &&
         (strpbrk (cell, writer->special) != NULL ||
             g_ascii_isspace (cell[0]) || g_ascii_isspace (cell[length - 1]));
}

/**
 * gst_csv_writer_add_text:
 * @writer: a writer
 * @cell: text, which gets quotes if it needs them
 */
void
gst_csv_writer_add_text (GstCsvWriter *writer, const gchar *cell)
{
  begin_cell (writer);
  if (!needs_quotes (writer, cell)) {
    g_string_append (writer->text, cell);
    return;
  }
  g_string_append_c (writer->text, '"');
  for (; *cell != '\0'; cell++) {
    if (*cell == '"')
      g_string_append_c (writer->text, '"');
    g_string_append_c (writer->text, *cell);
  }
  g_string_append_c (writer->text, '"');
}

static void
add_number (GstCsvWriter *writer, const gchar *format, gdouble value)
{
  gchar digits[G_ASCII_DTOSTR_BUF_SIZE];

  begin_cell (writer);
  if (isnan (value))
    g_string_append (writer->text, "nan");
  else if (isinf (value))
    g_string_append (writer->text, value > 0 ? "inf" : "-inf");
  else
    g_string_append (
        writer->text, g_ascii_formatd (digits, sizeof (digits), format, value));
}

/**
 * gst_csv_writer_add_f32:
 * @writer: a writer
 * @value: written with nine digits
 */
void
gst_csv_writer_add_f32 (GstCsvWriter *writer, gfloat value)
{
  add_number (writer, "%.9g", (gdouble) value);
}

/**
 * gst_csv_writer_add_f64:
 * @writer: a writer
 * @value: written with seventeen digits
 */
void
gst_csv_writer_add_f64 (GstCsvWriter *writer, gdouble value)
{
  add_number (writer, "%.17g", value);
}

/**
 * gst_csv_writer_end_row:
 * @writer: a writer
 */
void
gst_csv_writer_end_row (GstCsvWriter *writer)
{
  g_string_append_c (writer->text, '\n');
  writer->in_row = FALSE;
}
