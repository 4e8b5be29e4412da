/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elements send that read rows: what goes before the first buffer, and
 * buffers. */

#include "gstrowdec-private.h"

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"

/* Buffers that are made before they are pushed together. */
#define MAX_LIST 16

/* Frames per second as caps can say it: whole, at least 1. */
static gint
get_caps_rate (GstRowDec *self)
{
  gint64 rate = ((gint64) self->rate_n + self->rate_d / 2) / self->rate_d;

  return (gint) CLAMP (rate, 1, G_MAXINT);
}

/* The caps to send: F64, or F32 where downstream takes only that; NULL where it
 * takes neither. */
static GstCaps *
choose_caps (GstRowDec *self, GstCaps *f64, GstCaps *f32)
{
  g_autoptr (GstCaps) ours =
      gst_caps_merge (gst_caps_ref (f64), gst_caps_ref (f32));
  g_autoptr (GstCaps) taken = gst_pad_peer_query_caps (self->srcpad, ours);

  if (gst_caps_can_intersect (taken, f64))
    return gst_caps_ref (f64);
  if (gst_caps_can_intersect (taken, f32))
    return gst_caps_ref (f32);
  return NULL;
}

/* Features that downstream takes, for a message. */
static gchar *
describe_downstream (const GstCaps *downstream)
{
  gint channels;

  if (gst_caps_is_empty (downstream) || gst_caps_is_any (downstream) ||
      !gst_structure_get_int (
          gst_caps_get_structure (downstream, 0), "channels", &channels))
    return g_strdup ("does not take them");
  return g_strdup_printf ("takes %d", channels);
}

static GstFlowReturn
refuse_caps (GstRowDec *self, const GstCaps *caps)
{
  const GstRowColumns *columns = gst_row_frames_get_columns (self->frames);
  g_autoptr (GstCaps) downstream = gst_pad_peer_query_caps (self->srcpad, NULL);
  g_autofree gchar *takes = describe_downstream (downstream);

  gst_pad_mark_reconfigure (self->srcpad);
  if (GST_PAD_IS_FLUSHING (self->srcpad))
    return GST_FLOW_FLUSHING;
  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
      ("The %s gives %u features, and what follows %s %s; name the features "
       "that the model expects, with features= or config=",
          GST_ROW_DEC_GET_CLASS (self)->words->text, columns->n_features,
          GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT (self))),
          takes),
      ("offered %" GST_PTR_FORMAT ", downstream takes %" GST_PTR_FORMAT, caps,
          downstream));
  return GST_FLOW_NOT_NEGOTIATED;
}

/* Agrees with downstream on the format. No frame is pending. */
GstFlowReturn
gst_row_dec_negotiate (GstRowDec *self)
{
  guint channels = gst_row_frames_get_columns (self->frames)->n_features;
  gint rate = get_caps_rate (self);
  g_autoptr (GstCaps) f64 =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, channels, rate);
  g_autoptr (GstCaps) f32 =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, channels, rate);
  g_autoptr (GstCaps) caps = choose_caps (self, f64, f32);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (self->srcpad);

  if (caps == NULL)
    return refuse_caps (self, f64);
  gst_row_frames_set_format (
      self->frames, caps == f32 ? GST_AUDIO_FORMAT_F32 : GST_AUDIO_FORMAT_F64);
  /* An element that refuses CAPS says so when the first buffer is pushed. */
  if (current == NULL || !gst_caps_is_equal (current, caps))
    gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
  return GST_FLOW_OK;
}

static void
push_stream_start (GstRowDec *self)
{
  g_autoptr (GstEvent) old =
      gst_pad_get_sticky_event (self->srcpad, GST_EVENT_STREAM_START, 0);
  g_autofree gchar *id = NULL;

  if (old != NULL)
    return;
  id = gst_pad_create_stream_id (self->srcpad, GST_ELEMENT (self), NULL);
  gst_pad_push_event (self->srcpad, gst_event_new_stream_start (id));
}

void
gst_row_dec_push_held_events (GstRowDec *self)
{
  GList *held = g_steal_pointer (&self->held);
  GList *item;

  for (item = held; item != NULL; item = item->next)
    gst_pad_push_event (self->srcpad, item->data);
  g_list_free (held);
}

/* From the first row that is sent: nobody waits for the time before it. A time
 * that cannot be told is that of rows beyond 2^64 ns: there are none. */
void
gst_row_dec_push_segment (GstRowDec *self, GstClockTime start)
{
  GstSegment segment;
  GstEvent *event;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (GST_CLOCK_TIME_IS_VALID (start))
    segment.start = segment.time = segment.position = start;
  event = gst_event_new_segment (&segment);
  if (self->seqnum != GST_SEQNUM_INVALID)
    gst_event_set_seqnum (event, self->seqnum);
  gst_pad_push_event (self->srcpad, event);
  self->segment_due = FALSE;
  gst_row_dec_push_held_events (self);
}

/* Columns are known: all that goes before the first buffer, but for the SEGMENT
 * where the time of its start is not known yet. */
GstFlowReturn
gst_row_dec_start_stream (GstRowDec *self)
{
  const GstRowColumns *columns = gst_row_frames_get_columns (self->frames);
  GstFlowReturn flow;
  GstEvent *layout;

  push_stream_start (self);
  /* Names first: whoever refuses the number of channels can then say which
   * features are missing. */
  layout =
      gst_lstm_layout_event_new ((const gchar *const *) columns->feature_names,
          columns->key_name, (const gchar *const *) columns->keep_names);
  gst_lstm_layout_event_set_irregular (
      layout, gst_row_frames_has_times (self->frames));
  gst_pad_push_event (self->srcpad, layout);
  gst_pad_check_reconfigure (self->srcpad);
  flow = gst_row_dec_negotiate (self);
  if (flow != GST_FLOW_OK)
    return flow;
  self->segment_due = TRUE;
  if (!gst_row_frames_has_times (self->frames))
    gst_row_dec_push_segment (
        self, gst_row_frames_get_next_time (self->frames));
  return GST_FLOW_OK;
}

GstFlowReturn
gst_row_dec_push_list (GstRowDec *self)
{
  GstBufferList *list = g_steal_pointer (&self->list);
  GstBuffer *only;

  if (list == NULL)
    return GST_FLOW_OK;
  if (gst_buffer_list_length (list) > 1)
    return gst_pad_push_list (self->srcpad, list);
  only = gst_buffer_ref (gst_buffer_list_get (list, 0));
  gst_buffer_list_unref (list);
  return gst_pad_push (self->srcpad, only);
}

/* Makes a buffer of what is pending; pushes when there are enough of them. */
void
gst_row_dec_make_buffer (GstRowDec *self)
{
  GstBuffer *buffer = gst_row_frames_take (self->frames);

  if (buffer == NULL)
    return;
  if (self->list == NULL)
    self->list = gst_buffer_list_new_sized (MAX_LIST);
  gst_buffer_list_add (self->list, buffer);
  if (gst_buffer_list_length (self->list) >= MAX_LIST)
    self->flow = gst_row_dec_push_list (self);
}
