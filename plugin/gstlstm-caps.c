/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm takes and gives: features that come in, features that go out, and
 * how many frames a second. */

#include "gstlstm-private.h"
#include "gstlstmaudio.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* The numbers that caps are made of. */
typedef struct {
  guint n_in;
  guint n_out;
  guint frames_out;
  guint frames_in;
} Numbers;

static Numbers
get_numbers (GstLstm *self)
{
  Numbers n;

  GST_OBJECT_LOCK (self);
  n = (Numbers){ self->n_in, self->n_out, self->frames_out, self->frames_in };
  GST_OBJECT_UNLOCK (self);
  return n;
}

/* A rate that is no whole number is rounded, to at least 1: times of buffers
 * are the truth. */
static gint
scale_rate (const Numbers *n, gint rate)
{
  guint64 scaled = gst_util_uint64_scale_int_round (
      (guint64) rate, (gint) n->frames_out, (gint) n->frames_in);

  return (gint) CLAMP (scaled, 1, G_MAXINT);
}

/* Frames per second on the other side of those that `structure` allows. */
static void
set_rate (GstStructure *to, const GstStructure *structure, const Numbers *n,
    GstPadDirection direction)
{
  const GValue *value = gst_structure_get_value (structure, "rate");
  gboolean same = n->frames_out == n->frames_in;
  gint rate;

  if (value != NULL && same) {
    gst_structure_set_value (to, "rate", value);
  } else if (direction == GST_PAD_SINK &&
             gst_structure_get_int (structure, "rate", &rate)) {
    gst_structure_set (to, "rate", G_TYPE_INT, scale_rate (n, rate), NULL);
  } else {
    gst_structure_set (to, "rate", GST_TYPE_INT_RANGE, 1, G_MAXINT, NULL);
  }
}

static GstStructure *
sink_structure (const GstStructure *from, const Numbers *n)
{
  GstStructure *to = gst_structure_from_string (
      "audio/x-raw, layout=(string)interleaved, "
      "format=(string){ " GST_AUDIO_NE (F64) ", " GST_AUDIO_NE (F32) " }",
      NULL);

  gst_structure_set (to, "channels", G_TYPE_INT, (gint) n->n_in, NULL);
  set_rate (to, from, n, GST_PAD_SRC);
  return to;
}

/* Channels keep their places in a room where their number stays; else up to two
 * need no mask, and more have an empty one. */
static GstStructure *
src_structure (const GstStructure *from, const Numbers *n)
{
  const GValue *mask = gst_structure_get_value (from, "channel-mask");
  GstStructure *to = gst_structure_new ("audio/x-raw", "format", G_TYPE_STRING,
      GST_AUDIO_NE (F32), "layout", G_TYPE_STRING, "interleaved", "channels",
      G_TYPE_INT, (gint) n->n_out, NULL);

  set_rate (to, from, n, GST_PAD_SINK);
  if (mask != NULL && n->n_in == n->n_out)
    gst_structure_set_value (to, "channel-mask", mask);
  else if (n->n_out > 2)
    gst_structure_set (
        to, "channel-mask", GST_TYPE_BITMASK, G_GUINT64_CONSTANT (0), NULL);
  return to;
}

/* Whether these caps can be the ones on that side: format, layout, channels. */
static gboolean
structure_fits (
    const GstStructure *structure, GstPadDirection direction, const Numbers *n)
{
  g_autoptr (GstCaps) asked =
      gst_caps_new_full (gst_structure_copy (structure), NULL);
  GstStructure *ours =
      direction == GST_PAD_SINK
          ? sink_structure (structure, n)
          : gst_structure_new ("audio/x-raw", "format", G_TYPE_STRING,
                GST_AUDIO_NE (F32), "layout", G_TYPE_STRING, "interleaved",
                "channels", G_TYPE_INT, (gint) n->n_out, NULL);
  g_autoptr (GstCaps) own = NULL;

  gst_structure_remove_field (ours, "rate");
  own = gst_caps_new_full (ours, NULL);
  return gst_caps_can_intersect (asked, own);
}

GstCaps *
gst_lstm_transform_caps (GstBaseTransform *trans, GstPadDirection direction,
    GstCaps *caps, GstCaps *filter)
{
  GstLstm *self = GST_LSTM (trans);
  Numbers n = get_numbers (self);
  g_autoptr (GstCaps) result = NULL;

  if (n.n_in == 0) {
    GstPad *other = direction == GST_PAD_SINK ? trans->srcpad : trans->sinkpad;

    result = gst_pad_get_pad_template_caps (other);
  } else {
    result = gst_caps_new_empty ();
    for (guint i = 0; i < gst_caps_get_size (caps); i++) {
      const GstStructure *structure = gst_caps_get_structure (caps, i);

      if (!structure_fits (structure, direction, &n))
        continue;
      gst_caps_append_structure (result, direction == GST_PAD_SINK
                                             ? src_structure (structure, &n)
                                             : sink_structure (structure, &n));
    }
    result = gst_caps_simplify (g_steal_pointer (&result));
  }
  if (filter != NULL)
    return gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST);
  return g_steal_pointer (&result);
}

/* A wrong number of channels is let through here, so that the CAPS event can be
 * refused with both numbers and the names. */
gboolean
gst_lstm_accept_caps (
    GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps)
{
  GstPad *pad = direction == GST_PAD_SINK ? trans->sinkpad : trans->srcpad;
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);

  return gst_caps_can_intersect (caps, template);
}

/* Refuses caps of another number of features, with an error message: one,
 * though a sticky event may come again. */
gboolean
gst_lstm_check_channels (GstLstm *self, const GstCaps *caps)
{
  g_autofree gchar *names = NULL;
  GstLstmAudio audio;

  if (!gst_lstm_audio_from_caps (&audio, caps))
    return TRUE;
  if ((guint) audio.channels == self->setup.n_features)
    return TRUE;
  if (self->refused)
    return FALSE;
  self->refused = TRUE;
  names = gst_lstm_setup_describe_features (
      &self->setup, (const gchar *const *) self->channels);
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The model takes %u features a frame, the stream has %d channels%s",
          self->setup.n_features, audio.channels, names),
      ("Send the features that the model was trained with, one a channel"));
  return FALSE;
}

gboolean
gst_lstm_set_caps (GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps)
{
  GstLstm *self = GST_LSTM (trans);
  GstLstmSession *session = self->setup.session;
  GstClockTime latency;
  gboolean changed;
  GstLstmAudio audio;

  if (!gst_lstm_audio_from_caps (&audio, incaps) ||
      !gst_lstm_check_channels (self, incaps))
    return FALSE;
  gst_lstm_session_set_format (
      session, audio.format == GST_AUDIO_FORMAT_F64, (guint) audio.rate);
  latency = gst_lstm_session_get_latency (session);
  GST_OBJECT_LOCK (self);
  changed = latency != self->latency;
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
  GST_INFO_OBJECT (
      self, "%" GST_PTR_FORMAT " to %" GST_PTR_FORMAT, incaps, outcaps);
  return TRUE;
}

/* A link that fails for a wrong count never sends caps: say why when asked. */
static void
warn_of_count (GstLstm *self, GstQuery *query)
{
  Numbers n = get_numbers (self);
  GstCaps *filter;
  gint channels = 0;
  gboolean warn;

  gst_query_parse_caps (query, &filter);
  if (n.n_in == 0 || filter == NULL || gst_caps_get_size (filter) == 0)
    return;
  for (guint i = 0; i < gst_caps_get_size (filter); i++) {
    const GstStructure *structure = gst_caps_get_structure (filter, i);

    if (!gst_structure_get_int (structure, "channels", &channels) ||
        (guint) channels == n.n_in)
      return;
  }
  GST_OBJECT_LOCK (self);
  warn = !self->warned;
  self->warned = TRUE;
  GST_OBJECT_UNLOCK (self);
  if (warn)
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("The model takes %u features a frame; %d channels are offered", n.n_in,
            channels),
        ("Send the features that the model was trained with, one a channel"));
}

static gboolean
query_latency (GstBaseTransform *trans, GstQuery *query)
{
  GstLstm *self = GST_LSTM (trans);
  GstClockTime min, max, own;
  gboolean live;

  if (!gst_pad_peer_query (trans->sinkpad, query))
    return FALSE;
  GST_OBJECT_LOCK (self);
  own = self->latency;
  GST_OBJECT_UNLOCK (self);
  gst_query_parse_latency (query, &live, &min, &max);
  min += own;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += own;
  gst_query_set_latency (query, live, min, max);
  return TRUE;
}

gboolean
gst_lstm_query (
    GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return query_latency (trans, query);
  if (direction == GST_PAD_SINK && GST_QUERY_TYPE (query) == GST_QUERY_CAPS)
    warn_of_count (GST_LSTM (trans), query);
  return GST_BASE_TRANSFORM_CLASS (g_type_class_peek (GST_TYPE_BASE_TRANSFORM))
      ->query (trans, direction, query);
}
