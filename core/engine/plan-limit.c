/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a call costs at least on this machine, measured. */

#include "engine/layers/layers.h"
#include "engine/limit.h"
#include "engine/plan-private.h"

#include <lstm/summary.h>

/* Each of the two is measured so long. */
#define MEASURE_NS 30e6

/* Whether the weight is a matrix that precision makes narrower. */
static gboolean
is_matrix (const LstmWeight *weight)
{
  return g_str_has_suffix (weight->name, "kernel") &&
         !g_str_has_suffix (weight->name, "depthwise_kernel") &&
         weight->layer->klass != &lstm_layer_depthwise_conv_1d;
}

/* What a weight takes in memory as the plan packs it. */
static gdouble
weight_bytes (const LstmPlan *plan, const LstmWeight *weight)
{
  LstmPrecision precision =
      is_matrix (weight) ? plan->kernels->precision : LSTM_PRECISION_F32;

  return (gdouble) lstm_shape_count (&weight->shape) *
         lstm_limit_weight_bytes (precision);
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
  gdouble once;

  *limit = (LstmLimit){ 0 };
  once = count_reads (plan, n_items, limit);
  limit->operations = 2.0 * (gdouble) lstm_plan_count_macs (plan) *
                      (gdouble) n_streams * (gdouble) n_items;
  limit->read_ns =
      limit->bytes * lstm_limit_byte_ns (plan->kernels, once, MEASURE_NS);
  limit->operations_ns =
      limit->operations * lstm_limit_operation_ns (plan->kernels, MEASURE_NS);
}
