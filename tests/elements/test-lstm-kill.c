/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* An lstm that saves its states is killed at random moments, and started again:
 * the file can always be read, holds a moment that there was, and no more is
 * lost than the interval, beside what the disk takes. LSTM_KILLS says how often
 * (40). */

#include <glib/gstdio.h>
#include <lstm/lstm.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERVAL_US 2000
#define LONGEST_US 40000

/* What a busy machine's disk may take to write a state, and its processes to
 * get a turn. */
#define SLACK_US 2000000

typedef struct {
  guint64 frames;
  gint64 time;
} Told;

typedef struct {
  GPid pid;
  gint out;
} Child;

typedef struct {
  guint n_keys;
  gchar *dir;
  gchar *path;
  LstmModel *model;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree gchar *model = g_build_filename (
      g_getenv ("LSTM_GOLDEN_DIR"), "variable_length", "model.h5", NULL);
  g_autoptr (GError) error = NULL;

  f->n_keys = GPOINTER_TO_UINT (data);
  f->model = lstm_model_load (model, NULL, &error);
  g_assert_no_error (error);
  f->dir = g_dir_make_tmp ("lstm-kill-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->dir, "state", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (f->dir, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (f->dir, name, NULL);

    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
  g_free (f->path);
  lstm_model_unref (f->model);
}

static Child
start (const Fixture *f)
{
  g_autofree gchar *interval = g_strdup_printf ("%d", INTERVAL_US * 1000);
  g_autofree gchar *keys = g_strdup_printf ("%u", f->n_keys);
  gchar *argv[] = { (gchar *) g_getenv ("LSTM_KILL_LSTM"), f->path, interval,
    keys, NULL };
  g_autoptr (GError) error = NULL;
  Child child;

  g_assert_nonnull (argv[0]);
  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
      NULL, &child.pid, NULL, &child.out, NULL, &error);
  g_assert_no_error (error);
  return child;
}

/* FALSE if it ended before it told. */
static gboolean
next_told (Child child, Told *told)
{
  return read (child.out, told, sizeof *told) == sizeof *told;
}

/* Kills it; what it told, until the end. */
static void
end (Child child, GArray *told)
{
  int status;
  Told one;

  g_assert_cmpint (kill (child.pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child.pid, &status, 0), ==, child.pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  while (next_told (child, &one))
    g_array_append_val (told, one);
  close (child.out);
}

/* Frames of one key in the file; 0 if there is none. */
static guint64
look (const Fixture *f, LstmStore *store, const gchar *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) state = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  lstm_store_get (
      store, lstm_model_get_fingerprint (f->model), key, &state, &error);
  g_assert_no_error (error);
  if (state == NULL)
    return 0;
  lstm_state_inspect (state, NULL, &extras, &error);
  g_assert_no_error (error);
  return extras.frames;
}

/* All frames in the file. Keys take turns, so that each has its share of them:
 * else the file would be of no moment that there was. */
static guint64
look_at_all (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmStore) store = lstm_store_open (f->path, &error);
  guint64 n = 0;

  g_assert_no_error (error);
  if (f->n_keys == 0)
    return look (f, store, NULL);
  for (guint i = 0; i < f->n_keys; i++)
    n += look (f, store, (gchar[]){ (gchar) ('a' + i), 0 });
  for (guint i = 0; i < f->n_keys; i++)
    g_assert_cmpuint (look (f, store, (gchar[]){ (gchar) ('a' + i), 0 }), ==,
        (n + f->n_keys - 1 - i) / f->n_keys);
  return n;
}

/* How long before the last frame the saved one came out. */
static gint64
lost_time (const GArray *told, guint64 saved)
{
  const Told *last;

  if (told->len == 0)
    return 0;
  last = &g_array_index (told, Told, told->len - 1);
  g_assert_cmpuint (saved, <=, last->frames + 1);
  for (guint i = 0; i < told->len; i++) {
    const Told *one = &g_array_index (told, Told, i);

    if (one->frames >= saved)
      return last->time - one->time;
  }
  return 0;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

static void
test_kill (Fixture *f, gconstpointer data)
{
  const gchar *text = g_getenv ("LSTM_KILLS");
  guint n_kills = text ? (guint) g_ascii_strtoull (text, NULL, 10) : 40;
  g_autoptr (GRand) rand = g_rand_new_with_seed (1000 + f->n_keys);
  g_autoptr (GArray) lost = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint64 found = 0;

  for (guint i = 0; i < n_kills; i++) {
    g_autoptr (GArray) told = g_array_new (FALSE, FALSE, sizeof (Told));
    Child child = start (f);
    guint64 now;
    gint64 time;
    Told first;

    /* While it starts, or while it runs. */
    if (i % 4 > 0) {
      g_assert_true (next_told (child, &first));
      g_assert_cmpuint (first.frames, ==, found);
      g_array_append_val (told, first);
    }
    g_usleep ((gulong) g_rand_int_range (rand, 0, LONGEST_US));
    end (child, told);
    now = look_at_all (f);
    g_assert_cmpuint (now, >=, found);
    found = now;
    time = lost_time (told, found);
    g_assert_cmpint (time, <=, INTERVAL_US + SLACK_US);
    g_array_append_val (lost, time);
  }
  g_array_sort (lost, compare_times);
  g_test_message (
      "%u kills, %" G_GUINT64_FORMAT
      " frames saved; lost of the last run: median %" G_GINT64_FORMAT
      " us, most %" G_GINT64_FORMAT " us",
      n_kills, found, g_array_index (lost, gint64, n_kills / 2),
      g_array_index (lost, gint64, n_kills - 1));
  g_assert_cmpuint (found, >, n_kills);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/lstm-kill/stream", Fixture, GUINT_TO_POINTER (0), set_up,
      test_kill, tear_down);
  g_test_add ("/lstm-kill/keys", Fixture, GUINT_TO_POINTER (4), set_up,
      test_kill, tear_down);
  return g_test_run ();
}
