/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* TimeDistributed over a Sequential is a Sequential of TimeDistributed layers:
 * each layer sees one step, and nothing else. */

#include "keras-private.h"

#include <string.h>

static JsonObject *
object_of (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node)
             ? json_node_get_object (node)
             : NULL;
}

JsonNode *
lstm_keras_distributed_config (const KerasLayer *layer)
{
  JsonObject *own = object_of (layer->config);
  JsonObject *inner =
      own != NULL ? object_of (json_object_get_member (own, "layer")) : NULL;
  JsonNode *config;

  if (inner == NULL || strcmp (layer->class_name, "TimeDistributed") != 0 ||
      g_strcmp0 (
          lstm_keras_json_peek_text (inner, "class_name"), "Sequential") != 0)
    return NULL;
  config = json_object_get_member (inner, "config");
  return config != NULL && (JSON_NODE_HOLDS_OBJECT (config) ||
                               JSON_NODE_HOLDS_ARRAY (config))
             ? config
             : NULL;
}

JsonNode *
lstm_keras_distributed_entry (JsonNode *entry)
{
  JsonObject *object = object_of (entry);
  const gchar *class_name =
      object != NULL ? lstm_keras_json_peek_text (object, "class_name") : NULL;
  JsonObject *own = object != NULL
                        ? object_of (json_object_get_member (object, "config"))
                        : NULL;
  JsonObject *config, *wrapper;
  JsonNode *node;

  if (own == NULL || g_strcmp0 (class_name, "InputLayer") == 0)
    return NULL;
  config = json_object_new ();
  if (lstm_keras_json_peek_text (own, "name") != NULL)
    json_object_set_string_member (
        config, "name", lstm_keras_json_peek_text (own, "name"));
  json_object_set_member (config, "layer", json_node_copy (entry));
  wrapper = json_object_new ();
  json_object_set_string_member (wrapper, "class_name", "TimeDistributed");
  json_object_set_object_member (wrapper, "config", config);
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, wrapper);
  return node;
}
