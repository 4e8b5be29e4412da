/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes to frames: reassembly, times, and numbers that are none. */

#include "gstlstmsession-private.h"

#include <math.h>
#include <string.h>

/* How long @n frames last. All times are made of whole numbers of frames, so
 * that they never drift. */
GstClockTime
gst_lstm_session_span (const GstLstmSession *session, guint64 n)
{
  return gst_lstm_span (n, session->rate_n, session->rate_d);
}

/* Frames that were saved with a state go on in the time of the first buffer
 * after it was put in: as they are, if that is where they had got to, else
 * they end where it begins. TRUE if time goes on. */
static gboolean
join_times (const GstLstmSession *session, GstLstmSource *source,
    const GstLstmFeed *feed)
{
  GstClockTime one = gst_lstm_session_span (session, 1);
  guint64 begun = source->partial != NULL && source->partial->len > 0;
  GstClockTime expected = source->base;

  if (GST_CLOCK_TIME_IS_VALID (expected)) {
    expected += gst_lstm_source_span (source, source->counted + begun);
    if (MAX (expected, feed->pts) - MIN (expected, feed->pts) < one)
      return feed->key == NULL && !feed->irregular;
  }
  for (guint i = 0; i < source->n_frames && !feed->irregular; i++) {
    guint64 before = source->n_frames - i + begun;

    source->tags[i].pts =
        feed->pts - MIN (feed->pts, gst_lstm_session_span (session, before));
  }
  return FALSE;
}

/* Counting starts anew where time does. A buffer's time is that of the first
 * frame that begins in it: one begun earlier lies before. */
void
gst_lstm_session_sync (const GstLstmSession *session, GstLstmSource *source,
    const GstLstmFeed *feed)
{
  gboolean known = GST_CLOCK_TIME_IS_VALID (source->base);

  if (!GST_CLOCK_TIME_IS_VALID (feed->pts))
    return;
  if (source->restored && join_times (session, source, feed))
    return;
  if (known && !source->restored && !feed->resync && feed->key == NULL &&
      session->rate_n > 0 && !feed->irregular)
    return;
  source->base = feed->pts;
  source->counted = 0;
  if (source->partial != NULL && source->partial->len > 0)
    source->base -= MIN (feed->pts, gst_lstm_session_span (session, 1));
}

static void
tag_frame (const GstLstmSession *session, GstLstmSource *source,
    GstLstmTag *tag, guint i)
{
  tag->index = source->counted + i;
  tag->pts = GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (source->base))
    tag->pts = source->base + gst_lstm_session_span (session, tag->index);
  tag->number = GST_BUFFER_OFFSET_NONE;
  tag->irregular = FALSE;
  tag->lasts = GST_CLOCK_TIME_NONE;
}

static void
tag_frames (GstLstmSession *session, GstLstmSource *source,
    const GstLstmFeed *feed, guint n, gboolean begun)
{
  GstLstmTag *tags = source->tags + source->n_frames - n;
  guint n_rows = feed->rows ? gst_lstm_rows_get_n_rows (feed->rows) : 0;

  for (guint i = 0; i < n; i++) {
    tag_frame (session, source, &tags[i], i);
    tags[i].irregular = feed->irregular;
    if (n == 1)
      tags[i].lasts = feed->duration;
    if (feed->number != GST_BUFFER_OFFSET_NONE)
      tags[i].number = feed->number + i - (begun && feed->number > 0 ? 1 : 0);
    if (i < n_rows) {
      tags[i].rows = gst_lstm_rows_ref (feed->rows);
      tags[i].row = i;
    }
  }
  source->counted += n;
}

/* The frame that earlier buffers began, if these bytes end it: TRUE, and how
 * many bytes it took. */
static gboolean
finish_partial (GstLstmSession *session, GstLstmSource *source,
    const guint8 *data, gsize size, gsize *taken)
{
  gsize whole = gst_lstm_frames_get_size (&session->frames);
  gsize have = source->partial ? source->partial->len : 0;

  *taken = have > 0 ? MIN (whole - have, size) : 0;
  if (*taken > 0)
    g_byte_array_append (source->partial, data, *taken);
  return have > 0 && source->partial->len == whole;
}

static void
keep_partial (const GstLstmSession *session, GstLstmSource *source,
    const guint8 *data, gsize size)
{
  if (size == 0)
    return;
  if (source->partial == NULL)
    source->partial = g_byte_array_new ();
  source->partial_f64 = session->frames.f64;
  g_byte_array_append (source->partial, data, size);
}

/* Appends the whole frames to those that wait; returns how many there were. */
guint
gst_lstm_session_take_frames (
    GstLstmSession *session, GstLstmSource *source, const GstLstmFeed *feed)
{
  gsize whole = gst_lstm_frames_get_size (&session->frames);
  gsize taken;
  gboolean begun =
      finish_partial (session, source, feed->data, feed->size, &taken);
  const guint8 *data = feed->data + taken;
  guint n = (guint) ((feed->size - taken) / whole);
  gfloat *to = gst_lstm_source_grow (source, n + begun);

  if (begun) {
    gst_lstm_frames_convert (&session->frames, source->partial->data, 1, to);
    g_byte_array_set_size (source->partial, 0);
    to += session->frames.n;
  }
  if (n > 0)
    gst_lstm_frames_convert (&session->frames, data, n, to);
  keep_partial (session, source, data + n * whole,
      feed->size - taken - (gsize) n * whole);
  if (n + begun > 0)
    tag_frames (session, source, feed, n + begun, begun);
  gst_lstm_session_check_range (session, source, n + begun);
  source->total += n + begun;
  return n + begun;
}

/* Appends @n frames of zeros, as the model sees them. */
void
gst_lstm_session_add_zeros (
    GstLstmSession *session, GstLstmSource *source, guint n)
{
  gfloat *to = gst_lstm_source_grow (source, n);

  memset (to, 0, (gsize) n * session->frames.n * sizeof (gfloat));
  for (guint i = 0; i < n; i++)
    tag_frame (session, source, &source->tags[source->n_frames - n + i], i);
  source->counted += n;
  source->total += n;
}

/* ---- NaN and Inf ---- */

/* Where a number stands: `frame 7 of key 'a': feature 'x'`. */
gchar *
gst_lstm_session_describe (const GstLstmSession *session,
    const GstLstmSource *source, guint at, guint feature, guint64 counted)
{
  guint64 number = source->tags[at].number;
  g_autofree gchar *name =
      session->names ? g_strdup_printf ("'%s'", session->names[feature])
                     : g_strdup_printf ("%u", feature);

  if (number == GST_BUFFER_OFFSET_NONE)
    number = counted;
  return g_strdup_printf ("frame %" G_GUINT64_FORMAT "%s%s%s: feature %s",
      number, source->key ? " of key '" : "", source->key ? source->key : "",
      source->key ? "'" : "", name);
}

static gchar *
describe_bad (const GstLstmSession *session, const GstLstmSource *source,
    guint at, guint feature, guint64 counted)
{
  g_autofree gchar *place =
      gst_lstm_session_describe (session, source, at, feature, counted);

  return g_strdup_printf ("%s is %f", place,
      source->frames[(gsize) at * session->frames.n + feature]);
}

static void
refuse_bad (const gchar *where, GError **error)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "%s, expected a finite number: one NaN or Inf would stay in the model's "
      "memory for ever; mend the source, or set on-nan=reset|hold|pass",
      where);
}

/* Puts the frame before, or zeros, in place of bad numbers. @frames: [n][f] */
static void
hold_numbers (GstLstmSession *session, const GstLstmSource *source,
    gfloat *frames, guint n)
{
  guint f = session->frames.n;

  for (guint i = 0; i < n; i++, frames += f) {
    const gfloat *before = i > 0 ? frames - f : source->good;

    for (guint k = 0; k < f; k++) {
      if (isfinite (frames[k]))
        continue;
      frames[k] = before ? before[k] : 0.0f;
      session->n_bad++;
      session->counts->bad++;
    }
  }
}

static gboolean
run_held (GstLstmSession *session, GstLstmSource *source, guint n, gboolean bad,
    GError **error)
{
  gsize row = session->frames.n;
  gfloat *frames = source->frames + (gsize) (source->n_frames - n) * row;

  if (bad)
    hold_numbers (session, source, frames, n);
  if (source->good == NULL)
    source->good = g_new (gfloat, row);
  memcpy (source->good, frames + (n - 1) * row, row * sizeof (gfloat));
  return gst_lstm_session_run (session, source, error);
}

/* Appends @n frames that were taken away, with their tags. */
static void
put_back (GstLstmSource *source, const gfloat *frames, const GstLstmTag *tags,
    guint n)
{
  gfloat *to = gst_lstm_source_grow (source, n);

  memcpy (to, frames, (gsize) n * source->n_features * sizeof (gfloat));
  memcpy (source->tags + source->n_frames - n, tags, n * sizeof (GstLstmTag));
  source->total += n;
}

/* How many frames there are before the first with a bad number. */
static guint
count_good (const GstLstmSession *session, const gfloat *frames, guint n)
{
  guint good = 0, frame, feature;

  while (good < n &&
         !gst_lstm_frames_find_bad (&session->frames,
             frames + (gsize) good * session->frames.n, 1, &frame, &feature))
    good++;
  return good;
}

static gboolean
skip_bad (GstLstmSession *session, GstLstmSource *source, GError **error)
{
  if (!gst_lstm_session_drain_source (session, source, error))
    return FALSE;
  gst_lstm_source_restart (source);
  session->n_bad++;
  session->counts->bad++;
  session->counts->resets[GST_LSTM_CAUSE_NAN]++;
  gst_lstm_session_mark_discont (session);
  return TRUE;
}

/* Runs the frames between the bad ones, each run from the initial state. Of
 * the tags from @done on, rows have still to go. */
static gboolean
run_pieces (GstLstmSession *session, GstLstmSource *source,
    const gfloat *frames, GstLstmTag *tags, guint n, guint *done,
    GError **error)
{
  while (*done < n) {
    const gfloat *at = frames + (gsize) *done * session->frames.n;
    guint good = count_good (session, at, n - *done);

    if (good > 0) {
      put_back (source, at, tags + *done, good);
      *done += good;
      if (!gst_lstm_session_run (session, source, error))
        return FALSE;
    }
    if (*done == n)
      break;
    if (!skip_bad (session, source, error))
      return FALSE;
    g_clear_pointer (&tags[*done].rows, gst_lstm_rows_unref);
    *done += 1;
  }
  return TRUE;
}

static gboolean
run_with_resets (
    GstLstmSession *session, GstLstmSource *source, guint n, GError **error)
{
  guint old = source->n_frames - n, done = 0;
  gsize row = session->frames.n * sizeof (gfloat);
  g_autofree gfloat *frames =
      g_memdup2 (source->frames + (gsize) old * session->frames.n, n * row);
  g_autofree GstLstmTag *tags =
      g_memdup2 (source->tags + old, n * sizeof (GstLstmTag));
  gboolean ok;

  source->n_frames = old;
  source->total -= n;
  ok = run_pieces (session, source, frames, tags, n, &done, error);
  for (; done < n; done++)
    g_clear_pointer (&tags[done].rows, gst_lstm_rows_unref);
  return ok;
}

/* Runs the model on what waits, of which the @n newest frames were not yet seen
 * to be numbers. */
gboolean
gst_lstm_session_run_checked (
    GstLstmSession *session, GstLstmSource *source, guint n, GError **error)
{
  guint at = source->n_frames - n, frame, feature;
  GstLstmOnNan policy = session->options.on_nan;
  gboolean bad;

  if (policy == GST_LSTM_ON_NAN_PASS)
    return gst_lstm_session_run (session, source, error);
  bad = gst_lstm_frames_find_bad (&session->frames,
      source->frames + (gsize) at * session->frames.n, n, &frame, &feature);
  if (bad && session->n_bad == 0) {
    g_free (session->bad_first);
    session->bad_first = describe_bad (
        session, source, at + frame, feature, source->total - n + frame);
  }
  if (policy == GST_LSTM_ON_NAN_HOLD)
    return run_held (session, source, n, bad, error);
  if (!bad)
    return gst_lstm_session_run (session, source, error);
  if (policy == GST_LSTM_ON_NAN_RESET)
    return run_with_resets (session, source, n, error);
  refuse_bad (session->bad_first, error);
  return FALSE;
}
