/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Jobs have numbers. Each worker has a part of every job, and a number that
 * says up to which job its part was taken: by the worker, or by the caller if
 * that came first. A job is over when each part is done, so that between jobs
 * all these numbers are the last job's, and who comes late finds nothing left
 * to take. Nobody reads what a job is before it has taken a part of it. */

#include "engine/fpenv.h"
#include "engine/pool-private.h"
#include "engine/shared.h"

#include <lstm/error.h>

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

/* How often to look before sleeping: 20 to 100 us. With more threads than
 * processors, who looks takes time from who works. */
#define LOOKS 2000

/* What handing a part over costs is some tenths of a microsecond: below this a
 * part gains less (measured, README). */
#define LEAST_MACS 50000

#define LINE 64

typedef struct {
  _Alignas(LINE) atomic_uint taken; /* the last job whose part was taken */
  atomic_uint done;                 /* the last that the worker did itself */
  atomic_uint awaited;              /* somebody sleeps until that changes */
  guint part;
  LstmPool *pool;
  GThread *thread;
} Worker;

struct _LstmPool {
  gatomicrefcount ref_count;
  gchar *shared_key; /* others can find it by this, or NULL; shared.h */
  guint n_threads;
  guint looks;
  guint64 least_macs;
  pid_t process;   /* that has the threads */
  Worker *workers; /* n_threads - 1 */

  _Alignas(LINE) atomic_uint busy; /* somebody has it */

  _Alignas(LINE) atomic_uint job; /* the last one there is */
  atomic_uint sleepers;           /* workers that sleep until that changes */
  atomic_bool quit;
  LstmPoolFunc func; /* the job's, for those that have taken a part */
  gpointer data;
};

/* ---- waiting ---- */

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Sleeps until somebody wakes, if *word is still @value; may return for no
 * reason. */
static void
sleep_on (atomic_uint *word, guint value)
{
#if defined(__linux__)
  syscall (SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
#else
  g_usleep (100);
#endif
}

static void
wake_all (atomic_uint *word)
{
#if defined(__linux__)
  syscall (SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
#endif
}

/* Waits until *word is not @value. @sleepers counts those that sleep; whoever
 * changes the word looks at it afterwards. */
static guint
await_change (
    atomic_uint *word, guint value, atomic_uint *sleepers, guint looks)
{
  guint now;

  for (guint i = 0; i < looks; i++) {
    now = atomic_load_explicit (word, memory_order_acquire);
    if (now != value)
      return now;
    relax ();
  }
  atomic_fetch_add (sleepers, 1);
  while ((now = atomic_load (word)) == value)
    sleep_on (word, value);
  atomic_fetch_sub (sleepers, 1);
  return now;
}

static void
change (atomic_uint *word, guint value, atomic_uint *sleepers)
{
  atomic_store (word, value);
  if (atomic_load (sleepers) > 0)
    wake_all (word);
}

/* ---- jobs ---- */

static gboolean
take (Worker *worker, guint job)
{
  guint before = job - 1;

  return atomic_compare_exchange_strong (&worker->taken, &before, job);
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  LstmPool *pool = worker->pool;
  guint job = 0;

  lstm_fpenv_enter ();
  for (;;) {
    job = await_change (&pool->job, job, &pool->sleepers, pool->looks);
    if (atomic_load (&pool->quit))
      return NULL;
    if (!take (worker, job))
      continue;
    pool->func (pool->data, worker->part);
    change (&worker->done, job, &worker->awaited);
  }
}

static guint
n_workers (const LstmPool *pool)
{
  return pool->n_threads - 1;
}

static void
await_done (LstmPool *pool, Worker *worker, guint job)
{
  guint done = atomic_load_explicit (&worker->done, memory_order_acquire);

  while (done != job)
    done = await_change (&worker->done, done, &worker->awaited, pool->looks);
}

/* Parts that the job does not have are taken at once. */
static void
publish (LstmPool *pool, guint job, guint n_parts)
{
  for (guint i = 0; i < n_workers (pool); i++)
    if (pool->workers[i].part >= n_parts)
      take (&pool->workers[i], job);
  change (&pool->job, job, &pool->sleepers);
}

void
lstm_pool_run (LstmPool *pool, guint n_parts, LstmPoolFunc func, gpointer data)
{
  guint job = atomic_load_explicit (&pool->job, memory_order_relaxed) + 1;

  pool->func = func;
  pool->data = data;
  publish (pool, job, n_parts);
  func (data, 0);
  for (guint part = 1; part < n_parts; part++)
    if (take (&pool->workers[part - 1], job)) {
      func (data, part);
      atomic_store_explicit (
          &pool->workers[part - 1].done, job, memory_order_relaxed);
    }
  for (guint part = 1; part < n_parts; part++)
    await_done (pool, &pool->workers[part - 1], job);
}

gboolean
lstm_pool_try_acquire (LstmPool *pool)
{
  return atomic_load_explicit (&pool->busy, memory_order_relaxed) == 0 &&
         atomic_exchange_explicit (&pool->busy, 1, memory_order_acquire) == 0;
}

void
lstm_pool_release (LstmPool *pool)
{
  atomic_store_explicit (&pool->busy, 0, memory_order_release);
}

/* ---- life ---- */

/* Signals are for the program's own threads. */
static GThread *
start_thread (Worker *worker, GError **error)
{
  sigset_t all, before;
  GThread *thread;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  thread = g_thread_try_new ("lstm-pool", work, worker, error);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return thread;
}

static gboolean
start_threads (LstmPool *pool, GError **error)
{
  g_autoptr (GError) reason = NULL;

  for (guint i = 0; i < n_workers (pool); i++) {
    Worker *worker = &pool->workers[i];

    worker->pool = pool;
    worker->part = i + 1;
    worker->thread = start_thread (worker, &reason);
    if (!worker->thread) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_RESOURCES,
          "threads is %u, but of %u more only %u could be started (%s); take "
          "fewer, or raise what limits threads or memory",
          pool->n_threads, n_workers (pool), i, reason->message);
      return FALSE;
    }
  }
  return TRUE;
}

static void
stop_threads (LstmPool *pool)
{
  atomic_store (&pool->quit, TRUE);
  change (&pool->job, atomic_load (&pool->job) + 1, &pool->sleepers);
  for (guint i = 0; i < n_workers (pool); i++)
    if (pool->workers[i].thread)
      g_thread_join (pool->workers[i].thread);
}

/**
 * lstm_pool_new:
 * @n_threads: how many threads, the calling one included; 0 for as many as
 *   lstm_pool_count_processors() tells, 1 for no help
 * @error: return location for a #GError
 *
 * Starts threads for lstm_context_new_with_pool().
 *
 * Returns: (transfer full) (nullable): the pool; %NULL with %LSTM_ERROR_VALUE
 *   for more threads than %LSTM_POOL_MAX_THREADS, with %LSTM_ERROR_RESOURCES
 *   if the system does not give that many
 */
LstmPool *
lstm_pool_new (guint n_threads, GError **error)
{
  LstmPool *pool;
  guint n_processors = lstm_pool_count_processors ();

  if (n_threads > LSTM_POOL_MAX_THREADS) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "threads is %u, expected at most %d, or 0 for one a processor",
        n_threads, LSTM_POOL_MAX_THREADS);
    return NULL;
  }
  pool = g_aligned_alloc0 (1, sizeof *pool, LINE);
  g_atomic_ref_count_init (&pool->ref_count);
  pool->n_threads = n_threads ? n_threads : n_processors;
  pool->looks = pool->n_threads <= n_processors ? LOOKS : 0;
  pool->least_macs = LEAST_MACS;
  pool->process = getpid ();
  pool->workers =
      g_aligned_alloc0 (MAX (n_workers (pool), 1), sizeof (Worker), LINE);
  if (!start_threads (pool, error))
    g_clear_pointer (&pool, lstm_pool_unref);
  return pool;
}

/**
 * lstm_pool_ref:
 * @pool: a pool
 *
 * Returns: (transfer full): the pool
 */
LstmPool *
lstm_pool_ref (LstmPool *pool)
{
  g_atomic_ref_count_inc (&pool->ref_count);
  return pool;
}

/**
 * lstm_pool_unref:
 * @pool: (transfer full): a pool
 *
 * With the last reference the threads end; this waits for them.
 */
void
lstm_pool_unref (LstmPool *pool)
{
  if (!lstm_shared_unref (&pool->ref_count, &pool->shared_key))
    return;
  if (pool->process == getpid ())
    stop_threads (pool);
  g_aligned_free (pool->workers);
  g_aligned_free (pool);
}

/**
 * lstm_pool_get_n_threads:
 * @pool: a pool
 *
 * Returns: how many threads, with the calling one, work on a call at most
 */
guint
lstm_pool_get_n_threads (const LstmPool *pool)
{
  return pool->n_threads;
}

guint64
lstm_pool_get_least_macs (const LstmPool *pool)
{
  return pool->least_macs;
}

void
lstm_pool_set_least_macs (LstmPool *pool, guint64 macs)
{
  pool->least_macs = macs;
}

guint
lstm_pool_count_jobs (const LstmPool *pool)
{
  return atomic_load (&pool->job);
}

/* ---- sharing ---- */

/* A child of fork() has none of its parent's threads. */
static gchar *
pool_key (gconstpointer what)
{
  return g_strdup_printf (
      "pool %u %ld", *(const guint *) what, (long) getpid ());
}

static gpointer
make_pool (gconstpointer what, GError **error)
{
  return lstm_pool_new (*(const guint *) what, error);
}

static gatomicrefcount *
pool_count (gpointer object)
{
  return &((LstmPool *) object)->ref_count;
}

static gchar **
pool_place (gpointer object)
{
  return &((LstmPool *) object)->shared_key;
}

/**
 * lstm_pool_new_shared:
 * @n_threads: as of lstm_pool_new()
 * @error: return location for a #GError
 *
 * As lstm_pool_new(), but who asks for as many threads as somebody who still
 * has them gets the same pool.
 *
 * Returns: (transfer full) (nullable): the pool; %NULL with @error set
 */
LstmPool *
lstm_pool_new_shared (guint n_threads, GError **error)
{
  static const LstmSharedKind kind = { pool_key, make_pool, pool_count,
    pool_place };
  guint n = n_threads ? n_threads : lstm_pool_count_processors ();

  return lstm_shared_get (&kind, &n, error);
}
