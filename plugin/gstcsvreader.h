/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* CSV text (RFC 4180) into rows of cells, however the bytes are cut. Line
 * ends may be LF, CRLF or CR; blank lines are skipped; blanks around a cell
 * that is not in quotes are taken away; a UTF-8 byte order mark is skipped.
 * Limits: a cell of GST_CSV_MAX_CELL bytes, a row of GST_CSV_MAX_ROW bytes and
 * GST_CSV_MAX_COLUMNS cells. */

#define GST_CSV_MAX_CELL (1024 * 1024)
#define GST_CSV_MAX_ROW (16 * 1024 * 1024)
#define GST_CSV_MAX_COLUMNS 65536

#define GST_CSV_ERROR (gst_csv_error_quark ())

/**
 * GstCsvError:
 * @GST_CSV_ERROR_TEXT: the text is no CSV, or is beyond a limit
 * @GST_CSV_ERROR_COLUMNS: columns asked for are not there, or not unique
 * @GST_CSV_ERROR_VALUE: a cell is not what its column needs
 */
typedef enum {
  GST_CSV_ERROR_TEXT,
  GST_CSV_ERROR_COLUMNS,
  GST_CSV_ERROR_VALUE,
} GstCsvError;

/**
 * GstCsvRow:
 * @line: number, from 1, of the line that the row begins in
 * @n_cells: number of cells
 * @cells: the cells' text, each ended by a NUL byte
 * @lengths: bytes of each cell, the NUL byte not counted; a cell that holds NUL
 *   bytes itself is longer than strlen() says
 *
 * One row, valid during the callback.
 */
typedef struct {
  guint64 line;
  guint n_cells;
  const gchar *const *cells;
  const gsize *lengths;
} GstCsvRow;

typedef struct _GstCsvReader GstCsvReader;

/**
 * GstCsvRowFunc:
 * @row: a row
 * @user_data: what was given to gst_csv_reader_new()
 *
 * Returns: %FALSE to stop: no more rows come until the reader is reset
 */
typedef gboolean (*GstCsvRowFunc) (const GstCsvRow *row, gpointer user_data);

GQuark gst_csv_error_quark (void);
gboolean gst_csv_parse_delimiter (
    const gchar *text, gchar *delimiter, GError **error);
gchar **gst_csv_split_names (const gchar *text, GError **error);
gchar *gst_csv_quote_for_message (const gchar *text, gsize length);

GstCsvReader *gst_csv_reader_new (
    gchar delimiter, GstCsvRowFunc row_func, gpointer user_data);
void gst_csv_reader_free (GstCsvReader *reader);
void gst_csv_reader_reset (GstCsvReader *reader);
guint64 gst_csv_reader_resync (GstCsvReader *reader);
gboolean gst_csv_reader_push (
    GstCsvReader *reader, const guint8 *data, gsize size, GError **error);
gboolean gst_csv_reader_finish (GstCsvReader *reader, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCsvReader, gst_csv_reader_free)

G_END_DECLS
