/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What csvdec does with bytes, events and queries. */

#include "gstcsvdec-private.h"

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"

#define GST_CAT_DEFAULT gst_csv_dec_debug

/* Buffers that are made before they are pushed together. */
#define MAX_LIST 16

static void
post_decode_error (GstCsvDec *self, const GError *error)
{
  GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error->message), (NULL));
}

/* Frames per second as caps can say it: whole, at least 1. */
static gint
get_caps_rate (GstCsvDec *self)
{
  gint64 rate = ((gint64) self->rate_n + self->rate_d / 2) / self->rate_d;

  return (gint) CLAMP (rate, 1, G_MAXINT);
}

/* The caps to send: F64, or F32 where downstream takes only that; NULL where it
 * takes neither. */
static GstCaps *
choose_caps (GstCsvDec *self, GstCaps *f64, GstCaps *f32)
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
refuse_caps (GstCsvDec *self, const GstCaps *caps)
{
  const GstCsvColumns *columns = gst_csv_frames_get_columns (self->frames);
  g_autoptr (GstCaps) downstream = gst_pad_peer_query_caps (self->srcpad, NULL);
  g_autofree gchar *takes = describe_downstream (downstream);

  gst_pad_mark_reconfigure (self->srcpad);
  if (GST_PAD_IS_FLUSHING (self->srcpad))
    return GST_FLOW_FLUSHING;
  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
      ("The CSV gives %u features, and what follows csvdec %s; name the "
       "features that the model expects, with features= or config=",
          columns->n_features, takes),
      ("offered %" GST_PTR_FORMAT ", downstream takes %" GST_PTR_FORMAT, caps,
          downstream));
  return GST_FLOW_NOT_NEGOTIATED;
}

/* Agrees with downstream on the format. No frame is pending. */
static GstFlowReturn
negotiate (GstCsvDec *self)
{
  guint channels = gst_csv_frames_get_columns (self->frames)->n_features;
  gint rate = get_caps_rate (self);
  g_autoptr (GstCaps) f64 =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, channels, rate);
  g_autoptr (GstCaps) f32 =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, channels, rate);
  g_autoptr (GstCaps) caps = choose_caps (self, f64, f32);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (self->srcpad);

  if (caps == NULL)
    return refuse_caps (self, f64);
  gst_csv_frames_set_format (
      self->frames, caps == f32 ? GST_AUDIO_FORMAT_F32 : GST_AUDIO_FORMAT_F64);
  /* An element that refuses CAPS says so when the first buffer is pushed. */
  if (current == NULL || !gst_caps_is_equal (current, caps))
    gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
  return GST_FLOW_OK;
}

static void
push_stream_start (GstCsvDec *self)
{
  g_autoptr (GstEvent) old =
      gst_pad_get_sticky_event (self->srcpad, GST_EVENT_STREAM_START, 0);
  g_autofree gchar *id = NULL;

  if (old != NULL)
    return;
  id = gst_pad_create_stream_id (self->srcpad, GST_ELEMENT (self), NULL);
  gst_pad_push_event (self->srcpad, gst_event_new_stream_start (id));
}

static void
push_segment (GstCsvDec *self)
{
  GstSegment segment;
  GstEvent *event;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  event = gst_event_new_segment (&segment);
  if (self->seqnum != GST_SEQNUM_INVALID)
    gst_event_set_seqnum (event, self->seqnum);
  gst_pad_push_event (self->srcpad, event);
}

static void
push_held_events (GstCsvDec *self)
{
  GList *held = g_steal_pointer (&self->held);
  GList *item;

  for (item = held; item != NULL; item = item->next)
    gst_pad_push_event (self->srcpad, item->data);
  g_list_free (held);
}

/* Columns are known: all that goes before the first buffer. */
static GstFlowReturn
start_stream (GstCsvDec *self)
{
  const GstCsvColumns *columns = gst_csv_frames_get_columns (self->frames);
  GstFlowReturn flow;

  push_stream_start (self);
  /* Names first: whoever refuses the number of channels can then say which
   * features are missing. */
  gst_pad_push_event (self->srcpad,
      gst_lstm_layout_event_new ((const gchar *const *) columns->feature_names,
          columns->key_name, (const gchar *const *) columns->keep_names));
  gst_pad_check_reconfigure (self->srcpad);
  flow = negotiate (self);
  if (flow != GST_FLOW_OK)
    return flow;
  push_segment (self);
  push_held_events (self);
  return GST_FLOW_OK;
}

static GstFlowReturn
push_list (GstCsvDec *self)
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
static void
make_buffer (GstCsvDec *self)
{
  GstBuffer *buffer = gst_csv_frames_take (self->frames);

  if (buffer == NULL)
    return;
  if (self->list == NULL)
    self->list = gst_buffer_list_new_sized (MAX_LIST);
  gst_buffer_list_add (self->list, buffer);
  if (gst_buffer_list_length (self->list) >= MAX_LIST)
    self->flow = push_list (self);
}

static gboolean
on_first_row (GstCsvDec *self, const GstCsvRow *row)
{
  GstCsvSelection wanted = {
    .features = (const gchar *const *) self->use_features,
    .key = self->use_key,
    .keep = (const gchar *const *) self->use_keep,
    .header = self->header,
  };
  GstCsvColumns *columns = gst_csv_columns_new (row, &wanted, &self->row_error);

  if (columns == NULL)
    return FALSE;
  self->frames = gst_csv_frames_new (
      columns, self->max_frames, self->rate_n, self->rate_d);
  self->flow = start_stream (self);
  return self->flow == GST_FLOW_OK;
}

static gboolean
on_row (const GstCsvRow *row, gpointer user_data)
{
  GstCsvDec *self = user_data;

  if (self->frames == NULL) {
    if (!on_first_row (self, row))
      return FALSE;
    if (self->header)
      return TRUE;
  }
  if (gst_csv_frames_must_take (self->frames, row)) {
    make_buffer (self);
    if (self->flow != GST_FLOW_OK)
      return FALSE;
  }
  return gst_csv_frames_add (self->frames, row, &self->row_error);
}

/* Pushes what whole rows gave, then reports what stopped the reader, if
 * anything did. */
static GstFlowReturn
settle (GstCsvDec *self, GError *reader_error)
{
  g_autoptr (GError) row_error = g_steal_pointer (&self->row_error);
  const GError *error = reader_error != NULL ? reader_error : row_error;

  if (self->frames != NULL && self->flow == GST_FLOW_OK)
    make_buffer (self);
  if (self->flow == GST_FLOW_OK)
    self->flow = push_list (self);
  g_clear_pointer (&self->list, gst_buffer_list_unref);
  if (self->flow == GST_FLOW_OK && error != NULL) {
    post_decode_error (self, error);
    self->flow = GST_FLOW_ERROR;
  }
  return self->flow;
}

GstFlowReturn
gst_csv_dec_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstCsvDec *self = GST_CSV_DEC (parent);
  g_autoptr (GstBuffer) owned = buffer;
  g_autoptr (GError) error = NULL;
  GstMapInfo map;

  if (self->flow != GST_FLOW_OK)
    return self->flow;
  if (self->frames != NULL && gst_pad_check_reconfigure (self->srcpad)) {
    self->flow = negotiate (self);
    if (self->flow != GST_FLOW_OK)
      return self->flow;
  }
  if (!gst_buffer_map (owned, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A buffer of CSV text cannot be read (mapped)"), (NULL));
    return self->flow = GST_FLOW_ERROR;
  }
  self->fed = TRUE;
  gst_csv_reader_push (self->reader, map.data, map.size, &error);
  gst_buffer_unmap (owned, &map);
  return settle (self, error);
}

/* Forgets the stream; a next one begins with its header. */
static void
reset_stream (GstCsvDec *self)
{
  gst_csv_reader_reset (self->reader);
  g_clear_pointer (&self->frames, gst_csv_frames_free);
  g_clear_pointer (&self->list, gst_buffer_list_unref);
  g_clear_error (&self->row_error);
  self->flow = GST_FLOW_OK;
  self->fed = FALSE;
}

static void
drop_held_events (GstCsvDec *self)
{
  g_list_free_full (
      g_steal_pointer (&self->held), (GDestroyNotify) gst_event_unref);
}

/* The text is at its end: a last row without line end, and what there is to say
 * if there was none. */
static GstFlowReturn
drain (GstCsvDec *self)
{
  g_autoptr (GError) error = NULL;
  GstFlowReturn flow;

  if (self->flow != GST_FLOW_OK)
    return self->flow;
  gst_csv_reader_finish (self->reader, &error);
  flow = settle (self, error);
  if (flow != GST_FLOW_OK)
    return flow;
  if (self->frames == NULL) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE,
        ("The CSV is empty: found no row, expected %s",
            self->header ? "a header and rows of numbers" : "rows of numbers"),
        (NULL));
    return self->flow = GST_FLOW_ERROR;
  }
  if (gst_csv_frames_get_n_rows (self->frames) == 0)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
        ("The CSV has a header and no rows: there is nothing to process"),
        ("If its first row is data, set header=false"));
  return GST_FLOW_OK;
}

static GstFlowReturn
sink_stream_start (GstCsvDec *self, GstEvent *event)
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
sink_eos (GstCsvDec *self, GstEvent *event)
{
  GstFlowReturn flow = drain (self);

  self->fed = FALSE;
  if (flow == GST_FLOW_ERROR) {
    gst_event_unref (event);
    return flow;
  }
  push_held_events (self);
  gst_pad_push_event (self->srcpad, event);
  return flow;
}

/* Events that have no place before CAPS and SEGMENT wait for these. */
static GstFlowReturn
sink_other_event (GstCsvDec *self, GstEvent *event)
{
  if (GST_EVENT_IS_SERIALIZED (event) && self->frames == NULL)
    self->held = g_list_append (self->held, event);
  else
    gst_pad_event_default (self->sinkpad, GST_OBJECT (self), event);
  return GST_FLOW_OK;
}

GstFlowReturn
gst_csv_dec_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstCsvDec *self = GST_CSV_DEC (parent);

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
gst_csv_dec_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    gst_event_unref (event);
    return FALSE;
  }
  return gst_pad_event_default (pad, parent, event);
}

gboolean
gst_csv_dec_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
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
gst_csv_dec_start_streaming (GstCsvDec *self, gchar delimiter)
{
  self->reader = gst_csv_reader_new (delimiter, on_row, self);
  self->flow = GST_FLOW_OK;
  self->fed = FALSE;
  self->seqnum = GST_SEQNUM_INVALID;
}

/* And of PAUSED to READY; pads are no longer active. */
void
gst_csv_dec_stop_streaming (GstCsvDec *self)
{
  g_clear_pointer (&self->reader, gst_csv_reader_free);
  g_clear_pointer (&self->frames, gst_csv_frames_free);
  g_clear_pointer (&self->list, gst_buffer_list_unref);
  drop_held_events (self);
  g_clear_error (&self->row_error);
}
