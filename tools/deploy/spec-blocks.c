/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spec-private.h"

/* The short form: blocks whose keys are properties, and models that several of
 * them share. Both become text for gst_parse_launch(). */

#include <string.h>

const LstmYamlKey deploy_blocks[DEPLOY_N_BLOCKS] = {
  { "source", TRUE },
  { "decode", FALSE },
  { "lstm", TRUE },
  { "encode", FALSE },
  { "sink", TRUE },
};

enum { SOURCE, DECODE, MODEL, ENCODE, SINK };

static const gchar *const elements[DEPLOY_N_BLOCKS] = { "filesrc", "csvdec",
  "lstm", "csvenc", "filesink" };

/* ---- one block ---- */

DeployBlock
deploy_describe_block (guint i, const LstmYamlNode *node)
{
  const LstmYamlNode *element = lstm_yaml_lookup (node, "element");
  DeployBlock block = { elements[i], NULL };

  if (element && element->type == LSTM_YAML_SCALAR)
    block.element = element->text;
  if (i == MODEL)
    block.use = lstm_yaml_lookup (node, "use");
  return block;
}

gboolean
deploy_is_block_property (const gchar *key)
{
  return !g_str_equal (key, "element") && !g_str_equal (key, "use");
}

/* As gst_parse_launch() reads it. */
static void
append_quoted (GString *out, const gchar *value)
{
  g_string_append_c (out, '"');
  for (; *value != '\0'; value++) {
    if (*value == '"' || *value == '\\')
      g_string_append_c (out, '\\');
    g_string_append_c (out, *value);
  }
  g_string_append_c (out, '"');
}

static void
append_property (GString *out, const gchar *name, const gchar *value)
{
  g_string_append_printf (out, " %s=", name);
  append_quoted (out, value);
}

static void
append_properties (GString *out, const LstmYamlNode *node, DeployFaults *faults)
{
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const LstmYamlNode *key = lstm_yaml_get_key (node, i);
    const LstmYamlNode *value = lstm_yaml_get_item (node, i);
    GError *error = NULL;

    if (!deploy_is_block_property (key->text))
      continue;
    if (value->type != LSTM_YAML_SCALAR) {
      lstm_yaml_fail_type (
          value, key->text, "a value; write flags as a+b", &error);
      deploy_faults_take (faults, error);
      continue;
    }
    append_property (out, key->text, value->text);
  }
}

static void
append_default (GString *out, const LstmYamlNode *node, const gchar *property,
    const gchar *value)
{
  if (node->type != LSTM_YAML_MAPPING || !lstm_yaml_lookup (node, property))
    append_property (out, property, value);
}

/* ---- models ---- */

void
deploy_read_models (DeployVariables *variables, GHashTable *models,
    const LstmYamlNode *node, DeployFaults *faults)
{
  GError *error = NULL;

  if (node->type != LSTM_YAML_MAPPING) {
    lstm_yaml_fail_type (node, "models",
        "a mapping from names to mappings of properties", &error);
    deploy_faults_take (faults, error);
    return;
  }
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const LstmYamlNode *key = lstm_yaml_get_key (node, i);
    const LstmYamlNode *value = lstm_yaml_get_item (node, i);
    g_autoptr (GString) text = g_string_new (NULL);

    if (!deploy_check_name (key, "models", faults))
      continue;
    if (value->type != LSTM_YAML_MAPPING) {
      lstm_yaml_fail_type (
          value, key->text, "a mapping of lstm's properties", &error);
      deploy_faults_take (faults, g_steal_pointer (&error));
      continue;
    }
    append_properties (text, value, faults);
    deploy_variables_set_model (variables, key->text, text->str);
    g_hash_table_insert (models, key->text, (gpointer) value);
  }
}

/* The node of a model that a block uses, or NULL. */
static const LstmYamlNode *
find_model (const LstmYamlNode *use, GHashTable *models, DeployFaults *faults)
{
  g_autofree gpointer *known = NULL;
  const LstmYamlNode *model;
  GError *error = NULL;

  if (!use)
    return NULL;
  if (!lstm_yaml_read_string (use, "use", &error)) {
    deploy_faults_take (faults, error);
    return NULL;
  }
  model = g_hash_table_lookup (models, use->text);
  if (!model) {
    known = g_hash_table_get_keys_as_array (models, NULL);
    lstm_yaml_fail_unknown (
        use, "model", "use", (const gchar *const *) known, &error);
    deploy_faults_take (faults, error);
  }
  return model;
}

/* ---- blocks ---- */

/* What the block's model says and the block itself does not. */
static void
append_model (
    GString *out, const LstmYamlNode *block, const LstmYamlNode *model)
{
  for (guint i = 0; model && i < lstm_yaml_get_n_items (model); i++) {
    const LstmYamlNode *value = lstm_yaml_get_item (model, i);

    if (value->type == LSTM_YAML_SCALAR)
      append_default (
          out, block, lstm_yaml_get_key (model, i)->text, value->text);
  }
}

static void
append_block (GString *out, guint i, const LstmYamlNode *node,
    GHashTable *models, DeployFaults *faults)
{
  DeployBlock block = deploy_describe_block (i, node);

  g_string_append (out, block.element);
  append_properties (out, node, faults);
  append_model (out, node, find_model (block.use, models, faults));
}

/* The config of the lstm block, which reads columns as well. */
static const gchar *
find_config (const LstmYamlNode *node, GHashTable *models)
{
  const LstmYamlNode *use, *model = NULL, *config;

  if (node->type != LSTM_YAML_MAPPING)
    return NULL;
  use = lstm_yaml_lookup (node, "use");
  if (use && use->type == LSTM_YAML_SCALAR)
    model = g_hash_table_lookup (models, use->text);
  config = lstm_yaml_lookup (node, "config");
  if (!config && model)
    config = lstm_yaml_lookup (model, "config");
  return config && config->type == LSTM_YAML_SCALAR ? config->text : NULL;
}

/* What a block says beside its own keys, when it stands for the usual element.
 */
static void
append_usual (GString *out, guint i, const LstmYamlNode *node,
    const gchar *config, gboolean keep_state)
{
  const LstmYamlNode *element = node->type == LSTM_YAML_MAPPING
                                    ? lstm_yaml_lookup (node, "element")
                                    : NULL;

  if (element && strcmp (element->text, elements[i]) != 0)
    return;
  if (i == DECODE && config)
    append_default (out, node, "config", config);
  if (i == SINK && keep_state) {
    append_default (out, node, "append", "true");
    append_default (out, node, "buffer-mode", "unbuffered");
  }
}

static gboolean
is_none (const LstmYamlNode *node)
{
  return node->type == LSTM_YAML_SCALAR && g_str_equal (node->text, "none");
}

gchar *
deploy_read_blocks (const LstmYamlNode *const *blocks, GHashTable *models,
    gboolean keep_state, DeployFaults *faults)
{
  GString *out = g_string_new (NULL);
  const gchar *config =
      blocks[MODEL] ? find_config (blocks[MODEL], models) : NULL;

  for (guint i = 0; i < DEPLOY_N_BLOCKS; i++) {
    const LstmYamlNode *node = blocks[i];
    GError *error = NULL;

    if ((node && is_none (node)) || (!node && deploy_blocks[i].required))
      continue;
    if (out->len > 0)
      g_string_append (out, " ! ");
    if (!node) {
      g_string_append (out, elements[i]);
      if (i == DECODE && config)
        append_property (out, "config", config);
    } else if (node->type == LSTM_YAML_MAPPING) {
      append_block (out, i, node, models, faults);
      append_usual (out, i, node, config, keep_state);
    } else if (lstm_yaml_read_string (node, deploy_blocks[i].name, &error)) {
      g_string_append (out, node->text);
    }
    deploy_faults_take (faults, error);
  }
  return g_string_free (out, FALSE);
}
