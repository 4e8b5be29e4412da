/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm does with buffers. */

#include "gstlstm-private.h"

#include <gst/lstm/lstm.h>
#include "gstlstmrows.h"

#define GST_CAT_DEFAULT gst_lstm_debug

void
gst_lstm_clear_stream (GstLstm *self)
{
  g_clear_pointer (&self->channels, g_strfreev);
  g_clear_pointer (&self->key_name, g_free);
  g_clear_pointer (&self->keep_names, g_strfreev);
  self->layout_sent = FALSE;
  self->irregular = FALSE;
  self->refused = FALSE;
  self->tensor_size = 0;
  self->flexible = FALSE;
  self->n_pushed = 0;
  gst_lstm_clear_pool (self);
  gst_lstm_clear_outputs (self);
}

/* ---- buffers ---- */

static gboolean
begin_buffer (
    GstLstm *self, GstBuffer *buffer, GstLstmFeed *feed, GError **error)
{
  GstBufferFlags jump = GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC;

  feed->number = GST_BUFFER_OFFSET_NONE;
  feed->position = GST_BUFFER_OFFSET_END (buffer);
  feed->pts = GST_BUFFER_PTS (buffer);
  feed->duration = GST_BUFFER_DURATION (buffer);
  feed->irregular = self->irregular;
  feed->rows = gst_buffer_get_lstm_rows (buffer);
  feed->gap = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  gst_buffer_get_lstm_key (buffer, &feed->key_caps, &feed->key, &feed->number);
  feed->resync = (GST_BUFFER_FLAGS (buffer) & jump) != 0 ||
                 gst_lstm_session_jumps (self->setup.session, feed);
  if (!feed->resync || !(self->setup.reset_on & GST_LSTM_RESET_DISCONT))
    return TRUE;
  return gst_lstm_session_resync_key (self->setup.session, feed->key, error);
}

/* Frames that are left out leave a hole in the output. */
static GstFlowReturn
pass_gap (GstLstm *self, GstBuffer *buffer)
{
  GstFlowReturn flow = gst_lstm_push_results (self);
  GstEvent *event;

  if (flow != GST_FLOW_OK || !GST_BUFFER_PTS_IS_VALID (buffer))
    return flow;
  event =
      gst_event_new_gap (GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));
  gst_lstm_forward_event (self, event);
  gst_pad_push_event (GST_BASE_TRANSFORM (self)->srcpad, event);
  return flow;
}

/* Why a buffer did not come to the session. */
typedef enum { FAULT_NONE, FAULT_SIZE, FAULT_MAP } Fault;

/* What became of a buffer. */
typedef struct {
  Fault fault;
  GError *error;
  gchar *bad;     /* the first number that was none */
  gchar *outside; /* the first number out of range, if it is to be told */
  gboolean stop;
  GstLstmLeftover left;
  gboolean gap; /* its frames were left out */
} Outcome;

static gboolean
has_news (const Outcome *outcome)
{
  return outcome->fault != FAULT_NONE || outcome->error != NULL ||
         outcome->bad != NULL || outcome->outside != NULL || outcome->stop ||
         outcome->gap;
}

static void
clear_outcome (Outcome *outcome)
{
  g_clear_error (&outcome->error);
  g_free (outcome->bad);
  g_free (outcome->outside);
  g_free (outcome->left.example);
}

/* With the state lock held. */
static void
feed_buffer (
    GstLstm *self, GstBuffer *buffer, const GstMapInfo *map, Outcome *outcome)
{
  GstLstmSession *session = self->setup.session;
  GstLstmFeed feed = { .data = map->data, .size = map->size };
  gboolean ok;

  ok = (!self->flexible ||
           gst_lstm_take_header (self, &feed, &outcome->error)) &&
       begin_buffer (self, buffer, &feed, &outcome->error) &&
       gst_lstm_session_feed (session, &feed, &outcome->error);
  outcome->gap = feed.gap && self->setup.gap != GST_LSTM_GAP_ZERO;
  outcome->bad = ok ? gst_lstm_session_take_bad (session) : NULL;
  outcome->outside = ok ? gst_lstm_session_take_outside (session) : NULL;
  outcome->stop = ok && gst_lstm_session_must_stop (session);
  if (outcome->stop)
    gst_lstm_session_take_leftover (session, &outcome->left);
  self->stats.buffers++;
}

static gboolean
map_buffer (GstLstm *self, GstBuffer *buffer, GstMapInfo *map, Outcome *outcome)
{
  if (self->tensor_size > 0 &&
      gst_buffer_get_size (buffer) != self->tensor_size)
    outcome->fault = FAULT_SIZE;
  else if (!gst_buffer_map (buffer, map, GST_MAP_READ))
    outcome->fault = FAULT_MAP;
  return outcome->fault == FAULT_NONE;
}

/* Lets go of the state lock; @start: when processing began. */
static void
end_feed (GstLstm *self, GstClockTime start)
{
  GstLstmSession *session = self->setup.session;
  GPtrArray *evicted;

  evicted = gst_lstm_session_take_evicted (session);
  gst_lstm_session_hand_over (session);
  gst_lstm_stats_add_time (&self->stats, gst_util_get_timestamp () - start);
  g_mutex_unlock (&self->state_lock);
  if (self->latency_stale)
    gst_lstm_update_latency (self);
  self->latency_stale = FALSE;
  if (evicted != NULL)
    gst_lstm_post_evicted (self, evicted);
}

static GstFlowReturn
tell_fault (GstLstm *self, GstBuffer *buffer, Fault fault)
{
  if (fault == FAULT_SIZE)
    GST_ELEMENT_ERROR (self, STREAM, DECODE,
        ("A buffer of %zu bytes came, expected one whole tensor of %zu bytes a "
         "buffer, as the caps have it",
            gst_buffer_get_size (buffer), self->tensor_size),
        (NULL));
  else
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A buffer of frames cannot be read (mapped)"), (NULL));
  return GST_FLOW_ERROR;
}

static GstFlowReturn
tell_outcome (GstLstm *self, GstBuffer *buffer, Outcome *outcome)
{
  if (outcome->fault != FAULT_NONE)
    return tell_fault (self, buffer, outcome->fault);
  if (outcome->error != NULL) {
    GST_ELEMENT_ERROR (
        self, STREAM, DECODE, ("%s", outcome->error->message), (NULL));
    return GST_FLOW_ERROR;
  }
  if (outcome->bad != NULL)
    gst_lstm_report_bad (self, outcome->bad);
  if (outcome->outside != NULL)
    gst_lstm_report_outside (self, outcome->outside);
  if (outcome->stop)
    return gst_lstm_report_leftover (self, &outcome->left);
  return outcome->gap ? pass_gap (self, buffer) : GST_FLOW_OK;
}

static GstFlowReturn
process (GstLstm *self, GstBuffer *buffer)
{
  Outcome outcome = { 0 };
  GstClockTime start;
  GstFlowReturn flow;
  GstMapInfo map;

  if (!map_buffer (self, buffer, &map, &outcome))
    return tell_fault (self, buffer, outcome.fault);
  start = gst_util_get_timestamp ();
  g_mutex_lock (&self->state_lock);
  feed_buffer (self, buffer, &map, &outcome);
  end_feed (self, start);
  gst_buffer_unmap (buffer, &map);
  flow = tell_outcome (self, buffer, &outcome);
  clear_outcome (&outcome);
  return flow;
}

/* Pads, formats and names are as the next buffer needs them. */
static GstFlowReturn
prepare (GstLstm *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  if (g_atomic_pointer_get (&self->reload_ready) != NULL) {
    GstFlowReturn flow = gst_lstm_reload_apply (self);

    if (flow != GST_FLOW_OK)
      return flow;
  }
  if (gst_pad_needs_reconfigure (trans->srcpad) &&
      !gst_base_transform_reconfigure (trans)) {
    gst_pad_mark_reconfigure (trans->srcpad);
    return GST_PAD_IS_FLUSHING (trans->srcpad) ? GST_FLOW_FLUSHING
                                               : GST_FLOW_NOT_NEGOTIATED;
  }
  if (!self->layout_sent && !gst_pad_has_current_caps (trans->sinkpad)) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        ("Frames came before caps: the source must say what they are"),
        ("Put a capsfilter before lstm: audio/x-raw,format=F32LE,..."));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  gst_lstm_send_layout (self);
  return gst_lstm_prepare_outputs (self);
}

/* Takes the place of the base class's, which drops buffers for QoS: a frame
 * that is dropped would spoil the state. */
GstFlowReturn
gst_lstm_submit_input_buffer (
    GstBaseTransform *trans, gboolean is_discont, GstBuffer *input)
{
  GstLstm *self = GST_LSTM (trans);
  g_autoptr (GstBuffer) buffer = input;
  GstFlowReturn flow = prepare (self);

  return flow == GST_FLOW_OK ? process (self, buffer) : flow;
}

/* ---- lists of buffers ---- */

/* Feeds buffers from number @i on, until there is something to tell of one;
 * returns the number of the next. */
static guint
feed_list (GstLstm *self, GstBufferList *list, guint i, Outcome *outcome)
{
  GstLstmSession *session = self->setup.session;
  GstClockTime start = gst_util_get_timestamp ();
  guint n = gst_buffer_list_length (list);
  GError *error = NULL;

  g_mutex_lock (&self->state_lock);
  if (!self->flexible) /* each of these has a format of its own */
    gst_lstm_session_begin_list (session);
  while (i < n && !has_news (outcome)) {
    GstBuffer *buffer = gst_buffer_list_get (list, i++);
    GstMapInfo map;

    if (!map_buffer (self, buffer, &map, outcome))
      break;
    feed_buffer (self, buffer, &map, outcome);
    gst_buffer_unmap (buffer, &map);
  }
  gst_lstm_session_end_list (session, &error);
  end_feed (self, start);
  if (outcome->error == NULL)
    outcome->error = g_steal_pointer (&error);
  g_clear_error (&error);
  return i;
}

/* The base class knows no lists. What buffers bring goes out before what there
 * is to tell of the last of them. */
GstFlowReturn
gst_lstm_chain_list (GstPad *pad, GstObject *parent, GstBufferList *input)
{
  GstLstm *self = GST_LSTM (parent);
  g_autoptr (GstBufferList) list = input;
  GstFlowReturn flow = GST_FLOW_OK;
  guint i = 0;

  while (flow == GST_FLOW_OK && i < gst_buffer_list_length (list)) {
    Outcome outcome = { 0 };

    flow = prepare (self);
    if (flow != GST_FLOW_OK)
      break;
    i = feed_list (self, list, i, &outcome);
    flow = gst_lstm_push_list (self);
    gst_lstm_save_states (self, flow);
    if (flow == GST_FLOW_OK)
      flow = tell_outcome (self, gst_buffer_list_get (list, i - 1), &outcome);
    clear_outcome (&outcome);
  }
  return flow;
}

/* Without it the base class takes the element for one that passes buffers on,
 * and hands upstream what downstream says of allocation. generate_output makes
 * the buffers, so it is never called. */
GstFlowReturn
gst_lstm_transform (GstBaseTransform *trans, GstBuffer *in, GstBuffer *out)
{
  g_return_val_if_reached (GST_FLOW_ERROR);
}

/* The base class would push to one pad only, and know of one flow. */
GstFlowReturn
gst_lstm_generate_output (GstBaseTransform *trans, GstBuffer **output)
{
  GstLstm *self = GST_LSTM (trans);
  GstFlowReturn flow = gst_lstm_push_results (self);

  *output = NULL;
  gst_lstm_save_states (self, flow);
  return flow;
}
