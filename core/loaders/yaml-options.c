/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "yaml-entry.h"

#include "config/yaml-values.h"
#include "keras-names.h"

#include <string.h>

/* @counts: for the names of layers and cells that have none, which are Keras's:
 * lstm_cell, lstm_cell_1, ... */
static GVariant *value_of (
    const LstmYamlNode *node, GHashTable *counts, GError **error);

static GVariant *
scalar_value (const LstmYamlNode *node, GError **error)
{
  gdouble number;
  gint64 whole;

  switch (lstm_yaml_get_kind (node, &whole, &number)) {
    case LSTM_YAML_NULL:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    case LSTM_YAML_FALSE:
    case LSTM_YAML_TRUE:
      return g_variant_new_boolean (whole != 0);
    case LSTM_YAML_WHOLE:
      return g_variant_new_int64 (whole);
    case LSTM_YAML_NUMBER:
      return g_variant_new_double (number);
    case LSTM_YAML_TOO_LARGE:
      lstm_yaml_fail_type (node, NULL, "a number that 64 bits can hold", error);
      return NULL;
    default:
      return g_variant_new_string (node->text);
  }
}

static GVariant *
list_value (const LstmYamlNode *node, GHashTable *counts, GError **error)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    GVariant *value = value_of (lstm_yaml_get_item (node, i), counts, error);

    if (value == NULL) {
      g_variant_builder_clear (&builder);
      return NULL;
    }
    g_variant_builder_add (&builder, "v", value);
  }
  return g_variant_builder_end (&builder);
}

/* @name: nullable; what `name` is if the mapping does not say. */
static GVariant *
mapping_value (const LstmYamlNode *node, const gchar *name,
    const gchar *const *but, GHashTable *counts, GError **error)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (name != NULL && lstm_yaml_lookup (node, "name") == NULL)
    g_variant_builder_add (
        &builder, "{sv}", "name", g_variant_new_string (name));
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const gchar *key = lstm_yaml_get_key (node, i)->text;
    GVariant *value;

    if (but != NULL && g_strv_contains (but, key))
      continue;
    value = value_of (lstm_yaml_get_item (node, i), counts, error);
    if (value == NULL) {
      g_variant_builder_clear (&builder);
      return NULL;
    }
    g_variant_builder_add (&builder, "{sv}", key, value);
  }
  return g_variant_builder_end (&builder);
}

/* Whether it is a layer or cell: `LSTMCell: {units: 4}`. */
static gboolean
is_class (const LstmYamlNode *node)
{
  return lstm_yaml_get_n_items (node) == 1 &&
         g_ascii_isupper (lstm_yaml_get_key (node, 0)->text[0]);
}

static GVariant *
class_value (const LstmYamlNode *node, GHashTable *counts, GError **error)
{
  const LstmYamlNode *key = lstm_yaml_get_key (node, 0);
  const LstmYamlNode *options = lstm_yaml_get_item (node, 0);
  g_autofree gchar *name = NULL;
  GVariantDict dict;
  GVariant *config;

  if (options->type != LSTM_YAML_MAPPING && !lstm_yaml_is_null (options)) {
    lstm_yaml_fail_type (options, key->text, "a mapping of its options", error);
    return NULL;
  }
  name = lstm_keras_group_name (counts, key->text);
  config = mapping_value (options, name, NULL, counts, error);
  if (config == NULL)
    return NULL;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "class_name", "s", key->text);
  g_variant_dict_insert_value (&dict, "config", config);
  return g_variant_dict_end (&dict);
}

/* The tree is not deeper than LSTM_YAML_MAX_DEPTH. */
static GVariant *
value_of (const LstmYamlNode *node, GHashTable *counts, GError **error)
{
  if (node->type == LSTM_YAML_SCALAR)
    return scalar_value (node, error);
  if (node->type == LSTM_YAML_LIST)
    return list_value (node, counts, error);
  return is_class (node) ? class_value (node, counts, error)
                         : mapping_value (node, NULL, NULL, counts, error);
}

GVariant *
lstm_yaml_options_read (
    const LstmYamlNode *mapping, const gchar *const *but, GError **error)
{
  g_autoptr (GHashTable) counts = lstm_keras_group_counts_new ();
  GVariant *options =
      mapping != NULL ? mapping_value (mapping, NULL, but, counts, error)
                      : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);

  return options != NULL ? g_variant_ref_sink (options) : NULL;
}

/* ---- where an error is ---- */

static gboolean
is_word_at (const gchar *text, const gchar *at, gsize length)
{
  return (at == text || !(g_ascii_isalnum (at[-1]) || at[-1] == '_')) &&
         !(g_ascii_isalnum (at[length]) || at[length] == '_');
}

/* The first word of @text that is a key within @node. */
static void
find_key (const LstmYamlNode *node, const gchar *text, const gchar **first,
    const LstmYamlNode **found)
{
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const LstmYamlNode *key =
        node->type == LSTM_YAML_MAPPING ? lstm_yaml_get_key (node, i) : NULL;
    const gchar *at =
        key != NULL && *key->text != '\0' ? strstr (text, key->text) : NULL;

    for (; at != NULL; at = strstr (at + 1, key->text)) {
      if (*first != NULL && at >= *first)
        break;
      if (!is_word_at (text, at, strlen (key->text)))
        continue;
      *first = at;
      *found = key;
      break;
    }
    find_key (lstm_yaml_get_item (node, i), text, first, found);
  }
}

gboolean
lstm_yaml_locate (
    const LstmYamlNode *place, const LstmYamlNode *options, GError **error)
{
  const LstmYamlNode *found = place;
  const gchar *first = NULL, *text;

  if (error == NULL || *error == NULL)
    return FALSE;
  text = g_strrstr ((*error)->message, "): ");
  if (options != NULL)
    find_key (options, text != NULL ? text : (*error)->message, &first, &found);
  g_prefix_error (
      error, "%s:%u:%u: ", found->yaml->name, found->line, found->column);
  return FALSE;
}
