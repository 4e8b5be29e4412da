/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of cells into CSV text (RFC 4180, but LF ends a line). Numbers have a
 * decimal point in every locale, and digits enough to be read back to the same
 * bits; nan, inf and -inf are written so. */

typedef struct _GstCsvWriter GstCsvWriter;

GstCsvWriter *gst_csv_writer_new (gchar delimiter);
void gst_csv_writer_free (GstCsvWriter *writer);
void gst_csv_writer_clear (GstCsvWriter *writer);
const gchar *gst_csv_writer_get_text (
    const GstCsvWriter *writer, gsize *length);
void gst_csv_writer_add_text (GstCsvWriter *writer, const gchar *cell);
void gst_csv_writer_add_f32 (GstCsvWriter *writer, gfloat value);
void gst_csv_writer_add_f64 (GstCsvWriter *writer, gdouble value);
void gst_csv_writer_end_row (GstCsvWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCsvWriter, gst_csv_writer_free)

G_END_DECLS
