/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: another model takes over while windows fill. */

#include <string.h>

#include "reload-test.h"

#define N 3 /* features */

/* What the library does with windows, one stream. */
typedef struct {
  LstmPlan *plan;
  LstmStream *stream;
  guint steps;
  guint stride;
  GArray *pending;  /* gfloat */
  GArray *expected; /* gfloat: all that is to come out */
} Windows;

static LstmPlan *
load (const gchar *name, LstmMode mode)
{
  g_autofree gchar *path = reload_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  LstmPlan *plan;

  fail_unless (model != NULL, "%s", error ? error->message : "");
  plan = lstm_plan_new (model, &(LstmPlanOptions){ .mode = mode }, &error);
  fail_unless (plan != NULL, "%s", error ? error->message : "");
  return plan;
}

/* @stride 0: that of the model. What waits stays if it is to. */
static void
windows_set (
    Windows *w, const gchar *model, LstmMode mode, guint stride, gboolean stays)
{
  LstmPlan *plan = load (model, mode);
  LstmStream *stream = lstm_stream_new (plan);

  if (w->stream != NULL)
    lstm_stream_copy_matching (stream, w->stream);
  lstm_stream_free (w->stream);
  g_clear_pointer (&w->plan, lstm_plan_unref);
  w->plan = plan;
  w->stream = stream;
  w->steps = lstm_plan_get_steps (plan);
  w->stride = stride > 0 ? stride : w->steps;
  if (!stays)
    g_array_set_size (w->pending, 0);
}

static void
windows_init (Windows *w, const gchar *model, LstmMode mode, guint stride)
{
  memset (w, 0, sizeof *w);
  w->pending = g_array_new (FALSE, FALSE, sizeof (gfloat));
  w->expected = g_array_new (FALSE, FALSE, sizeof (gfloat));
  windows_set (w, model, mode, stride, FALSE);
}

static void
windows_clear (Windows *w)
{
  lstm_stream_free (w->stream);
  lstm_plan_unref (w->plan);
  g_array_unref (w->pending);
  g_array_unref (w->expected);
}

/* Runs a window; a copy of the state is spent on it if it is not to stay. */
static void
windows_run (Windows *w, gboolean stays)
{
  gsize n = lstm_plan_get_output_size (w->plan, 0);
  g_autoptr (LstmContext) context = lstm_context_new (w->plan);
  g_autoptr (LstmStream) copy = lstm_stream_copy (w->stream);
  LstmStream *stream = stays ? w->stream : copy;

  g_array_set_size (w->expected, w->expected->len + n);
  lstm_context_process (context, &stream, 1, 1,
      &(LstmInput){ .data = (const gfloat *) w->pending->data },
      &(LstmOutput){
          .data = (gfloat *) w->expected->data + w->expected->len - n });
}

static void
windows_push (Windows *w, const gfloat *x)
{
  g_array_append_vals (w->pending, x, N);
  if (w->pending->len < w->steps * N)
    return;
  windows_run (w, TRUE);
  g_array_remove_range (w->pending, 0, w->stride * N);
}

static void
windows_pad (Windows *w)
{
  guint old = w->pending->len;

  g_array_set_size (w->pending, w->steps * N);
  memset ((gfloat *) w->pending->data + old, 0,
      (w->steps * N - old) * sizeof (gfloat));
  windows_run (w, FALSE);
}

/* ---- the element beside it ---- */

static void
push (ElementTest *test, Windows *w, GRand *rand, guint n)
{
  while (n-- > 0) {
    gfloat x[N];

    for (guint i = 0; i < N; i++)
      x[i] = (gfloat) g_rand_double_range (rand, -1, 1);
    fail_unless_equals_int (
        element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
    windows_push (w, x);
  }
}

static void
set_and_load (ElementTest *test, const gchar *model)
{
  g_autofree gchar *path = reload_path (model);

  reload_test_watch_loading ();
  g_object_set (test->element, "model", path, NULL);
  reload_test_await_loaded ();
}

static ElementTest *
make_test (const gchar *model, const gchar *property, const gchar *value)
{
  g_autofree gchar *path = reload_path (model);
  ElementTest *test = element_test_new (
      element_test_make ("lstm", "model", path, property, value, NULL));

  lstm_test_set_format (test, FALSE, N, 10);
  return test;
}

static void
assert_reloaded (ElementTest *test, gboolean kept, gboolean frames)
{
  GstMessage *message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT);
  gboolean all, waiting;

  fail_unless (message && gst_message_has_name (message, "lstm-reloaded"));
  fail_unless (gst_structure_get (gst_message_get_structure (message), "kept",
      G_TYPE_BOOLEAN, &all, "frames-kept", G_TYPE_BOOLEAN, &waiting, NULL));
  fail_unless_equals_int (all, kept);
  fail_unless_equals_int (waiting, frames);
  gst_message_unref (message);
}

static void
assert_output (ElementTest *test, const Windows *w)
{
  fail_unless (w->expected->len > 0);
  lstm_test_assert_output (
      test, (const gfloat *) w->expected->data, w->expected->len);
}

/* ---- frames that wait ---- */

/* However many frames wait, also in windows that slide: the next window has
 * them, and the state of the windows before. */
START_TEST (test_frames_stay)
{
  guint stride = _i % 2 ? 3 : 8;
  g_autoptr (ElementTest) test =
      make_test ("window8", "stride", stride == 3 ? "3" : "8");
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  Windows w;

  windows_init (&w, "window8", LSTM_MODE_WINDOW, stride);
  push (test, &w, rand, 16 + _i / 2);
  set_and_load (test, "window8b");
  windows_set (&w, "window8b", LSTM_MODE_WINDOW, stride, TRUE);
  push (test, &w, rand, 1);
  assert_reloaded (test, TRUE, TRUE);
  push (test, &w, rand, 40);
  element_test_assert_silent (test);
  assert_output (test, &w);
  windows_clear (&w);
}
END_TEST

static GstClockTime
query_latency (ElementTest *test)
{
  return gst_harness_query_latency (test->harness);
}

/* Windows of another length: what waits is dropped and counted; the state goes
 * over. The latency follows. */
START_TEST (test_frames_go)
{
  g_autoptr (ElementTest) test =
      make_test ("window8", "partial-window", "drop");
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  g_autofree gchar *text = g_strdup_printf ("%d frames", _i);
  Windows w;

  windows_init (&w, "window8", LSTM_MODE_WINDOW, 0);
  push (test, &w, rand, 16 + _i);
  fail_unless_equals_uint64 (query_latency (test), 700 * GST_MSECOND);
  set_and_load (test, "window6");
  windows_set (&w, "window6", LSTM_MODE_WINDOW, 0, FALSE);
  push (test, &w, rand, 1);
  if (_i > 0)
    element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE, text, "window of 8", NULL);
  else
    assert_reloaded (test, TRUE, FALSE);
  fail_unless_equals_uint64 (query_latency (test), 500 * GST_MSECOND);
  push (test, &w, rand, 40);
  assert_output (test, &w);
  windows_clear (&w);
}
END_TEST

/* The window that has begun is filled up and run by the old model. */
START_TEST (test_frames_padded)
{
  g_autoptr (ElementTest) test = make_test ("window8", "partial-window", "pad");
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  Windows w;

  windows_init (&w, "window8", LSTM_MODE_WINDOW, 0);
  push (test, &w, rand, 13);
  set_and_load (test, "window6");
  windows_pad (&w);
  windows_set (&w, "window6", LSTM_MODE_WINDOW, 0, FALSE);
  push (test, &w, rand, 30);
  assert_output (test, &w);
  windows_clear (&w);
}
END_TEST

/* A stream that must have whole windows stops, as at a reset. */
START_TEST (test_frames_error)
{
  g_autoptr (ElementTest) test =
      make_test ("window8", "partial-window", "error");
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  gfloat x[N] = { 0 };
  Windows w;

  windows_init (&w, "window8", LSTM_MODE_WINDOW, 0);
  push (test, &w, rand, 13);
  set_and_load (test, "window6");
  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "5 frames", "partial-window=drop|pad", NULL);
  windows_clear (&w);
}
END_TEST

/* From windows to single frames and back: states begin anew. */
START_TEST (test_mode)
{
  gboolean to_frames = _i == 0;
  LstmMode old = to_frames ? LSTM_MODE_WINDOW : LSTM_MODE_FRAME;
  LstmMode new = to_frames ? LSTM_MODE_FRAME : LSTM_MODE_WINDOW;
  g_autoptr (ElementTest) test =
      make_test (to_frames ? "window8" : "a", "partial-window", "drop");
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  Windows w;

  windows_init (&w, to_frames ? "window8" : "a", old, 0);
  push (test, &w, rand, 16);
  set_and_load (test, to_frames ? "a" : "window8");
  windows_set (&w, to_frames ? "a" : "window8", new, 0, FALSE);
  push (test, &w, rand, 1);
  assert_reloaded (test, FALSE, FALSE);
  push (test, &w, rand, 31);
  assert_output (test, &w);
  windows_clear (&w);
}
END_TEST

/* ---- other settings of a config file ---- */

static gchar *
write_config (const gchar *model, const gchar *max)
{
  g_autofree gchar *path = reload_path (model);
  g_autofree gchar *text = g_strdup_printf (
      "version: 1\nmodel: %s\nscaling:\n  min-max: {min: [0, 0, 0], max: %s}\n",
      path, max);

  return element_test_write_file ("reload.yaml", text);
}

/* Frames that were scaled in another way do not stay in the window. */
START_TEST (test_scaling)
{
  gboolean same = _i == 0;
  g_autofree gchar *first = write_config ("window8", "[1, 1, 1]");
  g_autofree gchar *second =
      write_config ("window8b", same ? "[1, 1, 1]" : "[1, 1, 0.5]");
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "config", first, NULL));
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  Windows w;

  lstm_test_set_format (test, FALSE, N, 10);
  windows_init (&w, "window8", LSTM_MODE_WINDOW, 0);
  push (test, &w, rand, 13);
  reload_test_watch_loading ();
  g_object_set (test->element, "config", second, NULL);
  reload_test_await_loaded ();
  windows_set (&w, "window8b", LSTM_MODE_WINDOW, 0, same);
  if (same) {
    push (test, &w, rand, 20);
    assert_reloaded (test, TRUE, TRUE);
    assert_output (test, &w);
  } else {
    gfloat x[N] = { 0.1f, 0.2f, 0.3f };

    element_test_push_buffer (test, x, sizeof x);
    element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE, "5 frames", NULL);
    x[2] = 0.3f / 0.5f;
    windows_push (&w, x);
    for (guint i = 0; i < 7; i++) {
      gfloat y[N] = { 0.1f, 0.2f, 0.25f };

      element_test_push_buffer (test, y, sizeof y);
      y[2] = 0.5f;
      windows_push (&w, y);
    }
    assert_output (test, &w);
  }
  windows_clear (&w);
  g_clear_pointer (&test, element_test_free);
  element_test_remove_file (g_steal_pointer (&first));
  element_test_remove_file (g_steal_pointer (&second));
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_frames_stay, 0, 16);
  tcase_add_loop_test (tests, test_frames_go, 0, 8);
  tcase_add_test (tests, test_frames_padded);
  tcase_add_test (tests, test_frames_error);
  tcase_add_loop_test (tests, test_mode, 0, 2);
  tcase_add_loop_test (tests, test_scaling, 0, 2);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-reload-windows", add_tests);
}
