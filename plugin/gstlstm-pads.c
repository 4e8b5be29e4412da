/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The request pads of lstm: asked for, named, released, and what they answer.
 */

#include "gstlstm-private.h"
#include "gstlstmoutputname.h"

#include <string.h>

#define GST_CAT_DEFAULT gst_lstm_debug

#define PREFIX "src_"

/* ---- names ---- */

/* The outputs that pads can be asked for, as one writes them. */
static gchar *
list_names (const gchar *const *names)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 1; names[0] != NULL && names[i] != NULL; i++) {
    g_autofree gchar *spelled = gst_lstm_output_name_spell (names[i]);

    g_string_append_printf (list, "%ssrc_%s", i > 1 ? ", " : "", spelled);
  }
  if (list->len == 0)
    g_string_append (list, "none");
  return g_strdup (list->str);
}

/* Why no pad can carry the output @text, or NULL if one can. */
static gchar *
explain_name (const gchar *const *names, const gchar *text)
{
  g_autofree gchar *list = list_names (names);
  guint number;

  if (!gst_lstm_output_name_find (names, text, &number))
    return g_strdup_printf (
        "Pad src_%s: the model has no such output; pads that can be asked for: "
        "%s",
        text, list);
  if (number == 0)
    return g_strdup_printf ("Pad src_%s: the model's first output goes out on "
                            "pad src; further ones: %s",
        text, list);
  return NULL;
}

/* The pad of one output, if there is one. The object lock is held. */
static GstLstmPad *
find_pad_locked (GstLstm *self, gint number)
{
  for (GList *l = self->pads; l != NULL; l = l->next)
    if (GST_LSTM_PAD (l->data)->number == number)
      return l->data;
  return NULL;
}

/* The first further output without a pad, or NULL. The object lock is held. */
static gchar *
next_name_locked (GstLstm *self)
{
  if (self->output_names == NULL)
    return NULL;
  for (guint i = 0; self->output_names[i] != NULL; i++)
    if (i > 0 && find_pad_locked (self, (gint) i) == NULL)
      return g_strdup (self->output_names[i]);
  return NULL;
}

/* Finds out which output a pad carries, if a model is loaded. Returns why it
 * can carry none, or NULL. The object lock is held. */
static gchar *
bind_locked (GstLstm *self, GstLstmPad *pad)
{
  const gchar *const *names = (const gchar *const *) self->output_names;
  guint number = 0;
  gchar *reason;

  if (names == NULL)
    return NULL;
  reason = explain_name (names, pad->output);
  if (reason != NULL)
    return reason;
  gst_lstm_output_name_find (names, pad->output, &number);
  if (find_pad_locked (self, (gint) number) != NULL)
    return g_strdup_printf (
        "Pad src_%s: output '%s' has a pad already; use a tee behind it",
        pad->output, names[number]);
  pad->number = (gint) number;
  return NULL;
}

/* The model is loaded: are all pads that were asked for outputs of it? Says so
 * with an error if not. */
gboolean
gst_lstm_bind_pads (GstLstm *self)
{
  g_autofree gchar *reason = NULL;

  GST_OBJECT_LOCK (self);
  for (GList *l = self->pads; l != NULL; l = l->next)
    GST_LSTM_PAD (l->data)->number = -1;
  for (GList *l = self->pads; l != NULL && reason == NULL; l = l->next)
    reason = bind_locked (self, l->data);
  g_atomic_int_inc (&self->pads_cookie);
  GST_OBJECT_UNLOCK (self);
  if (reason == NULL)
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", reason), (NULL));
  return FALSE;
}

/* Whether another model has outputs for all pads, which their peers take. */
gboolean
gst_lstm_check_pads (
    GstLstm *self, const GstLstmSetup *setup, GstCaps *caps, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  guint n = lstm_model_get_n_outputs (setup->model);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (
        names, (gpointer) lstm_model_get_output_name (setup->model, i));
  g_ptr_array_add (names, NULL);
  for (guint i = 0; i < self->outputs->len; i++) {
    GstLstmPad *pad = g_ptr_array_index (self->outputs, i);
    const gchar *const *list = (const gchar *const *) names->pdata;
    g_autofree gchar *reason = explain_name (list, pad->output);
    g_autoptr (GstCaps) ours = NULL;
    g_autoptr (GstCaps) theirs = NULL;
    GstLstmNumbers numbers;
    guint number = 0;

    if (reason != NULL) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE, "%s", reason);
      return FALSE;
    }
    gst_lstm_output_name_find (list, pad->output, &number);
    numbers = gst_lstm_numbers_of (setup, number);
    ours = gst_lstm_numbers_to_src (&numbers, caps);
    theirs = gst_pad_peer_query_caps (GST_PAD (pad), ours);
    if (gst_caps_is_empty (theirs)) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
          "Pad %s: the new one gives %u features, %u frames at a time, and the "
          "elements downstream do not take that: leave channels and dimensions "
          "open in their caps",
          GST_PAD_NAME (pad), numbers.n_out, numbers.item_frames);
      return FALSE;
    }
  }
  return TRUE;
}

/* Says which pads nobody asked for, if there are some; twice, as gst-launch-1.0
 * prints the debug text only. */
void
gst_lstm_tell_of_pads (GstLstm *self)
{
  const gchar *const *names;
  g_autofree gchar *list = NULL;
  g_autofree gchar *next = NULL;
  g_autofree gchar *first = NULL;

  GST_OBJECT_LOCK (self);
  next = next_name_locked (self);
  if (next != NULL) {
    names = (const gchar *const *) self->output_names;
    first = g_strdup (names[0]);
    list = list_names (names);
  }
  GST_OBJECT_UNLOCK (self);
  if (next != NULL)
    GST_ELEMENT_INFO (self, STREAM, FORMAT,
        ("Pad src carries the model's first output, '%s'; further ones can be "
         "asked for as pads %s",
            first, list),
        ("further outputs: pads %s", list));
}

/* ---- what a pad is asked ---- */

/* Any caps that downstream may have of this output. */
static GstCaps *
query_caps (GstLstm *self, GstLstmPad *pad, GstCaps *filter)
{
  GstPad *sink = GST_BASE_TRANSFORM_SINK_PAD (self);
  g_autoptr (GstCaps) in = gst_pad_get_current_caps (sink);
  gint number;

  GST_OBJECT_LOCK (self);
  number = pad->number;
  GST_OBJECT_UNLOCK (self);
  if (in == NULL) {
    g_autoptr (GstCaps) own = gst_pad_get_pad_template_caps (sink);

    in = gst_pad_peer_query_caps (sink, own);
  }
  return gst_lstm_output_caps (self, MAX (number, 0), in, filter);
}

static gboolean
query_pad (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstBaseTransformClass *klass = GST_BASE_TRANSFORM_GET_CLASS (parent);
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return klass->query (GST_BASE_TRANSFORM (parent), GST_PAD_SRC, query);
  gst_query_parse_caps (query, &filter);
  caps = query_caps (GST_LSTM (parent), GST_LSTM_PAD (pad), filter);
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

/* Its caps do not depend on upstream: a RECONFIGURE, which has marked the pad,
 * ends here. */
static gboolean
take_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstBaseTransformClass *klass = GST_BASE_TRANSFORM_GET_CLASS (parent);

  if (GST_EVENT_TYPE (event) != GST_EVENT_RECONFIGURE)
    return klass->src_event (GST_BASE_TRANSFORM (parent), event);
  gst_event_unref (event);
  return TRUE;
}

/* ---- asked for and released ---- */

static GstLstmPad *
new_pad (GstPadTemplate *template, const gchar *output)
{
  g_autofree gchar *name = g_strconcat (PREFIX, output, NULL);
  GstLstmPad *pad = g_object_new (GST_TYPE_LSTM_PAD, "name", name, "direction",
      GST_PAD_SRC, "template", template, NULL);

  pad->output = g_strdup (output);
  gst_pad_set_query_function (GST_PAD (pad), query_pad);
  gst_pad_set_event_function (GST_PAD (pad), take_event);
  gst_pad_set_active (GST_PAD (pad), TRUE);
  return gst_object_ref_sink (pad);
}

/* The name that was asked for without the prefix, else that of an output that
 * has no pad, else NULL. */
static gchar *
choose_name (GstLstm *self, const gchar *name)
{
  gchar *chosen;

  if (name != NULL && g_str_has_prefix (name, PREFIX))
    return g_strdup (name + strlen (PREFIX));
  if (name != NULL)
    return g_strdup (name);
  GST_OBJECT_LOCK (self);
  chosen = next_name_locked (self);
  GST_OBJECT_UNLOCK (self);
  return chosen;
}

/* Takes a pad off the list; whether it was there. */
static gboolean
forget_pad (GstLstm *self, GstLstmPad *pad)
{
  GList *link;

  GST_OBJECT_LOCK (self);
  link = g_list_find (self->pads, pad);
  if (link != NULL)
    self->pads = g_list_delete_link (self->pads, link);
  g_atomic_int_inc (&self->pads_cookie);
  GST_OBJECT_UNLOCK (self);
  if (link == NULL)
    return FALSE;
  gst_object_unref (pad);
  return TRUE;
}

GstPad *
gst_lstm_request_new_pad (GstElement *element, GstPadTemplate *template,
    const gchar *name, const GstCaps *caps)
{
  GstLstm *self = GST_LSTM (element);
  g_autofree gchar *output = choose_name (self, name);
  g_autofree gchar *reason = NULL;
  g_autoptr (GstLstmPad) pad = NULL;

  if (output == NULL) {
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("A pad was asked for without a name, and no further output is known "
         "to be free: ask for src_NAME, NAME being an output of the model"),
        (NULL));
    return NULL;
  }
  pad = new_pad (template, output);
  GST_OBJECT_LOCK (self);
  reason = bind_locked (self, pad);
  if (reason == NULL)
    self->pads = g_list_append (self->pads, gst_object_ref (pad));
  GST_OBJECT_UNLOCK (self);
  if (reason != NULL) {
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS, ("%s", reason), (NULL));
    return NULL;
  }
  if (!gst_element_add_pad (element, GST_PAD (pad))) {
    forget_pad (self, pad);
    return NULL;
  }
  g_atomic_int_inc (&self->pads_cookie);
  return GST_PAD (pad);
}

/* The streaming thread hears of it before the pad refuses buffers, so that it
 * does not take that for an end. */
void
gst_lstm_release_pad (GstElement *element, GstPad *pad)
{
  gst_object_ref (pad);
  forget_pad (GST_LSTM (element), GST_LSTM_PAD (pad));
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
  gst_object_unref (pad);
}
