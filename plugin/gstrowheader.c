/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstrowheader.h"

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstlstmrows.h"
#include "gstrow.h"

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
choose_key (const GstRowHeaderSources *sources)
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
choose_keep (const GstRowHeaderSources *sources)
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
choose_names (const GstRowHeaderSources *sources, GError **error)
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
  g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_COLUMNS,
      "%s: found %u names (%.*s%s) for frames of %u channels; expected a name "
      "for each: set names= to %u names",
      from, n, MAX_LISTED, all, strlen (all) > MAX_LISTED ? "..." : "",
      sources->channels, sources->channels);
  return NULL;
}

static gboolean
has_name (const GstRowHeader *header, const gchar *name)
{
  return g_strcmp0 (header->key, name) == 0 ||
         g_strv_contains ((const gchar *const *) header->keep, name) ||
         g_strv_contains ((const gchar *const *) header->names, name);
}

/**
 * gst_row_header_new:
 * @sources: what is known
 * @error: how many names there are for how many channels
 *
 * Names of channels are the user's, else the layout's, else out_1, out_2, ...
 *
 * Returns: (transfer full) (nullable): the columns, or %NULL with @error set
 */
GstRowHeader *
gst_row_header_new (const GstRowHeaderSources *sources, GError **error)
{
  gchar **names = choose_names (sources, error);
  GstRowHeader *header;

  if (names == NULL)
    return NULL;
  header = g_new0 (GstRowHeader, 1);
  header->key = choose_key (sources);
  header->keep = choose_keep (sources);
  header->n_keep = g_strv_length (header->keep);
  header->names = names;
  if (sources->time != NULL &&
      !(sources->time_gives_way && has_name (header, sources->time)))
    header->time = g_strdup (sources->time);
  return header;
}

/**
 * gst_row_header_free:
 * @header: (transfer full): columns
 */
void
gst_row_header_free (GstRowHeader *header)
{
  g_free (header->time);
  g_free (header->key);
  g_strfreev (header->keep);
  g_strfreev (header->names);
  g_free (header);
}

/**
 * gst_row_header_equal:
 * @a: columns
 * @b: columns
 *
 * Returns: whether they are the same
 */
gboolean
gst_row_header_equal (const GstRowHeader *a, const GstRowHeader *b)
{
  return g_strcmp0 (a->time, b->time) == 0 && g_strcmp0 (a->key, b->key) == 0 &&
         g_strv_equal (
             (const gchar *const *) a->keep, (const gchar *const *) b->keep) &&
         g_strv_equal (
             (const gchar *const *) a->names, (const gchar *const *) b->names);
}

/**
 * gst_row_header_list:
 * @header: columns
 *
 * Returns: (transfer full): the names of all of them, in order
 */
gchar **
gst_row_header_list (const GstRowHeader *header)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  if (header->time != NULL)
    g_strv_builder_add (list, header->time);
  if (header->key != NULL)
    g_strv_builder_add (list, header->key);
  g_strv_builder_addv (list, (const gchar **) header->keep);
  g_strv_builder_addv (list, (const gchar **) header->names);
  return g_strv_builder_end (list);
}
