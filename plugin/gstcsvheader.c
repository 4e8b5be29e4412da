/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstcsvheader.h"

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstcsvreader.h"
#include "gstlstmrows.h"

#define DEFAULT_KEY_NAME "key"
/* Bytes of a list of names that an error message shows. */
#define MAX_LISTED 200

/* PREFIX_1, PREFIX_2, ... */
static gchar **
number_names (const gchar *prefix, guint n)
{
  gchar **names = g_new0 (gchar *, (gsize) n + 1);
  guint i;

  for (i = 0; i < n; i++)
    names[i] = g_strdup_printf ("%s_%u", prefix, i + 1);
  return names;
}

static gchar *
choose_key (const GstCsvHeaderSources *sources)
{
  if (sources->key != NULL)
    return g_strdup (sources->key);
  if (sources->previous != NULL && sources->previous->key != NULL)
    return g_strdup (sources->previous->key);
  if (sources->buffer != NULL &&
      gst_buffer_get_lstm_key (sources->buffer, NULL, NULL, NULL))
    return g_strdup (DEFAULT_KEY_NAME);
  return NULL;
}

static gchar **
choose_keep (const GstCsvHeaderSources *sources)
{
  GstLstmRows *rows = NULL;

  if (sources->keep != NULL && sources->keep[0] != NULL)
    return g_strdupv ((gchar **) sources->keep);
  if (sources->previous != NULL)
    return g_strdupv (sources->previous->keep);
  if (sources->buffer != NULL)
    rows = gst_buffer_get_lstm_rows (sources->buffer);
  return number_names (
      "kept", rows != NULL ? gst_lstm_rows_get_n_columns (rows) : 0);
}

static gchar **
choose_names (const GstCsvHeaderSources *sources, GError **error)
{
  const gchar *const *names = sources->names;
  const gchar *from = "names or the config's outputs";
  g_autofree gchar *all = NULL;
  guint n;

  if (names == NULL) {
    names = sources->features;
    from = "the stream's layout";
  }
  if (names == NULL)
    return number_names ("out", sources->channels);
  n = g_strv_length ((gchar **) names);
  if (n == sources->channels)
    return g_strdupv ((gchar **) names);
  all = g_strjoinv (", ", (gchar **) names);
  g_set_error (error, GST_CSV_ERROR, GST_CSV_ERROR_COLUMNS,
      "%s: found %u names (%.*s%s) for frames of %u channels; expected a name "
      "for each: set names= to %u names",
      from, n, MAX_LISTED, all, strlen (all) > MAX_LISTED ? "..." : "",
      sources->channels, sources->channels);
  return NULL;
}

/**
 * gst_csv_header_new:
 * @sources: what is known
 * @error: how many names there are for how many channels
 *
 * Names of channels are the user's, else the layout's, else out_1, out_2, ...
 *
 * Returns: (transfer full) (nullable): the columns, or %NULL with @error set
 */
GstCsvHeader *
gst_csv_header_new (const GstCsvHeaderSources *sources, GError **error)
{
  gchar **names = choose_names (sources, error);
  GstCsvHeader *header;

  if (names == NULL)
    return NULL;
  header = g_new0 (GstCsvHeader, 1);
  header->key = choose_key (sources);
  header->keep = choose_keep (sources);
  header->n_keep = g_strv_length (header->keep);
  header->names = names;
  return header;
}

/**
 * gst_csv_header_free:
 * @header: (transfer full): columns
 */
void
gst_csv_header_free (GstCsvHeader *header)
{
  g_free (header->key);
  g_strfreev (header->keep);
  g_strfreev (header->names);
  g_free (header);
}

/**
 * gst_csv_header_equal:
 * @a: columns
 * @b: columns
 *
 * Returns: whether they are the same
 */
gboolean
gst_csv_header_equal (const GstCsvHeader *a, const GstCsvHeader *b)
{
  return g_strcmp0 (a->key, b->key) == 0 &&
         g_strv_equal (
             (const gchar *const *) a->keep, (const gchar *const *) b->keep) &&
         g_strv_equal (
             (const gchar *const *) a->names, (const gchar *const *) b->names);
}

/**
 * gst_csv_header_write:
 * @header: columns
 * @writer: gets their names as a row
 */
void
gst_csv_header_write (const GstCsvHeader *header, GstCsvWriter *writer)
{
  guint i;

  if (header->key != NULL)
    gst_csv_writer_add_text (writer, header->key);
  for (i = 0; header->keep[i] != NULL; i++)
    gst_csv_writer_add_text (writer, header->keep[i]);
  for (i = 0; header->names[i] != NULL; i++)
    gst_csv_writer_add_text (writer, header->names[i]);
  gst_csv_writer_end_row (writer);
}
