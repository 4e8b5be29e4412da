/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: what waits at the end of a stream and at resets, and final outputs. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmrows.h"
#include "lstm-reference.h"

typedef enum { EOS, DISCONT, STREAM_START, SEGMENT, CAPS, FLUSH } End;

#define ALL_RESETS "stream-start+flush+discont+segment+caps"

/* A pad that pushes a sticky event keeps how that went to itself: ask ours. */
static gboolean
send_event (ElementTest *test, GstEvent *event)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");

  return gst_pad_send_event (pad, event);
}

/* Ends the stream of frames of @channels, or begins a new one. For a DISCONT an
 * empty buffer comes. */
static gboolean
end_stream (ElementTest *test, End end, guint channels)
{
  GstHarness *h = test->harness;
  g_autoptr (GstCaps) caps = NULL;
  GstSegment segment;
  GstBuffer *buffer;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  switch (end) {
    case EOS:
      return send_event (test, gst_event_new_eos ());
    case DISCONT:
      buffer = gst_buffer_new ();
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
      return gst_harness_push (h, buffer) == GST_FLOW_OK;
    case STREAM_START:
      return send_event (test, gst_event_new_stream_start ("new"));
    case SEGMENT:
      return send_event (test, gst_event_new_segment (&segment));
    case CAPS:
      caps = gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, channels, 77);
      return send_event (test, gst_event_new_caps (caps));
    default:
      send_event (test, gst_event_new_flush_start ());
      send_event (test, gst_event_new_flush_stop (TRUE));
      return send_event (test, gst_event_new_segment (&segment));
  }
}

static void
push_frames (ElementTest *test, const gfloat *x, guint n, guint channels)
{
  fail_unless_equals_int (
      element_test_push (test, x, n * channels * sizeof (gfloat), 28),
      GST_FLOW_OK);
}

/* ---- partial-window=pad ---- */

/* What the windows of @n frames give, the last one filled up with zeros; of a
 * sequence only what belongs to the frames that there are. */
static gfloat *
padded_output (const gchar *model, guint stride, const gfloat *x, guint n,
    guint n_padded, gsize *n_out)
{
  g_autofree gfloat *padded = g_new0 (gfloat, n_padded);
  gfloat *y;

  memcpy (padded, x, n * sizeof (gfloat));
  y = reference_output (
      model, LSTM_MODE_WINDOW, 0, stride, padded, n_padded, n_out);
  if (strcmp (model, MODEL_SEQUENCE) == 0)
    *n_out = n * 10;
  return y;
}

typedef struct {
  const gchar *model;
  guint stride;
  const gchar *stride_name;
  guint n, n_padded;
} Pad;

/* Models of 25 steps of 1 feature; of 25, 35 and 45 frames with a stride of 10
 * no frame is left over. */
static const Pad pads[] = {
  { MODEL_WINDOW, 25, "0", 60, 75 },
  { MODEL_WINDOW, 25, "0", 1, 25 },
  { MODEL_WINDOW, 25, "0", 50, 50 },
  { MODEL_WINDOW, 10, "10", 35, 35 },
  { MODEL_WINDOW, 10, "10", 36, 45 },
  { MODEL_WINDOW, 30, "30", 27, 27 },
  { MODEL_WINDOW, 30, "30", 31, 55 },
  { MODEL_SEQUENCE, 25, "0", 60, 75 },
};

START_TEST (test_pad)
{
  const Pad *pad = &pads[_i / 5];
  End end = _i % 5;
  g_autoptr (ElementTest) test = lstm_test_new (pad->model, 1, 10, "stride",
      pad->stride_name, "reset-on", ALL_RESETS, "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (1, pad->n);
  gsize n;
  g_autofree gfloat *y =
      padded_output (pad->model, pad->stride, x, pad->n, pad->n_padded, &n);
  g_autoptr (GstMessage) message = NULL;

  push_frames (test, x, pad->n, 1);
  fail_unless (end_stream (test, end, 1));
  lstm_test_assert_output (test, y, n);
  if (end == DISCONT)
    fail_unless (element_test_push_eos (test));
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_INFO);
  fail_unless_equals_int (message != NULL, pad->n != pad->n_padded);
  element_test_assert_silent (test);
}
END_TEST

/* What is filled up is done with: nothing of it comes after. */
START_TEST (test_pad_then_more)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (2, 30);
  gsize n, m;
  g_autofree gfloat *y = padded_output (MODEL_WINDOW, 25, x, 10, 25, &n);
  g_autofree gfloat *z =
      reference_output (MODEL_WINDOW, LSTM_MODE_WINDOW, 0, 25, x, 25, &m);
  g_autoptr (GByteArray) before = NULL;

  push_frames (test, x, 10, 1);
  fail_unless (end_stream (test, STREAM_START, 1));
  before = lstm_test_pull (test);
  fail_unless_equals_uint64 (before->len, n * sizeof (gfloat));
  fail_unless (memcmp (before->data, y, before->len) == 0);
  push_frames (test, x, 25, 1);
  lstm_test_assert_output (test, z, m);
}
END_TEST

/* A flush forgets what waits, whatever is asked for. */
START_TEST (test_flush_pushes_nothing)
{
  static const gchar *const policies[] = { "drop", "pad", "error" };
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window", policies[_i], NULL);
  g_autofree gfloat *x = reference_input (3, 30);

  push_frames (test, x, 10, 1);
  end_stream (test, FLUSH, 1);
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
  element_test_assert_silent (test);
}
END_TEST

/* The time of a window that is filled up is that of its last own frame. */
START_TEST (test_pad_times)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (4, 30);
  GstBuffer *buffer = gst_buffer_new_memdup (x, 30 * sizeof (gfloat)), *out;

  GST_BUFFER_PTS (buffer) = GST_SECOND;
  gst_harness_push (test->harness, buffer);
  gst_buffer_unref (gst_harness_pull (test->harness));
  fail_unless (element_test_push_eos (test));
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), GST_SECOND + 29 * 100 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 500 * GST_MSECOND);
  gst_buffer_unref (out);
}
END_TEST

static void
push_keyed (ElementTest *test, const gchar *key, const gfloat *x, guint n,
    gsize frame_size, guint64 number)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * frame_size);
  g_autofree const gchar **cells = g_new (const gchar *, n);
  GstLstmRows *rows;

  for (guint i = 0; i < n; i++)
    cells[i] = i == n - 1 ? "last" : "row";
  rows = gst_lstm_rows_new (n, 1, cells);
  gst_buffer_add_lstm_key_meta (buffer, caps, number);
  gst_buffer_add_lstm_rows (buffer, rows);
  gst_lstm_rows_unref (rows);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

/* One buffer, with that key, number, last row and data. */
static void
assert_keyed (ElementTest *test, const gchar *key, guint64 number,
    const gfloat *y, gsize n)
{
  g_autoptr (GstBuffer) out = gst_harness_try_pull (test->harness);
  const gchar *found = NULL;
  guint64 at = 0;
  GstLstmRows *rows;

  fail_unless (out != NULL);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, &found, &at));
  fail_unless_equals_string (found, key);
  fail_unless_equals_uint64 (at, number);
  rows = gst_buffer_get_lstm_rows (out);
  fail_unless_equals_int (gst_lstm_rows_get_n_rows (rows), 1);
  fail_unless_equals_string (gst_lstm_rows_get (rows, 0, 0), "last");
  gst_check_buffer_data (out, y, n * sizeof (gfloat));
}

/* Each key has its own end, with its key and kept columns. */
START_TEST (test_pad_keys)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (5, 40);
  gsize n;
  g_autofree gfloat *a = padded_output (MODEL_WINDOW, 25, x, 7, 25, &n);
  g_autofree gfloat *b = padded_output (MODEL_WINDOW, 25, x + 7, 9, 25, &n);

  push_keyed (test, "2", x, 7, sizeof (gfloat), 0);
  push_keyed (test, "10", x + 7, 9, sizeof (gfloat), 7);
  fail_unless (element_test_push_eos (test));
  assert_keyed (test, "2", 6, a, n);
  assert_keyed (test, "10", 15, b, n);
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
}
END_TEST

/* ---- partial-window=error ---- */

START_TEST (test_partial_error)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 10, "reset-on",
      ALL_RESETS, "partial-window", "error", NULL);
  g_autofree gfloat *x = reference_input (6, 60);
  GstEvent *event;
  gboolean eos = FALSE;

  push_frames (test, x, 60, 1);
  fail_if (end_stream (test, _i, 1));
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "10 frames", "25", "partial-window=drop|pad",
      NULL);
  while ((event = gst_harness_try_pull_event (test->harness)) != NULL) {
    eos = eos || GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  fail_if (eos, "EOS went on after an error");
}
END_TEST

START_TEST (test_partial_error_is_none_if_full)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 10, "reset-on",
      ALL_RESETS, "partial-window", "error", NULL);
  g_autofree gfloat *x = reference_input (7, 50);

  push_frames (test, x, 50, 1);
  fail_unless (end_stream (test, _i, 1));
  element_test_assert_silent (test);
}
END_TEST

/* ---- output=final ---- */

START_TEST (test_final_of_frames)
{
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_FRAMES, 5, 10, "output", "final", "reset-on", ALL_RESETS, NULL);
  g_autofree gfloat *x = reference_input (8, 12 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 12, &n);

  push_frames (test, x, 12, 5);
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
  end_stream (test, _i, 5);
  if (_i == FLUSH)
    fail_unless (gst_harness_try_pull (test->harness) == NULL);
  else
    lstm_test_assert_output (test, y + 11 * 6, 6);
  element_test_assert_silent (test);
}
END_TEST

/* It is sent once, and a stream without frames has none. */
START_TEST (test_final_once)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "output", "final", NULL);
  g_autofree gfloat *x = reference_input (9, 5);

  fail_unless (end_stream (test, STREAM_START, 5));
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
  push_frames (test, x, 1, 5);
  fail_unless (end_stream (test, STREAM_START, 5));
  gst_buffer_unref (gst_harness_pull (test->harness));
  fail_unless (element_test_push_eos (test));
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
}
END_TEST

/* It has the time of its frame, and before EOS it is there. */
START_TEST (test_final_time)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "output", "final", NULL);
  g_autofree gfloat *x = reference_input (10, 12 * 5);
  GstBuffer *buffer = gst_buffer_new_memdup (x, 12 * 5 * sizeof (gfloat)), *out;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->sinkpad);
  gint rate = 0;

  gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  fail_unless_equals_int (rate, 1);
  GST_BUFFER_PTS (buffer) = GST_SECOND;
  gst_harness_push (test->harness, buffer);
  fail_unless (element_test_push_eos (test));
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), GST_SECOND + 1100 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 100 * GST_MSECOND);
  gst_buffer_unref (out);
}
END_TEST

START_TEST (test_final_keys)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "output", "final", NULL);
  g_autofree gfloat *x = reference_input (11, 9 * 5);
  gsize n, size = 5 * sizeof (gfloat);
  g_autofree gfloat *a =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 4, &n);
  g_autofree gfloat *b =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x + 20, 5, &n);

  push_keyed (test, "a", x, 2, size, 0);
  push_keyed (test, "b", x + 20, 5, size, 2);
  push_keyed (test, "a", x + 10, 2, size, 7);
  fail_unless (element_test_push_eos (test));
  assert_keyed (test, "a", 8, a + 3 * 6, 6);
  assert_keyed (test, "b", 6, b + 4 * 6, 6);
}
END_TEST

/* In window mode the last frame of each window, whichever way it is cut. */
START_TEST (test_final_of_windows)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_SEQUENCE, 1, 100,
      "output", "final", "stride", "10", "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (12, 60);
  gfloat padded[65] = { 0 };
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->sinkpad);
  gsize n;
  gint rate = 0;
  g_autofree gfloat *y = NULL;

  memcpy (padded, x, 60 * sizeof (gfloat));
  y = reference_output (
      MODEL_SEQUENCE, LSTM_MODE_WINDOW, 0, 10, padded, 65, &n);
  fail_unless_equals_uint64 (n, 5 * 25 * 10);
  for (guint i = 0; i < 5; i++)
    g_array_append_vals (expected, y + (i * 25 + 24) * 10, 10);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  fail_unless_equals_int (rate, 10);
  push_frames (test, x, 60, 1);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (
      test, (const gfloat *) expected->data, expected->len);
}
END_TEST

/* ---- how pushes at an end go ---- */

static GstFlowReturn pushed;

static GstFlowReturn
answer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return pushed;
}

typedef struct {
  GstFlowReturn flow;
  gboolean error; /* nobody else says it */
} Answer;

static const Answer answers[] = {
  { GST_FLOW_ERROR, TRUE },
  { GST_FLOW_NOT_NEGOTIATED, TRUE },
  { GST_FLOW_NOT_LINKED, TRUE },
  { GST_FLOW_FLUSHING, FALSE },
  { GST_FLOW_EOS, FALSE },
};

START_TEST (test_flow_of_end)
{
  const Answer *expected = &answers[_i / 5];
  End end = _i % 5;
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_FRAMES, 5, 10, "output", "final", "reset-on", ALL_RESETS, NULL);
  g_autofree gfloat *x = reference_input (13, 5);

  pushed = expected->flow;
  gst_pad_set_chain_function (test->harness->sinkpad, answer);
  push_frames (test, x, 1, 5);
  fail_if (end_stream (test, end, 5));
  if (expected->error && end != DISCONT)
    element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
        GST_STREAM_ERROR_FAILED, NULL);
  else
    element_test_assert_silent (test);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_pad, 0, (int) G_N_ELEMENTS (pads) * 5);
  tcase_add_test (tests, test_pad_then_more);
  tcase_add_loop_test (tests, test_flush_pushes_nothing, 0, 3);
  tcase_add_test (tests, test_pad_times);
  tcase_add_test (tests, test_pad_keys);
  tcase_add_loop_test (tests, test_partial_error, 0, 5);
  tcase_add_loop_test (tests, test_partial_error_is_none_if_full, 0, 6);
  tcase_add_loop_test (tests, test_final_of_frames, 0, 6);
  tcase_add_test (tests, test_final_once);
  tcase_add_test (tests, test_final_time);
  tcase_add_test (tests, test_final_keys);
  tcase_add_test (tests, test_final_of_windows);
  tcase_add_loop_test (
      tests, test_flow_of_end, 0, (int) G_N_ELEMENTS (answers) * 5);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-ends", add_tests);
}
