/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-graph.h"
#include "keras-mask.h"
#include "keras-operation.h"

/* One walk through a functional model: the outputs of each call, an array of
 * LstmValueId, or NULL before it is made. */
typedef struct {
  KerasReader *reader;
  KerasLayer *model;
  GArray **values;
  KerasMask **masks; /* what calls of operations give; else NULL */
  guint n;
} Walk;

static void
walk_init (Walk *walk, KerasReader *reader, KerasLayer *model)
{
  walk->reader = reader;
  walk->model = model;
  walk->n = model->graph->calls->len;
  walk->values = g_new0 (GArray *, walk->n);
  walk->masks = g_new0 (KerasMask *, walk->n);
}

static void
walk_clear (Walk *walk)
{
  for (guint i = 0; i < walk->n; i++) {
    g_clear_pointer (&walk->values[i], g_array_unref);
    g_clear_pointer (&walk->masks[i], lstm_keras_mask_free);
  }
  g_free (walk->values);
  g_free (walk->masks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

gboolean
lstm_keras_functional_parse (
    KerasReader *reader, KerasLayer *model, guint nesting, GError **error)
{
  JsonArray *entries =
      lstm_keras_json_get_list (json_node_get_object (model->config), "layers",
          *model->name != '\0' ? model->name : model->class_name, error);

  return entries != NULL &&
         lstm_keras_layers_parse (reader, model, entries, nesting, error) &&
         lstm_keras_graph_parse (model, entries, error);
}

static GArray *
gather (const Walk *walk, const GArray *links, const gchar *who, GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, TRUE, sizeof (LstmValueId));

  for (guint i = 0; i < links->len; i++) {
    const KerasLink *link = &g_array_index (links, KerasLink, i);
    const GArray *from = walk->values[link->call];

    if (link->tensor >= from->len) {
      const KerasCall *call =
          g_ptr_array_index (walk->model->graph->calls, link->call);

      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "'%s' refers to output %u of layer '%s', which has %u; the file "
          "is damaged: save the model again",
          who, link->tensor, call->layer->path, from->len);
      return NULL;
    }
    g_array_append_val (
        values, g_array_index (from, LstmValueId, link->tensor));
  }
  return g_steal_pointer (&values);
}

/* An operation gives no value: only masks are read from it. */
static gboolean
check_no_operation (
    const Walk *walk, const GArray *links, const gchar *who, GError **error)
{
  for (guint i = 0; i < links->len; i++) {
    const KerasLink *link = &g_array_index (links, KerasLink, i);
    const KerasCall *from =
        g_ptr_array_index (walk->model->graph->calls, link->call);
    g_autofree gchar *more = NULL;

    if (from->layer->kind != KERAS_OPERATION)
      continue;
    more = g_strdup_printf (", and '%s' takes its output", who);
    lstm_keras_operation_refuse (from->layer, more, error);
    return FALSE;
  }
  return TRUE;
}

static gboolean
make_operation (Walk *walk, guint i, GError **error)
{
  const KerasCall *call = g_ptr_array_index (walk->model->graph->calls, i);
  guint n = call->inputs->len;
  g_autofree KerasOperand *operands = g_new0 (KerasOperand, n + 1);

  for (guint k = 0; k < n; k++) {
    const KerasLink *link = &g_array_index (call->inputs, KerasLink, k);
    const GArray *from = walk->values[link->call];

    operands[k].mask = walk->masks[link->call];
    if (operands[k].mask != NULL)
      continue;
    if (link->tensor >= from->len) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "'%s' refers to output %u of a layer that has %u; the file is "
          "damaged: save the model again",
          call->layer->path, link->tensor, from->len);
      return FALSE;
    }
    operands[k].value = g_array_index (from, LstmValueId, link->tensor);
  }
  walk->masks[i] =
      lstm_keras_mask_operate (walk->reader, call->layer, operands, n, error);
  walk->values[i] = g_array_new (FALSE, TRUE, sizeof (LstmValueId));
  return walk->masks[i] != NULL;
}

/* The engine finds masks by itself. One that is given must be the same. */
static gboolean
check_masks (
    Walk *walk, const KerasCall *call, const GArray *inputs, GError **error)
{
  for (guint i = 0; i < call->masks->len; i++) {
    const KerasLink *link = &g_array_index (call->masks, KerasLink, i);
    const KerasMask *mask =
        link->call != NO_CALL ? walk->masks[link->call] : NULL;

    if (link->call == NO_CALL ||
        (mask != NULL && i < inputs->len &&
            lstm_keras_mask_is_of (
                walk->reader, mask, g_array_index (inputs, LstmValueId, i))))
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "layer '%s' (%s) is called with mask=, and not with the mask that its "
        "input brings along from Masking or Embedding(mask_zero=True); a mask "
        "of one's own is not supported: mark the steps in the input and use "
        "Masking(mask_value=...) before the layer",
        call->layer->path, call->layer->class_name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
has_mask (const KerasCall *call)
{
  return call->masks->len > 0 &&
         g_array_index (call->masks, KerasLink, 0).call != NO_CALL;
}

static gboolean
make_layer (Walk *walk, guint i, GError **error)
{
  const KerasCall *call = g_ptr_array_index (walk->model->graph->calls, i);
  const gchar *path = call->layer->path;
  g_autoptr (GArray) inputs = NULL;
  g_autoptr (GArray) states = NULL;

  if (!check_no_operation (walk, call->inputs, path, error) ||
      !check_no_operation (walk, call->states, path, error))
    return FALSE;
  inputs = gather (walk, call->inputs, path, error);
  states = inputs != NULL ? gather (walk, call->states, path, error) : NULL;
  if (states == NULL || !check_masks (walk, call, inputs, error))
    return FALSE;
  if (call->training)
    lstm_model_builder_add_note (walk->reader->builder,
        "layer '%s' is called with training=True in Keras; here it runs as "
        "at inference",
        path);
  lstm_model_builder_mask_with_state (walk->reader->builder, has_mask (call));
  walk->values[i] =
      lstm_keras_layer_call (walk->reader, call->layer, inputs, states, error);
  lstm_model_builder_mask_with_state (walk->reader->builder, FALSE);
  return walk->values[i] != NULL;
}

static gboolean
make_call (Walk *walk, guint i, GError **error)
{
  const KerasCall *call = g_ptr_array_index (walk->model->graph->calls, i);

  return call->layer->kind == KERAS_OPERATION ? make_operation (walk, i, error)
                                              : make_layer (walk, i, error);
}

static GArray *
run (Walk *walk, GError **error)
{
  const KerasGraph *graph = walk->model->graph;

  for (guint k = 0; k < graph->order->len; k++) {
    guint i = g_array_index (graph->order, guint, k);

    if (walk->values[i] == NULL && !make_call (walk, i, error))
      return NULL;
  }
  return check_no_operation (walk, graph->outputs, "output_layers", error)
             ? gather (walk, graph->outputs, "output_layers", error)
             : NULL;
}

static void
bind_input (Walk *walk, guint i, LstmValueId value)
{
  const KerasLink *link =
      &g_array_index (walk->model->graph->inputs, KerasLink, i);
  GArray *values = g_array_new (FALSE, TRUE, sizeof (LstmValueId));

  g_array_append_val (values, value);
  walk->values[link->call] = values;
}

GArray *
lstm_keras_functional_call (KerasReader *reader, KerasLayer *model,
    const GArray *inputs, GError **error)
{
  g_auto (Walk) walk = { 0 };

  if (inputs->len != model->graph->inputs->len) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "model '%s' is called with %u tensors; it takes %u", model->path,
        inputs->len, model->graph->inputs->len);
    return NULL;
  }
  walk_init (&walk, reader, model);
  for (guint i = 0; i < inputs->len; i++)
    bind_input (&walk, i, g_array_index (inputs, LstmValueId, i));
  return run (&walk, error);
}

static gboolean
add_input (Walk *walk, guint i, GError **error)
{
  const KerasLink *link =
      &g_array_index (walk->model->graph->inputs, KerasLink, i);
  const KerasCall *call =
      g_ptr_array_index (walk->model->graph->calls, link->call);
  gint64 batch = LSTM_DIM_UNKNOWN;
  gboolean found = FALSE;
  LstmShape shape;
  LstmValueId value;

  if (!lstm_keras_input_shape (call->layer, &shape, &batch, &found, error))
    return FALSE;
  if (!found) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "InputLayer '%s' has no batch_shape; expected the shape of the "
        "model's input",
        call->layer->name);
    return FALSE;
  }
  if (!lstm_model_builder_add_input (walk->reader->builder, call->layer->name,
          &shape, batch, &value, error))
    return FALSE;
  bind_input (walk, i, value);
  return TRUE;
}

gboolean
lstm_keras_functional_build (
    KerasReader *reader, KerasLayer *model, GError **error)
{
  const KerasGraph *graph = model->graph;
  g_autoptr (GArray) outputs = NULL;
  g_auto (Walk) walk = { 0 };

  walk_init (&walk, reader, model);
  for (guint i = 0; i < graph->inputs->len; i++) {
    if (!add_input (&walk, i, error))
      return FALSE;
  }
  outputs = run (&walk, error);
  if (outputs == NULL)
    return FALSE;
  for (guint i = 0; i < outputs->len; i++)
    lstm_model_builder_add_output (reader->builder,
        g_array_index (outputs, LstmValueId, i), graph->output_names[i]);
  return TRUE;
}
