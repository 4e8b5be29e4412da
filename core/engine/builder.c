/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/pace.h"

#include <stdarg.h>
#include <string.h>

struct _LstmModelBuilder {
  LstmModel *model;
  guint fold; /* how many leading axes calls take as batch */
  gboolean mask_with_state;
  gboolean strict;
  guint n_calling; /* calls of layers within one another, wrappers' own */
};

/**
 * lstm_model_builder_new:
 * @name: (nullable): the model's name
 * @keras: the major version of Keras whose meanings hold, 2 or 3
 *
 * Returns: (transfer full): a builder with nothing in it
 */
LstmModelBuilder *
lstm_model_builder_new (const gchar *name, guint keras)
{
  LstmModelBuilder *builder = g_new0 (LstmModelBuilder, 1);

  builder->model = lstm_model_new_empty (name ? name : "model", keras);
  return builder;
}

/**
 * lstm_model_builder_free:
 * @builder: (nullable): a builder
 *
 * Frees the builder and what was not built.
 */
void
lstm_model_builder_free (LstmModelBuilder *builder)
{
  if (!builder)
    return;
  g_clear_pointer (&builder->model, lstm_model_unref);
  g_free (builder);
}

/**
 * lstm_model_builder_set_strict:
 * @builder: a builder
 * @strict: what holds for layers that are added from now on
 *
 * A key of a layer's config that is not known is noted (see
 * lstm_model_get_note()); with %TRUE it is %LSTM_ERROR_VALUE. That is for
 * configs that a person wrote.
 */
void
lstm_model_builder_set_strict (LstmModelBuilder *builder, gboolean strict)
{
  builder->strict = strict;
}

LstmModel *
lstm_model_builder_peek (LstmModelBuilder *builder)
{
  return builder->model;
}

static LstmValueId
add_value (LstmModelBuilder *builder, const LstmSpec *spec, LstmNode *producer)
{
  LstmValue value = {
    .spec = *spec, .producer = producer, .pace = { 1, 0 }, .mask = -1
  };

  g_array_append_val (builder->model->values, value);
  return builder->model->values->len - 1;
}

static gboolean
check_input_shape (const gchar *name, const LstmShape *shape, GError **error)
{
  if (shape->rank < 1 || shape->rank > LSTM_MAX_RANK) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "input '%s' has %u axes beside the batch, expected 1 to %d", name,
        shape->rank, LSTM_MAX_RANK);
    return FALSE;
  }
  for (guint i = 0; i < shape->rank; i++) {
    gint64 dim = shape->dims[i];
    g_autofree gchar *text = NULL;

    if (dim >= 1 && dim <= G_MAXINT32)
      continue;
    if (dim == LSTM_DIM_UNKNOWN && i == 0 && shape->rank > 1)
      continue;
    if (dim == LSTM_DIM_UNKNOWN && shape->rank == 1)
      continue;
    text = lstm_shape_to_batch_string (shape, -1);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "input '%s' has shape %s: only the batch and the steps (the first axis "
        "after it) may be None, every other axis is 1 or more",
        name, text);
    return FALSE;
  }
  return TRUE;
}

/**
 * lstm_model_builder_add_input:
 * @builder: a builder
 * @name: the input's name
 * @shape: of one sample, such as [steps, features]; steps may be
 *   %LSTM_DIM_UNKNOWN
 * @batch: the batch size that the model insists on, or %LSTM_DIM_UNKNOWN
 * @value: (out): the input as a value to call layers on
 * @error: return location for a #GError
 *
 * Adds an input. Inputs are numbered in the order in which they are added.
 *
 * Returns: %FALSE with %LSTM_ERROR_SHAPE if the shape cannot be
 */
gboolean
lstm_model_builder_add_input (LstmModelBuilder *builder, const gchar *name,
    const LstmShape *shape, gint64 batch, LstmValueId *value, GError **error)
{
  LstmSpec spec = { .shape = *shape, .time = shape->rank >= 2 };
  LstmEnd end;

  if (!check_input_shape (name, shape, error))
    return FALSE;
  if (batch != LSTM_DIM_UNKNOWN && (batch < 1 || batch > G_MAXINT32)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "input '%s' has a batch of %" G_GINT64_FORMAT ", expected 1 or more",
        name, batch);
    return FALSE;
  }
  if (batch != LSTM_DIM_UNKNOWN)
    builder->model->batch = batch;
  end.name = g_strdup (name);
  end.value = *value = add_value (builder, &spec, NULL);
  g_array_append_val (builder->model->inputs, end);
  return TRUE;
}

/**
 * lstm_model_builder_add_layer:
 * @builder: a builder
 * @class_name: Keras's name of the class, such as `LSTM`
 * @name: the layer's name in the model
 * @config: a dictionary (`a{sv}`) in the words of Keras's get_config(); a
 *   floating reference is taken; numbers are `x` or `d`, null is an empty
 *   maybe, lists are `av`
 * @error: return location for a #GError
 *
 * Adds a layer, which then is called on values. Keys that are not known are
 * noted (see lstm_model_get_note()); defaults are Keras's.
 *
 * Returns: (transfer none) (nullable): the layer; %NULL with
 *   %LSTM_ERROR_UNSUPPORTED for a class or activation that is not known and
 *   %LSTM_ERROR_VALUE for an option that cannot be
 */
LstmLayer *
lstm_model_builder_add_layer (LstmModelBuilder *builder,
    const gchar *class_name, const gchar *name, GVariant *config,
    GError **error)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (config);
  LstmLayer *layer =
      lstm_layer_new (class_name, name, held, builder->model->keras,
          builder->strict ? NULL : builder->model->notes, error);

  if (layer)
    g_ptr_array_add (builder->model->layers, layer);
  return layer;
}

static gboolean
check_call (LstmModelBuilder *builder, const LstmLayer *layer,
    const LstmValueId *ids, guint n_inputs, guint n_states, GError **error)
{
  const LstmLayerClass *klass = layer->klass;

  if (n_inputs < klass->min_inputs || n_inputs > klass->max_inputs)
    return lstm_shape_error (error, layer,
        "it is called on %u inputs, expected %s%u", n_inputs,
        n_inputs < klass->min_inputs ? "at least " : "at most ",
        n_inputs < klass->min_inputs ? klass->min_inputs : klass->max_inputs);
  if (n_states > 0 && !klass->takes_state)
    return lstm_shape_error (
        error, layer, "it is given an initial state, and has no state");
  for (guint i = 0; i < n_inputs + n_states; i++)
    if (ids[i] >= builder->model->values->len)
      return lstm_shape_error (error, layer, "input %u is no value", i);
  return TRUE;
}

/* The specs of a call's inputs and states, folded. */
static LstmSpec *
call_specs (LstmModelBuilder *builder, const LstmValueId *ids, guint n)
{
  LstmSpec *specs = g_new0 (LstmSpec, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    specs[i] = lstm_spec_fold (
        &lstm_model_value (builder->model, ids[i])->spec, builder->fold);
  return specs;
}

static gboolean
check_fold (LstmModelBuilder *builder, const LstmLayer *layer,
    const LstmValueId *ids, guint n, GError **error)
{
  for (guint i = 0; i < n; i++) {
    const LstmShape *shape =
        &lstm_model_value (builder->model, ids[i])->spec.shape;
    g_autofree gchar *text = NULL;

    if (shape->rank > builder->fold)
      continue;
    text = lstm_shape_to_batch_string (shape, -1);
    return lstm_shape_error (error, layer,
        "TimeDistributed needs an axis of steps, found shape %s", text);
  }
  return TRUE;
}

static LstmNode *
add_node (LstmModelBuilder *builder, LstmLayer *layer,
    const LstmInference *inference, const LstmValueId *ids)
{
  guint n = inference->n_inputs + inference->n_states;
  LstmNode *node = g_new0 (LstmNode, 1);

  node->layer = layer;
  node->n_inputs = inference->n_inputs;
  node->n_states = inference->n_states;
  node->n_outputs = inference->n_outputs;
  node->inputs = g_memdup2 (ids, n * sizeof *ids);
  node->outputs = g_new0 (LstmValueId, inference->n_outputs);
  node->fold = builder->fold;
  node->needs_window = inference->needs_window;
  node->frames = inference->frames;
  node->first = inference->first;
  node->mask = -1;
  g_ptr_array_add (builder->model->nodes, node);
  return node;
}

static gboolean
is_read (const LstmModel *model, LstmValueId id)
{
  for (guint i = 0; i < model->nodes->len; i++) {
    const LstmNode *node = g_ptr_array_index (model->nodes, i);

    for (guint k = 0; k < node->n_inputs + node->n_states; k++)
      if (node->inputs[k] == id)
        return TRUE;
  }
  return FALSE;
}

/* The one axis of a model input is features until a layer that looks indices up
 * is the first to read it: then it is steps. */
static void
find_time (LstmModelBuilder *builder, const LstmLayer *layer, LstmValueId id)
{
  LstmValue *value = lstm_model_value (builder->model, id);

  if (layer->klass->reads_steps && !value->producer &&
      value->spec.shape.rank == 1 && !is_read (builder->model, id))
    value->spec.time = TRUE;
}

/* A stateful layer under TimeDistributed goes from folded step to folded step.
 * Two calls of it would have to take turns; and Keras 2 runs the first step of
 * what is within once more than the others. */
static gboolean
check_stateful (
    LstmModelBuilder *builder, const LstmLayer *layer, GError **error)
{
  if (!layer->stateful || builder->fold == 0)
    return TRUE;
  if (builder->model->keras >= 3 && !layer->built)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "layer '%s' (%s): it is stateful and under TimeDistributed, %s; make it "
      "with stateful=False and save the model again",
      layer->name, layer->klass->name,
      builder->model->keras < 3
          ? "where Keras 2 runs the first step twice, which is not supported"
          : "and called more than once there, which is not supported");
  return FALSE;
}

GArray *
lstm_model_builder_call_node (LstmModelBuilder *builder, LstmLayer *layer,
    const LstmValueId *ids, guint n_inputs, guint n_states, GError **error)
{
  g_autofree LstmSpec *specs = NULL;
  LstmInference inference = { LSTM_INFERENCE_INIT, .n_inputs = n_inputs,
    .n_states = n_states };
  gboolean again = layer->built;
  GArray *outputs;
  LstmNode *node;
  guint shown;

  if (!check_fold (builder, layer, ids, n_inputs + n_states, error) ||
      !check_stateful (builder, layer, error))
    return NULL;
  find_time (builder, layer, ids[0]);
  inference.inputs = specs = call_specs (builder, ids, n_inputs + n_states);
  if (!layer->klass->infer (layer, &inference, error) ||
      !lstm_layer_build (layer, &inference, error))
    return NULL;

  node = add_node (builder, layer, &inference, ids);
  if (again && layer->stateful && !node->needs_window)
    node->needs_window = "it is stateful and called more than once, and each "
                         "call goes on from where the one before ended";
  for (guint i = 0; i < node->n_outputs; i++) {
    LstmSpec outer = lstm_model_value (builder->model, ids[0])->spec;
    LstmSpec spec =
        lstm_spec_unfold (&inference.outputs[i], &outer, builder->fold);

    if (spec.shape.rank > LSTM_MAX_RANK) {
      lstm_shape_error (error, layer,
          "its output has %u axes, at most %d can be", spec.shape.rank,
          LSTM_MAX_RANK);
      return NULL;
    }
    node->outputs[i] = add_value (builder, &spec, node);
  }
  if (!lstm_masks_pass (builder, node, inference.makes_mask, error))
    return NULL;
  lstm_pace_node (builder->model, node);

  shown = node->n_outputs - (inference.makes_mask ? 1 : 0);
  outputs = g_array_new (FALSE, FALSE, sizeof (LstmValueId));
  g_array_append_vals (outputs, node->outputs, shown);
  return outputs;
}

gboolean
lstm_model_builder_call_one (LstmModelBuilder *builder, LstmLayer *layer,
    const LstmValueId *ids, guint n_inputs, LstmValueId *output, GError **error)
{
  g_autoptr (GArray) outputs =
      lstm_model_builder_call_node (builder, layer, ids, n_inputs, 0, error);

  if (!outputs)
    return FALSE;
  *output = g_array_index (outputs, LstmValueId, 0);
  return TRUE;
}

/**
 * lstm_model_builder_begin_time_distributed:
 * @builder: a builder
 *
 * Calls that follow see each step of their inputs (the first axis after the
 * batch) as a sample of its own, until
 * lstm_model_builder_end_time_distributed(). Such pairs may stand within one
 * another. With them a whole model is called as `TimeDistributed(model)(x)`; a
 * single layer has the class `TimeDistributed` for it.
 */
void
lstm_model_builder_begin_time_distributed (LstmModelBuilder *builder)
{
  builder->fold++;
  if (builder->n_calling == 0)
    lstm_calls_add (builder->model, LSTM_CALL_BEGIN, NULL, NULL, 0, 0, NULL);
}

/**
 * lstm_model_builder_end_time_distributed:
 * @builder: a builder
 * @layer: a layer of class `TimeDistributed`, with or without a `layer` in its
 *   config
 * @input: what the first of the calls read
 * @output: what the last of them gave
 * @error: return location for a #GError
 *
 * Ends what lstm_model_builder_begin_time_distributed() began, and gives the
 * output the mask that it has in Keras.
 *
 * Returns: %FALSE if masks do not join
 */
gboolean
lstm_model_builder_end_time_distributed (LstmModelBuilder *builder,
    LstmLayer *layer, LstmValueId input, LstmValueId output, GError **error)
{
  g_autoptr (GArray) outputs = g_array_new (FALSE, FALSE, sizeof output);

  g_return_val_if_fail (builder->fold > 0, FALSE);
  builder->fold--;
  g_array_append_val (outputs, output);
  if (builder->n_calling == 0)
    lstm_calls_add (
        builder->model, LSTM_CALL_END, layer, &input, 1, 0, outputs);
  return builder->fold > 0 ||
         lstm_masks_distribute (builder, layer, input, output, error);
}

/**
 * lstm_model_builder_mask_with_state:
 * @builder: a builder
 * @mask_with_state: what holds for calls from now on
 *
 * In Keras 3 a recurrent layer that is given an initial_state does not see the
 * mask of its input, unless the call has `mask=` as well: %TRUE is for such a
 * call. In Keras 2 it always sees it.
 */
void
lstm_model_builder_mask_with_state (
    LstmModelBuilder *builder, gboolean mask_with_state)
{
  builder->mask_with_state = mask_with_state;
}

gboolean
lstm_model_builder_masks_state (LstmModelBuilder *builder)
{
  return builder->mask_with_state || builder->model->keras < 3;
}

static GArray *
call (LstmModelBuilder *builder, LstmLayer *layer, const LstmValueId *ids,
    guint n_inputs, guint n_states, GError **error)
{
  GArray *outputs;

  if (!check_call (builder, layer, ids, n_inputs, n_states, error))
    return NULL;
  if (layer->klass->joins_masks != LSTM_JOIN_NONE)
    return lstm_masks_join (builder, layer, ids, n_inputs, error);
  if (!layer->klass->expand)
    return lstm_model_builder_call_node (
        builder, layer, ids, n_inputs, n_states, error);

  outputs = g_array_new (FALSE, FALSE, sizeof (LstmValueId));
  if (!layer->klass->expand (builder, layer, ids, n_inputs, ids + n_inputs,
          n_states, outputs, error))
    g_clear_pointer (&outputs, g_array_unref);
  return outputs;
}

/**
 * lstm_model_builder_call:
 * @builder: a builder
 * @layer: a layer of this builder
 * @inputs: (array length=n_inputs): values to call it on
 * @n_inputs: how many
 * @initial_state: (array length=n_states) (nullable): values that a recurrent
 *   layer starts from, h then c
 * @n_states: how many, 0 for none
 * @error: return location for a #GError
 *
 * Calls a layer, as `layer(x, initial_state=...)` does in Keras. A layer may be
 * called more than once; its calls share its weights. After its first call a
 * layer's weights have their shapes and are to be set.
 *
 * Returns: (transfer full) (element-type guint) (nullable): the output values
 *   (#LstmValueId); states of a recurrent layer with return_state follow its
 *   output. %NULL with %LSTM_ERROR_SHAPE if shapes do not join
 */
GArray *
lstm_model_builder_call (LstmModelBuilder *builder, LstmLayer *layer,
    const LstmValueId *inputs, guint n_inputs, const LstmValueId *initial_state,
    guint n_states, GError **error)
{
  g_autofree LstmValueId *ids = g_new (LstmValueId, n_inputs + n_states + 1);
  GArray *outputs;

  if (n_inputs > 0)
    memcpy (ids, inputs, n_inputs * sizeof *ids);
  if (n_states > 0)
    memcpy (ids + n_inputs, initial_state, n_states * sizeof *ids);
  builder->n_calling++;
  outputs = call (builder, layer, ids, n_inputs, n_states, error);
  builder->n_calling--;
  if (outputs && builder->n_calling == 0)
    lstm_calls_add (builder->model, LSTM_CALL_LAYER, layer, ids, n_inputs,
        n_states, outputs)
        ->mask_with_state = builder->mask_with_state;
  return outputs;
}

/**
 * lstm_model_builder_get_shape:
 * @builder: a builder
 * @value: a value
 *
 * Returns: (transfer none): the shape of the value, the batch axis left out;
 *   valid until the next call
 */
const LstmShape *
lstm_model_builder_get_shape (LstmModelBuilder *builder, LstmValueId value)
{
  return &lstm_model_value (builder->model, value)->spec.shape;
}

/**
 * lstm_model_builder_add_output:
 * @builder: a builder
 * @value: a value
 * @name: the output's name
 *
 * Makes a value an output of the model. Outputs are numbered in the order in
 * which they are added.
 */
void
lstm_model_builder_add_output (
    LstmModelBuilder *builder, LstmValueId value, const gchar *name)
{
  LstmEnd end = { g_strdup (name), value };

  g_array_append_val (builder->model->outputs, end);
}

/**
 * lstm_model_builder_add_note:
 * @builder: a builder
 * @format: what the user should know about the model, as for printf()
 * @...: arguments
 *
 * Adds a note to the model, which elements and tools show.
 */
void
lstm_model_builder_add_note (
    LstmModelBuilder *builder, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (builder->model->notes, g_strdup_vprintf (format, args));
  va_end (args);
}

static gboolean
check_weights (const LstmModel *model, GError **error)
{
  for (guint i = 0; i < model->layers->len; i++) {
    LstmLayer *layer = g_ptr_array_index (model->layers, i);
    guint n = lstm_layer_get_n_weights (layer);

    for (guint k = 0; k < n; k++) {
      const LstmWeight *weight = lstm_layer_get_weight (layer, k);

      if (weight->data)
        continue;
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
          "layer '%s' (%s): its weight '%s' is missing", layer->name,
          layer->klass->name, weight->name);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_outputs (const LstmModel *model, GError **error)
{
  for (guint i = 0; i < model->outputs->len; i++)
    if (g_array_index (model->outputs, LstmEnd, i).value >=
        model->values->len) {
      g_set_error (
          error, LSTM_ERROR, LSTM_ERROR_SHAPE, "output %u is no value", i);
      return FALSE;
    }
  return TRUE;
}

/**
 * lstm_model_builder_build:
 * @builder: a builder, which has nothing in it afterwards and is only freed
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable): the model; %NULL with
 *   %LSTM_ERROR_WEIGHTS if a weight was not set
 */
LstmModel *
lstm_model_builder_build (LstmModelBuilder *builder, GError **error)
{
  if (builder->model->inputs->len == 0 || builder->model->outputs->len == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "the model '%s' has %u inputs and %u outputs, expected at least one of "
        "each",
        builder->model->name, builder->model->inputs->len,
        builder->model->outputs->len);
    return NULL;
  }
  if (!check_outputs (builder->model, error) ||
      !check_weights (builder->model, error))
    return NULL;
  return g_steal_pointer (&builder->model);
}
