/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "elements.h"

#include <string.h>

gboolean
deploy_is_element (GstElement *element, const gchar *kind)
{
  GstElementFactory *found = gst_element_get_factory (element);
  g_auto (GStrv) names = g_strsplit (kind, "|", -1);

  return found && g_strv_contains (
                      (const gchar *const *) names, GST_OBJECT_NAME (found));
}

GPtrArray *
deploy_find_elements (GstElement *pipeline, const gchar *kind)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GstIterator) all = gst_bin_iterate_recurse (GST_BIN (pipeline));
  g_auto (GValue) item = G_VALUE_INIT;

  /* From the sinks on: the last one first. Nobody adds elements meanwhile. */
  while (gst_iterator_next (all, &item) == GST_ITERATOR_OK) {
    GstElement *element = g_value_get_object (&item);

    if (deploy_is_element (element, kind))
      g_ptr_array_insert (found, 0, gst_object_ref (element));
    g_value_reset (&item);
  }
  return found;
}

/* Across the only pad of a list of them. */
static GstElement *
cross (GList *pads)
{
  g_autoptr (GstPad) peer = NULL;

  if (!pads || pads->next)
    return NULL;
  peer = gst_pad_get_peer (pads->data);
  return peer ? gst_pad_get_parent_element (peer) : NULL;
}

GstElement *
deploy_get_upstream (GstElement *element)
{
  return cross (element->sinkpads);
}

GstElement *
deploy_get_downstream (GstElement *element)
{
  return cross (element->srcpads);
}

static GstElement *
find (GstElement *element, const gchar *kind,
    GstElement *(*step) (GstElement *element))
{
  GstElement *at = step (element);

  while (at && !deploy_is_element (at, kind)) {
    GstElement *next = step (at);

    gst_object_unref (at);
    at = next;
  }
  return at;
}

GstElement *
deploy_find_upstream (GstElement *element, const gchar *kind)
{
  return find (element, kind, deploy_get_upstream);
}

GstElement *
deploy_find_downstream (GstElement *element, const gchar *kind)
{
  return find (element, kind, deploy_get_downstream);
}

/* Messages of GStreamer's own elements keep which file it is about for their
 * debug text: "gstfilesrc.c(553): ...:\nNo such file "x"". */
gchar *
deploy_describe_error (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  const gchar *detail;

  gst_message_parse_error (message, &error, &debug);
  detail = debug ? strchr (debug, '\n') : NULL;
  return g_strdup_printf ("%s: %s%s%s%s", GST_MESSAGE_SRC_NAME (message),
      error->message, detail ? " (" : "", detail ? detail + 1 : "",
      detail ? ")" : "");
}

void
deploy_take_error (GstElement *pipeline, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_autofree gchar *text = NULL;

  if (message)
    text = deploy_describe_error (message);
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE, "%s",
      text ? text : "an element does not start, and does not say why");
}

void
deploy_open_bus (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_set_flushing (bus, FALSE);
}
