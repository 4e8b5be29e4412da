/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmsession-private.h"

#include <string.h>

/* The first output is wanted from the beginning. */
static void
init_ports (GstLstmSession *session)
{
  gboolean final = session->options.output == GST_LSTM_OUTPUT_FINAL;
  guint n = lstm_model_get_n_outputs (lstm_plan_get_model (session->plan));

  session->n_ports = n;
  session->ports = g_new0 (GstLstmPort, n);
  session->outputs = g_new0 (LstmOutput, n);
  session->keep_final = final && !session->windows;
  for (guint i = 0; i < n; i++) {
    GstLstmPort *port = &session->ports[i];
    gsize size = lstm_plan_get_output_size (session->plan, i);

    port->item_frames = lstm_plan_get_output_frames (session->plan, i);
    port->features = (guint) (size / port->item_frames);
    port->frames = final ? 1 : port->item_frames;
    port->wanted = i == 0;
    port->scratch = g_array_new (FALSE, FALSE, sizeof (gfloat));
    port->final_at = session->final_size;
    session->final_size += port->features;
  }
}

static void
clear_ports (GstLstmSession *session)
{
  for (guint i = 0; i < session->n_ports; i++)
    g_array_unref (session->ports[i].scratch);
  g_free (session->ports);
  g_free (session->outputs);
}

/**
 * gst_lstm_session_new:
 * @plan: a plan of a model with one input
 * @n_features: of a frame
 * @scaling: (nullable): how features are scaled
 * @options: how frames are treated; stride and batch at least 1. The session
 *   keeps the pool as long as it lives
 *
 * Returns: (transfer full): a session without streams
 */
GstLstmSession *
gst_lstm_session_new (LstmPlan *plan, guint n_features,
    const LstmScaling *scaling, const GstLstmSessionOptions *options)
{
  GstLstmSession *session = g_new0 (GstLstmSession, 1);

  session->plan = lstm_plan_ref (plan);
  session->context = lstm_context_new_with_pool (plan, options->pool);
  session->initial = lstm_stream_new (plan);
  session->options = *options;
  session->windows = lstm_plan_get_mode (plan) == LSTM_MODE_WINDOW;
  session->steps = lstm_plan_get_steps (plan);
  session->stride = session->windows ? options->stride : 1;
  session->batch = session->windows ? options->batch : 1;
  if (session->batch == 1)
    session->runway =
        gst_lstm_runway_new (plan, session->stride, options->pool);
  session->out_rate = lstm_plan_get_output_rate (plan, NULL);
  session->strict_batch = lstm_model_is_stateful (lstm_plan_get_model (plan));
  init_ports (session);
  session->rate_n = session->rate_d = 1;
  session->keyed = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) gst_lstm_source_free);
  session->output = g_array_new (FALSE, FALSE, sizeof (gfloat));
  session->results = g_array_new (FALSE, FALSE, sizeof (GstLstmResult));
  session->handed_output = g_array_new (FALSE, FALSE, sizeof (gfloat));
  session->handed_results = g_array_new (FALSE, FALSE, sizeof (GstLstmResult));
  session->tags = g_array_new (FALSE, FALSE, sizeof (GstLstmTag));
  session->example = g_string_new (NULL);
  session->counts = &session->own_counts;
  gst_lstm_session_init_list (session);
  gst_lstm_session_init_keep (session);
  gst_lstm_frames_init (&session->frames, n_features, scaling);
  gst_lstm_session_init_scale (session, options->outputs);
  return session;
}

/**
 * gst_lstm_session_free:
 * @session: (transfer full): a session
 */
void
gst_lstm_session_free (GstLstmSession *session)
{
  gst_lstm_session_clear_results (session);
  g_clear_pointer (&session->unkeyed, gst_lstm_source_free);
  g_hash_table_unref (session->keyed);
  clear_ports (session);
  g_array_unref (session->results);
  g_array_unref (session->output);
  g_array_unref (session->handed_results);
  g_array_unref (session->handed_output);
  g_array_unref (session->tags);
  gst_lstm_session_clear_list (session);
  gst_lstm_session_clear_keep (session);
  g_string_free (session->example, TRUE);
  g_free (session->bad_first);
  gst_lstm_session_clear_scale (session);
  gst_lstm_frames_clear (&session->frames);
  lstm_stream_free (session->initial);
  gst_lstm_runway_free (session->runway);
  lstm_context_free (session->context);
  lstm_plan_unref (session->plan);
  g_free (session);
}

/**
 * gst_lstm_session_get_frames:
 * @session: a session
 *
 * Returns: (transfer none): how its frames are read, to be set between buffers
 */
GstLstmFrames *
gst_lstm_session_get_frames (GstLstmSession *session)
{
  return &session->frames;
}

/**
 * gst_lstm_session_set_counts:
 * @session: a session
 * @counts: what it counts on from now; must outlive the session
 */
void
gst_lstm_session_set_counts (GstLstmSession *session, GstLstmCounts *counts)
{
  session->counts = counts;
}

/**
 * gst_lstm_session_set_names:
 * @session: a session
 * @features: (nullable): names of the model's features, for messages; must
 *   outlive the session
 */
void
gst_lstm_session_set_names (
    GstLstmSession *session, const gchar *const *features)
{
  session->names = features;
}

/* Bytes of a frame in another format go; time is counted at the new rate from
 * now on. */
void
gst_lstm_session_adapt_source (GstLstmSession *session, GstLstmSource *source)
{
  if (source->partial != NULL && source->partial_f64 != session->frames.f64) {
    session->left.bytes += source->partial->len;
    g_byte_array_set_size (source->partial, 0);
  }
  if (source->rate_n == session->rate_n && source->rate_d == session->rate_d)
    return;
  if (GST_CLOCK_TIME_IS_VALID (source->base))
    source->base += gst_lstm_source_span (source, source->counted);
  source->counted = 0;
  source->rate_n = session->rate_n;
  source->rate_d = session->rate_d;
}

/**
 * gst_lstm_session_set_format:
 * @session: a session
 * @f64: whether frames come as double
 * @rate_n: frames per second, numerator; 0 if that is not known
 * @rate_d: denominator, at least 1
 *
 * How frames come from now on. States and windows go on.
 */
void
gst_lstm_session_set_format (
    GstLstmSession *session, gboolean f64, guint rate_n, guint rate_d)
{
  GHashTableIter iter;
  gpointer source;

  session->frames.f64 = f64;
  session->rate_n = rate_n;
  session->rate_d = rate_d;
  g_hash_table_iter_init (&iter, session->keyed);
  while (g_hash_table_iter_next (&iter, NULL, &source))
    gst_lstm_session_adapt_source (session, source);
  if (session->unkeyed != NULL)
    gst_lstm_session_adapt_source (session, session->unkeyed);
  session->has_format = TRUE;
}

/**
 * gst_lstm_session_get_n_outputs:
 * @session: a session
 *
 * Returns: how many outputs the model has
 */
guint
gst_lstm_session_get_n_outputs (GstLstmSession *session)
{
  return session->n_ports;
}

/**
 * gst_lstm_session_set_wanted:
 * @session: a session
 * @output: of the model
 * @wanted: whether results of this output are asked for, from now on
 *
 * An output that a model before had is none.
 */
void
gst_lstm_session_set_wanted (
    GstLstmSession *session, guint output, gboolean wanted)
{
  if (output < session->n_ports)
    session->ports[output].wanted = wanted;
}

/**
 * gst_lstm_session_set_whole_items:
 * @session: a session
 * @output: of the model
 * @whole_items: whether each window is a result of its own, and one that was
 *   filled up gives the outputs of the frames that were filled in as well
 */
void
gst_lstm_session_set_whole_items (
    GstLstmSession *session, guint output, gboolean whole_items)
{
  session->ports[output].whole_items = whole_items;
}

/**
 * gst_lstm_session_get_output_frames:
 * @session: a session
 * @output: of the model
 *
 * Returns: how many frames go out for a frame or window that comes in
 */
guint
gst_lstm_session_get_output_frames (GstLstmSession *session, guint output)
{
  return session->ports[output].frames;
}

/**
 * gst_lstm_session_get_output_features:
 * @session: a session
 * @output: of the model
 *
 * Returns: features of an output frame
 */
guint
gst_lstm_session_get_output_features (GstLstmSession *session, guint output)
{
  return session->ports[output].features;
}

/**
 * gst_lstm_session_get_ratio:
 * @session: a session
 * @output: of the model
 * @frames_out: (out): so many frames go out
 * @frames_in: (out): for so many that come in; %G_MAXINT where the stream's end
 *   decides
 */
void
gst_lstm_session_get_ratio (
    GstLstmSession *session, guint output, guint *frames_out, guint *frames_in)
{
  *frames_out = session->ports[output].frames;
  *frames_in =
      session->keep_final ? G_MAXINT : session->stride * session->out_rate;
}

/**
 * gst_lstm_session_get_n_keys:
 * @session: a session
 *
 * Returns: how many keys have a state
 */
guint
gst_lstm_session_get_n_keys (GstLstmSession *session)
{
  return g_hash_table_size (session->keyed);
}

/* Keys in the order of their first frame would need a list; by name is what a
 * reader of a message looks for. */
gint
gst_lstm_session_compare_keys (const gchar *x, const gchar *y)
{
  gint64 m = g_ascii_strtoll (x, NULL, 10), n = g_ascii_strtoll (y, NULL, 10);

  if (m != n)
    return m < n ? -1 : 1;
  return strcmp (x, y);
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  return gst_lstm_session_compare_keys (
      *(const gchar *const *) a, *(const gchar *const *) b);
}

static void
add_keys (GPtrArray *keys, GHashTable *table)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, g_strdup (key));
}

/**
 * gst_lstm_session_list_keys:
 * @session: a session
 *
 * Returns: (transfer full): the keys that have a state, in memory or in the
 *   state file, sorted
 */
gchar **
gst_lstm_session_list_keys (GstLstmSession *session)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();

  add_keys (keys, session->keyed);
  add_keys (keys, session->stored);
  g_ptr_array_sort (keys, compare_places);
  g_ptr_array_add (keys, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&keys), FALSE);
}

/**
 * gst_lstm_session_get_n_streams:
 * @session: a session
 *
 * Returns: how many streams have a state: the keys, and the one without
 */
guint
gst_lstm_session_get_n_streams (GstLstmSession *session)
{
  return g_hash_table_size (session->keyed) + (session->unkeyed != NULL);
}

/**
 * gst_lstm_session_get_n_bad:
 * @session: a session
 *
 * Returns: how many numbers were not finite and were held, or how many frames
 *   that had one were skipped
 */
guint64
gst_lstm_session_get_n_bad (GstLstmSession *session)
{
  return session->n_bad;
}

/**
 * gst_lstm_session_get_latency:
 * @session: a session
 *
 * Returns: how long the first frame of a window waits for the last one of its
 *   batch
 */
GstClockTime
gst_lstm_session_get_latency (GstLstmSession *session)
{
  guint64 waits = (guint64) (session->batch - 1) * session->stride;

  return gst_lstm_session_span (session, waits + session->steps - 1);
}

/* In the initial state. */
GstLstmSource *
gst_lstm_session_new_source (const GstLstmSession *session, const gchar *key)
{
  GstLstmSource *source = gst_lstm_source_new (
      key, session->initial, session->frames.n, session->batch);

  source->rate_n = session->rate_n;
  source->rate_d = session->rate_d;
  return source;
}

/* A key that comes for the first time, or that was put away. */
static GstLstmSource *
add_source (GstLstmSession *session, const gchar *key, GError **error)
{
  GstLstmSource *source;
  GError *failure = NULL;

  if (!gst_lstm_session_make_room (session, error))
    return NULL;
  source = gst_lstm_session_recall (session, key, &failure);
  if (failure != NULL) {
    g_propagate_error (error, failure);
    return NULL;
  }
  if (source == NULL)
    source = gst_lstm_session_new_source (session, key);
  gst_lstm_session_insert_source (session, source);
  return source;
}

/* NULL with an error if it had been put away and cannot be read. */
static GstLstmSource *
find_source (GstLstmSession *session, const gchar *key, GError **error)
{
  GstLstmSource *source = session->last;

  if (key == NULL) {
    if (session->unkeyed == NULL)
      session->unkeyed = gst_lstm_session_new_source (session, NULL);
    return session->unkeyed;
  }
  if (source != NULL && strcmp (source->key, key) == 0)
    return source;
  source = g_hash_table_lookup (session->keyed, key);
  if (source == NULL)
    source = add_source (session, key, error);
  return session->last = source;
}

/**
 * gst_lstm_session_jumps:
 * @session: a session
 * @feed: what a buffer brings
 *
 * Returns: whether the buffer's time is further than the threshold from where
 *   its stream had got to
 */
gboolean
gst_lstm_session_jumps (GstLstmSession *session, const GstLstmFeed *feed)
{
  GstLstmSource *source;
  GstClockTime expected;
  guint64 counted;

  if (session->options.discont_threshold == 0 || session->rate_n == 0 ||
      !GST_CLOCK_TIME_IS_VALID (feed->pts))
    return FALSE;
  source = find_source (session, feed->key, NULL);
  if (source == NULL || source->restored ||
      !GST_CLOCK_TIME_IS_VALID (source->base))
    return FALSE;
  counted = source->counted;
  if (source->partial != NULL && source->partial->len > 0)
    counted++;
  expected = source->base + gst_lstm_session_span (session, counted);
  return MAX (expected, feed->pts) - MIN (expected, feed->pts) >
         session->options.discont_threshold;
}

/* The next results do not follow those before. */
void
gst_lstm_session_mark_discont (GstLstmSession *session)
{
  for (guint i = 0; i < session->n_ports; i++)
    session->ports[i].discont = TRUE;
}

/* What is done with the @n newest frames, which stand for missing ones. */
static gboolean
skip_gap (
    GstLstmSession *session, GstLstmSource *source, guint n, GError **error)
{
  gboolean ok = TRUE;

  gst_lstm_source_drop_newest (source, n);
  source->total -= n;
  gst_lstm_session_mark_discont (session);
  if (session->options.gap != GST_LSTM_GAP_HOLD)
    ok = gst_lstm_session_drain_source (session, source, error);
  if (session->options.gap == GST_LSTM_GAP_RESET) {
    session->counts->resets[GST_LSTM_CAUSE_GAP]++;
    gst_lstm_source_restart (source);
  }
  return ok;
}

/* The @n newest frames become zeros, as the model sees them. */
static void
zero_gap (GstLstmSession *session, GstLstmSource *source, guint n)
{
  gsize row = session->frames.n;

  memset (source->frames + (source->n_frames - n) * row, 0,
      n * row * sizeof (gfloat));
}

/**
 * gst_lstm_session_feed:
 * @session: a session
 * @feed: what a buffer brings
 * @error: return location for a #GError
 *
 * What comes out waits for gst_lstm_session_hand_over().
 *
 * Returns: %FALSE if the data cannot be processed; the key is then as after a
 *   reset, unless it was in a state file and cannot be read
 */
gboolean
gst_lstm_session_feed (
    GstLstmSession *session, const GstLstmFeed *feed, GError **error)
{
  GstLstmSource *source = find_source (session, feed->key, error);
  gboolean ok = TRUE;
  guint n;

  if (source == NULL ||
      !gst_lstm_session_use (session, source, feed->pts, error))
    return FALSE;
  if ((feed->resync || feed->gap) && !gst_lstm_session_settle (session, error))
    return FALSE;
  if (feed->key_caps != source->key_caps)
    gst_caps_replace (&source->key_caps, feed->key_caps);
  if (feed->resync)
    gst_lstm_session_mark_discont (session);
  gst_lstm_session_sync (session, source, feed);
  source->restored = FALSE;
  session->fed = TRUE;
  n = gst_lstm_session_take_frames (session, source, feed);
  session->counts->frames += n;
  if (n == 0)
    return TRUE;
  if (feed->gap && session->options.gap != GST_LSTM_GAP_ZERO) {
    ok = skip_gap (session, source, n, error);
  } else {
    if (feed->gap)
      zero_gap (session, source, n);
    ok = gst_lstm_session_run_checked (session, source, n, error);
  }
  if (!ok) {
    gst_lstm_session_settle (session, NULL);
    gst_lstm_source_reset (source);
  }
  source->position = feed->position;
  gst_lstm_session_reach (session, feed->position);
  return ok;
}
