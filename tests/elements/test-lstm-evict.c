/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: keys that are put away, and come back. */

#include <glib/gstdio.h>
#include <string.h>

#include <gst/lstm/lstm.h>
#include "lstm-runs.h"

static const Run *
find_run (const gchar *name)
{
  for (guint i = 0; i < runs_count (); i++)
    if (strcmp (runs[i].name, name) == 0)
      return &runs[i];
  fail ("no run %s", name);
  return NULL;
}

static gchar *
new_dir (void)
{
  gchar *dir = g_dir_make_tmp ("lstm-evict-XXXXXX", NULL);

  fail_unless (dir != NULL);
  return dir;
}

static void
remove_dir (gchar *dir)
{
  static const gchar *const names[] = { "state", "state-wal", "state-shm" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_build_filename (dir, names[i], NULL);

    g_unlink (path);
  }
  fail_unless (g_rmdir (dir) == 0);
  g_free (dir);
}

static GByteArray *
run_whole (const Run *run, const gchar *more)
{
  g_autoptr (GByteArray) bytes = run_bytes (run, FALSE);
  g_autoptr (ElementTest) test = run_start (run, FALSE, more);
  GByteArray *out = g_byte_array_new ();

  run_push (test, run, FALSE, bytes, 0, bytes->len);
  run_pull (test, out);
  return out;
}

/* Fewer places than keys, or a time that each key is away for longer than: with
 * a state file nobody sees it, whenever it is written. */
static const gchar *const bounds[] = {
  "max-streams=1",
  "max-streams=2",
  "idle-timeout=1",
  "max-streams=1 state-interval=1",
  "max-streams=2 state-interval=2000000",
};

START_TEST (test_come_back)
{
  const Run *run = find_run (_i % 2 ? "keyed" : "keyed-sliding");
  gchar *dir = new_dir ();
  g_autofree gchar *more =
      g_strdup_printf ("state-file=%s/state %s", dir, bounds[_i / 2]);
  g_autoptr (GByteArray) whole = run_whole (run, NULL);
  g_autoptr (GByteArray) found = run_whole (run, more);

  fail_unless (whole->len > 0);
  fail_unless_equals_int (found->len, whole->len);
  fail_unless (memcmp (found->data, whole->data, whole->len) == 0);
  remove_dir (dir);
}
END_TEST

/* In lists, whose buffers are run together, as well. */
START_TEST (test_lists)
{
  const Run *run = find_run (_i % 2 ? "keyed" : "keyed-sliding");
  gchar *dir = new_dir ();
  g_autofree gchar *more =
      g_strdup_printf ("state-file=%s/state %s", dir, bounds[_i / 2]);
  g_autoptr (GByteArray) bytes = run_bytes (run, FALSE);
  g_autoptr (GByteArray) whole = run_whole (run, NULL);
  g_autoptr (GByteArray) found = g_byte_array_new ();
  ElementTest *test = run_start (run, FALSE, more);

  run_push_lists (test, run, bytes, 7);
  run_pull (test, found);
  element_test_free (test);
  fail_unless_equals_int (found->len, whole->len);
  fail_unless (memcmp (found->data, whole->data, whole->len) == 0);
  remove_dir (dir);
}
END_TEST

/* Over a stop as well: those of an earlier run that there is no room for are
 * read when they come. */
START_TEST (test_restart)
{
  const Run *run = find_run ("keyed-sliding");
  gchar *dir = new_dir ();
  g_autofree gchar *more =
      g_strdup_printf ("state-file=%s/state %s", dir, bounds[_i]);
  g_autoptr (GByteArray) bytes = run_bytes (run, FALSE);
  g_autoptr (GByteArray) whole = run_whole (run, NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();

  for (guint at = 0; at < bytes->len; at += 10 * 4) {
    g_autoptr (ElementTest) test = run_start (run, FALSE, more);
    g_auto (GStrv) keys = NULL;

    run_push (test, run, FALSE, bytes, at, at + 10 * 4);
    run_pull (test, out);
    g_signal_emit_by_name (test->element, "list-keys", &keys);
    fail_unless_equals_int (g_strv_length (keys), 2);
  }
  fail_unless_equals_int (out->len, whole->len);
  fail_unless (memcmp (out->data, whole->data, whole->len) == 0);
  remove_dir (dir);
}
END_TEST

/* Pops the message that says of a key that it was put away. */
static GBytes *
pop_evicted (
    ElementTest *test, const gchar *key, const gchar *reason, guint64 frames)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (test->bus, GST_MESSAGE_ELEMENT);
  const GstStructure *s;
  guint64 found = 0;
  GBytes *state = NULL;

  fail_unless (message != NULL, "no message for key %s", key);
  s = gst_message_get_structure (message);
  fail_unless (gst_structure_has_name (s, "lstm-evicted"));
  fail_unless_equals_string (gst_structure_get_string (s, "key"), key);
  fail_unless_equals_string (gst_structure_get_string (s, "reason"), reason);
  fail_unless (gst_structure_get_uint64 (s, "frames", &found));
  fail_unless_equals_uint64 (found, frames);
  fail_unless (gst_structure_get (s, "state", G_TYPE_BYTES, &state, NULL));
  fail_unless (state != NULL);
  return state;
}

/* Without a file the state rides in a message, and can be put back. */
START_TEST (test_message)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "max-streams", "2", NULL);
  g_autofree gfloat *x = reference_input (1, 9 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 9, &n);
  g_autoptr (GBytes) state = NULL;
  gboolean ok = FALSE;

  lstm_test_push_keyed (test, "a", x, 4 * 5);
  lstm_test_push_keyed (test, "b", x, 5);
  lstm_test_push_keyed (test, "a", x + 4 * 5, 5);
  lstm_test_push_keyed (test, "c", x, 5);
  g_bytes_unref (pop_evicted (test, "b", "max-streams", 1));
  lstm_test_push_keyed (test, "b", x, 5);
  state = pop_evicted (test, "a", "max-streams", 5);
  g_byte_array_unref (lstm_test_pull (test));
  g_signal_emit_by_name (test->element, "set-state", state, &ok);
  fail_unless (ok);
  lstm_test_push_keyed (test, "a", x + 5 * 5, 4 * 5);
  lstm_test_assert_output (test, y + 5 * 6, 4 * 6);
  element_test_assert_silent (test);
}
END_TEST

static void
push_at (ElementTest *test, const gchar *key, const gfloat *x, guint n,
    GstClockTime pts)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * sizeof (gfloat));

  GST_BUFFER_PTS (buffer) = pts;
  gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

/* In the time of buffers; what waits comes out as at an end. */
START_TEST (test_idle)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, "output",
      "final", "idle-timeout", "1000000000", NULL);
  g_autofree gfloat *x = reference_input (2, 5 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 5, &n);

  push_at (test, "a", x, 5 * 5, 0);
  push_at (test, "b", x, 5, GST_SECOND / 2);
  push_at (test, "b", x, 5, GST_SECOND);
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), 0);
  push_at (test, "b", x, 5, GST_SECOND + 1);
  lstm_test_assert_output (test, y + 4 * 6, 6);
  g_bytes_unref (pop_evicted (test, "a", "idle-timeout", 5));
  push_at (test, "c", x, 5, 3 * GST_SECOND);
  g_byte_array_unref (lstm_test_pull (test));
  g_bytes_unref (pop_evicted (test, "b", "idle-timeout", 3));
  element_test_assert_silent (test);
}
END_TEST

/* A window that is not full is lost with its key if there is no file, and that
 * is said; with a file nothing is. */
START_TEST (test_left_over)
{
  gchar *dir = new_dir ();
  g_autofree gchar *file = g_strdup_printf ("state-file=%s/state ", dir);
  g_autofree gchar *more = g_strconcat (_i ? file : "", "max-streams=1", NULL);
  ElementTest *test = run_start (find_run ("windows"), FALSE, more);
  g_autofree gfloat *x = reference_input (3, 25);
  g_autoptr (GByteArray) out = NULL;

  lstm_test_push_keyed (test, "a", x, 7);
  lstm_test_push_keyed (test, "b", x, 25);
  out = lstm_test_pull (test);
  fail_unless_equals_int (out->len, 40);
  element_test_push_eos (test);
  if (_i)
    element_test_assert_silent (test);
  else
    element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE, "a (7 frames)", NULL);
  element_test_free (test);
  remove_dir (dir);
}
END_TEST

/* ---- many keys ---- */

static void
push_many (ElementTest *test, guint from, guint to)
{
  g_autofree gfloat *x = reference_input (4, 5);

  for (guint i = from; i < to; i++) {
    g_autofree gchar *key = g_strdup_printf ("sensor %u", i);
    g_autoptr (GByteArray) out = NULL;

    lstm_test_push_keyed (test, key, x, 5);
    out = lstm_test_pull (test);
    fail_unless_equals_int (out->len, 6 * sizeof (gfloat));
  }
}

static void
tell (gint64 *since, const gchar *what)
{
  gint64 now = g_get_monotonic_time ();

  g_test_message ("%s: %.2f s", what, (gdouble) (now - *since) / 1e6);
  *since = now;
}

/* All in memory, or a hundred; stopped and started again. The second frame of
 * each goes on from the first. */
START_TEST (test_many)
{
  gchar *dir = new_dir ();
  g_autofree gchar *more = g_strdup_printf ("state-file=%s/state %s", dir,
      _i ? "max-streams=100" : "state-interval=200000000");
  const Run *run = find_run ("keyed");
  ElementTest *test = run_start (run, FALSE, more);
  gint64 since = g_get_monotonic_time ();
  g_auto (GStrv) keys = NULL;
  g_autofree gfloat *x = reference_input (4, 5);
  gfloat twice[10];
  gsize n;
  g_autofree gfloat *y = NULL;

  memcpy (twice, x, sizeof twice / 2);
  memcpy (twice + 5, x, sizeof twice / 2);
  y = reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, twice, 2, &n);
  push_many (test, 0, MANY_KEYS);
  tell (&since, "a frame each");
  element_test_free (test);
  tell (&since, "stopped");
  test = run_start (run, FALSE, more);
  tell (&since, "started");
  g_signal_emit_by_name (test->element, "list-keys", &keys);
  fail_unless_equals_int (g_strv_length (keys), MANY_KEYS);
  for (guint i = 0; i < MANY_KEYS; i += 997) {
    g_autofree gchar *key = g_strdup_printf ("sensor %u", i);

    lstm_test_push_keyed (test, key, x, 5);
    lstm_test_assert_output (test, y + 6, 6);
  }
  element_test_free (test);
  remove_dir (dir);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_set_timeout (tests, 280);
  tcase_add_loop_test (tests, test_come_back, 0, 2 * G_N_ELEMENTS (bounds));
  tcase_add_loop_test (tests, test_lists, 0, 2 * G_N_ELEMENTS (bounds));
  tcase_add_loop_test (tests, test_restart, 0, 2);
  tcase_add_test (tests, test_message);
  tcase_add_test (tests, test_idle);
  tcase_add_loop_test (tests, test_left_over, 0, 2);
  tcase_add_loop_test (tests, test_many, 0, 2);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-evict", add_tests);
}
