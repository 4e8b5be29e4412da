/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* How streams end and begin anew: windows and batches that are not full,
 * resets, and the count of what gave no output. */

#include "gstlstmsession-private.h"

#include <string.h>

/* How many keys a message about leftovers names. */
#define MAX_EXAMPLES 5

/* ---- counting ---- */

static void
count_frames (GstLstmSession *session, const GstLstmSource *source, guint n)
{
  GstLstmLeftover *left = &session->left;

  if (n == 0)
    return;
  left->frames += n;
  if (source->n_items > 0)
    return;
  left->keys++;
  if (source->key == NULL || left->keys > MAX_EXAMPLES)
    return;
  g_string_append_printf (session->example,
      "%s%s (%" G_GUINT64_FORMAT " frames)",
      session->example->len > 0 ? ", " : "", source->key, source->total);
}

static void
drop_bytes (GstLstmSession *session, GstLstmSource *source)
{
  if (source->partial == NULL)
    return;
  session->left.bytes += source->partial->len;
  g_byte_array_set_size (source->partial, 0);
}

static void
count_windows (
    GstLstmSession *session, const GstLstmSource *source, guint items)
{
  session->left.windows += items;
  session->left.batched = source->n_items + items;
}

/* Frames after the `items` windows that wait, which no window covers. */
static guint
count_uncovered (
    const GstLstmSession *session, const GstLstmSource *source, guint items)
{
  guint covered = source->n_covered;

  if (items > 0)
    covered = MAX (items * session->stride,
        (items - 1) * session->stride + session->steps);
  return source->n_frames - MIN (covered, source->n_frames);
}

/* ---- draining ---- */

/* Fills the window that has begun up with zeros; returns how many frames are
 * the stream's own. */
static guint
pad_window (GstLstmSession *session, GstLstmSource *source, guint items)
{
  guint real = source->n_frames;
  guint zeros = items * session->stride + session->steps - real;
  gfloat *to = gst_lstm_source_grow (source, zeros);

  memset (to, 0, (gsize) zeros * session->frames.n * sizeof (gfloat));
  session->left.padded++;
  return real;
}

/* The windows that wait, of which the last one may not be full. */
static gboolean
drain_windows (GstLstmSession *session, GstLstmSource *source, GError **error)
{
  guint items = gst_lstm_session_count_items (session, source);
  guint uncovered = count_uncovered (session, source, items);
  guint real = source->n_frames;

  if (uncovered > 0 && session->options.partial_window == GST_LSTM_PARTIAL_PAD)
    real = pad_window (session, source, items++);
  else
    count_frames (session, source, uncovered);
  if (items == 0)
    return TRUE;
  if (items == session->batch || !session->strict_batch ||
      session->options.partial_batch == GST_LSTM_PARTIAL_PAD)
    return gst_lstm_session_run_short (session, source, items, real, error);
  count_windows (session, source, items);
  return TRUE;
}

/* Brings out what waits for more frames: none will come. Frames that are still
 * there then are dropped; the state stays. */
gboolean
gst_lstm_session_drain_source (
    GstLstmSession *session, GstLstmSource *source, GError **error)
{
  gboolean ok = gst_lstm_session_settle (session, error) &&
                drain_windows (session, source, error);

  if (ok)
    gst_lstm_session_queue_final (session, source);
  gst_lstm_source_drop (source, source->n_frames);
  source->n_covered = 0;
  source->skip = 0;
  return ok;
}

static gint
compare_sources (gconstpointer a, gconstpointer b)
{
  const GstLstmSource *x = *(GstLstmSource *const *) a;
  const GstLstmSource *y = *(GstLstmSource *const *) b;

  return gst_lstm_session_compare_keys (x->key, y->key);
}

static GPtrArray *
sorted_sources (GstLstmSession *session)
{
  GPtrArray *sources = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer source;

  g_hash_table_iter_init (&iter, session->keyed);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    g_ptr_array_add (sources, source);
  g_ptr_array_sort (sources, compare_sources);
  if (session->unkeyed != NULL)
    g_ptr_array_add (sources, session->unkeyed);
  return sources;
}

/* A state that was put in before the first buffer is not for what comes before
 * that buffer to take away. */
static gboolean
is_spared (const GstLstmSession *session, const GstLstmSource *source,
    GstLstmSpare spare)
{
  return spare == GST_LSTM_SPARE_RESTORED && source->restored && !session->fed;
}

/**
 * gst_lstm_session_drain:
 * @session: a session
 * @spare: which streams are not concerned
 * @error: return location for a #GError
 *
 * The streams are at an end: windows and batches that are not full are filled
 * up, or counted as left over and dropped. States stay.
 *
 * Returns: %FALSE if the data cannot be processed
 */
gboolean
gst_lstm_session_drain (
    GstLstmSession *session, GstLstmSpare spare, GError **error)
{
  g_autoptr (GPtrArray) sources = sorted_sources (session);

  for (guint i = 0; i < sources->len; i++) {
    GstLstmSource *source = g_ptr_array_index (sources, i);

    if (is_spared (session, source, spare))
      continue;
    gst_lstm_session_mark (session, source);
    if (!gst_lstm_session_drain_source (session, source, error))
      return FALSE;
    drop_bytes (session, source);
  }
  return TRUE;
}

/* ---- resets ---- */

/**
 * gst_lstm_session_reset:
 * @session: a session
 * @cause: why
 * @spare: which streams are not concerned
 *
 * Puts every stream into its initial state and forgets what waits, uncounted.
 * What came out stays.
 */
void
gst_lstm_session_reset (
    GstLstmSession *session, GstLstmCause cause, GstLstmSpare spare)
{
  GHashTableIter iter;
  gpointer source;
  guint n = 0;

  session->last = NULL;
  g_hash_table_iter_init (&iter, session->keyed);
  while (g_hash_table_iter_next (&iter, NULL, &source)) {
    if (is_spared (session, source, spare))
      continue;
    gst_lstm_session_mark_gone (session, ((GstLstmSource *) source)->key);
    g_hash_table_iter_remove (&iter);
    n++;
  }
  gst_lstm_session_forget_stored (session, spare);
  source = session->unkeyed;
  if (source != NULL && !is_spared (session, source, spare)) {
    gst_lstm_source_reset (source);
    gst_lstm_session_mark (session, source);
    n++;
  }
  if (n > 0)
    session->counts->resets[cause]++;
}

/**
 * gst_lstm_session_flush:
 * @session: a session
 *
 * Forgets outputs that nobody took.
 */
void
gst_lstm_session_flush (GstLstmSession *session)
{
  gst_lstm_session_clear_results (session);
}

/**
 * gst_lstm_session_reset_key:
 * @session: a session
 * @key: (nullable): which stream
 * @cause: why
 * @error: return location for a #GError
 *
 * Drains one stream, and puts it into its initial state.
 *
 * Returns: %FALSE if the data that waited cannot be processed
 */
gboolean
gst_lstm_session_reset_key (GstLstmSession *session, const gchar *key,
    GstLstmCause cause, GError **error)
{
  GstLstmSource *source =
      key ? g_hash_table_lookup (session->keyed, key) : session->unkeyed;
  gboolean ok;

  if (source == NULL && key != NULL)
    gst_lstm_session_forget_stored_key (session, key, FALSE);
  if (source == NULL)
    return TRUE;
  session->counts->resets[cause]++;
  gst_lstm_session_mark (session, source);
  ok = gst_lstm_session_drain_source (session, source, error);
  drop_bytes (session, source);
  gst_lstm_source_reset (source);
  return ok;
}

/**
 * gst_lstm_session_resync_key:
 * @session: a session
 * @key: (nullable): which stream
 * @error: return location for a #GError
 *
 * Resets one stream because its next buffer does not follow the last, unless
 * that is the first one after its state was put in.
 *
 * Returns: %FALSE if the data that waited cannot be processed
 */
gboolean
gst_lstm_session_resync_key (
    GstLstmSession *session, const gchar *key, GError **error)
{
  const GstLstmSource *source =
      key ? g_hash_table_lookup (session->keyed, key) : session->unkeyed;

  if (source == NULL && key != NULL)
    gst_lstm_session_forget_stored_key (session, key, TRUE);
  if (source == NULL || source->restored)
    return TRUE;
  return gst_lstm_session_reset_key (
      session, key, GST_LSTM_CAUSE_DISCONT, error);
}

/* ---- gaps ---- */

static GstLstmSource *
unkeyed_source (GstLstmSession *session)
{
  if (session->unkeyed == NULL && g_hash_table_size (session->keyed) == 0)
    session->unkeyed = gst_lstm_session_new_source (session, NULL);
  return session->unkeyed;
}

/**
 * gst_lstm_session_count_frames:
 * @session: a session
 * @duration: of a gap, or %GST_CLOCK_TIME_NONE
 *
 * Returns: how many frames there would have been, 0 where it is not known
 */
guint64
gst_lstm_session_count_frames (GstLstmSession *session, GstClockTime duration)
{
  if (!GST_CLOCK_TIME_IS_VALID (duration))
    return 0;
  return gst_util_uint64_scale_round (
      duration, session->rate_n, GST_SECOND * session->rate_d);
}

/**
 * gst_lstm_session_fill:
 * @session: a session
 * @n: number of frames, at least 1
 * @pts: of the first one, for streams that know no time yet
 * @error: return location for a #GError
 *
 * Runs frames of zeros, as the model sees them, on every stream.
 *
 * Returns: %FALSE if the data cannot be processed
 */
gboolean
gst_lstm_session_fill (
    GstLstmSession *session, guint n, GstClockTime pts, GError **error)
{
  g_autoptr (GPtrArray) sources = NULL;

  unkeyed_source (session);
  sources = sorted_sources (session);
  for (guint i = 0; i < sources->len; i++) {
    GstLstmSource *source = g_ptr_array_index (sources, i);

    if (!GST_CLOCK_TIME_IS_VALID (source->base)) {
      source->base = pts;
      source->counted = 0;
    }
    gst_lstm_session_mark (session, source);
    gst_lstm_session_add_zeros (session, source, n);
    if (!gst_lstm_session_run_checked (session, source, n, error)) {
      gst_lstm_source_reset (source);
      return FALSE;
    }
  }
  return TRUE;
}

static void
break_off (GstLstmSession *session, GstLstmSource *source, GstClockTime base)
{
  gst_lstm_session_mark (session, source);
  drop_bytes (session, source);
  source->base = base;
  source->counted = 0;
}

/**
 * gst_lstm_session_end_gap:
 * @session: a session
 * @pts: when a gap began, or %GST_CLOCK_TIME_NONE
 * @duration: of the gap, or %GST_CLOCK_TIME_NONE
 *
 * The next frames come after the gap: time goes on from its end. Bytes of a
 * frame that it broke off are counted as left over.
 */
void
gst_lstm_session_end_gap (
    GstLstmSession *session, GstClockTime pts, GstClockTime duration)
{
  gboolean known = GST_CLOCK_TIME_IS_VALID (pts) &&
                   GST_CLOCK_TIME_IS_VALID (duration) &&
                   pts < GST_CLOCK_TIME_NONE - duration;
  GstClockTime end = known ? pts + duration : GST_CLOCK_TIME_NONE;
  GHashTableIter iter;
  gpointer source;

  g_hash_table_iter_init (&iter, session->keyed);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    break_off (session, source, end);
  if (session->unkeyed != NULL)
    break_off (session, session->unkeyed, end);
  if (session->options.gap != GST_LSTM_GAP_ZERO)
    gst_lstm_session_mark_discont (session);
}

/* ---- what is to be said ---- */

/**
 * gst_lstm_session_must_stop:
 * @session: a session
 *
 * Returns: whether a window or batch was not full that had to be
 */
gboolean
gst_lstm_session_must_stop (GstLstmSession *session)
{
  const GstLstmSessionOptions *options = &session->options;

  return (session->left.frames > 0 &&
             options->partial_window == GST_LSTM_PARTIAL_ERROR) ||
         (session->left.windows > 0 &&
             options->partial_batch == GST_LSTM_PARTIAL_ERROR);
}

/**
 * gst_lstm_session_take_leftover:
 * @session: a session
 * @leftover: (out): what ends have dropped since the last call
 */
void
gst_lstm_session_take_leftover (
    GstLstmSession *session, GstLstmLeftover *leftover)
{
  *leftover = session->left;
  if (leftover->keys > MAX_EXAMPLES && session->example->len > 0)
    g_string_append (session->example, ", ...");
  leftover->example =
      session->example->len > 0 ? g_strdup (session->example->str) : NULL;
  memset (&session->left, 0, sizeof session->left);
  g_string_truncate (session->example, 0);
}

/**
 * gst_lstm_session_take_bad:
 * @session: a session
 *
 * Returns: (transfer full) (nullable): where the first number stood that is not
 *   finite, once
 */
gchar *
gst_lstm_session_take_bad (GstLstmSession *session)
{
  return session->n_bad > 0 ? g_steal_pointer (&session->bad_first) : NULL;
}
