/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames to outputs: windows and batches run, what comes out queued. */

#include "gstlstmsession-private.h"

#include <string.h>

/* The most floats that come out at once: 2 GiB. A GArray counts no more than 8
 * times as many. */
#define MAX_OUTPUT (1u << 29)

/* ---- the queue of results ---- */

static void
clear_queue (GArray *results, GArray *output, guint taken)
{
  for (guint i = taken; i < results->len; i++) {
    GstLstmResult *result = &g_array_index (results, GstLstmResult, i);

    g_clear_pointer (&result->rows, gst_lstm_rows_unref);
    gst_clear_caps (&result->key_caps);
  }
  g_array_set_size (results, 0);
  g_array_set_size (output, 0);
}

/* Forgets results that nobody took. */
void
gst_lstm_session_clear_results (GstLstmSession *session)
{
  clear_queue (session->results, session->output, 0);
  clear_queue (session->handed_results, session->handed_output, session->taken);
  session->taken = 0;
}

static void
swap (GArray **a, GArray **b)
{
  GArray *old = *a;

  *a = *b;
  *b = old;
}

/**
 * gst_lstm_session_hand_over:
 * @session: a session
 *
 * Lets go of what came out: gst_lstm_session_take_result() takes it from now
 * on, and may do so while another thread calls the session. It touches what
 * that function touches.
 */
void
gst_lstm_session_hand_over (GstLstmSession *session)
{
  gsize before = session->handed_output->len;

  if (session->taken == session->handed_results->len) {
    g_array_set_size (session->handed_results, 0);
    g_array_set_size (session->handed_output, 0);
    session->taken = 0;
    swap (&session->results, &session->handed_results);
    swap (&session->output, &session->handed_output);
    return;
  }
  for (guint i = 0; i < session->results->len; i++) {
    GstLstmResult result = g_array_index (session->results, GstLstmResult, i);

    result.offset += before;
    g_array_append_val (session->handed_results, result);
  }
  g_array_append_vals (
      session->handed_output, session->output->data, session->output->len);
  g_array_set_size (session->results, 0);
  g_array_set_size (session->output, 0);
}

/**
 * gst_lstm_session_take_result:
 * @session: a session
 * @result: (out): the oldest output that was handed over; rows and caps are
 *   the caller's
 *
 * Returns: %FALSE if all have been taken
 */
gboolean
gst_lstm_session_take_result (GstLstmSession *session, GstLstmResult *result)
{
  if (session->taken == session->handed_results->len)
    return FALSE;
  *result =
      g_array_index (session->handed_results, GstLstmResult, session->taken);
  session->taken++;
  result->data = (const gfloat *) session->handed_output->data + result->offset;
  return TRUE;
}

/**
 * gst_lstm_session_has_results:
 * @session: a session
 *
 * Returns: whether something that was handed over is to be taken
 */
gboolean
gst_lstm_session_has_results (const GstLstmSession *session)
{
  return session->taken < session->handed_results->len;
}

/* The kept columns of the output frames: shared text where all stand in one
 * buffer's rows, as is the rule, else copied. */
static GstLstmRows *
collect_rows (const GstLstmTag *tags, guint n)
{
  guint n_columns;
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

/* ---- outputs of items ---- */

/* Whether the model writes where results wait, and nothing is left out. */
static gboolean
writes_direct (const GstLstmSession *session, const GstLstmPort *port)
{
  return port->frames == port->item_frames && !session->keep_final;
}

/* Frames kept for the end are kept of every output: one may be asked for until
 * then. */
static gboolean
runs (const GstLstmSession *session, const GstLstmPort *port)
{
  return port->wanted || session->keep_final;
}

/* Whether what @items items give is little enough for memory, beside what waits
 * to go out. Sliding windows give many times what comes in. */
gboolean
gst_lstm_session_check_room (
    const GstLstmSession *session, gsize items, GError **error)
{
  gsize left = MAX_OUTPUT - MIN (session->output->len, MAX_OUTPUT);
  gsize each = 0;

  for (guint i = 0; i < session->n_ports; i++) {
    const GstLstmPort *port = &session->ports[i];

    if (runs (session, port))
      each += (gsize) port->item_frames * port->features;
  }
  if (each == 0 || items <= left / each)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "%zu %s at once give outputs of %zu numbers each, and there is room for "
      "%zu numbers: send smaller buffers",
      items, session->windows ? "windows" : "frames", each, left);
  return FALSE;
}

/* Appends room for @n floats; what was there may move. */
static gfloat *
grow_output (GstLstmSession *session, gsize n)
{
  gsize old = session->output->len;

  g_array_set_size (session->output, (guint) (old + n));
  return (gfloat *) session->output->data + old;
}

static gfloat *
grow_scratch (GstLstmPort *port, guint items)
{
  g_array_set_size (port->scratch, items * port->item_frames * port->features);
  return (gfloat *) port->scratch->data;
}

/* Where the model writes `items` items of each output: where results wait, or
 * into scratch memory where only some frames go out, or for all if @scratch. */
void
gst_lstm_session_place_items (
    GstLstmSession *session, guint items, gboolean scratch)
{
  session->begin = session->output->len;
  for (guint i = 0; i < session->n_ports; i++) {
    GstLstmPort *port = &session->ports[i];
    gboolean direct = !scratch && writes_direct (session, port);

    port->begin = session->output->len;
    port->to = NULL;
    if (runs (session, port) && direct)
      grow_output (session, (gsize) items * port->frames * port->features);
    else if (runs (session, port))
      port->to = grow_scratch (port, items);
  }
  for (guint i = 0; i < session->n_ports; i++) {
    GstLstmPort *port = &session->ports[i];

    if (runs (session, port) && port->to == NULL)
      port->to = (gfloat *) session->output->data + port->begin;
  }
}

/* The last frame of each item's output. */
static void
copy_last (GstLstmSession *session, GstLstmPort *port, guint items)
{
  gsize row = port->features;
  const gfloat *from =
      (const gfloat *) port->scratch->data + (port->item_frames - 1) * row;
  gfloat *to;

  port->begin = session->output->len;
  to = grow_output (session, items * row);
  for (guint k = 0; k < items; k++) {
    memcpy (to, from, row * sizeof (gfloat));
    from += port->item_frames * row;
    to += row;
  }
}

static void
queue_result (GstLstmSession *session, GstLstmPort *port, GstCaps *key_caps,
    const GstLstmTag *tags, guint n, gsize offset, guint64 span)
{
  GstLstmResult result = {
    .output = (guint) (port - session->ports),
    .offset = offset,
    .n_frames = n,
    .number = tags->number,
    .pts = tags->pts,
    .duration = gst_lstm_session_span (session, tags->index + span) -
                gst_lstm_session_span (session, tags->index),
    .discont = port->discont,
    .rows = tags->rows ? collect_rows (tags, n) : NULL,
    .key_caps = key_caps ? gst_caps_ref (key_caps) : NULL,
  };

  if (session->rate_n == 0)
    result.duration = GST_CLOCK_TIME_NONE;
  if (tags->irregular)
    result.duration = n == 1 ? tags->lasts : GST_CLOCK_TIME_NONE;
  port->discont = FALSE;
  if (result.output == 0 && session->out_divisor != NULL)
    gst_lstm_session_scale_output (
        session, (gfloat *) session->output->data + offset, n);
  g_array_append_val (session->results, result);
}

/* Tags of the output frames of @n items from item @k on, of those that have an
 * output: a sequence has its own frames', a single output that of the last
 * frame. */
static const GstLstmTag *
tag_outputs (GstLstmSession *session, const GstLstmPort *port,
    const GstLstmSource *source, guint k, guint n)
{
  gboolean sequence = port->frames == session->steps;

  g_array_set_size (session->tags, 0);
  for (guint end = k + n; k < end; k++) {
    guint item = session->out_first + k * session->out_rate;
    guint first = item * session->stride;

    for (guint i = 0; i < port->frames; i++)
      g_array_append_val (session->tags,
          source->tags[sequence ? first + i : first + session->steps - 1]);
  }
  return (const GstLstmTag *) session->tags->data;
}

/* Queues what item @k of an entry brought one output: each item alone where
 * they go out whole, else all of them with the first. */
static void
queue_item (GstLstmSession *session, GstLstmPort *port,
    const GstLstmEntry *entry, guint k)
{
  guint n = port->whole_items ? 1 : entry->n;
  const GstLstmSource *source = entry->source;
  const GstLstmTag *tags;

  if (!port->wanted || (k > entry->first && !port->whole_items))
    return;
  tags = tag_outputs (session, port, source, k, n);
  queue_result (session, port, entry->key_caps, tags, n * port->frames,
      port->begin + (source->place + k) * port->frames * port->features,
      (guint64) n * session->stride * session->out_rate);
}

/* Queues what the items of an entry brought. */
void
gst_lstm_session_queue_entry (
    GstLstmSession *session, const GstLstmEntry *entry)
{
  for (guint k = entry->first; k < entry->first + entry->n; k++)
    for (guint i = 0; i < session->n_ports; i++)
      queue_item (session, &session->ports[i], entry, k);
}

void
gst_lstm_session_queue_items (
    GstLstmSession *session, GstLstmSource *source, guint items)
{
  GstLstmEntry entry = { source, source->key_caps, 0, items };

  for (guint i = 0; i < session->n_ports; i++) {
    GstLstmPort *port = &session->ports[i];

    if (port->wanted && !writes_direct (session, port))
      copy_last (session, port, items);
  }
  gst_lstm_session_queue_entry (session, &entry);
}

/* ---- running ---- */

/* What the data showed; nothing came out then. */
gboolean
gst_lstm_session_check (
    GstLstmSession *session, LstmStatus status, GError **error)
{
  if (status == LSTM_STATUS_OK)
    return TRUE;
  g_array_set_size (session->output, (guint) session->begin);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "an Embedding layer has no row for an index in the input: indices must "
      "be whole numbers from 0 to its input_dim - 1");
  return FALSE;
}

/* Runs the model on what @input says; outputs go where session->outputs says.
 */
gboolean
gst_lstm_session_call (GstLstmSession *session, LstmStream *const *streams,
    guint n_streams, guint items, const LstmInput *input, GError **error)
{
  LstmStatus status = lstm_context_process (
      session->context, streams, n_streams, items, input, session->outputs);

  session->counts->steps += (guint64) n_streams * items * session->steps;
  if (session->windows)
    session->counts->windows += (guint64) n_streams * items;
  return gst_lstm_session_check (session, status, error);
}

/* Item i of a stream is item i * n_streams of @frames: windows that stand side
 * by side in a batch follow each other in time. */
gboolean
gst_lstm_session_process (GstLstmSession *session, LstmStream *const *streams,
    guint n_streams, guint items, const gfloat *frames, GError **error)
{
  gsize in_step = (gsize) session->stride * session->frames.n;
  LstmInput input = { frames, in_step, in_step * n_streams };

  for (guint i = 0; i < session->n_ports; i++) {
    const GstLstmPort *port = &session->ports[i];
    gsize step = (gsize) port->item_frames * port->features;

    session->outputs[i] = (LstmOutput){ port->to, step, step * n_streams };
  }
  return gst_lstm_session_call (
      session, streams, n_streams, items, &input, error);
}

/* How many of `items` items had an output; finds the first that had. */
static guint
count_outputs (
    GstLstmSession *session, const GstLstmSource *source, guint items)
{
  session->out_first = 0;
  if (session->windows)
    return items;
  return lstm_stream_get_n_outputs (source->streams[0], &session->out_first);
}

/* Keeps the last frame of every output, of `items` that had one. */
static void
keep_final (GstLstmSession *session, GstLstmSource *source, guint items)
{
  guint last = session->out_first + (items - 1) * session->out_rate;
  gfloat *to = gst_lstm_source_keep_final (
      source, session->final_size, &source->tags[last]);

  for (guint i = 0; i < session->n_ports; i++) {
    const GstLstmPort *port = &session->ports[i];

    memcpy (to + port->final_at,
        port->to + (gsize) (items - 1) * port->features,
        port->features * sizeof (gfloat));
  }
}

/* Runs `items` items of what waits; their outputs are queued, or the last one
 * is kept. */
static gboolean
run_items (
    GstLstmSession *session, GstLstmSource *source, guint items, GError **error)
{
  if (!gst_lstm_session_check_room (session, items, error))
    return FALSE;
  gst_lstm_session_place_items (session, items, FALSE);
  if (!gst_lstm_session_process (session, source->streams, session->batch,
          items / session->batch, source->frames, error))
    return FALSE;
  items = count_outputs (session, source, items);
  if (items == 0)
    g_array_set_size (session->output, (guint) session->begin);
  else if (session->keep_final)
    keep_final (session, source, items);
  else
    gst_lstm_session_queue_items (session, source, items);
  return TRUE;
}

/* How many windows the frames that wait make. */
guint
gst_lstm_session_count_items (
    const GstLstmSession *session, const GstLstmSource *source)
{
  if (source->n_frames < session->steps)
    return 0;
  return (source->n_frames - session->steps) / session->stride + 1;
}

/* Frames that no later window needs. With stride > steps some of them are yet
 * to come. */
void
gst_lstm_session_drop_used (
    GstLstmSession *session, GstLstmSource *source, guint items)
{
  guint done = items * session->stride;
  guint dropped = MIN (done, source->n_frames);

  source->n_items += items;
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

/* Runs every full batch of what waits; in a list of buffers, notes what can be
 * run. */
gboolean
gst_lstm_session_run (
    GstLstmSession *session, GstLstmSource *source, GError **error)
{
  guint items;

  drop_skipped (source);
  if (session->gathering) {
    gst_lstm_session_gather (session, source);
    return TRUE;
  }
  items = gst_lstm_session_count_items (session, source);
  items -= items % session->batch;
  if (gst_lstm_session_slides (session, source))
    return gst_lstm_session_slide (session, source, items, error);
  if (items == 0)
    return TRUE;
  if (!run_items (session, source, items, error))
    return FALSE;
  gst_lstm_session_drop_used (session, source, items);
  return TRUE;
}

/* ---- what is left at an end ---- */

/* Takes one output of item @k of those of which only @n_real frames are the
 * stream's own: those that were filled in give none. */
static void
queue_short_item (GstLstmSession *session, GstLstmPort *port,
    const GstLstmSource *source, guint k, guint n_real)
{
  gboolean sequence = port->frames == session->steps;
  guint first = k * session->stride;
  guint real = MIN (session->steps, n_real - first);
  guint n = sequence && !port->whole_items ? real : port->frames;
  gsize row = port->features;
  const gfloat *from =
      port->to + ((gsize) (k + 1) * port->item_frames - port->frames) * row;
  gsize offset = session->output->len;

  g_array_set_size (session->tags, 0);
  for (guint i = 0; i < n; i++)
    g_array_append_val (session->tags,
        source->tags[first + (sequence ? MIN (i, real - 1) : real - 1)]);
  memcpy (grow_output (session, n * row), from, n * row * sizeof (gfloat));
  queue_result (session, port, source->key_caps,
      (const GstLstmTag *) session->tags->data, n, offset,
      MIN (session->stride, real));
}

static void
queue_short (
    GstLstmSession *session, GstLstmSource *source, guint items, guint n_real)
{
  for (guint k = 0; k < items; k++)
    for (guint i = 0; i < session->n_ports; i++)
      if (session->ports[i].wanted)
        queue_short_item (session, &session->ports[i], source, k, n_real);
}

/* Runs the last items side by side, fewer than a batch. The state that a window
 * with filled-in frames leaves behind is nobody's: it is thrown away. */
gboolean
gst_lstm_session_run_short (GstLstmSession *session, GstLstmSource *source,
    guint items, guint n_real, GError **error)
{
  gboolean padded = n_real < (items - 1) * session->stride + session->steps;
  LstmStream *kept = source->streams[items - 1];
  gboolean ok;

  if (!gst_lstm_session_check_room (session, items, error))
    return FALSE;
  gst_lstm_session_place_items (session, items, TRUE);
  if (padded)
    source->streams[items - 1] = lstm_stream_copy (kept);
  ok = gst_lstm_session_process (
      session, source->streams, items, 1, source->frames, error);
  if (padded)
    lstm_stream_free (source->streams[items - 1]);
  source->streams[items - 1] = kept;
  if (!ok)
    return FALSE;
  queue_short (session, source, items, n_real);
  source->n_items += items;
  return TRUE;
}

/* Queues the last outputs of a stream of which only those go out. */
void
gst_lstm_session_queue_final (GstLstmSession *session, GstLstmSource *source)
{
  if (!source->has_final)
    return;
  for (guint i = 0; i < session->n_ports; i++) {
    GstLstmPort *port = &session->ports[i];
    gsize offset = session->output->len;

    if (!port->wanted)
      continue;
    memcpy (grow_output (session, port->features),
        source->final + port->final_at, port->features * sizeof (gfloat));
    queue_result (session, port, source->key_caps, &source->final_tag, 1,
        offset, session->out_rate);
  }
  gst_lstm_source_clear_final (source);
}
