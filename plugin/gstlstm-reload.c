/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Another model while the stream runs: the streaming thread puts what the
 * loading thread has made in place, between two buffers. */

#include "gstlstm-private.h"
#include "gstlstmaudio.h"
#include "gstlstmtensor.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* ---- whether it fits ---- */

/* Whether the new model reads the frames that come. @order: as from
 * gst_lstm_setup_match_features(). */
static gboolean
check_input (GstLstm *self, const GstLstmSetup *setup, const GstCaps *caps,
    guint **order, GError **error)
{
  const gchar *const *channels = (const gchar *const *) self->channels;
  g_autofree gchar *names = NULL;
  GstLstmTensor tensor;

  if (setup->n_features != self->setup.n_features) {
    names = gst_lstm_setup_describe_features (setup, channels);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "the new one takes %u features a frame, the stream has %u channels%s",
        setup->n_features, self->setup.n_features, names);
    return FALSE;
  }
  if (gst_lstm_tensor_from_caps (&tensor, caps) &&
      !gst_lstm_setup_check_batch (setup, &tensor, error))
    return FALSE;
  return gst_lstm_setup_match_features (setup, channels, order, error);
}

/* Whether downstream takes what the new model gives. */
static gboolean
check_output (
    GstLstm *self, const GstLstmSetup *setup, GstCaps *caps, GError **error)
{
  GstLstmNumbers now = gst_lstm_get_numbers (self, 0);
  GstLstmNumbers numbers = gst_lstm_numbers_of (setup, 0);
  g_autoptr (GstCaps) ours = NULL;
  g_autoptr (GstCaps) theirs = NULL;

  if (gst_lstm_session_same_output (self->setup.session, setup->session))
    return TRUE;
  ours = gst_lstm_numbers_to_src (&numbers, caps);
  theirs = gst_pad_peer_query_caps (GST_BASE_TRANSFORM (self)->srcpad, ours);
  if (!gst_caps_is_empty (theirs))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "the new one gives %u features, %u frames at a time, until now %u and "
      "%u, "
      "and the elements downstream do not take that: leave channels and "
      "dimensions open in their caps",
      numbers.n_out, numbers.item_frames, now.n_out, now.item_frames);
  return FALSE;
}

/* ---- the swap ---- */

/* Frames that wait and do not suit the new model end as at the end of a
 * stream, with the old one. */
static GstFlowReturn
drain (GstLstm *self)
{
  GstLstmSession *session = self->setup.session;
  g_autoptr (GError) error = NULL;
  GstLstmLeftover left;
  GstFlowReturn flow;

  g_mutex_lock (&self->state_lock);
  gst_lstm_session_drain (session, GST_LSTM_SPARE_NONE, &error);
  gst_lstm_session_take_leftover (session, &left);
  gst_lstm_session_hand_over (session);
  g_mutex_unlock (&self->state_lock);
  if (error != NULL) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error->message), (NULL));
    g_free (left.example);
    return GST_FLOW_ERROR;
  }
  flow = gst_lstm_push_results (self);
  return flow == GST_FLOW_OK ? gst_lstm_report_leftover (self, &left) : flow;
}

/* With the state lock held. The session stays; all that it had of the old setup
 * is in @fresh then. */
static void
exchange (GstLstm *self, GstLstmSetup *fresh, GstLstmSwap *swap)
{
  GstLstmSession *session = self->setup.session, *other = fresh->session;
  GstLstmSetup old = self->setup;

  gst_lstm_session_swap (session, other, swap);
  self->setup = *fresh;
  self->setup.session = session;
  *fresh = old;
  fresh->session = other;
}

/* What came out of the old model goes before the new one begins. While it is
 * pushed, applications may bring out more. */
static GstFlowReturn
swap_setups (GstLstm *self, GstLstmSetup *fresh, GstLstmSwap *swap)
{
  GstLstmSession *session = self->setup.session;
  GstFlowReturn flow = GST_FLOW_OK;
  gboolean done = FALSE;

  while (!done && flow == GST_FLOW_OK) {
    g_mutex_lock (&self->state_lock);
    gst_lstm_session_hand_over (session);
    done = !gst_lstm_session_has_results (session);
    if (done)
      exchange (self, fresh, swap);
    g_mutex_unlock (&self->state_lock);
    if (!done)
      flow = gst_lstm_push_results (self);
  }
  return flow;
}

static void
tell_swap (
    GstLstm *self, const gchar *path, const GstLstmSwap *swap, gboolean fits)
{
  const gchar *fingerprint = lstm_model_get_fingerprint (self->setup.model);
  gboolean kept = swap->slots_reset == 0 && swap->places_reset == 0;

  GST_INFO_OBJECT (self,
      "reloaded '%s', fingerprint %s: of %u states in each stream %u are kept "
      "and %u begin anew; frames that waited for a window %s",
      path, fingerprint, swap->slots_kept + swap->slots_reset, swap->slots_kept,
      swap->slots_reset,
      fits ? "wait on" : "were brought out or dropped before");
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("lstm-reloaded", "model", G_TYPE_STRING, path,
              "fingerprint", G_TYPE_STRING, fingerprint, "kept", G_TYPE_BOOLEAN,
              kept, "slots-kept", G_TYPE_UINT, swap->slots_kept, "slots-reset",
              G_TYPE_UINT, swap->slots_reset, "frames-kept", G_TYPE_BOOLEAN,
              fits, NULL)));
}

/* What depends on the model beside the session. The layout goes out again
 * before the next buffer, after caps that have changed. */
static void
follow_model (GstLstm *self, gboolean same_output)
{
  self->layout_sent = FALSE;
  self->refused = FALSE;
  gst_lstm_publish_numbers (self);
  gst_lstm_bind_pads (self);
  gst_lstm_renegotiate_outputs (self);
  gst_lstm_prepare_outputs (self);
  gst_lstm_update_latency (self);
  gst_lstm_tell_of_model (self);
  if (!same_output)
    gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

static const gchar *
get_path (const GstLstmReload *reload)
{
  const gchar *path = reload->settings.model;

  return path ? path : lstm_config_get_model (reload->setup.config);
}

static GstFlowReturn
put_in_place (GstLstm *self, GstLstmReload *reload)
{
  GstLstmSession *session = self->setup.session;
  GstLstmSession *fresh = reload->setup.session;
  gboolean same_output = gst_lstm_session_same_output (session, fresh);
  gboolean fits = gst_lstm_session_fits (session, fresh);
  g_autofree gchar *path = g_strdup (get_path (reload));
  GstFlowReturn flow = fits ? GST_FLOW_OK : drain (self);
  GstLstmSwap swap = { 0 };

  if (flow == GST_FLOW_OK)
    flow = swap_setups (self, &reload->setup, &swap);
  if (flow != GST_FLOW_OK) {
    gst_lstm_reload_put_back (self, reload);
    return flow;
  }
  gst_lstm_reload_done (self, reload);
  follow_model (self, same_output);
  tell_swap (self, path, &swap, fits);
  return GST_FLOW_OK;
}

/**
 * gst_lstm_reload_apply:
 * @self: an element
 *
 * Puts a model in place that has been loaded, if it fits; in the streaming
 * thread, before a buffer.
 *
 * Returns: how pushes went that this made
 */
GstFlowReturn
gst_lstm_reload_apply (GstLstm *self)
{
  GstPad *pad = GST_BASE_TRANSFORM (self)->sinkpad;
  GstLstmReload *reload = gst_lstm_reload_take (self);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  g_autofree guint *order = NULL;
  g_autoptr (GError) error = NULL;

  if (reload == NULL)
    return GST_FLOW_OK;
  if (caps == NULL) {
    gst_lstm_reload_put_back (self, reload);
    return GST_FLOW_OK;
  }
  if (!check_input (self, &reload->setup, caps, &order, &error) ||
      !check_output (self, &reload->setup, caps, &error) ||
      !gst_lstm_check_pads (self, &reload->setup, caps, &error)) {
    gst_lstm_reload_refuse (self, reload, error->message);
    return GST_FLOW_OK;
  }
  gst_lstm_frames_set_order (
      gst_lstm_session_get_frames (reload->setup.session), order);
  return put_in_place (self, reload);
}

/**
 * gst_lstm_reload_apply_for_caps:
 * @self: an element
 * @caps: that are to come into force
 *
 * Puts a model in place that has been loaded, if it and not the one that runs
 * was made for these caps. Names of channels are to come with the caps.
 *
 * Returns: how pushes went that this made
 */
GstFlowReturn
gst_lstm_reload_apply_for_caps (GstLstm *self, GstCaps *caps)
{
  GstLstmReload *reload = gst_lstm_reload_take (self);
  g_autoptr (GError) error = NULL;
  GstLstmTensor tensor;
  GstLstmAudio audio;
  guint features = 0;

  if (reload == NULL)
    return GST_FLOW_OK;
  if (gst_lstm_audio_from_caps (&audio, caps))
    features = (guint) audio.channels;
  else if (gst_lstm_tensor_from_caps (&tensor, caps))
    features = tensor.features;
  if (features == self->setup.n_features ||
      features != reload->setup.n_features) {
    gst_lstm_reload_put_back (self, reload);
    return GST_FLOW_OK;
  }
  if (!gst_lstm_check_pads (self, &reload->setup, caps, &error)) {
    gst_lstm_reload_refuse (self, reload, error->message);
    return GST_FLOW_OK;
  }
  g_clear_pointer (&self->channels, g_strfreev);
  return put_in_place (self, reload);
}
