/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvenc: what it writes, and csvdec ! csvenc. */

#include <gst/lstm/lstm.h>
#include <math.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmrows.h"

#define FORMAT_ERROR GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT

static ElementTest *
new_test (GstElement *element, GstAudioFormat format, guint channels)
{
  ElementTest *test = element_test_new (element);

  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (format, channels, 1));
  return test;
}

static GstFlowReturn
push_doubles (ElementTest *test, const gdouble *values, guint n)
{
  return element_test_push_buffer (test, values, n * sizeof (gdouble));
}

static void
push_layout (ElementTest *test, const gchar *feature_list, const gchar *key,
    const gchar *keep_list)
{
  g_auto (GStrv) features = g_strsplit (feature_list, ",", -1);
  g_auto (GStrv) keep = g_strsplit (keep_list, ",", -1);

  fail_unless (gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new ((const gchar *const *) features,
                         key, (const gchar *const *) keep)));
}

static void
assert_text (ElementTest *test, const gchar *expected)
{
  g_autofree gchar *text = element_test_pull_text (test);

  fail_unless_equals_string (text, expected);
  element_test_assert_silent (test);
}

static const gdouble some[] = { 1, -0.5, 1e-300, 0.1 };

START_TEST (test_f64)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 2);

  fail_unless_equals_int (push_doubles (test, some, 4), GST_FLOW_OK);
  assert_text (test, "out_1,out_2\n1,-0.5\n"
                     "1e-300,0.10000000000000001\n");
}
END_TEST

START_TEST (test_f32)
{
  const gfloat values[] = { 0.1f, 16777217.0f, 1e-45f, -0.0f };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F32, 2);

  gst_harness_push (
      test->harness, gst_buffer_new_memdup (values, sizeof (values)));
  assert_text (test, "out_1,out_2\n0.100000001,16777216\n"
                     "1.40129846e-45,-0\n");
}
END_TEST

/* Also the nan whose sign bit is set, which printf writes as -nan. */
START_TEST (test_nan_and_inf)
{
  const gdouble values[] = { (gdouble) NAN, -(gdouble) NAN, INFINITY,
    -INFINITY };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 4);

  push_doubles (test, values, 4);
  assert_text (test, "out_1,out_2,out_3,out_4\nnan,nan,inf,-inf\n");
}
END_TEST

START_TEST (test_comma_locale)
{
  g_autoptr (ElementTest) test = NULL;

  fail_unless (element_test_use_comma_locale ());
  test = new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 2);
  push_doubles (test, some, 2);
  assert_text (test, "out_1,out_2\n1,-0.5\n");
  element_test_leave_locale ();
}
END_TEST

START_TEST (test_no_header)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", "header", "false", NULL),
          GST_AUDIO_FORMAT_F64, 2);

  push_doubles (test, some, 2);
  assert_text (test, "1,-0.5\n");
  element_test_push_eos (test);
  assert_text (test, "");
}
END_TEST

START_TEST (test_time)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", "time", "t", "names", "a", NULL),
          GST_AUDIO_FORMAT_F64, 1);
  GstBuffer *buffer = gst_buffer_new_memdup (some, 2 * sizeof (gdouble));

  GST_BUFFER_PTS (buffer) = 40 * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = 3 * GST_SECOND;
  gst_harness_push (test->harness, buffer);
  push_doubles (test, some, 1);
  assert_text (test, "t,a\n0.04,1\n1.54,-0.5\n,1\n");
}
END_TEST

START_TEST (test_header_at_eos)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 2);

  push_layout (test, "p,q", "id", "cycle");
  assert_text (test, "");
  fail_unless (element_test_push_eos (test));
  assert_text (test, "id,cycle,p,q\n");
}
END_TEST

START_TEST (test_eos_without_caps)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvenc", NULL));

  element_test_start_text (test);
  fail_unless (element_test_push_eos (test));
  assert_text (test, "");
}
END_TEST

START_TEST (test_header_is_written_once)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 1);

  push_doubles (test, some, 1);
  push_doubles (test, some + 1, 1);
  gst_harness_push_event (test->harness, gst_event_new_caps (caps));
  push_doubles (test, some, 2);
  push_doubles (test, some, 0);
  element_test_push_eos (test);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 3);
  assert_text (test, "out_1\n1\n-0.5\n1\n-0.5\n");
}
END_TEST

/* A flush empties the file that filesink writes: it begins again. */
START_TEST (test_header_after_flush)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  GstSegment segment;

  push_doubles (test, some, 1);
  assert_text (test, "out_1\n1\n");
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  push_doubles (test, some, 1);
  assert_text (test, "out_1\n1\n");
}
END_TEST

/* Where names come from: the property, the config, the stream, numbers. */
START_TEST (test_names)
{
  gchar *path = element_test_write_file (
      "c.yaml", "version: 1\noutputs: [from-config, two]\n");
  const struct {
    const gchar *names, *config, *layout, *expected;
  } cases[] = {
    { "a,\"b,c\"", path, "l1,l2", "a,\"b,c\"\n" },
    { NULL, path, "l1,l2", "from-config,two\n" },
    { NULL, NULL, "l1,l2", "l1,l2\n" },
    { NULL, NULL, NULL, "out_1,out_2\n" },
    { "", path, "l1,l2", "l1,l2\n" },
  };
  guint i;

  for (i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
    GstElement *element = element_test_make ("csvenc", NULL);
    g_autoptr (ElementTest) test = NULL;
    guint k = i / 2;

    if (i % 2 == 0)
      g_object_set (element, "names", cases[k].names, NULL);
    g_object_set (element, "config", cases[k].config, NULL);
    if (i % 2 == 1)
      g_object_set (element, "names", cases[k].names, NULL);
    test = new_test (element, GST_AUDIO_FORMAT_F64, 2);
    if (cases[k].layout != NULL)
      push_layout (test, cases[k].layout, NULL, "");
    element_test_push_eos (test);
    assert_text (test, cases[k].expected);
  }
  element_test_remove_file (path);
}
END_TEST

static GstBuffer *
new_row (gdouble value, const gchar *key, const gchar *kept)
{
  GstBuffer *buffer = gst_buffer_new_memdup (&value, sizeof (value));

  if (key != NULL) {
    g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);

    gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  }
  if (kept != NULL) {
    g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (1, 1, &kept);

    gst_buffer_add_lstm_rows (buffer, rows);
  }
  return buffer;
}

START_TEST (test_key_and_kept)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  push_layout (test, "p", "id", "cycle");
  gst_harness_push (test->harness, new_row (1, "x", "7"));
  gst_harness_push (test->harness, new_row (2, "y", "8"));
  gst_harness_push (test->harness, new_row (3, NULL, "9"));
  assert_text (test, "id,cycle,p\nx,7,1\ny,8,2\n,9,3\n");
}
END_TEST

/* Without a layout: the first frames say what there is. */
START_TEST (test_key_and_kept_without_names)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  gst_harness_push (test->harness, new_row (1, "x", "7"));
  assert_text (test, "key,kept_1,out_1\nx,7,1\n");
}
END_TEST

START_TEST (test_quoting)
{
  static const gchar *const cells[][2] = {
    { "plain", "plain" },
    { "", "" },
    { "a,b", "\"a,b\"" },
    { "say \"x\"", "\"say \"\"x\"\"\"" },
    { "two\nlines", "\"two\nlines\"" },
    { "cr\r", "\"cr\r\"" },
    { " lead", "\" lead\"" },
    { "trail\t", "\"trail\t\"" },
    { "in side", "in side" },
    { "semi;colon", "semi;colon" },
    { "m\xc3\xbcll", "m\xc3\xbcll" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cells); i++) {
    g_autofree gchar *expected = g_strdup_printf ("k,%s,1\n", cells[i][1]);
    g_autoptr (ElementTest) test =
        new_test (element_test_make ("csvenc", "header", "false", NULL),
            GST_AUDIO_FORMAT_F64, 1);

    gst_harness_push (test->harness, new_row (1, "k", cells[i][0]));
    assert_text (test, expected);
  }
}
END_TEST

START_TEST (test_delimiter)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", "delimiter", ";", NULL),
          GST_AUDIO_FORMAT_F64, 1);

  gst_harness_push (test->harness, new_row (1, "a;b", "c,d"));
  assert_text (test, "key;kept_1;out_1\n\"a;b\";c,d;1\n");
}
END_TEST

START_TEST (test_times_and_caps)
{
  g_autoptr (GstCaps) expected = gst_caps_new_empty_simple ("text/csv");
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  GstBuffer *in = gst_buffer_new_memdup (some, 16);
  g_autoptr (GstBuffer) out = NULL;
  g_autoptr (GstCaps) caps = NULL;

  GST_BUFFER_PTS (in) = 5 * GST_SECOND;
  GST_BUFFER_DURATION (in) = 2 * GST_SECOND;
  gst_harness_push (test->harness, in);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 5 * GST_SECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 2 * GST_SECOND);
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  gst_check_caps_equal (caps, expected);
}
END_TEST

START_TEST (test_wide)
{
  enum { N = 1000 };
  g_autofree gdouble *values = g_new0 (gdouble, N);
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", "header", "false", NULL),
          GST_AUDIO_FORMAT_F64, N);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) cells = NULL;

  values[N - 1] = 7;
  fail_unless_equals_int (push_doubles (test, values, N), GST_FLOW_OK);
  text = element_test_pull_text (test);
  cells = g_strsplit (text, ",", -1);
  fail_unless_equals_int (g_strv_length (cells), N);
  fail_unless_equals_string (cells[N - 1], "7\n");
}
END_TEST

START_TEST (test_bad_part_of_a_frame)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 2);

  fail_unless_equals_int (push_doubles (test, some, 3), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "24 bytes", "2 channels has 16 bytes", NULL);
}
END_TEST

START_TEST (test_bad_number_of_names)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", "names", "a,b", NULL),
          GST_AUDIO_FORMAT_F64, 1);

  fail_unless_equals_int (push_doubles (test, some, 1), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "2 names (a, b)", "1 channels", NULL);
}
END_TEST

START_TEST (test_bad_layout_length)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  push_layout (test, "a,b,c", NULL, "");
  fail_unless_equals_int (push_doubles (test, some, 1), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR, "layout",
      "3 names (a, b, c)", "1 channels", NULL);
}
END_TEST

/* Rows of kept text that are not one for each frame. */
START_TEST (test_bad_number_of_rows)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  const gchar *const cells[] = { "a", "b" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (2, 1, cells);
  GstBuffer *buffer = gst_buffer_new_memdup (some, 8);

  gst_buffer_add_lstm_rows (buffer, rows);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "2 rows of 1 columns", "expected 1 of 1", NULL);
}
END_TEST

START_TEST (test_bad_change_of_channels)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  push_doubles (test, some, 1);
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 2, 1));
  fail_unless_equals_int (push_doubles (test, some, 2), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
      "found 2 channels", "expected 1", NULL);
}
END_TEST

START_TEST (test_bad_no_caps)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvenc", NULL));

  element_test_start_text (test);
  fail_unless_equals_int (
      push_doubles (test, some, 1), GST_FLOW_NOT_NEGOTIATED);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_CORE_ERROR,
      GST_CORE_ERROR_NEGOTIATION, "without caps", NULL);
}
END_TEST

START_TEST (test_bad_config)
{
  ElementTest test = { 0 };

  test.element = element_test_make ("csvenc", "config", "/no/such", NULL);
  test.bus = gst_bus_new ();
  gst_element_set_bus (test.element, test.bus);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  element_test_assert_message (&test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "/no/such", NULL);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}
END_TEST

/* What cannot be written is said, once. */
START_TEST (test_warns_of_lost_key)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  gst_harness_push (test->harness, new_row (1, NULL, NULL));
  gst_harness_push (test->harness, new_row (2, "x", NULL));
  gst_harness_push (test->harness, new_row (3, "x", NULL));
  element_test_assert_message (
      test, GST_MESSAGE_WARNING, FORMAT_ERROR, "Keys are not written", NULL);
  assert_text (test, "out_1\n1\n2\n3\n");
}
END_TEST

START_TEST (test_warns_of_lost_rows)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  push_layout (test, "p", NULL, "cycle");
  gst_harness_push (test->harness, new_row (1, NULL, NULL));
  gst_harness_push (test->harness, new_row (2, NULL, NULL));
  element_test_assert_message (test, GST_MESSAGE_WARNING, FORMAT_ERROR,
      "Kept columns are left empty", NULL);
  assert_text (test, "cycle,p\n,1\n,2\n");
}
END_TEST

static GstFlowReturn
refuse_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_CUSTOM_ERROR;
}

START_TEST (test_flow_returns)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  fail_unless_equals_int (push_doubles (test, some, 1), GST_FLOW_CUSTOM_ERROR);
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_flow_return_of_drain)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  fail_if (element_test_push_eos (test));
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_restart)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("csvenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  guint i;

  for (i = 0; i < 100; i++) {
    push_layout (test, "p", "id", "");
    gst_harness_push (test->harness, new_row (1, "x", NULL));
    assert_text (test, "id,p\nx,1\n");
    gst_element_set_state (test->element, GST_STATE_NULL);
    gst_element_set_state (test->element, GST_STATE_PLAYING);
    gst_harness_push_event (
        test->harness, gst_event_new_stream_start ("again"));
    gst_harness_set_src_caps (
        test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 1));
  }
}
END_TEST

/* csvdec ! csvenc: a table as csvenc writes it comes back byte for byte. */
START_TEST (test_round_trip)
{
  static const gchar text[] = "id,note,a,\"b,c\"\n"
                              "x,\"say \"\"hi\"\"\",1,-2.5\n"
                              "x,,nan,inf\n"
                              "y,\"two\nlines\",0.10000000000000001,-inf\n"
                              "x,\" z \",1.7976931348623157e+308,5e-324\n";
  gsize chunk;

  for (chunk = 1; chunk < sizeof (text); chunk++) {
    g_autoptr (ElementTest) test =
        element_test_new (gst_object_ref_sink (gst_parse_bin_from_description (
            "csvdec key=id keep=note ! csvenc", TRUE, NULL)));
    g_autofree gchar *back = NULL;

    element_test_start_text (test);
    element_test_push (test, text, sizeof (text) - 1, chunk);
    element_test_push_eos (test);
    back = element_test_pull_text (test);
    fail_unless_equals_string (back,
        "id,note,a,\"b,c\"\n"
        "x,\"say \"\"hi\"\"\",1,-2.5\n"
        "x,,nan,inf\n"
        "y,\"two\nlines\",0.10000000000000001,-inf\n"
        "x,\" z \",1.7976931348623157e+308,4.9406564584124654e-324\n");
    element_test_assert_silent (test);
  }
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_f64);
  tcase_add_test (tests, test_f32);
  tcase_add_test (tests, test_nan_and_inf);
  tcase_add_test (tests, test_comma_locale);
  tcase_add_test (tests, test_no_header);
  tcase_add_test (tests, test_time);
  tcase_add_test (tests, test_header_at_eos);
  tcase_add_test (tests, test_eos_without_caps);
  tcase_add_test (tests, test_header_is_written_once);
  tcase_add_test (tests, test_header_after_flush);
  tcase_add_test (tests, test_names);
  tcase_add_test (tests, test_key_and_kept);
  tcase_add_test (tests, test_key_and_kept_without_names);
  tcase_add_test (tests, test_quoting);
  tcase_add_test (tests, test_delimiter);
  tcase_add_test (tests, test_times_and_caps);
  tcase_add_test (tests, test_wide);
  tcase_add_test (tests, test_bad_part_of_a_frame);
  tcase_add_test (tests, test_bad_number_of_names);
  tcase_add_test (tests, test_bad_layout_length);
  tcase_add_test (tests, test_bad_number_of_rows);
  tcase_add_test (tests, test_bad_change_of_channels);
  tcase_add_test (tests, test_bad_no_caps);
  tcase_add_test (tests, test_bad_config);
  tcase_add_test (tests, test_warns_of_lost_key);
  tcase_add_test (tests, test_warns_of_lost_rows);
  tcase_add_test (tests, test_flow_returns);
  tcase_add_test (tests, test_flow_return_of_drain);
  tcase_add_test (tests, test_restart);
  tcase_add_test (tests, test_round_trip);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csvenc", add_tests);
}
