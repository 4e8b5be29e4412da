/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm tells of its work: the property stats, and messages with outputs.
 */

#include "gstlstm-private.h"

#define GST_CAT_DEFAULT gst_lstm_debug

/* ---- stats ---- */

/* (transfer full) */
GstStructure *
gst_lstm_get_stats (GstLstm *self)
{
  g_autofree gchar *model = NULL;
  g_autofree gchar *kernels = NULL;
  const gchar *precision = NULL;
  GstStructure *structure;
  GstLstmStats stats;
  guint streams = 0, threads = 0;
  guint64 position = GST_BUFFER_OFFSET_NONE;

  g_mutex_lock (&self->state_lock);
  stats = self->stats;
  if (self->setup.session != NULL) {
    streams = gst_lstm_session_get_n_streams (self->setup.session);
    stats.saves =
        gst_lstm_session_get_n_saves (self->setup.session, &stats.last_save);
    position = gst_lstm_session_get_position (self->setup.session);
    model = g_strdup (lstm_model_get_name (self->setup.model));
    kernels = g_strdup (lstm_plan_get_kernels (self->setup.plan));
    precision =
        lstm_precision_get_name (lstm_plan_get_precision (self->setup.plan));
    threads = self->setup.pool ? lstm_pool_get_n_threads (self->setup.pool) : 1;
  }
  g_mutex_unlock (&self->state_lock);
  structure = gst_lstm_stats_to_structure (&stats);
  gst_structure_set (structure, "streams", G_TYPE_UINT, streams, "position",
      G_TYPE_UINT64, position, "model", G_TYPE_STRING, model, "kernels",
      G_TYPE_STRING, kernels, "precision", G_TYPE_STRING, precision, "threads",
      G_TYPE_UINT, threads, NULL);
  return structure;
}

/* ---- messages ---- */

static void
append_double (GValue *array, gdouble x)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, x);
  gst_value_array_append_and_take_value (array, &value);
}

static void
init_frame (GValue *array, const gfloat *frame, guint n)
{
  gst_value_array_init (array, n);
  for (guint i = 0; i < n; i++)
    append_double (array, frame[i]);
}

/* One frame as an array of its features, several as an array of such. */
static void
set_values (GstStructure *structure, const gfloat *data, guint n_frames,
    guint n_features)
{
  GValue values = G_VALUE_INIT;

  if (n_frames == 1) {
    init_frame (&values, data, n_features);
  } else {
    gst_value_array_init (&values, n_frames);
    for (guint i = 0; i < n_frames; i++) {
      GValue frame = G_VALUE_INIT;

      init_frame (&frame, data + (gsize) i * n_features, n_features);
      gst_value_array_append_and_take_value (&values, &frame);
    }
  }
  gst_structure_take_value (structure, "values", &values);
}

static void
set_names (GstStructure *structure, gchar **names)
{
  GValue array = G_VALUE_INIT;

  gst_value_array_init (&array, g_strv_length (names));
  for (; *names != NULL; names++) {
    GValue name = G_VALUE_INIT;

    g_value_init (&name, G_TYPE_STRING);
    g_value_set_string (&name, *names);
    gst_value_array_append_and_take_value (&array, &name);
  }
  gst_structure_take_value (structure, "names", &array);
}

static GstStructure *
new_message (const GstSegment *segment, GstClockTime pts, GstClockTime duration)
{
  GstClockTime endtime = GST_CLOCK_TIME_NONE, stream_time = endtime,
               running_time = endtime;

  if (GST_CLOCK_TIME_IS_VALID (pts) && GST_CLOCK_TIME_IS_VALID (duration))
    endtime = pts + duration;
  if (GST_CLOCK_TIME_IS_VALID (pts) && segment->format == GST_FORMAT_TIME) {
    stream_time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, pts);
    running_time = gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts);
  }
  return gst_structure_new ("lstm", "endtime", GST_TYPE_CLOCK_TIME, endtime,
      "timestamp", G_TYPE_UINT64, pts, "stream-time", G_TYPE_UINT64,
      stream_time, "running-time", G_TYPE_UINT64, running_time, "duration",
      G_TYPE_UINT64, duration, NULL);
}

/* Tells the application of an output; no lock is held. */
void
gst_lstm_post_output (GstLstm *self, const GstLstmResult *result)
{
  const GstLstmSetup *setup = &self->setup;
  guint n =
      gst_lstm_session_get_output_features (setup->session, result->output);
  g_auto (GStrv) names = gst_lstm_setup_name_channels (setup, result->output);
  GstStructure *structure = new_message (
      &GST_BASE_TRANSFORM (self)->segment, result->pts, result->duration);

  set_values (structure, result->data, result->n_frames, n);
  set_names (structure, names);
  gst_structure_set (structure, "output", G_TYPE_STRING,
      lstm_model_get_output_name (setup->model, result->output), NULL);
  if (result->key_caps != NULL)
    gst_structure_set_value (structure, "key",
        gst_structure_get_value (
            gst_caps_get_structure (result->key_caps, 0), "key"));
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}
