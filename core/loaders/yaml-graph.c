/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "yaml-entry.h"

#include "config/suggest.h"
#include "config/yaml-values.h"

#include <string.h>

/* One walk through a model's entries. */
typedef struct {
  LstmModelBuilder *builder;
  guint *n_calls; /* of all walks */
  const YamlEntry *model;
  GHashTable *values;    /* borrowed name -> GArray of LstmValueId */
  const YamlEntry *last; /* the entry before, or NULL */
  const GArray *given;   /* to a model that has no InputLayer */
  guint n_inputs;
} Walk;

static GArray *call_entry (
    Walk *walk, const YamlEntry *entry, const YamlEntry *what, GError **error);

static void
walk_init (Walk *walk, LstmModelBuilder *builder, guint *n_calls,
    const YamlEntry *model)
{
  *walk = (Walk){ .builder = builder, .n_calls = n_calls, .model = model };
  walk->values = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_array_unref);
}

static void
walk_clear (Walk *walk)
{
  g_clear_pointer (&walk->values, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static GArray *
values_new (void)
{
  return g_array_new (FALSE, TRUE, sizeof (LstmValueId));
}

/* ---- references ---- */

static gboolean
is_below (const Walk *walk, const gchar *name)
{
  for (guint i = 0; i < walk->model->children->len; i++) {
    const YamlEntry *entry = g_ptr_array_index (walk->model->children, i);

    if (strcmp (entry->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
fail_reference (
    Walk *walk, const LstmYamlNode *node, const gchar *what, GError **error)
{
  g_autofree const gchar **known =
      (const gchar **) g_hash_table_get_keys_as_array (walk->values, NULL);

  if (is_below (walk, node->text))
    return lstm_yaml_fail (node, error,
        "%s: '%s' stands further down; a layer comes after what it is called "
        "on",
        what, node->text);
  return lstm_yaml_fail_unknown (node, "layer", what, known, error);
}

/* NAME, or NAME:k for the output k of several. */
static gboolean
resolve (Walk *walk, const LstmYamlNode *node, const gchar *what,
    LstmValueId *value, GError **error)
{
  const gchar *text = lstm_yaml_read_string (node, what, error);
  const GArray *outputs;
  const gchar *colon;
  guint64 k = 0;

  if (text == NULL)
    return FALSE;
  outputs = g_hash_table_lookup (walk->values, text);
  colon = strrchr (text, ':');
  if (outputs == NULL && colon != NULL &&
      g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &k, NULL)) {
    g_autofree gchar *name = g_strndup (text, (gsize) (colon - text));

    outputs = g_hash_table_lookup (walk->values, name);
  }
  if (outputs == NULL)
    return fail_reference (walk, node, what, error);
  if (k >= outputs->len)
    return lstm_yaml_fail (node, error,
        "%s: '%s' is output %u, counted from 0, of a layer that has %u", what,
        text, (guint) k, outputs->len);
  *value = g_array_index (outputs, LstmValueId, k);
  return TRUE;
}

/* One reference, or a list of them. */
static gboolean
resolve_all (Walk *walk, const LstmYamlNode *node, const gchar *what,
    GArray *values, GError **error)
{
  guint n = node->type == LSTM_YAML_LIST ? lstm_yaml_get_n_items (node) : 1;

  if (node->type == LSTM_YAML_MAPPING || n == 0)
    return lstm_yaml_fail_type (
        node, what, "the name of a layer, or a list of names", error);
  for (guint i = 0; i < n; i++) {
    LstmValueId value = 0;

    if (!resolve (walk,
            node->type == LSTM_YAML_LIST ? lstm_yaml_get_item (node, i) : node,
            what, &value, error))
      return FALSE;
    g_array_append_val (values, value);
  }
  return TRUE;
}

/* Without `inputs` an entry takes what the one before it gives. */
static gboolean
take_last (Walk *walk, const YamlEntry *entry, GArray *values, GError **error)
{
  const GArray *outputs =
      walk->last != NULL ? g_hash_table_lookup (walk->values, walk->last->name)
                         : walk->given;

  if (outputs == NULL)
    return lstm_yaml_fail (entry->place, error,
        "'%s' has nothing to be called on: the model needs input: {shape: "
        "[steps, features]}, null for steps that are left open",
        entry->name);
  if (outputs->len != 1 ||
      (walk->last != NULL && walk->last->kind == YAML_INPUT &&
          walk->n_inputs > 1))
    return lstm_yaml_fail (entry->place, error,
        "'%s' follows %s; say with inputs: which of them it is called on",
        entry->name,
        outputs->len != 1 ? "what has several outputs" : "several inputs");
  g_array_append_val (values, g_array_index (outputs, LstmValueId, 0));
  return TRUE;
}

/* ---- calls ---- */

static GArray *
call_layer (Walk *walk, const YamlEntry *entry, const YamlEntry *what,
    const GArray *inputs, const GArray *states, GError **error)
{
  GArray *outputs;

  lstm_model_builder_mask_with_state (walk->builder, entry->mask);
  outputs = lstm_model_builder_call (walk->builder, what->layer,
      (const LstmValueId *) (gconstpointer) inputs->data, inputs->len,
      (const LstmValueId *) (gconstpointer) states->data, states->len, error);
  lstm_model_builder_mask_with_state (walk->builder, FALSE);
  if (outputs == NULL)
    lstm_yaml_locate (entry->place, NULL, error);
  return outputs;
}

/* An InputLayer of a model within the model is the next of what it is given. */
static gboolean
bind_input (Walk *inner, const YamlEntry *input, const GArray *given)
{
  GArray *values;

  if (inner->n_inputs >= given->len)
    return FALSE;
  values = values_new ();
  g_array_append_val (
      values, g_array_index (given, LstmValueId, inner->n_inputs));
  inner->n_inputs++;
  g_hash_table_insert (inner->values, input->name, values);
  return TRUE;
}

static guint
count_inputs (const YamlEntry *model)
{
  guint n = 0;

  for (guint i = 0; i < model->children->len; i++)
    n += ((const YamlEntry *) g_ptr_array_index (model->children, i))->kind ==
         YAML_INPUT;
  return n;
}

static gboolean
walk_entry (Walk *walk, const YamlEntry *entry, GError **error)
{
  const YamlEntry *what = entry->kind == YAML_CALL ? entry->again : entry;
  GArray *outputs;

  if (++*walk->n_calls > LSTM_YAML_MAX_CALLS)
    return lstm_yaml_fail (entry->place, error,
        "more than %d calls of layers, models within the model counted as "
        "often as they are called",
        LSTM_YAML_MAX_CALLS);
  outputs = call_entry (walk, entry, what, error);
  if (outputs == NULL)
    return FALSE;
  g_hash_table_insert (walk->values, entry->name, outputs);
  walk->last = entry;
  return TRUE;
}

/* (transfer full): what `outputs` lists; without it what the last layer gives.
 */
static GArray *
find_outputs (Walk *walk, GError **error)
{
  g_autoptr (GArray) outputs = NULL;

  if (walk->model->outputs == NULL)
    return g_array_ref (g_hash_table_lookup (walk->values, walk->last->name));
  outputs = values_new ();
  return resolve_all (walk, walk->model->outputs, "outputs", outputs, error)
             ? g_steal_pointer (&outputs)
             : NULL;
}

static GArray *
call_model (Walk *walk, const YamlEntry *entry, const YamlEntry *model,
    const GArray *inputs, GError **error)
{
  g_auto (Walk) inner = { 0 };
  guint n = count_inputs (model);

  walk_init (&inner, walk->builder, walk->n_calls, model);
  if ((n > 0 ? n : 1) != inputs->len) {
    lstm_yaml_fail (entry->place, error,
        "'%s' is called on %u tensors; the model takes %u, one for each "
        "InputLayer in its layers",
        entry->name, inputs->len, MAX (n, 1));
    return NULL;
  }
  inner.given = n == 0 ? inputs : NULL;
  for (guint i = 0; i < model->children->len; i++) {
    const YamlEntry *child = g_ptr_array_index (model->children, i);

    if (child->kind == YAML_INPUT) {
      bind_input (&inner, child, inputs);
      inner.last = child;
    } else if (!walk_entry (&inner, child, error)) {
      return NULL;
    }
  }
  return find_outputs (&inner, error);
}

/* The wrapped model, each of whose layers is called on every step as on a
 * sample of its own. */
static GArray *
call_distributed (Walk *walk, const YamlEntry *entry, const YamlEntry *what,
    const GArray *inputs, GError **error)
{
  const YamlEntry *child = g_ptr_array_index (what->children, 0);
  g_autoptr (GArray) outputs = NULL;

  if (inputs->len != 1) {
    lstm_yaml_fail (entry->place, error,
        "TimeDistributed over a model is called on %u tensors, expected one",
        inputs->len);
    return NULL;
  }
  lstm_model_builder_begin_time_distributed (walk->builder);
  outputs = child->kind == YAML_DISTRIBUTED
                ? call_distributed (walk, child, child, inputs, error)
                : call_model (walk, child, child, inputs, error);
  if (outputs == NULL)
    return NULL;
  if (outputs->len != 1) {
    lstm_yaml_fail (entry->place, error,
        "TimeDistributed wraps a model of %u outputs, expected one",
        outputs->len);
    return NULL;
  }
  if (lstm_model_builder_end_time_distributed (walk->builder, what->layer,
          g_array_index (inputs, LstmValueId, 0),
          g_array_index (outputs, LstmValueId, 0), error))
    return g_steal_pointer (&outputs);
  lstm_yaml_locate (entry->place, NULL, error);
  return NULL;
}

static GArray *
call_entry (
    Walk *walk, const YamlEntry *entry, const YamlEntry *what, GError **error)
{
  g_autoptr (GArray) inputs = values_new ();
  g_autoptr (GArray) states = values_new ();

  if (entry->inputs != NULL
          ? !resolve_all (walk, entry->inputs, "inputs", inputs, error)
          : !take_last (walk, entry, inputs, error))
    return NULL;
  if (entry->states != NULL &&
      !resolve_all (walk, entry->states, "initial_state", states, error))
    return NULL;
  if (what->kind == YAML_LAYER)
    return call_layer (walk, entry, what, inputs, states, error);
  if (states->len > 0) {
    lstm_yaml_fail (entry->states, error,
        "initial_state: '%s' is a model; only layers take one", entry->name);
    return NULL;
  }
  return what->kind == YAML_MODEL
             ? call_model (walk, entry, what, inputs, error)
             : call_distributed (walk, entry, what, inputs, error);
}

/* ---- the whole model ---- */

static gboolean
add_input (Walk *walk, const YamlEntry *entry, GError **error)
{
  LstmValueId value;
  GArray *values;

  if (entry->shape.rank == 0)
    return lstm_yaml_fail (entry->place, error,
        "input '%s' has no shape; expected shape: [steps, features], null for "
        "steps that are left open",
        entry->name);
  if (!lstm_model_builder_add_input (walk->builder, entry->name, &entry->shape,
          entry->batch, &value, error))
    return lstm_yaml_locate (entry->place, NULL, error);
  values = values_new ();
  g_array_append_val (values, value);
  g_hash_table_insert (walk->values, entry->name, values);
  walk->n_inputs++;
  walk->last = entry;
  return TRUE;
}

/* A second output of one name gets "_1", as Keras has it. */
static void
add_output (Walk *walk, GHashTable *taken, const gchar *name, LstmValueId value)
{
  g_autofree gchar *unique = g_strdup (name);

  for (guint i = 1; g_hash_table_contains (taken, unique); i++) {
    g_free (unique);
    unique = g_strdup_printf ("%s_%u", name, i);
  }
  lstm_model_builder_add_output (walk->builder, value, unique);
  g_hash_table_add (taken, g_steal_pointer (&unique));
}

/* outputs: {NAME: LAYER}, a layer or a list of layers; by default what the last
 * layer gives. */
static gboolean
add_outputs (Walk *walk, GError **error)
{
  const LstmYamlNode *node = walk->model->outputs;
  g_autoptr (GHashTable) taken =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) values = NULL;
  guint n;

  if (node != NULL && node->type == LSTM_YAML_MAPPING) {
    values = values_new ();
    for (guint i = 0; i < lstm_yaml_get_n_items (node); i++)
      if (!resolve_all (
              walk, lstm_yaml_get_item (node, i), "outputs", values, error))
        return FALSE;
    if (values->len == 0 || values->len != lstm_yaml_get_n_items (node))
      return lstm_yaml_fail (node, error,
          "outputs: found %u layers for %u names, expected one for each, and "
          "one at least",
          values->len, lstm_yaml_get_n_items (node));
  } else {
    values = find_outputs (walk, error);
  }
  n = values != NULL ? values->len : 0;
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *name = NULL;

    if (node == NULL)
      name = g_strdup (walk->last->path);
    else if (node->type == LSTM_YAML_MAPPING)
      name = g_strdup (lstm_yaml_get_key (node, i)->text);
    else
      name = g_strdup (node->type == LSTM_YAML_LIST
                           ? lstm_yaml_get_item (node, i)->text
                           : node->text);
    if (node != NULL && node->type != LSTM_YAML_MAPPING &&
        !g_hash_table_contains (walk->values, name))
      *strrchr (name, ':') = '\0';
    add_output (walk, taken, name, g_array_index (values, LstmValueId, i));
  }
  return n > 0;
}

gboolean
lstm_yaml_graph_build (
    const YamlEntry *model, LstmModelBuilder *builder, GError **error)
{
  g_auto (Walk) walk = { 0 };
  guint n_calls = 0;

  walk_init (&walk, builder, &n_calls, model);
  for (guint i = 0; i < model->children->len; i++) {
    const YamlEntry *entry = g_ptr_array_index (model->children, i);

    if (entry->kind == YAML_INPUT ? !add_input (&walk, entry, error)
                                  : !walk_entry (&walk, entry, error))
      return FALSE;
  }
  return add_outputs (&walk, error);
}
