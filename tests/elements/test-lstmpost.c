/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmpost: means, alarms and classes, by key, and what it owes to a pipeline.
 */

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"
#include "unmappable.h"

#define FORMAT_ERROR GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT
#define SETTINGS GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS

/* Ten frames a second of @channels, after the names that @layout lists. */
static ElementTest *
new_test (GstElement *element, GstAudioFormat format, guint channels,
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

/* Frames from frame number @first on, of a key if it is not NULL. */
static GstBuffer *
new_buffer (const gdouble *values, guint n, guint channels, guint first,
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

/* All that came out: of each frame its kept text and its numbers. */
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

static void
assert_frames (ElementTest *test, guint channels, const gchar *expected)
{
  g_autofree gchar *text = pull (test, channels);

  fail_unless_equals_string (text, expected);
}

/* The alarms since the last time: `start KEY VALUE PEAK SINCE DURATION`, times
 * in ms, and the reason at the end. */
static void
assert_alarms (ElementTest *test, const gchar *expected)
{
  GString *text = g_string_new (NULL);
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (
              test->bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR)) != NULL) {
    const GstStructure *s = gst_message_get_structure (message);
    const gchar *key = gst_structure_get_string (s, "key");
    const gchar *reason = gst_structure_get_string (s, "reason");
    gdouble value = 0, peak = 0;
    guint64 since = 0, duration = 0;

    fail_unless (gst_structure_get (s, "value", G_TYPE_DOUBLE, &value, "peak",
        G_TYPE_DOUBLE, &peak, "since", G_TYPE_UINT64, &since, "duration",
        G_TYPE_UINT64, &duration, NULL));
    g_string_append_printf (text, "%s %s %g %g %u %u%s%s\n",
        gst_structure_get_string (s, "state"), key != NULL ? key : "-", value,
        peak, (guint) (since / GST_MSECOND), (guint) (duration / GST_MSECOND),
        reason != NULL ? " " : "", reason != NULL ? reason : "");
    gst_message_unref (message);
  }
  fail_unless_equals_string (text->str, expected);
  g_string_free (text, TRUE);
}

/* ---- what it computes ---- */

START_TEST (test_average)
{
  const gdouble values[] = { 3, 30, 6, 60, 0, 90, 9, 0, 9, 30 };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "average", "3", NULL),
          GST_AUDIO_FORMAT_F64, 2, NULL);

  gst_harness_push (test->harness, new_buffer (values, 2, 2, 0, NULL));
  gst_harness_push (test->harness, new_buffer (values + 4, 3, 2, 2, NULL));
  assert_frames (test, 2, "3,30 4.5,45 3,60 5,50 6,40 ");
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_average_of_no_numbers)
{
  const gdouble values[] = { (gdouble) NAN, 2, INFINITY, (gdouble) NAN,
    (gdouble) NAN, 8 };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "average", "2", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, new_buffer (values, 6, 1, 0, NULL));
  assert_frames (test, 1, "nan 2 2 nan nan 8 ");
}
END_TEST

/* What rounding leaves of a large number is gone with the next round. */
START_TEST (test_average_does_not_drift)
{
  const gdouble values[] = { 1e17, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "average", "2", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, new_buffer (values, 7, 1, 0, NULL));
  assert_frames (test, 1, "1e+17 5e+16 0.05 0.1 0.1 0.1 0.1 ");
}
END_TEST

/* The mean in F32 is that of float64, rounded once. */
START_TEST (test_f32)
{
  const gfloat values[] = { 16777216.0f, 16777218.0f };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "average", "2", NULL),
          GST_AUDIO_FORMAT_F32, 1, NULL);
  g_autoptr (GstBuffer) buffer = NULL;
  gfloat mean;

  element_test_push_buffer (test, values, sizeof (values));
  buffer = gst_harness_pull (test->harness);
  gst_buffer_extract (buffer, sizeof (mean), &mean, sizeof (mean));
  fail_unless (mean == 16777216.0f, "%.9g", (gdouble) mean);
}
END_TEST

static const gdouble wave[] = { 0, 5, 7, 4, 3, 2.9, 5, 4.9, 0, 9 };

START_TEST (test_hysteresis)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5",
                    "threshold-off", "3", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");

  gst_harness_push (test->harness, new_buffer (wave, 10, 1, 0, NULL));
  assert_frames (
      test, 1, "|0|0 |1|5 |1|7 |1|4 |1|3 |0|2.9 |1|5 |1|4.9 |0|0 |1|9 ");
  assert_alarms (test, "start - 5 5 100 0\nend - 2.9 7 100 400 below\n"
                       "start - 5 5 600 0\nend - 0 5 600 200 below\n"
                       "start - 9 9 900 0\n");
  element_test_push_eos (test);
  assert_alarms (test, "end - 9 9 900 0 eos\n");
}
END_TEST

/* Without threshold-off the alarm ends where it began. */
START_TEST (test_one_threshold)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, new_buffer (wave, 4, 1, 0, NULL));
  assert_frames (test, 1, "0|0 1|5 1|7 0|4 ");
}
END_TEST

/* 0.2 s is three frames' times of ten a second; a dip below begins anew, one
 * over a buffer's end does not. */
START_TEST (test_min_duration)
{
  const gdouble values[] = { 6, 6, 1, 6, 6, 8, 6, 0 };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5",
                    "min-duration", "200000000", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  guint i;

  for (i = 0; i < 8; i++)
    gst_harness_push (test->harness, new_buffer (values + i, 1, 1, i, "k"));
  assert_frames (test, 1, "|0|6 |0|6 |0|1 |0|6 |0|6 |1|8 |1|6 |0|0 ");
  assert_alarms (test, "start k 8 8 300 200\nend k 0 8 300 400 below\n");
}
END_TEST

START_TEST (test_nan_changes_nothing)
{
  const gdouble values[] = { (gdouble) NAN, 6, (gdouble) NAN, 1,
    (gdouble) NAN };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, new_buffer (values, 5, 1, 0, NULL));
  assert_frames (test, 1, "0|nan 1|6 1|nan 0|1 0|nan ");
  assert_alarms (test, "start - 6 6 100 0\nend - 1 6 100 200 below\n");
}
END_TEST

/* Without times frames are counted, by the rate. */
START_TEST (test_no_times)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  element_test_push_buffer (test, wave, sizeof (gdouble));
  element_test_push_buffer (test, wave + 1, 3 * sizeof (gdouble));
  assert_alarms (test, "start - 5 5 100 0\nend - 4 7 100 200 below\n");
}
END_TEST

/* Each key has its own mean and alarm. */
START_TEST (test_keys)
{
  const gdouble low[] = { 0, 0 }, high[] = { 10, 10 };
  g_autoptr (ElementTest) test = new_test (
      element_test_make ("lstmpost", "average", "2", "threshold-on", "5", NULL),
      GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, new_buffer (low, 1, 1, 0, "a"));
  gst_harness_push (test->harness, new_buffer (high, 1, 1, 0, "b"));
  gst_harness_push (test->harness, new_buffer (high, 1, 1, 1, "a"));
  gst_harness_push (test->harness, new_buffer (low, 2, 1, 1, "b"));
  assert_frames (test, 1, "0|0 1|10 1|5 1|5 0|0 ");
  assert_alarms (test, "start b 10 10 0 0\nstart a 5 5 100 0\n"
                       "end b 0 10 0 200 below\n");
}
END_TEST

/* The key used least recently makes room, and its alarm ends. */
START_TEST (test_max_streams)
{
  const gdouble high = 10;
  g_autoptr (ElementTest) test =
      new_test (element_test_make (
                    "lstmpost", "threshold-on", "5", "max-streams", "2", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 0, "a"));
  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 0, "b"));
  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 1, "a"));
  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 1, "c"));
  assert_alarms (test, "start a 10 10 0 0\nstart b 10 10 0 0\n"
                       "end b 10 10 0 0 evicted\nstart c 10 10 100 0\n");
}
END_TEST

/* The names, and equals: the first. */
START_TEST (test_classes)
{
  const gdouble values[] = { 1, 2, 3, 3, (gdouble) NAN, 1, (gdouble) NAN,
    (gdouble) NAN };
  g_autoptr (ElementTest) test = new_test (
      element_test_make ("lstmpost", "classes", "\"low, cold\",high", NULL),
      GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (ElementTest) named =
      new_test (element_test_make ("lstmpost", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");

  gst_harness_push (test->harness, new_buffer (values, 4, 2, 0, NULL));
  assert_frames (test, 2, "|high|1,2 |low, cold|3,3 |high|nan,1 ||nan,nan ");
  gst_harness_push (named->harness, new_buffer (values, 1, 2, 0, NULL));
  assert_frames (named, 2, "|q|1,2 ");
}
END_TEST

static const gchar *const outputs[] = { "q", "2", NULL };

START_TEST (test_output)
{
  const gdouble values[] = { 9, 1, 1, 9 };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", "output",
                    outputs[_i] != NULL ? outputs[_i] : "", NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");

  gst_harness_push (test->harness, new_buffer (values, 2, 2, 0, NULL));
  assert_frames (
      test, 2, outputs[_i] != NULL ? "|0|9,1 |1|1,9 " : "|1|9,1 |0|1,9 ");
}
END_TEST

/* Kept text goes on with the columns that are new behind it. */
START_TEST (test_kept)
{
  const gchar *const cells[] = { "31", "32" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (2, 1, cells);
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5",
                    "alarm-name", "hot", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  GstBuffer *buffer = new_buffer (wave, 2, 1, 0, NULL);
  g_autoptr (GstEvent) event = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) keep = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *all = NULL;

  gst_buffer_add_lstm_rows (buffer, rows);
  gst_harness_push (test->harness, buffer);
  assert_frames (test, 1, "31|0|p|0 32|1|p|5 ");
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
      new_test (element_test_make ("lstmpost", "threshold-on", "5", "average",
                    "2", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  GstBuffer *gap = new_buffer (values + 1, 1, 1, 1, NULL);

  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  gst_harness_push (test->harness, new_buffer (values, 1, 1, 0, NULL));
  gst_harness_push (test->harness, gap);
  gst_harness_push (test->harness, new_buffer (values + 2, 1, 1, 2, NULL));
  assert_frames (test, 1, "1|out_1|6 1||0 0|out_1|4 ");
}
END_TEST

/* ---- resets ---- */

typedef enum { BY_DISCONT, BY_FLUSH, BY_SEGMENT, BY_SIGNAL, BY_START } Cause;

typedef struct {
  Cause cause;
  const gchar *reset_on;
  const gchar *reason; /* NULL: no reset */
} Reset;

static const Reset resets[] = {
  { BY_DISCONT, "discont", "discont" },
  { BY_DISCONT, "flush", NULL },
  { BY_FLUSH, "flush", "flush" },
  { BY_FLUSH, "discont", NULL },
  { BY_SEGMENT, "segment", "segment" },
  { BY_SEGMENT, "discont", NULL },
  { BY_START, "stream-start", "stream-start" },
  { BY_START, "discont", NULL },
  { BY_SIGNAL, "discont", "signal" },
};

static void
cause_reset (ElementTest *test, Cause cause)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (cause == BY_START)
    gst_harness_push_event (test->harness, gst_event_new_stream_start ("next"));
  if (cause == BY_FLUSH) {
    gst_harness_push_event (test->harness, gst_event_new_flush_start ());
    gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  }
  if (cause == BY_SIGNAL)
    gst_harness_push_event (
        test->harness, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                           gst_structure_new ("lstm-reset-state", "key",
                               G_TYPE_STRING, "a", NULL)));
  if (cause != BY_DISCONT && cause != BY_SIGNAL)
    gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
}

START_TEST (test_reset)
{
  const Reset *reset = &resets[_i];
  const gdouble high = 10, low = 0;
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "average", "2", "threshold-on",
                    "5", "reset-on", reset->reset_on, NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  GstBuffer *next = new_buffer (&low, 1, 1, 1, "a");
  g_autofree gchar *end =
      reset->reason != NULL
          ? g_strdup_printf (
                "start a 10 10 0 0\nend a 10 10 0 0 %s\n", reset->reason)
          : g_strdup ("start a 10 10 0 0\n");

  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 0, "a"));
  cause_reset (test, reset->cause);
  if (reset->cause == BY_DISCONT)
    GST_BUFFER_FLAG_SET (next, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (test->harness, next);
  assert_alarms (test, end);
  assert_frames (test, 1, reset->reason != NULL ? "1|10 0|0 " : "1|10 1|5 ");
}
END_TEST

/* A DISCONT is of its buffer's key alone. */
START_TEST (test_discont_of_a_key)
{
  const gdouble high = 10;
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  GstBuffer *lost = new_buffer (&high, 1, 1, 1, "b");

  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 0, "a"));
  GST_BUFFER_FLAG_SET (lost, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (test->harness, lost);
  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 1, "a"));
  assert_alarms (test, "start a 10 10 0 0\nstart b 10 10 100 0\n");
}
END_TEST

/* Other caps, with other names first: the alarm that ends is of the old ones.
 */
START_TEST (test_new_caps)
{
  const gdouble values[] = { 0, 10 };
  const gchar *const fewer[] = { "only", NULL };
  g_autoptr (ElementTest) test = new_test (
      element_test_make ("lstmpost", "threshold-on", "5", "output", "2", NULL),
      GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (GstMessage) message = NULL;

  gst_harness_push (test->harness, new_buffer (values, 1, 2, 0, NULL));
  gst_message_unref (gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT));
  gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new (fewer, NULL, NULL));
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 10));
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT);
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "output"),
      "q");
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "reason"),
      "caps");
  fail_unless_equals_int (
      gst_harness_push (test->harness, new_buffer (values, 1, 1, 1, NULL)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "No output '2'", "the frames have 1: only", NULL);
}
END_TEST

/* ---- the file ---- */

/* What the file says, and properties that win over it. */
START_TEST (test_config)
{
  const gdouble values[] = { 0, 9, 0, 9, 0, 9, 0, 0 };
  gchar *path = element_test_write_file ("post.yaml",
      "version: 1\npost:\n  average: 2\n  alarm: {on: 4, off: 1, output: q, "
      "min-duration: 0.1}\n  classes: [low, high]\n");
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "config", path, NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (ElementTest) other =
      new_test (element_test_make ("lstmpost", "config", path, "average", "1",
                    "output", "1", "threshold-on", "5", "threshold-off", "5",
                    "min-duration", "0", "classes", "a,b", NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");

  gst_harness_push (test->harness, new_buffer (values, 4, 2, 0, NULL));
  assert_frames (test, 2, "|0|high|0,9 |1|high|0,9 |1|high|0,9 |1|high|0,4.5 ");
  gst_harness_push (other->harness, new_buffer (values, 2, 2, 0, NULL));
  assert_frames (other, 2, "|0|b|0,9 |0|b|0,9 ");
  element_test_remove_file (path);
}
END_TEST

/* ---- what is wrong ---- */

typedef struct {
  const gchar *name;
  const gchar *value;
  const gchar *found;
} Wrong;

static const Wrong wrongs[] = {
  { "output", "s3", "No output 's3': the frames have 2: p, q" },
  { "output", "3", "No output '3'" },
  { "classes", "a", "Found 1 names of classes for frames of 2 numbers" },
  { "alarm-name", "cycle", "a kept column 'cycle' already" },
};

START_TEST (test_wrong_for_the_frames)
{
  const Wrong *wrong = &wrongs[_i];
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", wrong->name,
                    wrong->value, NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");

  fail_unless_equals_int (
      gst_harness_push (test->harness, new_buffer (wave, 1, 2, 0, NULL)),
      GST_FLOW_ERROR);
  element_test_assert_message (
      test, GST_MESSAGE_ERROR, FORMAT_ERROR, wrong->found, "set ", NULL);
}
END_TEST

static const Wrong bad_starts[] = {
  { "threshold-off", "6", "threshold-off is 6, above threshold-on, 5" },
  { "alarm-name", "", "alarm-name is empty" },
  { "classes", "a,\"b", "is no list of names" },
  { "config", "/none/post.yaml", "/none/post.yaml" },
};

START_TEST (test_bad_start)
{
  const Wrong *wrong = &bad_starts[_i];
  ElementTest test = {
    .element = element_test_make (
        "lstmpost", "threshold-on", "5", wrong->name, wrong->value, NULL),
    .bus = gst_bus_new (),
  };

  gst_element_set_bus (test.element, test.bus);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  element_test_assert_message (
      &test, GST_MESSAGE_ERROR, SETTINGS, wrong->found, NULL);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}
END_TEST

START_TEST (test_bad_buffers)
{
  const gchar *const cells[] = { "a", "b" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (2, 1, cells);
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  GstBuffer *buffer = new_buffer (wave, 3, 1, 0, NULL);

  fail_unless_equals_int (
      element_test_push_buffer (test, wave, 12), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "A buffer of 12 bytes", "1 channels has 8 bytes", NULL);
  gst_buffer_add_lstm_rows (buffer, rows);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "found 2 rows of 1 columns, expected 3 of 1", NULL);
  fail_unless_equals_int (
      gst_harness_push (test->harness, unmappable_buffer_new (8)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, "cannot be read", NULL);
  fail_unless_equals_int (
      element_test_push_buffer (test, NULL, 0), GST_FLOW_OK);
}
END_TEST

static const gchar *const foreign_caps[] = {
  "audio/x-raw,format=S16LE,rate=1,channels=1,layout=interleaved",
  "audio/x-raw,format=F64LE,rate=1,layout=interleaved",
  "other/tensors,format=static,num_tensors=1,types=float32,"
  "dimensions=(string)2:3:4,framerate=1/1",
  "other/tensors,format=static,num_tensors=1,types=int8,"
  "dimensions=(string)2:3:1,framerate=1/1",
  "text/csv",
};

START_TEST (test_foreign_caps)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmpost", NULL));
  g_autoptr (GstCaps) caps = gst_caps_from_string (foreign_caps[_i]);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");

  element_test_start_text (test);
  fail_if (gst_pad_send_event (pad, gst_event_new_caps (caps)));
  fail_unless_equals_int (
      element_test_push_buffer (test, wave, 8), GST_FLOW_NOT_NEGOTIATED);
}
END_TEST

/* Tensors of windows: each step is a frame. */
START_TEST (test_tensors)
{
  const gfloat values[] = { 1, 2, 8, 1, 3, 2 };
  g_autoptr (ElementTest) test = element_test_new (element_test_make (
      "lstmpost", "threshold-on", "5", "argmax", "true", NULL));
  g_autoptr (GstBuffer) buffer = NULL;
  GstLstmRows *rows;

  gst_harness_set_src_caps_str (test->harness,
      "other/tensors,format=static,num_tensors=1,types=float32,"
      "dimensions=(string)2:3:1:1,framerate=1/1");
  fail_unless_equals_int (
      element_test_push_buffer (test, values, sizeof (values)), GST_FLOW_OK);
  buffer = gst_harness_pull (test->harness);
  rows = gst_buffer_get_lstm_rows (buffer);
  fail_unless_equals_int ((gint) gst_lstm_rows_get_n_rows (rows), 3);
  fail_unless_equals_string (gst_lstm_rows_get (rows, 0, 0), "0");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 1, 0), "1");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 1, 1), "out_1");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 2, 0), "0");
}
END_TEST

/* ---- citizenship ---- */

typedef struct {
  const gchar *name;
  const gchar *first;
  const gchar *second;
} Property;

static const Property properties[] = {
  { "config", NULL, "b.yaml" },
  { "average", "1", "7" },
  { "output", "a", "b" },
  { "threshold-on", "0.5", "0.75" },
  { "threshold-off", "0.25", "0.5" },
  { "min-duration", "0", "7" },
  { "alarm-name", "a", "b" },
  { "argmax", "false", "true" },
  { "classes", "a", "b" },
  { "max-streams", "0", "7" },
  { "reset-on", "flush", "discont+caps" },
};

static void
assert_value (GstElement *element, const gchar *name, const gchar *expected)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);
  GValue found = G_VALUE_INIT, wanted = G_VALUE_INIT;

  g_value_init (&found, spec->value_type);
  g_value_init (&wanted, spec->value_type);
  g_object_get_property (G_OBJECT (element), name, &found);
  fail_unless (gst_value_deserialize_with_pspec (&wanted, expected, spec));
  fail_unless_equals_int (g_param_values_cmp (spec, &found, &wanted), 0);
  g_value_unset (&found);
  g_value_unset (&wanted);
}

START_TEST (test_property_at_every_state)
{
  const Property *property = &properties[_i];
  ElementTest test = { .element = element_test_make (
                           "lstmpost", "threshold-on", "1", NULL),
    .bus = gst_bus_new () };
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (test.element), property->name);

  fail_unless (strlen (g_param_spec_get_blurb (spec)) > 20);
  fail_unless ((spec->flags & GST_PARAM_MUTABLE_READY) != 0);
  gst_element_set_bus (test.element, test.bus);
  if (property->first != NULL)
    gst_util_set_object_arg (
        G_OBJECT (test.element), property->name, property->first);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  gst_util_set_object_arg (
      G_OBJECT (test.element), property->name, property->second);
  element_test_assert_message (&test, GST_MESSAGE_WARNING, SETTINGS,
      property->name, "keeps its value", "READY", NULL);
  if (property->first != NULL)
    assert_value (test.element, property->name, property->first);
  gst_element_set_state (test.element, GST_STATE_READY);
  gst_util_set_object_arg (
      G_OBJECT (test.element), property->name, property->second);
  assert_value (test.element, property->name, property->second);
  element_test_assert_silent (&test);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}
END_TEST

static const GstFlowReturn refusals[] = { GST_FLOW_FLUSHING, GST_FLOW_EOS,
  GST_FLOW_ERROR, GST_FLOW_NOT_LINKED, GST_FLOW_NOT_NEGOTIATED };
static GstFlowReturn refusal;

static GstFlowReturn
refuse_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return refusal;
}

START_TEST (test_flow)
{
  g_autoptr (ElementTest) test = new_test (
      element_test_make ("lstmpost", NULL), GST_AUDIO_FORMAT_F64, 1, NULL);

  refusal = refusals[_i];
  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  fail_unless_equals_int (
      element_test_push_buffer (test, wave, 8), refusals[_i]);
  element_test_assert_silent (test);
}
END_TEST

/* What hangs on a buffer stays, and nothing is copied. */
START_TEST (test_metas_and_times)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  GstBuffer *in = new_buffer (wave, 2, 1, 4, "k");
  g_autoptr (GstBuffer) out = NULL;
  const gchar *key = NULL;

  gst_harness_push (test->harness, in);
  out = gst_harness_pull (test->harness);
  fail_unless (out == in);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 400 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 200 * GST_MSECOND);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, &key, NULL));
  fail_unless_equals_string (key, "k");
}
END_TEST

START_TEST (test_registration)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("lstmpost");

  fail_unless_equals_int (
      gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)),
      GST_RANK_NONE);
  fail_unless_equals_string (
      gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS),
      "Filter/Analyzer/Audio");
}
END_TEST

START_TEST (test_restart)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  const gdouble high = 10;
  guint i;

  gst_harness_push (test->harness, new_buffer (&high, 1, 1, 0, NULL));
  assert_alarms (test, "start - 10 10 0 0\n");
  for (i = 0; i < 1000; i++) {
    gst_element_set_state (test->element, GST_STATE_NULL);
    gst_element_set_state (test->element, GST_STATE_PLAYING);
  }
  assert_alarms (test, "end - 10 10 0 0 stop\n");
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 2, 10));
  gst_harness_push (test->harness, new_buffer (wave, 1, 2, 0, NULL));
  assert_frames (test, 2, "0|0,5 ");
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
  tcase_add_loop_test (tests, test_reset, 0, G_N_ELEMENTS (resets));
  tcase_add_test (tests, test_discont_of_a_key);
  tcase_add_test (tests, test_new_caps);
  tcase_add_test (tests, test_config);
  tcase_add_loop_test (
      tests, test_wrong_for_the_frames, 0, G_N_ELEMENTS (wrongs));
  tcase_add_loop_test (tests, test_bad_start, 0, G_N_ELEMENTS (bad_starts));
  tcase_add_test (tests, test_bad_buffers);
  tcase_add_loop_test (
      tests, test_foreign_caps, 0, G_N_ELEMENTS (foreign_caps));
  tcase_add_test (tests, test_tensors);
  tcase_add_loop_test (
      tests, test_property_at_every_state, 0, G_N_ELEMENTS (properties));
  tcase_add_loop_test (tests, test_flow, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tests, test_metas_and_times);
  tcase_add_test (tests, test_registration);
  tcase_add_test (tests, test_restart);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstmpost", add_tests);
}
