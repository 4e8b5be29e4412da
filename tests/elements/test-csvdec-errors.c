/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec: what is wrong with a text, and what the error says of it. Each case
 * is a test of its own, in one piece and byte by byte. */

#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"

#define DECODE GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE
#define SETTINGS GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS

/* Pushes @text and EOS: an error must come, and only @frames before it. */
static ElementTest *
push_bad_text (GstElement *element, const void *text, gsize size, gsize chunk,
    const gchar *expected)
{
  ElementTest *test = element_test_new (element);
  g_autofree gchar *frames = NULL;
  GstFlowReturn flow;

  element_test_start_text (test);
  flow = element_test_push (test, text, size, chunk);
  if (flow == GST_FLOW_OK)
    element_test_push_eos (test);
  fail_unless_equals_int (
      gst_harness_push (test->harness, gst_buffer_new_memdup ("1\n", 2)),
      flow == GST_FLOW_OK ? GST_FLOW_EOS : GST_FLOW_ERROR);
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, expected);
  return test;
}

/* A text, the properties it is read with, the frames of the rows before the
 * error, and what the error says. */
#define BAD_TEXT(name, text, properties, frames, ...)                          \
  START_TEST (test_##name)                                                     \
  {                                                                            \
    static const gchar bytes[] = text;                                         \
    guint pass;                                                                \
    for (pass = 0; pass < 2; pass++) {                                         \
      gsize chunk = pass == 0 ? 1 : sizeof (bytes);                            \
      g_autoptr (ElementTest) test =                                           \
          push_bad_text (element_test_make ("csvdec", PROPERTIES properties),  \
              bytes, sizeof (bytes) - 1, chunk, frames);                       \
      element_test_assert_message (                                            \
          test, GST_MESSAGE_ERROR, DECODE, __VA_ARGS__, NULL);                 \
    }                                                                          \
  }                                                                            \
  END_TEST

#define PROPERTIES(...) __VA_ARGS__ NULL

BAD_TEXT (ragged_short, "a,b,c\n1,2,3\n4,5\n6,7,8\n", (), "0 -: 1 2 3\n",
    "line 3, data row 2", "found 2 cells, expected 3")
BAD_TEXT (ragged_long, "a,b\n1,2\n3,4\n5,6,7\n", (), "0 -: 1 2\n1 -: 3 4\n",
    "line 4, data row 3", "found 3 cells, expected 2")
BAD_TEXT (ragged_last_without_line_end, "a,b\n1,2\n3", (), "0 -: 1 2\n",
    "line 3, data row 2", "found 1 cells, expected 2")
BAD_TEXT (line_counts_blank_and_quoted_lines,
    "a,n\n\n1,\"x\ny\"\r\n\r\n  \r\n2\n", ("keep", "n", ), "0 -|x\ny: 1\n",
    "line 7, data row 2", "found 1 cells")
BAD_TEXT (word, "a,s3\n1,2\n3,high\n", (), "0 -: 1 2\n", "line 3, data row 2",
    "column 's3' (number 2)", "found 'high', expected a number")
BAD_TEXT (word_after_number, "a\n12 V\n", (), "", "line 2, data row 1",
    "column 'a'", "found '12 V'")
BAD_TEXT (empty_cell, "a,b\n1,\n", (), "", "line 2, data row 1", "column 'b'",
    "found an empty cell", "nan")
BAD_TEXT (decimal_comma, "a;b\n1;2,5\n", ("delimiter", ";", ), "", "column 'b'",
    "found '2,5'", "decimal point")
BAD_TEXT (decimal_comma_unquoted, "a,b\n1,2,5\n", (), "", "found 3 cells")
BAD_TEXT (thousands, "a\n\"1,000\"\n", (), "", "found '1,000'")
BAD_TEXT (hexadecimal, "a\n0x10\n", (), "", "found '0x10'")
BAD_TEXT (nan_payload, "a\nnan(7)\n", (), "", "found 'nan(7)'")
BAD_TEXT (sign_only, "a\n-\n", (), "", "found '-'")
BAD_TEXT (nul_in_number, "a\n1\0\n", (), "", "line 2", "column 'a'")
BAD_TEXT (beyond_double, "a\n1e999\n", (), "", "found '1e999'", "float64")
BAD_TEXT (control_characters, "a\n\x1b[31m\xff\n", (), "",
    "found ' [31m\xef\xbf\xbd'")
BAD_TEXT (long_cell_is_shortened,
    "a\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxyyyy\n", (), "",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'")
BAD_TEXT (no_header_word, "1,2\n3,x\n", ("header", "false", ), "0 -: 1 2\n",
    "line 2, data row 2", "column '2' (number 2)", "found 'x'")
BAD_TEXT (header_read_as_data, "a,b\n1,2\n", ("header", "false", ), "",
    "line 1, data row 1", "found 'a'")

BAD_TEXT (missing_columns, "id,cycle,s1,s2\n1,1,1,1\n",
    ("features", "s1,s3x,voltage", "keep", "cycel", ), "", "'s3x'", "'voltage'",
    "'cycel' (did you mean 'cycle'?)", "the header has 4: id, cycle, s1, s2")
BAD_TEXT (missing_key, "a,b\n1,2\n", ("key", "id", ), "", "'id'",
    "the header has 2: a, b")
BAD_TEXT (missing_number, "a,b\n1,2\n", ("features", "0,3", ), "", "'0'", "'3'")
BAD_TEXT (missing_without_header, "1,2\n",
    ("header", "false", "features", "a,3", ), "", "'a', '3'", "1 to 2",
    "header=true")
BAD_TEXT (wrong_delimiter, "a;b\n1;2\n", ("features", "a,b", ), "", "'a', 'b'",
    "the header has 1: a;b", "delimiter")
BAD_TEXT (duplicate_feature_columns, "a,b,a\n1,2,3\n", (), "", "line 1",
    "more than one column 'a'")
BAD_TEXT (duplicate_named_column, "a,b,a\n1,2,3\n", ("features", "a", ), "",
    "more than one column 'a'")
BAD_TEXT (duplicate_key_column, "k,k,a\n1,2,3\n", ("key", "k", ), "",
    "more than one column 'k'")
BAD_TEXT (feature_named_twice, "a,b\n1,2\n", ("features", "a,b,1", ), "",
    "features names column '1' twice")
BAD_TEXT (no_features_left, "k,t\n1,2\n", ("key", "k", "keep", "t", ), "",
    "no column is left for features", "2")

BAD_TEXT (empty, "", (), "", "empty", "expected a header and rows")
BAD_TEXT (empty_without_header, "\n\n", ("header", "false", ), "", "empty",
    "expected rows of numbers")
BAD_TEXT (byte_order_mark_only, "\xef\xbb\xbf", (), "", "empty")
BAD_TEXT (part_of_byte_order_mark, "\xef\xbb", (), "", "not UTF-8")
BAD_TEXT (utf16_little,
    "\xff\xfe"
    "a\0\n\0001\0\n\0",
    (), "", "UTF-16", "FF FE", "iconv")
BAD_TEXT (utf16_big, "\xfe\xff\0a\0\n\0001\0\n", (), "", "UTF-16", "FE FF")
BAD_TEXT (utf16_without_mark, "a\0,\0b\0\n\0", (), "", "line 1", "not UTF-8")
BAD_TEXT (utf16_mark_only, "\xff\xfe", (), "", "UTF-16")
BAD_TEXT (header_latin1, "a,m\xfc\n1,2\n", (), "", "column 2", "not UTF-8")
BAD_TEXT (key_latin1, "a,k\n1,x\n2,\xfc\n", ("key", "k", ), "0 x: 1\n",
    "line 3, data row 2", "column 'k'", "UTF-8")
BAD_TEXT (
    nul_in_kept, "a,t\n1,x\0y\n", ("keep", "t", ), "", "column 't'", "NUL")
BAD_TEXT (stray_quote, "a,b\n1,2\n3,4\"\n", (), "0 -: 1 2\n", "line 3", "quote")
BAD_TEXT (text_after_quote, "a,b\n\"1\"x,2\n", (), "", "line 2", "quote")
BAD_TEXT (unclosed_quote, "a,b\n1,2\n3,\"4\n5,6\n", (), "0 -: 1 2\n", "line 3",
    "never closed", "line 5")

START_TEST (test_header_only)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autoptr (GstCaps) caps = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "a,b\n");
  fail_unless (element_test_push_eos (test));
  element_test_assert_message (
      test, GST_MESSAGE_WARNING, DECODE, "a header and no rows", NULL);
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  fail_unless (caps != NULL);
  fail_unless (GST_PAD_IS_EOS (test->harness->sinkpad));
}
END_TEST

/* EOS goes on after an error at it, so that sinks end. */
START_TEST (test_empty_keeps_eos_back)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  element_test_start_text (test);
  fail_if (element_test_push_eos (test));
  fail_if (GST_PAD_IS_EOS (test->harness->sinkpad));
}
END_TEST

START_TEST (test_beyond_float)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  gst_harness_set_sink_caps_str (
      test->harness, "audio/x-raw,format=" GST_AUDIO_NE (F32));
  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, "a\n3.4e38\n3.5e38\n"), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE,
      "line 3, data row 2", "'3.5e38'", "float32", NULL);
}
END_TEST

/* A text of one character, repeated, after a header. */
static ElementTest *
push_repeated (const gchar *head, gchar c, gsize n, const gchar *tail)
{
  ElementTest *test =
      element_test_new (element_test_make ("csvdec", "keep", "t", NULL));
  g_autoptr (GString) text = g_string_new (head);
  gsize start = text->len;

  g_string_set_size (text, start + n);
  memset (text->str + start, c, n);
  g_string_append (text, tail);
  element_test_start_text (test);
  element_test_push_text (test, text->str);
  return test;
}

START_TEST (test_cell_at_limit)
{
  g_autoptr (ElementTest) test =
      push_repeated ("a,t\n1,", 'x', 1024 * 1024, "\n");

  element_test_assert_silent (test);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 1);
}
END_TEST

START_TEST (test_cell_beyond_limit)
{
  g_autoptr (ElementTest) test =
      push_repeated ("a,t\n1,", 'x', 1024 * 1024 + 1, "\n");

  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE, "line 2",
      "longer than 1048576 bytes", NULL);
}
END_TEST

/* A quote that never closes is noticed long before memory ends. */
START_TEST (test_endless_cell)
{
  g_autoptr (ElementTest) test =
      push_repeated ("a,t\n1,\"", '\n', 1200 * 1024, "");

  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE, "line 2",
      "longer than 1048576 bytes", "quote", NULL);
}
END_TEST

START_TEST (test_too_many_columns)
{
  g_autoptr (ElementTest) test = push_repeated ("t", ',', 65536, "\n");

  element_test_assert_message (
      test, GST_MESSAGE_ERROR, DECODE, "line 1", "65536 cells", NULL);
}
END_TEST

START_TEST (test_row_beyond_limit)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autofree gchar *cell = g_strnfill (1000 * 1000, 'x');
  GstFlowReturn flow = GST_FLOW_OK;
  guint i;

  element_test_start_text (test);
  for (i = 0; i < 20 && flow == GST_FLOW_OK; i++) {
    flow = element_test_push_text (test, cell);
    if (flow == GST_FLOW_OK)
      flow = element_test_push_text (test, ",");
  }
  fail_unless_equals_int (flow, GST_FLOW_ERROR);
  element_test_assert_message (
      test, GST_MESSAGE_ERROR, DECODE, "line 1", "16777216 bytes", NULL);
}
END_TEST

/* Settings that cannot work fail the state change, and stay to be read. */
static void
check_bad_setting (const gchar *name, const gchar *value, const gchar *part1,
    const gchar *part2)
{
  ElementTest test = { 0 };
  g_autofree gchar *kept = NULL;

  test.element = element_test_make ("csvdec", name, value, NULL);
  test.bus = gst_bus_new ();
  gst_element_set_bus (test.element, test.bus);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  element_test_assert_message (
      &test, GST_MESSAGE_ERROR, SETTINGS, part1, part2, NULL);
  g_object_get (test.element, name, &kept, NULL);
  fail_unless_equals_string (kept, value);
  gst_element_set_state (test.element, GST_STATE_NULL);
  g_object_set (test.element, name, NULL, "delimiter", ",", NULL);
  fail_unless_equals_int (
      gst_element_set_state (test.element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (test.element, GST_STATE_NULL);
  gst_element_set_bus (test.element, NULL);
  gst_object_unref (test.bus);
  gst_object_unref (test.element);
}

START_TEST (test_no_such_config)
{
  check_bad_setting (
      "config", "/no/such/turbofan.yaml", "/no/such/turbofan.yaml", "No such");
}
END_TEST

START_TEST (test_bad_config)
{
  gchar *path =
      element_test_write_file ("bad.yaml", "version: 1\nfeaturs: [a]\n");

  check_bad_setting ("config", path, "featurs", "features");
  element_test_remove_file (path);
}
END_TEST

START_TEST (test_long_delimiter)
{
  check_bad_setting ("delimiter", ";;", "';;'", "one ASCII character");
}
END_TEST

START_TEST (test_digit_delimiter)
{
  check_bad_setting ("delimiter", "1", "'1'", "no number");
}
END_TEST

START_TEST (test_quote_delimiter)
{
  check_bad_setting ("delimiter", "\"", "'\"'", "no quote");
}
END_TEST

START_TEST (test_bad_feature_list)
{
  check_bad_setting ("features", "a,\"b", "'a,\"b'", "never closed");
}
END_TEST

/* What runs keeps its settings, and says so. */
START_TEST (test_setting_while_running)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "key", "a", NULL));
  g_autofree gchar *key = NULL;

  g_object_set (test->element, "key", "b", NULL);
  element_test_assert_message (test, GST_MESSAGE_WARNING, SETTINGS, "key",
      "keeps its value", "READY", NULL);
  g_object_get (test->element, "key", &key, NULL);
  fail_unless_equals_string (key, "a");
}
END_TEST

START_TEST (test_not_negotiated)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  gst_harness_set_sink_caps_str (test->harness, "audio/x-raw,channels=25");
  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, "a,b\n1,2\n"), GST_FLOW_NOT_NEGOTIATED);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_CORE_ERROR,
      GST_CORE_ERROR_NEGOTIATION, "2 features", "takes 25", "features=", NULL);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_ragged_short);
  tcase_add_test (tests, test_ragged_long);
  tcase_add_test (tests, test_ragged_last_without_line_end);
  tcase_add_test (tests, test_line_counts_blank_and_quoted_lines);
  tcase_add_test (tests, test_word);
  tcase_add_test (tests, test_word_after_number);
  tcase_add_test (tests, test_empty_cell);
  tcase_add_test (tests, test_decimal_comma);
  tcase_add_test (tests, test_decimal_comma_unquoted);
  tcase_add_test (tests, test_thousands);
  tcase_add_test (tests, test_hexadecimal);
  tcase_add_test (tests, test_nan_payload);
  tcase_add_test (tests, test_sign_only);
  tcase_add_test (tests, test_nul_in_number);
  tcase_add_test (tests, test_beyond_double);
  tcase_add_test (tests, test_control_characters);
  tcase_add_test (tests, test_long_cell_is_shortened);
  tcase_add_test (tests, test_no_header_word);
  tcase_add_test (tests, test_header_read_as_data);
  tcase_add_test (tests, test_missing_columns);
  tcase_add_test (tests, test_missing_key);
  tcase_add_test (tests, test_missing_number);
  tcase_add_test (tests, test_missing_without_header);
  tcase_add_test (tests, test_wrong_delimiter);
  tcase_add_test (tests, test_duplicate_feature_columns);
  tcase_add_test (tests, test_duplicate_named_column);
  tcase_add_test (tests, test_duplicate_key_column);
  tcase_add_test (tests, test_feature_named_twice);
  tcase_add_test (tests, test_no_features_left);
  tcase_add_test (tests, test_empty);
  tcase_add_test (tests, test_empty_without_header);
  tcase_add_test (tests, test_byte_order_mark_only);
  tcase_add_test (tests, test_part_of_byte_order_mark);
  tcase_add_test (tests, test_utf16_little);
  tcase_add_test (tests, test_utf16_big);
  tcase_add_test (tests, test_utf16_without_mark);
  tcase_add_test (tests, test_utf16_mark_only);
  tcase_add_test (tests, test_header_latin1);
  tcase_add_test (tests, test_key_latin1);
  tcase_add_test (tests, test_nul_in_kept);
  tcase_add_test (tests, test_stray_quote);
  tcase_add_test (tests, test_text_after_quote);
  tcase_add_test (tests, test_unclosed_quote);
  tcase_add_test (tests, test_header_only);
  tcase_add_test (tests, test_empty_keeps_eos_back);
  tcase_add_test (tests, test_beyond_float);
  tcase_add_test (tests, test_cell_at_limit);
  tcase_add_test (tests, test_cell_beyond_limit);
  tcase_add_test (tests, test_endless_cell);
  tcase_add_test (tests, test_too_many_columns);
  tcase_add_test (tests, test_row_beyond_limit);
  tcase_add_test (tests, test_no_such_config);
  tcase_add_test (tests, test_bad_config);
  tcase_add_test (tests, test_long_delimiter);
  tcase_add_test (tests, test_digit_delimiter);
  tcase_add_test (tests, test_quote_delimiter);
  tcase_add_test (tests, test_bad_feature_list);
  tcase_add_test (tests, test_setting_while_running);
  tcase_add_test (tests, test_not_negotiated);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csvdec-errors", add_tests);
}
