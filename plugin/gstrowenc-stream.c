/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elements that write rows do with frames and events. */

#include "gstrowenc-private.h"

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstlstmlayout.h"
#include "gstlstmrows.h"

/* With so many significant digits a number is read back to the same bits. */
#define F32_DIGITS 9
#define F64_DIGITS 17
#define NATIVE_FORMATS GST_AUDIO_NE (F32) " or " GST_AUDIO_NE (F64)

/* Settles the columns, by all that is known when the first frame comes. Once
 * rows are written they cannot change. */
static gboolean
decide_columns (GstRowEnc *self, GstBuffer *buffer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstRowHeader) columns = NULL;
  GstRowEncClass *klass = GST_ROW_ENC_GET_CLASS (self);
  const gchar *time = self->time != NULL ? self->time : klass->time;
  GstRowHeaderSources sources = {
    .time = time != NULL && time[0] != '\0' ? time : NULL,
    .time_gives_way = self->time == NULL,
    .names = (const gchar *const *) self->use_names,
    .features = (const gchar *const *) self->layout_features,
    .key = self->layout_key,
    .keep = (const gchar *const *) self->layout_keep,
    .previous = self->columns,
    .buffer = buffer,
    .channels = (guint) self->audio.channels,
  };

  columns = gst_row_header_new (&sources, &error);
  if (columns == NULL) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", error->message), (NULL));
    return FALSE;
  }
  if (self->columns != NULL && !gst_row_header_equal (columns, self->columns)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("The columns change within the %s: found %u channels from '%s' on, "
         "expected %u from '%s' on, as in the rows before, with the same key "
         "and kept columns; write the new stream to another file",
            klass->text, g_strv_length (columns->names), columns->names[0],
            g_strv_length (self->columns->names), self->columns->names[0]),
        (NULL));
    return FALSE;
  }
  g_clear_pointer (&self->columns, gst_row_header_free);
  self->columns = g_steal_pointer (&columns);
  self->columns_due = FALSE;
  return TRUE;
}

static gboolean
begin_text (GstRowEnc *self)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  if (!self->begin_due)
    return TRUE;
  names = gst_row_header_list (self->columns);
  if (!self->writer->klass->begin (
          self->writer, (const gchar *const *) names, &error)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", error->message), (NULL));
    return FALSE;
  }
  self->begin_due = FALSE;
  return TRUE;
}

static void
write_samples (GstRowEnc *self, const guint8 *frame)
{
  GstRowWriter *writer = self->writer;
  gint i;

  if (self->audio.format == GST_AUDIO_FORMAT_F32) {
    for (i = 0; i < self->audio.channels; i++) {
      gfloat value;

      memcpy (&value, frame + (gsize) i * sizeof (value), sizeof (value));
      writer->klass->add_number (writer, (gdouble) value, F32_DIGITS);
    }
  } else {
    for (i = 0; i < self->audio.channels; i++) {
      gdouble value;

      memcpy (&value, frame + (gsize) i * sizeof (value), sizeof (value));
      writer->klass->add_number (writer, value, F64_DIGITS);
    }
  }
}

/* Of frame @i of @n: its share of the buffer's time, or else by the rate. */
static GstClockTime
frame_time (GstRowEnc *self, GstBuffer *buffer, gsize i, gsize n)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return GST_CLOCK_TIME_NONE;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    return pts + gst_util_uint64_scale (i, GST_BUFFER_DURATION (buffer), n);
  return pts + gst_util_uint64_scale (i, GST_SECOND, (guint) self->audio.rate);
}

/* @n frames as rows. */
static void
write_rows (GstRowEnc *self, GstBuffer *buffer, const guint8 *data, gsize n)
{
  GstRowWriter *writer = self->writer;
  GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
  const gchar *key = NULL;
  gsize i;
  guint j;

  gst_buffer_get_lstm_key (buffer, NULL, &key, NULL);
  for (i = 0; i < n; i++) {
    if (self->columns->time != NULL)
      writer->klass->add_time (writer, frame_time (self, buffer, i, n));
    if (self->columns->key != NULL)
      writer->klass->add_text (writer, key);
    for (j = 0; j < self->columns->n_keep; j++)
      writer->klass->add_text (
          writer, rows != NULL ? gst_lstm_rows_get (rows, (guint) i, j) : NULL);
    write_samples (self, data + i * self->audio.frame_size);
    writer->klass->end_row (writer);
  }
}

/* Whether the kept text of a buffer fits the columns and its @n frames. */
static gboolean
check_rows (GstRowEnc *self, GstBuffer *buffer, gsize n)
{
  GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
  guint n_rows, n_columns;

  if (rows == NULL)
    return TRUE;
  n_rows = gst_lstm_rows_get_n_rows (rows);
  n_columns = gst_lstm_rows_get_n_columns (rows);
  if (n_rows == n && n_columns == self->columns->n_keep)
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The kept text does not fit its frames: found %u rows of %u columns, "
       "expected %" G_GSIZE_FORMAT
       " of %u; an element before makes more or fewer frames and must "
       "choose their rows",
          n_rows, n_columns, n, self->columns->n_keep),
      (NULL));
  return FALSE;
}

/* What cannot be written, said once. */
static void
warn_of_losses (GstRowEnc *self, GstBuffer *buffer)
{
  if (!self->warned_rows && self->columns->n_keep > 0 &&
      gst_buffer_get_lstm_rows (buffer) == NULL) {
    self->warned_rows = TRUE;
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("Kept columns are left empty: the frames come without their text, "
         "which an element before took away"),
        (NULL));
  }
  if (!self->warned_key && self->columns->key == NULL &&
      gst_buffer_get_lstm_key (buffer, NULL, NULL, NULL)) {
    self->warned_key = TRUE;
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("Keys are not written: the first frames had none, so the %s has no "
         "column for them; set the key before the first frame",
            GST_ROW_ENC_GET_CLASS (self)->text),
        (NULL));
  }
}

static gboolean
check_buffer (GstRowEnc *self, gsize size)
{
  if (!self->have_caps) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        ("Frames come without caps; expected audio/x-raw in F32 or F64, such "
         "as csvdec and lstm give"),
        (NULL));
    return FALSE;
  }
  if (size % self->audio.frame_size == 0)
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("A buffer of %" G_GSIZE_FORMAT " bytes is no whole number of frames: a "
       "frame of %d channels has %" G_GSIZE_FORMAT " bytes",
          size, self->audio.channels, self->audio.frame_size),
      (NULL));
  return FALSE;
}

static GstBuffer *
take_text (GstRowEnc *self)
{
  GString *text = self->writer->text;
  GstBuffer *buffer =
      text->len > 0 ? gst_buffer_new_memdup (text->str, text->len) : NULL;

  g_string_truncate (text, 0);
  return buffer;
}

static GstFlowReturn
encode (GstRowEnc *self, GstBuffer *buffer, const GstMapInfo *map)
{
  GstBuffer *text;
  gsize n;

  if (!check_buffer (self, map->size))
    return self->have_caps ? GST_FLOW_ERROR : GST_FLOW_NOT_NEGOTIATED;
  n = map->size / self->audio.frame_size;
  if ((self->columns_due && !decide_columns (self, buffer)) ||
      !check_rows (self, buffer, n))
    return GST_FLOW_ERROR;
  warn_of_losses (self, buffer);
  if (!begin_text (self))
    return GST_FLOW_ERROR;
  write_rows (self, buffer, map->data, n);
  text = take_text (self);
  if (text == NULL)
    return GST_FLOW_OK;
  GST_BUFFER_PTS (text) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DURATION (text) = GST_BUFFER_DURATION (buffer);
  return gst_pad_push (self->srcpad, text);
}

GstFlowReturn
gst_row_enc_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstRowEnc *self = GST_ROW_ENC (parent);
  GstFlowReturn flow;
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    flow = encode (self, buffer, &map);
    gst_buffer_unmap (buffer, &map);
  } else {
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A buffer of frames cannot be read (mapped)"), (NULL));
    flow = GST_FLOW_ERROR;
  }
  gst_buffer_unref (buffer);
  return flow;
}

/* A text without rows still has its header, if it has one. */
static GstFlowReturn
drain (GstRowEnc *self)
{
  GstBuffer *text;

  if (!self->have_caps || !self->begin_due)
    return GST_FLOW_OK;
  if ((self->columns_due && !decide_columns (self, NULL)) || !begin_text (self))
    return GST_FLOW_ERROR;
  text = take_text (self);
  return text != NULL ? gst_pad_push (self->srcpad, text) : GST_FLOW_OK;
}

static GstFlowReturn
sink_caps (GstRowEnc *self, GstEvent *event)
{
  g_autoptr (GstEvent) owned = event;
  g_autoptr (GstCaps) text = gst_pad_get_pad_template_caps (self->srcpad);
  GstLstmAudio audio;
  GstCaps *caps;

  gst_event_parse_caps (owned, &caps);
  if (!gst_lstm_audio_from_caps (&audio, caps) ||
      (audio.format != GST_AUDIO_FORMAT_F32 &&
          audio.format != GST_AUDIO_FORMAT_F64)) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
        ("Frames must be audio/x-raw in " NATIVE_FORMATS
         "; put audioconvert before this"),
        ("found %" GST_PTR_FORMAT, caps));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  self->audio = audio;
  self->have_caps = TRUE;
  self->columns_due = TRUE;
  if (!gst_pad_push_event (self->srcpad, gst_event_new_caps (text)))
    return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING
                                              : GST_FLOW_NOT_NEGOTIATED;
  return GST_FLOW_OK;
}

static void
forget_layout (GstRowEnc *self)
{
  g_clear_pointer (&self->layout_features, g_strfreev);
  g_clear_pointer (&self->layout_key, g_free);
  g_clear_pointer (&self->layout_keep, g_strfreev);
}

/* The layout ends here, in the header; other events go on. */
static GstFlowReturn
sink_layout (GstRowEnc *self, GstEvent *event)
{
  g_auto (GStrv) features = NULL;
  g_auto (GStrv) keep = NULL;
  g_autofree gchar *key = NULL;

  if (!gst_lstm_layout_event_parse (event, &features, &key, &keep)) {
    gst_pad_event_default (self->sinkpad, GST_OBJECT (self), event);
    return GST_FLOW_OK;
  }
  forget_layout (self);
  self->layout_features = g_steal_pointer (&features);
  self->layout_key = g_steal_pointer (&key);
  self->layout_keep = g_steal_pointer (&keep);
  self->columns_due = TRUE;
  gst_event_unref (event);
  return GST_FLOW_OK;
}

/* What is written so far is gone: filesink empties its file. */
static void
restart_text (GstRowEnc *self)
{
  g_string_truncate (self->writer->text, 0);
  g_clear_pointer (&self->columns, gst_row_header_free);
  self->columns_due = self->begin_due = TRUE;
}

GstFlowReturn
gst_row_enc_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstRowEnc *self = GST_ROW_ENC (parent);
  GstFlowReturn flow = GST_FLOW_OK;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      return sink_caps (self, event);
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      return sink_layout (self, event);
    case GST_EVENT_FLUSH_STOP:
      restart_text (self);
      break;
    case GST_EVENT_EOS:
      flow = drain (self);
      break;
    default:
      break;
  }
  gst_pad_event_default (pad, parent, event);
  return flow;
}

/* Upstream knows time. What it counts in bytes and samples is not the text. */
gboolean
gst_row_enc_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstFormat format = GST_FORMAT_TIME;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_POSITION:
      gst_query_parse_position (query, &format, NULL);
      break;
    case GST_QUERY_DURATION:
      gst_query_parse_duration (query, &format, NULL);
      break;
    case GST_QUERY_CONVERT:
      return FALSE;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
      if (format == GST_FORMAT_TIME)
        break;
      gst_query_set_seeking (query, format, FALSE, 0, -1);
      return TRUE;
    default:
      break;
  }
  return format == GST_FORMAT_TIME &&
         gst_pad_query_default (pad, parent, query);
}

/* The streaming side of READY to PAUSED; pads are not active yet. */
void
gst_row_enc_start_streaming (GstRowEnc *self)
{
  self->have_caps = FALSE;
  self->columns_due = self->begin_due = TRUE;
  self->warned_key = self->warned_rows = FALSE;
}

/* And of PAUSED to READY; pads are no longer active. */
void
gst_row_enc_stop_streaming (GstRowEnc *self)
{
  g_clear_pointer (&self->writer, gst_row_writer_free);
  g_clear_pointer (&self->columns, gst_row_header_free);
  forget_layout (self);
}
