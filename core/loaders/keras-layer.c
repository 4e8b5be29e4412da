/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-operation.h"

#include <string.h>

void
lstm_keras_layer_free (KerasLayer *layer)
{
  g_free (layer->class_name);
  g_free (layer->name);
  g_free (layer->path);
  g_clear_pointer (&layer->config, json_node_unref);
  g_clear_pointer (&layer->children, g_ptr_array_unref);
  g_clear_pointer (&layer->graph, lstm_keras_graph_free);
  g_free (layer);
}

static KerasKind
kind_of (const gchar *class_name)
{
  if (strcmp (class_name, "InputLayer") == 0)
    return KERAS_INPUT;
  if (strcmp (class_name, "Sequential") == 0)
    return KERAS_SEQUENTIAL;
  if (strcmp (class_name, "Functional") == 0 ||
      strcmp (class_name, "Model") == 0)
    return KERAS_FUNCTIONAL;
  return KERAS_LAYER;
}

/* Keras's own classes are of its modules, and registered under their names or
 * not at all. Files of Keras 2 name no module. */
static gboolean
is_custom (JsonObject *entry, const gchar *class_name)
{
  static const gchar *const packages[] = { "keras", "tf_keras", "tensorflow",
    NULL };
  const gchar *registered =
      lstm_keras_json_peek_text (entry, "registered_name");
  const gchar *module = lstm_keras_json_peek_text (entry, "module");
  g_auto (GStrv) parts = NULL;

  if (registered != NULL && strcmp (registered, class_name) != 0)
    return TRUE;
  if (module == NULL)
    return strchr (class_name, '>') != NULL;
  parts = g_strsplit (module, ".", 2);
  return parts[0] == NULL || !g_strv_contains (packages, parts[0]);
}

static gboolean
check_class (JsonObject *entry, const KerasLayer *layer, GError **error)
{
  const gchar *registered =
      lstm_keras_json_peek_text (entry, "registered_name");
  const gchar *module = lstm_keras_json_peek_text (entry, "module");

  if (strcmp (layer->class_name, "Lambda") == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "layer '%s' is a Lambda, code in Python, which is not run here; "
        "replace it in the model with Keras's own layers (Rescaling, "
        "Activation, Reshape, ...), or compute it before or after the model",
        layer->path);
    return FALSE;
  }
  if (lstm_keras_is_function (layer)) {
    lstm_keras_operation_refuse (layer, "", error);
    return FALSE;
  }
  if (!is_custom (entry, layer->class_name))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "layer '%s' of class '%s' is '%s'%s%s, a custom class whose code the "
      "file does not hold; replace it in the model with Keras's own layers, or "
      "compute it before or after the model",
      layer->path, layer->class_name,
      registered != NULL ? registered : layer->class_name,
      module != NULL ? " of module " : "", module != NULL ? module : "");
  return FALSE;
}

/* Functional models name a layer beside its config, Sequential ones within. */
static gchar *
find_name (JsonObject *entry, JsonNode *config)
{
  const gchar *name = lstm_keras_json_peek_text (entry, "name");

  if (name == NULL && JSON_NODE_HOLDS_OBJECT (config))
    name = lstm_keras_json_peek_text (json_node_get_object (config), "name");
  return g_strdup (name != NULL ? name : "");
}

static gint64
find_shared_id (JsonObject *entry)
{
  JsonNode *node = json_object_get_member (entry, "shared_object_id");

  return lstm_keras_json_is_int (node) ? json_node_get_int (node) : 0;
}

static KerasLayer *
layer_new (JsonObject *entry, const gchar *where, GError **error)
{
  g_autoptr (KerasLayer) layer = NULL;
  const gchar *class_name =
      lstm_keras_json_get_text (entry, "class_name", where, error);
  JsonNode *config = json_object_get_member (entry, "config");

  if (class_name == NULL)
    return NULL;
  if (config == NULL || !(JSON_NODE_HOLDS_OBJECT (config) ||
                            (kind_of (class_name) == KERAS_SEQUENTIAL &&
                                JSON_NODE_HOLDS_ARRAY (config)))) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s: 'config' is %s; expected an object", where,
        lstm_keras_json_kind (config));
    return NULL;
  }
  layer = g_new0 (KerasLayer, 1);
  layer->kind = lstm_keras_is_operation (entry, config) ? KERAS_OPERATION
                                                        : kind_of (class_name);
  layer->shared_id = find_shared_id (entry);
  layer->class_name = g_strdup (class_name);
  layer->name = find_name (entry, config);
  layer->config = json_node_ref (config);
  return g_steal_pointer (&layer);
}

static gboolean
add_to_builder (KerasReader *reader, KerasLayer *layer, GError **error)
{
  g_autoptr (GVariant) config =
      lstm_keras_json_to_variant (json_node_get_object (layer->config));

  if (!lstm_keras_dtype_check (reader, layer, error))
    return FALSE;
  layer->layer = lstm_model_builder_add_layer (
      reader->builder, layer->class_name, layer->path, config, error);
  if (layer->layer != NULL)
    g_hash_table_insert (reader->layers, layer->layer, layer);
  return layer->layer != NULL;
}

static gboolean
check_whole_model (const KerasLayer *model, GError **error)
{
  if (model->kind == KERAS_SEQUENTIAL || model->kind == KERAS_FUNCTIONAL)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "the model is of class '%s'; known are Sequential, Functional and "
      "Model: build it with the functional API",
      model->class_name);
  return FALSE;
}

static gboolean
parse_kind (
    KerasReader *reader, KerasLayer *layer, guint nesting, GError **error)
{
  if (layer->kind == KERAS_INPUT)
    return lstm_keras_dtype_check (reader, layer, error);
  if (layer->kind == KERAS_OPERATION)
    return lstm_keras_operation_check (layer, error);
  if (layer->kind == KERAS_LAYER &&
      lstm_keras_is_distributed (layer->class_name, layer->config))
    layer->kind = KERAS_DISTRIBUTED;
  if (layer->kind == KERAS_LAYER)
    return add_to_builder (reader, layer, error);
  if (nesting >= LSTM_KERAS_MAX_NESTING) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "more than %d models within one another", LSTM_KERAS_MAX_NESTING);
    return FALSE;
  }
  layer->children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_keras_layer_free);
  if (layer->kind == KERAS_DISTRIBUTED)
    return lstm_keras_distributed_parse (reader, layer, nesting + 1, error);
  return layer->kind == KERAS_SEQUENTIAL
             ? lstm_keras_sequential_parse (reader, layer, nesting + 1, error)
             : lstm_keras_functional_parse (reader, layer, nesting + 1, error);
}

/* Each place of the layer would be one with a state of its own. */
static gboolean
check_shared_state (const KerasLayer *layer, GError **error)
{
  JsonNode *stateful =
      JSON_NODE_HOLDS_OBJECT (layer->config)
          ? json_object_get_member (
                json_node_get_object (layer->config), "stateful")
          : NULL;

  if (layer->shared_id == 0 || stateful == NULL ||
      !JSON_NODE_HOLDS_VALUE (stateful) || !json_node_get_boolean (stateful))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "layer '%s' (%s) is stateful and stands in several models, which share "
      "its state; that is not supported: make a layer for each, with the same "
      "weights, or call it in one model only",
      layer->path, layer->class_name);
  return FALSE;
}

KerasLayer *
lstm_keras_layer_parse (KerasReader *reader, JsonNode *entry,
    const KerasLayer *parent, guint index, guint nesting, GError **error)
{
  g_autoptr (KerasLayer) layer = NULL;
  g_autofree gchar *where =
      parent != NULL
          ? g_strdup_printf ("layer %u of '%s'", index + 1,
                *parent->name != '\0' ? parent->name : parent->class_name)
          : g_strdup ("model_config");

  if (!JSON_NODE_HOLDS_OBJECT (entry)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "%s is %s; expected an object with class_name and config", where,
        lstm_keras_json_kind (entry));
    return NULL;
  }
  if (++reader->n_layers > LSTM_KERAS_MAX_CALLS) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT, "more than %d layers",
        LSTM_KERAS_MAX_CALLS);
    return NULL;
  }
  layer = layer_new (json_node_get_object (entry), where, error);
  if (layer == NULL || (parent == NULL && !check_whole_model (layer, error)))
    return NULL;
  if (*layer->name == '\0' && parent != NULL)
    layer->path = g_strdup_printf (
        "%s%s#%u", parent->path, *parent->path != '\0' ? "/" : "", index + 1);
  else if (parent != NULL && *parent->path != '\0')
    layer->path = g_strconcat (parent->path, "/", layer->name, NULL);
  else
    layer->path = g_strdup (parent != NULL ? layer->name : "");
  if (parent != NULL &&
      (!check_class (json_node_get_object (entry), layer, error) ||
          !check_shared_state (layer, error)))
    return NULL;
  return parse_kind (reader, layer, nesting, error) ? g_steal_pointer (&layer)
                                                    : NULL;
}

static gboolean
check_unique (const KerasLayer *model, GHashTable *names,
    const KerasLayer *layer, GError **error)
{
  if (*layer->name == '\0' || g_hash_table_add (names, layer->name))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "'%s' has two layers called '%s'; expected a name for each",
      *model->name != '\0' ? model->name : model->class_name, layer->name);
  return FALSE;
}

gboolean
lstm_keras_layers_parse (KerasReader *reader, KerasLayer *model,
    JsonArray *entries, guint nesting, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = json_array_get_length (entries);

  if (n == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "'%s' has no layers; expected at least one",
        *model->name != '\0' ? model->name : model->class_name);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    KerasLayer *layer = lstm_keras_layer_parse (
        reader, json_array_get_element (entries, i), model, i, nesting, error);

    if (layer == NULL)
      return FALSE;
    g_ptr_array_add (model->children, layer);
    if (!check_unique (model, names, layer, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
count_call (KerasReader *reader, GError **error)
{
  if (++reader->n_calls <= LSTM_KERAS_MAX_CALLS)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "more than %d calls of layers, models within the model counted as often "
      "as they are called",
      LSTM_KERAS_MAX_CALLS);
  return FALSE;
}

GArray *
lstm_keras_layer_call (KerasReader *reader, KerasLayer *layer,
    const GArray *inputs, const GArray *states, GError **error)
{
  const LstmValueId *values = (const LstmValueId *) (void *) inputs->data;

  if (!count_call (reader, error))
    return NULL;
  if (layer->kind == KERAS_LAYER)
    return lstm_model_builder_call (reader->builder, layer->layer, values,
        inputs->len, (const LstmValueId *) (void *) states->data, states->len,
        error);
  if (states->len > 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "model '%s' is called with an initial_state; only layers take one",
        layer->path);
    return NULL;
  }
  if (layer->kind == KERAS_DISTRIBUTED)
    return lstm_keras_distributed_call (reader, layer, inputs, error);
  if (layer->kind == KERAS_FUNCTIONAL)
    return lstm_keras_functional_call (reader, layer, inputs, error);
  if (inputs->len != 1) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "model '%s' is called with %u tensors; a Sequential takes one",
        layer->path, inputs->len);
    return NULL;
  }
  return lstm_keras_sequential_call (reader, layer, values[0], error);
}

gchar *
lstm_keras_model_get_name (JsonNode *config)
{
  JsonObject *root =
      JSON_NODE_HOLDS_OBJECT (config) ? json_node_get_object (config) : NULL;
  JsonNode *inner =
      root != NULL ? json_object_get_member (root, "config") : NULL;
  const gchar *name = NULL;

  if (inner != NULL && JSON_NODE_HOLDS_OBJECT (inner))
    name = lstm_keras_json_peek_text (json_node_get_object (inner), "name");
  if (name == NULL && root != NULL)
    name = lstm_keras_json_peek_text (root, "class_name");
  return g_strdup (name != NULL ? name : "model");
}

static void
reader_init (KerasReader *reader, LstmModelBuilder *builder)
{
  *reader = (KerasReader){ .builder = builder };
  reader->policies = lstm_keras_policies_new ();
  reader->layers = g_hash_table_new (NULL, NULL);
  reader->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  reader->masks =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
}

static void
reader_clear (KerasReader *reader)
{
  g_hash_table_unref (reader->policies);
  g_hash_table_unref (reader->layers);
  g_hash_table_unref (reader->texts);
  g_hash_table_unref (reader->masks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KerasReader, reader_clear)

KerasLayer *
lstm_keras_model_read (
    JsonNode *config, LstmModelBuilder *builder, GError **error)
{
  g_auto (KerasReader) reader = { 0 };
  g_autoptr (KerasLayer) model = NULL;
  gboolean ok;

  reader_init (&reader, builder);
  model = lstm_keras_layer_parse (&reader, config, NULL, 0, 0, error);
  if (model == NULL)
    return NULL;
  lstm_keras_dtype_note (&reader);
  ok = model->kind == KERAS_SEQUENTIAL
           ? lstm_keras_sequential_build (&reader, model, error)
           : lstm_keras_functional_build (&reader, model, error);
  return ok ? g_steal_pointer (&model) : NULL;
}
