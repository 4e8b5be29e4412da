/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What this machine can do at best: `kind=read bytes=N threads=T` is one pass
 * over N bytes, each thread over its part; `kind=fma threads=T` a run of
 * multiply-adds in registers, whose time is given for one FLOP. Compiled for
 * the machine at hand. */

#define _GNU_SOURCE /* sched_setaffinity() */

#include "worker.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__AVX512F__)
#define WIDTH 64
#elif defined(__AVX__)
#define WIDTH 32
#else
#define WIDTH 16
#endif

#define LANES (WIDTH / 4)
#define CHAINS 12
#define PAGE (2 << 20)
#define MAX_THREADS 64
/* Multiply-adds in a run, each of LANES lanes in CHAINS chains. */
#define RUN 20000

typedef gfloat Vector __attribute__ ((vector_size (WIDTH)));

typedef struct {
  const Vector *data;
  gsize n;
  guint repeats;
  gint cpu;
} Part;

static struct {
  void *memory;
  gsize bytes;
  gboolean reads;
  guint n;
  Part parts[MAX_THREADS];
} limits;

/* Keeps the compiler from leaving out what gives @v. */
#define USE(v) __asm__ volatile("" : : "m"(v))

#if defined(__x86_64__)
#define LOAD(v) __asm__ volatile("" : : "x"(v))
#elif defined(__aarch64__)
#define LOAD(v) __asm__ volatile("" : : "w"(v))
#else
#error                                                                         \
    "which registers hold a vector here? Add the constraint of inline assembly"
#endif

/* Loads alone, into registers. */
static void
read_part (const Part *part)
{
  const Vector *p = part->data, *end = p + part->n / 8 * 8;

  for (; p < end; p += 8)
    for (guint k = 0; k < 8; k++)
      LOAD (p[k]);
  for (guint k = 0; k < part->n % 8; k++)
    LOAD (p[k]);
}

static void
multiply_add (void)
{
  Vector chain[CHAINS] = { 0 };
  Vector a = { 0 }, b = { 0 };

  for (guint i = 0; i < LANES; i++) {
    a[i] = 0.5f;
    b[i] = 1;
  }
  __asm__ volatile("" : "+m"(a), "+m"(b));
  for (guint i = 0; i < RUN; i++)
    for (guint k = 0; k < CHAINS; k++)
      chain[k] = chain[k] * a + b;
  for (guint k = 0; k < CHAINS; k++)
    USE (chain[k]);
}

static void
work (const Part *part)
{
  for (guint i = 0; i < part->repeats; i++)
    if (limits.reads)
      read_part (part);
    else
      multiply_add ();
}

static void *
work_thread (gpointer data)
{
  const Part *part = data;
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (part->cpu, &set);
  sched_setaffinity (0, sizeof set, &set);
  work (part);
  return NULL;
}

/* Starting a thread costs little beside the repeats of a run. */
static void
run (void)
{
  pthread_t threads[MAX_THREADS];

  for (guint i = 1; i < limits.n; i++)
    if (pthread_create (&threads[i], NULL, work_thread, &limits.parts[i]))
      g_error ("no thread can be made");
  work (&limits.parts[0]);
  for (guint i = 1; i < limits.n; i++)
    pthread_join (threads[i], NULL);
}

static gint
nth_cpu (guint n)
{
  cpu_set_t set;

  sched_getaffinity (0, sizeof set, &set);
  for (gint cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET (cpu, &set) && n-- == 0)
      return cpu;
  return -1;
}

static void
release (void)
{
  if (limits.memory)
    munmap (limits.memory, limits.bytes);
  memset (&limits, 0, sizeof limits);
}

static gboolean
prepare_reads (gsize bytes, gchar **reason)
{
  gsize n = bytes / WIDTH / limits.n;

  limits.reads = TRUE;
  limits.bytes = (bytes / PAGE + 1) * PAGE;
  limits.memory = mmap (NULL, limits.bytes, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (limits.memory == MAP_FAILED) {
    limits.memory = NULL;
    *reason = g_strdup_printf ("%zu bytes cannot be had", limits.bytes);
    return FALSE;
  }
  madvise (limits.memory, limits.bytes, MADV_HUGEPAGE);
  memset (limits.memory, 1, limits.bytes); /* pages of its own, not the zeros */
  for (guint i = 0; i < limits.n; i++) {
    limits.parts[i].data = (const Vector *) limits.memory + i * n;
    limits.parts[i].n = MAX (n, 1);
  }
  return TRUE;
}

static gboolean
prepare (GHashTable *words, gchar **reason)
{
  const gchar *kind = g_hash_table_lookup (words, "kind");
  gsize bytes = words_get (words, "bytes");
  guint repeats = 1;

  limits.n = CLAMP (words_get (words, "threads"), 1, MAX_THREADS);
  if (g_strcmp0 (kind, "read") == 0) {
    if (!prepare_reads (bytes, reason))
      return FALSE;
    repeats = (guint) MAX (1, (1 << 18) * limits.n / MAX (bytes, 1));
  }
  for (guint i = 0; i < limits.n; i++) {
    limits.parts[i].cpu = nth_cpu (i);
    limits.parts[i].repeats = limits.n > 1 ? repeats * 50 : repeats;
  }
  repeats = limits.parts[0].repeats;
  worker_set_units (
      limits.reads ? repeats : 2.0 * LANES * CHAINS * RUN * repeats * limits.n);
  return TRUE;
}

int
main (void)
{
  return worker_main (&(Worker){ prepare, run, release });
}
