/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm frame by frame with models that have no output for some frames: which
 * frames come out, and their caps, times, numbers and rows. */

#include <string.h>

#include <gst/lstm/lstm.h>

#include "gstlstmrows.h"
#include "lstm-reference.h"

#define FEATURES 4
#define FRAME (FEATURES * sizeof (gfloat))
#define FRAMES 57
#define RATE 10

/* An output for frame `first`, and for one of each `every` after it. */
typedef struct {
  const gchar *model;
  guint every, first;
  guint features;
  const gchar *rate; /* of what comes out; a whole number, at least 1 */
} Pace;

static const Pace paces[] = {
  { "pace_strides", 2, 0, 3, "5" },
  { "pace_valid", 1, 4, 3, "10" },
  { "pace_far_strides", 5, 1, 4, "2" },
  { "pace_max", 2, 1, 3, "5" },
  { "pace_average", 1, 3, 3, "10" },
  { "pace_skip", 6, 1, 3, "2" },
  { "pace_stack", 4, 6, 3, "3" },
  { "pace_depthwise", 6, 9, 4, "2" },
};

static const gsize chunks[] = { 1, 7, FRAME, 3 * FRAME, 61, G_MAXSIZE };

static guint
count_outputs (const Pace *pace, guint n_frames)
{
  return n_frames > pace->first ? (n_frames - pace->first - 1) / pace->every + 1
                                : 0;
}

/* What the library gives for the frames. (transfer full) */
static gfloat *
expect (const Pace *pace, const gfloat *x, guint n_frames)
{
  gsize n;

  return reference_output (pace->model, LSTM_MODE_FRAME, 0, 1, x, n_frames, &n);
}

/* ---- outputs ---- */

START_TEST (test_cut)
{
  const Pace *pace = &paces[_i / G_N_ELEMENTS (chunks)];
  gsize chunk = chunks[_i % G_N_ELEMENTS (chunks)];
  g_autoptr (ElementTest) test =
      lstm_test_new (pace->model, FEATURES, RATE, NULL);
  g_autofree gfloat *x = reference_input (1, FRAMES * FEATURES);
  g_autofree gfloat *y = expect (pace, x, FRAMES);

  fail_unless_equals_int (
      element_test_push (test, x, FRAMES * FRAME, chunk), GST_FLOW_OK);
  lstm_test_assert_output (
      test, y, count_outputs (pace, FRAMES) * pace->features);
  fail_unless (element_test_push_eos (test));
  element_test_assert_silent (test);
}
END_TEST

/* ---- caps and times ---- */

static void
check_caps (ElementTest *test, const Pace *pace)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->sinkpad);
  g_autofree gchar *text =
      g_strdup_printf ("audio/x-raw, channels=(int)%u, rate=(int)%s",
          pace->features, pace->rate);
  g_autoptr (GstCaps) expected = gst_caps_from_string (text);
  g_autofree gchar *found = gst_caps_to_string (caps);

  fail_unless (
      gst_caps_can_intersect (caps, expected), "%s, not %s", found, text);
}

/* Each buffer that comes out has the time of the frame that its first output
 * goes with, and lasts to where the next one goes. */
START_TEST (test_times)
{
  const Pace *pace = &paces[_i];
  g_autoptr (ElementTest) test =
      lstm_test_new (pace->model, FEATURES, RATE, NULL);
  g_autofree gfloat *x = reference_input (2, FRAMES * FEATURES);
  GstClockTime frame = GST_SECOND / RATE;
  guint n = 0;

  for (guint at = 0, size; at < FRAMES; at += size) {
    GstBuffer *buffer;

    size = MIN (1 + at % 9, FRAMES - at);
    buffer = gst_buffer_new_memdup (x + at * FEATURES, size * FRAME);
    GST_BUFFER_PTS (buffer) = GST_SECOND + at * frame;
    fail_unless_equals_int (
        gst_harness_push (test->harness, buffer), GST_FLOW_OK);
    buffer = gst_harness_try_pull (test->harness);
    if (buffer == NULL) {
      fail_unless_equals_int (n, count_outputs (pace, at + size));
      continue;
    }
    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer),
        GST_SECOND + (pace->first + n * pace->every) * frame);
    n += gst_buffer_get_size (buffer) / (pace->features * sizeof (gfloat));
    fail_unless_equals_int (n, count_outputs (pace, at + size));
    fail_unless_equals_uint64 (
        GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer),
        GST_SECOND + (pace->first + n * pace->every) * frame);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (n, count_outputs (pace, FRAMES));
  check_caps (test, pace);
  fail_unless_equals_uint64 (gst_harness_query_latency (test->harness), 0);
}
END_TEST

/* One tensor an output. */
START_TEST (test_tensors)
{
  const Pace *pace = &paces[_i];
  g_autofree gchar *path = reference_model_path (pace->model);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autofree gfloat *x = reference_input (3, FRAMES * FEATURES);
  g_autofree gfloat *y = expect (pace, x, FRAMES);
  guint n = count_outputs (pace, FRAMES);

  gst_harness_set_sink_caps_str (test->harness, "other/tensors");
  lstm_test_set_format (test, FALSE, FEATURES, RATE);
  fail_unless_equals_int (
      element_test_push (test, x, FRAMES * FRAME, 5 * FRAME), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), n);
  lstm_test_assert_output (test, y, n * pace->features);
}
END_TEST

/* ---- keys, resets, rows ---- */

static void
push_keyed (ElementTest *test, const gchar *key, const gfloat *x, guint n,
    GstBufferFlags flags)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * FRAME);

  gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  GST_BUFFER_FLAG_SET (buffer, flags);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

/* Keys that are not at the same place: each has outputs for frames of its own,
 * and begins anew alone. */
START_TEST (test_keys)
{
  const Pace *pace = &paces[_i];
  g_autoptr (ElementTest) test =
      lstm_test_new (pace->model, FEATURES, RATE, NULL);
  g_autofree gfloat *x = reference_input (4, 40 * FEATURES);
  g_autofree gfloat *y = expect (pace, x, 40);
  gsize row = pace->features * sizeof (gfloat);
  guint sent[2] = { 0 }, came[2] = { 0 };
  GstBuffer *buffer;

  for (guint i = 0; i < 60; i++) {
    guint k = i % 3 == 0, n = 1 + k;

    if (k == 1 && sent[1] == 20)
      sent[1] = came[1] = 0;
    push_keyed (test, k ? "b" : "a", x + sent[k] * FEATURES, n,
        k == 1 && sent[1] == 0 && i > 0 ? GST_BUFFER_FLAG_DISCONT : 0);
    sent[k] += n;
    while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
      gsize size = gst_buffer_get_size (buffer);

      gst_check_buffer_data (buffer, y + came[k] * pace->features, size);
      came[k] += size / row;
      gst_buffer_unref (buffer);
    }
    fail_unless_equals_int (came[k], count_outputs (pace, sent[k]));
  }
  fail_unless (came[0] > 1 && came[1] > 1);
}
END_TEST

/* The last output of all goes out at the end, if there is one. */
START_TEST (test_final)
{
  const Pace *pace = &paces[_i];

  for (guint n = 1; n < 15; n++) {
    g_autoptr (ElementTest) test =
        lstm_test_new (pace->model, FEATURES, RATE, "output", "final", NULL);
    g_autofree gfloat *x = reference_input (5, n * FEATURES);
    g_autofree gfloat *y = expect (pace, x, n);
    guint there = count_outputs (pace, n);

    fail_unless_equals_int (
        element_test_push (test, x, n * FRAME, 3 * FRAME), GST_FLOW_OK);
    fail_unless (gst_harness_try_pull (test->harness) == NULL);
    fail_unless (element_test_push_eos (test));
    lstm_test_assert_output (test,
        y + (there > 0 ? there - 1 : 0) * pace->features,
        there > 0 ? pace->features : 0);
  }
}
END_TEST

/* Kept columns are those of the frame that an output goes with. */
START_TEST (test_rows)
{
  static const gchar *const cells[] = { "r0", "r1", "r2", "r3", "r4", "r5",
    "r6", "r7", "r8", "r9" };
  const Pace *pace = &paces[_i];
  g_autoptr (ElementTest) test =
      lstm_test_new (pace->model, FEATURES, RATE, NULL);
  g_autofree gfloat *x = reference_input (6, 10 * FEATURES);
  GstBuffer *buffer = gst_buffer_new_memdup (x, 10 * FRAME);
  GstLstmRows *rows = gst_lstm_rows_new (10, 1, cells);

  gst_buffer_add_lstm_rows (buffer, rows);
  gst_lstm_rows_unref (rows);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  buffer = gst_harness_pull (test->harness);
  rows = gst_buffer_get_lstm_rows (buffer);
  fail_unless_equals_int (
      gst_lstm_rows_get_n_rows (rows), count_outputs (pace, 10));
  for (guint i = 0; i < count_outputs (pace, 10); i++)
    fail_unless_equals_string (
        gst_lstm_rows_get (rows, i, 0), cells[pace->first + i * pace->every]);
  gst_buffer_unref (buffer);
}
END_TEST

static void
add_tests (TCase *tests)
{
  int n = (int) G_N_ELEMENTS (paces);

  tcase_add_loop_test (tests, test_cut, 0, n * (int) G_N_ELEMENTS (chunks));
  tcase_add_loop_test (tests, test_times, 0, n);
  tcase_add_loop_test (tests, test_tensors, 0, n);
  tcase_add_loop_test (tests, test_keys, 0, n);
  tcase_add_loop_test (tests, test_final, 0, n);
  tcase_add_loop_test (tests, test_rows, 0, n);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-pace", add_tests);
}
