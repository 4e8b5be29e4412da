/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both kinds of stores, and the thread that writes. */

#include "states.h"

#include <string.h>

#include "state/store-private.h"

static const gchar other_model[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

typedef struct {
  LstmPlan *plan;
  const gchar *model; /* its fingerprint */
  gchar *dir;
  gchar *path;
  LstmStore *store;
} Fixture;

static LstmStore *
open_store (const Fixture *f, gconstpointer kind)
{
  g_autoptr (GError) error = NULL;
  LstmStore *store = strcmp (kind, "file") == 0
                         ? lstm_store_new_file (f->path, &error)
                         : lstm_store_new_sqlite (f->path, &error);

  g_assert_no_error (error);
  return store;
}

static void
set_up (Fixture *f, gconstpointer kind)
{
  f->plan = states_plan ();
  f->model = lstm_model_get_fingerprint (lstm_plan_get_model (f->plan));
  f->dir = states_make_dir ();
  f->path = g_build_filename (f->dir, "state", NULL);
  f->store = open_store (f, kind);
}

static void
tear_down (Fixture *f, gconstpointer kind)
{
  lstm_store_unref (f->store);
  states_remove_dir (f->dir);
  g_free (f->path);
  lstm_plan_unref (f->plan);
}

static GBytes *
get (Fixture *f, const gchar *key)
{
  g_autoptr (GError) error = NULL;
  GBytes *state = NULL;

  g_assert_true (lstm_store_get (f->store, f->model, key, &state, &error));
  g_assert_no_error (error);
  return state;
}

static void
put (Fixture *f, const gchar *key, guint64 number)
{
  g_autoptr (GBytes) state = states_make (f->plan, key, number, 100);
  g_autoptr (GError) error = NULL;
  LstmStoreItem item = { f->model, key, state };

  g_assert_true (lstm_store_put (f->store, &item, 1, &error));
  g_assert_no_error (error);
}

static void
has (Fixture *f, const gchar *key, guint64 number)
{
  g_autoptr (GBytes) state = get (f, key);

  g_assert_cmpuint (states_check (f->plan, state, key), ==, number);
}

static void
lists (Fixture *f, const gchar *model, const gchar *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = lstm_store_list (f->store, model, &error);
  g_autofree gchar *joined = NULL;

  g_assert_no_error (error);
  joined = g_strjoinv (" ", keys);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_one (Fixture *f, gconstpointer kind)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (get (f, "a"));
  lists (f, f->model, "");
  put (f, "a", 1);
  put (f, "a", 2);
  has (f, "a", 2);
  lists (f, f->model, "a");
  lists (f, other_model, "");
  lstm_store_unref (f->store);
  f->store = open_store (f, kind);
  has (f, "a", 2);
  g_assert_true (lstm_store_delete (f->store, f->model, "a", &error));
  g_assert_null (get (f, "a"));
  g_assert_true (lstm_store_delete (f->store, f->model, "a", &error));
  g_assert_no_error (error);
}

static void
test_no_key (Fixture *f, gconstpointer kind)
{
  g_auto (GStrv) keys = NULL;
  g_autoptr (GBytes) state = NULL;

  put (f, NULL, 5);
  has (f, NULL, 5);
  state = get (f, "");
  g_assert_nonnull (state);
  keys = lstm_store_list (f->store, f->model, NULL);
  g_assert_cmpuint (g_strv_length (keys), ==, 1);
  g_assert_cmpstr (keys[0], ==, "");
}

/* Nothing is left beside the state. */
static void
test_tidy (Fixture *f, gconstpointer kind)
{
  g_autoptr (GDir) dir = NULL;
  guint n = 0;

  put (f, NULL, 1);
  put (f, NULL, 2);
  dir = g_dir_open (f->dir, 0, NULL);
  while (g_dir_read_name (dir))
    n++;
  g_assert_cmpuint (n, ==, 1);
}

static void
test_one_file_two_keys (Fixture *f, gconstpointer kind)
{
  g_autoptr (GBytes) a = states_make (f->plan, "a", 1, 0);
  g_autoptr (GBytes) b = states_make (f->plan, "b", 1, 0);
  LstmStoreItem items[] = { { f->model, "a", a }, { f->model, "b", b } };
  g_autoptr (GError) error = NULL;

  g_assert_false (lstm_store_put (f->store, items, 2, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "'a' and 'b'"));
  g_assert_null (get (f, NULL));
}

static void
test_many (Fixture *f, gconstpointer kind)
{
  g_autoptr (GBytes) a = states_make (f->plan, "a", 3, 0);
  g_autoptr (GBytes) b = states_make (f->plan, "b", 4, 0);
  LstmStoreItem items[] = { { f->model, "b", b }, { f->model, "a", a },
    { other_model, "a", b }, { f->model, "gone", NULL } };
  g_autoptr (GBytes) other = NULL;
  g_autoptr (GError) error = NULL;

  put (f, "gone", 1);
  put (f, "stays", 2);
  g_assert_true (lstm_store_put (f->store, items, 4, &error));
  g_assert_no_error (error);
  has (f, "a", 3);
  has (f, "b", 4);
  has (f, "stays", 2);
  g_assert_null (get (f, "gone"));
  lists (f, f->model, "a b stays");
  lists (f, other_model, "a");
  g_assert_true (lstm_store_get (f->store, other_model, "a", &other, &error));
  g_assert_true (g_bytes_equal (other, b));
}

/* Keys are bytes: quotes, what is no UTF-8, what differs in case. */
static void
test_keys (Fixture *f, gconstpointer kind)
{
  static const gchar *const keys[] = { "'; DROP TABLE state; --", "\377\376",
    "Key", "key", "k\xc3\xa9y", " ", "%" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    put (f, keys[i], i);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    has (f, keys[i], i);
}

/* All or none: the second item cannot be kept. */
static void
test_batch_is_one (Fixture *f, gconstpointer kind)
{
  g_autoptr (GBytes) state = states_make (f->plan, "a", 3, 0);
  g_autofree gchar *key = g_strnfill (LSTM_STATE_MAX_KEY + 1, 'k');
  LstmStoreItem items[] = { { f->model, "a", state },
    { f->model, key, state } };
  g_autoptr (GError) error = NULL;

  put (f, "a", 1);
  g_assert_false (lstm_store_put (f->store, items, 2, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "4097 bytes"));
  g_assert_nonnull (strstr (error->message, f->path));
  has (f, "a", 1);
  put (f, "b", 2);
}

static void
test_two_processes (Fixture *f, gconstpointer kind)
{
  LstmStore *other = open_store (f, kind), *own = f->store;

  put (f, "a", 1);
  f->store = other;
  has (f, "a", 1);
  put (f, "a", 2);
  f->store = own;
  has (f, "a", 2);
  lstm_store_unref (other);
}

#define MANY 100000

static void
test_hundred_thousand (Fixture *f, gconstpointer kind)
{
  gint64 begin = g_get_monotonic_time ();
  LstmStoreWriter *writer = lstm_store_writer_new (f->store, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = NULL;
  gdouble seconds;

  for (guint i = 0; i < MANY; i++) {
    g_autofree gchar *key = g_strdup_printf ("%06u", i);
    g_autoptr (GBytes) state = states_make (f->plan, key, i, 0);

    lstm_store_writer_put (writer, &(LstmStoreItem){ f->model, key, state }, 1);
  }
  g_assert_true (lstm_store_writer_close (writer, &error));
  g_assert_no_error (error);
  seconds = (gdouble) (g_get_monotonic_time () - begin) / 1e6;
  g_test_message ("%d states saved and written in %.2f s", MANY, seconds);
  begin = g_get_monotonic_time ();
  keys = lstm_store_list (f->store, f->model, &error);
  g_assert_cmpuint (g_strv_length (keys), ==, MANY);
  for (guint i = 0; i < MANY; i++) {
    g_autoptr (GBytes) state = get (f, keys[i]);

    if (i % 1000 == 999)
      g_assert_cmpuint (states_check (f->plan, state, keys[i]), ==, i);
  }
  g_test_message ("%d states read in %.2f s", MANY,
      (gdouble) (g_get_monotonic_time () - begin) / 1e6);
}

/* ---- the writer, on a store that does what the test says ---- */

typedef struct {
  LstmStore parent;
  GMutex gate;      /* held by the test: put waits */
  gint n_entered;   /* atomic */
  GHashTable *kept; /* key -> number of the last state */
  guint n_put;
  guint n_items;
  gboolean fails;
} Puppet;

static gboolean
puppet_put (
    LstmStore *store, const LstmStoreItem *items, guint n_items, GError **error)
{
  Puppet *self = (Puppet *) store;
  g_autoptr (GMutexLocker) locker = NULL;

  g_atomic_int_inc (&self->n_entered);
  locker = g_mutex_locker_new (&self->gate);
  self->n_put++;
  if (self->fails) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "the disk is full");
    return FALSE;
  }
  self->n_items += n_items;
  for (guint i = 0; i < n_items; i++)
    g_hash_table_replace (self->kept, g_strdup (items[i].key),
        items[i].state ? g_bytes_ref (items[i].state) : NULL);
  return TRUE;
}

static void
puppet_free (LstmStore *store)
{
  Puppet *self = (Puppet *) store;

  g_mutex_clear (&self->gate);
  g_hash_table_unref (self->kept);
  lstm_store_finish (store);
  g_free (self);
}

static void
unref_bytes (gpointer bytes)
{
  if (bytes)
    g_bytes_unref (bytes);
}

static Puppet *
puppet_new (void)
{
  static const LstmStoreClass klass = { .put = puppet_put,
    .free = puppet_free };
  Puppet *self = g_new0 (Puppet, 1);

  lstm_store_init (&self->parent, &klass, "puppet");
  g_mutex_init (&self->gate);
  self->kept =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_bytes);
  return self;
}

static void
hand_over (LstmStoreWriter *writer, const gchar *key, const gchar *text)
{
  g_autoptr (GBytes) state = text ? g_bytes_new (text, strlen (text)) : NULL;

  lstm_store_writer_put (
      writer, &(LstmStoreItem){ other_model, key, state }, 1);
}

static void
puppet_has (Puppet *puppet, const gchar *key, const gchar *text)
{
  GBytes *state = g_hash_table_lookup (puppet->kept, key);
  gsize n;
  gconstpointer data;

  g_assert_nonnull (state);
  data = g_bytes_get_data (state, &n);
  g_assert_cmpmem (data, n, text, strlen (text));
}

/* While the store stands still, handing over does not wait, and of each key the
 * last state counts. */
static void
test_latest_wins (void)
{
  Puppet *puppet = puppet_new ();
  LstmStoreWriter *writer = lstm_store_writer_new (&puppet->parent, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&puppet->gate);
  hand_over (writer, "first", "1");
  while (g_atomic_int_get (&puppet->n_entered) == 0)
    g_usleep (100);
  for (guint i = 0; i < 1000; i++) {
    g_autofree gchar *text = g_strdup_printf ("%u", i);

    hand_over (writer, "a", text);
    hand_over (writer, "b", i == 999 ? NULL : text);
  }
  g_mutex_unlock (&puppet->gate);
  g_assert_true (lstm_store_writer_flush (writer, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (puppet->n_put, ==, 2);
  g_assert_cmpuint (puppet->n_items, ==, 3);
  puppet_has (puppet, "first", "1");
  puppet_has (puppet, "a", "999");
  g_assert_true (g_hash_table_contains (puppet->kept, "b"));
  g_assert_null (g_hash_table_lookup (puppet->kept, "b"));
  g_assert_true (lstm_store_writer_close (writer, &error));
  lstm_store_unref (&puppet->parent);
}

/* Close writes what waits. */
static void
test_close_waits (void)
{
  Puppet *puppet = puppet_new ();

  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *text = g_strdup_printf ("%u", i);
    LstmStoreWriter *writer =
        lstm_store_writer_new (&puppet->parent, NULL, NULL);

    hand_over (writer, "a", text);
    g_assert_true (lstm_store_writer_close (writer, NULL));
    puppet_has (puppet, "a", text);
  }
  lstm_store_unref (&puppet->parent);
}

static void
count_error (const GError *error, gpointer user_data)
{
  g_assert_cmpstr (error->message, ==, "the disk is full");
  g_atomic_int_inc ((gint *) user_data);
}

/* What could not be written is tried again, unless there is newer. */
static void
test_fails_and_recovers (void)
{
  Puppet *puppet = puppet_new ();
  gint n_errors = 0;
  LstmStoreWriter *writer =
      lstm_store_writer_new (&puppet->parent, count_error, &n_errors);
  g_autoptr (GError) error = NULL;

  puppet->fails = TRUE;
  hand_over (writer, "a", "old");
  hand_over (writer, "b", "old");
  g_assert_false (lstm_store_writer_flush (writer, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_IO);
  g_assert_cmpint (g_atomic_int_get (&n_errors), >=, 1);
  g_assert_cmpuint (g_hash_table_size (puppet->kept), ==, 0);
  hand_over (writer, "b", "new");
  g_assert_false (lstm_store_writer_flush (writer, NULL));
  puppet->fails = FALSE;
  g_clear_error (&error);
  g_assert_true (lstm_store_writer_flush (writer, &error));
  g_assert_no_error (error);
  puppet_has (puppet, "a", "old");
  puppet_has (puppet, "b", "new");
  g_assert_true (lstm_store_writer_close (writer, NULL));
  lstm_store_unref (&puppet->parent);
}

static void
test_close_tells (void)
{
  Puppet *puppet = puppet_new ();
  LstmStoreWriter *writer = lstm_store_writer_new (&puppet->parent, NULL, NULL);
  g_autoptr (GError) error = NULL;

  puppet->fails = TRUE;
  hand_over (writer, "a", "lost");
  g_assert_false (lstm_store_writer_close (writer, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_IO);
  lstm_store_unref (&puppet->parent);
}

static gpointer
hand_over_many (gpointer data)
{
  for (guint i = 0; i < 2000; i++) {
    g_autofree gchar *text = g_strdup_printf ("%u", i);

    hand_over (data, i % 2 ? "odd" : "even", text);
    if (i % 100 == 0)
      g_assert_true (lstm_store_writer_flush (data, NULL));
  }
  return NULL;
}

static void
test_many_threads (void)
{
  Puppet *puppet = puppet_new ();
  LstmStoreWriter *writer = lstm_store_writer_new (&puppet->parent, NULL, NULL);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hand over", hand_over_many, writer);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (lstm_store_writer_close (writer, NULL));
  puppet_has (puppet, "odd", "1999");
  puppet_has (puppet, "even", "1998");
  lstm_store_unref (&puppet->parent);
}

#define ADD(kind, name, func)                                                  \
  g_test_add ("/store/" kind "/" name, Fixture, kind, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("file", "one", test_one);
  ADD ("file", "no-key", test_no_key);
  ADD ("file", "tidy", test_tidy);
  ADD ("file", "two-keys", test_one_file_two_keys);
  ADD ("sqlite", "one", test_one);
  ADD ("sqlite", "no-key", test_no_key);
  ADD ("sqlite", "many", test_many);
  ADD ("sqlite", "keys", test_keys);
  ADD ("sqlite", "batch-is-one", test_batch_is_one);
  ADD ("sqlite", "two-processes", test_two_processes);
  ADD ("sqlite", "hundred-thousand", test_hundred_thousand);
  g_test_add_func ("/store/writer/latest-wins", test_latest_wins);
  g_test_add_func ("/store/writer/close-waits", test_close_waits);
  g_test_add_func ("/store/writer/fails-and-recovers", test_fails_and_recovers);
  g_test_add_func ("/store/writer/close-tells", test_close_tells);
  g_test_add_func ("/store/writer/many-threads", test_many_threads);
  return g_test_run ();
}
