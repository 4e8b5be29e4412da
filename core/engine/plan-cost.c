/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a plan takes: time, in multiply-accumulates, and memory. */

#include "engine/plan-cost.h"

#include <lstm/summary.h>

static gint64
last_axis (const LstmShape *shape)
{
  return shape->rank > 0 ? MAX (shape->dims[shape->rank - 1], 1) : 1;
}

/* A recurrent layer applies its matrices once for each step that it reads; any
 * other layer for each row, a last axis, that it makes. */
static guint64
count_uses (const LstmPlan *plan, const LstmNode *node)
{
  guint v = node->layer->recurrent ? node->inputs[0] : node->outputs[0];
  const LstmShape *item = &plan->places[v].item;
  gint64 n = lstm_shape_count (item);

  return n > 0 ? (guint64) (n / last_axis (item)) : 0;
}

guint64
lstm_plan_count_node_macs (const LstmPlan *plan, guint i)
{
  const LstmNode *node = plan->nodes[i].node;
  guint64 every =
      (guint64) lstm_model_value (plan->model, node->outputs[0])->pace.every;
  guint64 numbers = 0;

  for (guint k = 0; k < node->layer->weights->len; k++) {
    const LstmWeight *weight = g_ptr_array_index (node->layer->weights, k);

    if (g_str_has_suffix (weight->name, "kernel"))
      numbers += (guint64) lstm_shape_count (&weight->shape);
  }
  if (numbers == 0)
    return 0;
  numbers *= count_uses (plan, node);
  return plan->paced ? (numbers + every - 1) / every : numbers;
}

/**
 * lstm_plan_count_macs:
 * @plan: a plan
 *
 * Counts what the model's matrix products cost: multiplications, each with an
 * addition. Activations and what works number by number are not counted.
 *
 * Returns: the count for one item: a frame in frame mode (on average, rounded
 *   up, where not every one has an output), a window in window mode
 */
guint64
lstm_plan_count_macs (const LstmPlan *plan)
{
  guint64 macs = 0;

  for (guint i = 0; i < plan->model->nodes->len; i++)
    macs += lstm_plan_count_node_macs (plan, i);
  return macs;
}

/**
 * lstm_plan_get_latency:
 * @plan: a plan
 *
 * Returns: how many frames must follow a frame, at most, before the output that
 *   belongs to it can be there: 0 in frame mode, all but one of a window in
 *   window mode
 */
guint
lstm_plan_get_latency (const LstmPlan *plan)
{
  return plan->mode == LSTM_MODE_FRAME ? 0 : MAX (plan->steps, 1) - 1;
}

/**
 * lstm_plan_get_state_size:
 * @plan: a plan
 *
 * Returns: how many bytes a stream of this plan carries from call to call
 */
gsize
lstm_plan_get_state_size (const LstmPlan *plan)
{
  return plan->state_floats * sizeof (gfloat);
}

/**
 * lstm_plan_get_context_size:
 * @plan: a plan
 *
 * Returns: how many bytes of scratch memory each thread needs that processes
 *   with this plan
 */
gsize
lstm_plan_get_context_size (const LstmPlan *plan)
{
  return (plan->arena_floats * plan->block + plan->scratch_floats) *
         sizeof (gfloat);
}
