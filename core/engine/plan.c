/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/pace.h"
#include "engine/plan-private.h"
#include "engine/shared.h"

/* ---- shapes ---- */

static gboolean
infer_node (LstmPlan *plan, const LstmNode *node, GError **error)
{
  guint n = node->n_inputs + node->n_states;
  g_autofree LstmSpec *specs = g_new (LstmSpec, MAX (n, 1));
  LstmInference inference = {
    LSTM_INFERENCE_INIT,
    .n_inputs = node->n_inputs,
    .n_states = node->n_states,
    .inputs = specs,
  };

  for (guint i = 0; i < n; i++)
    specs[i] = lstm_spec_fold (&plan->places[node->inputs[i]].spec, node->fold);
  if (!node->layer->klass->infer (node->layer, &inference, error))
    return FALSE;
  for (guint i = 0; i < node->n_outputs; i++)
    plan->places[node->outputs[i]].spec = lstm_spec_unfold (
        &inference.outputs[i], &plan->places[node->inputs[0]].spec, node->fold);
  return TRUE;
}

/* Shapes of all values, now that the number of steps is known. */
static gboolean
infer_shapes (LstmPlan *plan, GError **error)
{
  const LstmModel *model = plan->model;

  for (guint i = 0; i < model->inputs->len; i++) {
    guint v = g_array_index (model->inputs, LstmEnd, i).value;
    LstmSpec *spec = &plan->places[v].spec;

    *spec = lstm_model_value (model, v)->spec;
    if (plan->mode == LSTM_MODE_WINDOW && spec->shape.dims[0] < 0)
      spec->shape.dims[0] = plan->steps;
  }
  for (guint i = 0; i < model->nodes->len; i++)
    if (!infer_node (plan, g_ptr_array_index (model->nodes, i), error))
      return FALSE;
  for (guint v = 0; v < model->values->len; v++)
    plan->places[v].item =
        lstm_spec_item_shape (&plan->places[v].spec, plan->mode);
  return TRUE;
}

static gboolean
choose_steps (LstmPlan *plan, guint wanted, GError **error)
{
  const LstmEnd *end = &g_array_index (plan->model->inputs, LstmEnd, 0);
  const LstmSpec *spec = &lstm_model_value (plan->model, end->value)->spec;
  gint64 own = spec->time ? spec->shape.dims[0] : 1;

  if (plan->mode == LSTM_MODE_FRAME) {
    plan->steps = 1;
    return TRUE;
  }
  if (own < 0 && wanted == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_MODE,
        "window mode needs the length of a window: the model leaves it open; "
        "set steps");
    return FALSE;
  }
  if (own >= 0 && wanted != 0 && own != wanted) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_MODE,
        "steps is %u, but the model was made for windows of %" G_GINT64_FORMAT
        " steps; leave steps out or set it to that",
        wanted, own);
    return FALSE;
  }
  plan->steps = own < 0 ? wanted : (guint) own;
  return TRUE;
}

/* ---- nodes ---- */

static gpointer
pack_layer (LstmPlan *plan, LstmLayer *layer)
{
  gpointer packed = g_hash_table_lookup (plan->packed, layer);

  if (!packed && layer->klass->pack && !plan->base) {
    packed = layer->klass->pack (layer, plan->kernels);
    g_hash_table_insert (plan->packed, layer, packed);
  }
  return packed;
}

/* The axes that TimeDistributed takes as batch; time is not stored in frame
 * mode. */
static gsize
fold_count (const LstmPlan *plan, const LstmNode *node)
{
  const LstmSpec *spec = &plan->places[node->inputs[0]].spec;
  gsize n = 1;

  for (guint i = 0; i < node->fold; i++)
    if (!(i == 0 && spec->time && plan->mode == LSTM_MODE_FRAME))
      n *= spec->shape.dims[i];
  return n;
}

static void
fill_specs (const LstmPlan *plan, LstmPlanNode *p)
{
  const LstmNode *node = p->node;
  guint n = node->n_inputs + node->n_states;

  p->specs = g_new (LstmSpec, n + node->n_outputs);
  p->items = g_new (LstmShape, n + node->n_outputs);
  for (guint i = 0; i < n + node->n_outputs; i++) {
    guint v = i < n ? node->inputs[i] : node->outputs[i - n];

    p->specs[i] = lstm_spec_fold (&plan->places[v].spec, node->fold);
    p->items[i] = lstm_spec_item_shape (&p->specs[i], plan->mode);
  }
}

/* The layer's name and the state's. Wrapped layers of two wrappers may have the
 * same name, and a layer that is called twice has two states: the names of
 * wrappers tell the first apart, a number the second. */
static gchar *
slot_name (const LstmLayer *layer, const gchar *state, GHashTable *taken)
{
  g_autoptr (GString) owner = g_string_new (layer->name);
  gchar *name = g_strdup_printf ("%s/%s", owner->str, state);

  for (; layer->parent && g_hash_table_contains (taken, name);
       layer = layer->parent) {
    g_string_prepend_c (owner, '/');
    g_string_prepend (owner, layer->parent->name);
    g_free (name);
    name = g_strdup_printf ("%s/%s", owner->str, state);
  }
  for (guint i = 2; g_hash_table_contains (taken, name); i++) {
    g_free (name);
    name = g_strdup_printf ("%s#%u/%s", owner->str, i, state);
  }
  return name;
}

static void
add_slots (LstmPlan *plan, LstmPlanNode *p, GHashTable *names)
{
  const LstmLayer *layer = p->node->layer;
  LstmSlotSpec specs[LSTM_MAX_OUTPUTS];
  const LstmPlanNode *shared = g_hash_table_lookup (plan->layer_slots, layer);
  guint n = layer->klass->slots ? layer->klass->slots (p, specs) : 0;
  gboolean counts = p->mode == LSTM_MODE_FRAME && lstm_pace_changes (p->node);

  if (counts)
    specs[n++] = (LstmSlotSpec){ "phase", lstm_shape_make (1, (gint64) 1) };
  if (n == 0)
    return;
  if (shared) {
    p->first_slot = shared->first_slot;
    p->slot_offset = shared->slot_offset;
    return;
  }
  p->first_slot = plan->slots->len;
  p->slot_offset = plan->state_floats;
  for (guint i = 0; i < n; i++) {
    LstmSlot slot = {
      .name = slot_name (layer, specs[i].name, names),
      .shape = specs[i].shape,
      .offset = plan->state_floats,
      .size = lstm_shape_count (&specs[i].shape),
    };

    plan->state_floats += slot.size;
    g_array_append_val (plan->slots, slot);
    g_hash_table_add (names, (gpointer) slot.name);
  }
  if (counts) {
    p->counter = (gssize) plan->state_floats - 1;
    plan->paced = TRUE;
  }
  /* A stateful layer that is called twice has one state, as in Keras. */
  if (layer->stateful)
    g_hash_table_insert (plan->layer_slots, (gpointer) layer, p);
}

static void
make_nodes (LstmPlan *plan)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = plan->model->nodes->len;

  plan->nodes = g_new0 (LstmPlanNode, MAX (n, 1));
  for (guint i = 0; i < n; i++) {
    LstmPlanNode *p = &plan->nodes[i];

    p->node = g_ptr_array_index (plan->model->nodes, i);
    p->mode = plan->mode;
    p->first_slot = -1;
    p->counter = -1;
    p->fold_count = fold_count (plan, p->node);
    p->packed = pack_layer (plan, p->node->layer);
    fill_specs (plan, p);
    add_slots (plan, p, names);
  }
}

/* ---- life ---- */

static void
slot_clear (gpointer data)
{
  g_free ((gchar *) ((LstmSlot *) data)->name);
}

static LstmPlan *
plan_alloc (LstmModel *model, const LstmPlanOptions *options, LstmPlan *base)
{
  LstmPlan *plan = g_new0 (LstmPlan, 1);

  g_atomic_ref_count_init (&plan->ref_count);
  plan->model = lstm_model_ref (model);
  plan->mode = options->mode;
  plan->places = g_new0 (LstmPlace, model->values->len);
  plan->base = base ? lstm_plan_ref (base) : NULL;
  plan->packed =
      base ? g_hash_table_ref (base->packed) : g_hash_table_new (NULL, NULL);
  plan->layer_slots = g_hash_table_new (NULL, NULL);
  plan->slots = g_array_new (FALSE, FALSE, sizeof (LstmSlot));
  g_array_set_clear_func (plan->slots, slot_clear);
  return plan;
}

/* @base: whose packed weights are read, or NULL to pack them. */
static LstmPlan *
plan_make (LstmModel *model, const LstmPlanOptions *options,
    const LstmKernels *kernels, LstmPlan *base, GError **error)
{
  g_autoptr (LstmPlan) plan = NULL;

  if (options->mode == LSTM_MODE_FRAME && !lstm_model_can_stream (model, error))
    return NULL;
  plan = plan_alloc (model, options, base);
  plan->table = *kernels;
  plan->table.precision = options->precision;
  plan->kernels = &plan->table;
  if (!choose_steps (plan, options->steps, error) ||
      !infer_shapes (plan, error) || !lstm_plan_place_values (plan, error))
    return NULL;
  if (!base && !lstm_model_begin_weights (model, error))
    return NULL;
  make_nodes (plan);
  if (!base)
    lstm_model_end_weights (model);
  lstm_plan_choose_block (plan);
  return g_steal_pointer (&plan);
}

/**
 * lstm_plan_new:
 * @model: a model
 * @options: (nullable): what for; %NULL for frame mode on the best kernels
 * @error: return location for a #GError
 *
 * Makes a model ready to run: packs its weights for this machine and lays out
 * memory.
 *
 * Returns: (transfer full) (nullable): the plan; %NULL with %LSTM_ERROR_MODE if
 *   the model cannot run so, %LSTM_ERROR_VALUE for a kernel set that is not
 *   there, %LSTM_ERROR_SHAPE if layers do not join at this number of steps
 */
LstmPlan *
lstm_plan_new (LstmModel *model, const LstmPlanOptions *options, GError **error)
{
  const LstmPlanOptions defaults = { .mode = LSTM_MODE_FRAME };
  const LstmKernels *kernels;

  g_return_val_if_fail (model != NULL, NULL);
  if (!options)
    options = &defaults;
  g_return_val_if_fail (
      lstm_precision_get_name (options->precision) != NULL, NULL);
  kernels = lstm_kernels_find (options->kernels, error);
  return kernels ? plan_make (model, options, kernels, NULL, error) : NULL;
}

/**
 * lstm_plan_new_for_frames:
 * @plan: a plan
 * @error: return location for a #GError
 *
 * Makes a plan of the same model on the same kernels that runs frame by frame,
 * and reads the packed weights of @plan. Where windows of a model without
 * stateful layers slide, those that have begun can so take a step at each
 * frame: a stream for each, all given the same frame with a stream_stride of 0.
 * What a stream gives for the last frame of its window are the bits of the
 * window's last output.
 *
 * Returns: (transfer full) (nullable): the plan; %NULL with %LSTM_ERROR_MODE if
 *   the model needs whole windows
 */
LstmPlan *
lstm_plan_new_for_frames (LstmPlan *plan, GError **error)
{
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };

  g_return_val_if_fail (plan != NULL, NULL);
  options.precision = plan->kernels->precision;
  return plan_make (plan->model, &options, plan->kernels, plan, error);
}

/**
 * lstm_plan_ref:
 * @plan: a plan
 *
 * Returns: (transfer full): the plan
 */
LstmPlan *
lstm_plan_ref (LstmPlan *plan)
{
  g_atomic_ref_count_inc (&plan->ref_count);
  return plan;
}

/**
 * lstm_plan_unref:
 * @plan: (transfer full): a plan
 */
void
lstm_plan_unref (LstmPlan *plan)
{
  GHashTableIter iter;
  gpointer layer, packed;

  if (!lstm_shared_unref (&plan->ref_count, &plan->shared_key))
    return;
  g_hash_table_iter_init (&iter, plan->packed);
  while (!plan->base && g_hash_table_iter_next (&iter, &layer, &packed))
    ((LstmLayer *) layer)->klass->unpack (packed);
  for (guint i = 0; plan->nodes && i < plan->model->nodes->len; i++) {
    g_free (plan->nodes[i].specs);
    g_free (plan->nodes[i].items);
  }
  g_free (plan->nodes);
  g_free (plan->places);
  g_hash_table_unref (plan->packed);
  g_hash_table_unref (plan->layer_slots);
  g_array_unref (plan->slots);
  lstm_model_unref (plan->model);
  g_clear_pointer (&plan->base, lstm_plan_unref);
  g_free (plan);
}

/* ---- questions ---- */

/**
 * lstm_plan_get_model:
 * @plan: a plan
 *
 * Returns: (transfer none): its model
 */
LstmModel *
lstm_plan_get_model (const LstmPlan *plan)
{
  return plan->model;
}

/**
 * lstm_plan_get_mode:
 * @plan: a plan
 *
 * Returns: its mode
 */
LstmMode
lstm_plan_get_mode (const LstmPlan *plan)
{
  return plan->mode;
}

/**
 * lstm_plan_get_steps:
 * @plan: a plan
 *
 * Returns: how many frames make an item of the first input: the length of a
 *   window, or 1 in frame mode
 */
guint
lstm_plan_get_steps (const LstmPlan *plan)
{
  return plan->steps;
}

/**
 * lstm_plan_get_kernels:
 * @plan: a plan
 *
 * Returns: (transfer none): the name of its kernel set
 */
const gchar *
lstm_plan_get_kernels (const LstmPlan *plan)
{
  return plan->kernels->name;
}

/**
 * lstm_plan_get_precision:
 * @plan: a plan
 *
 * Returns: what its weights are stored in
 */
LstmPrecision
lstm_plan_get_precision (const LstmPlan *plan)
{
  return plan->kernels->precision;
}

static const LstmPlace *
end_place (const LstmPlan *plan, GArray *ends, guint i)
{
  return &plan->places[g_array_index (ends, LstmEnd, i).value];
}

/**
 * lstm_plan_get_input_shape:
 * @plan: a plan
 * @i: which input
 *
 * Returns: (transfer none): shape of an item of the input: of a frame in frame
 *   mode, [steps, features] in window mode
 */
const LstmShape *
lstm_plan_get_input_shape (const LstmPlan *plan, guint i)
{
  g_return_val_if_fail (i < plan->model->inputs->len, NULL);
  return &end_place (plan, plan->model->inputs, i)->item;
}

/**
 * lstm_plan_get_input_size:
 * @plan: a plan
 * @i: which input
 *
 * Returns: length of an item of the input in floats
 */
gsize
lstm_plan_get_input_size (const LstmPlan *plan, guint i)
{
  g_return_val_if_fail (i < plan->model->inputs->len, 0);
  return end_place (plan, plan->model->inputs, i)->size;
}

/**
 * lstm_plan_get_output_shape:
 * @plan: a plan
 * @i: which output
 *
 * Returns: (transfer none): shape of an item of the output
 */
const LstmShape *
lstm_plan_get_output_shape (const LstmPlan *plan, guint i)
{
  g_return_val_if_fail (i < plan->model->outputs->len, NULL);
  return &end_place (plan, plan->model->outputs, i)->item;
}

/**
 * lstm_plan_get_output_size:
 * @plan: a plan
 * @i: which output
 *
 * Returns: length of an item of the output in floats
 */
gsize
lstm_plan_get_output_size (const LstmPlan *plan, guint i)
{
  g_return_val_if_fail (i < plan->model->outputs->len, 0);
  return end_place (plan, plan->model->outputs, i)->size;
}

/**
 * lstm_plan_get_output_frames:
 * @plan: a plan
 * @i: which output
 *
 * Returns: how many frames an item of the output holds: 1 in frame mode and for
 *   an output that is no sequence, else its steps
 */
guint
lstm_plan_get_output_frames (const LstmPlan *plan, guint i)
{
  const LstmPlace *place;

  g_return_val_if_fail (i < plan->model->outputs->len, 0);
  place = end_place (plan, plan->model->outputs, i);
  if (plan->mode == LSTM_MODE_FRAME || place->item.rank < 2)
    return 1;
  return place->item.dims[0];
}

/**
 * lstm_plan_get_output_rate:
 * @plan: a plan
 * @first: (out) (optional): the frame of a stream, from 0, that its first
 *   output goes with
 *
 * Tells when outputs come in frame mode. Layers with strides, such as a Conv1D
 * or a MaxPooling1D, make them fewer; layers with `padding='valid'` make them
 * begin late.
 *
 * Returns: of how many frames one has an output; 1 in window mode, where every
 *   item has one
 */
guint
lstm_plan_get_output_rate (const LstmPlan *plan, guint *first)
{
  const LstmEnd *end = &g_array_index (plan->model->outputs, LstmEnd, 0);
  const LstmPace *pace = &lstm_model_value (plan->model, end->value)->pace;

  if (first)
    *first = plan->paced ? (guint) pace->first : 0;
  return plan->paced ? (guint) pace->every : 1;
}

/**
 * lstm_plan_get_n_slots:
 * @plan: a plan
 *
 * Returns: how many things a stream of this plan carries
 */
guint
lstm_plan_get_n_slots (const LstmPlan *plan)
{
  return plan->slots->len;
}

/**
 * lstm_plan_get_slot:
 * @plan: a plan
 * @i: which slot
 *
 * Returns: (transfer none): what is carried there
 */
const LstmSlot *
lstm_plan_get_slot (const LstmPlan *plan, guint i)
{
  g_return_val_if_fail (i < plan->slots->len, NULL);
  return &g_array_index (plan->slots, LstmSlot, i);
}
