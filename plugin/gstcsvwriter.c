/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstcsvwriter.h"

#include <math.h>
#include <string.h>

typedef struct {
  GstRowWriter rows;
  gboolean header;  /* whether the first row names the columns */
  gchar special[5]; /* what makes a cell need quotes: delimiter " LF CR */
  gboolean in_row;
} GstCsvWriter;

static void
begin_cell (GstCsvWriter *writer)
{
  if (writer->in_row)
    g_string_append_c (writer->rows.text, writer->special[0]);
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

static void
add_text (GstRowWriter *rows, const gchar *cell)
{
  GstCsvWriter *writer = (GstCsvWriter *) rows;

  if (cell == NULL)
    cell = "";
  begin_cell (writer);
  if (!needs_quotes (writer, cell)) {
    g_string_append (writer->rows.text, cell);
    return;
  }
  g_string_append_c (writer->rows.text, '"');
  for (; *cell != '\0'; cell++) {
    if (*cell == '"')
      g_string_append_c (writer->rows.text, '"');
    g_string_append_c (writer->rows.text, *cell);
  }
  g_string_append_c (writer->rows.text, '"');
}

static void
add_number (GstRowWriter *rows, gdouble value, guint digits)
{
  begin_cell ((GstCsvWriter *) rows);
  if (isnan (value))
    g_string_append (rows->text, "nan");
  else if (isinf (value))
    g_string_append (rows->text, value > 0 ? "inf" : "-inf");
  else
    gst_row_writer_append_number (rows, value, digits);
}

static void
add_time (GstRowWriter *rows, GstClockTime time)
{
  begin_cell ((GstCsvWriter *) rows);
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_row_writer_append_seconds (rows, time);
}

static void
end_row (GstRowWriter *rows)
{
  g_string_append_c (rows->text, '\n');
  ((GstCsvWriter *) rows)->in_row = FALSE;
}

static gboolean
begin (GstRowWriter *rows, const gchar *const *names, GError **error)
{
  if (!((GstCsvWriter *) rows)->header)
    return TRUE;
  for (; *names != NULL; names++)
    add_text (rows, *names);
  end_row (rows);
  return TRUE;
}

static void
free_writer (GstRowWriter *rows)
{
  g_free (rows);
}

static const GstRowWriterClass csv_writer_class = {
  .begin = begin,
  .add_text = add_text,
  .add_number = add_number,
  .add_time = add_time,
  .end_row = end_row,
  .free = free_writer,
};

/**
 * gst_csv_writer_new:
 * @delimiter: as gst_csv_parse_delimiter() gave it
 * @header: whether the first row names the columns
 *
 * Returns: (transfer full): a writer without text
 */
GstRowWriter *
gst_csv_writer_new (gchar delimiter, gboolean header)
{
  GstCsvWriter *writer = g_new0 (GstCsvWriter, 1);

  gst_row_writer_init (&writer->rows, &csv_writer_class);
  writer->header = header;
  writer->special[0] = delimiter;
  writer->special[1] = '"';
  writer->special[2] = '\n';
  writer->special[3] = '\r';
  return &writer->rows;
}
