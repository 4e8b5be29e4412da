/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which mask goes with which value, as Keras has it. A mask of a value has its
 * shape without the last axis, and is 1 for each step that counts.
 *
 * Keras 2 ands the masks that meet in a layer, and what has none does not take
 * part. Keras 3 ors them, and where one is missing there is none; what counts
 * as all steps there is left out here, as it changes nothing. */

#include "engine/layers/layers.h"

#define NO_MASK (-1)

static gint
mask_of (LstmModelBuilder *builder, LstmValueId id)
{
  return lstm_model_value (lstm_model_builder_peek (builder), id)->mask;
}

static void
set_mask (LstmModelBuilder *builder, LstmValueId id, gint mask)
{
  lstm_model_value (lstm_model_builder_peek (builder), id)->mask = mask;
}

static const LstmShape *
shape_of (LstmModelBuilder *builder, LstmValueId id)
{
  return lstm_model_builder_get_shape (builder, id);
}

static gboolean
is_keras_2 (LstmModelBuilder *builder)
{
  return lstm_model_builder_peek (builder)->keras < 3;
}

/* Whether a mask's axes are the first ones of a value, and not all of them. */
static gboolean
leads (const LstmShape *mask, const LstmShape *value)
{
  if (mask->rank >= value->rank)
    return FALSE;
  for (guint i = 0; i < mask->rank; i++)
    if (mask->dims[i] != value->dims[i])
      return FALSE;
  return TRUE;
}

/* ---- layers of one input ---- */

/* A layer sees a mask that has one axis, the steps, for each of its samples;
 * in Keras 3 it may see none if it is given an initial_state as well, and
 * passes it on nevertheless. */
static gboolean
wire_mask (LstmModelBuilder *builder, LstmNode *node, gint mask, GError **error)
{
  const LstmShape *shape = shape_of (builder, mask);
  g_autofree gchar *found = NULL;

  if (node->n_states > 0 && !lstm_model_builder_masks_state (builder))
    return TRUE;
  if (shape->rank == node->fold + 1)
    node->mask = mask;
  if (shape->rank <= node->fold + 1 || !node->layer->recurrent)
    return TRUE;
  found = lstm_shape_to_batch_string (shape, -1);
  return lstm_shape_error (error, node->layer,
      "the mask of its input has shape %s, expected one axis of steps after "
      "the batch",
      found);
}

/* Keras hands a mask of steps to Softmax, which takes it for one of features
 * and as a rule cannot use it. */
static gboolean
check_softmax (const LstmNode *node, GError **error)
{
  if (node->layer->klass != &lstm_layer_softmax)
    return TRUE;
  return lstm_shape_error (error, node->layer,
      "its input has a mask of steps, which Keras's Softmax takes for one of "
      "features: use Activation('softmax') instead");
}

/* Gives a new node the mask of its input, and its output the mask that the
 * layer passes on or makes. */
gboolean
lstm_masks_pass (LstmModelBuilder *builder, LstmNode *node, gboolean makes_mask,
    GError **error)
{
  const LstmLayerClass *klass = node->layer->klass;
  gint mask = mask_of (builder, node->inputs[0]);

  if (makes_mask) {
    set_mask (
        builder, node->outputs[0], (gint) node->outputs[node->n_outputs - 1]);
    return TRUE;
  }
  if (mask == NO_MASK || klass->joins_masks != LSTM_JOIN_NONE)
    return TRUE;
  if (!check_softmax (node, error) || !wire_mask (builder, node, mask, error))
    return FALSE;
  if (!klass->stops_mask && !(klass->stops_mask_2 && is_keras_2 (builder)) &&
      leads (shape_of (builder, mask), shape_of (builder, node->outputs[0])))
    set_mask (builder, node->outputs[0], mask);
  return TRUE;
}

/* TimeDistributed: Keras 3 passes the mask of the input on whatever the wrapped
 * layer does. Keras 2 takes the wrapped layer's, and if it has none, a step
 * counts where anything in it counts. */
gboolean
lstm_masks_distribute (LstmModelBuilder *builder, LstmLayer *layer,
    LstmValueId input, LstmValueId output, GError **error)
{
  gint mask = mask_of (builder, input);

  if (!is_keras_2 (builder)) {
    set_mask (builder, output, mask);
    return TRUE;
  }
  if (mask == NO_MASK || mask_of (builder, output) != NO_MASK)
    return TRUE;
  while (shape_of (builder, mask)->rank > 1) {
    LstmLayer *any = lstm_layer_add_helper (layer, &lstm_layer_any_step, NULL);
    LstmValueId id = (LstmValueId) mask, reduced;

    if (!lstm_model_builder_call_one (builder, any, &id, 1, &reduced, error))
      return FALSE;
    mask = (gint) reduced;
  }
  set_mask (builder, output, mask);
  return TRUE;
}

/* ---- layers of several inputs ---- */

typedef struct {
  LstmModelBuilder *builder;
  LstmLayer *layer;
  GError **error;
  guint rank; /* of the output: the most axes that an input has */
} Join;

static gboolean
call_helper (Join *j, const LstmLayerClass *klass, GVariant *config,
    const LstmValueId *ids, guint n, LstmValueId *output)
{
  LstmLayer *helper = lstm_layer_add_helper (j->layer, klass, config);

  return lstm_model_builder_call_one (
      j->builder, helper, ids, n, output, j->error);
}

/* The mask of what two values with these masks were joined to. */
static gboolean
combine (Join *j, gint a, gint b, gint *mask)
{
  gboolean keras_2 = is_keras_2 (j->builder);
  LstmValueId ids[] = { (LstmValueId) a, (LstmValueId) b }, joined;

  if (a == NO_MASK || b == NO_MASK) {
    *mask = keras_2 ? MAX (a, b) : NO_MASK;
    return TRUE;
  }
  if (a == b) {
    *mask = a;
    return TRUE;
  }
  if (!call_helper (j, keras_2 ? &lstm_layer_minimum : &lstm_layer_maximum,
          NULL, ids, 2, &joined))
    return FALSE;
  *mask = (gint) joined;
  return TRUE;
}

static gboolean
combine_all (Join *j, const LstmValueId *ids, guint n, gint *mask)
{
  *mask = mask_of (j->builder, ids[0]);
  for (guint i = 1; i < n; i++)
    if (!combine (j, *mask, mask_of (j->builder, ids[i]), mask))
      return FALSE;
  return TRUE;
}

/* value = mask ? value : other; @other may be NULL for the number @fill. */
static gboolean
choose (Join *j, gint mask, LstmValueId *value, const LstmValueId *other,
    gdouble fill)
{
  LstmValueId ids[] = { (LstmValueId) mask, *value, other ? *other : 0 };
  GVariantDict config;

  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "fill", "d", fill);
  return call_helper (j, &lstm_layer_select, g_variant_dict_end (&config), ids,
      other ? 3 : 2, value);
}

/* Keras 3 gives an input the axes that it lacks before it looks at masks, and
 * loses its mask thereby. */
static gint
seen_mask (Join *j, LstmValueId id)
{
  return shape_of (j->builder, id)->rank < j->rank ? NO_MASK
                                                   : mask_of (j->builder, id);
}

static gboolean
join_plain (Join *j, const LstmValueId *ids, guint n, LstmValueId *output)
{
  gint mask;

  if (!combine_all (j, ids, n, &mask) ||
      !lstm_model_builder_call_one (
          j->builder, j->layer, ids, n, output, j->error))
    return FALSE;
  set_mask (j->builder, *output, mask);
  return TRUE;
}

/* Keras 3's Multiply: what is masked counts as 1, and is 0 where all are. */
static gboolean
join_multiply (Join *j, const LstmValueId *ids, guint n, LstmValueId *output)
{
  g_autofree LstmValueId *filled = g_memdup2 (ids, n * sizeof *ids);
  gint mask;

  for (guint i = 0; i < n; i++) {
    gint own = seen_mask (j, ids[i]);

    if (own != NO_MASK && !choose (j, own, &filled[i], NULL, 1.0))
      return FALSE;
  }
  if (!combine_all (j, ids, n, &mask) ||
      !lstm_model_builder_call_one (
          j->builder, j->layer, filled, n, output, j->error))
    return FALSE;
  if (mask != NO_MASK && !choose (j, mask, output, NULL, 0.0))
    return FALSE;
  set_mask (j->builder, *output, mask);
  return TRUE;
}

/* Keras 3's Maximum and Minimum: of two, what is masked gives way to what is
 * not. */
static gboolean
join_pick (Join *j, const LstmValueId *ids, guint n, LstmValueId *output)
{
  gint mask = seen_mask (j, ids[0]);

  *output = ids[0];
  for (guint i = 1; i < n; i++) {
    LstmValueId pair[] = { *output, ids[i] };
    gint own = seen_mask (j, ids[i]);

    if (own != NO_MASK && !choose (j, own, &pair[1], &pair[0], 0.0))
      return FALSE;
    if (mask != NO_MASK && !choose (j, mask, &pair[0], &pair[1], 0.0))
      return FALSE;
    if (!combine (j, mask, own, &mask) ||
        !lstm_model_builder_call_one (
            j->builder, j->layer, pair, 2, output, j->error))
      return FALSE;
  }
  set_mask (j->builder, *output, mask);
  return TRUE;
}

/* Masks one after the other, as their values are; all steps of what has none
 * count. */
static gboolean
chain_masks (
    Join *j, const LstmValueId *ids, guint n, gint axis, LstmValueId *mask)
{
  g_autofree LstmValueId *masks = g_new (LstmValueId, n);
  GVariantDict config;

  for (guint i = 0; i < n; i++) {
    gint own = mask_of (j->builder, ids[i]);

    if (own != NO_MASK)
      masks[i] = (LstmValueId) own;
    else if (!call_helper (
                 j, &lstm_layer_all_steps, NULL, &ids[i], 1, &masks[i]))
      return FALSE;
  }
  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "axis", "x", (gint64) axis + 1);
  return call_helper (
      j, &lstm_layer_concatenate, g_variant_dict_end (&config), masks, n, mask);
}

static gboolean
join_side_by_side (
    Join *j, const LstmValueId *ids, guint n, LstmValueId *output)
{
  const LstmShape *shape = shape_of (j->builder, ids[0]);
  gint axis = lstm_concatenate_axis (j->layer, shape);
  LstmValueId mask;

  if (axis < 0 || axis + 1 == (gint) shape->rank)
    return join_plain (j, ids, n, output);
  if (!lstm_model_builder_call_one (
          j->builder, j->layer, ids, n, output, j->error) ||
      !chain_masks (j, ids, n, axis, &mask))
    return FALSE;
  set_mask (j->builder, *output, (gint) mask);
  return TRUE;
}

/* Where masks meet, each is of the same kind: of all axes but the last. */
static gboolean
check_mask (Join *j, LstmValueId id, guint i)
{
  const LstmShape *shape = shape_of (j->builder, id);
  const LstmShape *mask =
      shape_of (j->builder, (LstmValueId) mask_of (j->builder, id));
  g_autofree gchar *value_text = NULL, *mask_text = NULL;

  if (leads (mask, shape) && mask->rank + 1 == shape->rank)
    return TRUE;
  value_text = lstm_shape_to_batch_string (shape, -1);
  mask_text = lstm_shape_to_batch_string (mask, -1);
  return lstm_shape_error (j->error, j->layer,
      "its input %u has shape %s and a mask of shape %s: masks can be joined "
      "if each has all axes of its input but the last",
      i, value_text, mask_text);
}

static gboolean
check_masks (Join *j, const LstmValueId *ids, guint n, gboolean *found)
{
  guint n_masks = 0, least = G_MAXUINT;

  for (guint i = 0; i < n; i++) {
    guint rank = shape_of (j->builder, ids[i])->rank;

    j->rank = MAX (j->rank, rank);
    if (mask_of (j->builder, ids[i]) == NO_MASK)
      continue;
    if (!check_mask (j, ids[i], i))
      return FALSE;
    least = MIN (least, rank);
    n_masks++;
  }
  *found = n_masks > 0;
  if (n_masks < 2 || least == j->rank ||
      (n_masks < n && !is_keras_2 (j->builder)))
    return TRUE;
  return lstm_shape_error (j->error, j->layer,
      "its inputs have masks, and not all of them %u axes beside the batch: "
      "masks can be joined if all have the same number of axes",
      j->rank);
}

/* Calls a layer that joins several values, and joins their masks. */
GArray *
lstm_masks_join (LstmModelBuilder *builder, LstmLayer *layer,
    const LstmValueId *ids, guint n, GError **error)
{
  Join j = { builder, layer, error, 0 };
  LstmMaskJoin how = layer->klass->joins_masks;
  gboolean found, ok;
  LstmValueId output;
  GArray *outputs;

  if (!check_masks (&j, ids, n, &found))
    return NULL;
  if (!found)
    return lstm_model_builder_call_node (builder, layer, ids, n, 0, error);
  if (how == LSTM_JOIN_SIDE_BY_SIDE)
    ok = join_side_by_side (&j, ids, n, &output);
  else if (how == LSTM_JOIN_MULTIPLY && !is_keras_2 (builder))
    ok = join_multiply (&j, ids, n, &output);
  else if (how == LSTM_JOIN_PICK && !is_keras_2 (builder))
    ok = join_pick (&j, ids, n, &output);
  else
    ok = join_plain (&j, ids, n, &output);
  if (!ok)
    return NULL;
  outputs = g_array_new (FALSE, FALSE, sizeof (LstmValueId));
  g_array_append_val (outputs, output);
  return outputs;
}
