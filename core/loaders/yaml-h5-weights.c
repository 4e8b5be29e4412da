/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keras's own files of weights for a model in YAML: it is made to look like the
 * config that they were written beside. */

#include "yaml-h5-weights.h"

#include "engine/graph.h"
#include "keras-h5-weights.h"
#include "keras-vars.h"

#include <string.h>

static KerasKind
kind_of (const YamlEntry *entry)
{
  switch (entry->kind) {
    case YAML_INPUT:
      return KERAS_INPUT;
    case YAML_MODEL:
      return strcmp (entry->class_name, "Sequential") == 0 ? KERAS_SEQUENTIAL
                                                           : KERAS_FUNCTIONAL;
    case YAML_DISTRIBUTED:
      return KERAS_DISTRIBUTED;
    default:
      return KERAS_LAYER;
  }
}

/* (transfer full): an entry as the Keras loader has it. */
static KerasLayer *
layer_new (const YamlEntry *entry)
{
  KerasLayer *layer = g_new0 (KerasLayer, 1);
  g_autoptr (GVariant) none = g_variant_ref_sink (
      g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));

  layer->kind = kind_of (entry);
  layer->class_name = g_strdup (entry->class_name);
  layer->name = g_strdup (entry->name);
  layer->path = g_strdup (entry->path);
  layer->layer = entry->layer;
  layer->config = json_gvariant_serialize (
      entry->layer != NULL ? entry->layer->config : none);
  if (entry->children == NULL)
    return layer;
  layer->children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_keras_layer_free);
  for (guint i = 0; i < entry->children->len; i++) {
    const YamlEntry *child = g_ptr_array_index (entry->children, i);

    if (child->kind != YAML_CALL)
      g_ptr_array_add (layer->children, layer_new (child));
  }
  return layer;
}

static gboolean
has_layers (LstmHdf5 *file, const gchar *group)
{
  return lstm_hdf5_has_attribute (file, group, "layer_names") ||
         lstm_hdf5_has_attribute (file, group, "layer_names0");
}

/* Groups are called by class and number, in the order of Keras's config. A list
 * of layers that follow one another has that order; a graph may have another,
 * and layers of one class would change places. A class that could, or NULL. */
static const gchar *
find_uncertain (const YamlEntry *model)
{
  g_autoptr (GHashTable) classes = g_hash_table_new (g_str_hash, g_str_equal);
  const gchar *twice = NULL, *inner = NULL;
  gboolean graph = FALSE;

  for (guint i = 0; i < model->children->len && inner == NULL; i++) {
    const YamlEntry *entry = g_ptr_array_index (model->children, i);

    graph = graph || entry->inputs != NULL;
    if (entry->children != NULL)
      inner = find_uncertain (entry);
    if (entry->kind != YAML_INPUT && entry->kind != YAML_CALL &&
        !g_hash_table_add (classes, (gpointer) entry->class_name))
      twice = entry->class_name;
  }
  return inner != NULL ? inner : graph ? twice : NULL;
}

static gboolean
read_by_place (const YamlEntry *model, LstmHdf5 *file, KerasLayer *layers,
    guint keras, gboolean allow_nan, GError **error)
{
  const gchar *class_name = find_uncertain (model);

  if (class_name == NULL)
    return lstm_keras_vars_read (file, layers, keras, allow_nan, error);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "has weights by class and place, and the model is a graph with several "
      "%s, whose places in Keras the YAML does not tell; expected a "
      ".safetensors file with the weights by name, or convert the whole model",
      class_name);
  return FALSE;
}

gboolean
lstm_yaml_h5_weights_read (const YamlEntry *model, const gchar *path,
    guint keras, gboolean allow_nan, GError **error)
{
  g_autoptr (KerasLayer) layers = layer_new (model);
  g_autoptr (LstmHdf5) file = lstm_hdf5_open (path, error);

  if (file == NULL)
    return FALSE;
  if (has_layers (file, ""))
    return lstm_keras_h5_read_weights (
        file, "", layers, keras, allow_nan, error);
  if (lstm_hdf5_has_object (file, LSTM_KERAS_H5_WEIGHTS))
    return lstm_keras_h5_read_weights (
        file, LSTM_KERAS_H5_WEIGHTS, layers, keras, allow_nan, error);
  if (lstm_hdf5_has_object (file, "layers") ||
      lstm_hdf5_has_object (file, "_layer_checkpoint_dependencies"))
    return read_by_place (model, file, layers, keras, allow_nan, error);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "is HDF5, but holds no weights of Keras: it has neither layer_names nor "
      "a group 'layers'; expected what model.save_weights() writes");
  return FALSE;
}
