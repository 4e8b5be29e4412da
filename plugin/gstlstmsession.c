/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmsession.h"

#include "gstlstmsource.h"

#include <string.h>

/* How many keys a message about leftovers names. */
#define MAX_EXAMPLES 5

struct _GstLstmSession {
  LstmPlan *plan;
  LstmContext *context;
  GstLstmFrames frames;
  const gchar *const *names; /* of features, borrowed, or NULL */
  gboolean windows;          /* window mode */
  gboolean refuse_nan;
  guint steps;      /* frames of an item: the window, or 1 */
  guint stride;     /* frames from an item to the next */
  guint out_frames; /* of an item */
  guint out_features;
  guint rate;
  GstLstmSource *unkeyed;
  GHashTable *keyed;   /* key -> GstLstmSource */
  GstLstmSource *last; /* of the last buffer */
  GArray *output;      /* gfloat */
  GArray *tags;        /* GstLstmTag of each output frame, borrowed */
  GString *example;    /* of keys that a reset took away */
  guint leftover_keys;
  guint64 leftover_frames;
  guint64 leftover_bytes;
};

/**
 * gst_lstm_session_new:
 * @plan: a plan of a model with one input
 * @stride: window mode: frames from the start of a window to the next's
 * @n_features: of a frame
 * @scaling: (nullable): how features are scaled
 * @refuse_nan: whether NaN and Inf are errors
 *
 * Returns: (transfer full): a session without streams
 */
GstLstmSession *
gst_lstm_session_new (LstmPlan *plan, guint stride, guint n_features,
    const LstmScaling *scaling, gboolean refuse_nan)
{
  GstLstmSession *session = g_new0 (GstLstmSession, 1);

  session->plan = lstm_plan_ref (plan);
  session->context = lstm_context_new (plan);
  session->windows = lstm_plan_get_mode (plan) == LSTM_MODE_WINDOW;
  session->steps = lstm_plan_get_steps (plan);
  session->stride = session->windows ? stride : 1;
  session->out_frames = lstm_plan_get_output_frames (plan, 0);
  session->out_features =
      lstm_plan_get_output_size (plan, 0) / session->out_frames;
  session->refuse_nan = refuse_nan;
  session->rate = 1;
  session->keyed = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) gst_lstm_source_free);
  session->output = g_array_new (FALSE, FALSE, sizeof (gfloat));
  session->tags = g_array_new (FALSE, FALSE, sizeof (GstLstmTag));
  session->example = g_string_new (NULL);
  gst_lstm_frames_init (&session->frames, n_features, scaling);
  return session;
}

/**
 * gst_lstm_session_free:
 * @session: (transfer full): a session
 */
void
gst_lstm_session_free (GstLstmSession *session)
{
  g_clear_pointer (&session->unkeyed, gst_lstm_source_free);
  g_hash_table_unref (session->keyed);
  g_array_unref (session->output);
  g_array_unref (session->tags);
  g_string_free (session->example, TRUE);
  gst_lstm_frames_clear (&session->frames);
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

/**
 * gst_lstm_session_set_rate:
 * @session: a session
 * @rate: frames per second
 */
void
gst_lstm_session_set_rate (GstLstmSession *session, guint rate)
{
  session->rate = rate;
}

/**
 * gst_lstm_session_get_output_features:
 * @session: a session
 *
 * Returns: features of an output frame
 */
guint
gst_lstm_session_get_output_features (GstLstmSession *session)
{
  return session->out_features;
}

/**
 * gst_lstm_session_get_ratio:
 * @session: a session
 * @frames_out: (out): so many frames go out
 * @frames_in: (out): for so many that come in
 */
void
gst_lstm_session_get_ratio (
    GstLstmSession *session, guint *frames_out, guint *frames_in)
{
  *frames_out = session->out_frames;
  *frames_in = session->stride;
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

/* How long @n frames last. All times are made of whole numbers of frames, so
 * that they never drift. */
static GstClockTime
span_time (const GstLstmSession *session, guint64 n)
{
  return gst_util_uint64_scale (n, GST_SECOND, session->rate);
}

/**
 * gst_lstm_session_get_latency:
 * @session: a session
 *
 * Returns: how long the first frame of a window waits for its last one
 */
GstClockTime
gst_lstm_session_get_latency (GstLstmSession *session)
{
  return span_time (session, session->steps - 1);
}

static GstLstmSource *
find_source (GstLstmSession *session, const gchar *key)
{
  GstLstmSource *source = session->last;

  if (key == NULL) {
    if (session->unkeyed == NULL)
      session->unkeyed =
          gst_lstm_source_new (NULL, session->plan, session->frames.n);
    return session->unkeyed;
  }
  if (source != NULL && strcmp (source->key, key) == 0)
    return source;
  source = g_hash_table_lookup (session->keyed, key);
  if (source == NULL) {
    source = gst_lstm_source_new (key, session->plan, session->frames.n);
    g_hash_table_insert (session->keyed, source->key, source);
  }
  return session->last = source;
}

/* ---- bytes to frames ---- */

static void
tag_frames (GstLstmSession *session, GstLstmSource *source,
    const GstLstmFeed *feed, guint n, gboolean begun)
{
  GstLstmTag *tags = source->tags + source->n_frames - n;
  guint n_rows = feed->rows ? gst_lstm_rows_get_n_rows (feed->rows) : 0;

  for (guint i = 0; i < n; i++) {
    tags[i].index = source->counted + i;
    tags[i].pts = GST_CLOCK_TIME_NONE;
    if (GST_CLOCK_TIME_IS_VALID (source->base))
      tags[i].pts = source->base + span_time (session, tags[i].index);
    tags[i].number = feed->number;
    if (feed->number != GST_BUFFER_OFFSET_NONE)
      tags[i].number += i - (begun && feed->number > 0 ? 1 : 0);
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
keep_partial (GstLstmSource *source, const guint8 *data, gsize size)
{
  if (size == 0)
    return;
  if (source->partial == NULL)
    source->partial = g_byte_array_new ();
  g_byte_array_append (source->partial, data, size);
}

/* Appends the whole frames to those that wait; returns how many there were. */
static guint
take_frames (
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
  keep_partial (
      source, data + n * whole, feed->size - taken - (gsize) n * whole);
  if (n + begun > 0)
    tag_frames (session, source, feed, n + begun, begun);
  source->total += n + begun;
  return n + begun;
}

static gboolean
check_finite (GstLstmSession *session, const GstLstmSource *source, guint n,
    GError **error)
{
  const gfloat *data =
      source->frames + (gsize) (source->n_frames - n) * session->frames.n;
  g_autofree gchar *name = NULL;
  guint frame, feature;
  guint64 number;

  if (!session->refuse_nan ||
      !gst_lstm_frames_find_bad (&session->frames, data, n, &frame, &feature))
    return TRUE;
  number = source->tags[source->n_frames - n + frame].number;
  if (number == GST_BUFFER_OFFSET_NONE)
    number = source->total - n + frame;
  name = session->names ? g_strdup_printf ("'%s'", session->names[feature])
                        : g_strdup_printf ("%u", feature);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "frame %" G_GUINT64_FORMAT "%s%s%s: feature %s is %f, expected a finite "
      "number: one NaN or Inf would stay in the model's memory for ever; mend "
      "the source, or set on-nan=pass",
      number, source->key ? " of key '" : "", source->key ? source->key : "",
      source->key ? "'" : "", name,
      data[(gsize) frame * session->frames.n + feature]);
  return FALSE;
}

/* ---- frames to outputs ---- */

static gfloat *
grow_output (GstLstmSession *session, guint items)
{
  gsize row = (gsize) session->out_frames * session->out_features;

  g_array_set_size (session->output, items * row);
  return (gfloat *) session->output->data;
}

static gboolean
process (
    GstLstmSession *session, GstLstmSource *source, guint items, GError **error)
{
  gsize in_step = (gsize) session->stride * session->frames.n;
  gsize out_step = (gsize) session->out_frames * session->out_features;
  guint n_outputs =
      lstm_model_get_n_outputs (lstm_plan_get_model (session->plan));
  LstmInput input = { source->frames, 0, in_step };
  LstmOutput *outputs = g_newa0 (LstmOutput, n_outputs);
  LstmStatus status;

  outputs[0] = (LstmOutput){ grow_output (session, items), 0, out_step };
  status = lstm_context_process (
      session->context, &source->stream, 1, items, &input, outputs);
  if (status == LSTM_STATUS_OK)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "an Embedding layer has no row for an index in the input: indices must "
      "be whole numbers from 0 to its input_dim - 1");
  return FALSE;
}

/* Tags of the output frames of `items` items: a sequence has its own frames', a
 * single output that of the last frame. */
static void
tag_outputs (GstLstmSession *session, GstLstmSource *source, guint items)
{
  gboolean sequence = session->out_frames == session->steps;

  g_array_set_size (session->tags, 0);
  for (guint k = 0; k < items; k++) {
    guint first = k * session->stride;

    for (guint i = 0; i < session->out_frames; i++)
      g_array_append_val (session->tags,
          source->tags[sequence ? first + i : first + session->steps - 1]);
  }
}

/* The kept columns of the output frames: shared text where all stand in one
 * buffer's rows, as is the rule, else copied. */
static GstLstmRows *
collect_rows (GstLstmSession *session)
{
  const GstLstmTag *tags = (const GstLstmTag *) session->tags->data;
  guint n = session->tags->len, n_columns;
  g_autofree guint *indices = g_new (guint, n);
  g_autoptr (GPtrArray) cells = NULL;
  gboolean shared = TRUE;

  for (guint i = 0; i < n; i++) {
    if (tags[i].rows == NULL)
      return NULL;
    shared = shared && tags[i].rows == tags[0].rows;
    indices[i] = tags[i].row;
  }
  if (shared)
    return gst_lstm_rows_select (tags[0].rows, indices, n);
  n_columns = gst_lstm_rows_get_n_columns (tags[0].rows);
  cells = g_ptr_array_new ();
  for (guint i = 0; i < n; i++) {
    if (gst_lstm_rows_get_n_columns (tags[i].rows) != n_columns)
      return NULL;
    for (guint c = 0; c < n_columns; c++)
      g_ptr_array_add (
          cells, (gpointer) gst_lstm_rows_get (tags[i].rows, tags[i].row, c));
  }
  return gst_lstm_rows_new (n, n_columns, (const gchar *const *) cells->pdata);
}

static void
fill_result (GstLstmSession *session, GstLstmSource *source, guint items,
    GstLstmResult *result)
{
  const GstLstmTag *first;
  guint64 span = (guint64) items * session->stride;

  tag_outputs (session, source, items);
  first = &g_array_index (session->tags, GstLstmTag, 0);
  result->data = (const gfloat *) session->output->data;
  result->n_frames = items * session->out_frames;
  result->number = first->number;
  result->pts = first->pts;
  result->duration = span_time (session, first->index + span) -
                     span_time (session, first->index);
  result->rows = first->rows ? collect_rows (session) : NULL;
}

/* How many windows the frames that wait make. */
static guint
count_items (const GstLstmSession *session, const GstLstmSource *source)
{
  if (source->n_frames < session->steps)
    return 0;
  return (source->n_frames - session->steps) / session->stride + 1;
}

/* Frames that no later window needs. With stride > steps some of them are yet
 * to come. */
static void
drop_used (GstLstmSession *session, GstLstmSource *source, guint items)
{
  guint done = items * session->stride;
  guint dropped = MIN (done, source->n_frames);

  if (items == 0)
    return;
  source->had_window = TRUE;
  source->n_covered =
      MAX (source->n_covered, (items - 1) * session->stride + session->steps);
  source->n_covered = MIN (source->n_covered, source->n_frames);
  source->skip = done - dropped;
  gst_lstm_source_drop (source, dropped);
}

static void
drop_skipped (GstLstmSource *source)
{
  guint n = MIN (source->skip, source->n_frames);

  source->skip -= n;
  gst_lstm_source_drop (source, n);
}

/* Counting starts anew where time does. A buffer's time is that of the first
 * frame that begins in it: one begun earlier lies before. */
static void
sync_time (const GstLstmSession *session, GstLstmSource *source,
    const GstLstmFeed *feed)
{
  gboolean known = GST_CLOCK_TIME_IS_VALID (source->base);

  if (!GST_CLOCK_TIME_IS_VALID (feed->pts))
    return;
  if (known && !feed->resync && feed->key == NULL)
    return;
  source->base = feed->pts;
  source->counted = 0;
  if (source->partial != NULL && source->partial->len > 0)
    source->base -= MIN (feed->pts, span_time (session, 1));
}

/**
 * gst_lstm_session_feed:
 * @session: a session
 * @feed: what a buffer brings
 * @result: (out): what came out; n_frames is 0 where more is needed
 * @error: return location for a #GError
 *
 * Returns: %FALSE if the data cannot be processed; the key is then as after a
 *   reset
 */
gboolean
gst_lstm_session_feed (GstLstmSession *session, const GstLstmFeed *feed,
    GstLstmResult *result, GError **error)
{
  GstLstmSource *source = find_source (session, feed->key);
  guint n, items;

  memset (result, 0, sizeof *result);
  sync_time (session, source, feed);
  n = take_frames (session, source, feed);
  if (n == 0)
    return TRUE;
  if (!check_finite (session, source, n, error)) {
    gst_lstm_source_reset (source);
    return FALSE;
  }
  drop_skipped (source);
  items = count_items (session, source);
  if (items > 0) {
    if (!process (session, source, items, error)) {
      gst_lstm_source_reset (source);
      return FALSE;
    }
    fill_result (session, source, items, result);
  }
  drop_used (session, source, items);
  return TRUE;
}

/* ---- resets and ends ---- */

static void
count_leftover (GstLstmSession *session, GstLstmSource *source)
{
  guint uncovered =
      source->n_frames - MIN (source->n_covered, source->n_frames);

  session->leftover_bytes += source->partial ? source->partial->len : 0;
  if (uncovered == 0)
    return;
  session->leftover_frames += uncovered;
  if (source->had_window)
    return;
  session->leftover_keys++;
  if (source->key == NULL || session->leftover_keys > MAX_EXAMPLES)
    return;
  g_string_append_printf (session->example,
      "%s%s (%" G_GUINT64_FORMAT " frames)",
      session->example->len > 0 ? ", " : "", source->key, source->total);
}

/* Keys in the order of their first frame would need a list; by name is what a
 * reader of a message looks for. */
static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  const GstLstmSource *x = *(GstLstmSource *const *) a;
  const GstLstmSource *y = *(GstLstmSource *const *) b;
  gint64 m = g_ascii_strtoll (x->key, NULL, 10);
  gint64 n = g_ascii_strtoll (y->key, NULL, 10);

  if (m != n)
    return m < n ? -1 : 1;
  return strcmp (x->key, y->key);
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
  g_ptr_array_sort (sources, compare_keys);
  return sources;
}

/**
 * gst_lstm_session_reset:
 * @session: a session
 *
 * Puts every stream into its initial state; frames that wait are counted as
 * left over and dropped.
 */
void
gst_lstm_session_reset (GstLstmSession *session)
{
  g_autoptr (GPtrArray) sources = sorted_sources (session);

  for (guint i = 0; i < sources->len; i++)
    count_leftover (session, g_ptr_array_index (sources, i));
  if (session->unkeyed != NULL) {
    count_leftover (session, session->unkeyed);
    gst_lstm_source_reset (session->unkeyed);
  }
  session->last = NULL;
  g_hash_table_remove_all (session->keyed);
}

/**
 * gst_lstm_session_reset_key:
 * @session: a session
 * @key: (nullable): which stream
 *
 * The same for one stream.
 */
void
gst_lstm_session_reset_key (GstLstmSession *session, const gchar *key)
{
  GstLstmSource *source =
      key ? g_hash_table_lookup (session->keyed, key) : session->unkeyed;

  if (source == NULL)
    return;
  count_leftover (session, source);
  gst_lstm_source_reset (source);
}

static void
finish_source (GstLstmSession *session, GstLstmSource *source)
{
  count_leftover (session, source);
  gst_lstm_source_drop (source, source->n_frames);
  if (source->partial != NULL)
    g_byte_array_set_size (source->partial, 0);
}

/**
 * gst_lstm_session_finish:
 * @session: a session
 *
 * The stream is at its end: frames that wait are counted as left over and
 * dropped; states stay.
 */
void
gst_lstm_session_finish (GstLstmSession *session)
{
  g_autoptr (GPtrArray) sources = sorted_sources (session);

  for (guint i = 0; i < sources->len; i++)
    finish_source (session, g_ptr_array_index (sources, i));
  if (session->unkeyed != NULL)
    finish_source (session, session->unkeyed);
}

/**
 * gst_lstm_session_take_leftover:
 * @session: a session
 * @leftover: (out): what resets have dropped since the last call
 */
void
gst_lstm_session_take_leftover (
    GstLstmSession *session, GstLstmLeftover *leftover)
{
  leftover->keys = session->leftover_keys;
  leftover->frames = session->leftover_frames;
  leftover->bytes = session->leftover_bytes;
  if (leftover->keys > MAX_EXAMPLES && session->example->len > 0)
    g_string_append (session->example, ", ...");
  leftover->example =
      session->example->len > 0 ? g_strdup (session->example->str) : NULL;
  session->leftover_keys = 0;
  session->leftover_frames = 0;
  session->leftover_bytes = 0;
  g_string_truncate (session->example, 0);
}
