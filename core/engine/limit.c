/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/limit.h"

#include "engine/fpenv.h"
#include "kernels/narrow.h"

#include <time.h>

/* Short runs are repeated until they take so long. */
#define SAMPLE_NS 20e3

/* The first ones fill caches, and others may be interrupted. */
#define MIN_SAMPLES 8

/* More is as slow to read as this much. */
#define MAX_READ_BYTES (64 * 1024 * 1024)

#define ROUNDS 1000
#define ALIGNMENT 64

static gdouble
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (gdouble) t.tv_sec * 1e9 + (gdouble) t.tv_nsec;
}

typedef struct {
  const LstmKernels *kernels;
  gfloat *data;
  gsize n;
  gsize operations; /* of a round */
  gfloat seen;
} Measured;

static void
read_all (Measured *m)
{
  m->kernels->read (m->data, m->n, &m->seen);
}

static void
multiply (Measured *m)
{
  m->operations = m->kernels->multiply (ROUNDS, &m->seen);
}

/* Nanoseconds that a call of @work takes at best. */
static gdouble
measure (void (*work) (Measured *), Measured *m, gdouble budget)
{
  gdouble started = now_ns (), best = G_MAXDOUBLE, at = started;
  LstmFpEnv saved = lstm_fpenv_enter ();
  guint n = 1;

  for (guint i = 0; i < MIN_SAMPLES || at - started < budget; i++) {
    gdouble before = now_ns ();

    for (guint k = 0; k < n; k++)
      work (m);
    at = now_ns ();
    best = MIN (best, (at - before) / n);
    if (at - before < SAMPLE_NS)
      n *= 2;
  }
  lstm_fpenv_leave (saved);
  return best;
}

gdouble
lstm_limit_byte_ns (const LstmKernels *kernels, gdouble bytes, gdouble budget)
{
  Measured m = { .kernels = kernels };
  gdouble time;

  m.n = (gsize) (CLAMP (bytes, 1, MAX_READ_BYTES) / sizeof (gfloat));
  m.n = MAX (m.n + 127, 128) / 128 * 128;
  m.data = g_aligned_alloc0 (m.n, sizeof (gfloat), ALIGNMENT);
  time = measure (read_all, &m, budget);
  g_aligned_free (m.data);
  return time / (gdouble) (m.n * sizeof (gfloat));
}

gdouble
lstm_limit_operation_ns (const LstmKernels *kernels, gdouble budget)
{
  Measured m = { .kernels = kernels };
  gdouble time = measure (multiply, &m, budget);

  return time / (gdouble) m.operations;
}

gdouble
lstm_limit_weight_bytes (LstmPrecision precision)
{
  static const gdouble bytes[] = {
    [LSTM_PRECISION_F32] = 4.0,
    [LSTM_PRECISION_BF16] = 2.0,
    [LSTM_PRECISION_INT8] = 1.0 + 4.0 / LSTM_INT8_BLOCK,
  };

  return bytes[precision];
}
