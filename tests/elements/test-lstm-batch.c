/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: windows of one stream as Keras's batches. */

#include <math.h>
#include <string.h>

#include "../common/safetensors.h"
#include "lstm-reference.h"

/* Stateful, batches of 5 windows of 30 steps of 7 features; out come sequences
 * of 1 feature. */
#define MODEL "stock_batches"
#define BATCH 5
#define STEPS 30
#define FEATURES 7
#define WINDOW (STEPS * FEATURES)

static const gsize chunks[] = { 1001, 28 * STEPS, 28 * STEPS * 7, G_MAXSIZE };

/* What the library gives for @n windows, window i with the state of window
 * i - 5. (transfer full): [n][30] */
static gfloat *
batch_output (const gfloat *x, guint n, guint stride)
{
  g_autofree gchar *path = reference_model_path (MODEL);
  LstmPlanOptions options = { .mode = LSTM_MODE_WINDOW };
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, &options, NULL);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  LstmStream *streams[BATCH];
  gfloat *y = g_new0 (gfloat, n * STEPS);

  for (guint i = 0; i < BATCH; i++)
    streams[i] = lstm_stream_new (plan);
  for (guint i = 0; i < n; i++)
    lstm_context_process (context, &streams[i % BATCH], 1, 1,
        &(LstmInput){ .data = x + i * stride * FEATURES },
        &(LstmOutput){ .data = y + i * STEPS });
  for (guint i = 0; i < BATCH; i++)
    lstm_stream_free (streams[i]);
  return y;
}

static void
push_frames (ElementTest *test, const gfloat *x, guint n, gsize chunk)
{
  fail_unless_equals_int (
      element_test_push (test, x, n * FEATURES * sizeof (gfloat), chunk),
      GST_FLOW_OK);
}

/* ---- Keras ---- */

/* Three calls of predict() with a batch each, one after the other. */
START_TEST (test_keras)
{
  g_autofree gchar *path = g_build_filename (
      g_getenv ("LSTM_GOLDEN_DIR"), MODEL, "io.safetensors", NULL);
  g_autoptr (TestTensors) tensors = test_tensors_load (path);
  g_autoptr (ElementTest) test = lstm_test_new (MODEL, FEATURES, 10, NULL);
  g_autoptr (GByteArray) out = NULL;
  const gfloat *y;
  gsize at = 0;

  for (guint i = 0; i < 3; i++) {
    const TestTensor *x = test_tensors_find (tensors, "call%u.x", i);

    fail_unless_equals_uint64 (x->count, BATCH * WINDOW);
    push_frames (test, x->data, BATCH * STEPS, chunks[_i]);
  }
  fail_unless (element_test_push_eos (test));
  out = lstm_test_pull (test);
  fail_unless_equals_uint64 (out->len, 3 * BATCH * STEPS * sizeof (gfloat));
  y = (const gfloat *) out->data;
  for (guint i = 0; i < 3; i++) {
    const TestTensor *expected = test_tensors_find (tensors, "call%u.y0", i);

    for (gsize k = 0; k < expected->count; k++, at++)
      fail_unless (fabsf (y[at] - expected->data[k]) <=
                       1e-5f + 1e-5f * fabsf (expected->data[k]),
          "call %u, number %zu: %g, Keras %g", i, k, (double) y[at],
          (double) expected->data[k]);
  }
  element_test_assert_silent (test);
}
END_TEST

/* ---- partial-batch ---- */

START_TEST (test_pad)
{
  guint n = 10 + _i % BATCH;
  gsize chunk = chunks[_i / BATCH];
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL, FEATURES, 10, "partial-batch", "pad", NULL);
  g_autofree gfloat *x = reference_input (1, n * WINDOW);
  g_autofree gfloat *y = batch_output (x, n, STEPS);

  push_frames (test, x, n * STEPS, chunk);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, n * STEPS);
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_drop)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL, FEATURES, 10, "partial-batch", "drop", NULL);
  g_autofree gfloat *x = reference_input (2, 12 * WINDOW);
  g_autofree gfloat *y = batch_output (x, 10, STEPS);

  push_frames (test, x, 12 * STEPS, 999);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, 10 * STEPS);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "2 windows left over", "batches of 5",
      "12 = 2 x 5 + 2", "no output", NULL);
}
END_TEST

/* The default, as Keras. */
START_TEST (test_error)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL, FEATURES, 10, NULL);
  g_autofree gfloat *x = reference_input (3, 13 * WINDOW);
  g_autofree gfloat *y = batch_output (x, 10, STEPS);
  GstBuffer *buffer;

  push_frames (test, x, 13 * STEPS, 28);
  if (_i == 0) {
    fail_if (element_test_push_eos (test));
  } else {
    buffer = gst_buffer_new_memdup (x, WINDOW * sizeof (gfloat));
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    fail_unless_equals_int (
        gst_harness_push (test->harness, buffer), GST_FLOW_ERROR);
  }
  lstm_test_assert_output (test, y, 10 * STEPS);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "batch: 3 windows left over", "batches of 5",
      "13 = 2 x 5 + 3", "send 10 or 15 windows", "partial-batch=pad|drop",
      NULL);
}
END_TEST

/* A window that is filled up counts among a batch's. */
START_TEST (test_padded_window)
{
  guint n = 9 + _i;
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL, FEATURES, 10, "partial-window", "pad",
          "partial-batch", _i == 0 ? "error" : "pad", NULL);
  g_autofree gfloat *x = reference_input (4, (n + 1) * WINDOW);
  g_autofree gfloat *y = NULL;

  memset (x + n * WINDOW + 7 * FEATURES, 0,
      (WINDOW - 7 * FEATURES) * sizeof (gfloat));
  y = batch_output (x, n + 1, STEPS);
  push_frames (test, x, n * STEPS + 7, 28 * STEPS);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, n * STEPS + 7);
  element_test_assert_silent (test);
}
END_TEST

/* Frames that fill no window are said beside the windows that fill no batch. */
START_TEST (test_window_and_batch_left_over)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL, FEATURES, 10, "partial-batch", "pad", NULL);
  g_autofree gfloat *x = reference_input (5, 7 * WINDOW);
  g_autofree gfloat *y = batch_output (x, 6, STEPS);

  push_frames (test, x, 6 * STEPS + 11, 28);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, 6 * STEPS);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "11 frames", "30", NULL);
}
END_TEST

/* ---- batches ---- */

START_TEST (test_sliding)
{
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL, FEATURES, 10, "stride", "7", "partial-batch", "pad", NULL);
  guint n = 13, frames = (n - 1) * 7 + STEPS;
  g_autofree gfloat *x = reference_input (6, frames * FEATURES);
  g_autofree gfloat *y = batch_output (x, n, 7);

  push_frames (test, x, frames, chunks[_i]);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, n * STEPS);
}
END_TEST

/* batch=1: each window goes on where the one before ended. */
START_TEST (test_batch_of_one)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL, FEATURES, 10, "batch", "1", NULL);
  g_autofree gfloat *x = reference_input (7, 7 * WINDOW);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL, LSTM_MODE_WINDOW, 0, STEPS, x, 7 * STEPS, &n);

  push_frames (test, x, 7 * STEPS, 999);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* Every place of a batch is reset. */
START_TEST (test_reset)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL, FEATURES, 10, NULL);
  g_autofree gfloat *x = reference_input (8, BATCH * WINDOW);
  g_autofree gfloat *y = batch_output (x, BATCH, STEPS);

  for (guint i = 0; i < 2; i++) {
    push_frames (test, x, BATCH * STEPS, G_MAXSIZE);
    lstm_test_assert_output (test, y, BATCH * STEPS);
    gst_harness_push_event (test->harness, gst_event_new_stream_start ("new"));
  }
  element_test_assert_silent (test);
}
END_TEST

/* A stateless model runs a short batch, as Keras does. */
START_TEST (test_stateless)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "batch", "4", NULL);
  g_autofree gfloat *x = reference_input (9, 6 * 25);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_WINDOW, LSTM_MODE_WINDOW, 0, 25, x, 6 * 25, &n);

  fail_unless_equals_int (
      element_test_push (test, x, 6 * 25 * sizeof (gfloat), 28), GST_FLOW_OK);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, n);
  element_test_assert_silent (test);
}
END_TEST

/* The first frame waits for the last of its batch. */
START_TEST (test_latency)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL, FEATURES, 10, NULL);

  fail_unless_equals_uint64 (gst_harness_query_latency (test->harness),
      (BATCH * STEPS - 1) * 100 * GST_MSECOND);
}
END_TEST

static void
add_tests (TCase *tests)
{
  int n_chunks = (int) G_N_ELEMENTS (chunks);

  tcase_add_loop_test (tests, test_keras, 0, n_chunks);
  tcase_add_loop_test (tests, test_pad, 0, n_chunks * BATCH);
  tcase_add_test (tests, test_drop);
  tcase_add_loop_test (tests, test_error, 0, 2);
  tcase_add_loop_test (tests, test_padded_window, 0, 3);
  tcase_add_test (tests, test_window_and_batch_left_over);
  tcase_add_loop_test (tests, test_sliding, 0, n_chunks);
  tcase_add_test (tests, test_batch_of_one);
  tcase_add_test (tests, test_reset);
  tcase_add_test (tests, test_stateless);
  tcase_add_test (tests, test_latency);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-batch", add_tests);
}
