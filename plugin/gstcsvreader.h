/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrow.h"

G_BEGIN_DECLS

/* CSV text (RFC 4180) into rows of cells, however the bytes are cut. Line
 * ends may be LF, CRLF or CR; blank lines are skipped; blanks around a cell
 * that is not in quotes are taken away; a UTF-8 byte order mark is skipped.
 * Limits: a cell of GST_ROW_MAX_CELL bytes, a row of GST_ROW_MAX_ROW bytes and
 * GST_ROW_MAX_COLUMNS cells. */

typedef struct _GstCsvReader GstCsvReader;

gboolean gst_csv_parse_delimiter (
    const gchar *text, gchar *delimiter, GError **error);
gchar **gst_csv_split_names (const gchar *text, GError **error);

GstCsvReader *gst_csv_reader_new (
    gchar delimiter, GstRowFunc row_func, gpointer user_data);
void gst_csv_reader_free (GstCsvReader *reader);
void gst_csv_reader_reset (GstCsvReader *reader);
guint64 gst_csv_reader_resync (GstCsvReader *reader);
gboolean gst_csv_reader_push (
    GstCsvReader *reader, const guint8 *data, gsize size, GError **error);
gboolean gst_csv_reader_finish (GstCsvReader *reader, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCsvReader, gst_csv_reader_free)

G_END_DECLS
