/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes out on the pads of lstm: events and buffers, and how that went.
 * All of this is the streaming thread's, but for the start of a flush. */

#include "gstlstm-private.h"

#include <gst/lstm/lstm.h>

#include "gstlstmlayout.h"
#include "gstlstmrows.h"
#include "gstlstmtensor.h"

#define GST_CAT_DEFAULT gst_lstm_debug

static GstLstmPad *
get_pad (GstLstm *self, guint i)
{
  return g_ptr_array_index (self->outputs, i);
}

/* A reset that an application asks for may bring something out meanwhile. */
static void
set_wanted (GstLstm *self, guint output, gboolean wanted)
{
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_set_wanted (self->setup.session, output, wanted);
  g_mutex_unlock (&self->state_lock);
}

/* ---- which pads there are ---- */

static gboolean
pads_changed (GstLstm *self)
{
  return g_atomic_int_get (&self->pads_cookie) != self->known_cookie;
}

static void
drop_pad (gpointer data, gpointer user_data)
{
  GstLstmPad *pad = data;
  GstLstm *self = user_data;

  set_wanted (self, pad->index, FALSE);
  gst_flow_combiner_remove_pad (self->flows, GST_PAD (pad));
}

static void
add_pad (GstLstm *self, GstLstmPad *pad)
{
  pad->ready = FALSE;
  pad->layout_sent = FALSE;
  pad->refused = FALSE;
  gst_flow_combiner_add_pad (self->flows, GST_PAD (pad));
}

/* The pads as they are asked for now. */
static void
collect_pads (GstLstm *self)
{
  g_autoptr (GPtrArray) before = self->outputs;

  self->outputs = g_ptr_array_new_with_free_func (gst_object_unref);
  GST_OBJECT_LOCK (self);
  self->known_cookie = g_atomic_int_get (&self->pads_cookie);
  for (GList *l = self->pads; l != NULL; l = l->next) {
    GstLstmPad *pad = l->data;

    if (pad->number < 0)
      continue;
    pad->index = (guint) pad->number;
    g_ptr_array_add (self->outputs, gst_object_ref (pad));
  }
  GST_OBJECT_UNLOCK (self);
  for (guint i = 0; i < self->outputs->len; i++)
    if (!g_ptr_array_remove_fast (before, get_pad (self, i)))
      add_pad (self, get_pad (self, i));
  g_ptr_array_foreach (before, drop_pad, self);
}

/* The stream is over: pads are found anew when there is one again. */
void
gst_lstm_clear_outputs (GstLstm *self)
{
  for (guint i = 0; i < self->outputs->len; i++)
    gst_flow_combiner_remove_pad (self->flows, GST_PAD (get_pad (self, i)));
  g_ptr_array_set_size (self->outputs, 0);
  gst_flow_combiner_reset (self->flows);
  g_atomic_int_inc (&self->pads_cookie);
}

/* ---- events ---- */

/* Each output is a stream of its own. */
static GstEvent *
new_stream_start (const GstLstmPad *pad, GstEvent *from)
{
  GstStreamFlags flags;
  const gchar *id;
  g_autofree gchar *own = NULL;
  guint group;
  GstEvent *event;

  gst_event_parse_stream_start (from, &id);
  gst_event_parse_stream_flags (from, &flags);
  own = g_strconcat (id, "/", pad->output, NULL);
  event = gst_event_new_stream_start (own);
  gst_event_set_stream_flags (event, flags);
  if (gst_event_parse_group_id (from, &group))
    gst_event_set_group_id (event, group);
  gst_event_set_seqnum (event, gst_event_get_seqnum (from));
  return event;
}

/* The stream that pad src has begun begins here, too. */
static void
start_stream (GstLstm *self, GstLstmPad *pad)
{
  g_autoptr (GstEvent) start = gst_pad_get_sticky_event (
      GST_BASE_TRANSFORM_SRC_PAD (self), GST_EVENT_STREAM_START, 0);
  g_autoptr (GstEvent) own =
      gst_pad_get_sticky_event (GST_PAD (pad), GST_EVENT_STREAM_START, 0);

  if (start != NULL && own == NULL)
    gst_pad_push_event (GST_PAD (pad), new_stream_start (pad, start));
}

/* Sends what pad src has said of the stream since its caps. */
static gboolean
copy_sticky (GstPad *src, GstEvent **event, gpointer user_data)
{
  GstLstmPad *pad = user_data;

  if (GST_EVENT_TYPE (*event) > GST_EVENT_CAPS &&
      !gst_event_has_name (*event, GST_LSTM_LAYOUT_EVENT_NAME))
    gst_pad_push_event (GST_PAD (pad), gst_event_ref (*event));
  return TRUE;
}

static GstEvent *
new_layout (GstLstm *self, guint output)
{
  g_auto (GStrv) names = gst_lstm_setup_name_channels (&self->setup, output);
  GstEvent *event = gst_lstm_layout_event_new ((const gchar *const *) names,
      self->key_name, (const gchar *const *) self->keep_names);

  gst_lstm_layout_event_set_irregular (event, self->irregular);
  return event;
}

static void
send_layout (GstLstm *self, GstLstmPad *pad)
{
  if (pad->layout_sent || !self->layout_sent ||
      !gst_pad_has_current_caps (GST_PAD (pad)))
    return;
  pad->layout_sent = TRUE;
  gst_pad_push_event (GST_PAD (pad), new_layout (self, pad->index));
}

/* The names of the channels, once caps are known, where they are new. */
void
gst_lstm_send_layout (GstLstm *self)
{
  GstPad *src = GST_BASE_TRANSFORM_SRC_PAD (self);

  if (self->layout_sent || !gst_pad_has_current_caps (src))
    return;
  self->layout_sent = TRUE;
  gst_pad_push_event (src, new_layout (self, 0));
  for (guint i = 0; i < self->outputs->len; i++) {
    get_pad (self, i)->layout_sent = FALSE;
    send_layout (self, get_pad (self, i));
  }
}

/* ---- caps of a request pad ---- */

static GstCaps *
choose_caps (GstLstm *self, GstLstmPad *pad)
{
  g_autoptr (GstCaps) in =
      gst_pad_get_current_caps (GST_BASE_TRANSFORM_SINK_PAD (self));
  g_autoptr (GstCaps) own = gst_lstm_output_caps (self, pad->index, in, NULL);
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (GST_PAD (pad), own);
  GstCaps *both = gst_caps_intersect_full (peer, own, GST_CAPS_INTERSECT_FIRST);

  if (!gst_caps_is_empty (both))
    return gst_caps_fixate (both);
  gst_caps_unref (both);
  if (!pad->refused)
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        ("Pad %s: what is linked to it takes none of the forms that output "
         "'%s' can have",
            GST_PAD_NAME (pad), pad->output),
        ("Expected %" GST_PTR_FORMAT, own));
  pad->refused = TRUE;
  return NULL;
}

static gboolean
negotiate (GstLstm *self, GstLstmPad *pad)
{
  g_autoptr (GstCaps) caps = choose_caps (self, pad);
  g_autoptr (GstCaps) before = gst_pad_get_current_caps (GST_PAD (pad));
  GstLstmTensor tensor;

  if (caps == NULL)
    return FALSE;
  g_mutex_lock (&self->state_lock);
  gst_lstm_session_set_whole_items (self->setup.session, pad->index,
      gst_lstm_tensor_from_caps (&tensor, caps));
  g_mutex_unlock (&self->state_lock);
  if (before != NULL && gst_caps_is_equal (before, caps))
    return TRUE;
  GST_INFO_OBJECT (pad, "%" GST_PTR_FORMAT, caps);
  return gst_pad_push_event (GST_PAD (pad), gst_event_new_caps (caps)) ||
         !gst_pad_is_linked (GST_PAD (pad));
}

/* Stream, caps, segment and the rest are known to the pad's peer, and whether
 * there is one. A pad without one costs nothing. FALSE: it refuses its caps. */
static gboolean
prepare (GstLstm *self, GstLstmPad *pad)
{
  GstPad *src = GST_BASE_TRANSFORM_SRC_PAD (self);
  gboolean linked = gst_pad_is_linked (GST_PAD (pad));
  GstFlowReturn flow = linked ? GST_FLOW_OK : GST_FLOW_NOT_LINKED;

  start_stream (self, pad);
  gst_pad_check_reconfigure (GST_PAD (pad));
  if (!negotiate (self, pad)) {
    gst_pad_mark_reconfigure (GST_PAD (pad));
    flow =
        GST_PAD_IS_FLUSHING (pad) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
  } else if (!pad->ready) {
    pad->ready = TRUE;
    gst_pad_sticky_events_foreach (src, copy_sticky, pad);
    send_layout (self, pad);
  }
  set_wanted (self, pad->index, flow == GST_FLOW_OK);
  gst_flow_combiner_update_pad_flow (self->flows, GST_PAD (pad), flow);
  return flow != GST_FLOW_NOT_NEGOTIATED;
}

/* Pads that came, or whose peer did, are made ready; pads that went are
 * forgotten. Returns whether the stream can go on. */
GstFlowReturn
gst_lstm_prepare_outputs (GstLstm *self)
{
  gboolean ok = TRUE;

  while (pads_changed (self))
    collect_pads (self);
  if (self->outputs->len == 0 ||
      !gst_pad_has_current_caps (GST_BASE_TRANSFORM_SRC_PAD (self)))
    return GST_FLOW_OK;
  for (guint i = 0; i < self->outputs->len; i++) {
    GstLstmPad *pad = get_pad (self, i);

    if (!pad->ready || gst_pad_needs_reconfigure (GST_PAD (pad)))
      ok &= prepare (self, pad);
  }
  if (ok || pads_changed (self)) /* a pad that is released refuses caps */
    return GST_FLOW_OK;
  return GST_FLOW_NOT_NEGOTIATED;
}

/* New caps came in, or how pushes went is forgotten: each pad is looked at anew
 * before it is next used. */
void
gst_lstm_renegotiate_outputs (GstLstm *self)
{
  for (guint i = 0; i < self->outputs->len; i++)
    gst_pad_mark_reconfigure (GST_PAD (get_pad (self, i)));
}

/* ---- events that come ---- */

/* What belongs to a format waits for it: prepare() sends it. */
static void
forward_to (GstLstmPad *pad, GstEvent *event)
{
  gboolean caps = gst_pad_has_current_caps (GST_PAD (pad));

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      gst_pad_push_event (GST_PAD (pad), new_stream_start (pad, event));
      break;
    case GST_EVENT_CAPS:
      break;
    default:
      if (caps || GST_EVENT_TYPE (event) == GST_EVENT_EOS ||
          !GST_EVENT_IS_STICKY (event))
        gst_pad_push_event (GST_PAD (pad), gst_event_ref (event));
      else
        pad->ready = FALSE;
  }
}

/* A flush begins beside the streaming thread. */
static void
forward_beside (GstLstm *self, GstEvent *event)
{
  g_autoptr (GPtrArray) pads =
      g_ptr_array_new_with_free_func (gst_object_unref);

  GST_OBJECT_LOCK (self);
  for (GList *l = self->pads; l != NULL; l = l->next)
    g_ptr_array_add (pads, gst_object_ref (l->data));
  GST_OBJECT_UNLOCK (self);
  for (guint i = 0; i < pads->len; i++)
    gst_pad_push_event (pads->pdata[i], gst_event_ref (event));
}

/* Sends what goes on to pad src to the others as well. */
void
gst_lstm_forward_event (GstLstm *self, GstEvent *event)
{
  if (!GST_EVENT_IS_SERIALIZED (event)) {
    forward_beside (self, event);
    return;
  }
  if (pads_changed (self))
    collect_pads (self);
  for (guint i = 0; i < self->outputs->len; i++)
    forward_to (get_pad (self, i), event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START ||
      GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    gst_flow_combiner_reset (self->flows);
    gst_lstm_renegotiate_outputs (self);
  }
}

/* ---- results ---- */

static GstBuffer *
result_to_buffer (GstLstm *self, GstLstmResult *result)
{
  GstLstmSession *session = self->setup.session;
  gsize size = (gsize) result->n_frames *
               gst_lstm_session_get_output_features (session, result->output) *
               sizeof (gfloat);
  GstBuffer *buffer = gst_lstm_new_output (self, size);

  gst_buffer_fill (buffer, 0, result->data, size);
  if (g_atomic_int_get (&self->post_messages))
    gst_lstm_post_output (self, result);
  GST_BUFFER_PTS (buffer) = result->pts;
  GST_BUFFER_DURATION (buffer) = result->duration;
  if (result->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (result->key_caps != NULL)
    gst_buffer_add_lstm_key_meta (buffer, result->key_caps, result->number);
  if (result->rows != NULL)
    gst_buffer_add_lstm_rows (buffer, result->rows);
  g_clear_pointer (&result->rows, gst_lstm_rows_unref);
  gst_clear_caps (&result->key_caps);
  self->n_pushed++;
  return buffer;
}

/* (transfer full): the pad of an output, or NULL. */
static GstPad *
find_pad (GstLstm *self, guint output)
{
  if (output == 0)
    return gst_object_ref (GST_BASE_TRANSFORM_SRC_PAD (self));
  for (guint i = 0; i < self->outputs->len; i++)
    if (get_pad (self, i)->index == output)
      return gst_object_ref (GST_PAD (get_pad (self, i)));
  return NULL;
}

static gboolean
is_there (GstLstm *self, GstPad *pad)
{
  return pad == GST_BASE_TRANSFORM_SRC_PAD (self) ||
         g_ptr_array_find (self->outputs, pad, NULL);
}

/* How the pads together do. One that was released meanwhile counts no more,
 * though its output may have a new one. */
static GstFlowReturn
combine (GstLstm *self, GstPad *pad, GstFlowReturn flow)
{
  GstFlowReturn all =
      gst_flow_combiner_update_pad_flow (self->flows, pad, flow);

  while (all != GST_FLOW_OK && pads_changed (self)) {
    collect_pads (self);
    if (is_there (self, pad))
      all = gst_flow_combiner_update_pad_flow (self->flows, pad, flow);
    else
      all = gst_flow_combiner_update_flow (self->flows, GST_FLOW_OK);
  }
  return all;
}

static GstFlowReturn
push_result (GstLstm *self, GstLstmResult *result)
{
  GstBuffer *buffer = result_to_buffer (self, result);
  g_autoptr (GstPad) pad = NULL;
  GstFlowReturn flow;

  if (self->outputs->len == 0 && result->output == 0)
    return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
  pad = find_pad (self, result->output);
  if (pad == NULL) { /* released since it was asked for */
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  flow = gst_pad_push (pad, buffer);
  if (flow == GST_FLOW_NOT_LINKED && result->output > 0)
    set_wanted (self, result->output, FALSE);
  return combine (self, pad, flow);
}

/* Pushes what was handed over, until it is refused. */
GstFlowReturn
gst_lstm_push_results (GstLstm *self)
{
  GstFlowReturn flow = GST_FLOW_OK;
  GstLstmResult result;

  while (flow == GST_FLOW_OK &&
         gst_lstm_session_take_result (self->setup.session, &result))
    flow = push_result (self, &result);
  return flow;
}

static GstFlowReturn
push_buffers (GstLstm *self, GstBuffer *first, GstBufferList *others)
{
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);

  if (others == NULL)
    return first ? gst_pad_push (pad, first) : GST_FLOW_OK;
  gst_buffer_list_insert (others, 0, first);
  return gst_pad_push_list (pad, others);
}

/* The same, as one list where all goes to one pad. */
GstFlowReturn
gst_lstm_push_list (GstLstm *self)
{
  GstBufferList *others = NULL;
  GstBuffer *first = NULL;
  GstLstmResult result;

  if (self->outputs->len > 0)
    return gst_lstm_push_results (self);
  while (gst_lstm_session_take_result (self->setup.session, &result)) {
    GstBuffer *buffer = result_to_buffer (self, &result);

    if (result.output > 0) { /* its pad was released since */
      gst_buffer_unref (buffer);
    } else if (first == NULL) {
      first = buffer;
    } else {
      if (others == NULL)
        others = gst_buffer_list_new ();
      gst_buffer_list_add (others, buffer);
    }
  }
  return push_buffers (self, first, others);
}
