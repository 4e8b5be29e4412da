/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "yaml-entry.h"

#include "config/suggest.h"
#include "config/yaml-values.h"
#include "keras-names.h"
#include "yaml-input.h"

#include <string.h>

/* Names within one list of layers. */
typedef struct {
  LstmModelBuilder *builder;
  const YamlEntry *parent;
  GHashTable *written; /* names that the file gives: text -> its node */
  GHashTable *entries; /* borrowed name -> YamlEntry, of those so far */
  GHashTable *counts;  /* for names that it does not give */
} Scope;

static gboolean read_model (
    YamlEntry *entry, LstmModelBuilder *builder, GError **error);

void
lstm_yaml_entry_free (YamlEntry *entry)
{
  g_free (entry->name);
  g_free (entry->path);
  g_clear_pointer (&entry->children, g_ptr_array_unref);
  g_free (entry);
}

static gboolean
is_model (const gchar *class_name)
{
  static const gchar *const classes[] = { "Sequential", "Functional", "Model",
    NULL };

  return g_strv_contains (classes, class_name);
}

/* The class and the options of `Dense: {units: 1}`, `Flatten:` or a bare
 * `Flatten`. */
static gboolean
take_apart (const LstmYamlNode *item, YamlEntry *entry, GError **error)
{
  const LstmYamlNode *options = NULL;

  if (item->type == LSTM_YAML_SCALAR && !lstm_yaml_is_null (item)) {
    entry->place = item;
  } else if (item->type == LSTM_YAML_MAPPING &&
             lstm_yaml_get_n_items (item) == 1) {
    entry->place = lstm_yaml_get_key (item, 0);
    options = lstm_yaml_get_item (item, 0);
  } else {
    return lstm_yaml_fail (
        lstm_yaml_get_n_items (item) > 1 && item->type == LSTM_YAML_MAPPING
            ? lstm_yaml_get_key (item, 1)
            : item,
        error,
        "expected one layer with its options, such as LSTM: {units: 20}; "
        "options stand in the braces or one step further to the right");
  }
  entry->class_name = entry->place->text;
  if (options == NULL || lstm_yaml_is_null (options))
    return TRUE;
  entry->options = options;
  if (options->type == LSTM_YAML_MAPPING)
    return TRUE;
  return lstm_yaml_fail_type (options, entry->class_name,
      "a mapping of its options, such as {units: 20}", error);
}

static const LstmYamlNode *
lookup (const YamlEntry *entry, const gchar *key)
{
  return entry->options != NULL ? lstm_yaml_lookup (entry->options, key) : NULL;
}

/* ---- names ---- */

static gboolean
note_name (Scope *scope, const LstmYamlNode *item, GError **error)
{
  g_autofree YamlEntry *entry = g_new0 (YamlEntry, 1);
  const LstmYamlNode *node, *first;
  const gchar *name;

  if (!take_apart (item, entry, error))
    return FALSE;
  node = lookup (entry, "name");
  if (node == NULL)
    return TRUE;
  name = lstm_yaml_read_string (node, "name", error);
  if (name == NULL)
    return FALSE;
  first = g_hash_table_lookup (scope->written, name);
  if (first != NULL)
    return lstm_yaml_fail (node, error,
        "name: '%s' is the name of the layer on line %u already, expected "
        "another for each",
        name, first->line);
  g_hash_table_insert (scope->written, (gpointer) name, (gpointer) node);
  return TRUE;
}

/* As Keras names a layer: lstm, lstm_1, ... */
static gchar *
make_name (Scope *scope, const gchar *class_name)
{
  gchar *name = lstm_keras_group_name (scope->counts, class_name);

  while (g_hash_table_contains (scope->written, name) ||
         g_hash_table_contains (scope->entries, name)) {
    g_free (name);
    name = lstm_keras_group_name (scope->counts, class_name);
  }
  return name;
}

/* A name with a slash before it is a whole path. */
static void
set_names (Scope *scope, YamlEntry *entry)
{
  const LstmYamlNode *node = lookup (entry, "name");
  const gchar *around = scope->parent->path;

  entry->name = node != NULL ? g_strdup (node->text)
                             : make_name (scope, entry->class_name);
  if (entry->name[0] == '/' && entry->name[1] != '\0')
    entry->path = g_strdup (entry->name + 1);
  else if (*around != '\0')
    entry->path = g_strconcat (around, "/", entry->name, NULL);
  else
    entry->path = g_strdup (entry->name);
}

/* ---- kinds ---- */

static gboolean
read_call (Scope *scope, YamlEntry *entry, GError **error)
{
  enum { LAYER, NAME, INPUTS, STATES, MASK };
  static const LstmYamlKey keys[] = {
    { "layer", TRUE },
    { "name", FALSE },
    { "inputs", FALSE },
    { "initial_state", FALSE },
    { "mask", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  const YamlEntry *again;
  const gchar *name;

  entry->kind = YAML_CALL;
  if (!lstm_yaml_read_mapping (
          entry->options != NULL ? entry->options : entry->place, "call", keys,
          G_N_ELEMENTS (keys), values, error))
    return FALSE;
  name = lstm_yaml_read_string (values[LAYER], "layer", error);
  if (name == NULL)
    return FALSE;
  again = g_hash_table_lookup (scope->entries, name);
  if (again == NULL || again->kind == YAML_CALL || again->kind == YAML_INPUT)
    return lstm_yaml_fail (values[LAYER], error,
        "layer: '%s' is no layer that stands before this call", name);
  entry->again = again;
  return TRUE;
}

static gboolean
read_layer (Scope *scope, YamlEntry *entry, GError **error)
{
  static const gchar *const but[] = { "name", "inputs", "initial_state", "mask",
    NULL };
  g_autoptr (GVariant) options = NULL;
  g_auto (GStrv) known = lstm_list_layer_classes ();

  entry->kind = YAML_LAYER;
  if (!g_strv_contains ((const gchar *const *) known, entry->class_name))
    return lstm_yaml_fail_unknown (
        entry->place, "layer", NULL, (const gchar *const *) known, error);
  options = lstm_yaml_options_read (entry->options, but, error);
  if (options == NULL)
    return FALSE;
  entry->layer = lstm_model_builder_add_layer (
      scope->builder, entry->class_name, entry->path, options, error);
  return entry->layer != NULL ||
         lstm_yaml_locate (entry->place, entry->options, error);
}

/* The model that a TimeDistributed wraps, be it in another TimeDistributed; or
 * NULL. */
static const LstmYamlNode *
wrapped_model (const YamlEntry *entry)
{
  const LstmYamlNode *wrapped = lookup (entry, "layer"), *at = wrapped;

  while (at != NULL && at->type == LSTM_YAML_MAPPING &&
         lstm_yaml_get_n_items (at) == 1) {
    const gchar *class_name = lstm_yaml_get_key (at, 0)->text;

    if (is_model (class_name))
      return wrapped;
    if (strcmp (class_name, "TimeDistributed") != 0)
      return NULL;
    at = lstm_yaml_get_item (at, 0);
    at = at->type == LSTM_YAML_MAPPING ? lstm_yaml_lookup (at, "layer") : NULL;
  }
  return NULL;
}

static YamlEntry *read_entry (
    Scope *scope, const LstmYamlNode *item, GError **error);

static void
scope_clear (Scope *scope)
{
  g_clear_pointer (&scope->written, g_hash_table_unref);
  g_clear_pointer (&scope->entries, g_hash_table_unref);
  g_clear_pointer (&scope->counts, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scope, scope_clear)

static void
scope_init (Scope *scope, YamlEntry *parent, LstmModelBuilder *builder)
{
  *scope = (Scope){ .builder = builder, .parent = parent };
  scope->written = g_hash_table_new (g_str_hash, g_str_equal);
  scope->entries = g_hash_table_new (g_str_hash, g_str_equal);
  scope->counts = lstm_keras_group_counts_new ();
  parent->children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_yaml_entry_free);
}

static gboolean
add_entry (Scope *scope, const LstmYamlNode *item, GError **error)
{
  YamlEntry *entry = read_entry (scope, item, error);

  if (entry == NULL)
    return FALSE;
  g_ptr_array_add (scope->parent->children, entry);
  g_hash_table_insert (scope->entries, entry->name, entry);
  return TRUE;
}

/* The engine's layer knows nothing of what is within. */
static gboolean
read_distributed (Scope *scope, YamlEntry *entry, GError **error)
{
  static const LstmYamlKey keys[] = {
    { "layer", TRUE },
    { "name", FALSE },
    { "inputs", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  g_auto (Scope) inner = { 0 };
  GVariantDict config;

  entry->kind = YAML_DISTRIBUTED;
  if (!lstm_yaml_read_mapping (entry->options, entry->class_name, keys,
          G_N_ELEMENTS (keys), values, error))
    return FALSE;
  g_variant_dict_init (&config, NULL);
  entry->layer = lstm_model_builder_add_layer (scope->builder,
      entry->class_name, entry->path, g_variant_dict_end (&config), error);
  if (entry->layer == NULL)
    return lstm_yaml_locate (entry->place, NULL, error);
  scope_init (&inner, entry, scope->builder);
  return note_name (&inner, values[0], error) &&
         add_entry (&inner, values[0], error);
}

static gboolean
read_kind (Scope *scope, YamlEntry *entry, GError **error)
{
  if (strcmp (entry->class_name, "call") == 0)
    return read_call (scope, entry, error);
  if (strcmp (entry->class_name, "InputLayer") == 0)
    return lstm_yaml_input_read (entry, error);
  if (is_model (entry->class_name))
    return read_model (entry, scope->builder, error);
  if (strcmp (entry->class_name, "TimeDistributed") == 0 &&
      wrapped_model (entry) != NULL)
    return read_distributed (scope, entry, error);
  return read_layer (scope, entry, error);
}

static YamlEntry *
read_entry (Scope *scope, const LstmYamlNode *item, GError **error)
{
  static const gchar *const flags[] = { "false", "true", NULL };
  g_autoptr (YamlEntry) entry = g_new0 (YamlEntry, 1);
  const LstmYamlNode *mask;
  guint flag = 0;

  if (!take_apart (item, entry, error))
    return NULL;
  set_names (scope, entry);
  if (!read_kind (scope, entry, error))
    return NULL;
  entry->inputs = lookup (entry, "inputs");
  entry->states = lookup (entry, "initial_state");
  mask = lookup (entry, "mask");
  if (mask != NULL && !lstm_yaml_read_enum (mask, "mask", flags, &flag, error))
    return NULL;
  entry->mask = flag == 1;
  return g_steal_pointer (&entry);
}

/* ---- models ---- */

static gboolean
read_layers (Scope *scope, const LstmYamlNode *layers, GError **error)
{
  guint n = lstm_yaml_get_n_items (layers);

  for (guint i = 0; i < n; i++)
    if (!note_name (scope, lstm_yaml_get_item (layers, i), error))
      return FALSE;
  for (guint i = 0; i < n; i++)
    if (!add_entry (scope, lstm_yaml_get_item (layers, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
check_layers (const LstmYamlNode *layers, GError **error)
{
  if (layers->type != LSTM_YAML_LIST)
    return lstm_yaml_fail_type (layers, "layers",
        "a list of layers, such as - LSTM: {units: 20}", error);
  return lstm_yaml_get_n_items (layers) > 0 ||
         lstm_yaml_fail (
             layers, error, "layers: the list is empty, expected a layer");
}

/* A model within the model. */
static gboolean
read_model (YamlEntry *entry, LstmModelBuilder *builder, GError **error)
{
  enum { LAYERS, NAME, INPUTS, OUTPUTS };
  static const LstmYamlKey keys[] = {
    { "layers", TRUE },
    { "name", FALSE },
    { "inputs", FALSE },
    { "outputs", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  g_auto (Scope) scope = { 0 };

  entry->kind = YAML_MODEL;
  if (!lstm_yaml_read_mapping (
          entry->options != NULL ? entry->options : entry->place,
          entry->class_name, keys, G_N_ELEMENTS (keys), values, error) ||
      !check_layers (values[LAYERS], error))
    return FALSE;
  entry->outputs = values[OUTPUTS];
  scope_init (&scope, entry, builder);
  return read_layers (&scope, values[LAYERS], error);
}

static gboolean
add_input (Scope *scope, const LstmYamlNode *node, GError **error)
{
  g_autoptr (YamlEntry) entry = g_new0 (YamlEntry, 1);
  const LstmYamlNode *name;

  entry->place = entry->options = node;
  entry->class_name = "InputLayer";
  if (!lstm_yaml_input_read (entry, error))
    return FALSE;
  name = lookup (entry, "name");
  if (name != NULL)
    g_hash_table_insert (scope->written, name->text, (gpointer) name);
  set_names (scope, entry);
  if (g_hash_table_contains (scope->entries, entry->name))
    return lstm_yaml_fail (node, error,
        "input: '%s' is the name of two inputs, expected another for each",
        entry->name);
  g_hash_table_insert (scope->entries, entry->name, entry);
  g_ptr_array_add (scope->parent->children, g_steal_pointer (&entry));
  return TRUE;
}

/* input: {shape: ...}, or a list of such. */
static gboolean
read_inputs (Scope *scope, const LstmYamlNode *node, GError **error)
{
  if (node->type != LSTM_YAML_LIST)
    return add_input (scope, node, error);
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++)
    if (!add_input (scope, lstm_yaml_get_item (node, i), error))
      return FALSE;
  return TRUE;
}

YamlEntry *
lstm_yaml_entries_read (
    const LstmYamlNode *model, LstmModelBuilder *builder, GError **error)
{
  g_autoptr (YamlEntry) entry = g_new0 (YamlEntry, 1);
  const LstmYamlNode *layers = lstm_yaml_lookup (model, "layers");
  const LstmYamlNode *input = lstm_yaml_lookup (model, "input");
  g_auto (Scope) scope = { 0 };

  entry->kind = YAML_MODEL;
  entry->place = entry->options = model;
  entry->class_name = "model";
  entry->name = g_strdup ("");
  entry->path = g_strdup ("");
  entry->outputs = lstm_yaml_lookup (model, "outputs");
  scope_init (&scope, entry, builder);
  if (!check_layers (layers, error) ||
      (input != NULL && !read_inputs (&scope, input, error)) ||
      !read_layers (&scope, layers, error))
    return NULL;
  return g_steal_pointer (&entry);
}
