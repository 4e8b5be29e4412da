/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where values stand in the arena, and how many items run at once. */

#include "engine/plan-private.h"

/* Values of a block should stay in a core's second-level cache; unless there
 * are more weights than that, which every step of a block reads anew. */
#define BLOCK_BYTES (1024 * 1024)
#define MAX_BLOCK 64
#define MAX_ITEM_FLOATS (G_GINT64_CONSTANT (1) << 31)

/* Places begin on cache lines, whatever the number of items. */
#define ALIGN_FLOATS 16

static guint
n_values (const LstmPlan *plan)
{
  return plan->model->values->len;
}

static void
use (LstmPlan *plan, guint value, gint node)
{
  LstmPlace *root = &plan->places[plan->places[value].root];

  root->last_use = MAX (root->last_use, node);
}

/* Roots of aliases, and the last node that reads each value. */
static void
find_uses (LstmPlan *plan)
{
  const LstmModel *model = plan->model;
  gint n_nodes = model->nodes->len;

  for (guint v = 0; v < n_values (plan); v++) {
    plan->places[v].root = v;
    plan->places[v].last_use = -1;
  }
  for (gint i = 0; i < n_nodes; i++) {
    const LstmNode *node = g_ptr_array_index (model->nodes, i);

    if (node->layer->klass->alias)
      plan->places[node->outputs[0]].root = plan->places[node->inputs[0]].root;
    for (guint k = 0; k < node->n_outputs; k++)
      use (plan, node->outputs[k], i);
    for (guint k = 0; k < node->n_inputs + node->n_states; k++)
      use (plan, node->inputs[k], i);
    if (node->mask >= 0)
      use (plan, node->mask, i);
  }
  for (guint i = 0; i < model->outputs->len; i++)
    use (plan, g_array_index (model->outputs, LstmEnd, i).value, n_nodes);
}

static gsize
place_end (const LstmPlace *place)
{
  gsize size = MAX (place->size, 1);

  return place->offset +
         (size + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
}

static gboolean
overlaps (const LstmPlace *a, const LstmPlace *b)
{
  return a->offset < place_end (b) && b->offset < place_end (a);
}

/* The lowest offset at which `place` meets none of those that live. */
static void
place_value (LstmPlan *plan, LstmPlace *place, GPtrArray *living)
{
  gboolean moved = TRUE;

  place->offset = 0;
  while (moved) {
    moved = FALSE;
    for (guint i = 0; i < living->len; i++) {
      const LstmPlace *other = g_ptr_array_index (living, i);

      if (overlaps (place, other)) {
        place->offset = place_end (other);
        moved = TRUE;
      }
    }
  }
  g_ptr_array_add (living, place);
  plan->arena_floats = MAX (plan->arena_floats, place_end (place));
}

static void
forget_dead (GPtrArray *living, gint node)
{
  for (guint i = living->len; i-- > 0;)
    if (((LstmPlace *) g_ptr_array_index (living, i))->last_use < node)
      g_ptr_array_remove_index_fast (living, i);
}

static gboolean
check_sizes (const LstmPlan *plan, GError **error)
{
  for (guint v = 0; v < n_values (plan); v++) {
    gint64 n = lstm_shape_count (&plan->places[v].item);

    if (n < 0 || n > MAX_ITEM_FLOATS) {
      const LstmNode *node = lstm_model_value (plan->model, v)->producer;
      g_autofree gchar *shape =
          lstm_shape_to_batch_string (&plan->places[v].spec.shape, -1);

      g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
          "%s '%s' has shape %s: a sample must have a known size of at most "
          "2^31 numbers",
          node ? "the output of layer" : "an input of model",
          node ? node->layer->name : plan->model->name, shape);
      return FALSE;
    }
    plan->places[v].size = n;
  }
  return TRUE;
}

gboolean
lstm_plan_place_values (LstmPlan *plan, GError **error)
{
  g_autoptr (GPtrArray) living = g_ptr_array_new ();
  const LstmModel *model = plan->model;

  if (!check_sizes (plan, error))
    return FALSE;
  find_uses (plan);
  for (guint i = 0; i < model->inputs->len; i++)
    place_value (plan,
        &plan->places[g_array_index (model->inputs, LstmEnd, i).value], living);
  for (guint i = 0; i < model->nodes->len; i++) {
    const LstmNode *node = g_ptr_array_index (model->nodes, i);

    forget_dead (living, i);
    for (guint k = 0; k < node->n_outputs; k++)
      if (plan->places[node->outputs[k]].root == node->outputs[k])
        place_value (plan, &plan->places[node->outputs[k]], living);
  }
  for (guint v = 0; v < n_values (plan); v++)
    plan->places[v].offset = plan->places[plan->places[v].root].offset;
  return TRUE;
}

static gsize
scratch_for (const LstmPlan *plan, gsize block)
{
  gsize most = 0;

  for (guint i = 0; i < plan->model->nodes->len; i++) {
    const LstmPlanNode *node = &plan->nodes[i];
    const LstmLayerClass *klass = node->node->layer->klass;

    if (klass->scratch)
      most = MAX (
          most, klass->scratch (node, plan->kernels, block * node->fold_count));
  }
  return most;
}

static gsize
recurrent_bytes (const LstmPlan *plan)
{
  gsize n = 0;

  for (guint i = 0; i < plan->model->nodes->len; i++) {
    const LstmLayer *layer = plan->nodes[i].node->layer;

    for (guint k = 0; layer->recurrent && k < layer->weights->len; k++) {
      const LstmWeight *weight = g_ptr_array_index (layer->weights, k);

      n += (gsize) lstm_shape_count (&weight->shape) * sizeof (gfloat);
    }
  }
  return n;
}

void
lstm_plan_choose_block (LstmPlan *plan)
{
  gsize item = MAX (plan->arena_floats, 1) * sizeof (gfloat);
  gsize bytes = MAX (BLOCK_BYTES, recurrent_bytes (plan));

  plan->block = CLAMP (bytes / item, 1, MAX_BLOCK);
  plan->scratch_floats = scratch_for (plan, plan->block);
}
