/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A process that saves is killed at random moments: what it leaves can be read,
 * and is no older than what it had been told was written. */

#include "states.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KILLS 200
#define LONGEST_US 15000

typedef struct {
  GPid pid;
  gint out;
} Child;

static Child
start (const gchar *kind, const gchar *path)
{
  gchar *argv[] = { (gchar *) g_getenv ("LSTM_KILL_ME"), (gchar *) kind,
    (gchar *) path, NULL };
  g_autoptr (GError) error = NULL;
  Child child;

  g_assert_nonnull (argv[0]);
  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
      NULL, &child.pid, NULL, &child.out, NULL, &error);
  g_assert_no_error (error);
  return child;
}

/* Waits for the next number that is told. */
static guint64
next_number (Child child, guint64 before)
{
  guint64 number;

  g_assert_cmpint (read (child.out, &number, sizeof number), ==, sizeof number);
  g_assert_cmpuint (number, >=, before);
  return number;
}

/* Returns the last number that it told, or @before. */
static guint64
end (Child child, guint64 before)
{
  guint64 number;
  int status;

  g_assert_cmpint (kill (child.pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child.pid, &status, 0), ==, child.pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  while (read (child.out, &number, sizeof number) == sizeof number) {
    g_assert_cmpuint (number, >=, before);
    before = number;
  }
  close (child.out);
  return before;
}

/* The number of @key in the store; 0 if there is none. */
static guint64
look (const gchar *kind, const gchar *path, LstmPlan *plan, const gchar *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmStore) store = strcmp (kind, "file") == 0
                                    ? lstm_store_new_file (path, &error)
                                    : lstm_store_new_sqlite (path, &error);
  g_autoptr (GBytes) state = NULL;

  g_assert_no_error (error);
  lstm_store_get (store,
      lstm_model_get_fingerprint (lstm_plan_get_model (plan)), key, &state,
      &error);
  g_assert_no_error (error);
  return state ? states_check (plan, state, key) : 0;
}

static guint
count_files (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
test_kill (gconstpointer kind)
{
  gboolean file = strcmp (kind, "file") == 0;
  g_autoptr (LstmPlan) plan = states_plan ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (200);
  gchar *dir = states_make_dir ();
  g_autofree gchar *path = g_build_filename (dir, "state", NULL);
  guint64 told = 0, found = 0;
  guint n_ahead = 0;

  for (guint i = 0; i < N_KILLS; i++) {
    Child child = start (kind, path);

    /* While it starts, from its first write on, from the second on. */
    if (i % 3 > 0)
      g_assert_cmpuint (next_number (child, found), ==, found);
    if (i % 3 == 2)
      found = next_number (child, found + 1);
    g_usleep ((gulong) g_rand_int_range (rand, 0, LONGEST_US));
    told = end (child, found);
    found = look (kind, path, plan, "a");
    /* One more may have been written and not told of. */
    g_assert_cmpuint (found, >=, told);
    g_assert_cmpuint (found, <=, told + 1);
    n_ahead += found != told;
    for (const gchar *key = "bcd"; !file && *key; key++) {
      const gchar name[] = { *key, '\0' };

      g_assert_cmpuint (look (kind, path, plan, name), ==, found);
    }
  }
  g_test_message ("%d kills, %" G_GUINT64_FORMAT
                  " states written, %u of them untold of",
      N_KILLS, found, n_ahead);
  g_assert_cmpuint (found, >=, N_KILLS / 3);
  /* What was being filled is gone, or the next store removes it. */
  if (file)
    g_assert_cmpuint (count_files (dir), ==, 1);
  states_remove_dir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/store-kill/file", "file", test_kill);
  g_test_add_data_func ("/store-kill/sqlite", "sqlite", test_kill);
  return g_test_run ();
}
