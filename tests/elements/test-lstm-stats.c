/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm tells of its work: stats, and messages with outputs. */

#include <glib/gstdio.h>
#include <math.h>

#include "gstlstmaudio.h"
#include "gstlstmstats.h"
#include "lstm-reference.h"

#define FRAME (5 * sizeof (gfloat)) /* of MODEL_FRAMES */

static GstStructure *
get_stats (ElementTest *test)
{
  GstStructure *stats = NULL;

  g_object_get (test->element, "stats", &stats, NULL);
  fail_unless (stats != NULL);
  fail_unless (gst_structure_has_name (stats, "lstm-stats"));
  return stats;
}

static guint64
get_stat (ElementTest *test, const gchar *name)
{
  GstStructure *stats = get_stats (test);
  guint64 value = 0;

  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  gst_structure_free (stats);
  return value;
}

static guint
get_streams (ElementTest *test)
{
  GstStructure *stats = get_stats (test);
  guint value = 0;

  fail_unless (gst_structure_get_uint (stats, "streams", &value));
  gst_structure_free (stats);
  return value;
}

/* ---- times ---- */

START_TEST (test_histogram)
{
  GstLstmStats stats = { 0 };
  guint64 p;

  fail_unless_equals_uint64 (gst_lstm_stats_get_time (&stats, 50), 0);
  for (guint i = 1; i <= 1000; i++)
    gst_lstm_stats_add_time (&stats, i * 1000);
  p = gst_lstm_stats_get_time (&stats, 50);
  fail_unless (p >= 500000 && p <= 500000 * 9 / 8, "p50 %" G_GUINT64_FORMAT, p);
  p = gst_lstm_stats_get_time (&stats, 99);
  fail_unless (p >= 990000 && p <= 1000000, "p99 %" G_GUINT64_FORMAT, p);
  fail_unless_equals_uint64 (stats.longest, 1000000);
  fail_unless_equals_uint64 (stats.busy, 500500000);
}
END_TEST

/* Entry @i counts what is below 2^(10 + i) ns, exactly. */
START_TEST (test_told_histogram)
{
  static const guint64 times[] = { 0, 1023, 1024, 1025, 2047, 2048,
    (G_GUINT64_CONSTANT (1) << 34) - 1, G_GUINT64_CONSTANT (1) << 34 };
  GstLstmStats stats = { 0 };
  GstStructure *structure;
  const GValue *array;

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    gst_lstm_stats_add_time (&stats, times[i]);
  structure = gst_lstm_stats_to_structure (&stats);
  array = gst_structure_get_value (structure, "time-histogram");
  fail_unless_equals_int (gst_value_array_get_size (array), 25);
  for (guint i = 0; i < 25; i++) {
    guint64 found = g_value_get_uint64 (gst_value_array_get_value (array, i));
    guint64 n = 0;

    for (guint k = 0; k < G_N_ELEMENTS (times); k++)
      n += times[k] < G_GUINT64_CONSTANT (1) << (10 + i);
    fail_unless (found == n, "below 2^%u: %" G_GUINT64_FORMAT, 10 + i, found);
  }
  gst_structure_free (structure);
}
END_TEST

/* Every time is in a bucket that holds it, to an eighth. */
START_TEST (test_buckets)
{
  for (guint shift = 0; shift < 64; shift++) {
    for (guint k = 0; k < 16; k++) {
      guint64 time = ((G_GUINT64_CONSTANT (1) << shift) - 1) +
                     k * ((G_GUINT64_CONSTANT (1) << shift) / 16);
      GstLstmStats stats = { 0 };
      guint64 p;

      gst_lstm_stats_add_time (&stats, time);
      stats.longest = G_MAXUINT64;
      p = gst_lstm_stats_get_time (&stats, 99);
      fail_unless (p >= time && p - time <= time / 8,
          "%" G_GUINT64_FORMAT " came out as %" G_GUINT64_FORMAT, time, p);
    }
  }
}
END_TEST

START_TEST (test_times)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (1, 100 * 5);
  GstStructure *stats;
  gdouble rate;

  fail_unless_equals_uint64 (get_stat (test, "time-max"), 0);
  for (guint i = 0; i < 100; i++)
    element_test_push_buffer (test, x + i * 5, FRAME);
  fail_unless (get_stat (test, "time-p50") > 0);
  fail_unless (get_stat (test, "time-p50") <= get_stat (test, "time-p99"));
  fail_unless (get_stat (test, "time-p99") <= get_stat (test, "time-max"));
  fail_unless (get_stat (test, "time-max") < 10 * GST_SECOND);
  fail_unless_equals_uint64 (get_stat (test, "time-count"), 100);
  fail_unless (get_stat (test, "time-total") >= get_stat (test, "time-max"));
  stats = get_stats (test);
  fail_unless (gst_structure_get_double (stats, "steps-per-second", &rate));
  fail_unless (rate > 10 && rate < 1e9);
  gst_structure_free (stats);
}
END_TEST

/* ---- counts ---- */

START_TEST (test_counts)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (2, 10 * 5);
  GstStructure *stats;

  fail_unless_equals_int (get_streams (test), 0);
  element_test_push_buffer (test, x, 3 * FRAME);
  element_test_push_buffer (test, x, FRAME / 2);
  lstm_test_push_keyed (test, "a", x, 2 * 5);
  lstm_test_push_keyed (test, "b", x, 5);
  fail_unless_equals_uint64 (get_stat (test, "frames"), 6);
  fail_unless_equals_uint64 (get_stat (test, "buffers"), 4);
  fail_unless_equals_uint64 (get_stat (test, "windows"), 0);
  fail_unless_equals_uint64 (get_stat (test, "steps"), 6);
  fail_unless_equals_uint64 (get_stat (test, "bad-numbers"), 0);
  fail_unless_equals_int (get_streams (test), 3);
  stats = get_stats (test);
  fail_unless (gst_structure_get_string (stats, "kernels") != NULL);
  fail_unless (gst_structure_get_string (stats, "model") != NULL);
  gst_structure_free (stats);
}
END_TEST

START_TEST (test_windows)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "stride", "5", NULL);
  g_autofree gfloat *x = reference_input (3, 40);

  element_test_push_buffer (test, x, 40 * sizeof (gfloat));
  fail_unless_equals_uint64 (get_stat (test, "frames"), 40);
  fail_unless_equals_uint64 (get_stat (test, "windows"), 4);
  fail_unless_equals_uint64 (get_stat (test, "steps"), 4 * 25);
}
END_TEST

/* Each of another buffer's state is one, and the last comes with the end. */
START_TEST (test_saves)
{
  g_autofree gchar *dir = g_dir_make_tmp ("lstm-stats-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "a.state", NULL);
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_FRAMES, 5, 10, "state-file", path, "state-interval", "1", NULL);
  g_autofree gfloat *x = reference_input (5, 5);
  gint64 before = g_get_real_time (), saved = 0;
  GstStructure *stats;

  fail_unless_equals_uint64 (get_stat (test, "state-saves"), 0);
  element_test_push_buffer (test, x, FRAME);
  while (get_stat (test, "state-saves") == 0)
    g_usleep (100);
  fail_unless_equals_uint64 (get_stat (test, "state-saves"), 1);
  element_test_push_buffer (test, x, FRAME);
  gst_element_set_state (test->element, GST_STATE_NULL);
  fail_unless_equals_uint64 (get_stat (test, "state-saves"), 2);
  stats = get_stats (test);
  fail_unless (gst_structure_get_int64 (stats, "state-saved-at", &saved));
  fail_unless (saved >= before && saved <= g_get_real_time ());
  gst_structure_free (stats);
  g_unlink (path);
  g_rmdir (dir);
}
END_TEST

START_TEST (test_evictions)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "max-streams", "2", NULL);
  g_autofree gfloat *x = reference_input (10, 5);
  static const gchar *const keys[] = { "a", "b", "a", "c", "d" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    lstm_test_push_keyed (test, keys[i], x, 5);
  fail_unless_equals_uint64 (get_stat (test, "evictions"), 2);
  fail_unless_equals_int (get_streams (test), 2);
}
END_TEST

/* They can be read when it has stopped, and begin anew with a start. */
START_TEST (test_restart)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (4, 5);

  element_test_push_buffer (test, x, FRAME);
  gst_element_set_state (test->element, GST_STATE_NULL);
  fail_unless_equals_uint64 (get_stat (test, "frames"), 1);
  fail_unless_equals_int (get_streams (test), 0);
  gst_element_set_state (test->element, GST_STATE_PAUSED);
  fail_unless_equals_uint64 (get_stat (test, "frames"), 0);
}
END_TEST

/* ---- resets by cause ---- */

static void
push_flagged (ElementTest *test, const gfloat *x, GstBufferFlags flag)
{
  GstBuffer *buffer = gst_buffer_new_memdup (x, FRAME);

  GST_BUFFER_FLAG_SET (buffer, flag);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

static void
cause_stream_start (ElementTest *test, gfloat *x)
{
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("other"));
}

static void
cause_flush (ElementTest *test, gfloat *x)
{
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
}

static void
cause_discont (ElementTest *test, gfloat *x)
{
  push_flagged (test, x, GST_BUFFER_FLAG_DISCONT);
}

static void
cause_segment (ElementTest *test, gfloat *x)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
}

static void
cause_caps (ElementTest *test, gfloat *x)
{
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 5, 10);

  gst_harness_push_event (test->harness, gst_event_new_caps (caps));
}

static void
cause_gap (ElementTest *test, gfloat *x)
{
  push_flagged (test, x, GST_BUFFER_FLAG_GAP);
}

static void
cause_gap_event (ElementTest *test, gfloat *x)
{
  gst_harness_push_event (
      test->harness, gst_event_new_gap (0, 100 * GST_MSECOND));
}

static void
cause_nan (ElementTest *test, gfloat *x)
{
  x[3] = NAN;
  push_flagged (test, x, 0);
  fail_unless_equals_uint64 (get_stat (test, "bad-numbers"), 1);
}

static void
cause_signal (ElementTest *test, gfloat *x)
{
  g_signal_emit_by_name (test->element, "reset-state");
}

static void
cause_event (ElementTest *test, gfloat *x)
{
  gst_harness_push_event (
      test->harness, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                         gst_structure_new_empty ("lstm-reset-state")));
}

static const struct {
  const gchar *name;
  void (*act) (ElementTest *test, gfloat *x);
} causes[] = {
  { "resets-stream-start", cause_stream_start },
  { "resets-flush", cause_flush },
  { "resets-discont", cause_discont },
  { "resets-segment", cause_segment },
  { "resets-caps", cause_caps },
  { "resets-gap", cause_gap },
  { "resets-gap", cause_gap_event },
  { "resets-nan", cause_nan },
  { "resets-signal", cause_signal },
  { "resets-signal", cause_event },
};

/* It is counted, and nothing else is; what came before there was a stream is
 * not. */
START_TEST (test_causes)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, "reset-on",
      "stream-start+flush+discont+segment+caps", "gap", "reset", "on-nan",
      "reset", NULL);
  g_autofree gfloat *x = reference_input (5, 5);

  element_test_push_buffer (test, x, FRAME);
  causes[_i].act (test, x);
  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    fail_unless_equals_uint64 (get_stat (test, causes[i].name),
        g_str_equal (causes[i].name, causes[_i].name));
}
END_TEST

/* ---- messages ---- */

static GstStructure *
pop_message (ElementTest *test)
{
  GstMessage *message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT);
  GstStructure *structure;

  if (message == NULL)
    return NULL;
  fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (test->element));
  structure = gst_structure_copy (gst_message_get_structure (message));
  fail_unless (gst_structure_has_name (structure, "lstm"));
  gst_message_unref (message);
  return structure;
}

static guint64
get_time (const GstStructure *structure, const gchar *name)
{
  guint64 time = 0;

  fail_unless (gst_structure_get_uint64 (structure, name, &time), "%s", name);
  return time;
}

static void
assert_frame (const GValue *array, const gfloat *expected, guint n)
{
  fail_unless_equals_int (gst_value_array_get_size (array), n);
  for (guint i = 0; i < n; i++)
    fail_unless (g_value_get_double (gst_value_array_get_value (array, i)) ==
                 (gdouble) expected[i]);
}

START_TEST (test_message)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "post-messages", "true", NULL);
  g_autofree gfloat *x = reference_input (6, 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 1, &n);
  GstBuffer *buffer = gst_buffer_new_memdup (x, FRAME);
  GstSegment segment;
  GstStructure *s;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = GST_SECOND;
  segment.time = 5 * GST_SECOND;
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  GST_BUFFER_PTS (buffer) = 3 * GST_SECOND;
  gst_harness_push (test->harness, buffer);
  s = pop_message (test);
  fail_unless (s != NULL);
  fail_unless_equals_uint64 (get_time (s, "timestamp"), 3 * GST_SECOND);
  fail_unless_equals_uint64 (get_time (s, "stream-time"), 7 * GST_SECOND);
  fail_unless_equals_uint64 (get_time (s, "running-time"), 2 * GST_SECOND);
  fail_unless_equals_uint64 (get_time (s, "duration"), 100 * GST_MSECOND);
  fail_unless_equals_uint64 (
      get_time (s, "endtime"), 3 * GST_SECOND + 100 * GST_MSECOND);
  assert_frame (gst_structure_get_value (s, "values"), y, (guint) n);
  fail_unless_equals_int (
      gst_value_array_get_size (gst_structure_get_value (s, "names")), n);
  fail_if (gst_structure_has_field (s, "key"));
  gst_structure_free (s);
  fail_unless (pop_message (test) == NULL);
}
END_TEST

START_TEST (test_message_of_frames)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "post-messages", "true", NULL);
  g_autofree gfloat *x = reference_input (7, 3 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 3, &n);
  const GValue *values;
  GstStructure *s;

  lstm_test_push_keyed (test, "pump 7", x, 3 * 5);
  s = pop_message (test);
  fail_unless_equals_string (gst_structure_get_string (s, "key"), "pump 7");
  values = gst_structure_get_value (s, "values");
  fail_unless_equals_int (gst_value_array_get_size (values), 3);
  for (guint i = 0; i < 3; i++)
    assert_frame (
        gst_value_array_get_value (values, i), y + i * n / 3, (guint) n / 3);
  gst_structure_free (s);
}
END_TEST

/* Off unless asked for, and to be changed at any time. */
START_TEST (test_messages_while_playing)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (8, 5);
  GstStructure *s;

  for (guint i = 0; i < 4; i++) {
    gboolean on = i % 2, is_on;

    g_object_set (test->element, "post-messages", on, NULL);
    g_object_get (test->element, "post-messages", &is_on, NULL);
    fail_unless_equals_int (is_on, on);
    element_test_push_buffer (test, x, FRAME);
    s = pop_message (test);
    fail_unless_equals_int (s != NULL, on);
    if (s != NULL)
      gst_structure_free (s);
  }
}
END_TEST

static GstBusSyncReply
use_element (GstBus *bus, GstMessage *message, gpointer data)
{
  ElementTest *test = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT) {
    fail_unless (get_stat (test, "frames") > 0);
    g_signal_emit_by_name (test->element, "reset-state");
    g_object_set (test->element, "post-messages", TRUE, NULL);
  }
  return GST_BUS_PASS;
}

/* Who is told may ask back: no lock is held. */
START_TEST (test_no_lock)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "post-messages", "true", NULL);
  g_autofree gfloat *x = reference_input (9, 5);

  gst_bus_set_sync_handler (test->bus, use_element, test, NULL);
  for (guint i = 0; i < 3; i++)
    element_test_push_buffer (test, x, FRAME);
  fail_unless_equals_uint64 (get_stat (test, "resets-signal"), 3);
  gst_bus_set_sync_handler (test->bus, NULL, NULL, NULL);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_histogram);
  tcase_add_test (tests, test_told_histogram);
  tcase_add_test (tests, test_buckets);
  tcase_add_test (tests, test_times);
  tcase_add_test (tests, test_counts);
  tcase_add_test (tests, test_windows);
  tcase_add_test (tests, test_saves);
  tcase_add_test (tests, test_evictions);
  tcase_add_test (tests, test_restart);
  tcase_add_loop_test (tests, test_causes, 0, G_N_ELEMENTS (causes));
  tcase_add_test (tests, test_message);
  tcase_add_test (tests, test_message_of_frames);
  tcase_add_test (tests, test_messages_while_playing);
  tcase_add_test (tests, test_no_lock);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-stats", add_tests);
}
