/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Another model takes the place of the one that runs: streams stay, with what
 * they remember as far as it fits. */

#include "gstlstmsession-private.h"

#include <string.h>

static gboolean
same_numbers (const gdouble *a, const gdouble *b, guint n)
{
  if (a == NULL || b == NULL)
    return a == b;
  return memcmp (a, b, n * sizeof *a) == 0;
}

/* Limits matter where they change numbers. */
static gboolean
same_limits (const GstLstmFrames *a, const GstLstmFrames *b)
{
  gsize bytes = a->n * sizeof (gfloat);

  if (!a->clip || !b->clip)
    return a->clip == b->clip;
  return memcmp (a->low, b->low, bytes) == 0 &&
         memcmp (a->high, b->high, bytes) == 0;
}

/* Whether features that are there already are those that @b would make. */
static gboolean
same_features (const GstLstmFrames *a, const GstLstmFrames *b)
{
  if (a->n != b->n || (a->order == NULL) != (b->order == NULL))
    return FALSE;
  if (a->order != NULL &&
      memcmp (a->order, b->order, a->n * sizeof *a->order) != 0)
    return FALSE;
  return same_numbers (a->offset, b->offset, a->n) &&
         same_numbers (a->divisor, b->divisor, a->n) && same_limits (a, b);
}

/**
 * gst_lstm_session_same_output:
 * @session: a session
 * @fresh: a session of another model
 *
 * Returns: whether outputs of both have the same shapes
 */
gboolean
gst_lstm_session_same_output (
    const GstLstmSession *session, const GstLstmSession *fresh)
{
  if (session->keep_final != fresh->keep_final ||
      session->out_rate != fresh->out_rate ||
      session->n_ports != fresh->n_ports)
    return FALSE;
  for (guint i = 0; i < session->n_ports; i++) {
    const GstLstmPort *a = &session->ports[i], *b = &fresh->ports[i];

    if (a->features != b->features || a->frames != b->frames ||
        a->item_frames != b->item_frames)
      return FALSE;
  }
  return TRUE;
}

/**
 * gst_lstm_session_fits:
 * @session: a session
 * @fresh: a session of another model, that has no streams
 *
 * Returns: whether frames that wait for a full window may go on waiting when
 *   @fresh takes over; else they are to be drained before
 */
gboolean
gst_lstm_session_fits (
    const GstLstmSession *session, const GstLstmSession *fresh)
{
  return session->windows == fresh->windows && session->steps == fresh->steps &&
         session->stride == fresh->stride && session->batch == fresh->batch &&
         same_features (&session->frames, &fresh->frames) &&
         gst_lstm_session_same_output (session, fresh);
}

/* A source's state in streams of the new model. Places in a batch that were not
 * there before start from the initial state. */
static void
move_states (GstLstmSource *source, const GstLstmSession *session)
{
  LstmStream **streams = g_new (LstmStream *, session->batch);

  for (guint i = 0; i < session->batch; i++) {
    streams[i] = lstm_stream_copy (session->initial);
    if (i < source->n_streams)
      lstm_stream_copy_matching (streams[i], source->streams[i]);
  }
  for (guint i = 0; i < source->n_streams; i++)
    lstm_stream_free (source->streams[i]);
  g_free (source->streams);
  source->streams = streams;
  source->n_streams = session->batch;
  source->initial = session->initial;
  g_clear_pointer (&source->flight, gst_lstm_flight_free);
}

/* What a source has beside its states: nothing waits if it does not fit. */
static void
move_frames (GstLstmSession *session, GstLstmSource *source,
    gboolean same_features, gboolean same_output)
{
  if (!same_features)
    g_clear_pointer (&source->good, g_free);
  if (!same_output) {
    gst_lstm_source_clear_final (source);
    g_clear_pointer (&source->final, g_free);
  }
  if (source->n_features == session->frames.n)
    return;
  gst_lstm_source_drop (source, source->n_frames);
  g_clear_pointer (&source->frames, g_free);
  g_clear_pointer (&source->tags, g_free);
  source->capacity = 0;
  source->n_features = session->frames.n;
  if (source->partial != NULL) {
    session->left.bytes += source->partial->len;
    g_byte_array_set_size (source->partial, 0);
  }
}

#define EXCHANGE(field)                                                        \
  G_STMT_START                                                                 \
  {                                                                            \
    __typeof__ (session->field) own = session->field;                          \
    session->field = fresh->field;                                             \
    fresh->field = own;                                                        \
  }                                                                            \
  G_STMT_END

/* What a session owes to its model and settings, and not to its stream. */
static void
exchange_models (GstLstmSession *session, GstLstmSession *fresh)
{
  fresh->frames.f64 = session->frames.f64;
  EXCHANGE (plan);
  EXCHANGE (context);
  EXCHANGE (runway);
  EXCHANGE (initial);
  EXCHANGE (options);
  EXCHANGE (frames);
  EXCHANGE (names);
  EXCHANGE (windows);
  EXCHANGE (keep_final);
  EXCHANGE (strict_batch);
  EXCHANGE (steps);
  EXCHANGE (stride);
  EXCHANGE (batch);
  EXCHANGE (out_rate);
  EXCHANGE (ports);
  EXCHANGE (outputs);
  EXCHANGE (n_ports);
  EXCHANGE (final_size);
  session->ports[0].whole_items = fresh->ports[0].whole_items;
  for (guint i = 0; i < MIN (session->n_ports, fresh->n_ports); i++)
    session->ports[i].discont = fresh->ports[i].discont;
}

/* How many of the model's slots go over, in each stream. */
static void
count_slots (const GstLstmSession *session, const GstLstmSession *fresh,
    GstLstmSwap *swap)
{
  g_autoptr (LstmStream) to = lstm_stream_new (session->plan);
  g_autoptr (LstmStream) from = lstm_stream_new (fresh->plan);

  swap->slots_kept = lstm_stream_copy_matching (to, from);
  swap->slots_reset = lstm_plan_get_n_slots (session->plan) - swap->slots_kept;
  swap->places_reset =
      session->batch > fresh->batch ? session->batch - fresh->batch : 0;
}

/**
 * gst_lstm_session_swap:
 * @session: a session of which all outputs were taken, and that was drained if
 *   it does not fit
 * @fresh: a session of another model, that has no streams; gets the model that
 *   ran until now
 * @swap: (out): what became of the states
 *
 * From the next frame on, @session runs the model of @fresh. Its streams keep
 * the states that match.
 */
void
gst_lstm_session_swap (
    GstLstmSession *session, GstLstmSession *fresh, GstLstmSwap *swap)
{
  gboolean features = same_features (&session->frames, &fresh->frames);
  gboolean output = gst_lstm_session_same_output (session, fresh);
  GHashTableIter iter;
  gpointer source;

  exchange_models (session, fresh);
  count_slots (session, fresh, swap);
  g_hash_table_iter_init (&iter, session->keyed);
  while (g_hash_table_iter_next (&iter, NULL, &source)) {
    move_states (source, session);
    move_frames (session, source, features, output);
  }
  if (session->unkeyed != NULL) {
    move_states (session->unkeyed, session);
    move_frames (session, session->unkeyed, features, output);
  }
  gst_lstm_session_follow_model (session);
}
