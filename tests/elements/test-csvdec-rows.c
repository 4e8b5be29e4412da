/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec: rows that are skipped, and times that a column tells. */

#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"

#define DECODE GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE

/* ---- skip-rows ---- */

static ElementTest *
push_all (GstElement *element, const gchar *text, gsize chunk)
{
  ElementTest *test = element_test_new (element);

  element_test_start_text (test);
  element_test_push (test, text, strlen (text), chunk);
  element_test_push_eos (test);
  return test;
}

static void
assert_frames (ElementTest *test, const gchar *expected)
{
  g_autofree gchar *frames = element_test_pull_frames (test, 3, 1);

  fail_unless_equals_string (frames, expected);
}

typedef struct {
  const gchar *header;
  const gchar *skip;
  const gchar *text;
  const gchar *frames;
} Skip;

/* Numbers, times, keys and kept text are those of a run from the start. What is
 * skipped may hold what no row may that is read. */
static const Skip skips[] = {
  { "true", "0", "k,a,t\nx,1,p\ny,2,q\n", "0 x|p: 1\n1 y|q: 2\n" },
  { "true", "1", "k,a,t\nx,1,p\ny,2,q\ny,3,r\n", "1 y|q: 2\n2 y|r: 3\n" },
  { "true", "2", "k,a,t\nx,1,p\ny,2,q\ny,3,r", "2 y|r: 3\n" },
  { "true", "2", "\nk,a,t\n\nx,1,p\n\n  \ny,2,q\n\n\ny,3,r\n", "2 y|r: 3\n" },
  { "true", "2", "k,a,t\nx,,\ny,2\ny,3,r\n", "2 y|r: 3\n" },
  { "true", "1", "k,a,t\nx,\"1\n\n\",p\ny,2,q\n", "1 y|q: 2\n" },
  { "false", "1", "x,1,p\ny,2,q\ny,3,r\n", "1 y|q: 2\n2 y|r: 3\n" },
  { "false", "1", "k,a,t\ny,2,q\ny,3,r\n", "1 y|q: 2\n2 y|r: 3\n" },
};

START_TEST (test_skip)
{
  const Skip *skip = &skips[_i];
  gsize chunk;

  for (chunk = 1; chunk <= strlen (skip->text); chunk++) {
    g_autoptr (ElementTest) test = push_all (
        element_test_make ("csvdec", "rate", "3/1", "key", "1", "keep", "3",
            "header", skip->header, "skip-rows", skip->skip, NULL),
        skip->text, chunk);

    assert_frames (test, skip->frames);
    element_test_assert_silent (test);
  }
}
END_TEST

/* The bytes of an unbroken run's buffers, from the row on. */
START_TEST (test_skipped_run_equals_the_rest)
{
  g_autoptr (GString) text = g_string_new ("a\n");
  g_autoptr (ElementTest) whole = NULL;
  g_autofree gchar *all = NULL;
  guint i;

  for (i = 0; i < 300; i++)
    g_string_append_printf (text, "%u\n", 7 * i);
  whole = push_all (
      element_test_make ("csvdec", "rate", "3/1", NULL), text->str, 100);
  all = element_test_pull_frames (whole, 3, 1);
  for (i = 1; i < 300; i += 23) {
    g_autofree gchar *skip = g_strdup_printf ("%u", i);
    g_autofree gchar *first = g_strdup_printf ("\n%u -:", i);
    g_autoptr (ElementTest) test = push_all (
        element_test_make ("csvdec", "rate", "3/1", "skip-rows", skip, NULL),
        text->str, 100);

    assert_frames (test, strstr (all, first) + 1);
  }
}
END_TEST

/* A clock that starts with the run does not wait for what was skipped. */
START_TEST (test_segment_starts_after_skipped_rows)
{
  g_autoptr (ElementTest) test = push_all (
      element_test_make ("csvdec", "rate", "2/1", "skip-rows", "3", NULL),
      "a\n1\n2\n3\n4\n", 100);
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (test->harness->sinkpad, GST_EVENT_SEGMENT, 0);
  g_autoptr (GstBuffer) buffer = gst_harness_pull (test->harness);
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), 3 * GST_SECOND / 2);
  fail_unless_equals_uint64 (segment->start, GST_BUFFER_PTS (buffer));
  fail_unless_equals_uint64 (segment->time, GST_BUFFER_PTS (buffer));
  fail_unless (GST_BUFFER_IS_DISCONT (buffer));
}
END_TEST

static const gchar *const too_many[] = { "3", "4", "9223372036854775807" };

START_TEST (test_more_skipped_than_there_are)
{
  g_autofree gchar *value = g_strdup_printf ("skip-rows=%s", too_many[_i]);
  g_autoptr (ElementTest) test =
      push_all (element_test_make ("csvdec", "skip-rows", too_many[_i], NULL),
          "a\n1\n2\n3\n", 1);

  element_test_assert_message (test, GST_MESSAGE_WARNING, DECODE,
      "3 rows of data", value, "nothing to process", NULL);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 0);
  fail_unless (GST_PAD_IS_EOS (test->harness->sinkpad));
}
END_TEST

START_TEST (test_skip_and_only_a_header)
{
  g_autoptr (ElementTest) test = push_all (
      element_test_make ("csvdec", "skip-rows", "2", NULL), "a\n", 100);

  element_test_assert_message (
      test, GST_MESSAGE_WARNING, DECODE, "a header and no rows", NULL);
}
END_TEST

/* Text that no CSV can hold is an error in skipped rows, too; a row that is not
 * skipped is called by its number in the whole file. */
START_TEST (test_errors_after_skipped_rows)
{
  g_autoptr (ElementTest) value = push_all (
      element_test_make ("csvdec", "skip-rows", "2", NULL), "a\n1\nx\ny\n", 1);
  g_autoptr (ElementTest) quote =
      push_all (element_test_make ("csvdec", "skip-rows", "2", NULL),
          "a\n1\"\n2\n3\n", 1);

  element_test_assert_message (value, GST_MESSAGE_ERROR, DECODE,
      "line 4, data row 3", "found 'y'", NULL);
  element_test_assert_message (
      quote, GST_MESSAGE_ERROR, DECODE, "line 2", "quote", NULL);
}
END_TEST

/* Each text begins with rows that are skipped: the next one, too. */
START_TEST (test_skip_in_each_text)
{
  g_autoptr (ElementTest) test = element_test_new (
      element_test_make ("csvdec", "rate", "3/1", "skip-rows", "1", NULL));

  element_test_start_text (test);
  element_test_push_text (test, "a\n1\n2");
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("next"));
  element_test_push_text (test, "b\n3\n4\n");
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  element_test_start_text (test);
  element_test_push_text (test, "c\n5\n6\n");
  assert_frames (test, "1 -: 2\n1 -: 4\n1 -: 6\n");
  element_test_assert_silent (test);
}
END_TEST

/* ---- time ---- */

/* Buffers as `ROW PTS+DURATION: VALUE`, in ns; duration - where unknown. */
static gchar *
pull_times (ElementTest *test)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->sinkpad);
  GString *text = g_string_new (NULL);
  GstLstmAudio audio;
  GstBuffer *buffer;

  fail_unless (caps == NULL || gst_lstm_audio_from_caps (&audio, caps));
  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    g_autofree gchar *lasts = GST_BUFFER_DURATION_IS_VALID (buffer)
                                  ? g_strdup_printf ("%" G_GUINT64_FORMAT,
                                        GST_BUFFER_DURATION (buffer))
                                  : g_strdup ("-");
    gdouble value = 0.0;

    fail_unless_equals_uint64 (gst_buffer_get_size (buffer), audio.frame_size);
    gst_buffer_extract (buffer, 0, &value, sizeof (value));
    g_string_append_printf (text,
        "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "+%s: %g\n",
        GST_BUFFER_OFFSET (buffer), GST_BUFFER_PTS (buffer), lasts, value);
    gst_buffer_unref (buffer);
  }
  return g_string_free (text, FALSE);
}

static void
assert_times (ElementTest *test, const gchar *expected)
{
  g_autofree gchar *times = pull_times (test);

  fail_unless_equals_string (times, expected);
}

typedef struct {
  const gchar *unit;
  const gchar *text;
  const gchar *times;
} Times;

static const Times times[] = {
  { "s", "t,a\n0,1\n0.25,2\n.5,3\n10.,4\n",
      "0 0+250000000: 1\n1 250000000+250000000: 2\n"
      "2 500000000+9500000000: 3\n3 10000000000+-: 4\n" },
  /* More digits than a double has, and more than there are nanoseconds. */
  { "s", "t,a\n1700000000.123456789,1\n1700000000.1234567899,2\n",
      "0 1700000000123456789+0: 1\n1 1700000000123456789+-: 2\n" },
  { "s", "t,a\n1e-05,1\n+2.5e0,2\n\" 3 \",3\n-0,4\n", NULL },
  { "s", "t,a\n1e-05,1\n+2.5e0,2\n\" 3 \",3\n",
      "0 10000+2499990000: 1\n1 2500000000+500000000: 2\n"
      "2 3000000000+-: 3\n" },
  { "ms", "t,a\n1,1\n2.0000015,2\n", "0 1000000+1000001: 1\n1 2000001+-: 2\n" },
  { "us", "t,a\n1,1\n2.9999,2\n", "0 1000+1999: 1\n1 2999+-: 2\n" },
  { "ns", "t,a\n9223372036854775806,1\n9223372036854775807,2\n",
      "0 9223372036854775806+1: 1\n1 9223372036854775807+-: 2\n" },
  { "iso8601",
      "t,a\n1970-01-01,1\n1970-01-02,2\n1970-01-02T00:00:00.5Z,3\n"
      "1970-01-02 02:00:01+02:00,4\n1970-01-02T00:00:02,5\n19700103,6\n",
      "0 0+86400000000000: 1\n1 86400000000000+500000000: 2\n"
      "2 86400500000000+500000000: 3\n3 86401000000000+1000000000: 4\n"
      "4 86402000000000+86398000000000: 5\n5 172800000000000+-: 6\n" },
  /* A leap day, and more than 2^31 seconds. */
  { "iso8601", "t,a\n2024-02-29T12:00:00.123456Z,1\n2040-01-01,2\n",
      "0 1709208000123456000+499780799876544000: 1\n"
      "1 2208988800000000000+-: 2\n" },
};

START_TEST (test_times)
{
  const Times *now = &times[_i];
  gsize chunk;

  for (chunk = 1; chunk <= strlen (now->text); chunk += 1 + chunk / 4) {
    g_autoptr (ElementTest) test = push_all (
        element_test_make ("csvdec", "time", "t", "time-unit", now->unit, NULL),
        now->text, chunk);

    if (now->times == NULL) {
      element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE,
          "line 5, data row 4, column 't' (number 1)", "found '-0'",
          "not before the last row's", "0:00:03.000000000", NULL);
      continue;
    }
    assert_times (test, now->times);
    element_test_assert_silent (test);
  }
}
END_TEST

/* A time column is no feature unless it is asked for. */
START_TEST (test_time_as_feature)
{
  g_autoptr (ElementTest) test = push_all (
      element_test_make ("csvdec", "time", "2", "features", "t", NULL),
      "a,t\n1,5\n2,7\n", 100);

  assert_times (test, "0 5000000000+2000000000: 5\n1 7000000000+-: 7\n");
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_time_with_key_and_kept)
{
  g_autoptr (ElementTest) test =
      push_all (element_test_make ("csvdec", "time", "t", "key", "k", "keep",
                    "t", "header", "true", NULL),
          "k,t,a\nx,1,10\ny,1,20\nx,3,30\n", 1);

  assert_times (test, "0 1000000000+0: 10\n1 1000000000+2000000000: 20\n"
                      "2 3000000000+-: 30\n");
  element_test_assert_silent (test);
}
END_TEST

/* The column says it: a run that goes on has the times of an unbroken one. */
START_TEST (test_time_and_skip)
{
  g_autoptr (ElementTest) test = push_all (
      element_test_make ("csvdec", "time", "t", "skip-rows", "2", NULL),
      "t,a\nnever,1\n9,2\n3,3\n5,4\n", 1);
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (test->harness->sinkpad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  fail_unless_equals_uint64 (segment->start, 3 * GST_SECOND);
  assert_times (test, "2 3000000000+2000000000: 3\n3 5000000000+-: 4\n");
  element_test_assert_silent (test);
}
END_TEST

static GstEventType
pull_event_type (ElementTest *test)
{
  g_autoptr (GstEvent) event = gst_harness_try_pull_event (test->harness);

  return event != NULL ? GST_EVENT_TYPE (event) : GST_EVENT_UNKNOWN;
}

static void
drop_events (ElementTest *test, guint n)
{
  while (n-- > 0)
    fail_unless (pull_event_type (test) != GST_EVENT_UNKNOWN);
}

/* The segment waits for the first time, other events for the segment, and a
 * row for the next. */
START_TEST (test_time_order)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "time", "t", NULL));

  element_test_start_text (test);
  element_test_push_text (test, "t,a\n");
  gst_harness_push_event (test->harness,
      gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "t", NULL)));
  drop_events (test, 3);
  fail_unless_equals_int (pull_event_type (test), GST_EVENT_UNKNOWN);
  element_test_push_text (test, "7,1\n");
  fail_unless_equals_int (pull_event_type (test), GST_EVENT_SEGMENT);
  fail_unless_equals_int (pull_event_type (test), GST_EVENT_TAG);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 0);
  element_test_push_text (test, "8,2\n");
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 1);
  element_test_push_eos (test);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 2);
  fail_unless_equals_int (pull_event_type (test), GST_EVENT_EOS);
}
END_TEST

/* Without a row there is a segment all the same. */
START_TEST (test_time_without_rows)
{
  g_autoptr (ElementTest) test =
      push_all (element_test_make ("csvdec", "time", "t", NULL), "t,a\n", 100);

  drop_events (test, 3);
  fail_unless_equals_int (pull_event_type (test), GST_EVENT_SEGMENT);
  fail_unless_equals_int (pull_event_type (test), GST_EVENT_EOS);
  element_test_assert_message (
      test, GST_MESSAGE_WARNING, DECODE, "a header and no rows", NULL);
}
END_TEST

/* A row that waits goes out before the format changes. */
START_TEST (test_time_and_new_format)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "time", "t", NULL));
  g_autoptr (GstBuffer) wide = NULL, narrow = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "t,a\n7,1\n");
  gst_harness_set_sink_caps_str (
      test->harness, "audio/x-raw,format=" GST_AUDIO_NE (F32));
  element_test_push_text (test, "8,2\n");
  element_test_push_eos (test);
  wide = gst_harness_pull (test->harness);
  narrow = gst_harness_pull (test->harness);
  fail_unless_equals_int (gst_buffer_get_size (wide), 8);
  fail_unless_equals_int (gst_buffer_get_size (narrow), 4);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (wide), 7 * GST_SECOND);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (narrow), 8 * GST_SECOND);
  element_test_assert_silent (test);
}
END_TEST

typedef struct {
  const gchar *unit;
  const gchar *text;  /* of the first bad row's time */
  const gchar *found; /* what the message says */
  const gchar *expected;
} BadTime;

static const BadTime bad_times[] = {
  { "s", "2", "'2'", "not before the last row's, 0:00:03.000000000" },
  { "s", "soon", "'soon'", "a time as a number" },
  { "s", "", "an empty cell", "a time as a number" },
  { "s", ".", "'.'", "a time as a number" },
  { "s", "4 s", "'4 s'", "a time as a number" },
  { "s", "0x10", "'0x10'", "a time as a number" },
  { "s", "nan", "'nan'", "a time as a number" },
  { "s", "inf", "'inf'", "a time as a number" },
  { "s", "2026-11-21", "'2026-11-21'", "time-unit=iso8601" },
  { "s", "-1", "'-1'", "not before 0" },
  { "s", "9223372036.9", "'9223372036.9'", "292 years at most" },
  { "ms", "1e300", "'1e300'", "292 years at most" },
  { "ns", "99999999999999999999", "'99999999999999999999'",
      "292 years at most" },
  { "iso8601", "5", "'5'", "a date, or a date and time" },
  { "iso8601", "21.11.2026", "'21.11.2026'", "a date, or a date and time" },
  { "iso8601", "2026-02-30", "'2026-02-30'", "a date, or a date and time" },
  { "iso8601", "2026-11-21T25:00:00", "T25", "a date, or a date and time" },
  { "iso8601", "1969-12-31", "'1969-12-31'", "from 1970 to 2262" },
  { "iso8601", "2263-01-01", "'2263-01-01'", "from 1970 to 2262" },
};

/* The rows before it go out first. */
START_TEST (test_bad_time)
{
  const BadTime *bad = &bad_times[_i];
  gboolean iso = strcmp (bad->unit, "iso8601") == 0;
  g_autofree gchar *text = g_strdup_printf (
      "t,a\n%s,1\n\"%s\",2\n9,3\n", iso ? "1970-01-01" : "3", bad->text);
  g_autoptr (ElementTest) test = push_all (
      element_test_make ("csvdec", "time", "t", "time-unit", bad->unit, NULL),
      text, 1);

  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE,
      "line 3, data row 2, column 't' (number 1)", bad->found, bad->expected,
      NULL);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 1);
}
END_TEST

START_TEST (test_no_such_time_column)
{
  g_autoptr (ElementTest) test = push_all (
      element_test_make ("csvdec", "time", "tiem", NULL), "time,a\n1,2\n", 100);

  element_test_assert_message (test, GST_MESSAGE_ERROR, DECODE,
      "no such columns: 'tiem' (did you mean 'time'?)", NULL);
}
END_TEST

/* ---- the config ---- */

static void
check_config (GstElement *element, const gchar *expected)
{
  g_autoptr (ElementTest) test =
      push_all (element, "t,u,a\n1,6,1\n2,7,2\n3,8,3\n", 100);

  assert_times (test, expected);
  element_test_assert_silent (test);
}

START_TEST (test_config)
{
  gchar *path = element_test_write_file ("c.yaml",
      "version: 1\nfeatures: [a]\ntime: {column: t, unit: ms}\nskip-rows: 1\n");

  check_config (element_test_make ("csvdec", "config", path, NULL),
      "1 2000000+1000000: 2\n2 3000000+-: 3\n");
  check_config (element_test_make ("csvdec", "config", path, "time", "u", NULL),
      "1 7000000+1000000: 2\n2 8000000+-: 3\n");
  check_config (
      element_test_make ("csvdec", "time-unit", "s", "config", path, NULL),
      "1 2000000000+1000000000: 2\n2 3000000000+-: 3\n");
  check_config (
      element_test_make ("csvdec", "skip-rows", "2", "config", path, NULL),
      "2 3000000+-: 3\n");
  check_config (
      element_test_make ("csvdec", "skip-rows", "0", "config", path, NULL),
      "0 1000000+1000000: 1\n1 2000000+1000000: 2\n2 3000000+-: 3\n");
  element_test_remove_file (path);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_skip, 0, G_N_ELEMENTS (skips));
  tcase_add_test (tests, test_skipped_run_equals_the_rest);
  tcase_add_test (tests, test_segment_starts_after_skipped_rows);
  tcase_add_loop_test (
      tests, test_more_skipped_than_there_are, 0, G_N_ELEMENTS (too_many));
  tcase_add_test (tests, test_skip_and_only_a_header);
  tcase_add_test (tests, test_errors_after_skipped_rows);
  tcase_add_test (tests, test_skip_in_each_text);
  tcase_add_loop_test (tests, test_times, 0, G_N_ELEMENTS (times));
  tcase_add_test (tests, test_time_as_feature);
  tcase_add_test (tests, test_time_with_key_and_kept);
  tcase_add_test (tests, test_time_and_skip);
  tcase_add_test (tests, test_time_order);
  tcase_add_test (tests, test_time_without_rows);
  tcase_add_test (tests, test_time_and_new_format);
  tcase_add_loop_test (tests, test_bad_time, 0, G_N_ELEMENTS (bad_times));
  tcase_add_test (tests, test_no_such_time_column);
  tcase_add_test (tests, test_config);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csvdec-rows", add_tests);
}
