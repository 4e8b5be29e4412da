/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pool itself: each part of each job runs once, whoever takes it; threads
 * sleep when there is nothing to do; what cannot be is said. */

#include <glib/gstdio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/fixture.h"
#include "engine/fpenv.h"
#include "engine/pool-private.h"

#define PARTS 8

static LstmPool *
make (guint n_threads)
{
  g_autoptr (GError) error = NULL;
  LstmPool *pool = lstm_pool_new (n_threads, &error);

  g_assert_no_error (error);
  g_assert_nonnull (pool);
  return pool;
}

/* ---- jobs ---- */

typedef struct {
  guint runs[PARTS]; /* written by the part alone */
} Counts;

static void
count (gpointer data, guint part)
{
  ((Counts *) data)->runs[part]++;
}

static void
test_jobs (gconstpointer data)
{
  g_autoptr (LstmPool) pool = make (GPOINTER_TO_UINT (data));
  guint n = GPOINTER_TO_UINT (data), expected[PARTS] = { 0 };
  Counts counts = { { 0 } };

  g_assert_cmpuint (lstm_pool_get_n_threads (pool), ==, n);
  for (guint i = 0; i < 20000; i++) {
    guint parts = 1 + i * 7 % n;

    lstm_pool_run (pool, parts, count, &counts);
    for (guint p = 0; p < parts; p++)
      expected[p]++;
    g_assert_cmpmem (
        counts.runs, sizeof counts.runs, expected, sizeof expected);
  }
}

typedef struct {
  atomic_uint begun;
  LstmFpEnv modes[PARTS];
} Meeting;

/* Waits for all the others: each part must have a thread of its own. */
static void
meet (gpointer data, guint part)
{
  Meeting *meeting = data;

  meeting->modes[part] = lstm_fpenv_enter ();
  lstm_fpenv_leave (meeting->modes[part]);
  atomic_fetch_add (&meeting->begun, 1);
  while (atomic_load (&meeting->begun) < PARTS)
    g_thread_yield ();
}

/* Sleeping threads are woken, and have the floating-point mode that the calling
 * thread has while it processes. */
static void
test_modes (void)
{
  g_autoptr (LstmPool) pool = make (PARTS);
  LstmFpEnv saved = lstm_fpenv_enter ();

  for (guint i = 0; i < 20; i++) {
    Meeting meeting = { 0 };

    g_usleep (1000);
    lstm_pool_run (pool, PARTS, meet, &meeting);
    for (guint p = 1; p < PARTS; p++)
      g_assert_true (meeting.modes[p] == meeting.modes[0]);
  }
  lstm_fpenv_leave (saved);
}

static void
test_acquire (void)
{
  g_autoptr (LstmPool) pool = make (2);

  for (guint i = 0; i < 2; i++) {
    g_assert_true (lstm_pool_try_acquire (pool));
    g_assert_false (lstm_pool_try_acquire (pool));
    lstm_pool_release (pool);
  }
}

static gdouble
cpu_seconds (void)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (gdouble) t.tv_sec + 1e-9 * (gdouble) t.tv_nsec;
}

/* Seven threads that look for work would take two processors. */
static void
test_idle (gconstpointer data)
{
  g_autoptr (LstmPool) pool = make (GPOINTER_TO_UINT (data));
  Counts counts = { { 0 } };
  gdouble before;

  lstm_pool_run (pool, GPOINTER_TO_UINT (data), count, &counts);
  g_usleep (20000);
  before = cpu_seconds ();
  g_usleep (300000);
  g_assert_cmpfloat (cpu_seconds () - before, <, 0.03);
}

/* ---- contexts that share a pool ---- */

#define CALLS 200
#define FEATURES 8

typedef struct {
  LstmPlan *plan;
  LstmPool *pool; /* or NULL */
  gfloat *y;      /* of the last call */
} User;

static gpointer
use (gpointer data)
{
  User *user = data;
  g_autoptr (LstmContext) context =
      user->pool ? lstm_context_new_with_pool (user->plan, user->pool)
                 : lstm_context_new (user->plan);
  LstmStream *stream = lstm_stream_new (user->plan);
  g_autofree gfloat *x = fixture_random (3, CALLS * FEATURES);

  for (guint i = 0; i < CALLS; i++)
    lstm_context_process (context, &stream, 1, 1,
        &(LstmInput){ x + i * FEATURES, 0, 0 }, &(LstmOutput){ user->y, 0, 0 });
  lstm_stream_free (stream);
  return NULL;
}

static LstmPlan *
make_plan (void)
{
  static const gchar *const layers[] = {
    "LSTM {'units': <int64 64>, 'return_sequences': <true>}",
    "GRU {'units': <int64 48>, 'reset_after': <false>}", NULL
  };
  g_autoptr (LstmModel) model =
      fixture_chain (LSTM_DIM_UNKNOWN, FEATURES, layers, NULL);

  return fixture_plan (model, LSTM_MODE_FRAME, 0);
}

static void
test_users (void)
{
  g_autoptr (LstmPool) pool = make (3);
  g_autoptr (LstmPlan) plan = make_plan ();
  gfloat y[5][48] = { { 0 } };
  User users[5];
  GThread *threads[5];

  lstm_pool_set_least_macs (pool, 0);
  for (guint i = 0; i < 5; i++) {
    users[i] = (User){ plan, i == 0 ? NULL : pool, y[i] };
    threads[i] = g_thread_new ("user", use, &users[i]);
  }
  for (guint i = 0; i < 5; i++) {
    g_thread_join (threads[i]);
    g_assert_cmpmem (y[i], sizeof y[i], y[0], sizeof y[0]);
  }
}

/* A child has the pool without its threads: it works alone, and frees it. */
static void
test_fork (void)
{
  g_autoptr (LstmPool) pool = make (4);
  g_autoptr (LstmPlan) plan = make_plan ();
  gfloat y[2][48];
  User users[2] = { { plan, NULL, y[0] }, { plan, pool, y[1] } };
  gint status;
  pid_t child;

  lstm_pool_set_least_macs (pool, 0);
  use (&users[0]);
  use (&users[1]);
  child = fork ();
  if (child == 0) {
    alarm (20);
    memset (y[1], 0, sizeof y[1]);
    use (&users[1]);
    lstm_pool_unref (g_steal_pointer (&pool));
    _exit (memcmp (y[0], y[1], sizeof y[0]) == 0 ? 0 : 1);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  use (&users[1]);
  g_assert_cmpmem (y[1], sizeof y[1], y[0], sizeof y[0]);
}

static void
test_shared (void)
{
  g_autoptr (LstmPool) own = make (2);
  g_autoptr (LstmPool) a = lstm_pool_new_shared (2, NULL);
  g_autoptr (LstmPool) b = lstm_pool_new_shared (2, NULL);
  g_autoptr (LstmPool) c = lstm_pool_new_shared (3, NULL);
  g_autoptr (LstmPool) d = lstm_pool_new_shared (0, NULL);

  g_assert_true (a == b);
  g_assert_true (a != c);
  g_assert_true (a != own);
  g_assert_cmpuint (
      lstm_pool_get_n_threads (d), ==, lstm_pool_count_processors ());
}

/* ---- what cannot be ---- */

static void
test_too_many (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lstm_pool_new (257, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_cmpstr (error->message, ==,
      "threads is 257, expected at most 256, or 0 for one a processor");
  g_clear_error (&error);
  g_assert_null (lstm_pool_new_shared (1000, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* Address space for some stacks and not for all; sanitizers need more. */
static void
test_no_threads (void)
{
  if (g_test_subprocess ()) {
    struct rlimit limit = { 600 << 20, 600 << 20 };
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
    g_assert_null (lstm_pool_new (256, &error));
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_RESOURCES);
    g_assert_true (g_str_has_prefix (
        error->message, "threads is 256, but of 255 more only "));
    g_assert_true (g_str_has_suffix (error->message,
        "; take fewer, or raise what limits threads or memory"));
    lstm_pool_unref (make (2));
    return;
  }
  g_test_trap_subprocess (NULL, 20 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}
#endif

/* ---- processors ---- */

typedef struct {
  const gchar *groups; /* what /proc/self/cgroup says */
  const gchar *files[4][2];
  guint of_8;
} Limits;

static const Limits limits[] = {
  { "0::/\n", { { NULL } }, 8 },
  { "0::/\n", { { "cpu.max", "max 100000\n" } }, 8 },
  { "0::/\n", { { "cpu.max", "250000 100000\n" } }, 2 },
  { "0::/\n", { { "cpu.max", "50000 100000\n" } }, 1 },
  { "0::/\n", { { "cpu.max", "9000000 100000\n" } }, 8 },
  { "0::/\n", { { "cpu.max", "" } }, 8 },
  { "0::/a/b\n",
      { { "a/cpu.max", "300000 100000\n" }, { "a/b/cpu.max", "max 100000\n" } },
      3 },
  { "0::/a/b\n",
      { { "a/cpu.max", "max 100000\n" }, { "a/b/cpu.max", "400000 100000\n" } },
      4 },
  { "3:cpuset:/x\n2:cpu,cpuacct:/a\n",
      { { "cpu/a/cpu.cfs_quota_us", "200000\n" },
          { "cpu/a/cpu.cfs_period_us", "100000\n" } },
      2 },
  { "2:cpu,cpuacct:/a\n",
      { { "cpu/cpu.cfs_quota_us", "-1\n" },
          { "cpu/cpu.cfs_period_us", "100000\n" } },
      8 },
  { "3:cpuset:/a\n",
      { { "cpu/a/cpu.cfs_quota_us", "200000\n" },
          { "cpu/a/cpu.cfs_period_us", "100000\n" } },
      8 },
  { "nonsense\n\n::\n", { { NULL } }, 8 },
};

static void
write_file (const gchar *root, const gchar *folder, const gchar *name,
    const gchar *text)
{
  g_autofree gchar *path = g_build_filename (root, folder, name, NULL);
  g_autofree gchar *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
remove_tree (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    remove_tree (child);
  }
  g_remove (path);
}

static void
test_processors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++) {
    const Limits *l = &limits[i];
    g_autofree gchar *root = g_dir_make_tmp ("lstm-pool-XXXXXX", NULL);

    g_assert_cmpuint (lstm_limit_processors (root, 8), ==, 8);
    write_file (root, "proc/self", "cgroup", l->groups);
    for (guint k = 0; k < G_N_ELEMENTS (l->files) && l->files[k][0]; k++)
      write_file (root, "sys/fs/cgroup", l->files[k][0], l->files[k][1]);
    g_assert_cmpuint (lstm_limit_processors (root, 8), ==, l->of_8);
    remove_tree (root);
  }
  g_assert_cmpuint (lstm_pool_count_processors (), >=, 1);
  g_assert_cmpuint (lstm_pool_count_processors (), <=, g_get_num_processors ());
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/pool/jobs/1", GUINT_TO_POINTER (1), test_jobs);
  g_test_add_data_func ("/pool/jobs/2", GUINT_TO_POINTER (2), test_jobs);
  g_test_add_data_func ("/pool/jobs/3", GUINT_TO_POINTER (3), test_jobs);
  g_test_add_data_func ("/pool/jobs/8", GUINT_TO_POINTER (8), test_jobs);
  g_test_add_func ("/pool/modes", test_modes);
  g_test_add_func ("/pool/acquire", test_acquire);
  g_test_add_data_func ("/pool/idle/2", GUINT_TO_POINTER (2), test_idle);
  g_test_add_data_func ("/pool/idle/8", GUINT_TO_POINTER (8), test_idle);
  g_test_add_func ("/pool/users", test_users);
  g_test_add_func ("/pool/fork", test_fork);
  g_test_add_func ("/pool/shared", test_shared);
  g_test_add_func ("/pool/too-many", test_too_many);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_test_add_func ("/pool/no-threads", test_no_threads);
#endif
  g_test_add_func ("/pool/processors", test_processors);
  return g_test_run ();
}
