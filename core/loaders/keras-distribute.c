/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* TimeDistributed over a model: the layers of the model, each called on every
 * step as on a sample of its own. Over a layer it is a layer like others. */

#include "keras-private.h"

#include <string.h>

#define MAX_NESTING 8

static JsonNode *
wrapped_entry (JsonNode *config)
{
  return JSON_NODE_HOLDS_OBJECT (config)
             ? json_object_get_member (json_node_get_object (config), "layer")
             : NULL;
}

gboolean
lstm_keras_is_distributed (const gchar *class_name, JsonNode *config)
{
  for (guint i = 0; i < MAX_NESTING; i++) {
    JsonNode *entry;
    JsonObject *object;

    if (strcmp (class_name, "TimeDistributed") != 0)
      return i > 0 && (strcmp (class_name, "Sequential") == 0 ||
                          strcmp (class_name, "Functional") == 0 ||
                          strcmp (class_name, "Model") == 0);
    entry = wrapped_entry (config);
    if (entry == NULL || !JSON_NODE_HOLDS_OBJECT (entry))
      return FALSE;
    object = json_node_get_object (entry);
    class_name = lstm_keras_json_peek_text (object, "class_name");
    config = json_object_get_member (object, "config");
    if (class_name == NULL || config == NULL)
      return FALSE;
  }
  return FALSE;
}

/* The engine's layer knows nothing of what is within. */
static gboolean
add_wrapper (KerasReader *reader, KerasLayer *layer, GError **error)
{
  GVariantDict config;

  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "name", "s", layer->name);
  layer->layer = lstm_model_builder_add_layer (reader->builder,
      layer->class_name, layer->path, g_variant_dict_end (&config), error);
  return layer->layer != NULL;
}

gboolean
lstm_keras_distributed_parse (
    KerasReader *reader, KerasLayer *layer, guint nesting, GError **error)
{
  KerasLayer *model;

  if (!add_wrapper (reader, layer, error))
    return FALSE;
  model = lstm_keras_layer_parse (
      reader, wrapped_entry (layer->config), layer, 0, nesting, error);
  if (model == NULL)
    return FALSE;
  g_ptr_array_add (layer->children, model);
  return TRUE;
}

GArray *
lstm_keras_distributed_call (KerasReader *reader, KerasLayer *layer,
    const GArray *inputs, GError **error)
{
  g_autoptr (GArray) none = g_array_new (FALSE, TRUE, sizeof (LstmValueId));
  g_autoptr (GArray) values = NULL;

  lstm_model_builder_begin_time_distributed (reader->builder);
  values = lstm_keras_layer_call (
      reader, g_ptr_array_index (layer->children, 0), inputs, none, error);
  if (values == NULL)
    return NULL;
  if (inputs->len != 1 || values->len != 1) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "layer '%s' (TimeDistributed) wraps a model of %u inputs and %u "
        "outputs; expected one of each",
        layer->path, inputs->len, values->len);
    return NULL;
  }
  if (!lstm_model_builder_end_time_distributed (reader->builder, layer->layer,
          g_array_index (inputs, LstmValueId, 0),
          g_array_index (values, LstmValueId, 0), error))
    return NULL;
  return g_steal_pointer (&values);
}
