/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which streams are in memory and which in a state file: what has changed is
 * written, what is least used is put away, what comes back is read. */

#include "gstlstmpending.h"
#include "gstlstmsession-private.h"

#include <string.h>

/* So many states are written down for one buffer, so that none waits long. */
#define SNAPSHOT_KEYS 256

/* And so many idle keys are put away. */
#define IDLE_KEYS 16

/* What is in the file and not in memory. */
enum { RESTORED = 1, EVICTED };

void
gst_lstm_session_init_keep (GstLstmSession *session)
{
  g_queue_init (&session->changed);
  g_queue_init (&session->used);
  session->gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  session->stored =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  session->now = GST_CLOCK_TIME_NONE;
  session->position = GST_BUFFER_OFFSET_NONE;
}

void
gst_lstm_session_clear_keep (GstLstmSession *session)
{
  if (session->keeper != NULL)
    gst_lstm_keeper_close (session->keeper, NULL);
  g_clear_error (&session->unsaved);
  g_hash_table_unref (session->gone);
  g_hash_table_unref (session->stored);
  g_clear_pointer (&session->evicted, g_ptr_array_unref);
}

static void
free_evicted (gpointer data)
{
  GstLstmEvicted *evicted = data;

  g_free (evicted->key);
  g_clear_pointer (&evicted->state, g_bytes_unref);
  g_free (evicted);
}

static gboolean
is_bounded (const GstLstmSession *session)
{
  return session->options.max_streams > 0 || session->options.idle_timeout > 0;
}

/* ---- the source ---- */

/* Frames up to there have been taken in, by one stream or another. */
void
gst_lstm_session_reach (GstLstmSession *session, guint64 position)
{
  if (position != GST_BUFFER_OFFSET_NONE &&
      (session->position == GST_BUFFER_OFFSET_NONE ||
          session->position < position))
    session->position = position;
}

/**
 * gst_lstm_session_get_position:
 * @session: a session
 *
 * Returns: how many frames of what they are read from all streams together have
 *   seen, as the offsets of buffers tell it; %GST_BUFFER_OFFSET_NONE if they do
 *   not
 */
guint64
gst_lstm_session_get_position (GstLstmSession *session)
{
  return session->position;
}

/* ---- what has changed ---- */

/* The source is not what the file has of it. */
void
gst_lstm_session_mark (GstLstmSession *session, GstLstmSource *source)
{
  if (session->keeper == NULL || source->changed_in != NULL)
    return;
  source->changed_in = &session->changed;
  g_queue_push_tail_link (&session->changed, &source->changed_link);
}

/* A source with a key is about to go, and its state with it. */
void
gst_lstm_session_mark_gone (GstLstmSession *session, const gchar *key)
{
  if (session->keeper != NULL)
    g_hash_table_add (session->gone, g_strdup (key));
}

/* What a reset of all streams does to those in the file. */
void
gst_lstm_session_forget_stored (GstLstmSession *session, GstLstmSpare spare)
{
  gboolean spared = spare == GST_LSTM_SPARE_RESTORED && !session->fed;
  GHashTableIter iter;
  gpointer key, how;

  g_hash_table_iter_init (&iter, session->stored);
  while (g_hash_table_iter_next (&iter, &key, &how)) {
    if (spared && GPOINTER_TO_INT (how) == RESTORED)
      continue;
    gst_lstm_session_mark_gone (session, key);
    g_hash_table_iter_remove (&iter);
  }
}

/* The same for one key; @resync: for a buffer that does not follow, which
 * leaves alone what comes from an earlier run. */
void
gst_lstm_session_forget_stored_key (
    GstLstmSession *session, const gchar *key, gboolean resync)
{
  gpointer how = g_hash_table_lookup (session->stored, key);

  if (how == NULL || (resync && GPOINTER_TO_INT (how) == RESTORED))
    return;
  gst_lstm_session_mark_gone (session, key);
  g_hash_table_remove (session->stored, key);
}

/* ---- into the file ---- */

/* A state that cannot be saved (a key of thousands of bytes) is left out; the
 * first time it is said. */
static void
add_state (GstLstmSession *session, const GstLstmSource *source)
{
  GBytes *state = gst_lstm_session_save_source (
      session, source, session->unsaved ? NULL : &session->unsaved);

  if (state != NULL)
    gst_lstm_keeper_add (session->keeper, source->key, state);
}

static void
write_some (GstLstmSession *session, guint n)
{
  GHashTableIter iter;
  gpointer key;
  GList *link;

  g_hash_table_iter_init (&iter, session->gone);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    gst_lstm_keeper_add (session->keeper, key, NULL);
    g_hash_table_iter_remove (&iter);
  }
  while (
      n-- > 0 && (link = g_queue_pop_head_link (&session->changed)) != NULL) {
    GstLstmSource *source = link->data;

    source->changed_in = NULL;
    add_state (session, source);
  }
}

/* Once a buffer, when what came of it is out: writes down what is due. */
void
gst_lstm_session_tick (GstLstmSession *session)
{
  gint64 now;

  if (session->keeper == NULL)
    return;
  if (session->options.state_interval > 0) {
    now = g_get_monotonic_time ();
    if (now >= session->next_write) {
      session->n_due = MAX (session->changed.length, 1);
      session->next_write =
          now + (gint64) (session->options.state_interval / 1000);
    }
  }
  if (session->n_due > 0) {
    guint n = MIN (session->n_due, SNAPSHOT_KEYS);

    write_some (session, n);
    session->n_due -= n;
  }
  gst_lstm_keeper_write (session->keeper);
}

/**
 * gst_lstm_session_write_all:
 * @session: a session
 *
 * Hands all that has changed to the state file, if there is one.
 */
void
gst_lstm_session_write_all (GstLstmSession *session)
{
  if (session->keeper == NULL)
    return;
  write_some (session, session->changed.length);
  gst_lstm_keeper_write (session->keeper);
}

/**
 * gst_lstm_session_take_unsaved:
 * @session: a session
 *
 * Returns: (transfer full) (nullable): why a state cannot be saved at all, or
 *   %NULL
 */
GError *
gst_lstm_session_take_unsaved (GstLstmSession *session)
{
  return g_steal_pointer (&session->unsaved);
}

/**
 * gst_lstm_session_forget_changes:
 * @session: a session
 *
 * What streams are now is not to be written: the state file keeps what they
 * were.
 */
void
gst_lstm_session_forget_changes (GstLstmSession *session)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&session->changed)) != NULL)
    ((GstLstmSource *) link->data)->changed_in = NULL;
}

/**
 * gst_lstm_session_is_kept:
 * @session: a session
 *
 * Returns: whether there is a state file
 */
gboolean
gst_lstm_session_is_kept (const GstLstmSession *session)
{
  return session->keeper != NULL;
}

/**
 * gst_lstm_session_get_n_saves:
 * @session: a session
 * @last: (out): when the last one was, by g_get_real_time(); 0 if there was
 * none
 *
 * Returns: how often the state file was written
 */
guint64
gst_lstm_session_get_n_saves (const GstLstmSession *session, gint64 *last)
{
  *last = 0;
  return session->keeper != NULL
             ? gst_lstm_keeper_get_n_saves (session->keeper, last)
             : 0;
}

/**
 * gst_lstm_session_write_last:
 * @session: a session
 * @unsent: whether what came of the last frames was refused downstream
 *
 * Hands all that has changed to the state file, if there is one. Where states
 * are written all along and something is @unsent, the file keeps what streams
 * were before, so that a run that goes on from there repeats those frames.
 */
void
gst_lstm_session_write_last (GstLstmSession *session, gboolean unsent)
{
  if (session->keeper == NULL || !unsent ||
      session->options.state_interval == 0) {
    gst_lstm_session_write_all (session);
    return;
  }
  gst_lstm_session_forget_changes (session);
  g_hash_table_remove_all (session->gone);
  gst_lstm_keeper_forget (session->keeper);
}

/* ---- out of the file ---- */

static GstLstmSource *
read_source (GstLstmSession *session, const gchar *key, GError **error)
{
  g_autoptr (GBytes) state = NULL;
  GstLstmSource *source = NULL;

  if (!gst_lstm_keeper_read (session->keeper, key, &state, error))
    return NULL;
  if (state != NULL)
    source = gst_lstm_session_load_source (session, state, error);
  else
    source = gst_lstm_session_new_source (session, *key ? key : NULL);
  if (source == NULL || g_strcmp0 (source->key ? source->key : "", key) == 0)
    return source;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "the state of key '%s' names key '%s': the file is damaged; take a copy "
      "of it, or delete it to start from the initial states",
      key, source->key ? source->key : "");
  gst_lstm_source_free (source);
  return NULL;
}

/* The stream of a key that was put away; NULL without an error if it was not.
 */
GstLstmSource *
gst_lstm_session_recall (
    GstLstmSession *session, const gchar *key, GError **error)
{
  gpointer how = g_hash_table_lookup (session->stored, key);
  GstLstmSource *source;

  if (how == NULL)
    return NULL;
  source = read_source (session, key, error);
  if (source == NULL) {
    g_prefix_error (
        error, "state file '%s': ", gst_lstm_keeper_get_path (session->keeper));
    return NULL;
  }
  source->restored = source->restored && GPOINTER_TO_INT (how) == RESTORED;
  if (session->has_format)
    gst_lstm_session_adapt_source (session, source);
  g_hash_table_remove (session->stored, key);
  return source;
}

/* A saved state of a key that is not in memory, as it stands in the file. */
GBytes *
gst_lstm_session_read_stored (
    GstLstmSession *session, const gchar *key, GError **error)
{
  GBytes *state = NULL;

  if (g_hash_table_contains (session->stored, key))
    gst_lstm_keeper_read (session->keeper, key, &state, error);
  return state;
}

/* Of a key that stays in the file for now. */
static gboolean
read_position (GstLstmSession *session, const gchar *key, GError **error)
{
  g_autoptr (GBytes) state = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  if (!gst_lstm_keeper_read (session->keeper, key, &state, error) ||
      (state != NULL && !lstm_state_inspect (state, NULL, &extras, error)))
    return FALSE;
  if (extras.pending != NULL)
    gst_lstm_session_reach (
        session, gst_lstm_pending_get_position (extras.pending));
  return TRUE;
}

static gboolean
read_all (GstLstmSession *session, GError **error)
{
  g_auto (GStrv) keys = gst_lstm_keeper_list (session->keeper, error);
  guint max = session->options.max_streams;

  if (keys == NULL)
    return FALSE;
  for (guint i = 0; keys[i] != NULL; i++) {
    GstLstmSource *source;

    if (max > 0 && g_hash_table_size (session->keyed) >= max) {
      g_hash_table_insert (
          session->stored, g_strdup (keys[i]), GINT_TO_POINTER (RESTORED));
      if (!read_position (session, keys[i], error))
        return FALSE;
      continue;
    }
    source = read_source (session, keys[i], error);
    if (source == NULL)
      return FALSE;
    gst_lstm_session_reach (session, source->position);
    gst_lstm_session_insert_source (session, source);
  }
  return TRUE;
}

/**
 * gst_lstm_session_keep:
 * @session: a session without streams
 * @keeper: (transfer full): a state file
 * @error: return location for a #GError
 *
 * Takes the states of an earlier run up, and keeps them in the file from now
 * on.
 *
 * Returns: %FALSE if the file is damaged or of a model that runs in another
 *   way; the session is then good for nothing
 */
gboolean
gst_lstm_session_keep (
    GstLstmSession *session, GstLstmKeeper *keeper, GError **error)
{
  session->keeper = keeper;
  session->next_write = g_get_monotonic_time () +
                        (gint64) (session->options.state_interval / 1000);
  if (read_all (session, error))
    return TRUE;
  g_prefix_error (
      error, "state file '%s': ", gst_lstm_keeper_get_path (keeper));
  return FALSE;
}

/**
 * gst_lstm_session_take_keeper:
 * @session: a session
 *
 * Returns: (transfer full) (nullable): the state file, which the session writes
 *   to and reads from no more
 */
GstLstmKeeper *
gst_lstm_session_take_keeper (GstLstmSession *session)
{
  gst_lstm_session_forget_changes (session);
  g_hash_table_remove_all (session->gone);
  g_hash_table_remove_all (session->stored);
  return g_steal_pointer (&session->keeper);
}

/* Another model runs from now on: states are written as its own. Keys that are
 * in the file only, under the old one, begin anew. */
void
gst_lstm_session_follow_model (GstLstmSession *session)
{
  GHashTableIter iter;
  gpointer source;

  if (session->keeper == NULL)
    return;
  gst_lstm_keeper_set_model (
      session->keeper, lstm_plan_get_model (session->plan));
  g_hash_table_remove_all (session->gone);
  g_hash_table_remove_all (session->stored);
  session->next_write = 0; /* no later than need be: of the old model until
                            * then, the file is of no use to the new one */
  g_hash_table_iter_init (&iter, session->keyed);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    gst_lstm_session_mark (session, source);
  if (session->unkeyed != NULL)
    gst_lstm_session_mark (session, session->unkeyed);
}

/* ---- who is in memory ---- */

/* Into its place; there is none of its key. */
void
gst_lstm_session_insert_source (GstLstmSession *session, GstLstmSource *source)
{
  if (source->key == NULL) {
    session->unkeyed = source;
    return;
  }
  g_hash_table_insert (session->keyed, source->key, source);
  if (!is_bounded (session))
    return;
  source->used_in = &session->used;
  g_queue_push_head_link (&session->used, &source->used_link);
}

static void
report_evicted (
    GstLstmSession *session, const GstLstmSource *source, const gchar *reason)
{
  GstLstmEvicted *evicted = g_new0 (GstLstmEvicted, 1);

  evicted->key = g_strdup (source->key);
  evicted->reason = reason;
  evicted->frames = source->total;
  evicted->state = gst_lstm_session_save_source (session, source, NULL);
  if (session->evicted == NULL)
    session->evicted = g_ptr_array_new_with_free_func (free_evicted);
  g_ptr_array_add (session->evicted, evicted);
}

/* Nothing is lost of what goes into the file: it is not to be counted. */
static gboolean
drain_uncounted (GstLstmSession *session, GstLstmSource *source, GError **error)
{
  GstLstmLeftover left = session->left;
  gsize length = session->example->len;
  gboolean ok = gst_lstm_session_drain_source (session, source, error);

  session->left = left;
  g_string_truncate (session->example, length);
  return ok;
}

/* The state that is kept is that before the end of the stream, so that a key
 * which comes back goes on as if it had never been away. */
static gboolean
evict (GstLstmSession *session, GstLstmSource *source, const gchar *reason,
    GError **error)
{
  gboolean ok;

  if (!gst_lstm_session_settle (session, error))
    return FALSE;
  session->counts->evictions++;
  if (session->keeper == NULL) {
    report_evicted (session, source, reason);
    ok = gst_lstm_session_drain_source (session, source, error);
  } else {
    if (source->changed_in != NULL)
      add_state (session, source);
    g_hash_table_remove (session->gone, source->key);
    g_hash_table_insert (session->stored, g_strdup (source->key),
        GINT_TO_POINTER (source->restored ? RESTORED : EVICTED));
    ok = drain_uncounted (session, source, error);
  }
  if (session->last == source)
    session->last = NULL;
  g_hash_table_remove (session->keyed, source->key);
  return ok;
}

static GstLstmSource *
least_used (const GstLstmSession *session)
{
  return session->used.tail ? session->used.tail->data : NULL;
}

/* Makes room for one more key. */
gboolean
gst_lstm_session_make_room (GstLstmSession *session, GError **error)
{
  guint max = session->options.max_streams;

  while (max > 0 && g_hash_table_size (session->keyed) >= max)
    if (!evict (session, least_used (session), "max-streams", error))
      return FALSE;
  return TRUE;
}

static void
move_to_front (GstLstmSession *session, GstLstmSource *source)
{
  if (session->used.head == &source->used_link)
    return;
  g_queue_unlink (&session->used, &source->used_link);
  g_queue_push_head_link (&session->used, &source->used_link);
}

static gboolean
evict_idle (GstLstmSession *session, GError **error)
{
  GstClockTime timeout = session->options.idle_timeout;

  for (guint i = 0; i < IDLE_KEYS; i++) {
    GstLstmSource *source = least_used (session);

    if (source == NULL)
      return TRUE;
    if (!GST_CLOCK_TIME_IS_VALID (source->seen)) {
      /* of an earlier run: its time begins now */
      source->seen = session->now;
      move_to_front (session, source);
    } else if (source->seen > session->now ||
               session->now - source->seen <= timeout) {
      return TRUE;
    } else if (!evict (session, source, "idle-timeout", error)) {
      return FALSE;
    }
  }
  return TRUE;
}

/* A buffer came for the source. */
gboolean
gst_lstm_session_use (GstLstmSession *session, GstLstmSource *source,
    GstClockTime pts, GError **error)
{
  gst_lstm_session_mark (session, source);
  if (source->used_in == NULL)
    return TRUE;
  move_to_front (session, source);
  if (session->options.idle_timeout == 0 || !GST_CLOCK_TIME_IS_VALID (pts))
    return TRUE;
  session->now = pts;
  source->seen = pts;
  return evict_idle (session, error);
}

/**
 * gst_lstm_session_take_evicted:
 * @session: a session
 *
 * Returns: (transfer full) (nullable): #GstLstmEvicted of the streams that were
 *   put away without a state file since the last call, or %NULL for none
 */
GPtrArray *
gst_lstm_session_take_evicted (GstLstmSession *session)
{
  return g_steal_pointer (&session->evicted);
}
