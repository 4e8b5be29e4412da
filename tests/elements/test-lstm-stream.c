/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm as an element: time, caps, layout, messages, properties, what goes
 * wrong. */

#include <math.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "lstm-reference.h"

/* ---- time ---- */

/* At 3 frames a second times are no whole nanoseconds, and must not drift. */
START_TEST (test_frame_times)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 3, NULL);
  g_autofree gfloat *x = reference_input (1, 700 * 5);
  guint64 frame = 0;
  GstBuffer *buffer = gst_buffer_new_memdup (x, 5 * sizeof (gfloat)), *out;

  GST_BUFFER_PTS (buffer) = 7 * GST_SECOND;
  gst_harness_push (test->harness, buffer);
  for (guint i = 1; i < 700; i += 3)
    element_test_push_buffer (test, x + i * 5, 3 * 5 * sizeof (gfloat));
  while ((out = gst_harness_try_pull (test->harness)) != NULL) {
    guint64 n = gst_buffer_get_size (out) / (6 * sizeof (gfloat));
    GstClockTime start =
        7 * GST_SECOND + gst_util_uint64_scale (frame, GST_SECOND, 3);
    GstClockTime end =
        7 * GST_SECOND + gst_util_uint64_scale (frame + n, GST_SECOND, 3);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), start);
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), end - start);
    frame += n;
    gst_buffer_unref (out);
  }
  fail_unless_equals_uint64 (frame, 700);
}
END_TEST

/* A window that gives one frame has the time of its last frame. */
START_TEST (test_window_times)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 100, "stride", "5", NULL);
  g_autofree gfloat *x = reference_input (2, 40);
  GstBuffer *buffer = gst_buffer_new_memdup (x, 30 * sizeof (gfloat)), *out;

  GST_BUFFER_PTS (buffer) = GST_SECOND;
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), GST_SECOND + 24 * 10 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 100 * GST_MSECOND);
  gst_buffer_unref (out);
  element_test_push_buffer (test, x + 30, 10 * sizeof (gfloat));
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), GST_SECOND + 34 * 10 * GST_MSECOND);
  gst_buffer_unref (out);
}
END_TEST

START_TEST (test_discont_sets_time_and_flag)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (3, 10 * 5);
  GstBuffer *buffer, *out;

  element_test_push_buffer (test, x, 5 * sizeof (gfloat));
  gst_buffer_unref (gst_harness_pull (test->harness));
  element_test_push_buffer (test, x, 5 * sizeof (gfloat));
  out = gst_harness_pull (test->harness);
  fail_if (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (out);
  buffer = gst_buffer_new_memdup (x, 5 * sizeof (gfloat));
  GST_BUFFER_PTS (buffer) = 60 * GST_SECOND;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 60 * GST_SECOND);
  gst_buffer_unref (out);
}
END_TEST

START_TEST (test_latency)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 100, NULL);

  gst_harness_set_upstream_latency (test->harness, 5 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (test->harness),
      5 * GST_MSECOND + 240 * GST_MSECOND);
}
END_TEST

/* ---- caps ---- */

static gchar *
output_caps (ElementTest *test)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->sinkpad);

  return gst_caps_to_string (caps);
}

START_TEST (test_caps_out)
{
  static const struct {
    const gchar *model;
    guint channels;
    gint rate;
    const gchar *stride;
    const gchar *expected;
  } cases[] = {
    { MODEL_FRAMES, 5, 10, "0",
        "audio/x-raw, format=(string)" GST_AUDIO_NE (
            F32) ", "
                 "layout=(string)interleaved, channels=(int)6, rate=(int)10, "
                 "channel-mask=(bitmask)0x0000000000000000" },
    { MODEL_WINDOW, 1, 1000, "10",
        "audio/x-raw, format=(string)" GST_AUDIO_NE (
            F32) ", "
                 "layout=(string)interleaved, channels=(int)10, rate=(int)100, "
                 "channel-mask=(bitmask)0x0000000000000000" },
    { MODEL_SEQUENCE, 1, 1000, "0",
        "audio/x-raw, format=(string)" GST_AUDIO_NE (
            F32) ", "
                 "layout=(string)interleaved, channels=(int)10, "
                 "rate=(int)1000, "
                 "channel-mask=(bitmask)0x0000000000000000" },
    { MODEL_STATEFUL, 2, 3, "0",
        "audio/x-raw, format=(string)" GST_AUDIO_NE (
            F32) ", "
                 "layout=(string)interleaved, channels=(int)2, rate=(int)1" },
  };
  g_autofree gchar *found = NULL;
  g_autoptr (ElementTest) test = lstm_test_new (cases[_i].model,
      cases[_i].channels, cases[_i].rate, "stride", cases[_i].stride, NULL);
  g_autoptr (GstCaps) expected = gst_caps_from_string (cases[_i].expected);
  g_autoptr (GstCaps) caps = NULL;

  found = output_caps (test);
  caps = gst_caps_from_string (found);
  fail_unless (gst_caps_is_equal (caps, expected), "%s", found);
}
END_TEST

START_TEST (test_caps_query)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint channels = 0;

  fail_unless_equals_int (gst_caps_get_size (caps), 3);
  fail_unless (gst_structure_has_name (s, "audio/x-raw"));
  fail_unless (gst_structure_has_name (
      gst_caps_get_structure (caps, 1), "other/tensors"));
  fail_unless (gst_structure_get_int (s, "channels", &channels));
  fail_unless_equals_int (channels, 5);
  fail_unless_equals_string (g_value_get_string (gst_value_list_get_value (
                                 gst_structure_get_value (s, "format"), 0)),
      GST_AUDIO_NE (F64));
}
END_TEST

START_TEST (test_wrong_count)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);

  lstm_test_set_format (test, FALSE, 4, 10);
  element_test_push_buffer (test, "0123456789abcdef", 16);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "5", "4", NULL);
}
END_TEST

START_TEST (test_wrong_count_in_query)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstCaps) filter =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 4, 10);

  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, filter);

    fail_unless (gst_caps_is_empty (caps));
  }
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "5", "4", NULL);
}
END_TEST

/* ---- names ---- */

static gchar *
write_config (const gchar *model, const gchar *rest)
{
  g_autofree gchar *path = reference_model_path (model);
  g_autofree gchar *text =
      g_strdup_printf ("version: 1\nmodel: %s\n%s", path, rest);

  return element_test_write_file ("config.yaml", text);
}

static ElementTest *
new_with_config (const gchar *path, guint channels)
{
  ElementTest *test =
      element_test_new (element_test_make ("lstm", "config", path, NULL));

  lstm_test_set_format (test, FALSE, channels, 10);
  return test;
}

/* Features are found by name, whatever their order. */
START_TEST (test_reorders_by_name)
{
  gchar *path = write_config (MODEL_FRAMES, "features: [a, b, c, d, e]\n");
  g_autoptr (ElementTest) test = new_with_config (path, 5);
  g_autofree gfloat *x = reference_input (4, 8 * 5);
  const gchar *const channels[] = { "e", "c", "a", "b", "d", NULL };
  const guint order[] = { 4, 2, 0, 1, 3 };
  gfloat shuffled[8 * 5];
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 8, &n);

  for (guint i = 0; i < 8; i++)
    for (guint k = 0; k < 5; k++)
      shuffled[i * 5 + k] = x[i * 5 + order[k]];
  gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new (channels, NULL, NULL));
  element_test_push (test, shuffled, sizeof shuffled, 33);
  lstm_test_assert_output (test, y, n);
  element_test_remove_file (path);
}
END_TEST

START_TEST (test_missing_names)
{
  gchar *path = write_config (MODEL_FRAMES, "features: [a, b, c, d, e]\n");
  g_autoptr (ElementTest) test = new_with_config (path, 5);
  const gchar *const channels[] = { "a", "b", "x", "d", "y", NULL };

  gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new (channels, NULL, NULL));
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "missing: c, e", "not expected: x, y", NULL);
  element_test_remove_file (path);
}
END_TEST

/* What goes on are the outputs' names, with the key and the kept columns. */
START_TEST (test_layout_out)
{
  gchar *path = write_config (MODEL_STATEFUL, "outputs: [up, down]\n");
  g_autoptr (ElementTest) test = new_with_config (path, 2);
  const gchar *const channels[] = { "a", "b", NULL };
  const gchar *const keep[] = { "day", NULL };
  g_autoptr (GstEvent) event = NULL;
  g_auto (GStrv) features = NULL, kept = NULL;
  g_autofree gchar *key = NULL;

  gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new (channels, "share", keep));
  event = gst_pad_get_sticky_event (
      test->harness->sinkpad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, 0);
  fail_unless (event != NULL);
  fail_unless (gst_lstm_layout_event_parse (event, &features, &key, &kept));
  fail_unless_equals_string (features[0], "up");
  fail_unless_equals_string (features[1], "down");
  fail_unless_equals_string (key, "share");
  fail_unless_equals_string (kept[0], "day");
  element_test_remove_file (path);
}
END_TEST

/* Scaling is done in double before numbers are narrowed. */
START_TEST (test_scaling)
{
  gchar *path = write_config (MODEL_STATEFUL,
      "mode: frame\nscaling: {min-max: {min: [1000000, 0], max: [1000001, "
      "2]}}\n");
  g_autoptr (ElementTest) test = new_with_config (path, 2);
  gdouble raw[4] = { 1000000.1, 0.5, 1000000.9, 1.5 };
  gfloat x[4] = { (gfloat) (1000000.1 - 1000000), 0.25f,
    (gfloat) (1000000.9 - 1000000), 0.75f };
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_STATEFUL, LSTM_MODE_FRAME, 0, 1, x, 2, &n);

  lstm_test_set_format (test, TRUE, 2, 10);
  element_test_push (test, raw, sizeof raw, G_MAXSIZE);
  lstm_test_assert_output (test, y, n);
  element_test_remove_file (path);
}
END_TEST

/* A property wins over the file, in either order. */
START_TEST (test_property_wins)
{
  gchar *path = write_config (
      MODEL_FRAMES, "mode: window\nwindow: {steps: 30, stride: 30}\n");
  GstElement *element = _i == 0 ? element_test_make ("lstm", "steps", "9",
                                      "stride", "9", "config", path, NULL)
                                : element_test_make ("lstm", "config", path,
                                      "stride", "9", "steps", "9", NULL);
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autofree gfloat *x = reference_input (5, 20 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_WINDOW, 9, 9, x, 20, &n);

  lstm_test_set_format (test, FALSE, 5, 10);
  element_test_push (test, x, 20 * 5 * sizeof (gfloat), G_MAXSIZE);
  lstm_test_assert_output (test, y, n);
  element_test_remove_file (path);
}
END_TEST

/* ---- what goes wrong ---- */

typedef struct {
  const gchar *model; /* golden case, or NULL */
  const gchar *property, *value;
  const gchar *config; /* rest of a config, or NULL */
  GQuark (*domain) (void);
  gint code;
  const gchar *words[3];
} BadStart;

static const BadStart bad_starts[] = {
  { NULL, NULL, NULL, NULL, gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "model=", "config=" } },
  { "no-such-case", NULL, NULL, NULL, gst_resource_error_quark,
      GST_RESOURCE_ERROR_OPEN_READ, { "no-such-case" } },
  { MODEL_WINDOW, "steps", "7", NULL, gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "7", "25" } },
  { MODEL_FRAMES, "mode", "window", NULL, gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "steps" } },
  { "lstm_backwards", "mode", "frame", NULL, gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "go_backwards", "window" } },
  { MODEL_FRAMES, NULL, NULL, "features: [a, b]\n", gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "2 names (a, b)", "5" } },
  { MODEL_FRAMES, NULL, NULL, "outputs: [a, b]\n", gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "2 names", "6" } },
  { MODEL_FRAMES, NULL, NULL,
      "scaling: {min-max: {min: [0, 0], max: [1, 1]}}\n",
      gst_resource_error_quark, GST_RESOURCE_ERROR_SETTINGS, { "2", "5" } },
  { MODEL_FRAMES, NULL, NULL, "moed: frame\n", gst_resource_error_quark,
      GST_RESOURCE_ERROR_SETTINGS, { "moed", "mode" } },
};

START_TEST (test_bad_start)
{
  const BadStart *bad = &bad_starts[_i];
  GstElement *element = element_test_make ("lstm", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gchar *path = NULL;

  if (bad->config != NULL) {
    path = write_config (bad->model, bad->config);
    g_object_set (element, "config", path, NULL);
  } else if (bad->model != NULL) {
    g_autofree gchar *model = reference_model_path (bad->model);

    g_object_set (element, "model", model, NULL);
  }
  if (bad->property != NULL)
    gst_util_set_object_arg (G_OBJECT (element), bad->property, bad->value);
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, bad->domain (), bad->code), "%s", error->message);
  for (guint i = 0; i < 3 && bad->words[i] != NULL; i++)
    fail_unless (strstr (error->message, bad->words[i]) != NULL,
        "no '%s' in: %s", bad->words[i], error->message);
  gst_element_set_bus (element, NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  if (path != NULL)
    element_test_remove_file (path);
}
END_TEST

START_TEST (test_nan)
{
  static const gfloat bad[] = { NAN, INFINITY, -INFINITY };
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (6, 10 * 5);

  x[7 * 5 + 3] = bad[_i];
  fail_unless_equals_int (
      element_test_push_buffer (test, x, 10 * 5 * sizeof (gfloat)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "frame 7", "feature 3", NULL);
}
END_TEST

START_TEST (test_nan_passes)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "pass", NULL);
  gfloat x[5] = { 0, 1, NAN, 2, 3 };
  g_autoptr (GByteArray) out = NULL;

  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
  out = lstm_test_pull (test);
  fail_unless_equals_int (out->len, 6 * sizeof (gfloat));
  fail_unless (isnan (((gfloat *) out->data)[0]));
}
END_TEST

/* ---- ends ---- */

START_TEST (test_leftover)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 10, NULL);
  g_autofree gfloat *x = reference_input (7, 60);

  element_test_push (test, x, 60 * sizeof (gfloat), 28);
  fail_unless (element_test_push_eos (test));
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "10 frames", "25", NULL);
}
END_TEST

START_TEST (test_leftover_bytes)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);

  element_test_push_buffer (test, "0123456", 7);
  fail_unless (element_test_push_eos (test));
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "7 bytes", "20", NULL);
}
END_TEST

/* Sliding windows leave no frame out: nothing to say. */
START_TEST (test_no_leftover)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "stride", "1", NULL);
  g_autofree gfloat *x = reference_input (8, 60);

  element_test_push (test, x, 60 * sizeof (gfloat), 4);
  fail_unless (element_test_push_eos (test));
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_downstream_flow)
{
  const GstFlowReturn flows[] = { GST_FLOW_FLUSHING, GST_FLOW_EOS,
    GST_FLOW_NOT_LINKED };
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (9, 5);
  GstPad *pad = test->harness->sinkpad;
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);

  if (flows[_i] == GST_FLOW_FLUSHING)
    gst_pad_set_active (pad, FALSE);
  else if (flows[_i] == GST_FLOW_EOS)
    GST_OBJECT_FLAG_SET (pad, GST_PAD_FLAG_EOS);
  else
    gst_pad_unlink (peer, pad);
  fail_unless_equals_int (
      element_test_push_buffer (test, x, 5 * sizeof (gfloat)), flows[_i]);
}
END_TEST

/* ---- life ---- */

START_TEST (test_property_while_running)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  guint steps = 99;

  g_object_set (test->element, "steps", 12, NULL);
  g_object_get (test->element, "steps", &steps, NULL);
  fail_unless_equals_int (steps, 0);
}
END_TEST

START_TEST (test_restart)
{
  g_autofree gchar *other = reference_model_path (MODEL_STATEFUL);
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (10, 100);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_STATEFUL, LSTM_MODE_WINDOW, 0, 10, x, 50, &n);

  element_test_push_buffer (test, x, 5 * sizeof (gfloat));
  g_byte_array_unref (lstm_test_pull (test));
  gst_element_set_state (test->element, GST_STATE_NULL);
  g_object_set (test->element, "model", other, NULL);
  gst_element_set_state (test->element, GST_STATE_PLAYING);
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("second"));
  lstm_test_set_format (test, FALSE, 2, 10);
  element_test_push (test, x, 100 * sizeof (gfloat), G_MAXSIZE);
  lstm_test_assert_output (test, y, n);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_frame_times);
  tcase_add_test (tests, test_window_times);
  tcase_add_test (tests, test_discont_sets_time_and_flag);
  tcase_add_test (tests, test_latency);
  tcase_add_loop_test (tests, test_caps_out, 0, 4);
  tcase_add_test (tests, test_caps_query);
  tcase_add_test (tests, test_wrong_count);
  tcase_add_test (tests, test_wrong_count_in_query);
  tcase_add_test (tests, test_reorders_by_name);
  tcase_add_test (tests, test_missing_names);
  tcase_add_test (tests, test_layout_out);
  tcase_add_test (tests, test_scaling);
  tcase_add_loop_test (tests, test_property_wins, 0, 2);
  tcase_add_loop_test (
      tests, test_bad_start, 0, (int) G_N_ELEMENTS (bad_starts));
  tcase_add_loop_test (tests, test_nan, 0, 3);
  tcase_add_test (tests, test_nan_passes);
  tcase_add_test (tests, test_leftover);
  tcase_add_test (tests, test_leftover_bytes);
  tcase_add_test (tests, test_no_leftover);
  tcase_add_loop_test (tests, test_downstream_flow, 0, 3);
  tcase_add_test (tests, test_property_while_running);
  tcase_add_test (tests, test_restart);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-stream", add_tests);
}
