/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a call costs at least on this machine, measured. */

#include "engine/fpenv.h"
#include "engine/layers/layers.h"
#include "engine/plan-private.h"
#include "kernels/narrow.h"

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

/* Whether the weight is a matrix that precision makes narrower. */
static gboolean
is_matrix (const LstmWeight *weight)
{
  return g_str_has_suffix (weight->name, "kernel") &&
         !g_str_has_suffix (weight->name, "depthwise_kernel") &&
         weight->layer->klass != &lstm_layer_depthwise_conv_1d;
}

/* What a weight takes in memory as the plan packs it; int8 has a scale for each
 * block of inputs. */
static gdouble
weight_bytes (const LstmPlan *plan, const LstmWeight *weight)
{
  static const gdouble each[] = {
    [LSTM_PRECISION_F32] = 4.0,
    [LSTM_PRECISION_BF16] = 2.0,
    [LSTM_PRECISION_INT8] = 1.0 + 4.0 / LSTM_INT8_BLOCK,
  };
  gdouble n = (gdouble) lstm_shape_count (&weight->shape);

  return n * (is_matrix (weight) ? each[plan->kernels->precision] : 4.0);
}

static gdouble
count_bytes (const LstmPlan *plan, const LstmLayer *layer, const gchar *only)
{
  gdouble n = 0;

  for (guint i = 0; i < layer->weights->len; i++) {
    const LstmWeight *weight = g_ptr_array_index (layer->weights, i);

    if (!only || g_str_equal (weight->name, only))
      n += weight_bytes (plan, weight);
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

/* Bytes; a layer that is called twice is read twice. */
static gdouble
count_reads (const LstmPlan *plan, guint n_items, LstmLimit *limit)
{
  gdouble once = 0;

  for (guint i = 0; i < plan->model->nodes->len; i++) {
    const LstmPlanNode *node = &plan->nodes[i];
    const LstmLayer *layer = node->node->layer;
    gdouble all = count_bytes (plan, layer, NULL);
    gdouble again =
        layer->recurrent ? count_bytes (plan, layer, "recurrent_kernel") : 0;

    once += all;
    limit->bytes += all;
    if (again > 0)
      limit->bytes += again * (count_steps (plan, node, n_items) - 1.0);
  }
  return once;
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
 * plan's kernel set, in f32 whatever the plan's precision. It takes about
 * 60 ms.
 */
void
lstm_plan_measure_limit (
    const LstmPlan *plan, guint n_streams, guint n_items, LstmLimit *limit)
{
  Measured m = { .kernels = plan->kernels };
  LstmFpEnv saved;
  gdouble time;

  *limit = (LstmLimit){ 0 };
  m.n = (gsize) (count_reads (plan, n_items, limit) / sizeof (gfloat));
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
