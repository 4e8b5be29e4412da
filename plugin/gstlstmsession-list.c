/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of buffers: the frames of many keys step together. Frames and windows
 * are gathered as buffers come, and run side by side: the bits of an output do
 * not depend on what runs beside it. Whatever looks at a stream's state, or at
 * the order of results, settles what was gathered first. */

#include "gstlstmsession-private.h"

#include <string.h>

/* The most floats that go into one call, where streams' frames are copied side
 * by side. */
#define MAX_STAGED (1 << 18)

static void
entry_clear (gpointer data)
{
  gst_clear_caps (&((GstLstmEntry *) data)->key_caps);
}

void
gst_lstm_session_init_list (GstLstmSession *session)
{
  session->entries = g_array_new (FALSE, FALSE, sizeof (GstLstmEntry));
  g_array_set_clear_func (session->entries, entry_clear);
  session->gathered = g_ptr_array_new ();
  session->together = g_ptr_array_new ();
  session->staged = g_array_new (FALSE, FALSE, sizeof (gfloat));
}

void
gst_lstm_session_clear_list (GstLstmSession *session)
{
  g_array_unref (session->entries);
  g_ptr_array_unref (session->gathered);
  g_ptr_array_unref (session->together);
  g_array_unref (session->staged);
}

/**
 * gst_lstm_session_begin_list:
 * @session: a session
 *
 * What gst_lstm_session_feed() is given from now on is run together, at
 * gst_lstm_session_end_list() at the latest; not so where frames have an output
 * now and then.
 */
void
gst_lstm_session_begin_list (GstLstmSession *session)
{
  guint first = 0;
  guint rate = lstm_plan_get_output_rate (session->plan, &first);
  gboolean every = session->windows || (rate == 1 && first == 0);

  session->gathering = every && session->batch == 1 && !session->keep_final;
}

/* Notes the items that the newest frames of @source complete. */
void
gst_lstm_session_gather (GstLstmSession *session, GstLstmSource *source)
{
  guint items = gst_lstm_session_count_items (session, source);
  GstLstmEntry entry = { .source = source, .first = source->n_gathered };

  if (source->flight != NULL)
    gst_lstm_flight_end (source->flight, source->n_frames);
  if (items == source->n_gathered)
    return;
  if (source->n_gathered == 0)
    g_ptr_array_add (session->gathered, source);
  entry.n = items - source->n_gathered;
  entry.key_caps = source->key_caps ? gst_caps_ref (source->key_caps) : NULL;
  source->n_gathered = items;
  g_array_append_val (session->entries, entry);
}

/* ---- running ---- */

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  const GstLstmSource *x = *(GstLstmSource *const *) a;
  const GstLstmSource *y = *(GstLstmSource *const *) b;

  return (x->n_gathered < y->n_gathered) - (x->n_gathered > y->n_gathered);
}

/* Frames that @items items reach over. */
static gsize
reach (const GstLstmSession *session, guint items)
{
  return (gsize) (items - 1) * session->stride + session->steps;
}

/* The frames of each source's items from @first on, side by side. */
static const gfloat *
stage (GstLstmSession *session, GstLstmSource *const *sources, guint n,
    guint first, guint items)
{
  gsize skipped = (gsize) first * session->stride * session->frames.n;
  gsize size = reach (session, items) * session->frames.n;
  gfloat *to;

  if (n == 1)
    return sources[0]->frames + skipped;
  g_array_set_size (session->staged, (guint) (n * size));
  to = (gfloat *) session->staged->data;
  for (guint i = 0; i < n; i++, to += size)
    memcpy (to, sources[i]->frames + skipped, size * sizeof (gfloat));
  return (const gfloat *) session->staged->data;
}

/* From where the model wrote them to where results wait. */
static void
scatter (GstLstmSession *session, const GstLstmPort *port,
    GstLstmSource *const *sources, guint n, guint first, guint items)
{
  gsize out = (gsize) port->frames * port->features;
  gsize step = (gsize) port->item_frames * port->features;
  const gfloat *from = port->to + (step - out);

  for (guint i = 0; i < n; i++) {
    gfloat *to = (gfloat *) session->output->data + port->begin +
                 (sources[i]->place + first) * out;

    for (guint k = 0; k < items; k++, from += step, to += out)
      memcpy (to, from, out * sizeof (gfloat));
  }
}

/* Each stream's items follow each other, streams stand side by side. */
static void
set_outputs (GstLstmSession *session, guint n_streams, guint items)
{
  for (guint i = 0; i < session->n_ports; i++) {
    GstLstmPort *port = &session->ports[i];
    gsize step = (gsize) port->item_frames * port->features;

    port->to = NULL;
    if (port->wanted) {
      g_array_set_size (port->scratch, (guint) (n_streams * items * step));
      port->to = (gfloat *) port->scratch->data;
    }
    session->outputs[i] = (LstmOutput){ port->to, items * step, step };
  }
}

static gboolean
run_together (GstLstmSession *session, GstLstmSource *const *sources, guint n,
    guint first, guint items, GError **error)
{
  LstmInput input = { .data = stage (session, sources, n, first, items),
    .stream_stride = reach (session, items) * session->frames.n,
    .item_stride = (gsize) session->stride * session->frames.n };

  g_ptr_array_set_size (session->together, 0);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (session->together, sources[i]->streams[0]);
  set_outputs (session, n, items);
  if (!gst_lstm_session_call (session,
          (LstmStream *const *) session->together->pdata, n, items, &input,
          error))
    return FALSE;
  for (guint i = 0; i < session->n_ports; i++)
    if (session->ports[i].wanted)
      scatter (session, &session->ports[i], sources, n, first, items);
  return TRUE;
}

/* Items [@first, @end) of the first @n sources, which all have so many. */
static gboolean
run_rounds (
    GstLstmSession *session, guint n, guint first, guint end, GError **error)
{
  GstLstmSource **sources = (GstLstmSource **) session->gathered->pdata;
  gsize size = reach (session, end - first) * session->frames.n;
  guint most = (guint) CLAMP (MAX_STAGED / size, 1, n);

  for (guint i = 0; i < n; i += most)
    if (!run_together (
            session, sources + i, MIN (most, n - i), first, end - first, error))
      return FALSE;
  return TRUE;
}

/* Sources by falling number of items: those that have more than so many come
 * first, and step together. */
static gboolean
run_gathered (GstLstmSession *session, GError **error)
{
  GstLstmSource **sources = (GstLstmSource **) session->gathered->pdata;
  guint n = session->gathered->len, done = 0;

  g_ptr_array_sort (session->gathered, compare_items);
  while (n > 0) {
    guint end = sources[n - 1]->n_gathered;

    if (!run_rounds (session, n, done, end, error))
      return FALSE;
    for (done = end; n > 0 && sources[n - 1]->n_gathered == done;)
      n--;
  }
  return TRUE;
}

/* Room for all that goes out; each source's items stand together. FALSE if that
 * is too much. */
static gboolean
place_sources (GstLstmSession *session, GError **error)
{
  gsize items = 0;

  for (guint i = 0; i < session->gathered->len; i++) {
    GstLstmSource *source = g_ptr_array_index (session->gathered, i);

    source->place = items;
    items += source->n_gathered;
  }
  if (!gst_lstm_session_check_room (session, items, error))
    return FALSE;
  session->begin = session->output->len;
  for (guint i = 0; i < session->n_ports; i++) {
    GstLstmPort *port = &session->ports[i];

    port->begin = session->output->len;
    if (port->wanted)
      g_array_set_size (session->output,
          (guint) (port->begin + items * port->frames * port->features));
  }
  return TRUE;
}

static void
queue_entries (GstLstmSession *session)
{
  for (guint i = 0; i < session->entries->len; i++)
    gst_lstm_session_queue_entry (
        session, &g_array_index (session->entries, GstLstmEntry, i));
}

static void
forget_gathered (GstLstmSession *session, gboolean ran)
{
  for (guint i = 0; i < session->gathered->len; i++) {
    GstLstmSource *source = g_ptr_array_index (session->gathered, i);
    guint items = source->n_gathered;

    source->n_gathered = 0;
    source->place = 0;
    if (ran)
      gst_lstm_session_drop_used (session, source, items);
    else
      gst_lstm_source_reset (source);
  }
  g_ptr_array_set_size (session->gathered, 0);
  g_array_set_size (session->entries, 0);
}

/**
 * gst_lstm_session_settle:
 * @session: a session
 * @error: return location for a #GError
 *
 * Runs what was gathered, and queues the results in the order in which buffers
 * came.
 *
 * Returns: %FALSE if the data cannot be processed; the streams that had
 *   something to run are then as after a reset
 */
gboolean
gst_lstm_session_settle (GstLstmSession *session, GError **error)
{
  gboolean ok;

  if (session->gathered->len == 0)
    return TRUE;
  session->out_first = 0;
  ok = place_sources (session, error) && run_gathered (session, error);
  if (ok)
    queue_entries (session);
  forget_gathered (session, ok);
  return ok;
}

/**
 * gst_lstm_session_end_list:
 * @session: a session
 * @error: return location for a #GError
 *
 * Runs what was gathered; buffers that come now are run at once.
 *
 * Returns: %FALSE if the data cannot be processed
 */
gboolean
gst_lstm_session_end_list (GstLstmSession *session, GError **error)
{
  session->gathering = FALSE;
  return gst_lstm_session_settle (session, error);
}
