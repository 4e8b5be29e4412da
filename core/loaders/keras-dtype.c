/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dtype policies: what a layer computes in, and what its weights are.
 * Everything here is computed in float32. */

#include "keras-private.h"

#include <string.h>

/* Said of no layer that it loses by float32; and types of inputs. */
static const gchar *const silent[] = { "float32", "infer", "_infer", "bool",
  "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
  NULL };

static const gchar *const noted[] = { "mixed_float16", "mixed_bfloat16",
  "float16", "bfloat16", "float64", NULL };

/* Classes of a policy that is no more than its name. */
static const gchar *const named[] = { "DTypePolicy", "FloatDTypePolicy",
  "Policy", "PolicyV1", NULL };

static void
policy_free (gpointer data)
{
  KerasPolicy *policy = data;

  g_free (policy->first);
  g_free (policy);
}

GHashTable *
lstm_keras_policies_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, policy_free);
}

static void
note (KerasReader *reader, const KerasLayer *layer, const gchar *name)
{
  KerasPolicy *policy = g_hash_table_lookup (reader->policies, name);

  if (policy == NULL) {
    policy = g_new0 (KerasPolicy, 1);
    policy->first = g_strdup (layer->path);
    g_hash_table_insert (reader->policies, g_strdup (name), policy);
  }
  policy->n++;
}

void
lstm_keras_dtype_note (KerasReader *reader)
{
  for (guint i = 0; noted[i] != NULL; i++) {
    const KerasPolicy *policy =
        g_hash_table_lookup (reader->policies, noted[i]);

    if (policy != NULL)
      lstm_model_builder_add_note (reader->builder,
          "dtype '%s' of %u layers, first '%s': weights are converted to "
          "float32 and everything is computed in it, so that outputs differ "
          "from Keras's by what '%s' rounds otherwise",
          noted[i], policy->n, policy->first, noted[i]);
  }
}

static gboolean
check_name (KerasReader *reader, const KerasLayer *layer, const gchar *name,
    GError **error)
{
  if (g_strv_contains (silent, name))
    return TRUE;
  if (g_strv_contains (noted, name)) {
    note (reader, layer, name);
    return TRUE;
  }
  if (strstr (name, "_from_") != NULL)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "layer '%s' (%s) is quantised: its dtype is '%s'. Quantised weights "
        "are not read; save the model as it is before model.quantize()",
        layer->path, layer->class_name, name);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "layer '%s' (%s) has the dtype '%s'; known are float16, bfloat16, "
        "float32, float64, mixed_float16, mixed_bfloat16, and whole numbers as "
        "inputs",
        layer->path, layer->class_name, name);
  return FALSE;
}

static gboolean
refuse_quantised (const KerasLayer *layer, const gchar *class_name,
    JsonObject *config, GError **error)
{
  const gchar *mode =
      config != NULL ? lstm_keras_json_peek_text (config, "mode") : NULL;
  const gchar *source =
      config != NULL ? lstm_keras_json_peek_text (config, "source_name") : NULL;

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "layer '%s' (%s) has the dtype policy %s (%s of %s); policies other than "
      "DTypePolicy are not read: save the model as it is before "
      "model.quantize()",
      layer->path, layer->class_name, class_name, mode != NULL ? mode : "?",
      source != NULL ? source : "?");
  return FALSE;
}

static gboolean check_policy (KerasReader *reader, const KerasLayer *layer,
    JsonNode *node, guint nesting, GError **error);

/* DTypePolicyMap: a policy for all layers, and others by the layers' paths. */
static gboolean
check_map (KerasReader *reader, const KerasLayer *layer, JsonObject *config,
    guint nesting, GError **error)
{
  JsonNode *map = json_object_get_member (config, "policy_map");
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  if (!check_policy (reader, layer,
          json_object_get_member (config, "default_policy"), nesting, error))
    return FALSE;
  if (map == NULL || !JSON_NODE_HOLDS_OBJECT (map))
    return TRUE;
  json_object_iter_init_ordered (&iter, json_node_get_object (map));
  while (json_object_iter_next_ordered (&iter, &key, &value)) {
    if (!check_policy (reader, layer, value, nesting, error))
      return FALSE;
  }
  return TRUE;
}

/* A name; or {"class_name", "config"} of a policy. */
static gboolean
check_policy (KerasReader *reader, const KerasLayer *layer, JsonNode *node,
    guint nesting, GError **error)
{
  const gchar *class_name = NULL, *name = NULL;
  JsonObject *object, *config = NULL;
  JsonNode *inner;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (lstm_keras_json_is_text (node))
    return check_name (reader, layer, json_node_get_string (node), error);
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    object = json_node_get_object (node);
    class_name = lstm_keras_json_peek_text (object, "class_name");
    inner = json_object_get_member (object, "config");
    config = inner != NULL && JSON_NODE_HOLDS_OBJECT (inner)
                 ? json_node_get_object (inner)
                 : NULL;
  }
  if (class_name != NULL && config != NULL &&
      nesting < LSTM_KERAS_MAX_NESTING &&
      strcmp (class_name, "DTypePolicyMap") == 0)
    return check_map (reader, layer, config, nesting + 1, error);
  if (class_name != NULL && !g_strv_contains (named, class_name))
    return refuse_quantised (layer, class_name, config, error);
  name = config != NULL ? lstm_keras_json_peek_text (config, "name") : NULL;
  if (name != NULL)
    return check_name (reader, layer, name, error);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "layer '%s' (%s): dtype is %s; expected a name such as float32, or a "
      "policy with one",
      layer->path, layer->class_name, lstm_keras_json_kind (node));
  return FALSE;
}

static gboolean check_entry (KerasReader *reader, const KerasLayer *layer,
    JsonNode *entry, guint nesting, GError **error);

/* The dtype of a config, and of the layers and cells that it holds. */
static gboolean
check_config (KerasReader *reader, const KerasLayer *layer, JsonObject *config,
    guint nesting, GError **error)
{
  static const gchar *const keys[] = { "layer", "backward_layer", "cell",
    "cells" };

  if (!check_policy (
          reader, layer, json_object_get_member (config, "dtype"), 0, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (!check_entry (reader, layer, json_object_get_member (config, keys[i]),
            nesting + 1, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_entry (KerasReader *reader, const KerasLayer *layer, JsonNode *entry,
    guint nesting, GError **error)
{
  JsonArray *list = lstm_keras_json_list (entry);
  JsonNode *config;

  if (entry == NULL || nesting > LSTM_KERAS_MAX_NESTING)
    return TRUE;
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    if (!check_entry (reader, layer, json_array_get_element (list, i),
            nesting + 1, error))
      return FALSE;
  }
  if (list != NULL || !JSON_NODE_HOLDS_OBJECT (entry))
    return TRUE;
  config = json_object_get_member (json_node_get_object (entry), "config");
  return config == NULL || !JSON_NODE_HOLDS_OBJECT (config) ||
         check_config (
             reader, layer, json_node_get_object (config), nesting, error);
}

gboolean
lstm_keras_dtype_check (
    KerasReader *reader, const KerasLayer *layer, GError **error)
{
  return !JSON_NODE_HOLDS_OBJECT (layer->config) ||
         check_config (
             reader, layer, json_node_get_object (layer->config), 0, error);
}
