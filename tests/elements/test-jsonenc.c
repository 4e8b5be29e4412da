/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* jsonenc: what it writes, and that json-glib and jsondec read it. */

#include <gst/lstm/lstm.h>
#include <json-glib/json-glib.h>
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
      test->harness, gst_lstm_audio_caps_new (format, channels, 4));
  return test;
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

static GstBuffer *
new_buffer (const void *data, gsize size, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, size);

  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

static void
assert_text (ElementTest *test, const gchar *expected)
{
  g_autofree gchar *text = element_test_pull_text (test);

  fail_unless_equals_string (text, expected);
  element_test_assert_silent (test);
}

static const gdouble some[] = { 1, -0.5, 1e-300, 0.1 };

/* By the rate, as the buffer does not say how long it lasts. */
START_TEST (test_f64)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 2);

  gst_harness_push (test->harness, new_buffer (some, sizeof (some), 500000001));
  assert_text (test, "{\"time\":0.500000001,\"out_1\":1,\"out_2\":-0.5}\n"
                     "{\"time\":0.750000001,\"out_1\":1e-300,\"out_2\":0."
                     "10000000000000001}\n");
}
END_TEST

START_TEST (test_f32)
{
  const gfloat values[] = { 0.1f, 1e-45f };
  GstBuffer *buffer = new_buffer (values, sizeof (values), 60 * GST_SECOND);
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", "names", "x", NULL),
          GST_AUDIO_FORMAT_F32, 1);

  GST_BUFFER_DURATION (buffer) = 2 * GST_MSECOND;
  gst_harness_push (test->harness, buffer);
  assert_text (test, "{\"time\":60,\"x\":0.100000001}\n"
                     "{\"time\":60.001,\"x\":1.40129846e-45}\n");
}
END_TEST

START_TEST (test_no_time)
{
  g_autoptr (ElementTest) test = new_test (
      element_test_make ("jsonenc", "time", "", NULL), GST_AUDIO_FORMAT_F64, 4);
  g_autoptr (ElementTest) unknown =
      new_test (element_test_make ("jsonenc", "time", "t", NULL),
          GST_AUDIO_FORMAT_F64, 4);

  element_test_push_buffer (test, some, sizeof (some));
  assert_text (test, "{\"out_1\":1,\"out_2\":-0.5,\"out_3\":1e-300,\"out_4\":"
                     "0.10000000000000001}\n");
  element_test_push_buffer (unknown, some, sizeof (some));
  assert_text (unknown, "{\"t\":null,\"out_1\":1,\"out_2\":-0.5,\"out_3\":"
                        "1e-300,\"out_4\":0.10000000000000001}\n");
}
END_TEST

/* A kept column of that name stands for the time, unless time= is set. */
START_TEST (test_time_gives_way)
{
  const gchar *const cells[] = { "12:30" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (1, 1, cells);
  guint pass;

  for (pass = 0; pass < 2; pass++) {
    g_autoptr (ElementTest) test =
        new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 1);
    GstBuffer *buffer = new_buffer (some, sizeof (gdouble), 0);

    if (pass == 1) {
      gst_element_set_state (test->element, GST_STATE_NULL);
      g_object_set (test->element, "time", "time", NULL);
      gst_element_set_state (test->element, GST_STATE_PLAYING);
      gst_harness_set_src_caps (
          test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 2));
    }
    push_layout (test, "p", NULL, "time");
    gst_buffer_add_lstm_rows (buffer, rows);
    fail_unless_equals_int (gst_harness_push (test->harness, buffer),
        pass == 0 ? GST_FLOW_OK : GST_FLOW_ERROR);
    if (pass == 0)
      assert_text (test, "{\"time\":\"12:30\",\"p\":1}\n");
    else
      element_test_assert_message (test, GST_MESSAGE_ERROR, FORMAT_ERROR,
          "Two columns are named 'time'", "set names= or time=", NULL);
  }
}
END_TEST

START_TEST (test_same_names)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", "names", "a,b,a,c", NULL),
          GST_AUDIO_FORMAT_F64, 4);

  fail_unless_equals_int (
      element_test_push_buffer (test, some, sizeof (some)), GST_FLOW_ERROR);
  element_test_assert_message (
      test, GST_MESSAGE_ERROR, FORMAT_ERROR, "Two columns are named 'a'", NULL);
}
END_TEST

typedef struct {
  const gchar *how;
  const gchar *text;
} NonFinite;

static const NonFinite non_finites[] = {
  { "null", "{\"a\":null,\"b\":null,\"c\":null,\"d\":0}\n" },
  { "string",
      "{\"a\":\"NaN\",\"b\":\"Infinity\",\"c\":\"-Infinity\",\"d\":0}\n" },
  { "literal", "{\"a\":NaN,\"b\":Infinity,\"c\":-Infinity,\"d\":0}\n" },
};

START_TEST (test_non_finite)
{
  const gdouble values[] = { -(gdouble) NAN, INFINITY, -INFINITY, 0 };
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", "names", "a,b,c,d", "time", "",
                    "non-finite", non_finites[_i].how, NULL),
          GST_AUDIO_FORMAT_F64, 4);

  element_test_push_buffer (test, values, sizeof (values));
  assert_text (test, non_finites[_i].text);
}
END_TEST

START_TEST (test_comma_locale)
{
  g_autoptr (ElementTest) test = NULL;

  fail_unless (element_test_use_comma_locale ());
  test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 2);
  gst_harness_push (
      test->harness, new_buffer (some, 2 * sizeof (gdouble), 1500000000));
  assert_text (test, "{\"time\":1.5,\"out_1\":1,\"out_2\":-0.5}\n");
  element_test_leave_locale ();
}
END_TEST

/* Nothing is written of a stream without frames. */
START_TEST (test_empty)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 2);

  push_layout (test, "p,q", "id", "cycle");
  fail_unless (element_test_push_eos (test));
  assert_text (test, "");
}
END_TEST

/* All that a string can hold comes back, read by another reader. */
START_TEST (test_strings)
{
  const gchar *const cells[] = { "\"\\/\b\f\n\r\t\x01\x1f\x7f",
    "\xc3\xa4\xf0\x9f\x8e\xb5", "", "\xff\xc3" };
  const gchar *const expected[] = { cells[0], cells[1], "",
    "\xef\xbf\xbd\xef\xbf\xbd" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (1, 4, cells);
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  GstBuffer *buffer = new_buffer (some, sizeof (gdouble), 0);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *text = NULL;
  JsonObject *object;
  guint i;

  push_layout (test, "p \"\n", "k\\", "a,b,c,d");
  gst_buffer_add_lstm_rows (buffer, rows);
  gst_buffer_add_lstm_key (buffer, cells[1], 1);
  gst_harness_push (test->harness, buffer);
  text = element_test_pull_text (test);
  fail_unless (json_parser_load_from_data (parser, text, -1, NULL), "%s", text);
  object = json_node_get_object (json_parser_get_root (parser));
  for (i = 0; i < 4; i++) {
    const gchar name[] = { (gchar) ('a' + (gint) i), '\0' };

    fail_unless_equals_string (
        json_object_get_string_member (object, name), expected[i]);
  }
  fail_unless_equals_string (
      json_object_get_string_member (object, "k\\"), cells[1]);
  fail_unless (json_object_get_double_member (object, "p \"\n") == 1.0);
  fail_unless_equals_int ((gint) json_object_get_size (object), 7);
}
END_TEST

/* No key is no string, and neither is kept text that was taken away. */
START_TEST (test_unknown)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 1);
  g_autofree gchar *text = NULL;

  push_layout (test, "p", "id", "cycle");
  gst_harness_push (test->harness, new_buffer (some, sizeof (gdouble), 0));
  element_test_assert_message (test, GST_MESSAGE_WARNING, FORMAT_ERROR,
      "Kept columns are left empty", NULL);
  text = element_test_pull_text (test);
  fail_unless_equals_string (
      text, "{\"time\":0,\"id\":null,\"cycle\":null,\"p\":1}\n");
}
END_TEST

START_TEST (test_wide)
{
  const guint n = 3000;
  g_autofree gdouble *frame = g_new0 (gdouble, n);
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, n);
  g_autofree gchar *text = NULL;

  frame[n - 1] = 7;
  gst_harness_push (test->harness, new_buffer (frame, n * sizeof (gdouble), 0));
  text = element_test_pull_text (test);
  fail_unless (g_str_has_suffix (text, ",\"out_2999\":0,\"out_3000\":7}\n"));
}
END_TEST

START_TEST (test_restart)
{
  g_autoptr (ElementTest) test =
      new_test (element_test_make ("jsonenc", NULL), GST_AUDIO_FORMAT_F64, 1);

  gst_harness_push (test->harness, new_buffer (some, sizeof (gdouble), 0));
  assert_text (test, "{\"time\":0,\"out_1\":1}\n");
  gst_element_set_state (test->element, GST_STATE_NULL);
  gst_element_set_state (test->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 2, 1));
  gst_harness_push (test->harness, new_buffer (some, 2 * sizeof (gdouble), 0));
  assert_text (test, "{\"time\":0,\"out_1\":1,\"out_2\":-0.5}\n");
}
END_TEST

/* Every bit of numbers and times comes back through jsondec. */
START_TEST (test_back_again)
{
  const gdouble values[] = { 0.1, (gdouble) NAN, 5e-324, 1.7976931348623157e308,
    -0.0, 1.0 / 3.0, 4503599627370497.5, -INFINITY };
  g_autoptr (ElementTest) enc =
      new_test (element_test_make ("jsonenc", "non-finite", "literal", NULL),
          GST_AUDIO_FORMAT_F64, 4);
  g_autoptr (ElementTest) dec =
      element_test_new (element_test_make ("jsondec", "time", "time", NULL));
  g_autofree gchar *text = NULL;
  guint i;

  gst_harness_push (
      enc->harness, new_buffer (values, sizeof (values), 123456789012345678));
  text = element_test_pull_text (enc);
  element_test_start_text (dec);
  element_test_push_text (dec, text);
  element_test_push_eos (dec);
  for (i = 0; i < 2; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (dec->harness);

    fail_unless_equals_uint64 (
        GST_BUFFER_PTS (buffer), 123456789012345678 + i * GST_SECOND / 4);
    fail_unless_equals_int ((gint) gst_buffer_get_size (buffer), 32);
    fail_unless (gst_buffer_memcmp (buffer, 0, values + 4 * i, 32) == 0);
  }
  element_test_assert_silent (dec);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_f64);
  tcase_add_test (tests, test_f32);
  tcase_add_test (tests, test_no_time);
  tcase_add_test (tests, test_time_gives_way);
  tcase_add_test (tests, test_same_names);
  tcase_add_loop_test (tests, test_non_finite, 0, G_N_ELEMENTS (non_finites));
  tcase_add_test (tests, test_comma_locale);
  tcase_add_test (tests, test_empty);
  tcase_add_test (tests, test_strings);
  tcase_add_test (tests, test_unknown);
  tcase_add_test (tests, test_wide);
  tcase_add_test (tests, test_restart);
  tcase_add_test (tests, test_back_again);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "jsonenc", add_tests);
}
