/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A row of named columns, as a text of any format has it. */

#define GST_ROW_MAX_CELL (1024 * 1024)
#define GST_ROW_MAX_ROW (16 * 1024 * 1024)
#define GST_ROW_MAX_COLUMNS 65536

#define GST_ROW_ERROR (gst_row_error_quark ())

/**
 * GstRowError:
 * @GST_ROW_ERROR_TEXT: the text is not of its format, or is beyond a limit
 * @GST_ROW_ERROR_COLUMNS: columns asked for are not there, or not unique
 * @GST_ROW_ERROR_VALUE: a cell is not what its column needs
 */
typedef enum {
  GST_ROW_ERROR_TEXT,
  GST_ROW_ERROR_COLUMNS,
  GST_ROW_ERROR_VALUE,
} GstRowError;

/**
 * GstRow:
 * @line: number, from 1, of the line that the row begins in
 * @n_cells: number of cells
 * @cells: the cells' text, each ended by a NUL byte. Formats with names in each
 *   row have %NULL where the row lacks the column, and #gst_row_null where it
 *   says that there is no value
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
} GstRow;

/**
 * GstRowFunc:
 * @row: a row
 * @user_data: what was given to the reader
 *
 * Returns: %FALSE to stop: no more rows come until the reader is reset
 */
typedef gboolean (*GstRowFunc) (const GstRow *row, gpointer user_data);

/**
 * GstRowWords:
 * @text: the format
 * @column: what it calls a column
 * @names: what names the columns
 * @hint: what to do about a column that is not there
 * @expected: what a text without rows lacks
 * @has_numbers: whether columns are called by their numbers, too
 *
 * How messages speak of a format.
 */
typedef struct {
  const gchar *text;
  const gchar *column;
  const gchar *names;
  const gchar *hint;
  const gchar *expected;
  gboolean has_numbers;
} GstRowWords;

extern const gchar gst_row_null[];

GQuark gst_row_error_quark (void);
gchar *gst_row_quote_for_message (const gchar *text, gsize length);

G_END_DECLS
