/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmpost: means, alarms and classes, by key. */

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"
#include "post-test.h"

/* ---- what it computes ---- */

START_TEST (test_average)
{
  const gdouble values[] = { 3, 30, 6, 60, 0, 90, 9, 0, 9, 30 };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "average", "3", NULL),
          GST_AUDIO_FORMAT_F64, 2, NULL);

  gst_harness_push (test->harness, post_test_buffer (values, 2, 2, 0, NULL));
  gst_harness_push (
      test->harness, post_test_buffer (values + 4, 3, 2, 2, NULL));
  post_test_assert_frames (test, 2, "3,30 4.5,45 3,60 5,50 6,40 ");
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_average_of_no_numbers)
{
  const gdouble values[] = { (gdouble) NAN, 2, INFINITY, (gdouble) NAN,
    (gdouble) NAN, 8 };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "average", "2", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (values, 6, 1, 0, NULL));
  post_test_assert_frames (test, 1, "nan 2 2 nan nan 8 ");
}
END_TEST

/* What rounding leaves of a large number is gone with the next round. */
START_TEST (test_average_does_not_drift)
{
  const gdouble values[] = { 1e17, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "average", "2", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (values, 7, 1, 0, NULL));
  post_test_assert_frames (test, 1, "1e+17 5e+16 0.05 0.1 0.1 0.1 0.1 ");
}
END_TEST

/* The mean in F32 is that of float64, rounded once. */
START_TEST (test_f32)
{
  const gfloat values[] = { 16777216.0f, 16777218.0f };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "average", "2", NULL),
          GST_AUDIO_FORMAT_F32, 1, NULL);
  g_autoptr (GstBuffer) buffer = NULL;
  gfloat mean;

  element_test_push_buffer (test, values, sizeof (values));
  buffer = gst_harness_pull (test->harness);
  gst_buffer_extract (buffer, sizeof (mean), &mean, sizeof (mean));
  fail_unless (mean == 16777216.0f, "%.9g", (gdouble) mean);
}
END_TEST

START_TEST (test_hysteresis)
{
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5",
                         "threshold-off", "3", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");

  gst_harness_push (
      test->harness, post_test_buffer (post_wave, 10, 1, 0, NULL));
  post_test_assert_frames (
      test, 1, "|0|0 |1|5 |1|7 |1|4 |1|3 |0|2.9 |1|5 |1|4.9 |0|0 |1|9 ");
  post_test_assert_alarms (test,
      "start - 5 5 100 0\nend - 2.9 7 100 400 below\n"
      "start - 5 5 600 0\nend - 0 5 600 200 below\n"
      "start - 9 9 900 0\n");
  element_test_push_eos (test);
  post_test_assert_alarms (test, "end - 9 9 900 0 eos\n");
}
END_TEST

/* Without threshold-off the alarm ends where it began. */
START_TEST (test_one_threshold)
{
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (post_wave, 4, 1, 0, NULL));
  post_test_assert_frames (test, 1, "0|0 1|5 1|7 0|4 ");
}
END_TEST

/* 0.2 s is three frames' times of ten a second; a dip below begins anew, one
 * over a buffer's end does not. */
START_TEST (test_min_duration)
{
  const gdouble values[] = { 6, 6, 1, 6, 6, 8, 6, 0 };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5",
                         "min-duration", "200000000", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  guint i;

  for (i = 0; i < 8; i++)
    gst_harness_push (
        test->harness, post_test_buffer (values + i, 1, 1, i, "k"));
  post_test_assert_frames (test, 1, "|0|6 |0|6 |0|1 |0|6 |0|6 |1|8 |1|6 |0|0 ");
  post_test_assert_alarms (
      test, "start k 8 8 300 200\nend k 0 8 300 400 below\n");
}
END_TEST

START_TEST (test_nan_changes_nothing)
{
  const gdouble values[] = { (gdouble) NAN, 6, (gdouble) NAN, 1,
    (gdouble) NAN };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (values, 5, 1, 0, NULL));
  post_test_assert_frames (test, 1, "0|nan 1|6 1|nan 0|1 0|nan ");
  post_test_assert_alarms (
      test, "start - 6 6 100 0\nend - 1 6 100 200 below\n");
}
END_TEST

/* Without times frames are counted, by the rate. */
START_TEST (test_no_times)
{
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  element_test_push_buffer (test, post_wave, sizeof (gdouble));
  element_test_push_buffer (test, post_wave + 1, 3 * sizeof (gdouble));
  post_test_assert_alarms (
      test, "start - 5 5 100 0\nend - 4 7 100 200 below\n");
}
END_TEST

/* Each key has its own mean and alarm. */
START_TEST (test_keys)
{
  const gdouble low[] = { 0, 0 }, high[] = { 10, 10 };
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "average", "2", "threshold-on", "5", NULL),
      GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (low, 1, 1, 0, "a"));
  gst_harness_push (test->harness, post_test_buffer (high, 1, 1, 0, "b"));
  gst_harness_push (test->harness, post_test_buffer (high, 1, 1, 1, "a"));
  gst_harness_push (test->harness, post_test_buffer (low, 2, 1, 1, "b"));
  post_test_assert_frames (test, 1, "0|0 1|10 1|5 1|5 0|0 ");
  post_test_assert_alarms (test, "start b 10 10 0 0\nstart a 5 5 100 0\n"
                                 "end b 0 10 0 200 below\n");
}
END_TEST

/* The key used least recently makes room, and its alarm ends. */
START_TEST (test_max_streams)
{
  const gdouble high = 10;
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5",
                         "max-streams", "2", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 0, "a"));
  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 0, "b"));
  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 1, "a"));
  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 1, "c"));
  post_test_assert_alarms (test,
      "start a 10 10 0 0\nstart b 10 10 0 0\n"
      "end b 10 10 0 0 evicted\nstart c 10 10 100 0\n");
}
END_TEST

/* The names, and equals: the first. */
START_TEST (test_classes)
{
  const gdouble values[] = { 1, 2, 3, 3, (gdouble) NAN, 1, (gdouble) NAN,
    (gdouble) NAN };
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "classes", "\"low, cold\",high", NULL),
      GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (ElementTest) named =
      post_test_new (element_test_make ("lstmpost", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");

  gst_harness_push (test->harness, post_test_buffer (values, 4, 2, 0, NULL));
  post_test_assert_frames (
      test, 2, "|high|1,2 |low, cold|3,3 |high|nan,1 ||nan,nan ");
  gst_harness_push (named->harness, post_test_buffer (values, 1, 2, 0, NULL));
  post_test_assert_frames (named, 2, "|q|1,2 ");
}
END_TEST

static const gchar *const outputs[] = { "q", "2", NULL };

START_TEST (test_output)
{
  const gdouble values[] = { 9, 1, 1, 9 };
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "threshold-on", "5", "output",
          outputs[_i] != NULL ? outputs[_i] : "", NULL),
      GST_AUDIO_FORMAT_F64, 2, "p,q");

  gst_harness_push (test->harness, post_test_buffer (values, 2, 2, 0, NULL));
  post_test_assert_frames (
      test, 2, outputs[_i] != NULL ? "|0|9,1 |1|1,9 " : "|1|9,1 |0|1,9 ");
}
END_TEST

/* Kept text goes on with the columns that are new behind it. */
START_TEST (test_kept)
{
  const gchar *const cells[] = { "31", "32" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (2, 1, cells);
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5",
                         "alarm-name", "hot", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  GstBuffer *buffer = post_test_buffer (post_wave, 2, 1, 0, NULL);
  g_autoptr (GstEvent) event = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) keep = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *all = NULL;

  gst_buffer_add_lstm_rows (buffer, rows);
  gst_harness_push (test->harness, buffer);
  post_test_assert_frames (test, 1, "31|0|p|0 32|1|p|5 ");
  event = gst_pad_get_sticky_event (
      test->harness->sinkpad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, 0);
  fail_unless (gst_lstm_layout_event_parse (event, &names, &key, &keep));
  all = g_strjoinv (",", keep);
  fail_unless_equals_string (all, "cycle,hot,class");
  fail_unless_equals_string (names[0], "p");
  fail_unless_equals_string (key, "id");
}
END_TEST

/* A GAP says nothing: the alarm stands still, the mean too. */
START_TEST (test_gap)
{
  const gdouble values[] = { 6, 0, 2 };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5",
                         "average", "2", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  GstBuffer *gap = post_test_buffer (values + 1, 1, 1, 1, NULL);

  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  gst_harness_push (test->harness, post_test_buffer (values, 1, 1, 0, NULL));
  gst_harness_push (test->harness, gap);
  gst_harness_push (
      test->harness, post_test_buffer (values + 2, 1, 1, 2, NULL));
  post_test_assert_frames (test, 1, "1|out_1|6 1||0 0|out_1|4 ");
}
END_TEST

/* ---- means of a time ---- */

/* The frames of the newest 0.3 s: three of ten a second, of each key its own,
 * however they come in. */
START_TEST (test_average_time)
{
  const gdouble a[] = { 3, 6, 0, 9, 9 }, b[] = { 100, 200 };
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "average-time", "300000000", NULL),
      GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (a, 2, 1, 0, "a"));
  gst_harness_push (test->harness, post_test_buffer (b, 2, 1, 1, "b"));
  gst_harness_push (test->harness, post_test_buffer (a + 2, 3, 1, 2, "a"));
  post_test_assert_frames (test, 1, "3 4.5 100 150 3 5 6 ");
  element_test_assert_silent (test);
}
END_TEST

/* Times that jump: what is as old as the time, or older, is out; after a jump
 * back what lies ahead is out. */
START_TEST (test_average_time_by_times)
{
  const gdouble values[] = { 1, 2, 4, 8, 16, 32 };
  const guint at[] = { 0, 9, 10, 30, 5, 6 };
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "average-time",
                         "1000000000", "reset-on", "flush", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (at); i++)
    gst_harness_push (
        test->harness, post_test_buffer (values + i, 1, 1, at[i], NULL));
  post_test_assert_frames (test, 1, "1 1.5 3 8 16 24 ");
}
END_TEST

/* Five frames a second, from the 13th on forty. */
static GstClockTime
time_of (guint i)
{
  return i < 13 ? i * GST_SECOND / 5
                : 12 * GST_SECOND / 5 + (i - 12) * GST_SECOND / 40;
}

/* More frames than there was room for: the ring grows with them in order, when
 * its oldest frame is in the middle of it, too. */
START_TEST (test_average_time_grows)
{
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "average-time", "1000000000", NULL),
      GST_AUDIO_FORMAT_F64, 2, NULL);
  GString *expected = g_string_new (NULL);
  guint i, k, n = 0;

  for (i = 0; i < 64; i++) {
    gdouble values[] = { i + 1, -2.0 * (i + 1) }, sum = 0;
    GstBuffer *buffer = post_test_buffer (values, 1, 2, 0, NULL);

    GST_BUFFER_PTS (buffer) = time_of (i);
    gst_harness_push (test->harness, buffer);
    for (k = i + 1, n = 0; k > 0 && time_of (i) - time_of (k - 1) < GST_SECOND;
         k--, n++)
      sum += k;
    g_string_append_printf (expected, "%g,%g ", sum / n, -2.0 * sum / n);
  }
  fail_unless_equals_int ((gint) n, 40);
  post_test_assert_frames (test, 2, expected->str);
  g_string_free (expected, TRUE);
}
END_TEST

/* ---- several alarms ---- */

#define SEVERAL                                                                \
  "version: 1\npost:\n  average-time: 0.1\n  alarm:\n"                         \
  "    - {name: warm, on: 4, off: 3}\n"                                        \
  "    - {name: hot, on: 6, min-duration: 0.1, output: p}\n"                   \
  "    - {name: wet, on: 1, output: 2}\n  classes: [a, b]\n"

/* A column each, in their order, and a message each; all end with the stream.
 */
START_TEST (test_several)
{
  const gdouble values[] = { 0, 0, 4, 0, 7, 1, 8, 0, 5, 0, 2, 2 };
  gchar *path = element_test_write_file ("several.yaml", SEVERAL);
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "config", path, NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (GstEvent) event = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) keep = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *all = NULL;

  gst_harness_push (test->harness, post_test_buffer (values, 6, 2, 0, "k"));
  post_test_assert_frames (test, 2,
      "|0|0|0|a|0,0 |1|0|0|a|4,0 |1|0|1|a|7,1 |1|1|0|a|8,0 |1|0|0|a|5,0 "
      "|0|0|1|a|2,2 ");
  post_test_assert_alarms (test,
      "start warm/k 4 4 100 0\nstart wet/k 1 1 200 0\n"
      "start hot/k 8 8 200 100\nend wet/k 0 1 200 100 below\n"
      "end hot/k 5 8 200 200 below\nend warm/k 2 8 100 400 below\n"
      "start wet/k 2 2 500 0\n");
  event = gst_pad_get_sticky_event (
      test->harness->sinkpad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, 0);
  fail_unless (gst_lstm_layout_event_parse (event, &names, &key, &keep));
  all = g_strjoinv (",", keep);
  fail_unless_equals_string (all, "cycle,warm,hot,wet,class");
  element_test_push_eos (test);
  post_test_assert_alarms (test, "end wet/k 2 2 500 0 eos\n");
  element_test_remove_file (path);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_average);
  tcase_add_test (tests, test_average_of_no_numbers);
  tcase_add_test (tests, test_average_does_not_drift);
  tcase_add_test (tests, test_f32);
  tcase_add_test (tests, test_hysteresis);
  tcase_add_test (tests, test_one_threshold);
  tcase_add_test (tests, test_min_duration);
  tcase_add_test (tests, test_nan_changes_nothing);
  tcase_add_test (tests, test_no_times);
  tcase_add_test (tests, test_keys);
  tcase_add_test (tests, test_max_streams);
  tcase_add_test (tests, test_classes);
  tcase_add_loop_test (tests, test_output, 0, G_N_ELEMENTS (outputs));
  tcase_add_test (tests, test_kept);
  tcase_add_test (tests, test_gap);
  tcase_add_test (tests, test_average_time);
  tcase_add_test (tests, test_average_time_by_times);
  tcase_add_test (tests, test_average_time_grows);
  tcase_add_test (tests, test_several);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstmpost-frames", add_tests);
}
