/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-json.h"

#include <string.h>

/* One pass over the text before the recursive parser sees it: depth, and that
 * what stands between strings is JSON and nothing else (json-glib takes
 * comments, in which brackets could hide). Returns where it went wrong. */
static const gchar *
scan (const gchar *text, const gchar **reason)
{
  guint depth = 0;
  gboolean quoted = FALSE;

  for (; *text != '\0'; text++) {
    if (quoted) {
      if (*text == '\\' && text[1] != '\0')
        text++;
      else if (*text == '"')
        quoted = FALSE;
    } else if (*text == '"') {
      quoted = TRUE;
    } else if (*text == '[' || *text == '{') {
      if (++depth > LSTM_KERAS_MAX_DEPTH) {
        *reason = "lists and objects go too deep";
        return text;
      }
    } else if (*text == ']' || *text == '}') {
      depth -= depth > 0;
    } else if (!g_ascii_isalnum (*text) &&
               strchr (",:+-. \t\r\n", *text) == NULL) {
      *reason = "a character that JSON does not have here";
      return text;
    }
  }
  return NULL;
}

static gboolean
has_only_utf8 (JsonNode *node)
{
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *list = json_node_get_array (node);

    for (guint i = 0; i < json_array_get_length (list); i++)
      if (!has_only_utf8 (json_array_get_element (list, i)))
        return FALSE;
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    const gchar *key;
    JsonNode *value;

    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, &key, &value))
      if (!g_utf8_validate (key, -1, NULL) || !has_only_utf8 (value))
        return FALSE;
  } else if (lstm_keras_json_is_text (node)) {
    return g_utf8_validate (json_node_get_string (node), -1, NULL);
  }
  return TRUE;
}

JsonNode *
lstm_keras_json_parse (const gchar *text, const gchar *what, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) problem = NULL;
  const gchar *reason = NULL;
  const gchar *at = scan (text, &reason);
  JsonNode *root;

  if (at != NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s is not JSON that Keras writes: %s (byte %zu; the limit of depth is "
        "%d)",
        what, reason, (gsize) (at - text), LSTM_KERAS_MAX_DEPTH);
    return NULL;
  }
  if (!json_parser_load_from_data (parser, text, -1, &problem)) {
    g_autofree gchar *message = g_utf8_make_valid (problem->message, -1);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT, "%s is not JSON: %s",
        what, message);
    return NULL;
  }
  root = json_parser_get_root (parser);
  if (root == NULL || !has_only_utf8 (root)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s is %s; expected JSON in UTF-8", what,
        root == NULL ? "empty" : "not UTF-8");
    return NULL;
  }
  return json_node_ref (root);
}

gboolean
lstm_keras_json_is_text (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_STRING &&
         json_node_get_string (node) != NULL;
}

gboolean
lstm_keras_json_is_int (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_INT64;
}

const gchar *
lstm_keras_json_kind (JsonNode *node)
{
  if (node == NULL)
    return "nothing";
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      return "an object";
    case JSON_NODE_ARRAY:
      return "a list";
    case JSON_NODE_NULL:
      return "null";
    default:
      break;
  }
  if (lstm_keras_json_is_text (node))
    return "text";
  return json_node_get_value_type (node) == G_TYPE_BOOLEAN ? "true or false"
                                                           : "a number";
}

/* The names under which Keras writes what JSON has no word for. */
static const gchar *const sequence_classes[] = {
  "__tuple__",
  "ListWrapper",
  "TensorShape",
  NULL,
};

JsonArray *
lstm_keras_json_list (JsonNode *node)
{
  JsonObject *object, *inner;
  const gchar *class_name;
  JsonNode *items;

  if (node == NULL || JSON_NODE_HOLDS_ARRAY (node))
    return node != NULL ? json_node_get_array (node) : NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  object = json_node_get_object (node);
  class_name = lstm_keras_json_peek_text (object, "class_name");
  if (class_name == NULL || !g_strv_contains (sequence_classes, class_name))
    return NULL;
  items = json_object_get_member (object, "config");
  inner = items != NULL && JSON_NODE_HOLDS_OBJECT (items)
              ? json_node_get_object (items)
              : object;
  items = json_object_get_member (inner, "items");
  return items != NULL && JSON_NODE_HOLDS_ARRAY (items)
             ? json_node_get_array (items)
             : NULL;
}

static void
set_wrong_kind (GError **error, const gchar *where, const gchar *key,
    JsonNode *node, const gchar *expected)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "%s: '%s' is %s; expected %s", where, key, lstm_keras_json_kind (node),
      expected);
}

JsonObject *
lstm_keras_json_get_object (
    JsonObject *object, const gchar *key, const gchar *where, GError **error)
{
  JsonNode *node = json_object_get_member (object, key);

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  set_wrong_kind (error, where, key, node, "an object");
  return NULL;
}

JsonArray *
lstm_keras_json_get_list (
    JsonObject *object, const gchar *key, const gchar *where, GError **error)
{
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *list = lstm_keras_json_list (node);

  if (list == NULL)
    set_wrong_kind (error, where, key, node, "a list");
  return list;
}

const gchar *
lstm_keras_json_get_text (
    JsonObject *object, const gchar *key, const gchar *where, GError **error)
{
  const gchar *text = lstm_keras_json_peek_text (object, key);

  if (text == NULL)
    set_wrong_kind (
        error, where, key, json_object_get_member (object, key), "text");
  return text;
}

const gchar *
lstm_keras_json_peek_text (JsonObject *object, const gchar *key)
{
  JsonNode *node = json_object_get_member (object, key);

  return lstm_keras_json_is_text (node) ? json_node_get_string (node) : NULL;
}

static GVariant *object_to_variant (JsonObject *object);

static GVariant *
value_to_variant (JsonNode *node)
{
  if (lstm_keras_json_is_text (node))
    return g_variant_new_string (json_node_get_string (node));
  if (lstm_keras_json_is_int (node))
    return g_variant_new_int64 (json_node_get_int (node));
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_variant_new_boolean (json_node_get_boolean (node));
  return g_variant_new_double (json_node_get_double (node));
}

/* The number or list that {"class_name": "__numpy__", "config": {"value": ...}}
 * wraps; else the node itself. */
static JsonNode *
unwrap (JsonNode *node)
{
  static const gchar *const classes[] = { "__numpy__", "__tensor__", NULL };
  JsonObject *object =
      JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const gchar *class_name =
      object != NULL ? lstm_keras_json_peek_text (object, "class_name") : NULL;
  JsonNode *config, *value;

  if (class_name == NULL || !g_strv_contains (classes, class_name))
    return node;
  config = json_object_get_member (object, "config");
  value = config != NULL && JSON_NODE_HOLDS_OBJECT (config)
              ? json_object_get_member (json_node_get_object (config), "value")
              : NULL;
  return value != NULL ? value : node;
}

static GVariant *
node_to_variant (JsonNode *wrapped)
{
  JsonNode *node = unwrap (wrapped);
  JsonArray *list = lstm_keras_json_list (node);
  GVariantBuilder builder;

  if (JSON_NODE_HOLDS_NULL (node))
    return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
  if (JSON_NODE_HOLDS_VALUE (node))
    return value_to_variant (node);
  if (list == NULL)
    return object_to_variant (json_node_get_object (node));

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < json_array_get_length (list); i++)
    g_variant_builder_add (
        &builder, "v", node_to_variant (json_array_get_element (list, i)));
  return g_variant_builder_end (&builder);
}

static GVariant *
object_to_variant (JsonObject *object)
{
  GVariantBuilder builder;
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, &value))
    g_variant_builder_add (&builder, "{sv}", key, node_to_variant (value));
  return g_variant_builder_end (&builder);
}

GVariant *
lstm_keras_json_to_variant (JsonObject *object)
{
  return g_variant_ref_sink (object_to_variant (object));
}
