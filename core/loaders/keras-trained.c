/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-trained.h"

#include "keras-json.h"

#include <string.h>

#define FORWARD "forward_layer/"
#define BACKWARD "backward_layer/"

/* Wrappers within wrappers; beyond this a file is no model. */
#define MAX_NESTING 32

static JsonObject *
object_of (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node)
             ? json_node_get_object (node)
             : NULL;
}

/* The config of {"class_name", "config"}, or NULL. */
static JsonObject *
config_of (JsonNode *entry)
{
  JsonObject *object = object_of (entry);

  return object != NULL ? object_of (json_object_get_member (object, "config"))
                        : NULL;
}

static gboolean
is_trainable (JsonObject *config)
{
  JsonNode *node = json_object_get_member (config, "trainable");

  return node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
         json_node_get_value_type (node) != G_TYPE_BOOLEAN ||
         json_node_get_boolean (node);
}

/* Of several cells the one whose name the weight's begins with. */
static JsonObject *
find_cell (JsonArray *cells, const gchar **name)
{
  for (guint i = 0; i < json_array_get_length (cells); i++) {
    JsonObject *config = config_of (json_array_get_element (cells, i));
    const gchar *own =
        config != NULL ? lstm_keras_json_peek_text (config, "name") : NULL;
    gsize n = own != NULL ? strlen (own) : 0;

    if (n == 0 || strncmp (*name, own, n) != 0 || (*name)[n] != '/')
      continue;
    *name += n + 1;
    return config;
  }
  return NULL;
}

static JsonObject *
wrapped_cell (JsonObject *config, const gchar **name)
{
  JsonArray *cells =
      lstm_keras_json_list (json_object_get_member (config, "cell"));

  if (cells == NULL && json_object_has_member (config, "cells"))
    cells = lstm_keras_json_list (json_object_get_member (config, "cells"));
  return cells != NULL ? find_cell (cells, name)
                       : config_of (json_object_get_member (config, "cell"));
}

/* The config of what a layer wraps, on the way to the weight. */
static JsonObject *
wrapped_config (JsonObject *config, const gchar **name)
{
  const gchar *key = "layer";

  if (json_object_has_member (config, "cell") ||
      json_object_has_member (config, "cells"))
    return wrapped_cell (config, name);
  if (g_str_has_prefix (*name, FORWARD))
    *name += strlen (FORWARD);
  else if (g_str_has_prefix (*name, BACKWARD)) {
    *name += strlen (BACKWARD);
    if (config_of (json_object_get_member (config, "backward_layer")) != NULL)
      key = "backward_layer";
  }
  return config_of (json_object_get_member (config, key));
}

static gboolean
is_statistic (const gchar *name)
{
  static const gchar *const statistics[] = { "moving_mean", "moving_variance",
    "mean", "variance", NULL };
  const gchar *slash = strrchr (name, '/');

  return g_strv_contains (statistics, slash != NULL ? slash + 1 : name);
}

/* Keras 2 trains what nothing around it keeps from it. In Keras 3 the layer
 * that has the weight is asked alone. */
static gboolean
is_trained (JsonObject *config, const gchar *name, guint keras)
{
  gboolean trained = !is_statistic (name);

  for (guint i = 0; config != NULL && i < MAX_NESTING; i++) {
    JsonObject *inner = wrapped_config (config, &name);

    if ((inner == NULL || keras < 3) && !is_trainable (config))
      trained = FALSE;
    config = inner;
  }
  return trained;
}

static void
append (const KerasLayer *layer, gboolean trained, guint keras, GArray *flags)
{
  JsonObject *config = object_of (layer->config);
  guint n = layer->layer != NULL ? lstm_layer_get_n_weights (layer->layer) : 0;

  for (guint i = 0; i < n; i++) {
    const gchar *name =
        lstm_weight_get_name (lstm_layer_get_weight (layer->layer, i));
    gboolean flag =
        trained && (config == NULL || is_trained (config, name, keras));

    g_array_append_val (flags, flag);
  }
  if (keras < 3 && config != NULL && !is_trainable (config))
    trained = FALSE;
  for (guint i = 0; layer->children != NULL && i < layer->children->len; i++)
    append (g_ptr_array_index (layer->children, i), trained, keras, flags);
}

GArray *
lstm_keras_list_trained (const KerasLayer *top, guint keras)
{
  GArray *flags = g_array_new (FALSE, FALSE, sizeof (gboolean));
  JsonObject *config = object_of (top->config);

  append (top, config == NULL || is_trainable (config), keras, flags);
  return flags;
}
