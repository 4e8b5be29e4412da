/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* jsondec: what it reads, however the bytes are cut; what is wrong with a text;
 * and damaged lines beside json-glib. */

#include <json-glib/json-glib.h>
#include <string.h>

#include "element-test.h"

#define DECODE GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE

/* The frames of a text that is good, in pieces of @chunk bytes. */
static gchar *
read_text (GstElement *element, const gchar *text, gsize size, gsize chunk)
{
  g_autoptr (ElementTest) test = element_test_new (element);
  gchar *frames;

  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push (test, text, size, chunk), GST_FLOW_OK);
  fail_unless (element_test_push_eos (test));
  frames = element_test_pull_frames (test, 1, 1);
  element_test_assert_silent (test);
  return frames;
}

#define PROPERTIES(...) __VA_ARGS__ NULL

/* A text, the properties it is read with, and its frames. */
#define GOOD_TEXT(name, text, properties, expected)                            \
  START_TEST (test_##name)                                                     \
  {                                                                            \
    static const gchar bytes[] = text;                                         \
    static const gsize chunks[] = { 1, 7, sizeof (bytes) };                    \
    guint i;                                                                   \
    for (i = 0; i < G_N_ELEMENTS (chunks); i++) {                              \
      g_autofree gchar *frames =                                               \
          read_text (element_test_make ("jsondec", PROPERTIES properties),     \
              bytes, sizeof (bytes) - 1, chunks[i]);                           \
      fail_unless_equals_string (frames, expected);                            \
    }                                                                          \
  }                                                                            \
  END_TEST

GOOD_TEXT (plain, "{\"a\":1,\"b\":-2.5e3}\n{\"a\":3,\"b\":0}\n", (),
    "0 -: 1 -2500\n1 -: 3 0\n")
GOOD_TEXT (any_order,
    "{\"a\":1,\"b\":2}\n{\"b\":4,\"a\":3}\n{\"b\":6,\"x\":[],\"a\":5}\n", (),
    "0 -: 1 2\n1 -: 3 4\n2 -: 5 6\n")
GOOD_TEXT (chosen,
    "{\"t\":7,\"id\":\"p\",\"n\":\"x\",\"a\":1,\"b\":2}\n"
    "{\"b\":4,\"id\":\"q\",\"n\":\"y\",\"a\":3}\n",
    ("features", "b,a", "key", "id", "keep", "n", ), "0 p|x: 2 1\n1 q|y: 4 3\n")
GOOD_TEXT (blanks,
    " \t{ \"a\" :\t1 , \"b\" : 2 } \r\n\r\n  \n{\"a\":3,\"b\":4}", (),
    "0 -: 1 2\n1 -: 3 4\n")
GOOD_TEXT (byte_order_mark, "\xef\xbb\xbf{\"a\":1}\n", (), "0 -: 1\n")
GOOD_TEXT (numbers_in_strings, "{\"a\":\"1.5\"}\n{\"a\":\" -2 \"}\n", (),
    "0 -: 1.5\n1 -: -2\n")
GOOD_TEXT (no_numbers,
    "{\"a\":null,\"b\":NaN,\"c\":-Infinity,\"d\":\"Infinity\"}\n", (),
    "0 -: nan nan -inf inf\n")
/* A key of twenty digits, or true, is as it is written. */
GOOD_TEXT (keys_as_written,
    "{\"id\":12345678901234567890,\"a\":1}\n{\"id\":true,\"a\":2}\n"
    "{\"id\":1.0,\"a\":3}\n",
    ("key", "id", ), "0 12345678901234567890: 1\n1 true: 2\n2 1.0: 3\n")
GOOD_TEXT (kept_as_written,
    "{\"n\":{\"x\": [1, \"}\"]},\"a\":1}\n{\"n\":null,\"a\":2}\n{\"a\":3}\n"
    "{\"n\":\"\",\"a\":4}\n",
    ("keep", "n", ), "0 -|{\"x\": [1, \"}\"]}: 1\n1 -|: 2\n2 -|: 3\n3 -|: 4\n")
GOOD_TEXT (escapes,
    "{\"n\":\"\\\"\\\\\\/"
    "\\b\\f\\n\\r\\t\\u00e4\\ud83c\\udfb5\",\"\\u0061\":1}\n",
    ("keep", "n", "features", "a", ),
    "0 -|\"\\/\b\f\n\r\t\xc3\xa4\xf0\x9f\x8e\xb5: 1\n")
GOOD_TEXT (skipped_rows, "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":3}\n",
    ("skip-rows", "2", ), "2 -: 3\n")
/* Columns are called by names; a member may be named like a number. */
GOOD_TEXT (
    number_as_name, "{\"2\":1,\"b\":2}\n", ("features", "2", ), "0 -: 1\n")

/* Pushes @text and EOS: an error must come, and only @expected before it. */
static ElementTest *
push_bad_text (GstElement *element, const void *text, gsize size, gsize chunk,
    const gchar *expected)
{
  ElementTest *test = element_test_new (element);
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  if (element_test_push (test, text, size, chunk) == GST_FLOW_OK)
    element_test_push_eos (test);
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, expected);
  return test;
}

#define BAD_TEXT(name, text, properties, frames, ...)                          \
  START_TEST (test_##name)                                                     \
  {                                                                            \
    static const gchar bytes[] = text;                                         \
    guint pass;                                                                \
    for (pass = 0; pass < 2; pass++) {                                         \
      gsize chunk = pass == 0 ? 1 : sizeof (bytes);                            \
      g_autoptr (ElementTest) test =                                           \
          push_bad_text (element_test_make ("jsondec", PROPERTIES properties), \
              bytes, sizeof (bytes) - 1, chunk, frames);                       \
      element_test_assert_message (                                            \
          test, GST_MESSAGE_ERROR, DECODE, __VA_ARGS__, NULL);                 \
    }                                                                          \
  }                                                                            \
  END_TEST

BAD_TEXT (empty, "", (), "", "JSON is empty", "expected objects, one a line")
BAD_TEXT (blank_only, "\n \n", (), "", "JSON is empty")
BAD_TEXT (list, "[{\"a\":1}]\n", (), "", "line 1, byte 1", "found '[{",
    "expected '{': one object a line", "jq -c")
BAD_TEXT (csv, "a,b\n1,2\n", (), "", "line 1, byte 1", "found 'a,b'")
BAD_TEXT (pretty, "{\n  \"a\": 1\n}\n", (), "", "line 1, byte 2",
    "found the end of the line", "expected a string in double quotes")
BAD_TEXT (cut_short, "{\"a\":1}\n{\"a\":", (), "0 -: 1\n", "line 2, byte 6",
    "found the end of the line", "expected a value")
BAD_TEXT (two_objects, "{\"a\":1}{\"a\":2}\n", (), "", "line 1, byte 8",
    "expected the end of the line after the object")
BAD_TEXT (trailing_comma, "{\"a\":1,}\n", (), "", "byte 8", "found '}'")
BAD_TEXT (no_colon, "{\"a\" 1}\n", (), "", "byte 6", "expected ':'")
BAD_TEXT (
    no_comma, "{\"a\":1 \"b\":2}\n", (), "", "byte 8", "expected ',' or '}'")
BAD_TEXT (single_quotes, "{'a':1}\n", (), "", "byte 2", "double quotes")
BAD_TEXT (comment, "{\"a\":1} // x\n", (), "", "byte 9", "end of the line")
BAD_TEXT (leading_zero, "{\"a\":01}\n", (), "", "byte 7", "found '1}'")
BAD_TEXT (no_digits, "{\"a\":-}\n", (), "", "byte 7", "expected a digit")
BAD_TEXT (no_fraction, "{\"a\":1.}\n", (), "", "byte 8", "expected a digit")
BAD_TEXT (no_exponent, "{\"a\":1e+}\n", (), "", "byte 9", "expected a digit")
BAD_TEXT (plus, "{\"a\":+1}\n", (), "", "byte 6", "expected a value")
BAD_TEXT (word, "{\"a\":none}\n", (), "", "byte 6", "found 'none}'")
BAD_TEXT (open_string, "{\"a\":\"x}\n", (), "", "expected a double quote")
BAD_TEXT (
    bad_escape, "{\"a\":\"\\x\"}\n", (), "", "byte 8", "after a backslash")
BAD_TEXT (bad_unicode, "{\"a\":\"\\u12g4\"}\n", (), "", "hexadecimal digits")
BAD_TEXT (half_pair, "{\"a\":\"\\ud83c\"}\n", (), "", "surrogate pair")
BAD_TEXT (second_half, "{\"a\":\"\\udfb5\"}\n", (), "", "surrogate pair")
BAD_TEXT (nul_escape, "{\"a\":\"\\u0000\"}\n", (), "", "NUL")
BAD_TEXT (nul_byte, "{\"a\":\"\0\"}\n", (), "", "line 1", "UTF-8")
BAD_TEXT (control, "{\"a\":\"\x01\"}\n", (), "", "control characters")
BAD_TEXT (latin1, "{\"a\":1}\n{\"a\":\"\xe4\"}\n", (), "0 -: 1\n",
    "line 2, byte 7", "UTF-8", "iconv")
BAD_TEXT (name_twice, "{\"a\":1,\"b\":2,\"a\":3}\n", (), "", "byte 14",
    "each name once")
BAD_TEXT (name_twice_later, "{\"a\":1}\n{\"a\":2,\"a\":3}\n", (), "0 -: 1\n",
    "line 2, byte 8", "each name once")
BAD_TEXT (no_members, "{}\n", (), "", "no member is left for features")
BAD_TEXT (missing, "{\"a\":1,\"b\":2}\n{\"a\":3}\n", (), "0 -: 1 2\n",
    "line 2, data row 2, member 'b': found none, expected a number")
BAD_TEXT (missing_key, "{\"k\":\"x\",\"a\":1}\n{\"a\":2}\n", ("key", "k", ),
    "0 x: 1\n", "line 2", "member 'k': found none, expected the key")
BAD_TEXT (null_key, "{\"k\":null,\"a\":1}\n", ("key", "k", ), "",
    "member 'k': found null, expected the key")
BAD_TEXT (null_time, "{\"t\":null,\"a\":1}\n", ("time", "t", ), "",
    "member 't': found null, expected a time")
BAD_TEXT (missing_time, "{\"t\":1,\"a\":1}\n{\"a\":1}\n",
    ("time", "t", "skip-rows", "1", ), "", "line 2, data row 2",
    "member 't': found none, expected a time")
BAD_TEXT (text_feature, "{\"a\":\"high\"}\n", (), "",
    "member 'a': found 'high', expected a number")
BAD_TEXT (true_feature, "{\"a\":true}\n", (), "", "found 'true'")
BAD_TEXT (list_feature, "{\"a\":[1,2]}\n", (), "", "found '[1,2]'")
BAD_TEXT (beyond_double, "{\"a\":1e999}\n", (), "", "found '1e999'", "float64")
BAD_TEXT (no_such_members, "{\"s1\":1,\"cycle\":2}\n",
    ("features", "s1,voltage,1", "keep", "cycel", ), "", "no such members",
    "'voltage'", "'1'", "'cycel' (did you mean 'cycle'?)",
    "the first object has 2: s1, cycle")

/* As deep as is read, and one deeper; beyond, no stack is used up. */
START_TEST (test_depth)
{
  static const guint depths[] = { 63, 64, 1000000 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (depths); i++) {
    GString *text = g_string_new ("{\"a\":1,\"n\":");
    g_autoptr (ElementTest) test =
        element_test_new (element_test_make ("jsondec", "features", "a", NULL));
    guint j;

    for (j = 0; j < depths[i]; j++)
      g_string_append_c (text, '[');
    for (j = 0; j < depths[i]; j++)
      g_string_append_c (text, ']');
    g_string_append (text, "}\n");
    element_test_start_text (test);
    fail_unless_equals_int (element_test_push_text (test, text->str),
        i == 0 ? GST_FLOW_OK : GST_FLOW_ERROR);
    if (i > 0)
      element_test_assert_message (
          test, GST_MESSAGE_ERROR, DECODE, "at most 64 objects", NULL);
    g_string_free (text, TRUE);
  }
}
END_TEST

START_TEST (test_line_beyond_limit)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("jsondec", NULL));
  const gsize size = 1024 * 1024;
  g_autofree gchar *blanks = g_malloc (size);
  guint i;

  memset (blanks, ' ', size);
  element_test_start_text (test);
  for (i = 0; i < 16; i++)
    fail_unless_equals_int (
        element_test_push_buffer (test, blanks, size), GST_FLOW_OK);
  fail_unless_equals_int (
      element_test_push_buffer (test, blanks, 1), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE, "line 1",
      "longer than 16777216 bytes", NULL);
}
END_TEST

START_TEST (test_members_beyond_limit)
{
  GString *text = g_string_new ("{\"0\":0");
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("jsondec", NULL));
  guint i;

  for (i = 1; i <= 65536; i++)
    g_string_append_printf (text, ",\"%u\":0", i);
  g_string_append (text, "}\n");
  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, text->str), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE, "line 1",
      "65536 members in the first object at most", NULL);
  g_string_free (text, TRUE);
}
END_TEST

/* Bytes that upstream lost: the broken lines are left out, not put together. */
START_TEST (test_lost_bytes)
{
  static const gchar rest[] = "9}\n{\"a\":3}\n";
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("jsondec", NULL));
  GstBuffer *buffer = gst_buffer_new_memdup (rest, sizeof (rest) - 1);
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "{\"a\":1}\n{\"a\":");
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  element_test_assert_message (
      test, GST_MESSAGE_WARNING, DECODE, "Line 2: bytes are missing", NULL);
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, "0 -: 1\n1 -: 3\n");
}
END_TEST

/* Two texts, each with members of its own. */
START_TEST (test_new_stream)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("jsondec", NULL));
  g_autofree gchar *before = NULL, *after = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "{\"a\":1}\n{\"a\":2}");
  element_test_start_text (test);
  before = element_test_pull_frames (test, 1, 1);
  element_test_push_text (test, "{\"b\":3,\"c\":4}\n");
  after = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (before, "0 -: 1\n1 -: 2\n");
  fail_unless_equals_string (after, "0 -: 3 4\n");
  element_test_assert_silent (test);
}
END_TEST

/* What a text gives, however bad it is. */
static gchar *
read_any_text (const gchar *text, gsize size, gsize chunk, gboolean *good)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("jsondec", "features", "a", NULL));
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  element_test_push (test, text, size, chunk);
  element_test_push_eos (test);
  frames = element_test_pull_frames (test, 1, 1);
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ERROR);
  if (message != NULL)
    gst_message_parse_error (message, &error, NULL);
  element_test_assert_silent (test);
  *good = error == NULL;
  return g_strdup_printf (
      "%s%s", frames, error != NULL ? error->message : "no error");
}

/* A damaged line is the same however it is cut; and what is taken json-glib
 * takes too, which is the laxer one. */
START_TEST (test_mutations)
{
  static const gchar base[] =
      "{\"a\": -12.5e-3, \"n\": \"x\\u00e4\\n\", \"m\": [true, {\"k\": null}]}";
  static const gchar bytes[] = "\",:{}[]\\u01.e-+ \0\xff"
                               "aN";
  guint32 seed = (guint32) _i + 1;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint i;

  for (i = 0; i < 60; i++) {
    g_autofree gchar *whole = NULL, *single = NULL;
    gsize size = sizeof (base) - 1;
    gchar text[sizeof (base)];
    gint n_changes = g_rand_int_range (random, 1, 4);
    gboolean good;

    memcpy (text, base, sizeof (base));
    while (n_changes-- > 0)
      text[g_rand_int_range (random, 0, (gint32) size)] =
          bytes[g_rand_int_range (random, 0, sizeof (bytes) - 1)];
    whole = read_any_text (text, size, G_MAXSIZE, &good);
    single = read_any_text (text, size, 1, &good);
    fail_unless_equals_string (single, whole);
    if (good && strstr (text, "NaN") == NULL) {
      g_autoptr (JsonParser) parser = json_parser_new ();

      fail_unless (
          json_parser_load_from_data (parser, text, (gssize) size, NULL), "%s",
          text);
    }
  }
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_plain);
  tcase_add_test (tests, test_any_order);
  tcase_add_test (tests, test_chosen);
  tcase_add_test (tests, test_blanks);
  tcase_add_test (tests, test_byte_order_mark);
  tcase_add_test (tests, test_numbers_in_strings);
  tcase_add_test (tests, test_no_numbers);
  tcase_add_test (tests, test_keys_as_written);
  tcase_add_test (tests, test_kept_as_written);
  tcase_add_test (tests, test_escapes);
  tcase_add_test (tests, test_skipped_rows);
  tcase_add_test (tests, test_number_as_name);
  tcase_add_test (tests, test_empty);
  tcase_add_test (tests, test_blank_only);
  tcase_add_test (tests, test_list);
  tcase_add_test (tests, test_csv);
  tcase_add_test (tests, test_pretty);
  tcase_add_test (tests, test_cut_short);
  tcase_add_test (tests, test_two_objects);
  tcase_add_test (tests, test_trailing_comma);
  tcase_add_test (tests, test_no_colon);
  tcase_add_test (tests, test_no_comma);
  tcase_add_test (tests, test_single_quotes);
  tcase_add_test (tests, test_comment);
  tcase_add_test (tests, test_leading_zero);
  tcase_add_test (tests, test_no_digits);
  tcase_add_test (tests, test_no_fraction);
  tcase_add_test (tests, test_no_exponent);
  tcase_add_test (tests, test_plus);
  tcase_add_test (tests, test_word);
  tcase_add_test (tests, test_open_string);
  tcase_add_test (tests, test_bad_escape);
  tcase_add_test (tests, test_bad_unicode);
  tcase_add_test (tests, test_half_pair);
  tcase_add_test (tests, test_second_half);
  tcase_add_test (tests, test_nul_escape);
  tcase_add_test (tests, test_nul_byte);
  tcase_add_test (tests, test_control);
  tcase_add_test (tests, test_latin1);
  tcase_add_test (tests, test_name_twice);
  tcase_add_test (tests, test_name_twice_later);
  tcase_add_test (tests, test_no_members);
  tcase_add_test (tests, test_missing);
  tcase_add_test (tests, test_missing_key);
  tcase_add_test (tests, test_null_key);
  tcase_add_test (tests, test_null_time);
  tcase_add_test (tests, test_missing_time);
  tcase_add_test (tests, test_text_feature);
  tcase_add_test (tests, test_true_feature);
  tcase_add_test (tests, test_list_feature);
  tcase_add_test (tests, test_beyond_double);
  tcase_add_test (tests, test_no_such_members);
  tcase_add_test (tests, test_depth);
  tcase_add_test (tests, test_line_beyond_limit);
  tcase_add_test (tests, test_members_beyond_limit);
  tcase_add_test (tests, test_lost_bytes);
  tcase_add_test (tests, test_new_stream);
  tcase_add_loop_test (tests, test_mutations, 0, 20);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "jsondec", add_tests);
}
