/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm with other/tensors on either side, and how dimensions are written. */

#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmtensor.h"
#include "lstm-reference.h"

#define STATIC                                                                 \
  "other/tensors, format=(string)static, num_tensors=(int)1, "                 \
  "types=(string)float32, "

/* ---- dimensions ---- */

typedef struct {
  const gchar *text;
  guint features, steps, batch; /* 0: refused */
} Dimensions;

static const Dimensions dimensions[] = {
  { "64", 64, 1, 1 },
  { "64:10", 64, 10, 1 },
  { "64:10:5", 64, 10, 5 },
  { "64:10:5:1", 64, 10, 5 },
  { "1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1", 1, 1, 1 },
  { "2147483647", 2147483647, 1, 1 },
  { "1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1", 0, 0, 0 },
  { "64:10:5:2", 0, 0, 0 },
  { "", 0, 0, 0 },
  { ":", 0, 0, 0 },
  { "5:", 0, 0, 0 },
  { ":5", 0, 0, 0 },
  { "0", 0, 0, 0 },
  { "5:0:1", 0, 0, 0 },
  { "-5:1", 0, 0, 0 },
  { "5 :1", 0, 0, 0 },
  { "5.5", 0, 0, 0 },
  { "2147483648", 0, 0, 0 },
  { "99999999999999999999999", 0, 0, 0 },
  { "1:65536:65536", 0, 0, 0 },
};

START_TEST (test_dimensions)
{
  const Dimensions *expected = &dimensions[_i];
  GstLstmTensor tensor;

  fail_unless_equals_int (
      gst_lstm_tensor_parse_dimensions (&tensor, expected->text),
      expected->features > 0);
  if (expected->features == 0)
    return;
  fail_unless_equals_int (tensor.features, expected->features);
  fail_unless_equals_int (tensor.steps, expected->steps);
  fail_unless_equals_int (tensor.batch, expected->batch);
  fail_unless_equals_uint64 (tensor.size,
      (guint64) expected->features * expected->steps * expected->batch * 4);
}
END_TEST

/* ---- all four combinations ---- */

static ElementTest *
new_test (const gchar *model, const gchar *in, const gchar *out,
    const gchar *property, const gchar *value)
{
  g_autofree gchar *path = reference_model_path (model);
  GstElement *element =
      element_test_make ("lstm", "model", path, property, value, NULL);
  ElementTest *test = element_test_new (element);

  if (out != NULL)
    gst_harness_set_sink_caps_str (test->harness, out);
  gst_harness_set_src_caps_str (test->harness, in);
  return test;
}

#define AUDIO_IN(channels, rate)                                               \
  "audio/x-raw, format=(string)" GST_AUDIO_NE (                                \
      F32) ", layout=(string)interleaved, channels=(int)" channels             \
           ", rate=(int)" rate
#define TENSOR_IN(dims, rate)                                                  \
  STATIC "dimensions=(string)" dims ", framerate=(fraction)" rate

typedef struct {
  const gchar *model;
  LstmMode mode;
  guint channels, stride;
  guint frames; /* of a buffer that comes in */
  const gchar *in, *out;
  const gchar *expected; /* fields of the caps that come out */
  gsize out_size;        /* floats of a buffer, or 0: as it comes */
} Pair;

static const Pair pairs[] = {
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 4, AUDIO_IN ("5", "10"), "audio/x-raw",
      "audio/x-raw, channels=(int)6, rate=(int)10", 0 },
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 4, AUDIO_IN ("5", "10"),
      "other/tensors", TENSOR_IN ("6:1:1", "10/1"), 6 },
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 4, TENSOR_IN ("5:4", "3/2"),
      "other/tensors", TENSOR_IN ("6:1:1", "6/1"), 6 },
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 4, TENSOR_IN ("5:4", "3/2"),
      "audio/x-raw", "audio/x-raw, channels=(int)6, rate=(int)6", 0 },
  { MODEL_WINDOW, LSTM_MODE_WINDOW, 1, 25, 1, TENSOR_IN ("1:1:1:1", "50/1"),
      "other/tensors", TENSOR_IN ("10:1:1", "2/1"), 10 },
  { MODEL_WINDOW, LSTM_MODE_WINDOW, 1, 25, 25, TENSOR_IN ("1:25", "1/3"),
      "other/tensors", TENSOR_IN ("10:1:1", "1/3"), 10 },
  { MODEL_WINDOW, LSTM_MODE_WINDOW, 1, 25, 100, TENSOR_IN ("1:25:4", "1/3"),
      "other/tensors", TENSOR_IN ("10:1:1", "4/3"), 10 },
  { MODEL_SEQUENCE, LSTM_MODE_WINDOW, 1, 25, 25, TENSOR_IN ("1:25:1", "2/1"),
      "other/tensors", TENSOR_IN ("10:25:1", "2/1"), 250 },
  { MODEL_SEQUENCE, LSTM_MODE_WINDOW, 1, 25, 60, AUDIO_IN ("1", "50"),
      "other/tensors", TENSOR_IN ("10:25:1", "2/1"), 250 },
  { MODEL_SEQUENCE, LSTM_MODE_WINDOW, 1, 25, 25, TENSOR_IN ("1:25:1", "2/1"),
      "audio/x-raw", "audio/x-raw, channels=(int)10, rate=(int)50", 0 },
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 1, TENSOR_IN ("5", "0/1"),
      "other/tensors", TENSOR_IN ("6:1:1", "0/1"), 6 },
  /* Each to its own kind where downstream takes both. */
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 1, TENSOR_IN ("5", "7/1"), NULL,
      TENSOR_IN ("6:1:1", "7/1"), 6 },
  { MODEL_FRAMES, LSTM_MODE_FRAME, 5, 1, 1, AUDIO_IN ("5", "7"), NULL,
      "audio/x-raw, channels=(int)6, rate=(int)7", 0 },
};

START_TEST (test_pair)
{
  const Pair *pair = &pairs[_i];
  g_autoptr (ElementTest) test =
      new_test (pair->model, pair->in, pair->out, NULL, NULL);
  guint n_frames = pair->frames * 30;
  g_autofree gfloat *x = reference_input (1, n_frames * pair->channels);
  gsize n;
  g_autofree gfloat *y = reference_output (
      pair->model, pair->mode, 0, pair->stride, x, n_frames, &n);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstCaps) expected = gst_caps_from_string (pair->expected);
  GstBuffer *buffer;

  fail_unless_equals_int (
      element_test_push (test, x, n_frames * pair->channels * sizeof (gfloat),
          pair->frames * pair->channels * sizeof (gfloat)),
      GST_FLOW_OK);
  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    GstMapInfo map;

    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    if (pair->out_size > 0)
      fail_unless_equals_uint64 (map.size, pair->out_size * sizeof (gfloat));
    g_byte_array_append (out, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  fail_unless (n > 0);
  fail_unless_equals_uint64 (out->len, n * sizeof (gfloat));
  fail_unless (memcmp (out->data, y, out->len) == 0);
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  fail_unless (
      gst_caps_is_subset (caps, expected), "%s", gst_caps_to_string (caps));
  element_test_assert_silent (test);
}
END_TEST

/* Every way to write a shape comes in, and goes out if downstream asks. */
START_TEST (test_spellings)
{
  g_autoptr (GString) in = g_string_new ("5"), out = g_string_new ("6");
  g_autofree gchar *in_caps = NULL, *out_caps = NULL;
  g_autoptr (ElementTest) test = NULL;
  gfloat x[5] = { 0 };

  for (int i = 0; i < _i; i++) {
    g_string_append (in, ":1");
    g_string_append (out, ":1");
  }
  in_caps = g_strdup_printf (TENSOR_IN ("%s", "7/1"), in->str);
  out_caps = g_strdup_printf (STATIC "dimensions=(string)%s", out->str);
  test = new_test (MODEL_FRAMES, in_caps, out_caps, NULL, NULL);
  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
  gst_buffer_unref (gst_harness_pull (test->harness));
}
END_TEST

/* A tensor is whole, though its last window was filled up. */
START_TEST (test_padded_tensor)
{
  g_autoptr (ElementTest) test = new_test (MODEL_SEQUENCE, AUDIO_IN ("1", "50"),
      "other/tensors", "partial-window", "pad");
  gfloat x[50] = { 0 };
  gsize n;
  g_autofree gfloat *y = NULL;

  for (guint i = 0; i < 30; i++)
    x[i] = (gfloat) i / 30;
  y = reference_output (MODEL_SEQUENCE, LSTM_MODE_WINDOW, 0, 25, x, 50, &n);
  element_test_push (test, x, 30 * sizeof (gfloat), 28);
  fail_unless (element_test_push_eos (test));
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* ---- time ---- */

START_TEST (test_times)
{
  g_autoptr (ElementTest) test = new_test (MODEL_FRAMES,
      TENSOR_IN ("5:2", "30000/1001"), "other/tensors", NULL, NULL);
  gfloat x[10] = { 0 };

  for (guint i = 0; i < 100; i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x);

    GST_BUFFER_PTS (buffer) =
        gst_util_uint64_scale (i, 1001 * GST_SECOND, 30000);
    fail_unless_equals_int (
        gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  }
  for (guint i = 0; i < 200; i++) {
    g_autoptr (GstBuffer) out = gst_harness_pull (test->harness);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (out),
        gst_util_uint64_scale (i, 1001 * GST_SECOND, 60000));
  }
}
END_TEST

/* Without a framerate the buffers' own times count. */
START_TEST (test_times_without_framerate)
{
  g_autoptr (ElementTest) test = new_test (
      MODEL_FRAMES, TENSOR_IN ("5", "0/1"), "other/tensors", NULL, NULL);
  const GstClockTime times[] = { 0, GST_SECOND, 77 * GST_SECOND };
  gfloat x[5] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x), *out;

    GST_BUFFER_PTS (buffer) = times[i];
    gst_harness_push (test->harness, buffer);
    out = gst_harness_pull (test->harness);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), times[i]);
    fail_if (GST_BUFFER_DURATION_IS_VALID (out));
    gst_buffer_unref (out);
  }
}
END_TEST

/* Another framerate is no other format: the state goes on. */
START_TEST (test_framerate_only)
{
  g_autoptr (ElementTest) test = new_test (
      MODEL_FRAMES, TENSOR_IN ("5:1:1", "10/1"), "other/tensors", NULL, NULL);
  g_autofree gfloat *x = reference_input (2, 8 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 8, &n);

  element_test_push (test, x, 4 * 20, 20);
  gst_harness_set_src_caps_str (test->harness, TENSOR_IN ("5:1:1", "25/1"));
  element_test_push (test, x + 20, 4 * 20, 20);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST (test_wrong_size)
{
  static const gsize sizes[] = { 0, 1, 39, 41, 80 };
  g_autoptr (ElementTest) test = new_test (
      MODEL_FRAMES, TENSOR_IN ("5:2", "10/1"), "other/tensors", NULL, NULL);
  gfloat x[20] = { 0 };

  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizes[_i]), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "40 bytes", "whole tensor", NULL);
}
END_TEST

typedef struct {
  const gchar *model, *in;
  const gchar *words[2];
} Refused;

static const Refused refused[] = {
  { MODEL_FRAMES, TENSOR_IN ("4:2", "10/1"), { "5 features", "4 channels" } },
  { MODEL_FRAMES, TENSOR_IN ("5:2:3", "10/1"), { "5:2:3", "3 sequences" } },
  { MODEL_WINDOW, TENSOR_IN ("1:24:2", "10/1"), { "1:24:2", "1:25" } },
  { "stock_batches", TENSOR_IN ("7:30:4", "1/1"), { "7:30:4", "7:30:5" } },
};

START_TEST (test_refused)
{
  const Refused *bad = &refused[_i];
  g_autoptr (ElementTest) test =
      new_test (bad->model, bad->in, "other/tensors", NULL, NULL);
  gfloat x[1] = { 0 };

  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_NOT_NEGOTIATED);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, bad->words[0], bad->words[1], NULL);
}
END_TEST

/* The query says what fits, and a wrong count is said once. */
START_TEST (test_query)
{
  static const struct {
    const gchar *filter;
    gboolean fits, warned;
  } cases[] = {
    { TENSOR_IN ("5:3:1", "10/1"), TRUE, FALSE },
    { STATIC "dimensions=(string){ 4:1, 5:1:1:1 }", TRUE, FALSE },
    { STATIC "dimensions=(string)4:1", FALSE, TRUE },
    { "other/tensors, format=(string)static, num_tensors=(int)2", FALSE,
        FALSE },
    { "other/tensors, format=(string)static, types=(string)int8", FALSE,
        FALSE },
    { "other/tensors, format=(string)flexible", TRUE, FALSE },
  };
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstCaps) filter = gst_caps_from_string (cases[_i].filter);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, filter);

  fail_unless_equals_int (!gst_caps_is_empty (caps), cases[_i].fits);
  if (cases[_i].warned)
    element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
        GST_STREAM_ERROR_FORMAT, "5", "4", NULL);
  else
    element_test_assert_silent (test);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (
      tests, test_dimensions, 0, (int) G_N_ELEMENTS (dimensions));
  tcase_add_loop_test (tests, test_pair, 0, (int) G_N_ELEMENTS (pairs));
  tcase_add_loop_test (tests, test_spellings, 0, 16);
  tcase_add_test (tests, test_padded_tensor);
  tcase_add_test (tests, test_times);
  tcase_add_test (tests, test_times_without_framerate);
  tcase_add_test (tests, test_framerate_only);
  tcase_add_loop_test (tests, test_wrong_size, 0, 5);
  tcase_add_loop_test (tests, test_refused, 0, (int) G_N_ELEMENTS (refused));
  tcase_add_loop_test (tests, test_query, 0, 6);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-tensors", add_tests);
}
