/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Disks that are full, directories that may not be written, files that are
 * something else or damaged. */

#include "states.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

typedef struct {
  LstmPlan *plan;
  const gchar *model; /* its fingerprint */
  gchar *dir;
  gchar *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer kind)
{
  f->plan = states_plan ();
  f->model = lstm_model_get_fingerprint (lstm_plan_get_model (f->plan));
  f->dir = states_make_dir ();
  f->path = g_build_filename (f->dir, "state", NULL);
}

static void
tear_down (Fixture *f, gconstpointer kind)
{
  states_remove_dir (f->dir);
  g_free (f->path);
  lstm_plan_unref (f->plan);
}

static LstmStore *
try_open (Fixture *f, gconstpointer kind, GError **error)
{
  return strcmp (kind, "file") == 0 ? lstm_store_new_file (f->path, error)
                                    : lstm_store_new_sqlite (f->path, error);
}

static LstmStore *
must_open (Fixture *f, gconstpointer kind)
{
  g_autoptr (GError) error = NULL;
  LstmStore *store = try_open (f, kind, &error);

  g_assert_no_error (error);
  return store;
}

static gboolean
put (Fixture *f, LstmStore *store, guint64 number, gsize size, GError **error)
{
  g_autoptr (GBytes) state = states_make (f->plan, "a", number, size);
  LstmStoreItem item = { f->model, "a", state };

  return lstm_store_put (store, &item, 1, error);
}

static void
has (Fixture *f, LstmStore *store, guint64 number)
{
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (lstm_store_get (store, f->model, "a", &state, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (states_check (f->plan, state, "a"), ==, number);
}

static void
says (GError *error, gint code, const gchar *const *facts)
{
  g_assert_error (error, LSTM_ERROR, code);
  for (guint i = 0; facts[i]; i++)
    if (!strstr (error->message, facts[i]))
      g_error ("'%s' does not say '%s'", error->message, facts[i]);
}

#define SAYS(error, code, ...)                                                 \
  says (error, code, (const gchar *const[]){ __VA_ARGS__, NULL })

/* ---- disks ---- */

/* A write beyond the limit fails as one on a full disk does, with another
 * number. */
static void
limit_files (rlim_t bytes)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_full (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_true (put (f, store, 1, 100, NULL));
  limit_files (100000);
  ok = put (f, store, 2, 1000000, &error);
  limit_files (0);
  g_assert_false (ok);
  SAYS (error, LSTM_ERROR_IO, "cannot write", f->path, "make room");
  has (f, store, 1);
  g_clear_error (&error);
  g_assert_true (put (f, store, 3, 1000000, &error));
  g_assert_no_error (error);
  has (f, store, 3);
}

typedef struct {
  gint n;
  gint code;
} Told;

static void
tell (const GError *error, gpointer user_data)
{
  Told *told = user_data;

  told->code = error->code;
  g_atomic_int_inc (&told->n);
}

/* The thread that hands over notices nothing, and what waited is written when
 * there is room again. */
static void
test_full_writer (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autoptr (GBytes) state = states_make (f->plan, "a", 7, 1000000);
  Told told = { 0, -1 };
  LstmStoreWriter *writer = lstm_store_writer_new (store, tell, &told);
  LstmStoreItem item = { f->model, "a", state };
  g_autoptr (GError) error = NULL;
  gint64 before, last;
  gboolean ok;

  signal (SIGXFSZ, SIG_IGN);
  limit_files (100000);
  lstm_store_writer_put (writer, &item, 1);
  ok = lstm_store_writer_flush (writer, &error);
  limit_files (0);
  g_assert_false (ok);
  SAYS (error, LSTM_ERROR_IO, "cannot write", f->path);
  g_assert_cmpint (g_atomic_int_get (&told.n), >=, 1);
  g_assert_cmpint (told.code, ==, LSTM_ERROR_IO);
  g_clear_error (&error);
  g_assert_cmpuint (lstm_store_writer_get_n_saves (writer, &last), ==, 0);
  g_assert_cmpint (last, ==, 0);
  before = g_get_real_time ();
  g_assert_true (lstm_store_writer_flush (writer, NULL));
  g_assert_true (lstm_store_writer_flush (writer, NULL));
  g_assert_cmpuint (lstm_store_writer_get_n_saves (writer, &last), ==, 1);
  g_assert_cmpint (last, >=, before);
  g_assert_cmpint (last, <=, g_get_real_time ());
  g_assert_true (lstm_store_writer_close (writer, &error));
  g_assert_no_error (error);
  has (f, store, 7);
}

/* Root may write everywhere, and so is nobody meanwhile. */
static void
lock_dir (Fixture *f, gboolean lock)
{
  if (geteuid () == 0 && lock)
    g_assert_cmpint (seteuid (NOBODY), ==, 0);
  else if (getuid () == 0 && !lock)
    g_assert_cmpint (seteuid (0), ==, 0);
  else
    g_assert_cmpint (g_chmod (f->dir, lock ? 0555 : 0755), ==, 0);
}

static void
test_read_only_dir (Fixture *f, gconstpointer kind)
{
  LstmStore *store;
  g_autoptr (GError) error = NULL;

  lock_dir (f, TRUE);
  store = try_open (f, kind, &error);
  /* Only a write shows it to a store of one file. */
  if (store && !put (f, store, 1, 0, &error))
    g_clear_pointer (&store, lstm_store_unref);
  lock_dir (f, FALSE);
  g_assert_null (store);
  SAYS (error, LSTM_ERROR_IO, f->path, "cannot", "writable");
}

static void
test_becomes_read_only (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  g_assert_true (put (f, store, 1, 0, NULL));
  lock_dir (f, TRUE);
  ok = put (f, store, 2, 0, &error);
  lock_dir (f, FALSE);
  g_assert_false (ok);
  SAYS (error, LSTM_ERROR_IO, "cannot write", f->path, "writable");
  has (f, store, 1);
  g_assert_true (put (f, store, 3, 0, NULL));
  has (f, store, 3);
}

static void
test_no_dir (Fixture *f, gconstpointer kind)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *real = f->path;

  f->path = g_build_filename (f->dir, "missing", "state", NULL);
  g_assert_null (try_open (f, kind, &error));
  SAYS (error, LSTM_ERROR_IO, "missing", "choose another place");
  g_free (f->path);
  f->path = g_steal_pointer (&real);
}

static void
test_is_a_dir (Fixture *f, gconstpointer kind)
{
  LstmStore *store;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) state = NULL;

  g_assert_cmpint (g_mkdir (f->path, 0755), ==, 0);
  store = try_open (f, kind, &error);
  if (store && !lstm_store_get (store, f->model, "a", &state, &error))
    g_clear_pointer (&store, lstm_store_unref);
  g_assert_null (store);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, f->path));
}

/* ---- a file that is something else ---- */

static void
write_file (Fixture *f, const gchar *text)
{
  g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
}

static void
test_file_foreign (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = NULL;
  g_autoptr (LstmStream) stream = lstm_stream_new (f->plan);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;

  write_file (f, "id,cycle\n1,2\n");
  store = must_open (f, kind);
  g_assert_true (lstm_store_get (store, f->model, NULL, &state, &error));
  g_assert_false (lstm_state_load (state, stream, NULL, &error));
  SAYS (error, LSTM_ERROR_FORMAT, "no saved state");
  g_clear_error (&error);
  g_assert_null (lstm_store_list (store, f->model, &error));
  SAYS (error, LSTM_ERROR_FORMAT, f->path, "no saved state");
}

static void
test_file_of_other_model (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = NULL;

  g_assert_true (put (f, store, 1, 0, NULL));
  keys = lstm_store_list (store, "some other fingerprint", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (keys), ==, 0);
}

static void
test_file_huge (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;

  write_file (f, "");
  g_assert_cmpint (truncate (f->path, (off_t) LSTM_STATE_MAX_BYTES + 1), ==, 0);
  g_assert_false (lstm_store_get (store, f->model, NULL, &state, &error));
  SAYS (error, LSTM_ERROR_FORMAT, f->path, "too large", "536870912");
}

static void
test_file_fifo (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (f->path, 0644), ==, 0);
  g_assert_false (lstm_store_get (store, f->model, NULL, &state, &error));
  SAYS (error, LSTM_ERROR_FORMAT, f->path, "is no file");
}

/* A symbolic link in the way of the temporary file is not written through, and
 * one in place of the state is replaced. */
static void
test_file_link (Fixture *f, gconstpointer kind)
{
  g_autoptr (LstmStore) store = must_open (f, kind);
  g_autofree gchar *victim = g_build_filename (f->dir, "victim", NULL);
  g_autofree gchar *text = NULL;

  g_assert_true (g_file_set_contents (victim, "precious", -1, NULL));
  g_assert_cmpint (symlink (victim, f->path), ==, 0);
  g_assert_true (put (f, store, 1, 0, NULL));
  has (f, store, 1);
  g_assert_true (g_file_get_contents (victim, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "precious");
}

/* ---- a database that is something else, or damaged ---- */

static void
refuses_to_open (Fixture *f, gint code, const gchar *a, const gchar *b)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_store_new_sqlite (f->path, &error));
  SAYS (error, code, f->path, a, b);
}

static void
test_sqlite_no_database (Fixture *f, gconstpointer kind)
{
  write_file (f, "id,cycle\n1,2\nand so on, for as long as a header is, and on "
                 "and on and on and on and on and on and on and on and on\n");
  refuses_to_open (f, LSTM_ERROR_FORMAT, "no SQLite file", "name another");
}

static void
run_sql (Fixture *f, const gchar *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static void
test_sqlite_foreign (Fixture *f, gconstpointer kind)
{
  run_sql (f, "CREATE TABLE state (x); CREATE TABLE songs (y)");
  refuses_to_open (f, LSTM_ERROR_FORMAT, "something else, with 2 tables",
      "name another file");
}

static void
test_sqlite_version (Fixture *f, gconstpointer kind)
{
  lstm_store_unref (must_open (f, kind));
  run_sql (f, "PRAGMA user_version=9");
  refuses_to_open (
      f, LSTM_ERROR_FORMAT, "version 9, expected 1", "another release");
}

static void
make_database (Fixture *f)
{
  g_autoptr (LstmStore) store = must_open (f, "sqlite");

  for (guint64 i = 0; i < 50; i++) {
    g_autofree gchar *key = g_strdup_printf ("%u", (guint) i);
    g_autoptr (GBytes) state = states_make (f->plan, key, i, 1000);
    LstmStoreItem item = { f->model, key, state };

    g_assert_true (lstm_store_put (store, &item, 1, NULL));
  }
}

/* Opens or not, gives a state or an error: whole or not at all, and nothing is
 * missing without a word. Returns how many of the states were right. */
static guint
read_all (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmStore) store = lstm_store_new_sqlite (f->path, &error);
  guint n = 0;

  if (!store) {
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT);
    return 0;
  }
  for (guint64 i = 0; i < 50; i++) {
    g_autofree gchar *key = g_strdup_printf ("%u", (guint) i);
    g_autoptr (GBytes) state = NULL;
    g_autoptr (LstmStream) stream = lstm_stream_new (f->plan);
    g_auto (LstmStateExtras) extras = { 0 };
    g_autoptr (GError) failure = NULL;

    if (lstm_store_get (store, f->model, key, &state, &failure) && state &&
        lstm_state_load (state, stream, &extras, &failure)) {
      g_assert_cmpuint (states_check (f->plan, state, extras.key), <, 50);
      n++;
    } else {
      g_assert_error (failure, LSTM_ERROR, LSTM_ERROR_FORMAT);
    }
  }
  return n;
}

/* Each page in turn is overwritten. */
static void
test_sqlite_damaged (Fixture *f, gconstpointer kind)
{
  g_autofree gchar *whole = NULL;
  guint n_right = 0, n_pages;
  gsize size;

  make_database (f);
  g_assert_cmpuint (read_all (f), ==, 50);
  g_assert_true (g_file_get_contents (f->path, &whole, &size, NULL));
  n_pages = size / 4096;
  g_assert_cmpuint (n_pages, >=, 10);
  for (guint page = 0; page < n_pages; page++) {
    g_autofree gchar *damaged = g_memdup2 (whole, size);
    guint n;

    memset (damaged + page * 4096, 0xa5, 4096);
    g_assert_true (g_file_set_contents (f->path, damaged, size, NULL));
    n = read_all (f);
    g_assert_cmpuint (n, <, 50);
    n_right += n;
  }
  g_assert_cmpuint (n_right, >, 0);
}

/* What is cut off may be empty room at the end of the last page. */
static void
test_sqlite_truncated (Fixture *f, gconstpointer kind)
{
  g_autofree gchar *whole = NULL;
  guint n_whole = 0;
  gsize size;

  make_database (f);
  g_assert_true (g_file_get_contents (f->path, &whole, &size, NULL));
  for (gsize n = 1; n < size; n += 3000) {
    g_assert_true (g_file_set_contents (f->path, whole, n, NULL));
    n_whole += read_all (f) == 50;
  }
  g_assert_cmpuint (n_whole, <=, 1);
}

/* The row is there and its bytes are others: the state's own checksum. */
static void
test_sqlite_row (Fixture *f, gconstpointer kind)
{
  make_database (f);
  run_sql (f, "UPDATE state SET state = CAST(substr(state, 1, 200) AS BLOB)"
              " WHERE key = CAST('7' AS BLOB)");
  g_assert_cmpuint (read_all (f), ==, 49);
}

#define ADD(kind, name, func)                                                  \
  g_test_add (                                                                 \
      "/store-errors/" kind "/" name, Fixture, kind, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("file", "full", test_full);
  ADD ("file", "full-writer", test_full_writer);
  ADD ("file", "read-only-dir", test_read_only_dir);
  ADD ("file", "becomes-read-only", test_becomes_read_only);
  ADD ("file", "no-dir", test_no_dir);
  ADD ("file", "is-a-dir", test_is_a_dir);
  ADD ("file", "foreign", test_file_foreign);
  ADD ("file", "of-other-model", test_file_of_other_model);
  ADD ("file", "huge", test_file_huge);
  ADD ("file", "fifo", test_file_fifo);
  ADD ("file", "link", test_file_link);
  ADD ("sqlite", "full", test_full);
  ADD ("sqlite", "full-writer", test_full_writer);
  ADD ("sqlite", "read-only-dir", test_read_only_dir);
  ADD ("sqlite", "no-dir", test_no_dir);
  ADD ("sqlite", "is-a-dir", test_is_a_dir);
  ADD ("sqlite", "no-database", test_sqlite_no_database);
  ADD ("sqlite", "foreign", test_sqlite_foreign);
  ADD ("sqlite", "version", test_sqlite_version);
  ADD ("sqlite", "damaged", test_sqlite_damaged);
  ADD ("sqlite", "truncated", test_sqlite_truncated);
  ADD ("sqlite", "row", test_sqlite_row);
  return g_test_run ();
}
