/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: any number of features, in every form, and whole pipelines that agree
 * or say why they do not. */

#include <glib/gstdio.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "lstm-reference.h"

/* ---- feature counts ---- */

/* The model 2x + 1 of so many features, as a file; see generate-wide.py. */
static gchar *
write_wide (guint n)
{
  g_autofree gchar *path =
      g_build_filename (g_getenv ("LSTM_WIDE_DIR"), "model.h5", NULL);
  g_autofree gchar *digits = g_strdup_printf ("%-5u", n);
  g_autofree gchar *data = NULL;
  g_autofree gchar *folder = g_dir_make_tmp ("wide-XXXXXX", NULL);
  gchar *copy = g_build_filename (folder, "model.h5", NULL);
  gsize size;

  fail_unless (g_file_get_contents (path, &data, &size, NULL));
  for (gsize i = 0; i + 5 <= size; i++)
    if (memcmp (data + i, "99999", 5) == 0)
      memcpy (data + i, digits, 5);
  fail_unless (g_file_set_contents (copy, data, (gssize) size, NULL));
  return copy;
}

static const guint counts[] = { 1, 2, 63, 64, 65, 1000, 65536 };
static const gsize cuts[] = { 1, 4, 3, 4096, 30011, G_MAXSIZE };

/* Caps of frames of one kind; @steps of them in a tensor. */
static gchar *
caps_of (gboolean tensors, guint n, guint steps)
{
  if (tensors)
    return g_strdup_printf (
        "other/tensors, format=(string)static, num_tensors=(int)1, "
        "types=(string)float32, dimensions=(string)%u:%u, "
        "framerate=(fraction)10/1",
        n, steps);
  return g_strdup_printf (
      "audio/x-raw, format=(string)" GST_AUDIO_NE (
          F32) ", layout=(string)interleaved, channels=(int)%u, rate=(int)10, "
               "channel-mask=(bitmask)0",
      n);
}

/* Every count in every pair of forms, frames cut anywhere where they may be. */
START_TEST (test_count)
{
  guint n = counts[_i / 4];
  gboolean in = _i & 1, out = _i >> 1 & 1;
  gchar *path = write_wide (n);
  g_autofree gchar *caps = caps_of (in, n, 2);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autofree gfloat *x = reference_input (n, 4 * n);
  g_autofree gfloat *y = g_new (gfloat, 4 * n);
  gsize size = 4 * (gsize) n * sizeof (gfloat);
  gsize cut = n > 1000 ? cuts[4] : cuts[n % 4];

  for (guint i = 0; i < 4 * n; i++)
    y[i] = x[i] * 2.0f + 1.0f;
  gst_harness_set_sink_caps_str (
      test->harness, out ? "other/tensors" : "audio/x-raw");
  gst_harness_set_src_caps_str (test->harness, caps);
  fail_unless_equals_int (
      element_test_push (test, x, size, in ? size / 2 : cut), GST_FLOW_OK);
  lstm_test_assert_output (test, y, 4 * n);
  element_test_assert_silent (test);
  element_test_remove_file (path);
}
END_TEST

/* Wide frames have no places in a room; one or two channels have their own. */
START_TEST (test_channel_mask)
{
  guint n = counts[_i];
  gchar *path = write_wide (n);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autoptr (GstCaps) caps = NULL;
  const GstStructure *structure;
  guint64 mask = 99;
  gboolean has;

  lstm_test_set_format (test, FALSE, n, 10);
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  structure = gst_caps_get_structure (caps, 0);
  has = gst_structure_get (
      structure, "channel-mask", GST_TYPE_BITMASK, &mask, NULL);
  fail_unless_equals_int (has, n > 2);
  if (has)
    fail_unless_equals_uint64 (mask, 0);
  element_test_remove_file (path);
}
END_TEST

/* 100,001 windows of 50,000 steps from one buffer of 600 kB: their outputs are
 * more than 32 bits count, and fit into no memory. Alone, and in a list. */
START_TEST (test_outputs_beyond_memory)
{
  gchar *path = write_wide (1);
  g_autoptr (ElementTest) test = element_test_new (element_test_make ("lstm",
      "model", path, "mode", "window", "steps", "50000", "stride", "1", NULL));
  gsize size = 150000 * sizeof (gfloat);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GstBufferList *list = gst_buffer_list_new ();
  GstFlowReturn flow;

  lstm_test_set_format (test, FALSE, 1, 48000);
  gst_buffer_memset (buffer, 0, 0, size);
  if (_i == 0) {
    gst_buffer_list_unref (list);
    flow = gst_harness_push (test->harness, buffer);
  } else {
    gst_buffer_list_add (list, buffer);
    flow = gst_pad_push_list (test->harness->srcpad, list);
  }
  fail_unless_equals_int (flow, GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "100001 windows at once", "50000 numbers each",
      "send smaller buffers", NULL);
  element_test_remove_file (path);
}
END_TEST

/* ---- filters, both ways ---- */

typedef struct {
  const gchar *pad, *filter;
  const gchar *expected; /* a subset of this, and NULL: nothing */
} Filter;

static const Filter filters[] = {
  { "sink", "audio/x-raw, rate=(int)44100", "audio/x-raw, rate=(int)44100" },
  { "sink", "audio/x-raw, channels=(int)[ 1, 8 ]",
      "audio/x-raw, channels=(int)5" },
  { "sink", "audio/x-raw, format=(string)S16LE", NULL },
  { "sink", "video/x-raw", NULL },
  { "sink", "other/tensors", "other/tensors" },
  { "src", "audio/x-raw", "audio/x-raw, channels=(int)6" },
  { "src", "audio/x-raw, channels=(int)6, rate=(int)8000",
      "audio/x-raw, channels=(int)6, rate=(int)8000" },
  { "src", "audio/x-raw, channels=(int)5", NULL },
  { "src", "other/tensors, dimensions=(string)6:1",
      "other/tensors, dimensions=(string)6:1" },
  { "src", "other/tensors, dimensions=(string)6:2", NULL },
  { "src", "other/tensors, format=(string)flexible", NULL },
};

START_TEST (test_filter)
{
  const Filter *t = &filters[_i];
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, t->pad);
  g_autoptr (GstCaps) filter = gst_caps_from_string (t->filter);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, filter);
  g_autofree gchar *text = gst_caps_to_string (caps);
  g_autoptr (GstCaps) expected = NULL;

  fail_unless_equals_int (gst_caps_is_empty (caps), t->expected == NULL);
  if (t->expected == NULL)
    return;
  expected = gst_caps_from_string (t->expected);
  fail_unless (gst_caps_is_subset (caps, expected), "%s", text);
}
END_TEST

/* Downstream's rate comes back to upstream where frames go out as they come. */
START_TEST (test_rate_from_downstream)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstCaps) caps = NULL;
  gint rate = 0;

  gst_harness_set_sink_caps_str (test->harness, "audio/x-raw, rate=(int)22050");
  caps = gst_pad_query_caps (pad, NULL);
  fail_unless (
      gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate));
  fail_unless_equals_int (rate, 22050);
}
END_TEST

/* ---- caps and segments of other kinds ---- */

/* Another count in the middle of a stream: what waits goes out as it was meant,
 * then both numbers are said. */
START_TEST (test_other_count_later)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window", "pad", NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 3, 10);
  gfloat x[30] = { 0 };

  element_test_push_buffer (test, x, 30 * sizeof (gfloat));
  fail_if (gst_pad_send_event (pad, gst_event_new_caps (caps)));
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "1 features", "3 channels", NULL);
  fail_unless (element_test_push_eos (test));
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), 2);
}
END_TEST

/* Frames of a file: a segment in bytes, and no times. */
START_TEST (test_bytes_segment)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 5, 10);
  g_autofree gfloat *x = reference_input (1, 40);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 8, &n);
  GstSegment segment;
  GstBuffer *out;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("file"));
  gst_harness_push_event (test->harness, gst_event_new_caps (caps));
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  element_test_push (test, x, 80, 7);
  while ((out = gst_harness_try_pull (test->harness)) != NULL) {
    fail_if (GST_BUFFER_PTS_IS_VALID (out));
    gst_check_buffer_data (out, y, gst_buffer_get_size (out));
    memmove (y, (guint8 *) y + gst_buffer_get_size (out),
        n * sizeof (gfloat) - gst_buffer_get_size (out));
    gst_buffer_unref (out);
  }
  element_test_push (test, x + 20, 80, 7);
  while ((out = gst_harness_try_pull (test->harness)) != NULL)
    gst_buffer_unref (out);
  element_test_assert_silent (test);
}
END_TEST

/* ---- pipelines ---- */

/* Runs a launch line to its end; the text of all errors and warnings. */
static gchar *
run_line (const gchar *line)
{
  g_autoptr (GError) parse_error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &parse_error);
  g_autoptr (GstBus) bus = NULL;
  GString *text = g_string_new (NULL);
  gboolean end = FALSE;

  fail_unless (parse_error == NULL, "%s: %s", line,
      parse_error ? parse_error->message : NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!end) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND,
            GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
    g_autoptr (GError) error = NULL;

    fail_unless (message != NULL, "no end: %s", line);
    end = GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      gst_message_parse_error (message, &error, NULL);
    else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
      gst_message_parse_warning (message, &error, NULL);
    if (error != NULL)
      g_string_append_printf (text, "%s\n", error->message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return g_string_free (text, FALSE);
}

/* A link that fails before caps come, or caps that come: both numbers. */
START_TEST (test_wrong_count_line)
{
  static const gchar *const before[] = {
    "audio/x-raw,format=" GST_AUDIO_NE (F32) ",channels=2",
    "audio/x-raw,format=" GST_AUDIO_NE (F32) ",channels=2 ! identity",
    "audio/x-raw,channels=2 ! audioresample ! queue",
  };
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *line = g_strdup_printf (
      "audiotestsrc num-buffers=3 ! %s ! lstm model=\"%s\" ! fakesink",
      before[_i], path);
  g_autofree gchar *said = run_line (line);

  fail_unless (strstr (said, "takes 5 features") != NULL &&
                   strstr (said, "2 channels") != NULL,
      "%s", said);
}
END_TEST

/* The microphone line, with a tone for the microphone, and a model that runs at
 * each of 48,000 samples a second. */
START_TEST (test_microphone_line)
{
  static const gchar *const rates[] = { "", "! audio/x-raw,rate=48000 " };
  gchar *path = write_wide (1);
  g_autofree gchar *line = g_strdup_printf (
      "audiotestsrc is-live=true num-buffers=10 ! audioconvert ! audioresample "
      "%s! lstm model=\"%s\" ! fakesink sync=true",
      rates[_i], path);
  g_autofree gchar *said = run_line (line);

  fail_unless_equals_string (said, "");
  element_test_remove_file (path);
}
END_TEST

/* The same with a real model of one feature that keeps a state. */
START_TEST (test_microphone_line_windows)
{
  g_autofree gchar *path = reference_model_path (MODEL_SEQUENCE);
  g_autofree gchar *line = g_strdup_printf (
      "audiotestsrc is-live=true num-buffers=5 samplesperbuffer=1000 ! "
      "audioconvert ! audioresample ! lstm model=\"%s\" ! fakesink sync=true",
      path);
  g_autofree gchar *said = run_line (line);

  fail_unless_equals_string (said, "");
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_count, 0, (int) G_N_ELEMENTS (counts) * 4);
  tcase_add_loop_test (
      tests, test_channel_mask, 0, (int) G_N_ELEMENTS (counts));
  tcase_add_loop_test (tests, test_filter, 0, (int) G_N_ELEMENTS (filters));
  tcase_add_test (tests, test_rate_from_downstream);
  tcase_add_test (tests, test_other_count_later);
  tcase_add_test (tests, test_bytes_segment);
  tcase_add_loop_test (tests, test_outputs_beyond_memory, 0, 2);
  tcase_add_loop_test (tests, test_wrong_count_line, 0, 3);
  tcase_add_loop_test (tests, test_microphone_line, 0, 2);
  tcase_add_test (tests, test_microphone_line_windows);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-caps", add_tests);
}
