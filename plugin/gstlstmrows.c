/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmrows.h"

#include <string.h>

#define API_NAME "GstLstmRowsMetaAPI"
#define META_NAME "GstLstmRowsMeta"

struct _GstLstmRows {
  guint n_rows;
  guint n_columns;
  gchar *text;         /* owned share of an atomic rc box: all cells' text */
  const gchar **cells; /* [n_rows, n_columns], into text */
};

typedef struct {
  GstMeta meta;
  GstLstmRows *rows; /* owned */
} GstLstmRowsMeta;

static GstLstmRows *
rows_alloc (guint n_rows, guint n_columns)
{
  GstLstmRows *rows;
  gsize n_cells;

  if (!g_size_checked_mul (&n_cells, n_rows, n_columns))
    return NULL;
  rows = g_atomic_rc_box_new0 (GstLstmRows);
  rows->n_rows = n_rows;
  rows->n_columns = n_columns;
  rows->cells = g_new (const gchar *, n_cells);
  return rows;
}

static void
rows_clear (gpointer data)
{
  GstLstmRows *rows = data;

  g_atomic_rc_box_release (rows->text);
  g_free (rows->cells);
}

/**
 * gst_lstm_rows_new:
 * @n_rows: number of frames
 * @n_columns: number of kept columns, at least 1
 * @cells: (array): the text of [@n_rows, @n_columns] cells, row by row; copied
 *
 * Returns: (transfer full) (nullable): new rows, or %NULL if so many cannot be
 *   addressed
 */
GstLstmRows *
gst_lstm_rows_new (guint n_rows, guint n_columns, const gchar *const *cells)
{
  GstLstmRows *rows;
  gsize i, n_cells, size = 1;
  gchar *end;

  g_return_val_if_fail (n_columns > 0, NULL);
  g_return_val_if_fail (cells != NULL || n_rows == 0, NULL);

  rows = rows_alloc (n_rows, n_columns);
  if (rows == NULL)
    return NULL;
  n_cells = (gsize) n_rows * n_columns;
  for (i = 0; i < n_cells; i++)
    size += strlen (cells[i]) + 1;
  rows->text = end = g_atomic_rc_box_alloc (size);
  for (i = 0; i < n_cells; i++) {
    gsize length = strlen (cells[i]) + 1;

    rows->cells[i] = memcpy (end, cells[i], length);
    end += length;
  }
  return rows;
}

/**
 * gst_lstm_rows_ref:
 * @rows: rows
 *
 * Returns: (transfer full): @rows
 */
GstLstmRows *
gst_lstm_rows_ref (GstLstmRows *rows)
{
  return g_atomic_rc_box_acquire (rows);
}

/**
 * gst_lstm_rows_unref:
 * @rows: (transfer full): rows
 */
void
gst_lstm_rows_unref (GstLstmRows *rows)
{
  g_atomic_rc_box_release_full (rows, rows_clear);
}

/**
 * gst_lstm_rows_select:
 * @rows: rows
 * @indices: (array length=n): numbers of rows in @rows, in any order, also
 *   more than once
 * @n: how many
 *
 * Returns: (transfer full) (nullable): new rows that share the text of @rows,
 *   or %NULL if so many cannot be addressed
 */
GstLstmRows *
gst_lstm_rows_select (GstLstmRows *rows, const guint *indices, guint n)
{
  GstLstmRows *selected;
  guint i;

  g_return_val_if_fail (rows != NULL, NULL);
  for (i = 0; i < n; i++)
    g_return_val_if_fail (indices[i] < rows->n_rows, NULL);

  selected = rows_alloc (n, rows->n_columns);
  if (selected == NULL)
    return NULL;
  selected->text = g_atomic_rc_box_acquire (rows->text);
  for (i = 0; i < n; i++)
    memcpy (selected->cells + (gsize) i * rows->n_columns,
        rows->cells + (gsize) indices[i] * rows->n_columns,
        rows->n_columns * sizeof (gchar *));
  return selected;
}

/**
 * gst_lstm_rows_get_n_rows:
 * @rows: rows
 *
 * Returns: number of rows, that of the buffer's frames
 */
guint
gst_lstm_rows_get_n_rows (const GstLstmRows *rows)
{
  return rows->n_rows;
}

/**
 * gst_lstm_rows_get_n_columns:
 * @rows: rows
 *
 * Returns: number of kept columns
 */
guint
gst_lstm_rows_get_n_columns (const GstLstmRows *rows)
{
  return rows->n_columns;
}

/**
 * gst_lstm_rows_get:
 * @rows: rows
 * @row: below the number of rows
 * @column: below the number of columns
 *
 * Returns: (transfer none): the cell's text, alive as long as @rows
 */
const gchar *
gst_lstm_rows_get (const GstLstmRows *rows, guint row, guint column)
{
  g_return_val_if_fail (row < rows->n_rows, NULL);
  g_return_val_if_fail (column < rows->n_columns, NULL);

  return rows->cells[(gsize) row * rows->n_columns + column];
}

static gboolean
rows_meta_init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  ((GstLstmRowsMeta *) meta)->rows = NULL;
  return TRUE;
}

static void
rows_meta_free (GstMeta *meta, GstBuffer *buffer)
{
  g_clear_pointer (&((GstLstmRowsMeta *) meta)->rows, gst_lstm_rows_unref);
}

/* A part of a buffer has other frames than the whole: it goes without rows. */
static gboolean
rows_meta_transform (GstBuffer *dest, GstMeta *meta, GstBuffer *buffer,
    GQuark type, gpointer data)
{
  if (!GST_META_TRANSFORM_IS_COPY (type))
    return FALSE;
  if (!((GstMetaTransformCopy *) data)->region)
    gst_buffer_add_lstm_rows (dest, ((GstLstmRowsMeta *) meta)->rows);
  return TRUE;
}

/* Another copy of this code in the process, such as an application's, may have
 * registered the meta already: then that one is used. */
static const GstMetaInfo *
rows_meta_get_info (void)
{
  static const GstMetaInfo *info;

  if (g_once_init_enter (&info)) {
    const GstMetaInfo *found = gst_meta_get_info (META_NAME);

    if (found == NULL) {
      static const gchar *tags[] = { NULL };
      GType api = gst_meta_api_type_register (API_NAME, tags);

      found = gst_meta_register (api, META_NAME, sizeof (GstLstmRowsMeta),
          rows_meta_init, rows_meta_free, rows_meta_transform);
    }
    g_once_init_leave (&info, found);
  }
  return info;
}

static GstLstmRowsMeta *
find_rows_meta (GstBuffer *buffer)
{
  return (GstLstmRowsMeta *) gst_buffer_get_meta (
      buffer, rows_meta_get_info ()->api);
}

/**
 * gst_buffer_add_lstm_rows:
 * @buffer: a writable buffer
 * @rows: (transfer none): a row for each frame of @buffer
 *
 * A buffer has one set of rows: those that it had are replaced.
 */
void
gst_buffer_add_lstm_rows (GstBuffer *buffer, GstLstmRows *rows)
{
  GstLstmRowsMeta *meta;

  g_return_if_fail (gst_buffer_is_writable (buffer));
  g_return_if_fail (rows != NULL);

  gst_lstm_rows_ref (rows);
  meta = find_rows_meta (buffer);
  if (meta == NULL)
    meta = (GstLstmRowsMeta *) gst_buffer_add_meta (
        buffer, rows_meta_get_info (), NULL);
  else
    gst_lstm_rows_unref (meta->rows);
  meta->rows = rows;
}

/**
 * gst_buffer_get_lstm_rows:
 * @buffer: a buffer
 *
 * Returns: (transfer none) (nullable): the rows of @buffer, or %NULL
 */
GstLstmRows *
gst_buffer_get_lstm_rows (GstBuffer *buffer)
{
  GstLstmRowsMeta *meta = find_rows_meta (buffer);

  return meta != NULL ? meta->rows : NULL;
}
