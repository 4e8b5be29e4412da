/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: numbers that are none, gaps, and times that jump. */

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "lstm-reference.h"

#define IN (5 * sizeof (gfloat))
#define OUT (6 * sizeof (gfloat))

static const gsize chunks[] = { 1, 13, 20, 100, G_MAXSIZE };

/* Appends what the library gives for @n frames, from the initial state. */
static void
append_run (GArray *expected, const gchar *model, LstmMode mode, guint stride,
    const gfloat *x, guint n)
{
  gsize n_out;
  g_autofree gfloat *y =
      reference_output (model, mode, 0, stride, x, n, &n_out);

  g_array_append_vals (expected, y, n_out);
}

static void
assert_array (ElementTest *test, const GArray *expected)
{
  fail_unless (expected->len > 0);
  lstm_test_assert_output (
      test, (const gfloat *) expected->data, expected->len);
}

/* ---- on-nan ---- */

START_TEST (test_nan_reset)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "reset", NULL);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  g_autofree gfloat *x = reference_input (1, 20 * 5);

  x[7 * 5 + 3] = NAN;
  x[12 * 5] = INFINITY;
  x[13 * 5 + 4] = -INFINITY;
  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, x, 7);
  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, x + 8 * 5, 4);
  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, x + 14 * 5, 6);
  fail_unless_equals_int (
      element_test_push (test, x, 20 * IN, chunks[_i]), GST_FLOW_OK);
  assert_array (test, expected);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "frame 7", "feature 3", "skipped", NULL);
}
END_TEST

/* Time goes on over the frame that is skipped, and the hole is marked. */
START_TEST (test_nan_reset_times)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "reset", NULL);
  g_autofree gfloat *x = reference_input (2, 10 * 5);
  GstBuffer *buffer, *out;

  x[4 * 5] = NAN;
  buffer = gst_buffer_new_memdup (x, 10 * IN);
  GST_BUFFER_PTS (buffer) = GST_SECOND;
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (gst_buffer_get_size (out), 4 * OUT);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), GST_SECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 400 * GST_MSECOND);
  fail_if (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (out);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (gst_buffer_get_size (out), 5 * OUT);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), GST_SECOND + 500 * GST_MSECOND);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (out);
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
}
END_TEST

/* Nothing but NaN: no output, one message, and no time wasted. */
START_TEST (test_nan_reset_all)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "reset", NULL);
  gsize n = 200000;
  g_autofree gfloat *x = g_new (gfloat, n * 5);

  for (gsize i = 0; i < n * 5; i++)
    x[i] = NAN;
  fail_unless_equals_int (
      element_test_push (test, x, n * IN, G_MAXSIZE), GST_FLOW_OK);
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "frame 0", "feature 0", NULL);
}
END_TEST

/* Windows begin anew after the frame that is skipped. */
START_TEST (test_nan_reset_window)
{
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_STATEFUL, 2, 10, "mode", "window", "on-nan", "reset", NULL);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  g_autofree gfloat *x = reference_input (3, 50 * 2);

  x[14 * 2] = NAN;
  append_run (expected, MODEL_STATEFUL, LSTM_MODE_WINDOW, 10, x, 14);
  append_run (expected, MODEL_STATEFUL, LSTM_MODE_WINDOW, 10, x + 15 * 2, 35);
  fail_unless_equals_int (
      element_test_push (test, x, 50 * 2 * sizeof (gfloat), chunks[_i]),
      GST_FLOW_OK);
  assert_array (test, expected);
}
END_TEST

START_TEST (test_nan_hold)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "hold", NULL);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  g_autofree gfloat *x = reference_input (4, 20 * 5);
  g_autofree gfloat *mended = g_memdup2 (x, 20 * IN);

  x[1] = NAN;
  mended[1] = 0;
  x[7 * 5 + 3] = INFINITY;
  x[8 * 5 + 3] = NAN;
  x[8 * 5 + 4] = NAN;
  mended[7 * 5 + 3] = mended[8 * 5 + 3] = mended[6 * 5 + 3];
  mended[8 * 5 + 4] = mended[7 * 5 + 4];
  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, mended, 20);
  fail_unless_equals_int (
      element_test_push (test, x, 20 * IN, chunks[_i]), GST_FLOW_OK);
  assert_array (test, expected);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "frame 0", "feature 1", "last good", NULL);
}
END_TEST

/* A reset forgets the good numbers as well. */
START_TEST (test_nan_hold_after_reset)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "hold", NULL);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  gfloat x[5] = { 1, 1, 1, 1, 1 }, bad[5] = { 1, NAN, 1, 1, 1 };
  gfloat mended[5] = { 1, 0, 1, 1, 1 };
  GstBuffer *buffer = gst_buffer_new_memdup (bad, sizeof bad);

  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, x, 1);
  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, mended, 1);
  element_test_push_buffer (test, x, sizeof x);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  assert_array (test, expected);
}
END_TEST

static void
push_keyed (ElementTest *test, const gchar *key, const gfloat *x, guint n)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * IN);

  gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

START_TEST (test_nan_resets_its_key_only)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "reset", NULL);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  g_autoptr (GByteArray) before = NULL;
  g_autofree gfloat *x = reference_input (5, 8 * 5);
  gfloat bad[5] = { NAN, 0, 0, 0, 0 };
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 8, &n);

  push_keyed (test, "a", x, 4);
  push_keyed (test, "b", x, 4);
  push_keyed (test, "a", bad, 1);
  before = lstm_test_pull (test);
  push_keyed (test, "b", x + 4 * 5, 4);
  push_keyed (test, "a", x + 4 * 5, 4);
  g_array_append_vals (expected, y + 4 * 6, 4 * 6);
  append_run (expected, MODEL_FRAMES, LSTM_MODE_FRAME, 1, x + 4 * 5, 4);
  assert_array (test, expected);
}
END_TEST

/* ---- gaps ---- */

typedef enum { HOLD, RESET, ZERO, SKIP } Policy;

static const gchar *const policies[] = { "hold", "reset", "zero", "skip" };

/* 15 frames, a gap of 5, and 15 more. The model has windows of 10 and is
 * stateful. */
static GArray *
expect_gap (Policy policy, LstmMode mode, const gfloat *x)
{
  GArray *expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  guint stride = mode == LSTM_MODE_WINDOW ? 10 : 1;
  guint first = policy == SKIP && mode == LSTM_MODE_WINDOW ? 10 : 15;
  gfloat joined[35 * 2] = { 0 };
  guint n = first;

  memcpy (joined, x, first * 2 * sizeof (gfloat));
  if (policy == RESET) {
    append_run (expected, MODEL_STATEFUL, mode, stride, x, 15);
    append_run (expected, MODEL_STATEFUL, mode, stride, x + 20 * 2, 15);
    return expected;
  }
  n += policy == ZERO ? 5 : 0;
  memcpy (joined + n * 2, x + 20 * 2, 15 * 2 * sizeof (gfloat));
  append_run (expected, MODEL_STATEFUL, mode, stride, joined, n + 15);
  return expected;
}

static ElementTest *
new_gap_test (Policy policy, LstmMode mode)
{
  return lstm_test_new (MODEL_STATEFUL, 2, 10, "mode",
      mode == LSTM_MODE_WINDOW ? "window" : "frame", "gap", policies[policy],
      NULL);
}

static guint
count_gap_events (ElementTest *test)
{
  GstEvent *event;
  guint n = 0;

  while ((event = gst_harness_try_pull_event (test->harness)) != NULL) {
    n += GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    gst_event_unref (event);
  }
  return n;
}

START_TEST (test_gap_buffer)
{
  Policy policy = _i % 4;
  LstmMode mode = _i / 4 ? LSTM_MODE_WINDOW : LSTM_MODE_FRAME;
  g_autoptr (ElementTest) test = new_gap_test (policy, mode);
  g_autofree gfloat *x = reference_input (6, 35 * 2);
  g_autoptr (GArray) expected = expect_gap (policy, mode, x);
  gsize row = 2 * sizeof (gfloat);
  GstBuffer *gap;

  /* What stands in a gap means nothing. */
  x[16 * 2] = NAN;
  gap = gst_buffer_new_memdup (x + 15 * 2, 5 * row);
  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  GST_BUFFER_PTS (gap) = 1500 * GST_MSECOND;
  GST_BUFFER_DURATION (gap) = 500 * GST_MSECOND;
  element_test_push (test, x, 15 * row, 7);
  fail_unless_equals_int (gst_harness_push (test->harness, gap), GST_FLOW_OK);
  element_test_push (test, x + 20 * 2, 15 * row, 9);
  assert_array (test, expected);
  fail_unless_equals_int (count_gap_events (test), policy != ZERO);
}
END_TEST

START_TEST (test_gap_event)
{
  Policy policy = _i % 4;
  LstmMode mode = _i / 4 ? LSTM_MODE_WINDOW : LSTM_MODE_FRAME;
  g_autoptr (ElementTest) test = new_gap_test (policy, mode);
  g_autofree gfloat *x = reference_input (7, 35 * 2);
  g_autoptr (GArray) expected = expect_gap (policy, mode, x);
  gsize row = 2 * sizeof (gfloat);

  element_test_push (test, x, 15 * row, 7);
  fail_unless (gst_harness_push_event (test->harness,
      gst_event_new_gap (1500 * GST_MSECOND, 500 * GST_MSECOND)));
  element_test_push (test, x + 20 * 2, 15 * row, 9);
  assert_array (test, expected);
  fail_unless_equals_int (count_gap_events (test), policy != ZERO);
}
END_TEST

/* Time goes on over a gap, whether a buffer or an event tells of it. */
START_TEST (test_gap_times)
{
  Policy policy = _i % 4;
  gboolean event = _i / 4;
  g_autoptr (ElementTest) test = new_gap_test (policy, LSTM_MODE_FRAME);
  gfloat x[5 * 2] = { 0 };
  GstBuffer *buffer = gst_buffer_new_memdup (x, 2 * sizeof (gfloat)), *out;

  GST_BUFFER_PTS (buffer) = GST_SECOND;
  gst_harness_push (test->harness, buffer);
  gst_buffer_unref (gst_harness_pull (test->harness));
  if (event) {
    gst_harness_push_event (test->harness,
        gst_event_new_gap (GST_SECOND + 100 * GST_MSECOND, 500 * GST_MSECOND));
  } else {
    buffer = gst_buffer_new_memdup (x, sizeof x);
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
    gst_harness_push (test->harness, buffer);
  }
  if (policy == ZERO) {
    out = gst_harness_pull (test->harness);
    fail_unless_equals_uint64 (
        GST_BUFFER_PTS (out), GST_SECOND + 100 * GST_MSECOND);
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 500 * GST_MSECOND);
    gst_buffer_unref (out);
  }
  element_test_push_buffer (test, x, 2 * sizeof (gfloat));
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), GST_SECOND + 600 * GST_MSECOND);
  fail_unless_equals_int (
      GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT), policy != ZERO);
  gst_buffer_unref (out);
}
END_TEST

/* A gap of unknown length has nothing to fill, and its end is unknown. */
START_TEST (test_gap_event_without_duration)
{
  g_autoptr (ElementTest) test = new_gap_test (_i, LSTM_MODE_FRAME);
  gfloat x[2] = { 0 };
  GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x), *out;

  element_test_push_buffer (test, x, sizeof x);
  gst_buffer_unref (gst_harness_pull (test->harness));
  gst_harness_push_event (
      test->harness, gst_event_new_gap (GST_SECOND, GST_CLOCK_TIME_NONE));
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
  GST_BUFFER_PTS (buffer) = 9 * GST_SECOND;
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 9 * GST_SECOND);
  gst_buffer_unref (out);
}
END_TEST

/* A stream may begin with a gap. */
START_TEST (test_gap_event_first)
{
  g_autoptr (ElementTest) test = new_gap_test (ZERO, LSTM_MODE_FRAME);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  gfloat zeros[3000 * 2] = { 0 };

  append_run (expected, MODEL_STATEFUL, LSTM_MODE_FRAME, 1, zeros, 3000);
  gst_harness_push_event (
      test->harness, gst_event_new_gap (GST_SECOND, 300 * GST_SECOND));
  assert_array (test, expected);
}
END_TEST

START_TEST (test_gap_event_too_long)
{
  g_autoptr (ElementTest) test = new_gap_test (ZERO, LSTM_MODE_FRAME);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  g_autofree gfloat *x = reference_input (8, 20);

  append_run (expected, MODEL_STATEFUL, LSTM_MODE_FRAME, 1, x, 10);
  append_run (expected, MODEL_STATEFUL, LSTM_MODE_FRAME, 1, x, 10);
  element_test_push_buffer (test, x, 20 * sizeof (gfloat));
  gst_harness_push_event (test->harness,
      gst_event_new_gap (GST_SECOND, G_MAXUINT64 - 2 * GST_SECOND));
  element_test_push_buffer (test, x, 20 * sizeof (gfloat));
  assert_array (test, expected);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "gap=zero", "16777216", "reset", NULL);
}
END_TEST

/* Downstream's refusal ends the filling and comes back. */
static GstFlowReturn
refuse (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_ERROR;
}

START_TEST (test_gap_event_flow)
{
  g_autoptr (ElementTest) test = new_gap_test (ZERO, LSTM_MODE_FRAME);

  gst_pad_set_chain_function (test->harness->sinkpad, refuse);
  fail_if (gst_harness_push_event (
      test->harness, gst_event_new_gap (0, 300 * GST_SECOND)));
  element_test_assert_message (
      test, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, NULL);
}
END_TEST

/* ---- discont-threshold ---- */

typedef struct {
  const gchar *threshold;
  const gchar *reset_on;
  GstClockTime pts; /* 1.5 s would be right */
  gboolean jumps;
  gboolean resets;
} Jump;

static const Jump jumps[] = {
  { "0", "discont", 99 * GST_SECOND, FALSE, FALSE },
  { "100000000", "discont", 1500 * GST_MSECOND, FALSE, FALSE },
  { "100000000", "discont", 1600 * GST_MSECOND, FALSE, FALSE },
  { "100000000", "discont", 1600 * GST_MSECOND + 1, TRUE, TRUE },
  { "100000000", "discont", 1400 * GST_MSECOND, FALSE, FALSE },
  { "100000000", "discont", 1400 * GST_MSECOND - 1, TRUE, TRUE },
  { "100000000", "discont", 0, TRUE, TRUE },
  { "100000000", "flush", 99 * GST_SECOND, TRUE, FALSE },
  { "100000000", "discont", GST_CLOCK_TIME_NONE, FALSE, FALSE },
};

START_TEST (test_jump)
{
  const Jump *jump = &jumps[_i];
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10,
      "discont-threshold", jump->threshold, "reset-on", jump->reset_on, NULL);
  g_autofree gfloat *x = reference_input (9, 10 * 5);
  GstBuffer *buffer = gst_buffer_new_memdup (x, 5 * IN), *out;
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 10, &n);
  g_autofree gfloat *fresh =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x + 5 * 5, 5, &n);

  GST_BUFFER_PTS (buffer) = GST_SECOND;
  gst_harness_push (test->harness, buffer);
  gst_buffer_unref (gst_harness_pull (test->harness));
  buffer = gst_buffer_new_memdup (x + 5 * 5, 5 * IN);
  GST_BUFFER_PTS (buffer) = jump->pts;
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_int (
      GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT), jump->jumps);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), jump->jumps ? jump->pts : 1500 * GST_MSECOND);
  gst_check_buffer_data (out, jump->resets ? fresh : y + 5 * 6, 5 * OUT);
  gst_buffer_unref (out);
}
END_TEST

/* ---- a model with NaN in its weights ---- */

typedef struct {
  const gchar *yaml; /* after the file's name in a config, or NULL: none */
  const gchar *property;
  gboolean runs;
} NanModel;

static const NanModel nan_models[] = {
  { NULL, NULL, FALSE },
  { NULL, "false", FALSE },
  { NULL, "true", TRUE },
  { "", NULL, FALSE },
  { ", allow_nan: false", NULL, FALSE },
  { ", allow_nan: true", NULL, TRUE },
  { ", allow_nan: false", "true", TRUE },
  { ", allow_nan: true", "false", FALSE },
};

static GstElement *
new_nan_element (const NanModel *model, gchar **config)
{
  const gchar *path = g_getenv ("LSTM_NAN_MODEL");
  const gchar *property = model->property ? "allow-nan" : NULL;
  g_autofree gchar *text = NULL;

  *config = NULL;
  if (model->yaml == NULL)
    return element_test_make (
        "lstm", "model", path, property, model->property, NULL);
  text = g_strdup_printf (
      "version: 1\nmodel: {file: '%s'%s}\n", path, model->yaml);
  *config = element_test_write_file ("nan.yaml", text);
  return element_test_make (
      "lstm", "config", *config, property, model->property, NULL);
}

/* Windows of 3 steps of 2 features give one number. */
static void
check_nan_runs (GstElement *element)
{
  static const gfloat x[3 * 2] = { 1, 2, 3, 4, 5, 6 };
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autoptr (GByteArray) out = NULL;
  gfloat y;

  lstm_test_set_format (test, FALSE, 2, 10);
  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
  out = lstm_test_pull (test);
  fail_unless_equals_uint64 (out->len, sizeof y);
  memcpy (&y, out->data, sizeof y);
  fail_unless (isnan (y));
  element_test_assert_silent (test);
}

static void
check_nan_refused (GstElement *element)
{
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless (strstr (error->message, "are NaN") != NULL);
  fail_unless (strstr (error->message, "allow-nan") != NULL);
  gst_element_set_bus (element, NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}

START_TEST (test_nan_model)
{
  const NanModel *model = &nan_models[_i];
  gchar *config;
  GstElement *element = new_nan_element (model, &config);

  if (model->runs)
    check_nan_runs (element);
  else
    check_nan_refused (element);
  if (config != NULL)
    element_test_remove_file (config);
}
END_TEST

static void
add_tests (TCase *tests)
{
  int n_chunks = (int) G_N_ELEMENTS (chunks);

  tcase_add_loop_test (tests, test_nan_reset, 0, n_chunks);
  tcase_add_test (tests, test_nan_reset_times);
  tcase_add_test (tests, test_nan_reset_all);
  tcase_add_loop_test (tests, test_nan_reset_window, 0, n_chunks);
  tcase_add_loop_test (tests, test_nan_hold, 0, n_chunks);
  tcase_add_test (tests, test_nan_hold_after_reset);
  tcase_add_test (tests, test_nan_resets_its_key_only);
  tcase_add_loop_test (tests, test_gap_buffer, 0, 8);
  tcase_add_loop_test (tests, test_gap_event, 0, 8);
  tcase_add_loop_test (tests, test_gap_times, 0, 8);
  tcase_add_loop_test (tests, test_gap_event_without_duration, 0, 4);
  tcase_add_test (tests, test_gap_event_first);
  tcase_add_test (tests, test_gap_event_too_long);
  tcase_add_test (tests, test_gap_event_flow);
  tcase_add_loop_test (
      tests, test_nan_model, 0, (int) G_N_ELEMENTS (nan_models));
  tcase_add_loop_test (tests, test_jump, 0, (int) G_N_ELEMENTS (jumps));
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-faults", add_tests);
}
