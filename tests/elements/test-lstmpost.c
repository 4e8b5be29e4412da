/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmpost: what it owes to a pipeline, its file and its
 * properties, and what is wrong. What it computes: test-lstmpost-frames.c. */

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"
#include "post-test.h"
#include "unmappable.h"

#define FORMAT_ERROR GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT
#define SETTINGS GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS

/* ---- resets ---- */

typedef enum { BY_DISCONT, BY_FLUSH, BY_SEGMENT, BY_SIGNAL, BY_START } Cause;

typedef struct {
  Cause cause;
  const gchar *reset_on;
  const gchar *reason; /* NULL: no reset */
} Reset;

static const Reset resets[] = {
  { BY_DISCONT, "discont", "discont" },
  { BY_DISCONT, "flush", NULL },
  { BY_FLUSH, "flush", "flush" },
  { BY_FLUSH, "discont", NULL },
  { BY_SEGMENT, "segment", "segment" },
  { BY_SEGMENT, "discont", NULL },
  { BY_START, "stream-start", "stream-start" },
  { BY_START, "discont", NULL },
  { BY_SIGNAL, "discont", "signal" },
};

static void
cause_reset (ElementTest *test, Cause cause)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (cause == BY_START)
    gst_harness_push_event (test->harness, gst_event_new_stream_start ("next"));
  if (cause == BY_FLUSH) {
    gst_harness_push_event (test->harness, gst_event_new_flush_start ());
    gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  }
  if (cause == BY_SIGNAL)
    gst_harness_push_event (
        test->harness, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                           gst_structure_new ("lstm-reset-state", "key",
                               G_TYPE_STRING, "a", NULL)));
  if (cause != BY_DISCONT && cause != BY_SIGNAL)
    gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
}

START_TEST (test_reset)
{
  const Reset *reset = &resets[_i];
  const gdouble high = 10, low = 0;
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "average", "2", "threshold-on", "5",
          "reset-on", reset->reset_on, NULL),
      GST_AUDIO_FORMAT_F64, 1, NULL);
  GstBuffer *next = post_test_buffer (&low, 1, 1, 1, "a");
  g_autofree gchar *end =
      reset->reason != NULL
          ? g_strdup_printf (
                "start a 10 10 0 0\nend a 10 10 0 0 %s\n", reset->reason)
          : g_strdup ("start a 10 10 0 0\n");

  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 0, "a"));
  cause_reset (test, reset->cause);
  if (reset->cause == BY_DISCONT)
    GST_BUFFER_FLAG_SET (next, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (test->harness, next);
  post_test_assert_alarms (test, end);
  post_test_assert_frames (
      test, 1, reset->reason != NULL ? "1|10 0|0 " : "1|10 1|5 ");
}
END_TEST

/* A DISCONT is of its buffer's key alone. */
START_TEST (test_discont_of_a_key)
{
  const gdouble high = 10;
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  GstBuffer *lost = post_test_buffer (&high, 1, 1, 1, "b");

  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 0, "a"));
  GST_BUFFER_FLAG_SET (lost, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (test->harness, lost);
  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 1, "a"));
  post_test_assert_alarms (test, "start a 10 10 0 0\nstart b 10 10 100 0\n");
}
END_TEST

/* Other caps, with other names first: the alarm that ends is of the old ones.
 */
START_TEST (test_new_caps)
{
  const gdouble values[] = { 0, 10 };
  const gchar *const fewer[] = { "only", NULL };
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", "threshold-on", "5", "output", "2", NULL),
      GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (GstMessage) message = NULL;

  gst_harness_push (test->harness, post_test_buffer (values, 1, 2, 0, NULL));
  gst_message_unref (gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT));
  gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new (fewer, NULL, NULL));
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 10));
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT);
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "output"),
      "q");
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "reason"),
      "caps");
  fail_unless_equals_int (gst_harness_push (test->harness,
                              post_test_buffer (values, 1, 1, 1, NULL)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "No output '2'", "the frames have 1: only", NULL);
}
END_TEST

/* ---- the file ---- */

/* What the file says, and properties that win over it. */
START_TEST (test_config)
{
  const gdouble values[] = { 0, 9, 0, 9, 0, 9, 0, 0 };
  gchar *path = element_test_write_file ("post.yaml",
      "version: 1\npost:\n  average: 2\n  alarm: {on: 4, off: 1, output: q, "
      "min-duration: 0.1}\n  classes: [low, high]\n");
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "config", path, NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");
  g_autoptr (ElementTest) other = post_test_new (
      element_test_make ("lstmpost", "config", path, "average", "1", "output",
          "1", "threshold-on", "5", "threshold-off", "5", "min-duration", "0",
          "classes", "a,b", NULL),
      GST_AUDIO_FORMAT_F64, 2, "p,q");

  gst_harness_push (test->harness, post_test_buffer (values, 4, 2, 0, NULL));
  post_test_assert_frames (
      test, 2, "|0|high|0,9 |1|high|0,9 |1|high|0,9 |1|high|0,4.5 ");
  gst_harness_push (other->harness, post_test_buffer (values, 2, 2, 0, NULL));
  post_test_assert_frames (other, 2, "|0|b|0,9 |0|b|0,9 ");
  element_test_remove_file (path);
}
END_TEST

/* ---- what is wrong ---- */

typedef struct {
  const gchar *name;
  const gchar *value;
  const gchar *found;
} Wrong;

static const Wrong wrongs[] = {
  { "output", "s3",
      "No output 's3' for the alarm 'alarm': the frames have 2: p, q" },
  { "output", "3", "No output '3'" },
  { "classes", "a", "Found 1 names of classes for frames of 2 numbers" },
  { "alarm-name", "cycle", "a kept column 'cycle' already" },
};

START_TEST (test_wrong_for_the_frames)
{
  const Wrong *wrong = &wrongs[_i];
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5",
                         wrong->name, wrong->value, NULL),
          GST_AUDIO_FORMAT_F64, 2, "p,q");

  fail_unless_equals_int (gst_harness_push (test->harness,
                              post_test_buffer (post_wave, 1, 2, 0, NULL)),
      GST_FLOW_ERROR);
  element_test_assert_message (
      test, GST_MESSAGE_ERROR, FORMAT_ERROR, wrong->found, "set ", NULL);
}
END_TEST

static const Wrong bad_starts[] = {
  { "threshold-off", "6", "threshold-off is 6, above threshold-on, 5" },
  { "alarm-name", "", "alarm-name is empty" },
  { "alarm-name", "class",
      "is called 'class', which is the column of classes" },
  { "classes", "a,\"b", "is no list of names" },
  { "average-time", "2500000000",
      "average is 3 frames, and average-time 2.5 s as well" },
  { "config", "/none/post.yaml", "/none/post.yaml" },
};

/* Takes @element. */
static void
assert_no_start (GstElement *element, const gchar *found)
{
  ElementTest test = { .element = element, .bus = gst_bus_new () };

  gst_element_set_bus (test.element, test.bus);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  element_test_assert_message (&test, GST_MESSAGE_ERROR, SETTINGS, found, NULL);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}

START_TEST (test_bad_start)
{
  const Wrong *wrong = &bad_starts[_i];

  assert_no_start (
      element_test_make ("lstmpost", "threshold-on", "5", "average", "3",
          "argmax", "true", wrong->name, wrong->value, NULL),
      wrong->found);
}
END_TEST

static const Wrong single_properties[] = {
  { "output", "q", "output is set, and config has 2 alarms" },
  { "threshold-on", "3", "threshold-on is set, and config has 2 alarms" },
  { "threshold-off", "3", "threshold-off is set" },
  { "min-duration", "3", "min-duration is set" },
  { "alarm-name", "x", "alarm-name is set" },
};

/* A property about one alarm, and a file with two. */
START_TEST (test_which_alarm)
{
  const Wrong *wrong = &single_properties[_i];
  gchar *path = element_test_write_file ("two.yaml",
      "version: 1\npost: {alarm: [{name: a, on: 1}, {name: b, on: 2}]}\n");

  assert_no_start (element_test_make ("lstmpost", "config", path, wrong->name,
                       wrong->value, NULL),
      wrong->found);
  element_test_remove_file (path);
}
END_TEST

/* average=1 in place of the file's time; a name that the file gives. */
START_TEST (test_config_of_a_time)
{
  const gdouble values[] = { 0, 9, 3 };
  gchar *path = element_test_write_file ("time.yaml",
      "version: 1\npost: {average-time: 0.2, alarm: {on: 4, name: hot}}\n");
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "config", path, NULL),
          GST_AUDIO_FORMAT_F64, 1, NULL);
  g_autoptr (ElementTest) other = post_test_new (
      element_test_make ("lstmpost", "config", path, "average", "1", NULL),
      GST_AUDIO_FORMAT_F64, 1, NULL);

  gst_harness_push (test->harness, post_test_buffer (values, 3, 1, 0, NULL));
  post_test_assert_frames (test, 1, "0|0 1|4.5 1|6 ");
  post_test_assert_alarms (test, "start hot/- 4.5 4.5 100 0\n");
  gst_harness_push (other->harness, post_test_buffer (values, 3, 1, 0, NULL));
  post_test_assert_frames (other, 1, "0|0 1|9 0|3 ");
  element_test_remove_file (path);
}
END_TEST

START_TEST (test_bad_buffers)
{
  const gchar *const cells[] = { "a", "b" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (2, 1, cells);
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  GstBuffer *buffer = post_test_buffer (post_wave, 3, 1, 0, NULL);

  fail_unless_equals_int (
      element_test_push_buffer (test, post_wave, 12), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "A buffer of 12 bytes", "1 channels has 8 bytes", NULL);
  gst_buffer_add_lstm_rows (buffer, rows);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "found 2 rows of 1 columns, expected 3 of 1", NULL);
  fail_unless_equals_int (
      gst_harness_push (test->harness, unmappable_buffer_new (8)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, "cannot be read", NULL);
  fail_unless_equals_int (
      element_test_push_buffer (test, NULL, 0), GST_FLOW_OK);
}
END_TEST

static const gchar *const foreign_caps[] = {
  "audio/x-raw,format=S16LE,rate=1,channels=1,layout=interleaved",
  "audio/x-raw,format=F64LE,rate=1,layout=interleaved",
  "other/tensors,format=static,num_tensors=1,types=float32,"
  "dimensions=(string)2:3:4,framerate=1/1",
  "other/tensors,format=static,num_tensors=1,types=int8,"
  "dimensions=(string)2:3:1,framerate=1/1",
  "text/csv",
};

START_TEST (test_foreign_caps)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmpost", NULL));
  g_autoptr (GstCaps) caps = gst_caps_from_string (foreign_caps[_i]);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");

  element_test_start_text (test);
  fail_if (gst_pad_send_event (pad, gst_event_new_caps (caps)));
  fail_unless_equals_int (
      element_test_push_buffer (test, post_wave, 8), GST_FLOW_NOT_NEGOTIATED);
}
END_TEST

/* Tensors of windows: each step is a frame. */
START_TEST (test_tensors)
{
  const gfloat values[] = { 1, 2, 8, 1, 3, 2 };
  g_autoptr (ElementTest) test = element_test_new (element_test_make (
      "lstmpost", "threshold-on", "5", "argmax", "true", NULL));
  g_autoptr (GstBuffer) buffer = NULL;
  GstLstmRows *rows;

  gst_harness_set_src_caps_str (test->harness,
      "other/tensors,format=static,num_tensors=1,types=float32,"
      "dimensions=(string)2:3:1:1,framerate=1/1");
  fail_unless_equals_int (
      element_test_push_buffer (test, values, sizeof (values)), GST_FLOW_OK);
  buffer = gst_harness_pull (test->harness);
  rows = gst_buffer_get_lstm_rows (buffer);
  fail_unless_equals_int ((gint) gst_lstm_rows_get_n_rows (rows), 3);
  fail_unless_equals_string (gst_lstm_rows_get (rows, 0, 0), "0");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 1, 0), "1");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 1, 1), "out_1");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 2, 0), "0");
}
END_TEST

/* ---- citizenship ---- */

typedef struct {
  const gchar *name;
  const gchar *first;
  const gchar *second;
} Property;

static const Property properties[] = {
  { "config", NULL, "b.yaml" },
  { "average", "1", "7" },
  { "average-time", "0", "7" },
  { "output", "a", "b" },
  { "threshold-on", "0.5", "0.75" },
  { "threshold-off", "0.25", "0.5" },
  { "min-duration", "0", "7" },
  { "alarm-name", "a", "b" },
  { "argmax", "false", "true" },
  { "classes", "a", "b" },
  { "max-streams", "0", "7" },
  { "reset-on", "flush", "discont+caps" },
};

static void
assert_value (GstElement *element, const gchar *name, const gchar *expected)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);
  GValue found = G_VALUE_INIT, wanted = G_VALUE_INIT;

  g_value_init (&found, spec->value_type);
  g_value_init (&wanted, spec->value_type);
  g_object_get_property (G_OBJECT (element), name, &found);
  fail_unless (gst_value_deserialize_with_pspec (&wanted, expected, spec));
  fail_unless_equals_int (g_param_values_cmp (spec, &found, &wanted), 0);
  g_value_unset (&found);
  g_value_unset (&wanted);
}

START_TEST (test_property_at_every_state)
{
  const Property *property = &properties[_i];
  ElementTest test = { .element = element_test_make (
                           "lstmpost", "threshold-on", "1", NULL),
    .bus = gst_bus_new () };
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (test.element), property->name);

  fail_unless (strlen (g_param_spec_get_blurb (spec)) > 20);
  fail_unless ((spec->flags & GST_PARAM_MUTABLE_READY) != 0);
  gst_element_set_bus (test.element, test.bus);
  if (property->first != NULL)
    gst_util_set_object_arg (
        G_OBJECT (test.element), property->name, property->first);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  gst_util_set_object_arg (
      G_OBJECT (test.element), property->name, property->second);
  element_test_assert_message (&test, GST_MESSAGE_WARNING, SETTINGS,
      property->name, "keeps its value", "READY", NULL);
  if (property->first != NULL)
    assert_value (test.element, property->name, property->first);
  gst_element_set_state (test.element, GST_STATE_READY);
  gst_util_set_object_arg (
      G_OBJECT (test.element), property->name, property->second);
  assert_value (test.element, property->name, property->second);
  element_test_assert_silent (&test);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}
END_TEST

static const GstFlowReturn refusals[] = { GST_FLOW_FLUSHING, GST_FLOW_EOS,
  GST_FLOW_ERROR, GST_FLOW_NOT_LINKED, GST_FLOW_NOT_NEGOTIATED };
static GstFlowReturn refusal;

static GstFlowReturn
refuse_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return refusal;
}

START_TEST (test_flow)
{
  g_autoptr (ElementTest) test = post_test_new (
      element_test_make ("lstmpost", NULL), GST_AUDIO_FORMAT_F64, 1, NULL);

  refusal = refusals[_i];
  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  fail_unless_equals_int (
      element_test_push_buffer (test, post_wave, 8), refusals[_i]);
  element_test_assert_silent (test);
}
END_TEST

/* What hangs on a buffer stays, and nothing is copied. */
START_TEST (test_metas_and_times)
{
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "argmax", "true", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  GstBuffer *in = post_test_buffer (post_wave, 2, 1, 4, "k");
  g_autoptr (GstBuffer) out = NULL;
  const gchar *key = NULL;

  gst_harness_push (test->harness, in);
  out = gst_harness_pull (test->harness);
  fail_unless (out == in);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 400 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 200 * GST_MSECOND);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, &key, NULL));
  fail_unless_equals_string (key, "k");
}
END_TEST

START_TEST (test_registration)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("lstmpost");

  fail_unless_equals_int (
      gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)),
      GST_RANK_NONE);
  fail_unless_equals_string (
      gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS),
      "Filter/Analyzer/Audio");
}
END_TEST

START_TEST (test_restart)
{
  g_autoptr (ElementTest) test =
      post_test_new (element_test_make ("lstmpost", "threshold-on", "5", NULL),
          GST_AUDIO_FORMAT_F64, 1, "p");
  const gdouble high = 10;
  guint i;

  gst_harness_push (test->harness, post_test_buffer (&high, 1, 1, 0, NULL));
  post_test_assert_alarms (test, "start - 10 10 0 0\n");
  for (i = 0; i < 1000; i++) {
    gst_element_set_state (test->element, GST_STATE_NULL);
    gst_element_set_state (test->element, GST_STATE_PLAYING);
  }
  post_test_assert_alarms (test, "end - 10 10 0 0 stop\n");
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 2, 10));
  gst_harness_push (test->harness, post_test_buffer (post_wave, 1, 2, 0, NULL));
  post_test_assert_frames (test, 2, "0|0,5 ");
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_reset, 0, G_N_ELEMENTS (resets));
  tcase_add_test (tests, test_discont_of_a_key);
  tcase_add_test (tests, test_new_caps);
  tcase_add_test (tests, test_config);
  tcase_add_loop_test (
      tests, test_wrong_for_the_frames, 0, G_N_ELEMENTS (wrongs));
  tcase_add_loop_test (tests, test_bad_start, 0, G_N_ELEMENTS (bad_starts));
  tcase_add_loop_test (
      tests, test_which_alarm, 0, G_N_ELEMENTS (single_properties));
  tcase_add_test (tests, test_config_of_a_time);
  tcase_add_test (tests, test_bad_buffers);
  tcase_add_loop_test (
      tests, test_foreign_caps, 0, G_N_ELEMENTS (foreign_caps));
  tcase_add_test (tests, test_tensors);
  tcase_add_loop_test (
      tests, test_property_at_every_state, 0, G_N_ELEMENTS (properties));
  tcase_add_loop_test (tests, test_flow, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tests, test_metas_and_times);
  tcase_add_test (tests, test_registration);
  tcase_add_test (tests, test_restart);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstmpost", add_tests);
}
