/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-private.h"

#include <string.h>

void
lstm_keras_node_free (KerasNode *node)
{
  g_array_unref (node->inputs);
  g_array_unref (node->states);
  g_array_unref (node->masks);
  g_free (node);
}

/* Keras 2's ["layer", node, tensor] or ["layer", node, tensor, {kwargs}]. */
static gboolean
is_ref (JsonArray *list)
{
  guint n = json_array_get_length (list);

  return (n == 3 || n == 4) &&
         lstm_keras_json_is_text (json_array_get_element (list, 0)) &&
         lstm_keras_json_is_int (json_array_get_element (list, 1)) &&
         (lstm_keras_json_is_int (json_array_get_element (list, 2)) ||
             strcmp (json_array_get_string_element (list, 0),
                 "_CONSTANT_VALUE") == 0);
}

static gboolean
append_ref (JsonArray *list, GArray *refs, const gchar *where, GError **error)
{
  KerasRef ref = { .layer = json_array_get_string_element (list, 0) };

  if (strcmp (ref.layer, "_CONSTANT_VALUE") == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "%s is called with a constant; only tensors of the model are "
        "supported",
        where);
    return FALSE;
  }
  if (refs->len >= LSTM_KERAS_MAX_CALLS) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s is called with more than %d tensors", where, LSTM_KERAS_MAX_CALLS);
    return FALSE;
  }
  ref.node = json_array_get_int_element (list, 1);
  ref.tensor = json_array_get_int_element (list, 2);
  g_array_append_val (refs, ref);
  return TRUE;
}

static gboolean
append_list (JsonArray *list, GArray *refs, const gchar *where, GError **error)
{
  if (is_ref (list))
    return append_ref (list, refs, where, error);
  for (guint i = 0; i < json_array_get_length (list); i++) {
    if (!lstm_keras_refs_parse (
            json_array_get_element (list, i), refs, where, error))
      return FALSE;
  }
  return TRUE;
}

/* {"class_name": "__keras_tensor__", "config": {"keras_history": [...]}} */
static gboolean
append_tensor (
    JsonObject *object, GArray *refs, const gchar *where, GError **error)
{
  JsonObject *config =
      lstm_keras_json_get_object (object, "config", where, error);
  JsonArray *history;

  if (config == NULL)
    return FALSE;
  history = lstm_keras_json_get_list (config, "keras_history", where, error);
  if (history == NULL)
    return FALSE;
  if (!is_ref (history)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s: 'keras_history' is not of the form [layer, node, tensor]", where);
    return FALSE;
  }
  return append_ref (history, refs, where, error);
}

/* Dicts of tensors go by sorted key, as Keras flattens them. */
static gboolean
append_dict (
    JsonObject *object, GArray *refs, const gchar *where, GError **error)
{
  GList *keys = json_object_get_members (object);
  gboolean ok = TRUE;

  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  for (GList *key = keys; key != NULL && ok; key = key->next)
    ok = lstm_keras_refs_parse (
        json_object_get_member (object, key->data), refs, where, error);
  g_list_free (keys);
  return ok;
}

static gboolean
is_void (JsonNode *node)
{
  JsonArray *list;

  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node))
    return json_node_get_value_type (node) == G_TYPE_BOOLEAN;
  list = lstm_keras_json_list (node);
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (list); i++) {
    if (!is_void (json_array_get_element (list, i)))
      return FALSE;
  }
  return TRUE;
}

gboolean
lstm_keras_refs_parse (
    JsonNode *node, GArray *refs, const gchar *where, GError **error)
{
  JsonArray *list = lstm_keras_json_list (node);
  const gchar *class_name;

  if (list != NULL)
    return append_list (list, refs, where, error);
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    class_name =
        lstm_keras_json_peek_text (json_node_get_object (node), "class_name");
    return g_strcmp0 (class_name, "__keras_tensor__") == 0
               ? append_tensor (json_node_get_object (node), refs, where, error)
               : append_dict (json_node_get_object (node), refs, where, error);
  }
  if (is_void (node))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "%s: found %s; only tensors of the model are supported here", where,
      lstm_keras_json_kind (node));
  return FALSE;
}

/* A mask for each input of the call, or none. */
static gboolean
parse_masks (
    KerasNode *node, JsonNode *value, const gchar *where, GError **error)
{
  JsonArray *list = lstm_keras_json_list (value);

  if (list == NULL || is_ref (list))
    return lstm_keras_refs_parse (value, node->masks, where, error);
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonNode *item = json_array_get_element (list, i);
    KerasRef none = { NULL, 0, 0 };

    if (JSON_NODE_HOLDS_NULL (item))
      g_array_append_val (node->masks, none);
    else if (!lstm_keras_refs_parse (item, node->masks, where, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_kwargs (
    KerasNode *node, JsonObject *kwargs, const gchar *where, GError **error)
{
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, kwargs);
  while (json_object_iter_next_ordered (&iter, &key, &value)) {
    if (strcmp (key, "initial_state") == 0) {
      if (!lstm_keras_refs_parse (value, node->states, where, error))
        return FALSE;
    } else if (JSON_NODE_HOLDS_NULL (value)) {
      continue;
    } else if (strcmp (key, "mask") == 0) {
      if (!parse_masks (node, value, where, error))
        return FALSE;
    } else if (strcmp (key, "training") == 0 && is_void (value)) {
      node->training =
          JSON_NODE_HOLDS_VALUE (value) && json_node_get_boolean (value);
    } else {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
          "%s is called with %s=%s, which is not supported; known are "
          "initial_state, mask and training",
          where, key, lstm_keras_json_kind (value));
      return FALSE;
    }
  }
  return TRUE;
}

/* Keras 2 repeats a call's kwargs with each of its tensors: the first counts.
 */
static JsonObject *
find_kwargs (JsonArray *list)
{
  JsonNode *node;

  if (is_ref (list)) {
    node = json_array_get_length (list) == 4 ? json_array_get_element (list, 3)
                                             : NULL;
    return node != NULL && JSON_NODE_HOLDS_OBJECT (node)
               ? json_node_get_object (node)
               : NULL;
  }
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonArray *inner = lstm_keras_json_list (json_array_get_element (list, i));

    if (inner != NULL)
      return find_kwargs (inner);
  }
  return NULL;
}

static gboolean
parse_keras_3 (
    KerasNode *node, JsonObject *object, const gchar *where, GError **error)
{
  JsonArray *args = lstm_keras_json_get_list (object, "args", where, error);
  JsonObject *kwargs;

  node->keras_3 = TRUE;
  if (args == NULL || !append_list (args, node->inputs, where, error))
    return FALSE;
  if (!json_object_has_member (object, "kwargs"))
    return TRUE;
  kwargs = lstm_keras_json_get_object (object, "kwargs", where, error);
  return kwargs != NULL && parse_kwargs (node, kwargs, where, error);
}

static gboolean
parse_keras_2 (
    KerasNode *node, JsonNode *entry, const gchar *where, GError **error)
{
  JsonArray *list = lstm_keras_json_list (entry);
  JsonObject *kwargs = list != NULL ? find_kwargs (list) : NULL;

  return lstm_keras_refs_parse (entry, node->inputs, where, error) &&
         (kwargs == NULL || parse_kwargs (node, kwargs, where, error));
}

static KerasNode *
node_new (void)
{
  KerasNode *node = g_new0 (KerasNode, 1);

  node->inputs = g_array_new (FALSE, TRUE, sizeof (KerasRef));
  node->states = g_array_new (FALSE, TRUE, sizeof (KerasRef));
  node->masks = g_array_new (FALSE, TRUE, sizeof (KerasRef));
  return node;
}

KerasNode *
lstm_keras_node_parse (JsonNode *entry, const gchar *where, GError **error)
{
  g_autoptr (KerasNode) node = node_new ();
  JsonObject *object =
      JSON_NODE_HOLDS_OBJECT (entry) ? json_node_get_object (entry) : NULL;
  gboolean ok;

  ok = object != NULL && json_object_has_member (object, "args")
           ? parse_keras_3 (node, object, where, error)
           : parse_keras_2 (node, entry, where, error);
  if (!ok)
    return NULL;
  if (node->inputs->len == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s is called without an input; expected tensors of the model in "
        "'inbound_nodes'",
        where);
    return NULL;
  }
  return g_steal_pointer (&node);
}

static gboolean
is_number (JsonNode *node)
{
  return lstm_keras_json_is_int (node) ||
         (JSON_NODE_HOLDS_VALUE (node) &&
             json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

KerasNode *
lstm_keras_node_parse_operation (
    JsonNode *entry, KerasLayer *operation, GError **error)
{
  g_autoptr (KerasNode) node = node_new ();
  g_autofree gchar *where = g_strdup_printf ("operation '%s'", operation->path);
  JsonArray *args;

  if (!JSON_NODE_HOLDS_OBJECT (entry)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s: found %s in 'inbound_nodes'; expected an object", where,
        lstm_keras_json_kind (entry));
    return NULL;
  }
  args = lstm_keras_json_get_list (
      json_node_get_object (entry), "args", where, error);
  for (guint i = 0; args != NULL && i < json_array_get_length (args); i++) {
    JsonNode *item = json_array_get_element (args, i);

    if (is_number (item)) {
      operation->constant = json_node_get_double (item);
      operation->n_constants++;
    } else if (!lstm_keras_refs_parse (item, node->inputs, where, error)) {
      return NULL;
    }
  }
  return args != NULL ? g_steal_pointer (&node) : NULL;
}
