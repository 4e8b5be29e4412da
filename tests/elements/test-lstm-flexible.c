/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: flexible tensors, each with a header that says what it holds. */

#include <string.h>

#include "gstlstmflexible.h"
#include "lstm-reference.h"

#define HEADER GST_LSTM_FLEXIBLE_HEADER
#define FLEXIBLE(rate)                                                         \
  "other/tensors, format=(string)flexible, framerate=(fraction)" rate

/* ---- headers ---- */

/* The words of a header that is right: float32, dimensions 5:2. */
static void
fill_header (guint32 *words)
{
  memset (words, 0, HEADER);
  words[0] = 0xfeedcced;
  words[1] = 0xde001000;
  words[2] = 7;
  words[3] = 5;
  words[4] = 2;
  words[19] = 1;
  words[20] = 4;
}

typedef struct {
  guint at;
  guint32 word;
  const gchar *said[2]; /* NULL: nothing is wrong */
} Header;

static const Header headers[] = {
  { 20, 4, { NULL, NULL } },
  { 20, 0, { NULL, NULL } },
  { 19, 0, { NULL, NULL } },
  { 5, 1, { NULL, NULL } },
  { 6, 1, { NULL, NULL } }, /* a 0 ends the dimensions */
  { 6, 7, { NULL, NULL } },
  { 1, 0xde001007, { NULL, NULL } },
  { 0, 0, { "0x00000000", "0xfeedcced" } },
  { 0, 0xedccedfe, { "0xedccedfe", "header" } },
  { 1, 0xde002000, { "version 0xde002000", "1.x" } },
  { 1, 0, { "version 0x00000000", "1.x" } },
  { 2, 6, { "float64", "expected float32" } },
  { 2, 99, { "an unknown type (type 99)", "expected float32" } },
  { 3, 0, { "''", "features:steps:batch" } },
  { 3, 0xffffffff, { "4294967295:2", "features:steps:batch" } },
  { 3, 6, { "40 bytes", "expected 48 for the dimensions 6:2" } },
  { 4, 3, { "40 bytes", "expected 60 for the dimensions 5:3" } },
  { 4, 0x7fffffff, { "40 bytes", "5:2147483647" } },
  { 19, 2, { "format 2", "tensor_sparse_dec" } },
};

START_TEST (test_header)
{
  const Header *header = &headers[_i];
  guint8 bytes[1 + HEADER + 40] = { 0 };
  guint32 words[HEADER / 4];
  GstLstmTensor tensor;
  g_autofree gchar *why = NULL;

  fill_header (words);
  words[header->at] = header->word;
  memcpy (bytes + 1, words, HEADER);
  why = gst_lstm_flexible_parse (&tensor, bytes + 1, HEADER + 40);
  if (header->said[0] == NULL) {
    fail_unless (why == NULL, "%s", why);
    fail_unless_equals_int (tensor.features, 5);
    fail_unless_equals_int (tensor.steps, 2);
    fail_unless_equals_int (tensor.batch, 1);
    return;
  }
  fail_unless (why != NULL);
  for (guint i = 0; i < 2; i++)
    fail_unless (strstr (why, header->said[i]) != NULL, "%s", why);
}
END_TEST

/* Dimensions beyond the third are 1, or these are no frames. */
START_TEST (test_rank)
{
  guint32 words[(HEADER + 40) / 4] = { 0 };
  g_autofree gchar *why = NULL;
  GstLstmTensor tensor;

  fill_header (words);
  for (guint i = 2; i < 16; i++)
    words[3 + i] = 1;
  fail_unless (gst_lstm_flexible_parse (
                   &tensor, (guint8 *) words, sizeof words) == NULL);
  words[3 + 15] = 2;
  why = gst_lstm_flexible_parse (&tensor, (guint8 *) words, sizeof words);
  fail_if (why == NULL);
}
END_TEST

/* Whatever comes is refused or is as long as it says; the bytes stand alone, so
 * that a tool that watches memory sees each that is read. */
START_TEST (test_any_bytes)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 50000; i++) {
    gsize size = (gsize) g_rand_int_range (rand, 0, HEADER + 100);
    g_autofree guint8 *bytes = g_malloc0 (MAX (size, HEADER));
    g_autofree guint8 *exact = NULL;
    g_autofree gchar *why = NULL;
    GstLstmTensor tensor;

    fill_header ((guint32 *) bytes);
    for (guint k = g_rand_int (rand) % 4; k > 0; k--)
      bytes[g_rand_int_range (rand, 0, HEADER)] =
          (guint8) (g_rand_boolean (rand) ? g_rand_int (rand) : 1);
    exact = g_memdup2 (bytes, size);
    why = gst_lstm_flexible_parse (&tensor, exact, size);
    fail_unless (why != NULL || HEADER + tensor.size == size);
    fail_unless (why == NULL || g_utf8_validate (why, -1, NULL));
  }
}
END_TEST

/* ---- data ---- */

static GstBuffer *
new_tensor (const gfloat *x, guint features, guint steps, guint batch)
{
  gsize size = (gsize) features * steps * batch * sizeof (gfloat);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, HEADER + size, NULL);
  guint32 words[HEADER / 4];

  fill_header (words);
  words[3] = features;
  words[4] = steps;
  words[5] = batch;
  gst_buffer_fill (buffer, 0, words, HEADER);
  gst_buffer_fill (buffer, HEADER, x, size);
  return buffer;
}

static ElementTest *
new_test (const gchar *model, const gchar *in, const gchar *out)
{
  g_autofree gchar *path = reference_model_path (model);
  ElementTest *test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));

  if (out != NULL)
    gst_harness_set_sink_caps_str (test->harness, out);
  gst_harness_set_src_caps_str (test->harness, in);
  return test;
}

/* Tensors of any number of frames, one after the other. */
START_TEST (test_frames)
{
  static const guint steps[] = { 1, 4, 2, 2, 7, 1 };
  g_autoptr (ElementTest) test = new_test (
      MODEL_FRAMES, FLEXIBLE ("10/1"), _i ? "audio/x-raw" : "other/tensors");
  g_autofree gfloat *x = reference_input (1, 17 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 17, &n);
  const gfloat *at = x;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    fail_unless_equals_int (
        gst_harness_push (test->harness, new_tensor (at, 5, steps[i], 1)),
        GST_FLOW_OK);
    at += 5 * steps[i];
  }
  lstm_test_assert_output (test, y, n);
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_windows)
{
  g_autoptr (ElementTest) test =
      new_test (MODEL_WINDOW, FLEXIBLE ("0/1"), NULL);
  g_autofree gfloat *x = reference_input (2, 150);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_WINDOW, LSTM_MODE_WINDOW, 0, 25, x, 150, &n);

  gst_harness_push (test->harness, new_tensor (x, 1, 25, 4));
  gst_harness_push (test->harness, new_tensor (x + 100, 1, 50, 1));
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* So many tensors a second: frames stand closer where a tensor has more. */
START_TEST (test_times)
{
  static const guint steps[] = { 2, 4, 4, 1 };
  static const guint64 expected[] = { 0, 50, 100, 125, 150, 175, 200, 225, 250,
    275, 300 };
  g_autoptr (ElementTest) test =
      new_test (MODEL_FRAMES, FLEXIBLE ("10/1"), "other/tensors");
  gfloat x[4 * 5] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    GstBuffer *buffer = new_tensor (x, 5, steps[i], 1);

    GST_BUFFER_PTS (buffer) = i * 100 * GST_MSECOND;
    gst_harness_push (test->harness, buffer);
  }
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (GstBuffer) out = gst_harness_pull (test->harness);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), expected[i] * GST_MSECOND);
  }
}
END_TEST

/* The latency follows from the first tensor, and is told. */
START_TEST (test_latency)
{
  g_autoptr (ElementTest) test =
      new_test (MODEL_WINDOW, FLEXIBLE ("10/1"), NULL);
  g_autoptr (GstMessage) message = NULL;
  gfloat x[5] = { 0 };

  gst_harness_set_upstream_latency (test->harness, 0);
  gst_harness_push (test->harness, new_tensor (x, 1, 5, 1));
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_LATENCY);
  fail_unless (message != NULL);
  fail_unless_equals_uint64 (
      gst_harness_query_latency (test->harness), 24 * 20 * GST_MSECOND);
}
END_TEST

/* ---- caps ---- */

START_TEST (test_caps)
{
  static const gchar *const out[][2] = {
    { "audio/x-raw", "audio/x-raw, channels=(int)6, rate=(int)10" },
    { "other/tensors", "other/tensors, format=(string)static, "
                       "dimensions=(string)6:1:1, framerate=(fraction)0/1" },
  };
  g_autoptr (ElementTest) test =
      new_test (MODEL_FRAMES, FLEXIBLE ("10/1"), out[_i][0]);
  g_autoptr (GstCaps) expected = gst_caps_from_string (out[_i][1]);
  g_autoptr (GstCaps) caps = NULL;
  gfloat x[5] = { 0 };

  fail_unless_equals_int (
      gst_harness_push (test->harness, new_tensor (x, 5, 1, 1)), GST_FLOW_OK);
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  fail_unless (gst_caps_is_subset (caps, expected));
}
END_TEST

/* From audio to flexible and on to static: each buffer as its caps have it. */
START_TEST (test_caps_change)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "reset-on", "stream-start", NULL);
  g_autofree gfloat *x = reference_input (3, 6 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 6, &n);

  element_test_push (test, x, 40, 13);
  gst_harness_set_src_caps_str (test->harness, FLEXIBLE ("10/1"));
  gst_harness_push (test->harness, new_tensor (x + 10, 5, 2, 1));
  gst_harness_set_src_caps_str (test->harness,
      "other/tensors, format=(string)static, num_tensors=(int)1, "
      "types=(string)float32, dimensions=(string)5:2, "
      "framerate=(fraction)5/1");
  element_test_push (test, x + 20, 40, 40);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* ---- what goes wrong ---- */

typedef struct {
  guint features, steps, batch;
  const gchar *said[2];
} Wrong;

static const Wrong wrongs[] = {
  { 4, 1, 1, { "5 features", "has 4" } },
  { 65536, 2, 1, { "5 features", "has 65536" } },
  { 5, 2, 3, { "5:2:3", "3 sequences" } },
};

START_TEST (test_wrong)
{
  const Wrong *wrong = &wrongs[_i];
  g_autoptr (ElementTest) test =
      new_test (MODEL_FRAMES, FLEXIBLE ("10/1"), NULL);
  g_autofree gfloat *x =
      g_new0 (gfloat, (gsize) wrong->features * wrong->steps * wrong->batch);

  fail_unless_equals_int (
      gst_harness_push (test->harness,
          new_tensor (x, wrong->features, wrong->steps, wrong->batch)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, wrong->said[0], wrong->said[1], NULL);
}
END_TEST

START_TEST (test_no_header)
{
  static const gsize sizes[] = { 0, 20, 127, 128, 400 };
  g_autoptr (ElementTest) test =
      new_test (MODEL_FRAMES, FLEXIBLE ("10/1"), NULL);
  guint8 bytes[400] = { 0 };

  fail_unless_equals_int (
      element_test_push_buffer (test, bytes, sizes[_i]), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "flexible tensor", "128", NULL);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_header, 0, (int) G_N_ELEMENTS (headers));
  tcase_add_test (tests, test_rank);
  tcase_add_test (tests, test_any_bytes);
  tcase_add_loop_test (tests, test_frames, 0, 2);
  tcase_add_test (tests, test_windows);
  tcase_add_test (tests, test_times);
  tcase_add_test (tests, test_latency);
  tcase_add_loop_test (tests, test_caps, 0, 2);
  tcase_add_test (tests, test_caps_change);
  tcase_add_loop_test (tests, test_wrong, 0, (int) G_N_ELEMENTS (wrongs));
  tcase_add_loop_test (tests, test_no_header, 0, 5);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-flexible", add_tests);
}
