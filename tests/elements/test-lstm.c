/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: what comes out is what the library gives, however frames are cut into
 * buffers, with keys, resets and time. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstlstmrows.h"
#include "lstm-reference.h"

#define FRAMES 57

/* ---- frames cut anywhere ---- */

static const gsize chunks[] = { 1, 3, 7, 20, 61, G_MAXSIZE };

typedef struct {
  const gchar *model;
  guint channels;
  LstmMode mode;
  const gchar *mode_name;
  guint stride; /* 0: as many as steps */
  const gchar *stride_name;
} Cut;

static const Cut cuts[] = {
  { MODEL_FRAMES, 5, LSTM_MODE_FRAME, "auto", 1, "0" },
  { MODEL_STATEFUL, 2, LSTM_MODE_FRAME, "frame", 1, "0" },
  { MODEL_STATEFUL, 2, LSTM_MODE_WINDOW, "auto", 10, "0" },
  { MODEL_WINDOW, 1, LSTM_MODE_WINDOW, "auto", 25, "0" },
  { MODEL_WINDOW, 1, LSTM_MODE_WINDOW, "window", 1, "1" },
  { MODEL_WINDOW, 1, LSTM_MODE_WINDOW, "window", 7, "7" },
  { MODEL_SEQUENCE, 1, LSTM_MODE_WINDOW, "window", 25, "25" },
  { MODEL_SEQUENCE, 1, LSTM_MODE_WINDOW, "window", 30, "30" },
};

START_TEST (test_cut)
{
  const Cut *cut = &cuts[_i / G_N_ELEMENTS (chunks)];
  gsize chunk = chunks[_i % G_N_ELEMENTS (chunks)];
  g_autoptr (ElementTest) test = lstm_test_new (cut->model, cut->channels, 100,
      "mode", cut->mode_name, "stride", cut->stride_name, NULL);
  g_autofree gfloat *x = reference_input (1, FRAMES * cut->channels);
  gsize n;
  g_autofree gfloat *y =
      reference_output (cut->model, cut->mode, 0, cut->stride, x, FRAMES, &n);

  fail_unless (n > 0);
  fail_unless_equals_int (element_test_push (test, x,
                              FRAMES * cut->channels * sizeof (gfloat), chunk),
      GST_FLOW_OK);
  lstm_test_assert_output (test, y, n);
}
END_TEST

START_TEST (test_f64)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (2, FRAMES * 5);
  gdouble wide[FRAMES * 5];
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, FRAMES, &n);

  for (guint i = 0; i < G_N_ELEMENTS (wide); i++)
    wide[i] = x[i];
  lstm_test_set_format (test, TRUE, 5, 10);
  fail_unless_equals_int (
      element_test_push (test, wide, sizeof wide, 13), GST_FLOW_OK);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* Also where the model leaves the steps open and could run frame by frame. */
START_TEST (test_steps_property)
{
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_FRAMES, 5, 10, "mode", _i ? "window" : "auto", "steps", "9", NULL);
  g_autofree gfloat *x = reference_input (3, FRAMES * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_WINDOW, 9, 9, x, FRAMES, &n);

  fail_unless_equals_int (
      element_test_push (test, x, FRAMES * 5 * sizeof (gfloat), 999),
      GST_FLOW_OK);
  lstm_test_assert_output (test, y, n);
}
END_TEST

START_TEST (test_empty_buffer)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);

  fail_unless_equals_int (
      element_test_push_buffer (test, NULL, 0), GST_FLOW_OK);
  fail_unless (gst_harness_try_pull (test->harness) == NULL);
}
END_TEST

/* ---- keys ---- */

static void
push_keyed (ElementTest *test, const gchar *key, const gfloat *frames, guint n,
    guint64 number, GstBufferFlags flags)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  GstBuffer *buffer = gst_buffer_new_memdup (frames, n * 5 * sizeof (gfloat));

  gst_buffer_add_lstm_key_meta (buffer, caps, number);
  GST_BUFFER_FLAG_SET (buffer, flags);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

/* Two keys in turn: each goes on where it was, and outputs bear the key and the
 * number of their frame. */
START_TEST (test_keys)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (4, 2 * FRAMES * 5);
  const gchar *names[] = { "left", "right" };
  g_autofree gfloat *y[2] = { NULL, NULL };
  gsize n;

  for (guint k = 0; k < 2; k++)
    y[k] = reference_output (
        MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x + k * FRAMES * 5, FRAMES, &n);
  for (guint i = 0; i < FRAMES; i++)
    for (guint k = 0; k < 2; k++)
      push_keyed (test, names[k], x + (k * FRAMES + i) * 5, 1, 2 * i + k, 0);
  for (guint i = 0; i < FRAMES; i++) {
    for (guint k = 0; k < 2; k++) {
      GstBuffer *out = gst_harness_pull (test->harness);
      const gchar *key = NULL;
      guint64 number = 0;

      fail_unless (gst_buffer_get_lstm_key (out, NULL, &key, &number));
      fail_unless_equals_string (key, names[k]);
      fail_unless_equals_uint64 (number, 2 * i + k);
      gst_check_buffer_data (out, y[k] + i * 6, 6 * sizeof (gfloat));
      gst_buffer_unref (out);
    }
  }
  g_free (g_steal_pointer (&y[1]));
}
END_TEST

START_TEST (test_discont_resets_its_key_only)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (5, 20 * 5);
  g_autoptr (GByteArray) out = NULL;
  gsize row = 10 * 6 * sizeof (gfloat);

  push_keyed (test, "a", x, 10, 0, 0);
  push_keyed (test, "b", x, 10, 10, 0);
  push_keyed (test, "a", x, 10, 20, GST_BUFFER_FLAG_DISCONT);
  push_keyed (test, "b", x, 10, 30, 0);
  out = lstm_test_pull (test);
  fail_unless_equals_uint64 (out->len, 4 * row);
  fail_unless (memcmp (out->data, out->data + row, row) == 0);
  fail_unless (memcmp (out->data, out->data + 2 * row, row) == 0);
  fail_unless (memcmp (out->data, out->data + 3 * row, row) != 0);
}
END_TEST

/* Kept columns stay with the frame that a window ends with. */
START_TEST (test_kept_rows)
{
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_FRAMES, 5, 10, "mode", "window", "steps", "4", "stride", "2", NULL);
  g_autofree gfloat *x = reference_input (6, 8 * 5);
  const gchar *cells[] = { "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7" };
  g_autoptr (GstBuffer) out = NULL;
  GstBuffer *buffer = gst_buffer_new_memdup (x, 8 * 5 * sizeof (gfloat));
  GstLstmRows *rows = gst_lstm_rows_new (8, 1, cells);

  /* The model's output is a sequence: windows 0-3, 2-5, 4-7. */
  gst_buffer_add_lstm_rows (buffer, rows);
  gst_lstm_rows_unref (rows);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  out = gst_harness_pull (test->harness);
  rows = gst_buffer_get_lstm_rows (out);
  fail_unless_equals_int (gst_lstm_rows_get_n_rows (rows), 12);
  fail_unless_equals_string (gst_lstm_rows_get (rows, 0, 0), "r0");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 4, 0), "r2");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 11, 0), "r7");
}
END_TEST

/* A window over several buffers takes its rows from all of them. */
START_TEST (test_kept_rows_of_several_buffers)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "mode", "window", "steps", "4", NULL);
  g_autofree gfloat *x = reference_input (7, 4 * 5);
  g_autoptr (GstBuffer) out = NULL;
  GstLstmRows *rows;

  for (guint i = 0; i < 4; i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x + i * 5, 5 * sizeof (gfloat));
    g_autofree gchar *text = g_strdup_printf ("row %u", i);
    const gchar *cells[] = { text, "x" };

    rows = gst_lstm_rows_new (1, 2, cells);
    gst_buffer_add_lstm_rows (buffer, rows);
    gst_lstm_rows_unref (rows);
    fail_unless_equals_int (
        gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  }
  out = gst_harness_pull (test->harness);
  rows = gst_buffer_get_lstm_rows (out);
  fail_unless_equals_int (gst_lstm_rows_get_n_rows (rows), 4);
  for (guint i = 0; i < 4; i++) {
    g_autofree gchar *text = g_strdup_printf ("row %u", i);

    fail_unless_equals_string (gst_lstm_rows_get (rows, i, 0), text);
    fail_unless_equals_string (gst_lstm_rows_get (rows, i, 1), "x");
  }
}
END_TEST

/* ---- resets ---- */

typedef enum { DISCONT, RESYNC, FLUSH, STREAM_START, SEGMENT, CAPS } Cause;

typedef struct {
  Cause cause;
  const gchar *reset_on; /* NULL: the default */
  gboolean resets;
} Reset;

static const Reset resets[] = {
  { DISCONT, NULL, TRUE },
  { RESYNC, NULL, TRUE },
  { FLUSH, NULL, TRUE },
  { STREAM_START, NULL, TRUE },
  { SEGMENT, NULL, FALSE },
  { SEGMENT, "segment", TRUE },
  { CAPS, NULL, TRUE },
  { DISCONT, "flush", FALSE },
  { FLUSH, "discont", FALSE },
  { STREAM_START, "caps", FALSE },
  { CAPS, "stream-start", FALSE },
};

static void
cause_reset (ElementTest *test, Cause cause, GstBuffer *next)
{
  GstHarness *h = test->harness;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (cause == DISCONT)
    GST_BUFFER_FLAG_SET (next, GST_BUFFER_FLAG_DISCONT);
  else if (cause == RESYNC)
    GST_BUFFER_FLAG_SET (next, GST_BUFFER_FLAG_RESYNC);
  else if (cause == STREAM_START)
    gst_harness_push_event (h, gst_event_new_stream_start ("another"));
  else if (cause == SEGMENT)
    gst_harness_push_event (h, gst_event_new_segment (&segment));
  else if (cause == CAPS)
    lstm_test_set_format (test, FALSE, 5, 11);
  else {
    gst_harness_push_event (h, gst_event_new_flush_start ());
    gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (h, gst_event_new_segment (&segment));
  }
}

START_TEST (test_reset)
{
  const Reset *reset = &resets[_i];
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10,
      reset->reset_on ? "reset-on" : NULL, reset->reset_on, NULL);
  g_autofree gfloat *x = reference_input (8, 10 * 5);
  gsize bytes = 10 * 5 * sizeof (gfloat), out = 10 * 6 * sizeof (gfloat);
  GstBuffer *buffer = gst_buffer_new_memdup (x, bytes);
  g_autoptr (GByteArray) before = NULL, after = NULL;

  fail_unless_equals_int (
      element_test_push_buffer (test, x, bytes), GST_FLOW_OK);
  before = lstm_test_pull (test);
  cause_reset (test, reset->cause, buffer);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  after = lstm_test_pull (test);
  fail_unless_equals_uint64 (before->len, out);
  fail_unless_equals_uint64 (after->len, out);
  fail_unless_equals_int (
      memcmp (before->data, after->data, out) == 0, reset->resets);
}
END_TEST

/* RECONFIGURE with equal caps is no reason. */
START_TEST (test_reconfigure_does_not_reset)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (9, FRAMES * 5);
  gsize n, half = 20 * 5;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, FRAMES, &n);

  element_test_push_buffer (test, x, half * sizeof (gfloat));
  gst_harness_push_upstream_event (test->harness, gst_event_new_reconfigure ());
  element_test_push_buffer (
      test, x + half, (FRAMES * 5 - half) * sizeof (gfloat));
  lstm_test_assert_output (test, y, n);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (
      tests, test_cut, 0, (int) (G_N_ELEMENTS (cuts) * G_N_ELEMENTS (chunks)));
  tcase_add_test (tests, test_f64);
  tcase_add_loop_test (tests, test_steps_property, 0, 2);
  tcase_add_test (tests, test_empty_buffer);
  tcase_add_test (tests, test_keys);
  tcase_add_test (tests, test_discont_resets_its_key_only);
  tcase_add_test (tests, test_kept_rows);
  tcase_add_test (tests, test_kept_rows_of_several_buffers);
  tcase_add_loop_test (tests, test_reset, 0, (int) G_N_ELEMENTS (resets));
  tcase_add_test (tests, test_reconfigure_does_not_reset);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm", add_tests);
}
