/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmpost: frames, and the columns that it adds to their kept text. */

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "gstlstmlayout.h"
#include "gstlstmpost-private.h"
#include "gstlstmrows.h"

#define REASON_BELOW "below"

static void
read_frame (GstLstmPost *self, const guint8 *bytes)
{
  guint i;

  if (self->format == GST_AUDIO_FORMAT_F64) {
    memcpy (self->frame, bytes, self->frame_size);
    return;
  }
  for (i = 0; i < self->mean.channels; i++) {
    gfloat value;

    memcpy (&value, bytes + i * sizeof (value), sizeof (value));
    self->frame[i] = (gdouble) value;
  }
}

static void
write_frame (GstLstmPost *self, guint8 *bytes)
{
  guint i;

  if (self->format == GST_AUDIO_FORMAT_F64) {
    memcpy (bytes, self->frame, self->frame_size);
    return;
  }
  for (i = 0; i < self->mean.channels; i++) {
    gfloat value = (gfloat) self->frame[i];

    memcpy (bytes + i * sizeof (value), &value, sizeof (value));
  }
}

/* The name of the largest number, the first one of equals; none if all are NaN.
 */
static const gchar *
find_class (GstLstmPost *self)
{
  gchar **names = self->use_classes != NULL ? self->use_classes : self->names;
  guint i, best = G_MAXUINT;

  for (i = 0; i < self->mean.channels; i++)
    if (!isnan (self->frame[i]) &&
        (best == G_MAXUINT || self->frame[i] > self->frame[best]))
      best = i;
  return best == G_MAXUINT ? "" : names[best];
}

/* Of frame @i of @n: its share of the buffer's time, or by the rate. */
static GstClockTime
frame_time (GstLstmPost *self, GstLstmPostStream *stream, GstBuffer *buffer,
    gsize i, gsize n)
{
  GstClockTime start = GST_BUFFER_PTS (buffer);

  if (GST_CLOCK_TIME_IS_VALID (start) && GST_BUFFER_DURATION_IS_VALID (buffer))
    return start + gst_util_uint64_scale (i, GST_BUFFER_DURATION (buffer), n);
  if (!GST_CLOCK_TIME_IS_VALID (start)) {
    start = 0;
    i = stream->n_frames;
  }
  if (self->rate_n == 0)
    return start;
  return start + gst_util_uint64_scale (i, GST_SECOND * (guint64) self->rate_d,
                     (guint64) self->rate_n);
}

/* The columns of a frame, as text. */
static void
add_cells (GstLstmPost *self, GstLstmPostStream *stream, GstLstmRows *rows,
    guint i, gboolean gap)
{
  guint j, n_keep = g_strv_length (self->keep);

  for (j = 0; j < n_keep; j++)
    g_ptr_array_add (self->cells,
        (gpointer) (rows != NULL ? gst_lstm_rows_get (rows, i, j) : ""));
  for (j = 0; j < self->n_alarms; j++)
    g_ptr_array_add (self->cells,
        (gpointer) (stream->alarms[j].state == GST_LSTM_ALARM_ON ? "1" : "0"));
  if (self->has_class)
    g_ptr_array_add (self->cells, (gpointer) (gap ? "" : find_class (self)));
}

static void
run_frame (GstLstmPost *self, GstLstmPostStream *stream, guint8 *bytes,
    GstClockTime time)
{
  guint i;

  read_frame (self, bytes);
  if (stream->mean != NULL) {
    gst_lstm_mean_take (stream->mean, &self->mean, self->frame, time);
    write_frame (self, bytes);
  }
  for (i = 0; i < self->n_alarms; i++) {
    const GstLstmPostAlarm *alarm = &self->alarms[i];

    if (gst_lstm_alarm_update (&stream->alarms[i], &alarm->options,
            self->frame[alarm->place], time))
      gst_lstm_post_post_message (self, stream, i,
          stream->alarms[i].state == GST_LSTM_ALARM_ON ? NULL : REASON_BELOW);
  }
  stream->n_frames++;
}

static void
run (GstLstmPost *self, GstBuffer *buffer, guint8 *data, gsize n)
{
  GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
  gboolean gap = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  GstLstmPostStream *stream;
  const gchar *key = NULL;
  gsize i;

  gst_buffer_get_lstm_key (buffer, NULL, &key, NULL);
  if ((self->reset_on & GST_LSTM_RESET_DISCONT) != 0 &&
      (GST_BUFFER_FLAGS (buffer) &
          (GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC)) != 0)
    gst_lstm_post_reset (self, key, "discont");
  stream = gst_lstm_post_get_stream (self, key);
  g_ptr_array_set_size (self->cells, 0);
  for (i = 0; i < n; i++) {
    if (!gap)
      run_frame (self, stream, data + i * self->frame_size,
          frame_time (self, stream, buffer, i, n));
    add_cells (self, stream, rows, (guint) i, gap);
  }
}

static gboolean
check_rows (GstLstmPost *self, GstBuffer *buffer, gsize n)
{
  GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
  guint n_keep = g_strv_length (self->keep);

  if (rows == NULL || (gst_lstm_rows_get_n_rows (rows) == n &&
                          gst_lstm_rows_get_n_columns (rows) == n_keep))
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The kept text does not fit its frames: found %u rows of %u columns, "
       "expected %" G_GSIZE_FORMAT
       " of %u; an element before makes more or fewer frames and must choose "
       "their rows",
          gst_lstm_rows_get_n_rows (rows), gst_lstm_rows_get_n_columns (rows),
          n, n_keep),
      (NULL));
  return FALSE;
}

/* out_1, out_2, ... where upstream did not say. */
static void
make_names (GstLstmPost *self)
{
  guint i, n = self->mean.channels;

  g_strfreev (self->names);
  self->names = g_new0 (gchar *, (gsize) n + 1);
  for (i = 0; i < n; i++)
    self->names[i] = g_strdup_printf ("out_%u", i + 1);
}

/* The channel that an alarm is about, by its name or its number from 1. */
static gboolean
find_place (GstLstmPost *self, GstLstmPostAlarm *alarm)
{
  g_autofree gchar *all = NULL;
  guint64 number;
  guint i;

  alarm->place = 0;
  if (alarm->wanted == NULL || alarm->wanted[0] == '\0')
    return TRUE;
  for (i = 0; i < self->mean.channels; i++) {
    if (strcmp (self->names[i], alarm->wanted) == 0) {
      alarm->place = i;
      return TRUE;
    }
  }
  if (g_ascii_string_to_unsigned (
          alarm->wanted, 10, 1, self->mean.channels, &number, NULL)) {
    alarm->place = (guint) number - 1;
    return TRUE;
  }
  all = g_strjoinv (", ", self->names);
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("No output '%s' for the alarm '%s': the frames have %u: %.200s; set "
       "output= to one of these, or to a number from 1",
          alarm->wanted, alarm->name, self->mean.channels, all),
      (NULL));
  return FALSE;
}

/* An `lstm-layout` with the columns that this element adds. */
static GstEvent *
new_layout (GstLstmPost *self, const gchar *key, gboolean irregular)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) keep = NULL;
  GstEvent *event;
  guint i;

  g_strv_builder_addv (builder, (const gchar **) self->keep);
  for (i = 0; i < self->n_alarms; i++)
    g_strv_builder_add (builder, self->alarms[i].name);
  if (self->has_class)
    g_strv_builder_add (builder, GST_LSTM_POST_CLASS);
  keep = g_strv_builder_end (builder);
  event = gst_lstm_layout_event_new (
      (const gchar *const *) self->names, key, (const gchar *const *) keep);
  gst_lstm_layout_event_set_irregular (event, irregular);
  return event;
}

/* Where upstream says nothing of the frames: what is seen of them. */
static void
make_layout (GstLstmPost *self, GstBuffer *buffer)
{
  GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
  guint i, n = rows != NULL ? gst_lstm_rows_get_n_columns (rows) : 0;

  make_names (self);
  g_strfreev (self->keep);
  self->keep = g_new0 (gchar *, (gsize) n + 1);
  for (i = 0; i < n; i++)
    self->keep[i] = g_strdup_printf ("kept_%u", i + 1);
  if (self->n_alarms > 0 || self->has_class)
    gst_pad_push_event (
        GST_BASE_TRANSFORM_SRC_PAD (self), new_layout (self, NULL, FALSE));
}

static gboolean
check_columns (GstLstmPost *self)
{
  const gchar *const *keep = (const gchar *const *) self->keep;
  const gchar *name = NULL;
  guint i;

  for (i = 0; name == NULL && i < self->n_alarms; i++)
    if (g_strv_contains (keep, self->alarms[i].name))
      name = self->alarms[i].name;
  if (name == NULL && self->has_class &&
      g_strv_contains (keep, GST_LSTM_POST_CLASS))
    name = GST_LSTM_POST_CLASS;
  if (name == NULL)
    return TRUE;
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The frames have a kept column '%s' already, which is what this element "
       "would add; set alarm-name= to another name, or leave the column out",
          name),
      (NULL));
  return FALSE;
}

static gboolean
find_places (GstLstmPost *self)
{
  guint i;

  for (i = 0; i < self->n_alarms; i++) {
    GstLstmPostAlarm *alarm = &self->alarms[i];

    if (!find_place (self, alarm))
      return FALSE;
    g_free (alarm->output);
    alarm->output = g_strdup (self->names[alarm->place]);
  }
  return TRUE;
}

/* Before the first frame, and after other caps or names. */
static gboolean
settle (GstLstmPost *self, GstBuffer *buffer)
{
  guint n = self->mean.channels, n_names;

  if (!self->layout_due)
    return TRUE;
  if (!self->have_layout || g_strv_length (self->names) != n)
    make_layout (self, buffer);
  n_names = self->use_classes != NULL ? g_strv_length (self->use_classes) : n;
  if (n_names != n) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("Found %u names of classes for frames of %u numbers; expected one for "
         "each: set classes= to %u names",
            n_names, n, n),
        (NULL));
    return FALSE;
  }
  if (!check_columns (self) || !find_places (self))
    return FALSE;
  self->layout_due = FALSE;
  return TRUE;
}

static GstFlowReturn
process_mapped (GstLstmPost *self, GstBuffer *buffer, GstMapInfo *map)
{
  gsize n = map->size / self->frame_size;

  if (map->size % self->frame_size != 0) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("A buffer of %" G_GSIZE_FORMAT " bytes is no whole number of frames: "
         "a frame of %u channels has %" G_GSIZE_FORMAT " bytes",
            map->size, self->mean.channels, self->frame_size),
        (NULL));
    return GST_FLOW_ERROR;
  }
  if (!check_rows (self, buffer, n))
    return GST_FLOW_ERROR;
  run (self, buffer, map->data, n);
  return GST_FLOW_OK;
}

static void
attach_cells (GstLstmPost *self, GstBuffer *buffer)
{
  guint n_columns =
      g_strv_length (self->keep) + self->n_alarms + (self->has_class ? 1 : 0);
  g_autoptr (GstLstmRows) rows = NULL;

  if (self->cells->len == 0)
    return;
  rows = gst_lstm_rows_new (self->cells->len / n_columns, n_columns,
      (const gchar *const *) self->cells->pdata);
  if (rows != NULL)
    gst_buffer_add_lstm_rows (buffer, rows);
}

/**
 * gst_lstm_post_process:
 * @self: the element
 * @buffer: a writable buffer of frames
 *
 * Returns: how it went; an error is posted
 */
GstFlowReturn
gst_lstm_post_process (GstLstmPost *self, GstBuffer *buffer)
{
  GstFlowReturn flow;
  GstMapInfo map;

  if (!settle (self, buffer))
    return GST_FLOW_ERROR;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READWRITE)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A buffer of frames cannot be read (mapped)"), (NULL));
    return GST_FLOW_ERROR;
  }
  flow = process_mapped (self, buffer, &map);
  gst_buffer_unmap (buffer, &map);
  if (flow == GST_FLOW_OK)
    attach_cells (self, buffer);
  return flow;
}

/**
 * gst_lstm_post_take_layout:
 * @self: the element
 * @event: (transfer full): any event
 *
 * Notes what an `lstm-layout` says.
 *
 * Returns: (transfer full): what goes on in place of @event: the same, or a
 *   layout with the columns that this element adds
 */
GstEvent *
gst_lstm_post_take_layout (GstLstmPost *self, GstEvent *event)
{
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) keep = NULL;
  g_autofree gchar *key = NULL;
  GstEvent *ours;

  if (!gst_lstm_layout_event_parse (event, &names, &key, &keep))
    return event;
  g_strfreev (self->names);
  g_strfreev (self->keep);
  self->names = g_steal_pointer (&names);
  self->keep = g_steal_pointer (&keep);
  self->have_layout = self->layout_due = TRUE;
  ours = new_layout (self, key, gst_lstm_layout_event_is_irregular (event));
  gst_event_set_seqnum (ours, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return ours;
}
