/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm does with events and buffers. */

#include "gstlstm-private.h"
#include "gstlstmkeymeta.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"

#define GST_CAT_DEFAULT gst_lstm_debug

static GstBaseTransformClass *
parent_class (void)
{
  return g_type_class_peek (GST_TYPE_BASE_TRANSFORM);
}

void
gst_lstm_clear_stream (GstLstm *self)
{
  g_clear_pointer (&self->channels, g_strfreev);
  g_clear_pointer (&self->key_name, g_free);
  g_clear_pointer (&self->keep_names, g_strfreev);
  g_clear_pointer (&self->result.rows, gst_lstm_rows_unref);
  gst_clear_caps (&self->key_caps);
  self->result.n_frames = 0;
  self->layout_sent = FALSE;
  self->refused = FALSE;
  self->resynced = FALSE;
}

/* ---- events ---- */

/* Says once, at the end of a stream or at a reset, what gave no output. */
static void
report_leftover (GstLstm *self)
{
  guint steps = lstm_plan_get_steps (self->setup.plan);
  GstLstmLeftover left;
  g_autofree gchar *example = NULL;

  gst_lstm_session_take_leftover (self->setup.session, &left);
  example = left.example;
  if (left.keys > 0 && example != NULL)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("%u keys had fewer than the %u frames of a window and gave no output: "
         "%s",
            left.keys, steps, example),
        ("%" G_GUINT64_FORMAT " frames in all were in no window", left.frames));
  else if (left.frames > 0)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("%" G_GUINT64_FORMAT " frames at the end did not fill a window of %u "
         "and gave no output",
            left.frames, steps),
        (NULL));
  if (left.bytes > 0)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("%" G_GUINT64_FORMAT " bytes at the end are no whole frame of %zu "
         "bytes and were dropped",
            left.bytes,
            gst_lstm_frames_get_size (
                gst_lstm_session_get_frames (self->setup.session))),
        (NULL));
}

static void
reset_on (GstLstm *self, GstLstmReset cause)
{
  if (!(self->setup.reset_on & cause))
    return;
  gst_lstm_session_reset (self->setup.session);
  report_leftover (self);
}

static void
send_layout (GstLstm *self)
{
  GstEvent *event;

  if (self->layout_sent ||
      !gst_pad_has_current_caps (GST_BASE_TRANSFORM (self)->srcpad))
    return;
  event = gst_lstm_layout_event_new ((const gchar *const *) self->setup.outputs,
      self->key_name, (const gchar *const *) self->keep_names);
  self->layout_sent = TRUE;
  gst_pad_push_event (GST_BASE_TRANSFORM (self)->srcpad, event);
}

/* The names of the stream's channels: features are found by them. What goes on
 * are the names of the outputs, with the same key and kept columns. */
static gboolean
take_layout (GstLstm *self, GstEvent *event)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint *order = NULL;

  g_clear_pointer (&self->channels, g_strfreev);
  g_clear_pointer (&self->key_name, g_free);
  g_clear_pointer (&self->keep_names, g_strfreev);
  gst_lstm_layout_event_parse (
      event, &self->channels, &self->key_name, &self->keep_names);
  gst_event_unref (event);
  if (!gst_lstm_setup_match_features (&self->setup,
          (const gchar *const *) self->channels, &order, &error)) {
    if (self->refused)
      return FALSE;
    self->refused = TRUE;
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("Feature names: %s", error->message),
        ("Name the features in the order of the model"));
    return FALSE;
  }
  gst_lstm_frames_set_order (
      gst_lstm_session_get_frames (self->setup.session), order);
  self->layout_sent = FALSE;
  self->refused = FALSE;
  send_layout (self);
  return TRUE;
}

static gboolean
take_caps (GstBaseTransform *trans, GstEvent *event)
{
  GstLstm *self = GST_LSTM (trans);
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (!gst_lstm_check_channels (self, caps)) {
    gst_event_unref (event);
    return FALSE;
  }
  if (!parent_class ()->sink_event (trans, event))
    return FALSE;
  report_leftover (self);
  if (self->channels != NULL)
    send_layout (self);
  return TRUE;
}

gboolean
gst_lstm_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstLstm *self = GST_LSTM (trans);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      reset_on (self, GST_LSTM_RESET_STREAM_START);
      break;
    case GST_EVENT_FLUSH_STOP:
      reset_on (self, GST_LSTM_RESET_FLUSH);
      break;
    case GST_EVENT_SEGMENT:
      reset_on (self, GST_LSTM_RESET_SEGMENT);
      break;
    case GST_EVENT_EOS:
      gst_lstm_session_finish (self->setup.session);
      report_leftover (self);
      break;
    case GST_EVENT_CAPS:
      return take_caps (trans, event);
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      if (gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME))
        return take_layout (self, event);
      break;
    default:
      break;
  }
  return parent_class ()->sink_event (trans, event);
}

/* ---- buffers ---- */

static void
begin_buffer (GstLstm *self, GstBuffer *buffer, GstLstmFeed *feed)
{
  GstBufferFlags jump = GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC;
  GstCaps *key_caps = NULL;

  feed->number = GST_BUFFER_OFFSET_NONE;
  feed->pts = GST_BUFFER_PTS (buffer);
  feed->rows = gst_buffer_get_lstm_rows (buffer);
  gst_buffer_get_lstm_key (buffer, &key_caps, &feed->key, &feed->number);
  gst_caps_replace (&self->key_caps, key_caps);
  if (!(GST_BUFFER_FLAGS (buffer) & jump))
    return;
  feed->resync = TRUE;
  self->resynced = TRUE;
  if (self->setup.reset_on & GST_LSTM_RESET_DISCONT)
    gst_lstm_session_reset_key (self->setup.session, feed->key);
}

static GstFlowReturn
process (GstLstm *self, GstBuffer *buffer)
{
  g_autoptr (GError) error = NULL;
  GstLstmFeed feed = { 0 };
  GstMapInfo map;
  gboolean ok;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A buffer of frames cannot be read (mapped)"), (NULL));
    return GST_FLOW_ERROR;
  }
  begin_buffer (self, buffer, &feed);
  feed.data = map.data;
  feed.size = map.size;
  ok =
      gst_lstm_session_feed (self->setup.session, &feed, &self->result, &error);
  gst_buffer_unmap (buffer, &map);
  if (!ok) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error->message), (NULL));
    return GST_FLOW_ERROR;
  }
  return GST_FLOW_OK;
}

/* Takes the place of the base class's, which drops buffers for QoS: a frame
 * that is dropped would spoil the state. */
GstFlowReturn
gst_lstm_submit_input_buffer (
    GstBaseTransform *trans, gboolean is_discont, GstBuffer *input)
{
  GstLstm *self = GST_LSTM (trans);
  g_autoptr (GstBuffer) buffer = input;

  if (gst_pad_needs_reconfigure (trans->srcpad) &&
      !gst_base_transform_reconfigure (trans)) {
    gst_pad_mark_reconfigure (trans->srcpad);
    return GST_PAD_IS_FLUSHING (trans->srcpad) ? GST_FLOW_FLUSHING
                                               : GST_FLOW_NOT_NEGOTIATED;
  }
  if (!gst_pad_has_current_caps (trans->sinkpad)) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        ("Frames came before caps: the source must say what they are"),
        ("Put a capsfilter before lstm: audio/x-raw,format=F32LE,..."));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  send_layout (self);
  return process (self, buffer);
}

GstFlowReturn
gst_lstm_generate_output (GstBaseTransform *trans, GstBuffer **output)
{
  GstLstm *self = GST_LSTM (trans);
  GstLstmResult *result = &self->result;
  GstBuffer *buffer;
  gsize size;

  *output = NULL;
  if (result->n_frames == 0)
    return GST_FLOW_OK;
  size = (gsize) result->n_frames *
         gst_lstm_session_get_output_features (self->setup.session) *
         sizeof (gfloat);
  buffer = gst_buffer_new_allocate (NULL, size, NULL);
  gst_buffer_fill (buffer, 0, result->data, size);
  GST_BUFFER_PTS (buffer) = result->pts;
  GST_BUFFER_DURATION (buffer) = result->duration;
  if (self->resynced)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->resynced = FALSE;
  if (self->key_caps != NULL)
    gst_buffer_add_lstm_key_meta (buffer, self->key_caps, result->number);
  if (result->rows != NULL)
    gst_buffer_add_lstm_rows (buffer, result->rows);
  g_clear_pointer (&result->rows, gst_lstm_rows_unref);
  result->n_frames = 0;
  *output = buffer;
  return GST_FLOW_OK;
}
