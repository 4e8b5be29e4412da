/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-private.h"

/* Keras 2.0 and 2.1 write a Sequential's config as the list of its layers. */
gboolean
lstm_keras_sequential_parse (
    KerasReader *reader, KerasLayer *model, guint nesting, GError **error)
{
  JsonNode *config = model->config;
  JsonArray *entries;
  KerasLayer *last;

  if (JSON_NODE_HOLDS_ARRAY (config))
    entries = json_node_get_array (config);
  else
    entries = lstm_keras_json_get_list (json_node_get_object (config), "layers",
        *model->name != '\0' ? model->name : "Sequential", error);
  if (entries == NULL ||
      !lstm_keras_layers_parse (reader, model, entries, nesting, error))
    return FALSE;
  for (guint i = 1; i < model->children->len; i++) {
    const KerasLayer *layer = g_ptr_array_index (model->children, i);

    if (layer->kind == KERAS_INPUT) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "InputLayer '%s' is layer %u of '%s'; expected it first", layer->name,
          i + 1, model->name);
      return FALSE;
    }
  }
  last = g_ptr_array_index (model->children, model->children->len - 1);
  if (last->kind == KERAS_INPUT) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "'%s' has an InputLayer and no layers; expected at least one",
        model->name);
    return FALSE;
  }
  return TRUE;
}

GArray *
lstm_keras_sequential_call (
    KerasReader *reader, KerasLayer *model, LstmValueId input, GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, TRUE, sizeof (LstmValueId));
  g_autoptr (GArray) none = g_array_new (FALSE, TRUE, sizeof (LstmValueId));

  g_array_append_val (values, input);
  for (guint i = 0; i < model->children->len; i++) {
    KerasLayer *layer = g_ptr_array_index (model->children, i);
    GArray *next;

    if (layer->kind == KERAS_INPUT)
      continue;
    if (values->len != 1) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
          "layer '%s' follows one with %u outputs; in a Sequential each "
          "layer but the last has one (return_state=True has more)",
          layer->path, values->len);
      return NULL;
    }
    next = lstm_keras_layer_call (reader, layer, values, none, error);
    if (next == NULL)
      return NULL;
    g_array_unref (values);
    values = next;
  }
  return g_steal_pointer (&values);
}

/* The shape may stand in the first layer, be it within a model that stands
 * first, or, of a model that was built by its first data, in
 * build_input_shape; that data's batch binds nobody. */
static gboolean
find_shape (const KerasLayer *model, LstmShape *shape, gint64 *batch,
    gboolean *found, GError **error)
{
  const KerasLayer *first = g_ptr_array_index (model->children, 0);

  if (!lstm_keras_input_shape (first, shape, batch, found, error))
    return FALSE;
  if (!*found && first->children != NULL && first->kind != KERAS_DISTRIBUTED &&
      !find_shape (first, shape, batch, found, error))
    return FALSE;
  if (!*found && !lstm_keras_input_shape (model, shape, batch, found, error))
    return FALSE;
  return TRUE;
}

static gboolean
add_input (
    KerasReader *reader, KerasLayer *model, LstmValueId *value, GError **error)
{
  const KerasLayer *first = g_ptr_array_index (model->children, 0);
  g_autofree gchar *name = first->kind == KERAS_INPUT
                               ? g_strdup (first->name)
                               : g_strconcat (first->path, "_input", NULL);
  gint64 batch = LSTM_DIM_UNKNOWN;
  gboolean found = FALSE;
  LstmShape shape;

  if (!find_shape (model, &shape, &batch, &found, error))
    return FALSE;
  if (!found) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "the model does not say the shape of its input: neither an InputLayer "
        "nor batch_input_shape in layer '%s'; put keras.Input(shape=...) "
        "first and save it again",
        first->name);
    return FALSE;
  }
  return lstm_model_builder_add_input (
      reader->builder, name, &shape, batch, value, error);
}

gboolean
lstm_keras_sequential_build (
    KerasReader *reader, KerasLayer *model, GError **error)
{
  const KerasLayer *last =
      g_ptr_array_index (model->children, model->children->len - 1);
  g_autoptr (GArray) outputs = NULL;
  LstmValueId input;

  if (!add_input (reader, model, &input, error))
    return FALSE;
  outputs = lstm_keras_sequential_call (reader, model, input, error);
  if (outputs == NULL)
    return FALSE;
  for (guint i = 0; i < outputs->len; i++) {
    g_autofree gchar *name = i == 0 ? g_strdup (last->path)
                                    : g_strdup_printf ("%s_%u", last->path, i);

    lstm_model_builder_add_output (
        reader->builder, g_array_index (outputs, LstmValueId, i), name);
  }
  return TRUE;
}
