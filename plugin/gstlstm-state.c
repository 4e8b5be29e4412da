/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What applications do with lstm's states, from any thread. */

#include "gstlstm-private.h"

#define GST_CAT_DEFAULT gst_lstm_debug

#define RESET_EVENT_NAME "lstm-reset-state"

static void
warn_of_drain (GstLstm *self, const GError *error)
{
  if (error != NULL)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("The frames that waited at a reset gave no output: %s",
            error->message),
        (NULL));
}

/* Puts every stream into its initial state. What waited for more frames comes
 * out with the next buffer or event: only the streaming thread pushes. */
void
gst_lstm_reset_state (GstLstm *self)
{
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->state_lock);
  if (self->setup.session != NULL) {
    gst_lstm_session_drain (self->setup.session, GST_LSTM_SPARE_NONE, &error);
    gst_lstm_session_reset (
        self->setup.session, GST_LSTM_CAUSE_SIGNAL, GST_LSTM_SPARE_NONE);
  }
  g_mutex_unlock (&self->state_lock);
  warn_of_drain (self, error);
}

/* The same for one key. */
void
gst_lstm_reset_key (GstLstm *self, const gchar *key)
{
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->state_lock);
  if (self->setup.session != NULL)
    gst_lstm_session_reset_key (
        self->setup.session, key, GST_LSTM_CAUSE_SIGNAL, &error);
  g_mutex_unlock (&self->state_lock);
  warn_of_drain (self, error);
}

/* Whether it asks for a reset; @key: of which stream, or NULL: of all. */
gboolean
gst_lstm_parse_reset_event (GstEvent *event, const gchar **key)
{
  if (!gst_event_has_name (event, RESET_EVENT_NAME))
    return FALSE;
  *key = gst_structure_get_string (gst_event_get_structure (event), "key");
  return TRUE;
}

void
gst_lstm_reset_for_event (GstLstm *self, const gchar *key)
{
  if (key != NULL)
    gst_lstm_reset_key (self, key);
  else
    gst_lstm_reset_state (self);
}

gchar **
gst_lstm_list_keys (GstLstm *self)
{
  gchar **keys = NULL;

  g_mutex_lock (&self->state_lock);
  if (self->setup.session != NULL)
    keys = gst_lstm_session_list_keys (self->setup.session);
  g_mutex_unlock (&self->state_lock);
  return keys ? keys : g_new0 (gchar *, 1);
}

/* ---- saved states ---- */

static void
set_not_running (GError **error)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "no model is loaded, and so there is no state: set the element to PAUSED "
      "or PLAYING first");
}

/* @key: of which stream, or NULL: of the only one. NULL with a warning. */
GBytes *
gst_lstm_get_state (GstLstm *self, const gchar *key)
{
  g_autoptr (GError) error = NULL;
  GBytes *state = NULL;

  g_mutex_lock (&self->state_lock);
  if (self->setup.session != NULL)
    state = gst_lstm_session_save (self->setup.session, key, &error);
  else
    set_not_running (&error);
  g_mutex_unlock (&self->state_lock);
  if (error != NULL)
    GST_ELEMENT_WARNING (
        self, LIBRARY, SETTINGS, ("get-state: %s", error->message), (NULL));
  return state;
}

/* FALSE with a warning. */
gboolean
gst_lstm_set_state (GstLstm *self, GBytes *state)
{
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->state_lock);
  if (self->setup.session != NULL)
    gst_lstm_session_restore (self->setup.session, state, &error);
  else
    set_not_running (&error);
  g_mutex_unlock (&self->state_lock);
  if (error != NULL)
    GST_ELEMENT_WARNING (
        self, LIBRARY, SETTINGS, ("set-state: %s", error->message), (NULL));
  return error == NULL;
}
