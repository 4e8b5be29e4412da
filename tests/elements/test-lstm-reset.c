/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: resets that an application or another element asks for. */

#include <string.h>

#include "lstm-reference.h"

#define FRAME (5 * sizeof (gfloat)) /* of MODEL_FRAMES */

/* How a reset is asked for. */
typedef enum { SIGNAL, UPSTREAM, DOWNSTREAM, OOB, N_WAYS } Way;

static GstEvent *
reset_event (GstEventType type, const gchar *key)
{
  GstStructure *s = gst_structure_new_empty ("lstm-reset-state");

  if (key != NULL)
    gst_structure_set (s, "key", G_TYPE_STRING, key, NULL);
  return gst_event_new_custom (type, s);
}

static void
reset (ElementTest *test, Way way, const gchar *key)
{
  GstHarness *h = test->harness;

  if (way == SIGNAL && key == NULL)
    g_signal_emit_by_name (test->element, "reset-state");
  else if (way == SIGNAL)
    g_signal_emit_by_name (test->element, "reset-key", key);
  else if (way == UPSTREAM)
    fail_unless (gst_harness_push_upstream_event (
        h, reset_event (GST_EVENT_CUSTOM_UPSTREAM, key)));
  else
    fail_unless (gst_harness_push_event (
        h, reset_event (way == OOB ? GST_EVENT_CUSTOM_DOWNSTREAM_OOB
                                   : GST_EVENT_CUSTOM_DOWNSTREAM,
               key)));
}

static gfloat *
frames_output (const gfloat *x, guint n, gsize *n_out)
{
  return reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, n, n_out);
}

/* Before a reset and after it frames start from the initial state. */
START_TEST (test_frames)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (1, 20 * 5);
  gsize n_a, n_b;
  g_autofree gfloat *a = frames_output (x, 12, &n_a);
  g_autofree gfloat *b = frames_output (x + 12 * 5, 8, &n_b);

  element_test_push_buffer (test, x, 12 * FRAME);
  lstm_test_assert_output (test, a, n_a);
  reset (test, _i, NULL);
  element_test_push_buffer (test, x + 12 * 5, 8 * FRAME);
  lstm_test_assert_output (test, b, n_b);
  element_test_assert_silent (test);
}
END_TEST

/* What a reset brings out is pushed by the streaming thread: with the next
 * buffer, before that one's own output, or with the next event. */
START_TEST (test_drained)
{
  gboolean by_event = _i / N_WAYS;
  Way way = _i % N_WAYS;
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (2, 30 + 25);
  gfloat padded[75] = { 0 };
  gsize n;
  g_autofree gfloat *y = NULL;

  memcpy (padded, x, 30 * sizeof (gfloat));
  memcpy (padded + 50, x + 30, 25 * sizeof (gfloat));
  y = reference_output (MODEL_WINDOW, LSTM_MODE_WINDOW, 0, 25, padded, 75, &n);
  element_test_push_buffer (test, x, 30 * sizeof (gfloat));
  lstm_test_assert_output (test, y, 10);
  reset (test, way, NULL);
  lstm_test_assert_output (test, y + 10, way == DOWNSTREAM ? 10 : 0);
  if (by_event) {
    fail_unless (element_test_push_eos (test));
    lstm_test_assert_output (test, y + 10, way == DOWNSTREAM ? 0 : 10);
    return;
  }
  element_test_push_buffer (test, x + 30, 25 * sizeof (gfloat));
  lstm_test_assert_output (
      test, y + (way == DOWNSTREAM ? 20 : 10), way == DOWNSTREAM ? 10 : 20);
}
END_TEST

/* One key's reset leaves the others alone. */
START_TEST (test_key)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (3, 10 * 5);
  gsize n, ignored;
  g_autofree gfloat *whole = frames_output (x, 10, &n);
  g_autofree gfloat *fresh = frames_output (x + 4 * 5, 6, &ignored);

  lstm_test_push_keyed (test, "a", x, 4 * 5);
  lstm_test_push_keyed (test, "b", x, 4 * 5);
  g_byte_array_unref (lstm_test_pull (test));
  reset (test, _i, "a");
  reset (test, _i, "nobody");
  lstm_test_push_keyed (test, "b", x + 4 * 5, 6 * 5);
  lstm_test_assert_output (test, whole + 4 * 6, 6 * 6);
  lstm_test_push_keyed (test, "a", x + 4 * 5, 6 * 5);
  lstm_test_assert_output (test, fresh, 6 * 6);
  reset (test, _i, NULL);
  lstm_test_push_keyed (test, "b", x, 10 * 5);
  lstm_test_assert_output (test, whole, n);
  element_test_assert_silent (test);
}
END_TEST

/* The event goes on in its direction, once, with what it says. */
START_TEST (test_travels)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  Way way = _i;
  gboolean up = way == UPSTREAM;
  guint n = 0;
  GstEvent *event;

  reset (test, way, "k");
  while ((event = up ? gst_harness_try_pull_upstream_event (test->harness)
                     : gst_harness_try_pull_event (test->harness)) != NULL) {
    if (gst_event_has_name (event, "lstm-reset-state")) {
      const GstStructure *s = gst_event_get_structure (event);

      fail_unless_equals_string (gst_structure_get_string (s, "key"), "k");
      n++;
    }
    gst_event_unref (event);
  }
  fail_unless_equals_int (n, way == SIGNAL ? 0 : 1);
}
END_TEST

static void
assert_keys (GstElement *element, const gchar *expected)
{
  g_auto (GStrv) keys = NULL;
  g_autofree gchar *found = NULL;

  g_signal_emit_by_name (element, "list-keys", &keys);
  fail_unless (keys != NULL);
  found = g_strjoinv (" ", keys);
  fail_unless_equals_string (found, expected);
}

START_TEST (test_list_keys)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  static const gchar *const keys[] = { "10", "b", "9", "a" };
  g_autofree gfloat *x = reference_input (4, 5);

  element_test_push_buffer (test, x, FRAME);
  assert_keys (test->element, "");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    lstm_test_push_keyed (test, keys[i], x, 5);
  assert_keys (test->element, "a b 9 10");
  gst_element_set_state (test->element, GST_STATE_READY);
  assert_keys (test->element, "");
}
END_TEST

/* Without a model there is nothing to reset, and nothing to complain of. */
START_TEST (test_ready)
{
  GstElement *element = element_test_make ("lstm", NULL);

  g_signal_emit_by_name (element, "reset-state");
  g_signal_emit_by_name (element, "reset-key", "a");
  assert_keys (element, "");
  gst_element_set_state (element, GST_STATE_READY);
  g_signal_emit_by_name (element, "reset-state");
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}
END_TEST

/* Frames that never gave an output by the time of a reset are said. */
START_TEST (test_left_over)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 10, NULL);
  g_autofree gfloat *x = reference_input (5, 7);

  element_test_push_buffer (test, x, 7 * sizeof (gfloat));
  reset (test, _i, NULL);
  element_test_push_eos (test);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "7 frames", "window of 25", NULL);
}
END_TEST

typedef struct {
  GstElement *element;
  gint stop; /* atomic, like n */
  gint n;
} Meddler;

static gpointer
meddle (gpointer data)
{
  Meddler *meddler = data;

  for (guint i = 0; !g_atomic_int_get (&meddler->stop); i++) {
    g_auto (GStrv) keys = NULL;

    g_signal_emit_by_name (meddler->element, "list-keys", &keys);
    g_signal_emit_by_name (
        meddler->element, i % 2 ? "reset-key" : "reset-state", "b");
    g_atomic_int_inc (&meddler->n);
    g_usleep (50);
  }
  return NULL;
}

/* Another thread resets all the time: no output is lost, doubled or torn. With
 * a window of one's own each output is that of a window, whenever resets come.
 */
START_TEST (test_threads)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_WINDOW, 1, 10, NULL);
  Meddler meddler = { .element = test->element };
  GThread *thread = g_thread_new ("meddler", meddle, &meddler);
  g_autofree gfloat *x = reference_input (6, 25);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_WINDOW, LSTM_MODE_WINDOW, 0, 25, x, 25, &n);

  for (guint i = 0; i < 3000 || g_atomic_int_get (&meddler.n) < 50; i++) {
    g_autoptr (GByteArray) out = NULL;

    lstm_test_push_keyed (test, i % 2 ? "a" : "b", x, 25);
    out = lstm_test_pull (test);
    fail_unless_equals_uint64 (out->len, n * sizeof (gfloat));
    fail_unless (memcmp (out->data, y, out->len) == 0);
  }
  g_atomic_int_set (&meddler.stop, 1);
  g_thread_join (thread);
  element_test_assert_silent (test);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_frames, 0, N_WAYS);
  tcase_add_loop_test (tests, test_drained, 0, 2 * N_WAYS);
  tcase_add_loop_test (tests, test_key, 0, N_WAYS);
  tcase_add_loop_test (tests, test_travels, 0, N_WAYS);
  tcase_add_loop_test (tests, test_left_over, 0, N_WAYS);
  tcase_add_test (tests, test_list_keys);
  tcase_add_test (tests, test_ready);
  tcase_add_test (tests, test_threads);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-reset", add_tests);
}
