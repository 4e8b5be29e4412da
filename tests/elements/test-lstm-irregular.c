/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec ! lstm: frames that come when they come keep their times. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmlayout.h"
#include "lstm-reference.h"

/* In ms; of rows of 5 features, with a key that is not always asked for. */
static const guint64 times[] = { 100, 110, 5000, 5000, 100250, 100251, 200000 };

#define N_ROWS G_N_ELEMENTS (times)

static ElementTest *
new_line (const gchar *time, const gchar *key, const gchar *lstm)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *line = g_strdup_printf (
      "csvdec features=a,b,c,d,e rate=10 %s %s ! lstm model=%s %s", time, key,
      path, lstm);

  return element_test_new (
      gst_object_ref_sink (gst_parse_bin_from_description (line, TRUE, NULL)));
}

static void
push_rows (ElementTest *test)
{
  g_autofree gfloat *x = reference_input (3, N_ROWS * 5);
  g_autoptr (GString) text = g_string_new ("t,k,a,b,c,d,e\n");
  guint i, j;

  for (i = 0; i < N_ROWS; i++) {
    g_string_append_printf (
        text, "%" G_GUINT64_FORMAT ",%s", times[i], i % 2 == 0 ? "x" : "y");
    for (j = 0; j < 5; j++) {
      gchar digits[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, ",%s",
          g_ascii_dtostr (digits, sizeof (digits), (gdouble) x[i * 5 + j]));
    }
    g_string_append_c (text, '\n');
  }
  element_test_start_text (test);
  element_test_push (test, text->str, text->len, 31);
  element_test_push_eos (test);
  element_test_assert_silent (test);
}

static GstClockTime
time_of (guint row)
{
  return times[row] * GST_MSECOND;
}

static void
check_buffer (GstBuffer *buffer, guint row)
{
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), time_of (row));
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer),
      row + 1 < N_ROWS ? time_of (row + 1) - time_of (row)
                       : GST_CLOCK_TIME_NONE);
}

static const gchar *const keys[] = { "", "key=k" };

/* Each output has the time and the duration of its row, with a key and
 * without. */
START_TEST (test_frames)
{
  g_autoptr (ElementTest) test =
      new_line ("time=t time-unit=ms", keys[_i], "mode=frame");
  guint i;

  push_rows (test);
  for (i = 0; i < N_ROWS; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_try_pull (test->harness);

    check_buffer (buffer, i);
  }
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
}
END_TEST

/* Numbers are those of a stream that has only a rate. */
START_TEST (test_numbers)
{
  g_autoptr (ElementTest) test =
      new_line ("time=t time-unit=ms", keys[_i], "mode=frame");
  g_autoptr (ElementTest) regular = new_line ("keep=t", keys[_i], "mode=frame");
  g_autoptr (GByteArray) x = NULL, y = NULL;

  push_rows (test);
  push_rows (regular);
  x = lstm_test_pull (test);
  y = lstm_test_pull (regular);
  fail_unless_equals_int (x->len, y->len);
  fail_unless (x->len > 0 && memcmp (x->data, y->data, x->len) == 0);
}
END_TEST

/* A window has the time of its last row. */
START_TEST (test_windows)
{
  g_autoptr (ElementTest) test = new_line (
      "time=t time-unit=ms", "", "mode=window steps=3 stride=1 output=final");
  guint i;

  push_rows (test);
  for (i = 2; i < N_ROWS; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_try_pull (test->harness);

    check_buffer (buffer, i);
  }
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
}
END_TEST

/* Without a time column the rate tells the time, as before. */
START_TEST (test_regular)
{
  g_autoptr (ElementTest) test = new_line ("", "", "mode=frame");
  GstBuffer *buffer;
  guint64 n = 0;

  push_rows (test);
  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * 100 * GST_MSECOND);
    n += GST_BUFFER_DURATION (buffer) / (100 * GST_MSECOND);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_uint64 (n, N_ROWS);
}
END_TEST

/* What follows lstm is told, too. */
START_TEST (test_layout_goes_on)
{
  g_autoptr (ElementTest) test =
      new_line (_i == 1 ? "time=t time-unit=ms" : "", "", "mode=frame");
  g_autoptr (GstEvent) event = NULL;
  guint i;

  push_rows (test);
  for (i = 0; event == NULL; i++) {
    event = gst_pad_get_sticky_event (
        test->harness->sinkpad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, i);
    fail_unless (event != NULL);
    if (!gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME))
      gst_clear_event (&event);
  }
  fail_unless_equals_int (gst_lstm_layout_event_is_irregular (event), _i);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_frames, 0, G_N_ELEMENTS (keys));
  tcase_add_loop_test (tests, test_numbers, 0, G_N_ELEMENTS (keys));
  tcase_add_test (tests, test_windows);
  tcase_add_test (tests, test_regular);
  tcase_add_loop_test (tests, test_layout_goes_on, 0, 2);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-irregular", add_tests);
}
