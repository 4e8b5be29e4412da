/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm does with flexible tensors: each says for itself what it holds. */

#include "gstlstm-private.h"
#include "gstlstmflexible.h"

/* Caps of flexible tensors say only how many there are in a second. */
gboolean
gst_lstm_take_flexible_caps (GstLstm *self, const GstCaps *caps)
{
  self->flexible = gst_lstm_flexible_from_caps (
      caps, &self->flexible_rate_n, &self->flexible_rate_d);
  self->flexible_frames = 0;
  return self->flexible;
}

/* Frames per second, where a tensor has @frames frames; with the state lock
 * held. */
static void
set_rate (GstLstm *self, guint frames)
{
  gint rate_n, rate_d;

  self->flexible_frames = frames;
  self->latency_stale = TRUE;
  if (!gst_util_fraction_multiply (self->flexible_rate_n, self->flexible_rate_d,
          (gint) frames, 1, &rate_n, &rate_d))
    rate_n = 0, rate_d = 1;
  gst_lstm_session_set_format (
      self->setup.session, FALSE, (guint) rate_n, (guint) rate_d);
}

/* Takes the header off what a buffer brings; with the state lock held. */
gboolean
gst_lstm_take_header (GstLstm *self, GstLstmFeed *feed, GError **error)
{
  GstLstmTensor tensor;
  g_autofree gchar *why =
      gst_lstm_flexible_parse (&tensor, feed->data, feed->size);

  if (why != NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT, "%s", why);
    return FALSE;
  }
  if (tensor.features != self->setup.n_features) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "The model takes %u features a frame, a flexible tensor has %u: send "
        "the features that the model was trained with",
        self->setup.n_features, tensor.features);
    return FALSE;
  }
  if (!gst_lstm_setup_check_batch (&self->setup, &tensor, error))
    return FALSE;
  if (tensor.steps * tensor.batch != self->flexible_frames)
    set_rate (self, tensor.steps * tensor.batch);
  feed->data += GST_LSTM_FLEXIBLE_HEADER;
  feed->size -= GST_LSTM_FLEXIBLE_HEADER;
  return TRUE;
}
