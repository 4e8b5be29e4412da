/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: further outputs of a model on request pads: names, data, time, caps. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"
#include "lstm-reference.h"

#define H "src_lstm_16_1"
#define C "src_lstm_16_2"
#define TENSORS "other/tensors"
#define AUDIO "audio/x-raw"

/* ---- a pad of its own harness ---- */

/* What the library gives for an output of a golden case. (transfer full) */
static gfloat *
further_output (const gchar *model, guint output, LstmMode mode, guint stride,
    const gfloat *frames, guint n_frames, gsize *n_out)
{
  g_autofree gchar *path = reference_model_path (model);

  return reference_output_of (
      path, output, mode, 0, stride, frames, n_frames, n_out);
}

static GstHarness *
new_side (ElementTest *test, const gchar *pad)
{
  return gst_harness_new_with_element (test->element, NULL, pad);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHarness, gst_harness_teardown)

/* All that came out, whose buffers have these times of their first frames, or
 * any if NULL. */
static GByteArray *
pull (GstHarness *harness, const GstClockTime *times, guint n)
{
  GByteArray *bytes = g_byte_array_new ();
  GstBuffer *buffer;
  guint i = 0;

  while ((buffer = gst_harness_try_pull (harness)) != NULL) {
    GstMapInfo map;

    if (times != NULL) {
      fail_unless (i < n);
      fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), times[i]);
    }
    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_byte_array_append (bytes, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
    i++;
  }
  if (times != NULL)
    fail_unless_equals_int (i, n);
  return bytes;
}

static void
assert_bytes (GstHarness *harness, const gfloat *expected, gsize n)
{
  g_autoptr (GByteArray) bytes = pull (harness, NULL, 0);

  fail_unless_equals_uint64 (bytes->len, n * sizeof (gfloat));
  fail_unless (memcmp (bytes->data, expected, bytes->len) == 0);
}

/* ---- data ---- */

typedef struct {
  const gchar *model;
  guint channels, steps;
  const gchar *pads[2];
  LstmMode mode;
  guint stride;
  gsize chunk; /* bytes of a buffer */
  const gchar *out, *side;
} Case;

static const Case cases[] = {
  { MODEL_SEVERAL, 1, 3, { "src_lstm_5_1", "src_lstm_5_2" }, LSTM_MODE_WINDOW,
      3, 4, AUDIO, AUDIO },
  { MODEL_SEVERAL, 1, 3, { "src_lstm_5_1", "src_lstm_5_2" }, LSTM_MODE_FRAME, 1,
      7, AUDIO, TENSORS },
  { MODEL_STATES, 4, 5, { H, C }, LSTM_MODE_WINDOW, 5, 16, AUDIO, AUDIO },
  { MODEL_STATES, 4, 5, { H, C }, LSTM_MODE_WINDOW, 5, 999, TENSORS, TENSORS },
  { MODEL_STATES, 4, 5, { H, C }, LSTM_MODE_WINDOW, 2, 320, TENSORS, AUDIO },
  { MODEL_STATES, 4, 5, { C, H }, LSTM_MODE_WINDOW, 7, 3, AUDIO, TENSORS },
  { MODEL_STATES, 4, 5, { H, C }, LSTM_MODE_FRAME, 1, 48, AUDIO, AUDIO },
  { "window_seq_state", 1, 25, { "src_lstm_12_1", "src_lstm_12_2" },
      LSTM_MODE_WINDOW, 10, 60, AUDIO, AUDIO },
};

static guint
output_of (const gchar *pad)
{
  return (guint) (pad[strlen (pad) - 1] - '0');
}

static void
assert_output (
    const Case *t, GstHarness *harness, guint output, const gfloat *x, guint n)
{
  gsize n_out;
  g_autofree gfloat *y =
      further_output (t->model, output, t->mode, t->stride, x, n, &n_out);

  fail_unless (n_out > 0);
  assert_bytes (harness, y, n_out);
}

/* Each pad has what the library gives for its output, however frames are cut,
 * whatever its caps are. */
START_TEST (test_data)
{
  const Case *t = &cases[_i];
  g_autofree gchar *path = reference_model_path (t->model);
  g_autofree gchar *stride = g_strdup_printf ("%u", t->stride);
  g_autoptr (ElementTest) test = element_test_new (
      element_test_make ("lstm", "model", path, "stride", stride, "mode",
          t->mode == LSTM_MODE_FRAME ? "frame" : "window", NULL));
  g_autoptr (GstHarness) one = new_side (test, t->pads[0]);
  g_autoptr (GstHarness) two = new_side (test, t->pads[1]);
  guint n = 100;
  g_autofree gfloat *x = reference_input (1, n * t->channels);

  gst_harness_set_sink_caps_str (test->harness, t->out);
  gst_harness_set_sink_caps_str (one, t->side);
  gst_harness_set_sink_caps_str (two, t->out);
  lstm_test_set_format (test, FALSE, t->channels, 100);
  fail_unless_equals_int (
      element_test_push (test, x, n * t->channels * sizeof (gfloat), t->chunk),
      GST_FLOW_OK);
  assert_output (t, test->harness, 0, x, n);
  assert_output (t, one, output_of (t->pads[0]), x, n);
  assert_output (t, two, output_of (t->pads[1]), x, n);
  element_test_assert_silent (test);
}
END_TEST

/* A sequence begins at its window's first frame, a state stands at the last
 * one; both last as long. */
START_TEST (test_times)
{
  static const GstClockTime begins[] = { 0, 50, 100, 150 };
  static const GstClockTime ends[] = { 40, 90, 140, 190 };
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  gfloat x[5 * 4] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (begins); i++) {
    GstBuffer *in = gst_buffer_new_memdup (x, sizeof x);
    g_autoptr (GstBuffer) out = NULL, state = NULL;

    GST_BUFFER_PTS (in) = i * 50 * GST_MSECOND;
    gst_harness_push (test->harness, in);
    out = gst_harness_pull (test->harness);
    state = gst_harness_pull (side);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), begins[i] * GST_MSECOND);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (state), ends[i] * GST_MSECOND);
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 50 * GST_MSECOND);
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (state), 50 * GST_MSECOND);
  }
}
END_TEST

/* In frame mode all that one frame brings has the frame's time. */
START_TEST (test_times_of_frames)
{
  static const GstClockTime times[] = { 0, 10 * GST_MSECOND, 20 * GST_MSECOND };
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_STATES, 4, 100, "mode", "frame", NULL);
  g_autoptr (GstHarness) side = new_side (test, C);
  gfloat x[4] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    GstBuffer *in = gst_buffer_new_memdup (x, sizeof x);

    GST_BUFFER_PTS (in) = times[i];
    gst_harness_push (test->harness, in);
  }
  g_byte_array_unref (pull (test->harness, times, G_N_ELEMENTS (times)));
  g_byte_array_unref (pull (side, times, G_N_ELEMENTS (times)));
}
END_TEST

/* Keys and kept columns go along, those of the frame that a window ends with.
 */
START_TEST (test_keys_and_rows)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  const gchar *cells[] = { "r0", "r1", "r2", "r3", "r4" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (5, 1, cells);
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new ("k");
  gfloat x[5 * 4] = { 0 };
  GstBuffer *in = gst_buffer_new_memdup (x, sizeof x);
  g_autoptr (GstBuffer) out = NULL;
  const gchar *key = NULL;
  guint64 number = 0;

  gst_buffer_add_lstm_rows (in, rows);
  gst_buffer_add_lstm_key_meta (in, caps, 70);
  gst_harness_push (test->harness, in);
  out = gst_harness_pull (side);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, &key, &number));
  fail_unless_equals_string (key, "k");
  fail_unless_equals_uint64 (number, 74);
  fail_unless_equals_int (
      gst_lstm_rows_get_n_rows (gst_buffer_get_lstm_rows (out)), 1);
  fail_unless_equals_string (
      gst_lstm_rows_get (gst_buffer_get_lstm_rows (out), 0, 0), "r4");
}
END_TEST

/* Messages tell which output they are of. */
START_TEST (test_messages)
{
  static const gchar *const expected[][2] = { { "lstm_16", "lstm_16_0" },
    { "lstm_16_1", "lstm_16_1_0" } };
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_STATES, 4, 100, "mode", "frame", "post-messages", "true", NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  gfloat x[4] = { 0 };

  fail_unless (side != NULL);
  element_test_push_buffer (test, x, sizeof x);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (GstMessage) message =
        gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT);
    const GstStructure *s = gst_message_get_structure (message);
    const GValue *names = gst_structure_get_value (s, "names");

    fail_unless_equals_string (
        gst_structure_get_string (s, "output"), expected[i][0]);
    fail_unless_equals_string (
        g_value_get_string (gst_value_array_get_value (names, 0)),
        expected[i][1]);
  }
}
END_TEST

/* What waits at the end comes out on all pads: windows that are filled up, and
 * final outputs of frames. */
START_TEST (test_drain)
{
  gboolean final = _i;
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, "mode",
      final ? "frame" : "window", "output", final ? "final" : "sequence",
      "partial-window", "pad", NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autofree gfloat *x = reference_input (2, 5 * 4);
  gsize n;
  g_autofree gfloat *y = NULL;

  memset (x + 3 * 4, 0, 2 * 4 * sizeof (gfloat));
  y = final ? further_output (MODEL_STATES, 1, LSTM_MODE_FRAME, 1, x, 3, &n)
            : further_output (MODEL_STATES, 1, LSTM_MODE_WINDOW, 5, x, 5, &n);
  element_test_push (test, x, 3 * 4 * sizeof (gfloat), 16);
  fail_unless (gst_harness_try_pull (side) == NULL);
  fail_unless (element_test_push_eos (test));
  assert_bytes (side, y + n - 2, 2);
}
END_TEST

/* ---- names ---- */

static GstElement *
make_several (void)
{
  g_autofree gchar *path = reference_model_path (MODEL_STATES);

  return element_test_make ("lstm", "model", path, NULL);
}

/* Pads may be asked for before there is a model. */
START_TEST (test_asked_before_start)
{
  GstElement *element = make_several ();
  g_autoptr (GstPad) pad = gst_element_request_pad_simple (element, C);
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autoptr (GstHarness) side = new_side (test, C);
  g_autofree gfloat *x = reference_input (3, 5 * 4);
  gsize n;
  g_autofree gfloat *y =
      further_output (MODEL_STATES, 2, LSTM_MODE_WINDOW, 5, x, 5, &n);

  fail_unless (gst_pad_is_linked (pad));
  lstm_test_set_format (test, FALSE, 4, 100);
  element_test_push (test, x, 5 * 4 * sizeof (gfloat), 999);
  assert_bytes (side, y, n);
  g_clear_object (&pad);
}
END_TEST

typedef struct {
  const gchar *name;
  const gchar *words[2];
} BadName;

static const BadName bad_names[] = {
  { "src_state_h", { "src_state_h: the model has no such output",
                       "src_lstm_16_1, src_lstm_16_2" } },
  { "src_lstm_16",
      { "first output goes out on pad src", "src_lstm_16_1, src_lstm_16_2" } },
};

START_TEST (test_unknown_before_start)
{
  const BadName *bad = &bad_names[_i];
  GstElement *element = make_several ();
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstPad) pad = gst_element_request_pad_simple (element, bad->name);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (pad != NULL);
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  for (guint i = 0; i < 2; i++)
    fail_unless (
        strstr (error->message, bad->words[i]) != NULL, "%s", error->message);
  gst_element_release_request_pad (element, pad);
  gst_element_set_bus (element, NULL);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}
END_TEST

START_TEST (test_unknown_while_running)
{
  const BadName *bad = &bad_names[_i];
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);

  fail_unless (
      gst_element_request_pad_simple (test->element, bad->name) == NULL);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, bad->words[0], bad->words[1], NULL);
}
END_TEST

/* One output has one pad. */
START_TEST (test_asked_twice)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  GstPad *pad = gst_element_request_pad_simple (test->element, H);
  GstPadTemplate *template = gst_pad_get_pad_template (pad);
  GstPad *again = NULL;

  /* GStreamer has its own word on a second pad of the same name. */
  ASSERT_CRITICAL (
      again = gst_element_request_pad (test->element, template, H, NULL));
  fail_unless (again == NULL);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "lstm_16_1", "tee", NULL);
  gst_object_unref (template);
  gst_element_release_request_pad (test->element, pad);
  gst_object_unref (pad);
}
END_TEST

/* Without a name the pads are those of the outputs, in order. */
START_TEST (test_asked_without_name)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  GstPad *h = gst_element_request_pad_simple (test->element, "src_%s");
  GstPad *c = gst_element_request_pad_simple (test->element, "src_%s");

  fail_unless_equals_string (GST_PAD_NAME (h), H);
  fail_unless_equals_string (GST_PAD_NAME (c), C);
  fail_unless (
      gst_element_request_pad_simple (test->element, "src_%s") == NULL);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "src_NAME", NULL);
  gst_element_release_request_pad (test->element, h);
  gst_element_release_request_pad (test->element, c);
  gst_object_unref (h);
  gst_object_unref (c);
}
END_TEST

/* @debug: (out): what gst-launch-1.0 prints of it */
static gchar *
pop_info (GstBus *bus, gchar **debug)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_INFO);
  g_autoptr (GError) error = NULL;

  if (message == NULL)
    return NULL;
  gst_message_parse_info (message, &error, debug);
  return g_strdup (error->message);
}

/* The pads that nobody asked for are said, in what gst-launch-1.0 prints, too.
 */
START_TEST (test_told)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (ElementTest) single = lstm_test_new (MODEL_FRAMES, 5, 100, NULL);
  g_autofree gchar *debug = NULL;
  g_autofree gchar *text = pop_info (test->bus, &debug);

  fail_unless (text != NULL && strstr (text, "'lstm_16'") != NULL &&
                   strstr (text, "src_lstm_16_1, src_lstm_16_2") != NULL,
      "%s", text);
  fail_unless (
      strstr (debug, "src_lstm_16_1, src_lstm_16_2") != NULL, "%s", debug);
  fail_unless (pop_info (single->bus, NULL) == NULL);
}
END_TEST

/* As a launch line asks for them. */
START_TEST (test_launch_line)
{
  g_autofree gchar *path = reference_model_path (MODEL_STATES);
  g_autofree gchar *line = g_strdup_printf (
      "audiotestsrc num-buffers=3 samplesperbuffer=100 ! audio/x-raw, "
      "format=" GST_AUDIO_NE (
          F32) ", channels=4, channel-mask=(bitmask)0 ! "
               "lstm name=l model=\"%s\" l.src ! queue ! fakesink l." H
               " ! queue ! fakesink l." C " ! queue ! fakesink",
      path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  fail_unless (error == NULL, "%s", error ? error->message : NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
END_TEST

/* ---- caps ---- */

static void
assert_caps (GstHarness *harness, const gchar *expected)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (expected);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  g_autofree gchar *text = gst_caps_to_string (caps);

  fail_unless (caps != NULL && gst_caps_is_subset (caps, wanted), "%s", text);
}

/* Every pad has caps of its own, and new ones when the stream has. */
START_TEST (test_caps)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) h = new_side (test, H);
  g_autoptr (GstHarness) c = new_side (test, C);
  gfloat x[5 * 4] = { 0 };

  gst_harness_set_sink_caps_str (c, TENSORS);
  element_test_push (test, x, sizeof x, 999);
  assert_caps (test->harness, "audio/x-raw, channels=(int)2, rate=(int)100");
  assert_caps (h, "audio/x-raw, channels=(int)2, rate=(int)20");
  assert_caps (c, "other/tensors, dimensions=(string)2:1:1, "
                  "framerate=(fraction)20/1");
  lstm_test_set_format (test, FALSE, 4, 50);
  element_test_push (test, x, sizeof x, 999);
  assert_caps (h, "audio/x-raw, channels=(int)2, rate=(int)10");
  assert_caps (c, "other/tensors, dimensions=(string)2:1:1, "
                  "framerate=(fraction)10/1");
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 2);
}
END_TEST

/* Downstream may change its mind: no state is lost. */
START_TEST (test_reconfigured)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_STATES, 4, 100, "mode", "frame", NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autofree gfloat *x = reference_input (4, 8 * 4);
  gsize n;
  g_autofree gfloat *y =
      further_output (MODEL_STATES, 1, LSTM_MODE_FRAME, 1, x, 8, &n);

  element_test_push (test, x, 4 * 4 * sizeof (gfloat), 999);
  assert_caps (side, AUDIO);
  gst_harness_set_sink_caps_str (side, TENSORS);
  gst_harness_push_upstream_event (side, gst_event_new_reconfigure ());
  element_test_push (test, x + 16, 4 * 4 * sizeof (gfloat), 999);
  assert_caps (side, TENSORS);
  assert_bytes (side, y, n);
}
END_TEST

START_TEST (test_caps_refused)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  gfloat x[5 * 4] = { 0 };

  gst_harness_set_sink_caps_str (side, "audio/x-raw, channels=(int)3");
  for (guint i = 0; i < 2; i++)
    fail_unless_equals_int (
        element_test_push_buffer (test, x, sizeof x), GST_FLOW_NOT_NEGOTIATED);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_CORE_ERROR,
      GST_CORE_ERROR_NEGOTIATION, H, "lstm_16_1", NULL);
}
END_TEST

START_TEST (test_caps_query)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autoptr (GstPad) pad = gst_pad_get_peer (side->sinkpad);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  g_autoptr (GstCaps) wanted =
      gst_caps_from_string ("audio/x-raw, channels=(int)2, rate=(int)20; "
                            "other/tensors");
  gint rate = 0;

  fail_unless_equals_int (gst_caps_get_size (caps), 2);
  fail_unless (gst_caps_is_subset (caps, wanted));
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  fail_unless_equals_int (rate, 20);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_data, 0, (int) G_N_ELEMENTS (cases));
  tcase_add_test (tests, test_times);
  tcase_add_test (tests, test_times_of_frames);
  tcase_add_test (tests, test_keys_and_rows);
  tcase_add_test (tests, test_messages);
  tcase_add_loop_test (tests, test_drain, 0, 2);
  tcase_add_test (tests, test_asked_before_start);
  tcase_add_loop_test (tests, test_unknown_before_start, 0, 2);
  tcase_add_loop_test (tests, test_unknown_while_running, 0, 2);
  tcase_add_test (tests, test_asked_twice);
  tcase_add_test (tests, test_asked_without_name);
  tcase_add_test (tests, test_told);
  tcase_add_test (tests, test_launch_line);
  tcase_add_test (tests, test_caps);
  tcase_add_test (tests, test_reconfigured);
  tcase_add_test (tests, test_caps_refused);
  tcase_add_test (tests, test_caps_query);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-pads", add_tests);
}
