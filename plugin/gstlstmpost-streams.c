/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmpost: its streams by key, and what it tells of their alarms. */

#include "gstlstmpost-private.h"

/* Why an alarm ended, if not by itself. */
#define REASON_EVICTED "evicted"

static void
drop_stream (GstLstmPost *self, GstLstmPostStream *stream, const gchar *reason)
{
  guint i;

  for (i = 0; i < self->n_alarms; i++)
    if (stream->alarms[i].state == GST_LSTM_ALARM_ON)
      gst_lstm_post_post_message (self, stream, i, reason);
  g_queue_unlink (&self->recent, &stream->link);
  g_hash_table_remove (self->streams, stream->key != NULL ? stream->key : "");
  gst_lstm_mean_free (stream->mean);
  g_free (stream->key);
  g_free (stream);
}

static GstLstmPostStream *
new_stream (GstLstmPost *self, const gchar *key)
{
  GstLstmPostStream *stream = g_malloc0 (
      sizeof (GstLstmPostStream) + self->n_alarms * sizeof (GstLstmAlarm));
  guint i;

  stream->key = g_strdup (key);
  stream->link.data = stream;
  if (gst_lstm_mean_is_needed (&self->mean))
    stream->mean = gst_lstm_mean_new (&self->mean);
  for (i = 0; i < self->n_alarms; i++)
    gst_lstm_alarm_init (&stream->alarms[i]);
  return stream;
}

/**
 * gst_lstm_post_get_stream:
 * @self: the element, with caps
 * @key: (nullable): of a buffer
 *
 * Returns: (transfer none): its stream, a new one if it has none yet
 */
GstLstmPostStream *
gst_lstm_post_get_stream (GstLstmPost *self, const gchar *key)
{
  GstLstmPostStream *stream =
      g_hash_table_lookup (self->streams, key != NULL ? key : "");

  if (stream != NULL) {
    g_queue_unlink (&self->recent, &stream->link);
    g_queue_push_tail_link (&self->recent, &stream->link);
    return stream;
  }
  if (self->max_streams > 0 && self->recent.length >= self->max_streams)
    drop_stream (self, g_queue_peek_head (&self->recent), REASON_EVICTED);
  stream = new_stream (self, key);
  g_hash_table_insert (
      self->streams, stream->key != NULL ? stream->key : (gpointer) "", stream);
  g_queue_push_tail_link (&self->recent, &stream->link);
  return stream;
}

/**
 * gst_lstm_post_reset:
 * @self: the element
 * @key: (nullable): of a stream, which may not be there
 * @reason: why, for the message
 *
 * Forgets the stream; alarms of it end.
 */
void
gst_lstm_post_reset (GstLstmPost *self, const gchar *key, const gchar *reason)
{
  GstLstmPostStream *stream =
      g_hash_table_lookup (self->streams, key != NULL ? key : "");

  if (stream != NULL)
    drop_stream (self, stream, reason);
}

/**
 * gst_lstm_post_reset_all:
 * @self: the element
 * @reason: why, for the message
 *
 * Forgets all streams; their alarms end.
 */
void
gst_lstm_post_reset_all (GstLstmPost *self, const gchar *reason)
{
  while (self->recent.head != NULL)
    drop_stream (self, self->recent.head->data, reason);
}

/* Running time and stream time of @time, in a TIME segment that has them. */
static void
set_times (GstLstmPost *self, GstStructure *structure, GstClockTime time)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  guint64 running = GST_CLOCK_TIME_NONE, stream = GST_CLOCK_TIME_NONE;

  if (segment->format == GST_FORMAT_TIME) {
    running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, time);
    stream = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, time);
  }
  gst_structure_set (structure, "timestamp", G_TYPE_UINT64, time,
      "running-time", G_TYPE_UINT64, running, "stream-time", G_TYPE_UINT64,
      stream, NULL);
}

/**
 * gst_lstm_post_post_message:
 * @self: the element
 * @stream: a stream
 * @i: which of its alarms begins or ends
 * @reason: (nullable): why it ends
 *
 * Posts the element message `lstm-alarm`.
 */
void
gst_lstm_post_post_message (
    GstLstmPost *self, GstLstmPostStream *stream, guint i, const gchar *reason)
{
  const GstLstmAlarm *alarm = &stream->alarms[i];
  GstStructure *structure = gst_structure_new ("lstm-alarm", "state",
      G_TYPE_STRING, reason == NULL ? "start" : "end", "name", G_TYPE_STRING,
      self->alarms[i].name, "output", G_TYPE_STRING, self->alarms[i].output,
      "value", G_TYPE_DOUBLE, alarm->value, "peak", G_TYPE_DOUBLE, alarm->peak,
      "since", G_TYPE_UINT64, alarm->since, "duration", G_TYPE_UINT64,
      alarm->last - alarm->since, NULL);

  set_times (self, structure, alarm->last);
  if (stream->key != NULL)
    gst_structure_set (structure, "key", G_TYPE_STRING, stream->key, NULL);
  if (reason != NULL)
    gst_structure_set (structure, "reason", G_TYPE_STRING, reason, NULL);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}
