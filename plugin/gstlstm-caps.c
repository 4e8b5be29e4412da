/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The format of a stream once it is known: checked, and taken over. */

#include "gstlstm-private.h"
#include "gstlstmaudio.h"
#include "gstlstmtensor.h"

#define GST_CAT_DEFAULT gst_lstm_debug

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

static gboolean
check_batch (GstLstm *self, const GstLstmTensor *tensor)
{
  g_autoptr (GError) error = NULL;

  if (gst_lstm_setup_check_batch (&self->setup, tensor, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", error->message), (NULL));
  return FALSE;
}

/* Refuses caps of another number of features, with an error message: one,
 * though a sticky event may come again. */
gboolean
gst_lstm_check_features (GstLstm *self, const GstCaps *caps)
{
  g_autofree gchar *names = NULL;
  GstLstmTensor tensor = { .batch = 1 };
  GstLstmAudio audio;
  guint features;

  if (gst_lstm_audio_from_caps (&audio, caps))
    features = (guint) audio.channels;
  else if (gst_lstm_tensor_from_caps (&tensor, caps))
    features = tensor.features;
  else
    return TRUE;
  if (self->refused)
    return FALSE;
  if (features == self->setup.n_features) {
    self->refused = !check_batch (self, &tensor);
    return !self->refused;
  }
  self->refused = TRUE;
  names = gst_lstm_setup_describe_features (
      &self->setup, (const gchar *const *) self->channels);
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The model takes %u features a frame, the stream has %u channels%s",
          self->setup.n_features, features, names),
      ("Send the features that the model was trained with, one a channel"));
  return FALSE;
}

static gboolean
take_format (GstLstm *self, const GstCaps *caps)
{
  GstLstmSession *session = self->setup.session;
  GstLstmTensor tensor;
  GstLstmAudio audio;

  self->flexible = FALSE;
  if (gst_lstm_audio_from_caps (&audio, caps)) {
    gst_lstm_session_set_format (
        session, audio.format == GST_AUDIO_FORMAT_F64, (guint) audio.rate, 1);
    self->tensor_size = 0;
    return TRUE;
  }
  if (gst_lstm_tensor_from_caps (&tensor, caps)) {
    gint rate_n = 0, rate_d = 1;

    if (!gst_util_fraction_multiply (tensor.rate_n, tensor.rate_d,
            (gint) (tensor.steps * tensor.batch), 1, &rate_n, &rate_d))
      rate_n = 0, rate_d = 1;
    gst_lstm_session_set_format (
        session, FALSE, (guint) rate_n, (guint) rate_d);
    self->tensor_size = tensor.size;
    return TRUE;
  }
  self->tensor_size = 0;
  return gst_lstm_take_flexible_caps (self, caps);
}

/* Tells of the session's latency if it is another than before. */
void
gst_lstm_update_latency (GstLstm *self)
{
  GstClockTime latency;
  gboolean changed;

  g_mutex_lock (&self->state_lock);
  latency = gst_lstm_session_get_latency (self->setup.session);
  g_mutex_unlock (&self->state_lock);
  GST_OBJECT_LOCK (self);
  changed = latency != self->latency;
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

gboolean
gst_lstm_set_caps (GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps)
{
  GstLstm *self = GST_LSTM (trans);
  GstLstmSession *session = self->setup.session;
  GstLstmTensor tensor;
  gboolean known;

  if (!gst_lstm_check_features (self, incaps))
    return FALSE;
  g_mutex_lock (&self->state_lock);
  known = take_format (self, incaps);
  gst_lstm_session_set_whole_items (
      session, 0, gst_lstm_tensor_from_caps (&tensor, outcaps));
  g_mutex_unlock (&self->state_lock);
  if (!known)
    return FALSE;
  gst_lstm_update_latency (self);
  GST_INFO_OBJECT (
      self, "%" GST_PTR_FORMAT " to %" GST_PTR_FORMAT, incaps, outcaps);
  return TRUE;
}

/* The features of a frame, where a structure says them. */
static gboolean
get_features (const GstStructure *structure, guint *features)
{
  const gchar *text = gst_structure_get_string (structure, "dimensions");
  GstLstmTensor tensor;
  gint channels;

  if (gst_structure_get_int (structure, "channels", &channels)) {
    *features = (guint) channels;
    return TRUE;
  }
  if (text == NULL || !gst_lstm_tensor_parse_dimensions (&tensor, text))
    return FALSE;
  *features = tensor.features;
  return TRUE;
}

/* A link that fails for a wrong count never sends caps: say why when asked. */
static void
warn_of_count (GstLstm *self, GstQuery *query)
{
  GstLstmNumbers n = gst_lstm_get_numbers (self, 0);
  GstCaps *filter;
  guint features = 0;
  gboolean warn;

  gst_query_parse_caps (query, &filter);
  if (n.n_in == 0 || filter == NULL || gst_caps_get_size (filter) == 0)
    return;
  for (guint i = 0; i < gst_caps_get_size (filter); i++) {
    const GstStructure *structure = gst_caps_get_structure (filter, i);

    if (!get_features (structure, &features) || features == n.n_in)
      return;
  }
  GST_OBJECT_LOCK (self);
  warn = !self->warned;
  self->warned = TRUE;
  GST_OBJECT_UNLOCK (self);
  if (warn)
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("The model takes %u features a frame; %u channels are offered", n.n_in,
            features),
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
