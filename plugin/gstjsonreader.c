/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstjsonreader.h"

#include <string.h>

#include "gstjsonscan.h"

#define BOM "\xef\xbb\xbf"
#define BOM_LENGTH 3

struct _GstJsonReader {
  GstRowFunc row_func;
  gpointer user_data;

  guint64 line;         /* of the next byte, from 1 */
  GByteArray *begun;    /* bytes of a line whose end has not come */
  gboolean skips_line;  /* all up to the next line end is left out */
  gboolean has_columns; /* the first object was there */
  gboolean stopped;

  GPtrArray *names;   /* of the columns, owned */
  GHashTable *places; /* name -> place + 1 */
  guint next;         /* place that is likely next */
  GByteArray *text;   /* cells of a row and a name, each with its NUL */
  GPtrArray *cells;   /* [columns], into text */
  GArray *lengths;    /* gsize [columns] */
};

static void
start (GstJsonReader *reader)
{
  reader->line = 1;
  g_byte_array_set_size (reader->begun, 0);
  reader->skips_line = reader->has_columns = reader->stopped = FALSE;
  g_hash_table_remove_all (reader->places);
  g_ptr_array_set_size (reader->names, 0);
}

/**
 * gst_json_reader_new:
 * @row_func: called with each row, in order
 * @user_data: for @row_func
 *
 * Returns: (transfer full): a reader at the start of a text
 */
GstJsonReader *
gst_json_reader_new (GstRowFunc row_func, gpointer user_data)
{
  GstJsonReader *reader = g_new0 (GstJsonReader, 1);

  reader->row_func = row_func;
  reader->user_data = user_data;
  reader->begun = g_byte_array_new ();
  reader->names = g_ptr_array_new_with_free_func (g_free);
  reader->places = g_hash_table_new (g_str_hash, g_str_equal);
  reader->text = g_byte_array_new ();
  reader->cells = g_ptr_array_new ();
  reader->lengths = g_array_new (FALSE, TRUE, sizeof (gsize));
  start (reader);
  return reader;
}

/**
 * gst_json_reader_free:
 * @reader: (transfer full): a reader; not from within its callback
 */
void
gst_json_reader_free (GstJsonReader *reader)
{
  g_byte_array_unref (reader->begun);
  g_hash_table_unref (reader->places);
  g_ptr_array_unref (reader->names);
  g_byte_array_unref (reader->text);
  g_ptr_array_unref (reader->cells);
  g_array_unref (reader->lengths);
  g_free (reader);
}

/**
 * gst_json_reader_reset:
 * @reader: a reader; not from within its callback
 *
 * Forgets what is begun: the next bytes are the start of a text.
 */
void
gst_json_reader_reset (GstJsonReader *reader)
{
  start (reader);
}

/**
 * gst_json_reader_resync:
 * @reader: a reader; not from within its callback
 *
 * Bytes are missing before the next ones: forgets the line that is begun, and
 * leaves out all up to the next line end.
 *
 * Returns: the line, from 1, of where they are missing
 */
guint64
gst_json_reader_resync (GstJsonReader *reader)
{
  g_byte_array_set_size (reader->begun, 0);
  reader->skips_line = TRUE;
  return reader->line;
}

static void
set_problem (GstJsonReader *reader, const gchar *line, const GstJsonScan *scan,
    GError **error)
{
  g_autofree gchar *found = NULL;

  if (scan->at >= scan->end)
    found = g_strdup ("the end of the line");
  else
    found =
        gst_row_quote_for_message (scan->at, (gsize) (scan->end - scan->at));
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
      "line %" G_GUINT64_FORMAT ", byte %" G_GSIZE_FORMAT
      ": found %s, expected %s",
      reader->line, (gsize) (scan->at - line) + 1, found, scan->problem);
}

/* The place of a column, or -1; in the first object names are new. */
static gint
find_place (GstJsonReader *reader, const gchar *name)
{
  gpointer found;

  if (reader->next < reader->names->len &&
      strcmp (g_ptr_array_index (reader->names, reader->next), name) == 0)
    return (gint) reader->next;
  found = g_hash_table_lookup (reader->places, name);
  if (found != NULL)
    return GPOINTER_TO_INT (found) - 1;
  if (reader->has_columns || reader->names->len >= GST_ROW_MAX_COLUMNS)
    return -1;
  g_ptr_array_add (reader->names, g_strdup (name));
  g_ptr_array_add (reader->cells, NULL);
  g_array_set_size (reader->lengths, reader->names->len);
  g_hash_table_insert (reader->places,
      g_ptr_array_index (reader->names, reader->names->len - 1),
      GINT_TO_POINTER ((gint) reader->names->len));
  return (gint) reader->names->len - 1;
}

/* One member: its value goes to its column, if it has one. @out moves on. */
static gboolean
read_member (GstJsonReader *reader, GstJsonScan *scan, gchar **out)
{
  const gchar *start = scan->at;
  gchar *name = *out;
  gsize length;
  GstJsonKind kind;
  gint place;

  if (!gst_json_scan_string (scan, name, &length))
    return FALSE;
  name[length] = '\0';
  place = find_place (reader, name);
  if (place < 0 && !reader->has_columns) {
    scan->problem = "65536 members in the first object at most";
    return FALSE;
  }
  if (place >= 0 && g_ptr_array_index (reader->cells, place) != NULL) {
    scan->problem = "each name once in an object";
    scan->at = start;
    return FALSE;
  }
  gst_json_scan_blanks (scan);
  if (!gst_json_scan_char (scan, ':')) {
    scan->problem = "':' after a name";
    return FALSE;
  }
  gst_json_scan_blanks (scan);
  kind = gst_json_scan_value (scan, *out, &length);
  if (kind == GST_JSON_NONE || place < 0)
    return kind != GST_JSON_NONE;
  (*out)[length] = '\0';
  if (kind == GST_JSON_NULL)
    length = 0;
  g_ptr_array_index (reader->cells, place) =
      kind == GST_JSON_NULL ? (gpointer) gst_row_null : *out;
  g_array_index (reader->lengths, gsize, place) = length;
  reader->next = (guint) place + 1;
  *out += length + 1;
  return TRUE;
}

/* The object of a line, into the cells. */
static gboolean
read_object (GstJsonReader *reader, GstJsonScan *scan)
{
  /* A name or value is never longer than it is written. */
  gsize room = (gsize) (scan->end - scan->at) + 2;
  gchar *out;

  if (reader->text->len < room)
    g_byte_array_set_size (reader->text, (guint) room);
  out = (gchar *) reader->text->data;
  scan->problem =
      "'{': one object a line. Of a list or of objects over several "
      "lines `jq -c` makes such lines";
  if (!gst_json_scan_char (scan, '{'))
    return FALSE;
  scan->problem = NULL;
  gst_json_scan_blanks (scan);
  if (!gst_json_scan_char (scan, '}')) {
    do {
      gst_json_scan_blanks (scan);
      if (!read_member (reader, scan, &out))
        return FALSE;
      gst_json_scan_blanks (scan);
    } while (gst_json_scan_char (scan, ','));
    scan->problem = "',' or '}'";
    if (!gst_json_scan_char (scan, '}'))
      return FALSE;
  }
  gst_json_scan_blanks (scan);
  scan->problem = "the end of the line after the object";
  return scan->at == scan->end;
}

static gboolean
give_row (GstJsonReader *reader)
{
  GstRow row = {
    .line = reader->line,
    .n_cells = reader->names->len,
    .cells = (const gchar *const *) reader->cells->pdata,
    .lengths = (const gsize *) (gpointer) reader->lengths->data,
  };

  return reader->row_func (&row, reader->user_data);
}

/* The names of the columns, as a row. */
static gboolean
give_names (GstJsonReader *reader)
{
  g_autofree gsize *lengths = g_new (gsize, reader->names->len);
  GstRow row = {
    .line = reader->line,
    .n_cells = reader->names->len,
    .cells = (const gchar *const *) reader->names->pdata,
    .lengths = lengths,
  };
  guint i;

  for (i = 0; i < reader->names->len; i++)
    lengths[i] = strlen (g_ptr_array_index (reader->names, i));
  reader->has_columns = TRUE;
  return reader->row_func (&row, reader->user_data);
}

static gboolean
parse_line (
    GstJsonReader *reader, const gchar *line, gsize size, GError **error)
{
  GstJsonScan scan = { .at = line, .end = line + size };
  const gchar *invalid;

  if (reader->line == 1 && size >= BOM_LENGTH &&
      memcmp (line, BOM, BOM_LENGTH) == 0)
    scan.at += BOM_LENGTH;
  gst_json_scan_blanks (&scan);
  if (scan.at == scan.end)
    return TRUE;
  if (!g_utf8_validate (line, (gssize) size, &invalid)) {
    scan.at = invalid;
    scan.problem = "UTF-8; convert the text, such as with iconv";
    set_problem (reader, line, &scan, error);
    return FALSE;
  }
  reader->next = 0;
  g_ptr_array_set_size (reader->cells, 0);
  g_ptr_array_set_size (reader->cells, (gint) reader->names->len);
  g_array_set_size (reader->lengths, 0);
  g_array_set_size (reader->lengths, reader->names->len);
  if (!read_object (reader, &scan)) {
    set_problem (reader, line, &scan, error);
    return FALSE;
  }
  return (reader->has_columns || give_names (reader)) && give_row (reader);
}

/* A whole line, without its end. */
static gboolean
end_line (GstJsonReader *reader, const guint8 *data, gsize size, GError **error)
{
  if (reader->begun->len > 0) {
    g_byte_array_append (reader->begun, data, (guint) size);
    data = reader->begun->data;
    size = reader->begun->len;
  }
  if (!reader->skips_line &&
      !parse_line (reader, (const gchar *) data, size, error)) {
    reader->stopped = TRUE;
    return FALSE;
  }
  g_byte_array_set_size (reader->begun, 0);
  reader->skips_line = FALSE;
  reader->line++;
  return TRUE;
}

static gboolean
check_length (GstJsonReader *reader, gsize size, GError **error)
{
  if (reader->skips_line || size <= GST_ROW_MAX_ROW - reader->begun->len)
    return TRUE;
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
      "line %" G_GUINT64_FORMAT ": the line is longer than %d bytes, the most "
      "that is read; expected one object a line, is this no JSON?",
      reader->line, GST_ROW_MAX_ROW);
  reader->stopped = TRUE;
  return FALSE;
}

/**
 * gst_json_reader_push:
 * @reader: a reader
 * @data: (array length=size): the next bytes of the text
 * @size: how many
 * @error: what is wrong with the text
 *
 * Calls the callback with every row that @data completes.
 *
 * Returns: %FALSE with @error set if the text is no JSON or beyond a limit, and
 *   without @error if the callback said to stop
 */
gboolean
gst_json_reader_push (
    GstJsonReader *reader, const guint8 *data, gsize size, GError **error)
{
  while (size > 0 && !reader->stopped) {
    const guint8 *lf = memchr (data, '\n', size);
    gsize n = lf != NULL ? (gsize) (lf - data) : size;

    if (!check_length (reader, n, error))
      return FALSE;
    if (lf == NULL) {
      if (!reader->skips_line)
        g_byte_array_append (reader->begun, data, (guint) n);
      return TRUE;
    }
    if (!end_line (reader, data, n, error))
      return FALSE;
    data += n + 1;
    size -= n + 1;
  }
  return !reader->stopped;
}

/**
 * gst_json_reader_finish:
 * @reader: a reader
 * @error: what is wrong with the text
 *
 * The text is at its end: calls the callback with a last line that has no line
 * end.
 *
 * Returns: as gst_json_reader_push()
 */
gboolean
gst_json_reader_finish (GstJsonReader *reader, GError **error)
{
  if (reader->stopped)
    return FALSE;
  return end_line (reader, (const guint8 *) "", 0, error);
}
