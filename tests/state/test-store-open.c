/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A store of the kind that its file is of, or is to be; what a writer has not
 * written yet. */

#include "states.h"

#include <string.h>

typedef struct {
  LstmPlan *plan;
  const gchar *model;
  gchar *dir;
  gchar *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->plan = states_plan ();
  f->model = lstm_model_get_fingerprint (lstm_plan_get_model (f->plan));
  f->dir = states_make_dir ();
  f->path = g_build_filename (f->dir, "state", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lstm_plan_unref (f->plan);
  states_remove_dir (f->dir);
  g_free (f->path);
}

static LstmStore *
open_store (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  LstmStore *store = lstm_store_open (f->path, &error);

  g_assert_no_error (error);
  return store;
}

static gboolean
put (Fixture *f, LstmStore *store, const gchar *key, guint64 number,
    GError **error)
{
  g_autoptr (GBytes) state = states_make (f->plan, key, number, 100);
  LstmStoreItem item = { f->model, key, state };

  return lstm_store_put (store, &item, 1, error);
}

static guint64
get (Fixture *f, LstmStore *store, const gchar *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) state = NULL;

  g_assert_true (lstm_store_get (store, f->model, key, &state, &error));
  g_assert_no_error (error);
  return state ? states_check (f->plan, state, key) : 0;
}

static void
assert_models (LstmStore *store, const gchar *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) models = lstm_store_list_models (store, &error);
  g_autofree gchar *found = NULL;

  g_assert_no_error (error);
  found = g_strjoinv (" ", models);
  g_assert_cmpstr (found, ==, expected);
}

static void
assert_begins (Fixture *f, const gchar *mark)
{
  g_autofree gchar *bytes = NULL;

  g_assert_true (g_file_get_contents (f->path, &bytes, NULL, NULL));
  g_assert_true (g_str_has_prefix (bytes, mark));
}

/* What is put first decides; what was decided is found again. */
static void
test_kinds (Fixture *f, gconstpointer key)
{
  g_autoptr (LstmStore) store = open_store (f);
  g_autoptr (LstmStore) again = NULL;
  LstmStoreItem nothing = { f->model, key, NULL };

  g_assert_cmpuint (get (f, store, key), ==, 0);
  assert_models (store, "");
  g_assert_true (lstm_store_put (store, &nothing, 1, NULL));
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_assert_true (put (f, store, key, 7, NULL));
  assert_begins (f, key ? "SQLite format 3" : "\211LSTM");
  g_assert_cmpuint (get (f, store, key), ==, 7);
  again = open_store (f);
  g_assert_cmpuint (get (f, again, key), ==, 7);
  assert_models (again, f->model);
  g_assert_true (put (f, store, key, 8, NULL));
  g_assert_cmpuint (get (f, again, key), ==, 8);
}

/* A reader that was there before the file finds it. */
static void
test_later (Fixture *f, gconstpointer key)
{
  g_autoptr (LstmStore) reader = open_store (f);
  g_autoptr (LstmStore) writer = open_store (f);

  g_assert_cmpuint (get (f, reader, key), ==, 0);
  g_assert_true (put (f, writer, key, 3, NULL));
  g_assert_cmpuint (get (f, reader, key), ==, 3);
}

static void
test_clash (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmStore) store = open_store (f);
  g_autoptr (GError) error = NULL;

  g_assert_true (put (f, store, NULL, 1, NULL));
  g_assert_false (put (f, store, "a", 2, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, f->path));
  g_assert_nonnull (strstr (error->message, "without a key"));
  g_assert_nonnull (strstr (error->message, "'a'; name another file"));
  g_assert_cmpuint (get (f, store, NULL), ==, 1);
}

/* A stream without a key beside those that have one. */
static void
test_both (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmStore) store = open_store (f);

  g_assert_true (put (f, store, "a", 2, NULL));
  g_assert_true (put (f, store, NULL, 1, NULL));
  g_assert_cmpuint (get (f, store, NULL), ==, 1);
  g_assert_cmpuint (get (f, store, "a"), ==, 2);
}

static void
assert_refused (Fixture *f, gint code, const gchar *a, const gchar *b)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_store_open (f->path, &error));
  g_assert_error (error, LSTM_ERROR, code);
  if (!strstr (error->message, a) || !strstr (error->message, b))
    g_error ("'%s' lacks '%s' or '%s'", error->message, a, b);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  static const gchar *const texts[] = { "x", "id,cycle\n", "SQLite format 2",
    "\211HDF\r\n\032\n" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_true (g_file_set_contents (f->path, texts[i], -1, NULL));
    assert_refused (f, LSTM_ERROR_FORMAT, f->path, "holds no states");
  }
  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  lstm_store_unref (open_store (f));
  g_free (f->path);
  f->path = g_build_filename (f->dir, "none", "state", NULL);
  assert_refused (f, LSTM_ERROR_IO, "no directory", "choose another place");
}

/* ---- what waits to be written ---- */

static guint64
peek (Fixture *f, LstmStoreWriter *writer, const gchar *key, gboolean *waits)
{
  g_autoptr (GBytes) state = NULL;

  *waits = lstm_store_writer_peek (writer, f->model, key, &state);
  return state ? states_check (f->plan, state, key) : 0;
}

/* From the moment that it is handed over it is found: there, or in the store.
 */
static void
test_peek (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmStore) store = open_store (f);
  g_autoptr (LstmStore) reader = open_store (f);
  LstmStoreWriter *writer = lstm_store_writer_new (store, NULL, NULL);
  gboolean waits;
  guint n_waited = 0;

  g_assert_cmpuint (peek (f, writer, "a", &waits), ==, 0);
  g_assert_false (waits);
  for (guint64 i = 1; i <= 300; i++) {
    g_autoptr (GBytes) state = states_make (f->plan, "a", i, 100);
    LstmStoreItem item = { f->model, "a", state };
    guint64 found;

    lstm_store_writer_put (writer, &item, 1);
    found = peek (f, writer, "a", &waits);
    n_waited += waits;
    if (!waits)
      found = get (f, reader, "a");
    g_assert_cmpuint (found, ==, i);
    if (i % 50 == 0)
      g_assert_true (lstm_store_writer_flush (writer, NULL));
  }
  g_assert_cmpuint (n_waited, >, 0);
  g_assert_true (lstm_store_writer_flush (writer, NULL));
  peek (f, writer, "a", &waits);
  g_assert_false (waits);
  g_assert_true (lstm_store_writer_close (writer, NULL));
}

/* A state that is to be deleted waits as well. */
static void
test_peek_deleted (Fixture *f, gconstpointer data)
{
  g_autoptr (LstmStore) store = open_store (f);
  LstmStoreWriter *writer;
  LstmStoreItem item = { f->model, "a", NULL };
  gboolean waits;

  g_assert_true (put (f, store, "a", 1, NULL));
  writer = lstm_store_writer_new (store, NULL, NULL);
  lstm_store_writer_put (writer, &item, 1);
  if (peek (f, writer, "a", &waits) == 0 && !waits)
    g_assert_cmpuint (get (f, store, "a"), ==, 0);
  g_assert_true (lstm_store_writer_close (writer, NULL));
  g_assert_cmpuint (get (f, store, "a"), ==, 0);
}

#define ADD(path, data, func)                                                  \
  g_test_add ("/store-open/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("kinds/stream", NULL, test_kinds);
  ADD ("kinds/key", "a", test_kinds);
  ADD ("later/stream", NULL, test_later);
  ADD ("later/key", "a", test_later);
  ADD ("clash", NULL, test_clash);
  ADD ("both", NULL, test_both);
  ADD ("refused", NULL, test_refused);
  ADD ("peek", NULL, test_peek);
  ADD ("peek-deleted", NULL, test_peek_deleted);
  return g_test_run ();
}
