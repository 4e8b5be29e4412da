/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-graph.h"

#include <string.h>

/* Where a layer's calls stand in the graph. References count them from @base,
 * and those of output_layers from @output_base: a functional model's own making
 * is its call 0, which files leave out. */
typedef struct {
  guint first;
  guint n;
  gint64 base;
  gint64 output_base;
  gint64 last; /* the highest call that anything refers to, or -1 */
} Calls;

/* What is needed while a graph is made. */
typedef struct {
  KerasLayer *model;
  KerasGraph *graph;
  GHashTable *by_name;      /* borrowed name -> index of the layer, plus 1 */
  Calls *calls;             /* by layer */
  GPtrArray *nodes;         /* KerasNode by call; NULL for an InputLayer */
  GArray *inputs, *outputs; /* KerasRef */
  gboolean keras_3;         /* in its words */
} Maker;

static void
maker_clear (Maker *m)
{
  g_clear_pointer (&m->by_name, g_hash_table_unref);
  g_clear_pointer (&m->calls, g_free);
  g_clear_pointer (&m->nodes, g_ptr_array_unref);
  g_clear_pointer (&m->inputs, g_array_unref);
  g_clear_pointer (&m->outputs, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Maker, maker_clear)

static void
node_free0 (gpointer node)
{
  if (node != NULL)
    lstm_keras_node_free (node);
}

static void
call_free (gpointer data)
{
  KerasCall *call = data;

  g_array_unref (call->inputs);
  g_array_unref (call->states);
  g_array_unref (call->masks);
  g_free (call);
}

void
lstm_keras_graph_free (KerasGraph *graph)
{
  g_ptr_array_unref (graph->calls);
  g_array_unref (graph->inputs);
  g_array_unref (graph->outputs);
  g_strfreev (graph->output_names);
  g_clear_pointer (&graph->order, g_array_unref);
  g_free (graph);
}

static void
maker_init (Maker *m, KerasLayer *model)
{
  m->model = model;
  m->graph = model->graph = g_new0 (KerasGraph, 1);
  m->graph->calls = g_ptr_array_new_with_free_func (call_free);
  m->graph->inputs = g_array_new (FALSE, TRUE, sizeof (KerasLink));
  m->graph->outputs = g_array_new (FALSE, TRUE, sizeof (KerasLink));
  m->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  m->calls = g_new0 (Calls, model->children->len);
  m->nodes = g_ptr_array_new_with_free_func (node_free0);
  m->inputs = g_array_new (FALSE, TRUE, sizeof (KerasRef));
  m->outputs = g_array_new (FALSE, TRUE, sizeof (KerasRef));
}

static void
add_call (Maker *m, KerasLayer *layer, KerasNode *node)
{
  KerasCall *call = g_new0 (KerasCall, 1);

  call->layer = layer;
  call->inputs = g_array_new (FALSE, TRUE, sizeof (KerasLink));
  call->states = g_array_new (FALSE, TRUE, sizeof (KerasLink));
  call->masks = g_array_new (FALSE, TRUE, sizeof (KerasLink));
  call->training = node != NULL && node->training;
  g_ptr_array_add (m->graph->calls, call);
  g_ptr_array_add (m->nodes, node);
}

/* Layers that take further inbound tensors as their initial state: Keras 2
 * passes initial_state=[h, c] as inputs of the call. */
static gboolean
takes_states (const KerasLayer *layer)
{
  static const gchar *const classes[] = { "LSTM", "GRU", "SimpleRNN", "RNN",
    "Bidirectional", "CuDNNLSTM", "CuDNNGRU", "ConvLSTM1D", "ConvLSTM2D",
    "ConvLSTM3D", NULL };

  return g_strv_contains (classes, layer->class_name);
}

static void
split_states (KerasNode *node)
{
  GArray *inputs = node->inputs;

  if (inputs->len < 2)
    return;
  g_array_append_vals (
      node->states, &g_array_index (inputs, KerasRef, 1), inputs->len - 1);
  g_array_set_size (inputs, 1);
}

static KerasNode *
parse_node (KerasLayer *layer, JsonNode *entry, GError **error)
{
  g_autofree gchar *where = g_strdup_printf ("layer '%s'", layer->path);
  KerasNode *node;

  if (layer->kind == KERAS_OPERATION)
    return lstm_keras_node_parse_operation (entry, layer, error);
  node = lstm_keras_node_parse (entry, where, error);
  if (node != NULL && takes_states (layer))
    split_states (node);
  return node;
}

static gboolean
add_layer_calls (Maker *m, guint index, JsonObject *entry, GError **error)
{
  KerasLayer *layer = g_ptr_array_index (m->model->children, index);
  g_autofree gchar *where = g_strdup_printf ("layer '%s'", layer->path);
  Calls *calls = &m->calls[index];
  JsonArray *list;

  *calls = (Calls){ .first = m->graph->calls->len, .n = 1, .last = -1 };
  if (layer->kind == KERAS_INPUT) {
    add_call (m, layer, NULL);
    return TRUE;
  }
  list = lstm_keras_json_get_list (entry, "inbound_nodes", where, error);
  if (list == NULL)
    return FALSE;
  calls->n = json_array_get_length (list);
  if (calls->n > LSTM_KERAS_MAX_CALLS - calls->first) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "more than %d calls of layers", LSTM_KERAS_MAX_CALLS);
    return FALSE;
  }
  for (guint i = 0; i < calls->n; i++) {
    KerasNode *node =
        parse_node (layer, json_array_get_element (list, i), error);

    if (node == NULL)
      return FALSE;
    m->keras_3 = m->keras_3 || node->keras_3;
    add_call (m, layer, node);
  }
  return TRUE;
}

static Calls *
find_calls (Maker *m, const gchar *name)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (m->by_name, name));

  return index > 0 ? &m->calls[index - 1] : NULL;
}

static void
note_last (Maker *m, const GArray *refs)
{
  for (guint i = 0; i < refs->len; i++) {
    const KerasRef *ref = &g_array_index (refs, KerasRef, i);
    Calls *calls = ref->layer != NULL ? find_calls (m, ref->layer) : NULL;

    if (calls != NULL)
      calls->last = MAX (calls->last, ref->node);
  }
}

static void
find_last (Maker *m)
{
  note_last (m, m->outputs);
  for (guint i = 0; i < m->nodes->len; i++) {
    const KerasNode *node = g_ptr_array_index (m->nodes, i);

    if (node != NULL) {
      note_last (m, node->inputs);
      note_last (m, node->states);
      note_last (m, node->masks);
    }
  }
}

/* Keras 3 counts calls from 0, but for those of functional models in its
 * output_layers. Versions of Keras 2 differ in how they count calls of models
 * within a model; but every call that a file holds is referred to, so the
 * highest number tells. */
static void
find_bases (Maker *m)
{
  find_last (m);
  for (guint i = 0; i < m->model->children->len; i++) {
    const KerasLayer *layer = g_ptr_array_index (m->model->children, i);
    Calls *calls = &m->calls[i];

    if (m->keras_3) {
      calls->output_base = layer->kind == KERAS_FUNCTIONAL;
    } else {
      calls->base = layer->children != NULL && calls->n > 0 &&
                    calls->last == (gint64) calls->n;
      calls->output_base = calls->base;
    }
  }
}

static gboolean
resolve_one (Maker *m, const KerasRef *ref, gboolean output, KerasLink *link,
    const gchar *who, GError **error)
{
  const Calls *calls = find_calls (m, ref->layer);
  gint64 base = 0;

  if (calls == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s refers to layer '%s', which the model does not have; the "
        "file is damaged: save the model again",
        who, ref->layer);
    return FALSE;
  }
  base = output ? calls->output_base : calls->base;
  if (ref->node < base || ref->node - base >= calls->n || ref->tensor < 0 ||
      ref->tensor >= G_MAXINT16) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s refers to output %" G_GINT64_FORMAT " of call %" G_GINT64_FORMAT
        " of layer '%s', which is called %u times; the file is damaged: "
        "save the model again",
        who, ref->tensor, ref->node, ref->layer, calls->n);
    return FALSE;
  }
  link->call = calls->first + (guint) (ref->node - base);
  link->tensor = (guint) ref->tensor;
  return TRUE;
}

static gboolean
resolve (Maker *m, const GArray *refs, GArray *links, const gchar *who,
    GError **error)
{
  for (guint i = 0; i < refs->len; i++) {
    const KerasRef *ref = &g_array_index (refs, KerasRef, i);
    KerasLink link = { NO_CALL, 0 };

    if (ref->layer != NULL &&
        !resolve_one (m, ref, refs == m->outputs, &link, who, error))
      return FALSE;
    g_array_append_val (links, link);
  }
  return TRUE;
}

static gboolean
resolve_calls (Maker *m, GError **error)
{
  for (guint i = 0; i < m->nodes->len; i++) {
    const KerasNode *node = g_ptr_array_index (m->nodes, i);
    KerasCall *call = g_ptr_array_index (m->graph->calls, i);
    g_autofree gchar *who = g_strdup_printf ("layer '%s'", call->layer->path);

    if (node != NULL &&
        (!resolve (m, node->inputs, call->inputs, who, error) ||
            !resolve (m, node->states, call->states, who, error) ||
            !resolve (m, node->masks, call->masks, who, error)))
      return FALSE;
  }
  return resolve (m, m->inputs, m->graph->inputs, "'input_layers'", error) &&
         resolve (m, m->outputs, m->graph->outputs, "'output_layers'", error);
}

/* Every InputLayer stands once in input_layers, and nothing else does. */
static gboolean
check_inputs (Maker *m, GError **error)
{
  g_autoptr (GHashTable) listed = g_hash_table_new (NULL, NULL);
  guint n_inputs = 0;

  for (guint i = 0; i < m->graph->inputs->len; i++) {
    guint number = g_array_index (m->graph->inputs, KerasLink, i).call;
    const KerasCall *call = g_ptr_array_index (m->graph->calls, number);

    if (call->layer->kind != KERAS_INPUT ||
        !g_hash_table_add (listed, GUINT_TO_POINTER (number))) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "'input_layers' lists '%s' %s; expected each InputLayer once",
          call->layer->name,
          call->layer->kind != KERAS_INPUT ? "which is no InputLayer"
                                           : "twice");
      return FALSE;
    }
  }
  for (guint i = 0; i < m->model->children->len; i++) {
    const KerasLayer *layer = g_ptr_array_index (m->model->children, i);

    n_inputs += layer->kind == KERAS_INPUT;
  }
  if (n_inputs == m->graph->inputs->len && n_inputs > 0 &&
      m->graph->outputs->len > 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "'%s' has %u InputLayers, %u of them in 'input_layers', and %u "
      "outputs; expected all of them listed, and an output",
      m->model->name, n_inputs, m->graph->inputs->len, m->graph->outputs->len);
  return FALSE;
}

/* The name of an output is its key where the outputs are a dict, else its
 * layer's; a second of the same name gets "_1", as Keras has it. */
static gchar *
pick_name (GHashTable *taken, const gchar *name)
{
  gchar *unique = g_strdup (name);

  for (guint i = 1; g_hash_table_contains (taken, unique); i++) {
    g_free (unique);
    unique = g_strdup_printf ("%s_%u", name, i);
  }
  g_hash_table_add (taken, unique);
  return unique;
}

static void
name_outputs (Maker *m, JsonNode *node)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = m->outputs->len;
  GList *keys = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node))
    keys = json_object_get_members (json_node_get_object (node));
  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  m->graph->output_names = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < n; i++) {
    const gchar *name = g_array_index (m->outputs, KerasRef, i).layer;

    if (g_list_length (keys) == n)
      name = g_list_nth_data (keys, i);
    m->graph->output_names[i] = pick_name (taken, name);
  }
  g_list_free (keys);
}

static gboolean
parse_ends (Maker *m, JsonObject *config, GError **error)
{
  JsonNode *inputs = json_object_get_member (config, "input_layers");
  JsonNode *outputs = json_object_get_member (config, "output_layers");

  if (inputs == NULL || outputs == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "'%s' has no '%s'; expected [[layer, node, tensor], ...]",
        m->model->name, inputs == NULL ? "input_layers" : "output_layers");
    return FALSE;
  }
  return lstm_keras_refs_parse (inputs, m->inputs, "'input_layers'", error) &&
         lstm_keras_refs_parse (outputs, m->outputs, "'output_layers'", error);
}

gboolean
lstm_keras_graph_parse (KerasLayer *model, JsonArray *entries, GError **error)
{
  JsonObject *config = json_node_get_object (model->config);
  g_auto (Maker) m = { 0 };

  maker_init (&m, model);
  if (!parse_ends (&m, config, error))
    return FALSE;
  for (guint i = 0; i < model->children->len; i++) {
    KerasLayer *layer = g_ptr_array_index (model->children, i);

    g_hash_table_insert (m.by_name, layer->name, GUINT_TO_POINTER (i + 1));
    if (!add_layer_calls (
            &m, i, json_array_get_object_element (entries, i), error))
      return FALSE;
  }
  find_bases (&m);
  if (!resolve_calls (&m, error) || !check_inputs (&m, error))
    return FALSE;
  name_outputs (&m, json_object_get_member (config, "output_layers"));
  m.graph->order = lstm_keras_graph_order (m.graph, error);
  return m.graph->order != NULL;
}
