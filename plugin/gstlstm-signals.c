/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The action signals of lstm. */

#include "gstlstm-private.h"

#define ACTION (G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION)

static void
on_reset_state (GstLstm *self)
{
  gst_lstm_reset_state (self);
}

static void
on_reset_key (GstLstm *self, const gchar *key)
{
  g_return_if_fail (key != NULL);
  gst_lstm_reset_key (self, key);
}

static gchar **
on_list_keys (GstLstm *self)
{
  return gst_lstm_list_keys (self);
}

static GBytes *
on_get_state (GstLstm *self)
{
  return gst_lstm_get_state (self, NULL);
}

static GBytes *
on_get_key_state (GstLstm *self, const gchar *key)
{
  g_return_val_if_fail (key != NULL, NULL);
  return gst_lstm_get_state (self, key);
}

static gboolean
on_set_state (GstLstm *self, GBytes *state)
{
  g_return_val_if_fail (state != NULL, FALSE);
  return gst_lstm_set_state (self, state);
}

static void
install_resets (GType type)
{
  /**
   * GstLstm::reset-state:
   * @lstm: the element
   *
   * Puts the model's memory back to its initial state, for every key. Frames
   * before and after are those that the element got before and after. What
   * waits for more frames is treated as at the end of a stream, and goes out
   * with the next buffer or event. Any thread may emit it; in READY it does
   * nothing.
   */
  g_signal_new_class_handler ("reset-state", type, ACTION,
      G_CALLBACK (on_reset_state), NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * GstLstm::reset-key:
   * @lstm: the element
   * @key: of the stream
   *
   * Does for the stream of one key what #GstLstm::reset-state does for all. A
   * key that is not there is in its initial state already.
   */
  g_signal_new_class_handler ("reset-key", type, ACTION,
      G_CALLBACK (on_reset_key), NULL, NULL, NULL, G_TYPE_NONE, 1,
      G_TYPE_STRING);
}

static void
install_states (GType type)
{
  /**
   * GstLstm::get-state:
   * @lstm: the element
   *
   * What the model remembers, as bytes that #GstLstm::set-state takes: those of
   * lstm_state_save(), with what waits for more frames (but not its kept
   * columns). The stream goes on undisturbed. Frames that were pushed before
   * have been seen, and none after.
   *
   * Returns: (transfer full) (nullable): the state of the stream without a key
   *   or of the only key; %NULL, with a warning on the bus, in READY or if
   *   there are several
   */
  g_signal_new_class_handler ("get-state", type, ACTION,
      G_CALLBACK (on_get_state), NULL, NULL, NULL, G_TYPE_BYTES, 0);

  /**
   * GstLstm::get-key-state:
   * @lstm: the element
   * @key: of the stream
   *
   * Returns: (transfer full) (nullable): what #GstLstm::get-state gives, of the
   *   stream of @key; %NULL, with a warning on the bus, if it has no state
   */
  g_signal_new_class_handler ("get-key-state", type, ACTION,
      G_CALLBACK (on_get_key_state), NULL, NULL, NULL, G_TYPE_BYTES, 1,
      G_TYPE_STRING);

  /**
   * GstLstm::set-state:
   * @lstm: the element, in PAUSED or PLAYING
   * @state: what #GstLstm::get-state or #GstLstm::get-key-state gave
   *
   * Puts a state into the stream that it was taken from: the one without a key,
   * or that of the key which it names. What had waited there is forgotten. The
   * next buffer goes on from the state, even if it is the first of a stream or
   * marked as discontinuous; only a flush before it resets.
   *
   * Returns: %FALSE, with a warning on the bus and nothing changed, if the
   *   bytes are no state, damaged, or of another model, mode, window or batch
   */
  g_signal_new_class_handler ("set-state", type, ACTION,
      G_CALLBACK (on_set_state), NULL, NULL, NULL, G_TYPE_BOOLEAN, 1,
      G_TYPE_BYTES);
}

void
gst_lstm_install_signals (GObjectClass *klass)
{
  GType type = G_OBJECT_CLASS_TYPE (klass);

  install_resets (type);
  install_states (type);

  /**
   * GstLstm::list-keys:
   * @lstm: the element
   *
   * Returns: (transfer full) (array zero-terminated=1): the keys that have a
   *   state, sorted; empty if there is none
   */
  g_signal_new_class_handler ("list-keys", type, ACTION,
      G_CALLBACK (on_list_keys), NULL, NULL, NULL, G_TYPE_STRV, 0);
}
