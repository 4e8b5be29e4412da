/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstcsvreader.h"

#include <csv.h>
#include <string.h>

/* libcsv is given one line, or this many bytes of a longer one, at a time: so
 * lines can be counted, and a limit is noticed soon after it is passed. */
#define MAX_PIECE (64 * 1024)
#define BUFFER_STEP 4096
#define BOM_LENGTH 3

static const guint8 utf8_bom[BOM_LENGTH] = { 0xef, 0xbb, 0xbf };

struct _GstCsvReader {
  struct csv_parser parser;
  gchar delimiter;
  GstRowFunc row_func;
  gpointer user_data;

  guint8
      head[BOM_LENGTH]; /* first bytes, until it is known if they are a BOM */
  guint n_head;
  gboolean head_done;

  guint64 line; /* of the next byte, from 1 */
  gboolean after_cr;
  gboolean line_ended; /* the last byte was a line end */
  gboolean in_row;
  gboolean skips_line; /* all up to the next line end is left out */
  guint64 row_line;
  GByteArray *text; /* the row's cells, each with a NUL byte after it */
  GArray *lengths;  /* gsize */
  GPtrArray *cells; /* into text, set when the row is whole */

  gboolean stopped;
  GError *error; /* what a callback of libcsv found */
};

/* The next bytes begin a row. */
static void
start_row (GstCsvReader *reader)
{
  /* csv_init() fails for a NULL parser only. */
  csv_init (&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim (&reader->parser, (unsigned char) reader->delimiter);
  csv_set_blk_size (&reader->parser, BUFFER_STEP);
  reader->after_cr = reader->line_ended = FALSE;
  reader->in_row = FALSE;
  g_byte_array_set_size (reader->text, 0);
  g_array_set_size (reader->lengths, 0);
}

static void
start (GstCsvReader *reader)
{
  start_row (reader);
  reader->n_head = 0;
  reader->head_done = FALSE;
  reader->line = reader->row_line = 1;
  reader->skips_line = FALSE;
  reader->stopped = FALSE;
  g_clear_error (&reader->error);
}

/**
 * gst_csv_reader_new:
 * @delimiter: as gst_csv_parse_delimiter() gave it
 * @row_func: called with each row, in order
 * @user_data: for @row_func
 *
 * Returns: (transfer full): a reader at the start of a text
 */
GstCsvReader *
gst_csv_reader_new (gchar delimiter, GstRowFunc row_func, gpointer user_data)
{
  GstCsvReader *reader = g_new0 (GstCsvReader, 1);

  reader->delimiter = delimiter;
  reader->row_func = row_func;
  reader->user_data = user_data;
  reader->text = g_byte_array_new ();
  reader->lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  reader->cells = g_ptr_array_new ();
  start (reader);
  return reader;
}

/**
 * gst_csv_reader_free:
 * @reader: (transfer full): a reader; not from within its callback
 */
void
gst_csv_reader_free (GstCsvReader *reader)
{
  csv_free (&reader->parser);
  g_byte_array_unref (reader->text);
  g_array_unref (reader->lengths);
  g_ptr_array_unref (reader->cells);
  g_clear_error (&reader->error);
  g_free (reader);
}

/**
 * gst_csv_reader_reset:
 * @reader: a reader; not from within its callback
 *
 * Forgets what is begun: the next bytes are the start of a text.
 */
void
gst_csv_reader_reset (GstCsvReader *reader)
{
  csv_free (&reader->parser);
  start (reader);
}

/**
 * gst_csv_reader_resync:
 * @reader: a reader; not from within its callback
 *
 * Bytes are missing before the next ones: forgets the row that is begun, and
 * leaves out all up to the next line end.
 *
 * Returns: the line, from 1, of where they are missing
 */
guint64
gst_csv_reader_resync (GstCsvReader *reader)
{
  csv_free (&reader->parser);
  start_row (reader);
  reader->skips_line = TRUE;
  return reader->line;
}

static void
take_error (GstCsvReader *reader, GError *error)
{
  reader->error = error;
  reader->stopped = TRUE;
}

static GError *
cell_too_long (GstCsvReader *reader)
{
  return g_error_new (GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
      "line %" G_GUINT64_FORMAT ": a cell is longer than %d bytes, the most "
      "that is read; is a closing quote missing, or is this no CSV?",
      reader->row_line, GST_ROW_MAX_CELL);
}

/* libcsv has a cell. */
static void
on_cell (void *cell, size_t length, void *data)
{
  GstCsvReader *reader = data;
  gsize size = length;

  if (reader->stopped)
    return;
  if (length > GST_ROW_MAX_CELL) {
    take_error (reader, cell_too_long (reader));
    return;
  }
  if (reader->lengths->len == GST_ROW_MAX_COLUMNS ||
      reader->text->len + size + 1 > GST_ROW_MAX_ROW) {
    take_error (reader,
        g_error_new (GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
            "line %" G_GUINT64_FORMAT ": the row has more than %d cells or %d "
            "bytes, the most that are read; is this no CSV?",
            reader->row_line, GST_ROW_MAX_COLUMNS, GST_ROW_MAX_ROW));
    return;
  }
  if (length > 0)
    g_byte_array_append (reader->text, cell, length);
  g_byte_array_append (reader->text, (const guint8 *) "", 1);
  g_array_append_val (reader->lengths, size);
}

/* libcsv has the end of a row. */
static void
on_row_end (int terminator, void *data)
{
  GstCsvReader *reader = data;
  const gsize *lengths = (const gsize *) (gpointer) reader->lengths->data;
  const gchar *cell = (const gchar *) reader->text->data;
  GstRow row;
  guint i;

  reader->in_row = FALSE;
  if (reader->stopped)
    return;
  g_ptr_array_set_size (reader->cells, 0);
  for (i = 0; i < reader->lengths->len; i++) {
    g_ptr_array_add (reader->cells, (gpointer) cell);
    cell += lengths[i] + 1;
  }
  row.line = reader->row_line;
  row.n_cells = reader->lengths->len;
  row.cells = (const gchar *const *) reader->cells->pdata;
  row.lengths = lengths;
  if (!reader->row_func (&row, reader->user_data))
    reader->stopped = TRUE;
  g_byte_array_set_size (reader->text, 0);
  g_array_set_size (reader->lengths, 0);
}

/* Bytes up to and with the first line end, at most MAX_PIECE. */
static gsize
piece_length (const guint8 *data, gsize size)
{
  const guint8 *lf, *cr;

  size = MIN (size, MAX_PIECE);
  lf = memchr (data, '\n', size);
  if (lf != NULL)
    size = lf - data + 1;
  cr = memchr (data, '\r', size);
  return cr != NULL ? (gsize) (cr - data + 1) : size;
}

/* Counts what a piece ends with; an LF alone after a CR ends no line. */
static void
count_line_end (GstCsvReader *reader, const guint8 *piece, gsize size)
{
  guint8 last = piece[size - 1];
  gboolean second = last == '\n' && size == 1 && reader->after_cr;

  reader->line_ended = last == '\r' || last == '\n';
  if (reader->line_ended && !second)
    reader->line++;
  reader->after_cr = last == '\r';
}

static void
set_parse_error (GstCsvReader *reader, GError **error)
{
  if (csv_error (&reader->parser) == CSV_EPARSE)
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
        "line %" G_GUINT64_FORMAT ": a quote within a cell that does not begin "
        "with one, or text after a closing quote; put the whole cell in quotes "
        "and write each quote in it twice",
        reader->line);
  else
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
        "line %" G_GUINT64_FORMAT ": %s", reader->line,
        csv_strerror (csv_error (&reader->parser)));
}

/* One piece_length() of bytes. */
static gboolean
parse_piece (
    GstCsvReader *reader, const guint8 *data, gsize size, GError **error)
{
  gboolean blank = size == 1 && (data[0] == '\n' || data[0] == '\r');

  if (!reader->in_row && !blank) {
    reader->in_row = TRUE;
    reader->row_line = reader->line;
  }
  if (csv_parse (&reader->parser, data, size, on_cell, on_row_end, reader) !=
          size &&
      !reader->stopped) {
    set_parse_error (reader, error);
    reader->stopped = TRUE;
    return FALSE;
  }
  if (!reader->stopped && reader->parser.entry_pos > GST_ROW_MAX_CELL)
    take_error (reader, cell_too_long (reader));
  if (reader->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&reader->error));
    return FALSE;
  }
  count_line_end (reader, data, size);
  /* A line of blanks begins no row. */
  reader->in_row = reader->lengths->len > 0 || reader->parser.entry_pos > 0 ||
                   !reader->line_ended;
  return !reader->stopped;
}

/* A piece that is left out, and with its line end no more. */
static void
skip_piece (GstCsvReader *reader, const guint8 *data, gsize size)
{
  count_line_end (reader, data, size);
  reader->skips_line = !reader->line_ended;
}

static gboolean
parse (GstCsvReader *reader, const guint8 *data, gsize size, GError **error)
{
  while (size > 0) {
    gsize n = piece_length (data, size);

    if (reader->skips_line)
      skip_piece (reader, data, n);
    else if (!parse_piece (reader, data, n, error))
      return FALSE;
    data += n;
    size -= n;
  }
  return TRUE;
}

static gboolean
refuse_utf16 (const guint8 *head, GError **error)
{
  gboolean little = head[0] == 0xff && head[1] == 0xfe;
  gboolean big = head[0] == 0xfe && head[1] == 0xff;

  if (!little && !big)
    return TRUE;
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
      "the text is UTF-16 (it begins with the byte order mark %02X %02X); "
      "expected UTF-8: convert it, such as with "
      "`iconv -f UTF-16 -t UTF-8 in.csv > out.csv`",
      head[0], head[1]);
  return FALSE;
}

/* Whether the first bytes may yet become a byte order mark. */
static gboolean
may_be_bom (const guint8 *head, guint n)
{
  if (n == BOM_LENGTH)
    return FALSE;
  return memcmp (head, utf8_bom, n) == 0 ||
         (n == 1 && (head[0] == 0xff || head[0] == 0xfe));
}

/* Takes in bytes until it is known whether the text begins with a BOM. */
static gboolean
read_head (GstCsvReader *reader, const guint8 **data, gsize *size, gboolean end,
    GError **error)
{
  while (*size > 0 && may_be_bom (reader->head, reader->n_head)) {
    reader->head[reader->n_head++] = *(*data)++;
    (*size)--;
  }
  if (reader->n_head >= 2 && !refuse_utf16 (reader->head, error)) {
    reader->stopped = TRUE;
    return FALSE;
  }
  if (may_be_bom (reader->head, reader->n_head) && !end)
    return TRUE;
  reader->head_done = TRUE;
  if (reader->n_head == BOM_LENGTH &&
      memcmp (reader->head, utf8_bom, BOM_LENGTH) == 0)
    return TRUE;
  return parse (reader, reader->head, reader->n_head, error);
}

/**
 * gst_csv_reader_push:
 * @reader: a reader
 * @data: (array length=size): the next bytes of the text
 * @size: how many
 * @error: what is wrong with the text
 *
 * Calls the callback with every row that @data completes.
 *
 * Returns: %FALSE with @error set if the text is no CSV or beyond a limit, and
 *   without @error if the callback said to stop
 */
gboolean
gst_csv_reader_push (
    GstCsvReader *reader, const guint8 *data, gsize size, GError **error)
{
  if (reader->stopped)
    return FALSE;
  if (!reader->head_done && !read_head (reader, &data, &size, FALSE, error))
    return FALSE;
  return parse (reader, data, size, error);
}

/**
 * gst_csv_reader_finish:
 * @reader: a reader
 * @error: what is wrong with the text
 *
 * The text is at its end: calls the callback with a last row that has no line
 * end.
 *
 * Returns: as gst_csv_reader_push()
 */
gboolean
gst_csv_reader_finish (GstCsvReader *reader, GError **error)
{
  const guint8 *none = NULL;
  gsize size = 0;

  if (reader->stopped)
    return FALSE;
  if (!reader->head_done && !read_head (reader, &none, &size, TRUE, error))
    return FALSE;
  if (csv_fini (&reader->parser, on_cell, on_row_end, reader) != 0) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_TEXT,
        "line %" G_GUINT64_FORMAT ": a quote that opens in the row that begins "
        "here is never closed; the text ends in line %" G_GUINT64_FORMAT,
        reader->row_line, reader->line);
    reader->stopped = TRUE;
    return FALSE;
  }
  if (reader->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&reader->error));
    return FALSE;
  }
  return !reader->stopped;
}
