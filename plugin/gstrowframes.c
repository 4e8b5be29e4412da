/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstrowframes.h"

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "gstlstmrows.h"

/* A buffer is full at so many bytes, of samples or of kept text. */
#define MAX_BUFFER_BYTES (4 * 1024 * 1024)
/* Keys whose reference caps are kept for the next time. */
#define MAX_INTERNED 65536

struct _GstRowFrames {
  GstRowColumns *columns;
  GstRowFramesOptions options;
  GstAudioFormat format; /* native F32 or F64 */
  GHashTable *interned;  /* key -> GstCaps */

  guint64 n_rows; /* rows of data so far: skipped, taken in, waiting */
  gboolean discont;
  GstClockTime last_time; /* of the row that waits, or was taken last */
  GstClockTime next_time; /* of the row that is begun; both by the column */

  guint n_pending;
  GByteArray *samples; /* [n_pending, n_features] of format */
  GByteArray *kept; /* text of [n_pending, n_keep] cells, each with its NUL */
  GPtrArray *cells; /* into kept, set when a buffer is made */
  gchar *key;       /* of all that is pending */
};

/**
 * gst_row_frames_new:
 * @columns: (transfer full): where the columns stand
 * @options: (transfer none): how rows become buffers
 *
 * Returns: (transfer full): frames, none yet; in F64 until told otherwise
 */
GstRowFrames *
gst_row_frames_new (GstRowColumns *columns, const GstRowFramesOptions *options)
{
  GstRowFrames *frames = g_new0 (GstRowFrames, 1);

  frames->columns = columns;
  frames->options = *options;
  frames->last_time = frames->next_time = GST_CLOCK_TIME_NONE;
  frames->format = GST_AUDIO_FORMAT_F64;
  frames->interned = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) gst_caps_unref);
  frames->discont = TRUE;
  frames->samples = g_byte_array_new ();
  frames->kept = g_byte_array_new ();
  frames->cells = g_ptr_array_new ();
  return frames;
}

/**
 * gst_row_frames_free:
 * @frames: (transfer full): frames; what is pending goes with them
 */
void
gst_row_frames_free (GstRowFrames *frames)
{
  gst_row_columns_free (frames->columns);
  g_hash_table_unref (frames->interned);
  g_byte_array_unref (frames->samples);
  g_byte_array_unref (frames->kept);
  g_ptr_array_unref (frames->cells);
  g_free (frames->key);
  g_free (frames);
}

/**
 * gst_row_frames_get_columns:
 * @frames: frames
 *
 * Returns: (transfer none): where the columns stand
 */
const GstRowColumns *
gst_row_frames_get_columns (const GstRowFrames *frames)
{
  return frames->columns;
}

/**
 * gst_row_frames_get_n_rows:
 * @frames: frames
 *
 * Returns: rows of data skipped and added so far
 */
guint64
gst_row_frames_get_n_rows (const GstRowFrames *frames)
{
  return frames->n_rows;
}

/**
 * gst_row_frames_set_format:
 * @frames: frames, none of them pending
 * @format: %GST_AUDIO_FORMAT_F64 or %GST_AUDIO_FORMAT_F32
 */
void
gst_row_frames_set_format (GstRowFrames *frames, GstAudioFormat format)
{
  g_return_if_fail (frames->n_pending == 0);

  frames->format = format;
}

/* Where a row stands, for a message: its line in the file, its number among the
 * rows of data. */
static gchar *
locate (const GstRowFrames *frames, const GstRow *row)
{
  return g_strdup_printf ("line %" G_GUINT64_FORMAT
                          ", data row %" G_GUINT64_FORMAT,
      row->line, frames->n_rows + 1);
}

static void
set_cell_error (const GstRowFrames *frames, const GstRow *row, guint place,
    const gchar *name, const gchar *expected, GError **error)
{
  const GstRowWords *words = frames->options.words;
  const gchar *cell = row->cells[place];
  g_autofree gchar *where = locate (frames, row);
  g_autofree gchar *number =
      words->has_numbers ? g_strdup_printf (" (number %u)", place + 1) : NULL;
  g_autofree gchar *found = NULL;

  if (cell == NULL)
    found = g_strdup ("none");
  else if (cell == gst_row_null)
    found = g_strdup ("null");
  else if (row->lengths[place] == 0)
    found = g_strdup ("an empty cell");
  else
    found = gst_row_quote_for_message (cell, row->lengths[place]);
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
      "%s, %s '%s'%s: found %s, expected %s", where, words->column, name,
      number != NULL ? number : "", found, expected);
}

static GstClockTime
row_time (const GstRowFrames *frames, guint64 row)
{
  return gst_util_uint64_scale (row,
      GST_SECOND * (guint64) frames->options.rate_d,
      (guint64) frames->options.rate_n);
}

static gboolean
check_n_cells (const GstRowFrames *frames, const GstRow *row, GError **error)
{
  g_autofree gchar *where = NULL;

  if (row->n_cells == frames->columns->n_cells)
    return TRUE;
  where = locate (frames, row);
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
      "%s: found %u cells, expected %u as in the first row; is a delimiter "
      "missing or one too many, or does a cell that holds one lack its quotes?",
      where, row->n_cells, frames->columns->n_cells);
  return FALSE;
}

/* Times may stand still, and never go back. */
static gboolean
read_time (GstRowFrames *frames, const GstRow *row, GError **error)
{
  const GstRowColumns *columns = frames->columns;
  guint place = (guint) columns->time;
  const gchar *cell = row->cells[place];
  GstClockTime time;
  const gchar *expected = gst_row_read_time (cell != NULL ? cell : "",
      row->lengths[place], frames->options.time_unit, &time);
  g_autofree gchar *order = NULL;

  if (expected == NULL && GST_CLOCK_TIME_IS_VALID (frames->last_time) &&
      time < frames->last_time) {
    order = g_strdup_printf (
        "a time that is not before the last row's, %" GST_TIME_FORMAT
        "; sort the rows by time, or leave out time=",
        GST_TIME_ARGS (frames->last_time));
    expected = order;
  }
  if (expected != NULL) {
    set_cell_error (frames, row, place, columns->time_name, expected, error);
    return FALSE;
  }
  frames->next_time = time;
  return TRUE;
}

/**
 * gst_row_frames_has_times:
 * @frames: frames
 *
 * Returns: whether a column tells the time. A row then waits for the next one,
 *   which says how long it lasts
 */
gboolean
gst_row_frames_has_times (const GstRowFrames *frames)
{
  return frames->columns->time >= 0;
}

/**
 * gst_row_frames_get_next_time:
 * @frames: frames
 *
 * Returns: the time of the next row; where a column tells it, of the row that
 *   was begun
 */
GstClockTime
gst_row_frames_get_next_time (const GstRowFrames *frames)
{
  return gst_row_frames_has_times (frames) ? frames->next_time
                                           : row_time (frames, frames->n_rows);
}

/**
 * gst_row_frames_mark_discont:
 * @frames: frames, none of them pending
 *
 * Rows are missing: the next buffer says so.
 */
void
gst_row_frames_mark_discont (GstRowFrames *frames)
{
  g_return_if_fail (frames->n_pending == 0);

  frames->discont = TRUE;
}

/**
 * gst_row_frames_skip:
 * @frames: frames, none of them pending
 * @n: rows of data
 *
 * Counts rows that are not added.
 */
void
gst_row_frames_skip (GstRowFrames *frames, guint64 n)
{
  g_return_if_fail (frames->n_pending == 0);

  frames->n_rows += n;
}

/**
 * gst_row_frames_begin:
 * @frames: frames
 * @row: the next row of data
 * @error: which line, row and column holds what, and what it should hold
 *
 * Checks that @row has all its cells, and reads its time if a column tells it.
 *
 * Returns: %FALSE with @error set
 */
gboolean
gst_row_frames_begin (GstRowFrames *frames, const GstRow *row, GError **error)
{
  return check_n_cells (frames, row, error) &&
         (!gst_row_frames_has_times (frames) || read_time (frames, row, error));
}

/**
 * gst_row_frames_must_take:
 * @frames: frames
 * @next: the row that comes next, begun by gst_row_frames_begin()
 *
 * Returns: whether what is pending must be taken before @next is added: another
 *   key begins, or the buffer is full
 */
gboolean
gst_row_frames_must_take (const GstRowFrames *frames, const GstRow *next)
{
  gint key = frames->columns->key;

  if (frames->n_pending == 0)
    return FALSE;
  if (frames->n_pending >= frames->options.max_frames ||
      gst_row_frames_has_times (frames) ||
      frames->samples->len >= MAX_BUFFER_BYTES ||
      frames->kept->len >= MAX_BUFFER_BYTES)
    return TRUE;
  return key >= 0 && g_strcmp0 (frames->key, next->cells[key]) != 0;
}

/* The value of a cell; a finite number that the format cannot hold is an error,
 * not an infinity. */
static gboolean
parse_cell (const GstRowFrames *frames, const GstRow *row, guint i,
    gdouble *value, GError **error)
{
  guint place = frames->columns->features[i];
  const gchar *cell = row->cells[place];
  const gchar *name = frames->columns->feature_names[i];
  gboolean f32 = frames->format == GST_AUDIO_FORMAT_F32;
  gboolean infinite;

  if (cell == gst_row_null) {
    *value = (gdouble) NAN;
    return TRUE;
  }
  if (cell == NULL || row->lengths[place] == 0 ||
      gst_row_read_number (cell, value) != cell + row->lengths[place]) {
    set_cell_error (frames, row, place, name,
        "a number with a decimal point, such as -0.25 or 1e-3, or nan or inf",
        error);
    return FALSE;
  }
  infinite = f32 ? isinf ((gfloat) *value) : isinf (*value);
  if (G_UNLIKELY (infinite) && strpbrk (cell, "0123456789") != NULL) {
    set_cell_error (frames, row, place, name,
        f32 ? "a number that a float32 can hold, up to 3.4e38; write inf for "
              "infinity, or let the next element take F64"
            : "a number that a float64 can hold, up to 1.8e308; write inf for "
              "infinity",
        error);
    return FALSE;
  }
  return TRUE;
}

static gboolean
add_samples (GstRowFrames *frames, const GstRow *row, GError **error)
{
  gboolean f32 = frames->format == GST_AUDIO_FORMAT_F32;
  guint i;

  for (i = 0; i < frames->columns->n_features; i++) {
    gdouble value;
    gfloat narrow;

    if (!parse_cell (frames, row, i, &value, error))
      return FALSE;
    narrow = (gfloat) value;
    if (f32)
      g_byte_array_append (
          frames->samples, (const guint8 *) &narrow, sizeof (narrow));
    else
      g_byte_array_append (
          frames->samples, (const guint8 *) &value, sizeof (value));
  }
  return TRUE;
}

static gboolean
add_kept (GstRowFrames *frames, const GstRow *row, GError **error)
{
  const GstRowColumns *columns = frames->columns;
  guint i;

  for (i = 0; i < columns->n_keep; i++) {
    guint place = columns->keep[i];
    const gchar *cell = row->cells[place] != NULL ? row->cells[place] : "";

    if (strlen (cell) != row->lengths[place]) {
      set_cell_error (frames, row, place, columns->keep_names[i],
          "text without NUL bytes (is the file UTF-16? convert it to UTF-8)",
          error);
      return FALSE;
    }
    g_byte_array_append (
        frames->kept, (const guint8 *) cell, row->lengths[place] + 1);
  }
  return TRUE;
}

static gboolean
check_key (const GstRowFrames *frames, const GstRow *row, GError **error)
{
  gint key = frames->columns->key;
  const gchar *expected =
      "a key in UTF-8; convert the file, such as with iconv";

  if (key < 0)
    return TRUE;
  if (row->cells[key] == NULL || row->cells[key] == gst_row_null)
    expected = "the key of the stream that the frame belongs to";
  else if (g_utf8_validate (row->cells[key], (gssize) row->lengths[key], NULL))
    return TRUE;
  set_cell_error (
      frames, row, (guint) key, frames->columns->key_name, expected, error);
  return FALSE;
}

/**
 * gst_row_frames_add:
 * @frames: frames, for which gst_row_frames_must_take() is %FALSE
 * @row: the row that gst_row_frames_begin() had
 * @error: which line, row and column holds what, and what it should hold
 *
 * Returns: %FALSE with @error set; what is pending is as before then
 */
gboolean
gst_row_frames_add (GstRowFrames *frames, const GstRow *row, GError **error)
{
  guint n_samples = frames->samples->len;
  guint n_kept = frames->kept->len;

  if (!check_key (frames, row, error))
    return FALSE;
  if (!add_samples (frames, row, error) || !add_kept (frames, row, error)) {
    g_byte_array_set_size (frames->samples, n_samples);
    g_byte_array_set_size (frames->kept, n_kept);
    return FALSE;
  }
  if (frames->n_pending == 0 && frames->columns->key >= 0) {
    g_free (frames->key);
    frames->key = g_strdup (row->cells[frames->columns->key]);
  }
  frames->n_pending++;
  frames->n_rows++;
  frames->last_time = frames->next_time;
  frames->next_time = GST_CLOCK_TIME_NONE;
  return TRUE;
}

/* The reference caps of the pending key. */
static GstCaps *
intern_key (GstRowFrames *frames)
{
  GstCaps *caps = g_hash_table_lookup (frames->interned, frames->key);

  if (caps == NULL) {
    if (g_hash_table_size (frames->interned) >= MAX_INTERNED)
      g_hash_table_remove_all (frames->interned);
    caps = gst_lstm_key_caps_new (frames->key);
    g_hash_table_insert (frames->interned, g_strdup (frames->key), caps);
  }
  return caps;
}

/* By the column: the row lasts until the next one; nobody knows how long the
 * text's last one does. */
static void
stamp_by_column (const GstRowFrames *frames, GstBuffer *buffer)
{
  GST_BUFFER_PTS (buffer) = frames->last_time;
  if (GST_CLOCK_TIME_IS_VALID (frames->next_time))
    GST_BUFFER_DURATION (buffer) = frames->next_time - frames->last_time;
}

static void
stamp (GstRowFrames *frames, GstBuffer *buffer)
{
  guint64 first = frames->n_rows - frames->n_pending;

  if (gst_row_frames_has_times (frames)) {
    stamp_by_column (frames, buffer);
  } else {
    GST_BUFFER_PTS (buffer) = row_time (frames, first);
    GST_BUFFER_DURATION (buffer) =
        row_time (frames, frames->n_rows) - GST_BUFFER_PTS (buffer);
  }
  GST_BUFFER_OFFSET (buffer) = first;
  GST_BUFFER_OFFSET_END (buffer) = frames->n_rows;
  if (frames->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  frames->discont = FALSE;
  if (frames->columns->key >= 0)
    gst_buffer_add_lstm_key_meta (buffer, intern_key (frames), first);
}

static void
attach_rows (GstRowFrames *frames, GstBuffer *buffer)
{
  gsize i, n = (gsize) frames->n_pending * frames->columns->n_keep;
  const gchar *cell = (const gchar *) frames->kept->data;
  g_autoptr (GstLstmRows) rows = NULL;

  if (n == 0)
    return;
  g_ptr_array_set_size (frames->cells, 0);
  for (i = 0; i < n; i++) {
    g_ptr_array_add (frames->cells, (gpointer) cell);
    cell += strlen (cell) + 1;
  }
  rows = gst_lstm_rows_new (frames->n_pending, frames->columns->n_keep,
      (const gchar *const *) frames->cells->pdata);
  if (rows != NULL)
    gst_buffer_add_lstm_rows (buffer, rows);
}

/**
 * gst_row_frames_take:
 * @frames: frames
 *
 * Returns: (transfer full) (nullable): a buffer with all that is pending, its
 *   time and offsets, key and kept text; %NULL if nothing is
 */
GstBuffer *
gst_row_frames_take (GstRowFrames *frames)
{
  GstBuffer *buffer;

  if (frames->n_pending == 0)
    return NULL;
  buffer = gst_buffer_new_memdup (frames->samples->data, frames->samples->len);
  stamp (frames, buffer);
  attach_rows (frames, buffer);
  frames->n_pending = 0;
  g_byte_array_set_size (frames->samples, 0);
  g_byte_array_set_size (frames->kept, 0);
  return buffer;
}
