/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a call costs at least on this machine, measured. */

#include "engine/fpenv.h"
#include "engine/plan-private.h"

#include <lstm/summary.h>

#include <time.h>

/* Each is measured so long; the best time counts. */
#define MEASURE_NS 30e6

/* Short runs are repeated until they take so long. */
#define SAMPLE_NS 20e3

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
measure (void (*work) (Measured *), Measured *m)
{
  gdouble started = now_ns (), best = G_MAXDOUBLE, at = started;
  guint n = 1;

  while (at - started < MEASURE_NS) {
    gdouble before = now_ns ();

    for (guint i = 0; i < n; i++)
      work (m);
    at = now_ns ();
    best = MIN (best, (at - before) / n);
    if (at - before < SAMPLE_NS)
      n *= 2;
  }
  return best;
}

static gsize
count_floats (const LstmLayer *layer, const gchar *only)
{
  gsize n = 0;

  for (guint i = 0; i < layer->weights->len; i++) {
    const LstmWeight *weight = g_ptr_array_index (layer->weights, i);

    if (!only || g_str_equal (weight->name, only))
      n += lstm_shape_count (&weight->shape);
  }
  return n;
}

/* How many steps a recurrent node makes one after the other in a call. */
static gdouble
count_steps (const LstmPlan *plan, const LstmPlanNode *node, guint n_items)
{
  return plan->mode == LSTM_MODE_FRAME ? (gdouble) n_items
                                       : (gdouble) node->items[0].dims[0];
}

/* A layer that is called twice is read twice. */
static gsize
count_reads (const LstmPlan *plan, guint n_items, LstmLimit *limit)
{
  gsize floats = 0;

  for (guint i = 0; i < plan->model->nodes->len; i++) {
    const LstmPlanNode *node = &plan->nodes[i];
    const LstmLayer *layer = node->node->layer;
    gsize all = count_floats (layer, NULL);
    gsize again =
        layer->recurrent ? count_floats (layer, "recurrent_kernel") : 0;

    floats += all;
    limit->bytes += (gdouble) all * sizeof (gfloat);
    if (again > 0)
      limit->bytes += (gdouble) again * sizeof (gfloat) *
                      (count_steps (plan, node, n_items) - 1.0);
  }
  return floats;
}

/**
 * lstm_plan_measure_limit:
 * @plan: a plan
 * @n_streams: streams in a call of lstm_context_process()
 * @n_items: items that each has
 * @limit: (out): what such a call costs at least
 *
 * Measures how fast this machine reads as much memory as the plan's weights
 * take, and how many multiply-adds it makes, with the instructions of the
 * plan's kernel set. It takes about 60 ms.
 */
void
lstm_plan_measure_limit (
    const LstmPlan *plan, guint n_streams, guint n_items, LstmLimit *limit)
{
  Measured m = { .kernels = plan->kernels };
  LstmFpEnv saved;
  gdouble time;

  *limit = (LstmLimit){ 0 };
  m.n = count_reads (plan, n_items, limit);
  m.n = CLAMP (m.n, 1, MAX_READ_BYTES / sizeof (gfloat));
  m.n = (m.n + 127) / 128 * 128;
  limit->operations = 2.0 * (gdouble) lstm_plan_count_macs (plan) *
                      (gdouble) n_streams * (gdouble) n_items;

  saved = lstm_fpenv_enter ();
  m.data = g_aligned_alloc0 (m.n, sizeof (gfloat), ALIGNMENT);
  time = measure (read_all, &m);
  limit->read_ns = limit->bytes * time / (gdouble) (m.n * sizeof (gfloat));
  g_aligned_free (m.data);
  time = measure (multiply, &m);
  limit->operations_ns = limit->operations * time / (gdouble) m.operations;
  lstm_fpenv_leave (saved);
}
