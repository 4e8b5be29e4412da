/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams to bytes, and back. */

#include "gstlstmpending.h"
#include "gstlstmsession-private.h"

static GstLstmPendingShape
pending_shape (const GstLstmSession *session)
{
  return (GstLstmPendingShape){ session->steps, session->stride,
    (guint) session->final_size };
}

/* The source's state, as it is. */
GBytes *
gst_lstm_session_save_source (
    const GstLstmSession *session, const GstLstmSource *source, GError **error)
{
  GstLstmPendingShape shape = pending_shape (session);
  g_autoptr (GBytes) pending = gst_lstm_pending_save (source, &shape);
  LstmStateExtras extras = {
    .key = source->key, .frames = source->total, .pending = pending
  };

  return lstm_state_save_batch (
      source->streams, source->n_streams, &extras, error);
}

/* A source of its own from what was saved; NULL with an error. */
GstLstmSource *
gst_lstm_session_load_source (
    const GstLstmSession *session, GBytes *state, GError **error)
{
  GstLstmPendingShape shape = pending_shape (session);
  GstLstmSource *source = gst_lstm_session_new_source (session, NULL);
  g_auto (LstmStateExtras) extras = { 0 };

  if (!lstm_state_load_batch (
          state, source->streams, source->n_streams, &extras, error) ||
      (extras.pending != NULL &&
          !gst_lstm_pending_restore (extras.pending, source, &shape, error))) {
    gst_lstm_source_free (source);
    return NULL;
  }
  source->key = g_steal_pointer (&extras.key);
  source->total = extras.frames;
  source->restored = TRUE;
  return source;
}

/* ---- which one ---- */

/* The stream without a key; where there is none, the only one. */
static const GstLstmSource *
find_only (GstLstmSession *session, GError **error)
{
  guint n_keys = g_hash_table_size (session->keyed);
  GHashTableIter iter;
  gpointer source;

  if (session->unkeyed != NULL && (n_keys == 0 || session->unkeyed->total > 0))
    return session->unkeyed;
  if (n_keys == 1) {
    g_hash_table_iter_init (&iter, session->keyed);
    g_hash_table_iter_next (&iter, NULL, &source);
    return source;
  }
  if (n_keys > 1)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "%u keys have a state, expected one: name the key (get-key-state)",
        n_keys);
  return NULL;
}

/**
 * gst_lstm_session_save:
 * @session: a session
 * @key: (nullable): of the stream; %NULL is the one without a key, or the only
 *   one
 * @error: return location for a #GError
 *
 * Writes a stream's state down, with the frames that wait. The stream stays as
 * it is; one that has not begun is in its initial state.
 *
 * Returns: (transfer full) (nullable): the saved state, or %NULL if @key has
 *   none or several keys have
 */
GBytes *
gst_lstm_session_save (
    GstLstmSession *session, const gchar *key, GError **error)
{
  const GstLstmSource *source = NULL;
  GstLstmSource *fresh = NULL;
  GError *failure = NULL;
  GBytes *state = NULL;

  if (key != NULL)
    source = g_hash_table_lookup (session->keyed, key);
  else
    source = find_only (session, &failure);
  if (source == NULL && key != NULL)
    state = gst_lstm_session_read_stored (session, key, &failure);
  if (source == NULL && key != NULL && state == NULL && failure == NULL)
    g_set_error (&failure, LSTM_ERROR, LSTM_ERROR_VALUE,
        "no key '%s' among the %u that have a state: ask for one of them "
        "(list-keys)",
        key, g_hash_table_size (session->keyed));
  else if (source == NULL && key == NULL && failure == NULL)
    source = fresh = gst_lstm_session_new_source (session, NULL);
  if (source != NULL)
    state = gst_lstm_session_save_source (session, source, &failure);
  if (fresh != NULL)
    gst_lstm_source_free (fresh);
  if (failure != NULL)
    g_propagate_error (error, failure);
  return state;
}

/* Takes the place of the stream of its key. */
void
gst_lstm_session_put_source (GstLstmSession *session, GstLstmSource *source)
{
  const gchar *key = source->key;
  GstLstmSource *old =
      key ? g_hash_table_lookup (session->keyed, key) : session->unkeyed;

  if (old != NULL)
    gst_caps_replace (&source->key_caps, old->key_caps);
  if (session->has_format)
    gst_lstm_session_adapt_source (session, source);
  session->last = NULL;
  session->fed = FALSE;
  if (key != NULL) {
    g_hash_table_remove (session->keyed, key);
    g_hash_table_remove (session->stored, key);
  } else {
    g_clear_pointer (&session->unkeyed, gst_lstm_source_free);
  }
  gst_lstm_session_insert_source (session, source);
  gst_lstm_session_mark (session, source);
}

/**
 * gst_lstm_session_restore:
 * @session: a session
 * @state: what gst_lstm_session_save() gave, or lstm_state_save()
 * @error: return location for a #GError
 *
 * Puts a saved state into the stream whose key it names, wholly or not at all.
 * The first buffer that follows does not reset it, nor does what comes before
 * that buffer. What the stream had waiting is forgotten.
 *
 * Returns: %FALSE if the state is damaged, or another model's
 */
gboolean
gst_lstm_session_restore (
    GstLstmSession *session, GBytes *state, GError **error)
{
  GstLstmSource *source = gst_lstm_session_load_source (session, state, error);

  if (source == NULL)
    return FALSE;
  gst_lstm_session_put_source (session, source);
  return TRUE;
}

/**
 * gst_lstm_session_load_initial:
 * @session: a session without streams
 * @path: a safetensors file, as for lstm_stream_load_initial_state()
 * @error: return location for a #GError
 *
 * What the file says is the initial state from now on.
 *
 * Returns: %FALSE if it cannot be read, or does not fit the model
 */
gboolean
gst_lstm_session_load_initial (
    GstLstmSession *session, const gchar *path, GError **error)
{
  return lstm_stream_load_initial_state (session->initial, path, error);
}
