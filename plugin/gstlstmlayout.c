/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmlayout.h"

static void
set_names (
    GstStructure *structure, const gchar *field, const gchar *const *names)
{
  GValue array = G_VALUE_INIT;
  gsize i;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (i = 0; names[i] != NULL; i++) {
    GValue name = G_VALUE_INIT;

    g_value_init (&name, G_TYPE_STRING);
    g_value_set_string (&name, names[i]);
    gst_value_array_append_and_take_value (&array, &name);
  }
  gst_structure_take_value (structure, field, &array);
}

/* A field that is not there gives no names; one of another type, FALSE. */
static gboolean
get_names (const GstStructure *structure, const gchar *field, gchar ***names)
{
  const GValue *array = gst_structure_get_value (structure, field);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  guint i, n;

  if (array != NULL && !GST_VALUE_HOLDS_ARRAY (array))
    return FALSE;
  n = array != NULL ? gst_value_array_get_size (array) : 0;
  for (i = 0; i < n; i++) {
    const GValue *name = gst_value_array_get_value (array, i);

    if (!G_VALUE_HOLDS_STRING (name) || g_value_get_string (name) == NULL)
      return FALSE;
    g_ptr_array_add (list, g_value_dup_string (name));
  }
  g_ptr_array_add (list, NULL);
  *names = (gchar **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
  return TRUE;
}

/**
 * gst_lstm_layout_event_new:
 * @features: (array zero-terminated=1): names of the channels, in order, UTF-8
 * @key: (nullable): name of the key column; %NULL if frames have no key
 * @keep: (nullable) (array zero-terminated=1): names of the kept columns
 *
 * Returns: (transfer full): a sticky downstream event, structure `lstm-layout`
 */
GstEvent *
gst_lstm_layout_event_new (
    const gchar *const *features, const gchar *key, const gchar *const *keep)
{
  GstStructure *structure;

  g_return_val_if_fail (features != NULL, NULL);

  structure = gst_structure_new_empty (GST_LSTM_LAYOUT_EVENT_NAME);
  set_names (structure, "features", features);
  if (key != NULL)
    gst_structure_set (structure, "key", G_TYPE_STRING, key, NULL);
  if (keep != NULL && keep[0] != NULL)
    set_names (structure, "keep", keep);
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, structure);
}

/**
 * gst_lstm_layout_event_parse:
 * @event: any event
 * @features: (out) (transfer full): names of the channels
 * @key: (out) (transfer full) (nullable): name of the key column
 * @keep: (out) (transfer full): names of the kept columns, empty if none
 *
 * Returns: %FALSE if @event is no well-formed `lstm-layout`; nothing is
 *   written then
 */
gboolean
gst_lstm_layout_event_parse (
    GstEvent *event, gchar ***features, gchar **key, gchar ***keep)
{
  const GstStructure *structure;
  g_auto (GStrv) feature_names = NULL;
  g_auto (GStrv) keep_names = NULL;

  g_return_val_if_fail (GST_IS_EVENT (event), FALSE);

  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_DOWNSTREAM_STICKY ||
      !gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME))
    return FALSE;
  structure = gst_event_get_structure (event);
  if (!gst_structure_has_field (structure, "features") ||
      !get_names (structure, "features", &feature_names) ||
      !get_names (structure, "keep", &keep_names))
    return FALSE;
  *features = g_steal_pointer (&feature_names);
  *key = g_strdup (gst_structure_get_string (structure, "key"));
  *keep = g_steal_pointer (&keep_names);
  return TRUE;
}

/**
 * gst_lstm_layout_event_set_irregular:
 * @event: a writable `lstm-layout`
 * @irregular: whether each buffer's time and duration count, and not the rate
 *   in the caps: frames that come when they come
 */
void
gst_lstm_layout_event_set_irregular (GstEvent *event, gboolean irregular)
{
  g_return_if_fail (gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME));

  gst_structure_set (gst_event_writable_structure (event), "irregular",
      G_TYPE_BOOLEAN, irregular, NULL);
}

/**
 * gst_lstm_layout_event_is_irregular:
 * @event: an `lstm-layout`
 *
 * Returns: what gst_lstm_layout_event_set_irregular() said; %FALSE if nothing
 */
gboolean
gst_lstm_layout_event_is_irregular (GstEvent *event)
{
  gboolean irregular = FALSE;

  gst_structure_get_boolean (
      gst_event_get_structure (event), "irregular", &irregular);
  return irregular;
}
