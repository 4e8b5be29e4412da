/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "csv-file.h"

#include "files/file.h"

#include <lstm/error.h>
#include <string.h>

#define MAX_BYTES G_MAXINT32
#define BOM "\xef\xbb\xbf"

/* Numbers as they come: rows side by side, and where windows end. */
typedef struct {
  LstmFile *file;
  GError **error;
  gchar *at; /* of the text, which is NUL-terminated and is written to */
  guint line;
  GArray *numbers; /* gfloat */
  gsize n_columns; /* 0 before the first row */
  gsize n_rows;
  GArray *ends;       /* gsize: rows before each blank line after rows */
  gsize column;       /* of the row that is read */
  guint numbers_here; /* cells of it that are numbers */
  gchar *word;        /* its first cell that is none, or NULL */
  gsize word_column;
} Csv;

static gboolean fail (Csv *csv, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (Csv *csv, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  lstm_file_fail (
      csv->file, csv->error, LSTM_ERROR_FORMAT, "line %u: %s", csv->line, text);
  return FALSE;
}

/* ---- cells ---- */

/* The end of a cell that begins with a quote; what is in it is moved to its
 * beginning, doubled quotes as one. NULL where the quote has no end. */
static gchar *
unquote (gchar *cell, gchar **text_end)
{
  gchar *to = cell;
  gchar *from = cell + 1;

  for (; *from != '\0' && *from != '\n'; from++) {
    if (*from == '"' && from[1] != '"') {
      *text_end = to;
      return from + 1;
    }
    if (*from == '"')
      from++;
    *to++ = *from;
  }
  return NULL;
}

static gboolean
is_cell_end (gchar c)
{
  return c == ',' || c == '\n' || c == '\0';
}

/* Cuts the next cell off, trimmed; @last: whether the line ends with it. */
static gboolean
next_cell (Csv *csv, gchar **cell, gboolean *last)
{
  gchar *end, *text_end;

  while (*csv->at == ' ' || *csv->at == '\t')
    csv->at++;
  *cell = end = csv->at;
  if (*end == '"') {
    end = unquote (csv->at, &text_end);
    if (end == NULL)
      return fail (csv,
          "column %" G_GSIZE_FORMAT ": a quote without an end on the line",
          csv->column + 1);
    while (*end == ' ' || *end == '\t' || *end == '\r')
      end++;
    if (!is_cell_end (*end))
      return fail (csv,
          "column %" G_GSIZE_FORMAT ": text after the closing quote",
          csv->column + 1);
  } else {
    while (!is_cell_end (*end))
      end++;
    text_end = end;
  }
  *last = *end != ',';
  csv->at = *end != '\0' ? end + 1 : end;
  *text_end = '\0';
  g_strchomp (*cell);
  return TRUE;
}

static void
add_cell (Csv *csv, const gchar *cell)
{
  gchar *end;
  gfloat number = (gfloat) g_ascii_strtod (cell, &end);

  csv->column++;
  if (end != cell && *end == '\0') {
    g_array_append_val (csv->numbers, number);
    csv->numbers_here++;
  } else if (csv->word == NULL) {
    csv->word = g_strndup (cell, 40);
    csv->word_column = csv->column;
  }
}

/* ---- lines ---- */

static gboolean
fail_word (Csv *csv)
{
  g_autofree gchar *valid = g_utf8_make_valid (csv->word, -1);

  if (*valid == '\0')
    return fail (csv, "column %" G_GSIZE_FORMAT " is empty, expected a number",
        csv->word_column);
  return fail (csv,
      "column %" G_GSIZE_FORMAT
      ": '%s' is no number; expected one such as -1.5e3, with a point",
      csv->word_column, valid);
}

static gboolean
check_width (Csv *csv)
{
  if (csv->n_columns == 0)
    csv->n_columns = csv->column;
  if (csv->n_columns == csv->column)
    return TRUE;
  return fail (csv,
      "has %" G_GSIZE_FORMAT " columns, the lines before it %" G_GSIZE_FORMAT,
      csv->column, csv->n_columns);
}

static gboolean
finish_row (Csv *csv)
{
  gboolean header =
      csv->numbers_here == 0 && csv->n_rows == 0 && csv->n_columns == 0;

  if (csv->word != NULL && !header)
    return fail_word (csv);
  csv->n_rows += !header;
  return check_width (csv);
}

static gboolean
is_blank (const gchar *line)
{
  while (*line == ' ' || *line == '\t' || *line == '\r')
    line++;
  return *line == '\n' || *line == '\0';
}

static void
end_window (Csv *csv)
{
  gsize last = csv->ends->len > 0
                   ? g_array_index (csv->ends, gsize, csv->ends->len - 1)
                   : 0;

  if (csv->n_rows > last)
    g_array_append_val (csv->ends, csv->n_rows);
}

static void
skip_line (Csv *csv)
{
  while (*csv->at != '\n' && *csv->at != '\0')
    csv->at++;
  csv->at += *csv->at == '\n';
}

static gboolean
read_row (Csv *csv)
{
  gboolean last = FALSE;
  gchar *cell;

  csv->column = csv->numbers_here = 0;
  g_clear_pointer (&csv->word, g_free);
  while (!last) {
    if (!next_cell (csv, &cell, &last))
      return FALSE;
    add_cell (csv, cell);
  }
  return finish_row (csv);
}

static gboolean
read_rows (Csv *csv)
{
  while (*csv->at != '\0') {
    csv->line++;
    if (is_blank (csv->at)) {
      end_window (csv);
      skip_line (csv);
    } else if (!read_row (csv)) {
      return FALSE;
    }
  }
  if (csv->n_rows == 0) {
    lstm_file_fail (
        csv->file, csv->error, LSTM_ERROR_FORMAT, "has no lines of numbers");
    return FALSE;
  }
  end_window (csv);
  return TRUE;
}

/* ---- windows ---- */

/* All windows that blank lines end have the same length, and the one that was
 * asked for if one was. */
static gboolean
check_blocks (Csv *csv, guint wanted, gsize *steps)
{
  gsize before = 0;

  for (guint i = 0; i < csv->ends->len; i++) {
    gsize end = g_array_index (csv->ends, gsize, i), length = end - before;

    if (i == 0)
      *steps = wanted > 0 ? wanted : length;
    before = end;
    if (length == *steps)
      continue;
    lstm_file_fail (csv->file, csv->error, LSTM_ERROR_SHAPE,
        "window %u has %" G_GSIZE_FORMAT " lines, expected %" G_GSIZE_FORMAT
        ": blank lines end windows, and all windows are equally long",
        i + 1, length, *steps);
    return FALSE;
  }
  return TRUE;
}

static gboolean
find_steps (Csv *csv, const LstmShape *shape, guint wanted, gsize *steps)
{
  if (shape->rank == 1) {
    *steps = 1;
    return TRUE;
  }
  if (csv->ends->len > 1)
    return check_blocks (csv, wanted, steps);
  *steps = csv->n_rows;
  if (shape->dims[0] > 0)
    *steps = (gsize) shape->dims[0];
  if (wanted > 0)
    *steps = wanted;
  if (csv->n_rows % *steps == 0)
    return TRUE;
  lstm_file_fail (csv->file, csv->error, LSTM_ERROR_SHAPE,
      "%" G_GSIZE_FORMAT " lines left over: windows have %" G_GSIZE_FORMAT
      " steps and %" G_GSIZE_FORMAT " lines = %" G_GSIZE_FORMAT
      " x %" G_GSIZE_FORMAT " + %" G_GSIZE_FORMAT,
      csv->n_rows % *steps, *steps, csv->n_rows, csv->n_rows / *steps, *steps,
      csv->n_rows % *steps);
  return FALSE;
}

static LstmArray *
make_array (Csv *csv, const LstmShape *shape, gsize steps)
{
  gint64 dims[3] = { (gint64) (csv->n_rows / steps), (gint64) steps,
    (gint64) csv->n_columns };
  LstmArray *array;

  if (shape->rank == 1)
    dims[1] = (gint64) csv->n_columns;
  array = lstm_array_new (shape->rank + 1, dims, csv->error);
  if (array != NULL)
    memcpy (array->data, csv->numbers->data, array->count * sizeof (gfloat));
  return array;
}

static LstmArray *
parse (Csv *csv, const LstmShape *shape, guint steps)
{
  gsize n_steps = 0;

  if (shape->rank > 2) {
    g_autofree gchar *text = lstm_shape_to_batch_string (shape, -1);

    lstm_file_fail (csv->file, csv->error, LSTM_ERROR_SHAPE,
        "the model takes %s, which lines of a CSV cannot hold; use .npy", text);
    return NULL;
  }
  if (!read_rows (csv) || !find_steps (csv, shape, steps, &n_steps))
    return NULL;
  return make_array (csv, shape, n_steps);
}

static gchar *
read_text (LstmFile *file, GError **error)
{
  g_autofree gchar *text = NULL;

  if (file->size > MAX_BYTES) {
    lstm_file_fail (file, error, LSTM_ERROR_IO,
        "is %" G_GUINT64_FORMAT
        " bytes long; a CSV may have 2^31 - 1: use .npy",
        file->size);
    return NULL;
  }
  text = g_try_malloc0 (file->size + 1);
  if (text == NULL) {
    lstm_file_fail (file, error, LSTM_ERROR_IO, "not enough memory to read it");
    return NULL;
  }
  if (!lstm_file_read (file, text, file->size, error))
    return NULL;
  if (memchr (text, '\0', file->size) == NULL)
    return g_steal_pointer (&text);
  lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
      "is no text: it holds a byte of value 0; expected CSV in UTF-8 or .npy");
  return NULL;
}

LstmArray *
tool_csv_load (
    const gchar *path, const LstmShape *shape, guint steps, GError **error)
{
  g_autoptr (LstmFile) file = lstm_file_open (path, error);
  g_autofree gchar *text = file != NULL ? read_text (file, error) : NULL;
  Csv csv = { .file = file, .error = error, .at = text };
  LstmArray *array;

  if (text == NULL)
    return NULL;
  if (g_str_has_prefix (text, BOM))
    csv.at += strlen (BOM);
  csv.numbers = g_array_new (FALSE, FALSE, sizeof (gfloat));
  csv.ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  array = parse (&csv, shape, steps);
  g_array_unref (csv.numbers);
  g_array_unref (csv.ends);
  g_free (csv.word);
  return array;
}
