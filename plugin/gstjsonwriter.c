/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstjsonwriter.h"

#include <math.h>

#include "gstrow.h"

typedef struct {
  GstRowWriter rows;
  GstJsonNonFinite non_finite;
  GPtrArray *names; /* of the columns, with what stands around: `,"NAME":` */
  guint next;       /* column of the next cell */
} GstJsonWriter;

GType
gst_json_non_finite_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_JSON_NON_FINITE_NULL, "null", "null" },
    { GST_JSON_NON_FINITE_STRING, "\"NaN\", \"Infinity\", \"-Infinity\"",
        "string" },
    { GST_JSON_NON_FINITE_LITERAL,
        "NaN, Infinity, -Infinity: not of RFC 8259, but Python reads it",
        "literal" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstJsonNonFinite", values));
  return type;
}

/* Valid UTF-8, with quotes around and escapes in it. */
static void
append_valid (GString *text, const gchar *string)
{
  g_string_append_c (text, '"');
  for (; *string != '\0'; string++) {
    guchar c = (guchar) *string;

    if (c == '"' || c == '\\')
      g_string_append_c (text, '\\');
    if (c == '\n')
      g_string_append (text, "\\n");
    else if (c == '\r')
      g_string_append (text, "\\r");
    else if (c == '\t')
      g_string_append (text, "\\t");
    else if (c < 0x20)
      g_string_append_printf (text, "\\u%04x", c);
    else
      g_string_append_c (text, (gchar) c);
  }
  g_string_append_c (text, '"');
}

static void
append_string (GString *text, const gchar *string)
{
  g_autofree gchar *valid = NULL;

  if (!g_utf8_validate (string, -1, NULL))
    string = valid = g_utf8_make_valid (string, -1);
  append_valid (text, string);
}

static gboolean
begin (GstRowWriter *rows, const gchar *const *names, GError **error)
{
  GstJsonWriter *writer = (GstJsonWriter *) rows;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint i;

  g_ptr_array_set_size (writer->names, 0);
  writer->next = 0;
  for (i = 0; names[i] != NULL; i++) {
    GString *name = g_string_new (i == 0 ? "{" : ",");

    append_string (name, names[i]);
    g_string_append_c (name, ':');
    g_ptr_array_add (writer->names, g_string_free (name, FALSE));
    if (g_hash_table_add (seen, (gpointer) names[i]))
      continue;
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
        "Two columns are named '%s'; expected a name of its own for each "
        "member "
        "of an object: set names= or time=",
        names[i]);
    return FALSE;
  }
  return TRUE;
}

static void
begin_cell (GstRowWriter *rows)
{
  GstJsonWriter *writer = (GstJsonWriter *) rows;

  g_string_append (
      rows->text, g_ptr_array_index (writer->names, writer->next++));
}

static void
add_text (GstRowWriter *rows, const gchar *cell)
{
  begin_cell (rows);
  if (cell != NULL)
    append_string (rows->text, cell);
  else
    g_string_append (rows->text, "null");
}

static void
append_non_finite (GstRowWriter *rows, gdouble value)
{
  GstJsonNonFinite how = ((GstJsonWriter *) rows)->non_finite;
  const gchar *quote = how == GST_JSON_NON_FINITE_STRING ? "\"" : "";
  const gchar *word = isnan (value) ? "NaN" : "Infinity";

  if (how == GST_JSON_NON_FINITE_NULL)
    g_string_append (rows->text, "null");
  else
    g_string_append_printf (rows->text, "%s%s%s%s", quote,
        !isnan (value) && value < 0.0 ? "-" : "", word, quote);
}

static void
add_number (GstRowWriter *rows, gdouble value, guint digits)
{
  begin_cell (rows);
  if (isfinite (value))
    gst_row_writer_append_number (rows, value, digits);
  else
    append_non_finite (rows, value);
}

static void
add_time (GstRowWriter *rows, GstClockTime time)
{
  begin_cell (rows);
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_row_writer_append_seconds (rows, time);
  else
    g_string_append (rows->text, "null");
}

static void
end_row (GstRowWriter *rows)
{
  g_string_append (rows->text, "}\n");
  ((GstJsonWriter *) rows)->next = 0;
}

static void
free_writer (GstRowWriter *rows)
{
  g_ptr_array_unref (((GstJsonWriter *) rows)->names);
  g_free (rows);
}

static const GstRowWriterClass json_writer_class = {
  .begin = begin,
  .add_text = add_text,
  .add_number = add_number,
  .add_time = add_time,
  .end_row = end_row,
  .free = free_writer,
};

/**
 * gst_json_writer_new:
 * @non_finite: how NaN and infinities are written
 *
 * Returns: (transfer full): a writer without text
 */
GstRowWriter *
gst_json_writer_new (GstJsonNonFinite non_finite)
{
  GstJsonWriter *writer = g_new0 (GstJsonWriter, 1);

  gst_row_writer_init (&writer->rows, &json_writer_class);
  writer->non_finite = non_finite;
  writer->names = g_ptr_array_new_with_free_func (g_free);
  return &writer->rows;
}
