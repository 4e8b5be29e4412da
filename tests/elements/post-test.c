/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "post-test.h"

#include <gst/lstm/lstm.h>

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"

const gdouble post_wave[] = { 0, 5, 7, 4, 3, 2.9, 5, 4.9, 0, 9 };

ElementTest *
post_test_new (GstElement *element, GstAudioFormat format, guint channels,
    const gchar *layout)
{
  ElementTest *test = element_test_new (element);

  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (format, channels, 10));
  if (layout != NULL) {
    g_auto (GStrv) names = g_strsplit (layout, ",", -1);
    const gchar *const keep[] = { "cycle", NULL };

    gst_harness_push_event (test->harness,
        gst_lstm_layout_event_new ((const gchar *const *) names, "id", keep));
  }
  return test;
}

GstBuffer *
post_test_buffer (const gdouble *values, guint n, guint channels, guint first,
    const gchar *key)
{
  GstBuffer *buffer =
      gst_buffer_new_memdup (values, (gsize) n * channels * sizeof (gdouble));

  GST_BUFFER_PTS (buffer) = first * GST_SECOND / 10;
  GST_BUFFER_DURATION (buffer) = n * GST_SECOND / 10;
  if (key != NULL)
    gst_buffer_add_lstm_key (buffer, key, first);
  return buffer;
}

static gchar *
pull (ElementTest *test, guint channels)
{
  GString *text = g_string_new (NULL);
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
    GstMapInfo map;
    guint i, j;

    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    for (i = 0; i < map.size / sizeof (gdouble) / channels; i++) {
      for (j = 0; rows != NULL && j < gst_lstm_rows_get_n_columns (rows); j++)
        g_string_append_printf (text, "%s|", gst_lstm_rows_get (rows, i, j));
      for (j = 0; j < channels; j++)
        g_string_append_printf (text, "%s%g", j > 0 ? "," : "",
            ((const gdouble *) (gpointer) map.data)[i * channels + j]);
      g_string_append_c (text, ' ');
    }
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  return g_string_free (text, FALSE);
}

void
post_test_assert_frames (
    ElementTest *test, guint channels, const gchar *expected)
{
  g_autofree gchar *text = pull (test, channels);

  fail_unless_equals_string (text, expected);
}

void
post_test_assert_alarms (ElementTest *test, const gchar *expected)
{
  GString *text = g_string_new (NULL);
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (
              test->bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR)) != NULL) {
    const GstStructure *s = gst_message_get_structure (message);
    const gchar *key = gst_structure_get_string (s, "key");
    const gchar *reason = gst_structure_get_string (s, "reason");
    const gchar *name = gst_structure_get_string (s, "name");
    gboolean named = g_strcmp0 (name, "alarm") != 0;
    gdouble value = 0, peak = 0;
    guint64 since = 0, duration = 0;

    fail_unless (gst_structure_get (s, "value", G_TYPE_DOUBLE, &value, "peak",
        G_TYPE_DOUBLE, &peak, "since", G_TYPE_UINT64, &since, "duration",
        G_TYPE_UINT64, &duration, NULL));
    g_string_append_printf (text, "%s %s%s%s %g %g %u %u%s%s\n",
        gst_structure_get_string (s, "state"), named ? name : "",
        named ? "/" : "", key != NULL ? key : "-", value, peak,
        (guint) (since / GST_MSECOND), (guint) (duration / GST_MSECOND),
        reason != NULL ? " " : "", reason != NULL ? reason : "");
    gst_message_unref (message);
  }
  fail_unless_equals_string (text->str, expected);
  g_string_free (text, TRUE);
}
