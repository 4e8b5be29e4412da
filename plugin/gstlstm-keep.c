/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm's state file, and keys that are put away. */

#include "gstlstm-private.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* In the writer's thread. The stream goes on, and later writes are tried: so
 * once a run is enough. */
static void
on_write_error (const GError *error, gpointer user_data)
{
  GstLstm *self = user_data;

  if (!g_atomic_int_compare_and_exchange (&self->write_failed, FALSE, TRUE))
    return;
  GST_ELEMENT_WARNING (self, RESOURCE, WRITE,
      ("The states could not be saved: %s. The stream goes on, and saving is "
       "tried again",
          error->message),
      (NULL));
}

/* Takes up what an earlier run left, if there is a state file. */
gboolean
gst_lstm_open_state_file (GstLstm *self, GstLstmSetup *setup,
    const GstLstmSettings *settings, GError **error)
{
  GstLstmKeeper *keeper;

  if (settings->state_file == NULL)
    return TRUE;
  g_atomic_int_set (&self->write_failed, FALSE);
  self->unsent = FALSE;
  keeper = gst_lstm_keeper_new (
      settings->state_file, setup->model, on_write_error, self, error);
  if (keeper != NULL && gst_lstm_session_keep (setup->session, keeper, error))
    return TRUE;
  gst_lstm_setup_clear (setup);
  return FALSE;
}

/* A state that is no such as can be saved; takes @error, which may be NULL. */
void
gst_lstm_report_unsaved (GstLstm *self, GError *error)
{
  if (error == NULL)
    return;
  on_write_error (error, self);
  g_error_free (error);
}

/* Once a buffer, when what came of it was pushed: so that a state in the file
 * is never ahead of its outputs. @flow: how that went. */
void
gst_lstm_save_states (GstLstm *self, GstFlowReturn flow)
{
  GstLstmSession *session = self->setup.session;
  GError *unsaved;

  self->unsent = flow != GST_FLOW_OK;
  if (self->unsent || !gst_lstm_session_is_kept (session))
    return;
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_tick (session);
  unsaved = gst_lstm_session_take_unsaved (session);
  g_mutex_unlock (&self->state_lock);
  gst_lstm_report_unsaved (self, unsaved);
}

static void
warn_of_loss (GstLstm *self, const GError *error)
{
  GST_ELEMENT_WARNING (self, RESOURCE, WRITE,
      ("The last states could not be saved and are lost: %s", error->message),
      (NULL));
}

/* They are told of when the file is closed, too. */
static void
keep_n_saves (GstLstm *self, GstLstmKeeper *keeper)
{
  gint64 last;
  guint64 n;

  gst_lstm_keeper_flush (keeper);
  n = gst_lstm_keeper_get_n_saves (keeper, &last);
  g_mutex_lock (&self->state_lock);
  self->stats.saves = n;
  self->stats.last_save = last;
  g_mutex_unlock (&self->state_lock);
}

/* What has changed is in the file when this returns, or a warning says why it
 * is not. */
void
gst_lstm_close_state_file (GstLstm *self)
{
  g_autoptr (GError) unsaved = NULL;
  g_autoptr (GError) error = NULL;
  gboolean said = g_atomic_int_get (&self->write_failed);
  GstLstmKeeper *keeper;

  /* what fails from now on is lost, and is said here */
  g_atomic_int_set (&self->write_failed, TRUE);
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_write_last (self->setup.session, self->unsent);
  unsaved = gst_lstm_session_take_unsaved (self->setup.session);
  keeper = gst_lstm_session_take_keeper (self->setup.session);
  g_mutex_unlock (&self->state_lock);
  if (unsaved != NULL && !said)
    warn_of_loss (self, unsaved);
  if (keeper != NULL)
    keep_n_saves (self, keeper);
  if (keeper != NULL && !gst_lstm_keeper_close (keeper, &error))
    warn_of_loss (self, error);
}

static void
post_one (GstLstm *self, const GstLstmEvicted *evicted)
{
  GstStructure *s =
      gst_structure_new ("lstm-evicted", "key", G_TYPE_STRING, evicted->key,
          "reason", G_TYPE_STRING, evicted->reason, "frames", G_TYPE_UINT64,
          evicted->frames, "state", G_TYPE_BYTES, evicted->state, NULL);

  gst_element_post_message (
      GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
}

/* Tells of keys whose states are gone from memory and in no file; takes
 * @evicted. */
void
gst_lstm_post_evicted (GstLstm *self, GPtrArray *evicted)
{
  for (guint i = 0; i < evicted->len; i++)
    post_one (self, g_ptr_array_index (evicted, i));
  g_ptr_array_unref (evicted);
}
