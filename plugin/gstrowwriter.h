/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Rows of cells into a text; each format is a struct that begins with
 * GstRowWriter. */

typedef struct _GstRowWriter GstRowWriter;

/**
 * GstRowWriterClass:
 * @begin: the text begins, with columns of these names, which the writer
 *   copies if it needs them; %FALSE with an error if they cannot be written
 * @add_text: the next cell; %NULL where nothing is known of it
 * @add_number: the next cell, with so many significant digits
 * @add_time: the next cell, in seconds; %GST_CLOCK_TIME_NONE where it is not
 *   known
 * @end_row: as many cells were added as there are columns
 * @free: frees the writer but for @text
 *
 * What a format does. Numbers have a decimal point in every locale.
 */
typedef struct {
  gboolean (*begin) (
      GstRowWriter *writer, const gchar *const *names, GError **error);
  void (*add_text) (GstRowWriter *writer, const gchar *cell);
  void (*add_number) (GstRowWriter *writer, gdouble value, guint digits);
  void (*add_time) (GstRowWriter *writer, GstClockTime time);
  void (*end_row) (GstRowWriter *writer);
  void (*free) (GstRowWriter *writer);
} GstRowWriterClass;

/**
 * GstRowWriter:
 * @klass: the format
 * @text: what is written and not yet taken
 */
struct _GstRowWriter {
  const GstRowWriterClass *klass;
  GString *text;
};

void gst_row_writer_init (GstRowWriter *writer, const GstRowWriterClass *klass);
void gst_row_writer_free (GstRowWriter *writer);
void gst_row_writer_append_number (
    GstRowWriter *writer, gdouble value, guint digits);
void gst_row_writer_append_seconds (GstRowWriter *writer, GstClockTime time);

G_END_DECLS
