/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: the state file. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "lstm-runs.h"
#include "reload-test.h"

#define FRAME (5 * sizeof (gfloat)) /* of MODEL_FRAMES */

typedef struct {
  gchar *dir;
  gchar *path;
} File;

static File
file_new (void)
{
  File file = { .dir = g_dir_make_tmp ("lstm-state-XXXXXX", NULL) };

  fail_unless (file.dir != NULL);
  file.path = g_build_filename (file.dir, "state", NULL);
  return file;
}

static void
file_clear (File *file)
{
  g_autoptr (GDir) dir = g_dir_open (file->dir, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (file->dir, name, NULL);

    g_unlink (path);
  }
  g_rmdir (file->dir);
  g_free (file->dir);
  g_free (file->path);
}

static ElementTest *
start (const File *file, const Run *run, gboolean f64, const gchar *more)
{
  g_autofree gchar *line =
      g_strdup_printf ("state-file=%s %s", file->path, more ? more : "");

  return run_start (run, f64, line);
}

static const Run *
find_run (const gchar *name)
{
  for (guint i = 0; i < runs_count (); i++)
    if (strcmp (runs[i].name, name) == 0)
      return &runs[i];
  fail ("no run %s", name);
  return NULL;
}

/* ---- stopped, and started again ---- */

static GByteArray *
unbroken (const Run *run, gboolean f64, const GByteArray *bytes, guint cut)
{
  g_autoptr (ElementTest) test = run_start (run, f64, NULL);
  GByteArray *out = g_byte_array_new ();

  run_push (test, run, f64, bytes, 0, cut);
  run_pull (test, out);
  run_push (test, run, f64, bytes, cut, bytes->len);
  element_test_push_eos (test);
  run_pull (test, out);
  return out;
}

/* What the first part gives at its end is for nobody who goes on. */
static GByteArray *
broken_off (const Run *run, gboolean f64, const GByteArray *bytes, guint cut,
    const gchar *more)
{
  File file = file_new ();
  ElementTest *test = start (&file, run, f64, more);
  GByteArray *out = g_byte_array_new ();

  run_push (test, run, f64, bytes, 0, cut);
  run_pull (test, out);
  if (cut % 2 == 0)
    element_test_push_eos (test);
  element_test_free (test);
  test = start (&file, run, f64, more);
  run_push (test, run, f64, bytes, cut, bytes->len);
  element_test_push_eos (test);
  run_pull (test, out);
  element_test_free (test);
  file_clear (&file);
  return out;
}

/* With an end of the stream at the cut or without. */
START_TEST (test_cuts)
{
  const Run *run = &runs[_i / 2];
  gboolean f64 = _i % 2;
  g_autoptr (GByteArray) bytes = run_bytes (run, f64);
  guint frame = run->channels * (f64 ? 8 : 4);
  guint step = run->keyed ? frame * (run->n_frames / 6) : bytes->len / 10 + 1;

  for (guint at = 0; at < bytes->len + step; at += step) {
    guint cut = MIN (at, bytes->len);
    g_autoptr (GByteArray) whole = unbroken (run, f64, bytes, cut);
    g_autoptr (GByteArray) joined = broken_off (run, f64, bytes, cut, NULL);

    fail_unless (whole->len > 0);
    fail_unless_equals_int (joined->len, whole->len);
    fail_unless (memcmp (joined->data, whole->data, whole->len) == 0,
        "%s, cut at byte %u: the outputs differ", run->name, cut);
  }
}
END_TEST

static guint64
frames_in_file (const File *file, const gchar *key)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmStore) store = lstm_store_open (file->path, &error);
  g_autoptr (GBytes) state = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  g_assert_no_error (error);
  lstm_store_get (
      store, lstm_model_get_fingerprint (model), key, &state, &error);
  g_assert_no_error (error);
  if (state == NULL)
    return G_MAXUINT64;
  fail_unless (lstm_state_inspect (state, NULL, &extras, &error));
  return extras.frames;
}

/* With an interval it is written as buffers come. */
START_TEST (test_interval)
{
  const gchar *key = _i ? "a" : NULL;
  File file = file_new ();
  ElementTest *test =
      start (&file, find_run ("frames"), FALSE, "state-interval=1000000");
  g_autofree gfloat *x = reference_input (1, 5);
  guint64 found = 0, pushed = 0;

  while (found == 0 || found == G_MAXUINT64) {
    fail_unless (pushed < 20000, "nothing was written");
    if (key != NULL)
      lstm_test_push_keyed (test, key, x, 5);
    else
      element_test_push_buffer (test, x, FRAME);
    g_usleep (500);
    if (++pushed % 20 == 0)
      found = frames_in_file (&file, key);
  }
  fail_unless (found <= pushed);
  element_test_assert_silent (test);
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, key), pushed);
  file_clear (&file);
}
END_TEST

/* Without one there is nothing before the end. */
START_TEST (test_no_interval)
{
  File file = file_new ();
  ElementTest *test = start (&file, find_run ("frames"), FALSE, NULL);
  g_autofree gfloat *x = reference_input (1, 5);

  for (guint i = 0; i < 50; i++)
    element_test_push_buffer (test, x, FRAME);
  g_usleep (20000);
  fail_if (g_file_test (file.path, G_FILE_TEST_EXISTS));
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, NULL), 50);
  file_clear (&file);
}
END_TEST

/* Resets are in the file as well: of one key, of all. */
START_TEST (test_resets)
{
  File file = file_new ();
  ElementTest *test = start (&file, find_run ("frames"), FALSE, NULL);
  g_autofree gfloat *x = reference_input (2, 10 * 5);

  for (const gchar *k = "abc"; *k; k++)
    lstm_test_push_keyed (test, (gchar[]){ *k, 0 }, x, 10 * 5);
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, "a"), 10);
  test = start (&file, find_run ("frames"), FALSE, NULL);
  g_signal_emit_by_name (test->element, "reset-key", "a");
  lstm_test_push_keyed (test, "b", x, 5);
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, "a"), 0);
  fail_unless_equals_uint64 (frames_in_file (&file, "b"), 11);
  fail_unless_equals_uint64 (frames_in_file (&file, "c"), 10);
  test = start (&file, find_run ("frames"), FALSE, "max-streams=1");
  g_signal_emit_by_name (test->element, "reset-state");
  lstm_test_push_keyed (test, "c", x, 5);
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, "a"), G_MAXUINT64);
  fail_unless_equals_uint64 (frames_in_file (&file, "b"), G_MAXUINT64);
  fail_unless_equals_uint64 (frames_in_file (&file, "c"), 1);
  file_clear (&file);
}
END_TEST

/* After a reload the file is the new model's, and has what is in memory. */
START_TEST (test_reload)
{
  static const gchar *const keys[] = { "one", "two" };
  File file = file_new ();
  ReloadTest *r = reload_test_new ("a", "state-file", file.path, NULL);
  g_autofree gchar *path = reload_path ("b");
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (LstmStore) store = NULL;
  GBytes *states[2];

  for (guint i = 0; i < 2; i++)
    reload_test_push_many (r, keys[i], 5);
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  for (guint i = 0; i < 2; i++) {
    reload_test_push_many (r, keys[i], 3);
    g_signal_emit_by_name (
        r->test->element, "get-key-state", keys[i], &states[i]);
  }
  reload_test_free (r);
  store = lstm_store_open (file.path, NULL);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GBytes) found = NULL;

    fail_unless (lstm_store_get (
        store, lstm_model_get_fingerprint (model), keys[i], &found, NULL));
    fail_unless (found != NULL && g_bytes_equal (found, states[i]));
    g_bytes_unref (states[i]);
  }
  file_clear (&file);
}
END_TEST

/* ---- what is refused ---- */

/* A harness plays its element; here it must not get there. */
static void
assert_refused (const File *file, const gchar *model, const gchar *name,
    const gchar *value, GQuark domain, gint code, const gchar *const *facts)
{
  g_autofree gchar *path = reference_model_path (model);
  GstElement *element = element_test_make (
      "lstm", "model", path, "state-file", file->path, name, value, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  gst_message_unref (message);
  fail_unless (g_error_matches (error, domain, code), "%s", error->message);
  for (; *facts != NULL; facts++)
    fail_unless (strstr (error->message, *facts) != NULL,
        "'%s' is not in the message: %s", *facts, error->message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}

#define REFUSED(file, model, name, value, code, ...)                           \
  assert_refused (file, model, name, value, GST_RESOURCE_ERROR,                \
      GST_RESOURCE_ERROR_##code, (const gchar *const[]){ __VA_ARGS__, NULL })

/* A file with the state of one stream, or of three keys. */
static void
make_states (const File *file, const Run *run, gboolean keyed)
{
  g_autoptr (ElementTest) test = start (file, run, FALSE, NULL);
  guint n = run->channels;
  g_autofree gfloat *x = reference_input (3, n);

  for (guint i = 0; keyed && i < 3; i++)
    lstm_test_push_keyed (test, (gchar[]){ "abc"[i], 0 }, x, n);
  if (!keyed)
    element_test_push_buffer (test, x, n * sizeof (gfloat));
}

START_TEST (test_other_model)
{
  File file = file_new ();
  g_autofree gchar *before = NULL, *after = NULL;
  gsize n, m;

  make_states (&file, find_run ("frames"), _i);
  fail_unless (g_file_get_contents (file.path, &before, &n, NULL));
  REFUSED (&file, MODEL_STATEFUL, "batch", "0", SETTINGS, file.path,
      "another model", "expected", "name another file, or delete it");
  fail_unless (g_file_get_contents (file.path, &after, &m, NULL));
  fail_unless (n == m && memcmp (before, after, n) == 0);
  file_clear (&file);
}
END_TEST

START_TEST (test_other_way)
{
  File file = file_new ();

  make_states (&file, find_run ("stateful"), _i);
  REFUSED (&file, MODEL_STATEFUL, "batch", "3", SETTINGS, file.path,
      "batch of 1, expected one of 3", "delete it");
  file_clear (&file);
}
END_TEST

/* Every few bytes of a state changed; whatever is no state at all. */
START_TEST (test_damaged)
{
  File file = file_new ();
  g_autofree gchar *bytes = NULL;
  gsize n;

  make_states (&file, find_run ("frames"), FALSE);
  fail_unless (g_file_get_contents (file.path, &bytes, &n, NULL));
  for (gsize i = 8; i < n; i += 37) {
    bytes[i] ^= 1;
    fail_unless (g_file_set_contents (file.path, bytes, (gssize) n, NULL));
    REFUSED (
        &file, MODEL_FRAMES, "batch", "0", SETTINGS, file.path, "expected");
    bytes[i] ^= 1;
  }
  fail_unless (g_file_set_contents (file.path, bytes, (gssize) n / 2, NULL));
  REFUSED (&file, MODEL_FRAMES, "batch", "0", SETTINGS, file.path, "damaged",
      "delete it");
  fail_unless (g_file_set_contents (file.path, "id,cycle\n", -1, NULL));
  REFUSED (&file, MODEL_FRAMES, "batch", "0", SETTINGS, file.path,
      "holds no states", "name another file");
  file_clear (&file);
}
END_TEST

/* One row of an SQLite file that is damaged, or stands under another's key. */
START_TEST (test_damaged_row)
{
  File file = file_new ();
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (GBytes) state = NULL, bad = g_bytes_new_static ("bad", 3);
  LstmStoreItem item = { lstm_model_get_fingerprint (model), "b", bad };
  LstmStore *store;

  make_states (&file, find_run ("frames"), TRUE);
  store = lstm_store_open (file.path, NULL);
  fail_unless (lstm_store_get (store, item.fingerprint, "a", &state, NULL));
  if (_i)
    item.state = state;
  fail_unless (lstm_store_put (store, &item, 1, NULL));
  lstm_store_unref (store);
  REFUSED (&file, MODEL_FRAMES, "batch", "0", SETTINGS, file.path,
      _i ? "key 'b' names key 'a'" : "no saved state");
  file_clear (&file);
}
END_TEST

START_TEST (test_no_directory)
{
  File file = file_new ();
  File below = { .path = g_build_filename (file.path, "state", NULL) };

  fail_unless (g_file_set_contents (file.path, "", 0, NULL));
  REFUSED (&below, MODEL_FRAMES, "batch", "0", OPEN_READ, "no directory",
      file.path, "choose another place");
  g_free (below.path);
  file_clear (&file);
}
END_TEST

/* An empty file is none: mktemp makes such. */
START_TEST (test_empty_file)
{
  File file = file_new ();

  fail_unless (g_file_set_contents (file.path, "", 0, NULL));
  make_states (&file, find_run ("frames"), _i);
  fail_unless_equals_uint64 (frames_in_file (&file, _i ? "a" : NULL), 1);
  file_clear (&file);
}
END_TEST

/* ---- what cannot be written ---- */

static void
assert_one_warning (ElementTest *test, const gchar *a, const gchar *b)
{
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_WRITE, a, b, NULL);
}

static void
push_for (ElementTest *test, const gchar *key, guint n)
{
  g_autofree gfloat *x = reference_input (4, 5);

  for (guint i = 0; i < n; i++) {
    if (key != NULL)
      lstm_test_push_keyed (test, key, x, 5);
    else
      fail_unless_equals_int (
          element_test_push_buffer (test, x, FRAME), GST_FLOW_OK);
    g_usleep (300);
  }
}

/* The directory goes away while the stream runs: one warning, all outputs; and
 * comes back: the last state is there. */
START_TEST (test_no_directory_meanwhile)
{
  const gchar *key = _i ? "a" : NULL;
  File file = file_new ();
  ElementTest *test =
      start (&file, find_run ("frames"), FALSE, "state-interval=1000");
  g_autoptr (GByteArray) out = NULL;

  fail_unless (g_rmdir (file.dir) == 0);
  push_for (test, key, 200);
  g_usleep (20000);
  assert_one_warning (test, "could not be saved", "goes on");
  push_for (test, key, 100);
  out = lstm_test_pull (test);
  fail_unless_equals_int (out->len, 300 * 6 * sizeof (gfloat));
  fail_unless (g_mkdir (file.dir, 0755) == 0);
  element_test_assert_silent (test);
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, key), 300);
  file_clear (&file);
}
END_TEST

/* Still away when the element stops: what is lost is said. */
START_TEST (test_no_directory_at_stop)
{
  File file = file_new ();
  g_autoptr (ElementTest) test =
      start (&file, find_run ("frames"), FALSE, NULL);

  push_for (test, _i ? "a" : NULL, 3);
  fail_unless (g_rmdir (file.dir) == 0);
  gst_element_set_state (test->element, GST_STATE_READY);
  assert_one_warning (test, "last states", "are lost");
  file_clear (&file);
}
END_TEST

/* A full disk: no file can grow any more. */
START_TEST (test_disk_full)
{
  const gchar *key = _i ? "a" : NULL;
  struct rlimit before, none = { 0 };
  File file = file_new ();
  ElementTest *test =
      start (&file, find_run ("frames"), FALSE, "state-interval=1000");
  g_autoptr (GByteArray) out = NULL;

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  none.rlim_max = before.rlim_max;
  fail_unless (setrlimit (RLIMIT_FSIZE, &none) == 0);
  push_for (test, key, 200);
  g_usleep (20000);
  fail_unless (setrlimit (RLIMIT_FSIZE, &before) == 0);
  assert_one_warning (test, "could not be saved", file.path);
  push_for (test, key, 100);
  out = lstm_test_pull (test);
  fail_unless_equals_int (out->len, 300 * 6 * sizeof (gfloat));
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, key), 300);
  file_clear (&file);
}
END_TEST

/* A file of one stream is not for keys: nothing of it is lost. */
START_TEST (test_clash)
{
  File file = file_new ();
  g_autoptr (ElementTest) test = NULL;

  make_states (&file, find_run ("frames"), FALSE);
  test = start (&file, find_run ("frames"), FALSE, "state-interval=1000");
  push_for (test, "a", 100);
  g_usleep (20000);
  assert_one_warning (test, "without a key", "key 'a'; name another file");
  fail_unless_equals_uint64 (frames_in_file (&file, NULL), 1);
  file_clear (&file);
}
END_TEST

/* A key that is too long for a state is left out; others are kept. */
START_TEST (test_long_key)
{
  File file = file_new ();
  ElementTest *test =
      start (&file, find_run ("frames"), FALSE, "state-interval=1000");
  g_autofree gchar *key = g_strnfill (LSTM_STATE_MAX_KEY + 1, 'k');

  push_for (test, key, 20);
  push_for (test, "a", 20);
  assert_one_warning (test, "could not be saved", "use shorter keys");
  element_test_free (test);
  fail_unless_equals_uint64 (frames_in_file (&file, "a"), 20);
  file_clear (&file);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_cuts, 0, 2 * (int) runs_count ());
  tcase_add_loop_test (tests, test_interval, 0, 2);
  tcase_add_test (tests, test_no_interval);
  tcase_add_test (tests, test_resets);
  tcase_add_test (tests, test_reload);
  tcase_add_loop_test (tests, test_other_model, 0, 2);
  tcase_add_loop_test (tests, test_other_way, 0, 2);
  tcase_add_test (tests, test_damaged);
  tcase_add_loop_test (tests, test_damaged_row, 0, 2);
  tcase_add_test (tests, test_no_directory);
  tcase_add_loop_test (tests, test_empty_file, 0, 2);
  tcase_add_loop_test (tests, test_no_directory_meanwhile, 0, 2);
  tcase_add_loop_test (tests, test_no_directory_at_stop, 0, 2);
  tcase_add_loop_test (tests, test_disk_full, 0, 2);
  tcase_add_test (tests, test_clash);
  tcase_add_test (tests, test_long_key);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-state-file", add_tests);
}
