/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tracer `latency` finds of lstm is what lstm finds itself. */

#include <gst/audio/audio.h>

#include "lstm-reference.h"
#include "tracer-test.h"

#define N_BUFFERS 40
#define N_FRAMES 200

static GArray *times; /* guint64, ns; what the tracer tells of element l */

static void
take_log (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  const gchar *text = gst_debug_message_get (message);
  GstStructure *structure;
  guint64 time;

  if (text == NULL || !g_str_has_prefix (text, "element-latency,"))
    return;
  structure = gst_structure_from_string (text, NULL);
  fail_unless (structure != NULL, "%s", text);
  if (g_strcmp0 (gst_structure_get_string (structure, "element"), "l") == 0) {
    fail_unless (gst_structure_get_uint64 (structure, "time", &time));
    g_array_append_val (times, time);
  }
  gst_structure_free (structure);
}

static void
run (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

/* The tracer counts from before the buffer is processed to after: each of its
 * times is longer than lstm's own, so their medians are; all together they are
 * no longer than the run. */
START_TEST (test_latency)
{
  g_autoptr (GstObject) tracer = tracer_test_start ("latency", "flags=element");
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *line =
      g_strdup_printf ("fakesrc num-buffers=%u sizetype=fixed sizemax=%u "
                       "filltype=zero format=time ! audio/x-raw, "
                       "format=" GST_AUDIO_NE (
                           F32) ", layout=interleaved, channels=5, rate=100, "
                                "channel-mask=(bitmask)0 ! lstm name=l "
                                "model=\"%s\" ! fakesink sync=false",
          N_BUFFERS, N_FRAMES * 5 * (guint) sizeof (gfloat), path);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) lstm = gst_bin_get_by_name (GST_BIN (pipeline), "l");
  GstClockTime start = gst_util_get_timestamp (), all = 0;
  GstStructure *stats = NULL;
  guint64 own = 0, median;

  fail_unless (tracer != NULL);
  times = g_array_new (FALSE, FALSE, sizeof (guint64));
  gst_debug_add_log_function (take_log, NULL, NULL);
  run (pipeline);
  gst_debug_remove_log_function (take_log);
  fail_unless_equals_int (times->len, N_BUFFERS);
  for (guint i = 0; i < times->len; i++)
    all += g_array_index (times, guint64, i);
  fail_unless (all <= gst_util_get_timestamp () - start);
  g_array_sort (times, compare);
  median = g_array_index (times, guint64, (N_BUFFERS + 1) / 2 - 1);
  g_object_get (lstm, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "time-p50", &own));
  fail_unless (own > 0 && median >= own - own / 8,
      "the tracer says %" G_GUINT64_FORMAT ", lstm %" G_GUINT64_FORMAT, median,
      own);
  gst_structure_free (stats);
  g_array_unref (times);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_latency);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-tracer", add_tests);
}
