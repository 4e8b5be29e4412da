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

void
gst_lstm_install_signals (GObjectClass *klass)
{
  GType type = G_OBJECT_CLASS_TYPE (klass);

  install_resets (type);

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
