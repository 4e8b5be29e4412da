/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "drain.h"

/* In the streaming thread, or at once where nothing flows. What follows this
 * EOS is refused by the pad that has had it. */
static GstPadProbeReturn
end_stream (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);

  if (peer)
    gst_pad_send_event (peer, gst_event_new_eos ());
  return GST_PAD_PROBE_REMOVE;
}

/* The source ends as soon as it is refused; where it has got to within a row is
 * no end of the text. */
static GstPadProbeReturn
drop_eos (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  return GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS
             ? GST_PAD_PROBE_DROP
             : GST_PAD_PROBE_OK;
}

static gboolean
drain_decoder (GstElement *decoder)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (decoder, "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (decoder, "src");
  g_autoptr (GstEvent) segment =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);

  if (!segment)
    return FALSE;
  gst_pad_add_probe (
      sink, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_eos, NULL, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_IDLE, end_stream, NULL, NULL);
  return TRUE;
}

static gboolean
drain_source (GstElement *source)
{
  g_autoptr (GstElement) decoder =
      deploy_find_downstream (source, DEPLOY_DECODERS);

  if (decoder)
    return drain_decoder (decoder);
  return gst_element_send_event (source, gst_event_new_eos ());
}

gboolean
deploy_drain (GstElement *pipeline)
{
  g_autoptr (GstIterator) sources =
      gst_bin_iterate_sources (GST_BIN (pipeline));
  g_auto (GValue) item = G_VALUE_INIT;
  gboolean all = TRUE;

  while (gst_iterator_next (sources, &item) == GST_ITERATOR_OK) {
    all = drain_source (g_value_get_object (&item)) && all;
    g_value_reset (&item);
  }
  return all;
}
