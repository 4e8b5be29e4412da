/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstrowwriter.h"

/**
 * gst_row_writer_init:
 * @writer: the start of a format's struct
 * @klass: the format
 *
 * Gives it an empty text.
 */
void
gst_row_writer_init (GstRowWriter *writer, const GstRowWriterClass *klass)
{
  writer->klass = klass;
  writer->text = g_string_new (NULL);
}

/**
 * gst_row_writer_free:
 * @writer: (transfer full): a writer
 */
void
gst_row_writer_free (GstRowWriter *writer)
{
  g_string_free (writer->text, TRUE);
  writer->klass->free (writer);
}

/**
 * gst_row_writer_append_number:
 * @writer: a writer
 * @value: a finite number
 * @digits: significant ones, 9 or 17: enough for a float32 or a float64 to be
 *   read back to the same bits
 */
void
gst_row_writer_append_number (GstRowWriter *writer, gdouble value, guint digits)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (writer->text, g_ascii_formatd (text, sizeof (text),
                                     digits > 9 ? "%.17g" : "%.9g", value));
}

/**
 * gst_row_writer_append_seconds:
 * @writer: a writer
 * @time: a valid time, in ns
 *
 * All its digits, none more: 1.5 for 1,500,000,000.
 */
void
gst_row_writer_append_seconds (GstRowWriter *writer, GstClockTime time)
{
  guint part = (guint) (time % GST_SECOND);
  guint digits = 9;

  g_string_append_printf (
      writer->text, "%" G_GUINT64_FORMAT, time / GST_SECOND);
  if (part == 0)
    return;
  for (; part % 10 == 0; part /= 10)
    digits--;
  g_string_append_printf (writer->text, ".%0*u", (int) digits, part);
}
