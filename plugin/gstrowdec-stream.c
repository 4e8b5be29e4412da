/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elements that read rows do with bytes, events and queries. */

#include "gstrowdec-private.h"

#define JUMP_FLAGS (GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC)

static void
post_decode_error (GstRowDec *self, const GError *error)
{
  GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error->message), (NULL));
}

static gboolean
on_first_row (GstRowDec *self, const GstRow *row)
{
  GstRowSelection wanted = {
    .features = (const gchar *const *) self->use_features,
    .key = self->use_key,
    .time = self->use_time,
    .keep = (const gchar *const *) self->use_keep,
    .header = self->header,
    .words = GST_ROW_DEC_GET_CLASS (self)->words,
  };
  GstRowFramesOptions options = {
    .max_frames = self->max_frames,
    .rate_n = self->rate_n,
    .rate_d = self->rate_d,
    .time_unit = self->use_time_unit,
    .words = wanted.words,
  };
  GstRowColumns *columns = gst_row_columns_new (row, &wanted, &self->row_error);

  if (columns == NULL)
    return FALSE;
  self->frames = gst_row_frames_new (columns, &options);
  /* All at once: the first row that is sent has its number from the start. */
  gst_row_frames_skip (self->frames, self->use_skip_rows);
  self->to_skip = self->use_skip_rows;
  self->flow = gst_row_dec_start_stream (self);
  return self->flow == GST_FLOW_OK;
}

static gboolean
add_row (GstRowDec *self, const GstRow *row)
{
  if (!gst_row_frames_begin (self->frames, row, &self->row_error))
    return FALSE;
  if (self->segment_due)
    gst_row_dec_push_segment (
        self, gst_row_frames_get_next_time (self->frames));
  if (gst_row_frames_must_take (self->frames, row)) {
    gst_row_dec_make_buffer (self);
    if (self->flow != GST_FLOW_OK)
      return FALSE;
  }
  return gst_row_frames_add (self->frames, row, &self->row_error);
}

/**
 * gst_row_dec_take_row:
 * @row: the next row of the text
 * @user_data: the element
 *
 * What the reader calls.
 *
 * Returns: %FALSE to stop
 */
gboolean
gst_row_dec_take_row (const GstRow *row, gpointer user_data)
{
  GstRowDec *self = user_data;

  if (self->frames == NULL) {
    if (!on_first_row (self, row))
      return FALSE;
    if (self->header)
      return TRUE;
  }
  if (self->to_skip > 0) {
    self->to_skip--;
    return TRUE;
  }
  return add_row (self, row);
}

/* Pushes what whole rows gave, then reports what stopped the reader, if
 * anything did. A row that lasts until the next one waits for it. */
static GstFlowReturn
settle (GstRowDec *self, GError *reader_error, gboolean at_end)
{
  g_autoptr (GError) row_error = g_steal_pointer (&self->row_error);
  const GError *error = reader_error != NULL ? reader_error : row_error;

  if (self->frames != NULL && self->flow == GST_FLOW_OK &&
      (at_end || error != NULL || !gst_row_frames_has_times (self->frames)))
    gst_row_dec_make_buffer (self);
  if (self->flow == GST_FLOW_OK)
    self->flow = gst_row_dec_push_list (self);
  g_clear_pointer (&self->list, gst_buffer_list_unref);
  if (self->flow == GST_FLOW_OK && error != NULL) {
    post_decode_error (self, error);
    self->flow = GST_FLOW_ERROR;
  }
  return self->flow;
}

/* Downstream wants another format, perhaps. A row that waits goes in the old
 * one. */
static GstFlowReturn
renegotiate (GstRowDec *self)
{
  if (!gst_pad_check_reconfigure (self->srcpad))
    return GST_FLOW_OK;
  settle (self, NULL, TRUE);
  if (self->flow == GST_FLOW_OK)
    self->flow = gst_row_dec_negotiate (self);
  return self->flow;
}

/* Upstream lost bytes: what is left of two rows must not become one. */
static GstFlowReturn
resync (GstRowDec *self)
{
  GstRowDecClass *klass = GST_ROW_DEC_GET_CLASS (self);
  guint64 line;

  if (self->frames == NULL) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE,
        ("Bytes are missing in the first row of the %s: upstream lost them; "
         "expected a source or queue that keeps all of a text",
            klass->words->text),
        ("A buffer with the DISCONT flag"));
    return self->flow = GST_FLOW_ERROR;
  }
  if (settle (self, NULL, TRUE) != GST_FLOW_OK)
    return self->flow;
  line = klass->resync (self);
  gst_row_frames_mark_discont (self->frames);
  GST_ELEMENT_WARNING (self, STREAM, DECODE,
      ("Line %" G_GUINT64_FORMAT
       ": bytes are missing, upstream lost them; what "
       "is left of the row is left out, and numbers of lines and rows count "
       "what came",
          line),
      ("A buffer with the DISCONT flag"));
  return GST_FLOW_OK;
}

GstFlowReturn
gst_row_dec_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstRowDec *self = GST_ROW_DEC (parent);
  g_autoptr (GstBuffer) owned = buffer;
  g_autoptr (GError) error = NULL;
  GstMapInfo map;

  if (self->flow != GST_FLOW_OK)
    return self->flow;
  if (self->frames != NULL && renegotiate (self) != GST_FLOW_OK)
    return self->flow;
  if (self->fed && (GST_BUFFER_FLAGS (owned) & JUMP_FLAGS) != 0 &&
      resync (self) != GST_FLOW_OK)
    return self->flow;
  if (!gst_buffer_map (owned, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A buffer of %s text cannot be read (mapped)",
            GST_ROW_DEC_GET_CLASS (self)->words->text),
        (NULL));
    return self->flow = GST_FLOW_ERROR;
  }
  self->fed = TRUE;
  GST_ROW_DEC_GET_CLASS (self)->push (self, map.data, map.size, &error);
  gst_buffer_unmap (owned, &map);
  return settle (self, error, FALSE);
}

/* Forgets the stream; a next one begins with its header. */
static void
reset_stream (GstRowDec *self)
{
  GST_ROW_DEC_GET_CLASS (self)->reset (self);
  g_clear_pointer (&self->frames, gst_row_frames_free);
  g_clear_pointer (&self->list, gst_buffer_list_unref);
  g_clear_error (&self->row_error);
  self->flow = GST_FLOW_OK;
  self->fed = FALSE;
  self->segment_due = FALSE;
}

static void
drop_held_events (GstRowDec *self)
{
  g_list_free_full (
      g_steal_pointer (&self->held), (GDestroyNotify) gst_event_unref);
}

static void
warn_of_nothing (GstRowDec *self)
{
  const gchar *text = GST_ROW_DEC_GET_CLASS (self)->words->text;
  guint64 skipped = self->use_skip_rows - self->to_skip;

  if (gst_row_frames_get_n_rows (self->frames) > self->use_skip_rows)
    return;
  if (skipped > 0)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("The %s has %" G_GUINT64_FORMAT
         " rows of data, and skip-rows=%" G_GUINT64_FORMAT
         " leaves none: there is nothing to process",
            text, skipped, self->use_skip_rows),
        (NULL));
  else
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("The %s has a header and no rows: there is nothing to process", text),
        ("If its first row is data, set header=false"));
}

/* The text is at its end: a last row without line end, and what there is to say
 * if there was none. */
static GstFlowReturn
drain (GstRowDec *self)
{
  GstRowDecClass *klass = GST_ROW_DEC_GET_CLASS (self);
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow;

  if (self->flow != GST_FLOW_OK)
    return self->flow;
  klass->finish (self, &error);
  flow = settle (self, error, TRUE);
  if (flow != GST_FLOW_OK)
    return flow;
  if (self->frames == NULL) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE,
        ("The %s is empty: found no row, expected %s%s", klass->words->text,
            self->header && klass->words->has_numbers ? "a header and " : "",
            klass->words->expected),
        (NULL));
    return self->flow = GST_FLOW_ERROR;
  }
  if (self->segment_due)
    gst_row_dec_push_segment (self, 0);
  warn_of_nothing (self);
  return GST_FLOW_OK;
}

static GstFlowReturn
sink_stream_start (GstRowDec *self, GstEvent *event)
{
  GstFlowReturn flow = self->fed ? drain (self) : GST_FLOW_OK;

  if (flow != GST_FLOW_OK) {
    gst_event_unref (event);
    return flow;
  }
  reset_stream (self);
  gst_pad_push_event (self->srcpad, event);
  return GST_FLOW_OK;
}

/* After an error EOS does not go on: the message has told the application, and
 * a sink that then ends its preroll makes gst-launch-1.0 1.22 wait for ever. */
static GstFlowReturn
sink_eos (GstRowDec *self, GstEvent *event)
{
  GstFlowReturn flow = drain (self);

  self->fed = FALSE;
  if (flow == GST_FLOW_ERROR) {
    gst_event_unref (event);
    return flow;
  }
  gst_row_dec_push_held_events (self);
  gst_pad_push_event (self->srcpad, event);
  return flow;
}

/* Events that have no place before CAPS and SEGMENT wait for these. */
static GstFlowReturn
sink_other_event (GstRowDec *self, GstEvent *event)
{
  if (GST_EVENT_IS_SERIALIZED (event) &&
      (self->frames == NULL || self->segment_due))
    self->held = g_list_append (self->held, event);
  else
    gst_pad_event_default (self->sinkpad, GST_OBJECT (self), event);
  return GST_FLOW_OK;
}

GstFlowReturn
gst_row_dec_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstRowDec *self = GST_ROW_DEC (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      return sink_stream_start (self, event);
    case GST_EVENT_SEGMENT:
      self->seqnum = gst_event_get_seqnum (event);
      gst_event_unref (event);
      return GST_FLOW_OK;
    case GST_EVENT_CAPS:
    case GST_EVENT_GAP:
    case GST_EVENT_SEGMENT_DONE:
      /* These speak of the text: bytes, not frames. */
      gst_event_unref (event);
      return GST_FLOW_OK;
    case GST_EVENT_FLUSH_START:
      gst_pad_push_event (self->srcpad, event);
      return GST_FLOW_OK;
    case GST_EVENT_FLUSH_STOP:
      reset_stream (self);
      drop_held_events (self);
      gst_pad_push_event (self->srcpad, event);
      return GST_FLOW_OK;
    case GST_EVENT_EOS:
      return sink_eos (self, event);
    default:
      return sink_other_event (self, event);
  }
}

/* Upstream knows bytes and cannot seek to a row. */
gboolean
gst_row_dec_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    gst_event_unref (event);
    return FALSE;
  }
  return gst_pad_event_default (pad, parent, event);
}

gboolean
gst_row_dec_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
      gst_query_set_seeking (query, format, FALSE, 0, -1);
      return TRUE;
    case GST_QUERY_POSITION:
    case GST_QUERY_DURATION:
    case GST_QUERY_CONVERT:
      return FALSE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* The streaming side of READY to PAUSED; pads are not active yet. */
void
gst_row_dec_start_streaming (GstRowDec *self)
{
  self->flow = GST_FLOW_OK;
  self->fed = FALSE;
  self->segment_due = FALSE;
  self->seqnum = GST_SEQNUM_INVALID;
}

/* And of PAUSED to READY; pads are no longer active. */
void
gst_row_dec_stop_streaming (GstRowDec *self)
{
  g_clear_pointer (&self->frames, gst_row_frames_free);
  g_clear_pointer (&self->list, gst_buffer_list_unref);
  drop_held_events (self);
  g_clear_error (&self->row_error);
}
