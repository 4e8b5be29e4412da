/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: time from counted frames, latency, segments and rates. */

#include <string.h>

#include "gstlstmsession-private.h"
#include "lstm-reference.h"

/* ---- arithmetic ---- */

typedef struct {
  guint rate_n, rate_d;
} Rate;

static const Rate rates[] = { { 1, 1 }, { 3, 1 }, { 7, 1 }, { 1, 3600 },
  { 44100, 1 }, { 48000, 1 }, { 192000, 1 }, { 24000, 1001 }, { 30000, 1001 },
  { 1000000007, 1 } };

static const guint64 numbers[] = { 0, 1, 999999999, 1000000000, 1000000001,
  G_GUINT64_CONSTANT (1000000000000) };

/* When frame @n begins, without rounding on the way. */
static GstClockTime
exact_time (const Rate *rate, guint64 n)
{
  unsigned __int128 x = n;

  return (GstClockTime) (x * GST_SECOND * rate->rate_d / rate->rate_n);
}

/* A count of nanoseconds has room for 584 years: frames a quarter of that. */
static guint64
fit (const Rate *rate, guint64 n)
{
  unsigned __int128 most = G_MAXUINT64 / 4;

  most = most * rate->rate_n / rate->rate_d / GST_SECOND;
  return most < n ? (guint64) most : n;
}

static GstLstmSession *
new_session (const Rate *rate)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (
      model, &(LstmPlanOptions){ .mode = LSTM_MODE_FRAME }, NULL);
  GstLstmSessionOptions options = { .stride = 1, .batch = 1 };
  GstLstmSession *session = gst_lstm_session_new (plan, 5, NULL, &options);

  gst_lstm_session_set_format (session, FALSE, rate->rate_n, rate->rate_d);
  return session;
}

static void
feed (GstLstmSession *session, guint n, GstClockTime pts, GstLstmResult *result)
{
  gfloat x[10 * 5] = { 0 };
  GstLstmFeed in = { .data = (guint8 *) x,
    .size = n * 5 * sizeof (gfloat),
    .number = GST_BUFFER_OFFSET_NONE,
    .pts = pts,
    .duration = GST_CLOCK_TIME_NONE };

  fail_unless (gst_lstm_session_feed (session, &in, NULL));
  gst_lstm_session_hand_over (session);
  fail_unless (gst_lstm_session_take_result (session, result));
}

/* After a billion frames a time is that of its frame to the nanosecond, and
 * each begins where the one before ends. */
START_TEST (test_no_drift)
{
  const Rate *rate = &rates[_i / G_N_ELEMENTS (numbers)];
  guint64 n = fit (rate, numbers[_i % G_N_ELEMENTS (numbers)]);
  GstLstmSession *session = new_session (rate);
  GstClockTime start = 7 * GST_SECOND;
  GstLstmResult result;

  feed (session, 1, start, &result);
  fail_unless_equals_uint64 (result.pts, start);
  session->unkeyed->counted = n;
  for (guint i = 0; i < 300; i++) {
    guint k = 1 + i % 10;

    feed (session, k, start + i, &result);
    fail_unless_equals_uint64 (result.pts, start + exact_time (rate, n));
    fail_unless_equals_uint64 (
        result.duration, exact_time (rate, n + k) - exact_time (rate, n));
    n += k;
  }
  gst_lstm_session_free (session);
}
END_TEST

/* ---- latency ---- */

static guint
count_latency_messages (ElementTest *test)
{
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_LATENCY)) !=
         NULL) {
    gst_message_unref (message);
    n++;
  }
  return n;
}

/* It is told when it changes, and only then. */
START_TEST (test_latency_message)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 100, NULL);
  g_autoptr (ElementTest) frames = lstm_test_new (MODEL_FRAMES, 5, 100, NULL);

  fail_unless_equals_int (count_latency_messages (test), 1);
  lstm_test_set_format (test, TRUE, 1, 100);
  fail_unless_equals_int (count_latency_messages (test), 0);
  lstm_test_set_format (test, FALSE, 1, 50);
  fail_unless_equals_int (count_latency_messages (test), 1);
  fail_unless_equals_int (count_latency_messages (frames), 0);
}
END_TEST

typedef struct {
  const gchar *stride, *batch;
  guint frames; /* that the first one waits for */
} Wait;

static const Wait waits[] = { { "25", "1", 24 }, { "5", "1", 24 },
  { "30", "1", 24 }, { "25", "4", 99 }, { "10", "3", 44 } };

START_TEST (test_latency_of_windows)
{
  const Wait *wait = &waits[_i];
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_WINDOW, 1, 100, "stride", wait->stride, "batch", wait->batch, NULL);

  gst_harness_set_upstream_latency (test->harness, 3 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (test->harness),
      3 * GST_MSECOND + wait->frames * 10 * GST_MSECOND);
}
END_TEST

/* A live source: what the pipeline waits for holds the window. */
START_TEST (test_live)
{
  g_autofree gchar *path = reference_model_path (MODEL_WINDOW);
  g_autofree gchar *line = g_strdup_printf (
      "audiotestsrc is-live=true samplesperbuffer=100 num-buffers=20 ! "
      "audio/x-raw,format=" GST_AUDIO_NE (
          F32) ",rate=1000,channels=1 ! lstm model=\"%s\" ! "
               "fakesink sync=true",
      path);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstMessage) message = NULL;
  GstClockTime min;
  gboolean live;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  fail_unless_equals_int (
      gst_element_get_state (pipeline, NULL, NULL, 30 * GST_SECOND),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless (gst_element_query (pipeline, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  fail_unless (live);
  fail_unless (min >= 24 * GST_MSECOND);
  message = gst_bus_timed_pop_filtered (
      bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
END_TEST

/* ---- segments and rates ---- */

static gboolean
send_segment (ElementTest *test, gdouble rate)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  return gst_pad_send_event (pad, gst_event_new_segment (&segment));
}

/* Rates are the sink's concern: frames keep the media's times. */
START_TEST (test_segment_rate)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  gfloat x[5] = { 0 };
  GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x), *out;
  g_autoptr (GstEvent) event = NULL;
  const GstSegment *segment;

  fail_unless (send_segment (test, 2.0));
  event =
      gst_pad_get_sticky_event (test->harness->sinkpad, GST_EVENT_SEGMENT, 0);
  gst_event_parse_segment (event, &segment);
  fail_unless (segment->rate == 2.0);
  GST_BUFFER_PTS (buffer) = 3 * GST_SECOND;
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 3 * GST_SECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 100 * GST_MSECOND);
  gst_buffer_unref (out);
}
END_TEST

START_TEST (test_backwards)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);

  fail_if (send_segment (test, -1.0));
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "rate -1", "positive rate", NULL);
}
END_TEST

static gboolean
count_events (GstPad *pad, GstObject *parent, GstEvent *event)
{
  guint *n = g_object_get_data (G_OBJECT (pad), "events");

  (*n)++;
  gst_event_unref (event);
  return TRUE;
}

START_TEST (test_seek)
{
  static const gdouble seeks[] = { 1.0, 0.5, 4.0, -1.0, -0.1 };
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  gboolean forwards = seeks[_i] > 0;
  guint n = 0;

  g_object_set_data (G_OBJECT (test->harness->srcpad), "events", &n);
  gst_pad_set_event_function (test->harness->srcpad, count_events);
  fail_unless_equals_int (
      gst_harness_push_upstream_event (test->harness,
          gst_event_new_seek (seeks[_i], GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
              GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0)),
      forwards);
  fail_unless_equals_int (n, forwards);
}
END_TEST

/* Another rate without a new segment: it passes and resets nothing. */
START_TEST (test_instant_rate_change)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (1, 8 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 8, &n);
  g_autoptr (GstEvent) event = NULL;

  element_test_push (test, x, 80, 20);
  fail_unless (gst_harness_push_event (test->harness,
      gst_event_new_instant_rate_change (2.0, GST_SEGMENT_FLAG_NONE)));
  event = gst_pad_get_sticky_event (
      test->harness->sinkpad, GST_EVENT_INSTANT_RATE_CHANGE, 0);
  fail_unless (event != NULL);
  element_test_push (test, x + 20, 80, 20);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* Time begins anew with either flag, and what comes out says so. */
START_TEST (test_resync)
{
  static const GstBufferFlags flags[] = { GST_BUFFER_FLAG_DISCONT,
    GST_BUFFER_FLAG_RESYNC };
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  gfloat x[5] = { 0 };

  for (guint i = 0; i < 3; i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x), *out;

    GST_BUFFER_PTS (buffer) = i < 2 ? i * GST_SECOND : 77 * GST_SECOND;
    if (i == 2)
      GST_BUFFER_FLAG_SET (buffer, flags[_i]);
    gst_harness_push (test->harness, buffer);
    out = gst_harness_pull (test->harness);
    fail_unless_equals_int (
        GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT), i == 2);
    fail_unless_equals_uint64 (
        GST_BUFFER_PTS (out), i < 2 ? i * 100 * GST_MSECOND : 77 * GST_SECOND);
    gst_buffer_unref (out);
  }
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_no_drift, 0,
      (int) (G_N_ELEMENTS (rates) * G_N_ELEMENTS (numbers)));
  tcase_add_test (tests, test_latency_message);
  tcase_add_loop_test (
      tests, test_latency_of_windows, 0, (int) G_N_ELEMENTS (waits));
  tcase_add_test (tests, test_live);
  tcase_add_test (tests, test_segment_rate);
  tcase_add_test (tests, test_backwards);
  tcase_add_loop_test (tests, test_seek, 0, 5);
  tcase_add_test (tests, test_instant_rate_change);
  tcase_add_loop_test (tests, test_resync, 0, 2);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-time", add_tests);
}
