/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-h5-weights.h"

#include "keras-weight.h"

/* The group of what belongs to the model itself and to no layer of it. */
#define TOP_LEVEL "top_level_model_weights"

/* One file on its way: @root is the group of what has the layers' groups. */
typedef struct {
  LstmHdf5 *file;
  const gchar *root;
  guint keras;
  gboolean allow_nan;
} Source;

static gchar *
join (const Source *source, const gchar *name)
{
  return *source->root != '\0' ? g_strjoin ("/", source->root, name, NULL)
                               : g_strdup (name);
}

/* Two weights of one name: Keras fails while it writes them, and leaves a file
 * that holds the first. */
static gboolean
check_names (gchar **names, const gchar *where, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; names[i] != NULL; i++) {
    if (g_hash_table_add (seen, names[i]))
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "%s has two weights '%s'; expected a name for each: give layers and "
        "cells names of their own, or save the model as .keras",
        where, names[i]);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_group (const Source *source, const KerasLayer *layer, const gchar *name,
    GError **error)
{
  g_autofree gchar *group = join (source, name);
  g_autofree gchar *where = g_strconcat ("/", group, NULL);
  g_autoptr (GArray) weights = lstm_keras_list_weights (layer);
  g_auto (GStrv) names =
      lstm_hdf5_get_strings (source->file, group, "weight_names", error);
  g_autofree guint *chosen = NULL;

  if (names == NULL || !check_names (names, where, error))
    return FALSE;
  chosen = lstm_keras_match (layer, weights, source->keras,
      (const gchar *const *) names, where, error);
  if (chosen == NULL)
    return FALSE;
  for (guint i = 0; i < weights->len; i++) {
    g_autofree gchar *dataset = g_strjoin ("/", group, names[chosen[i]], NULL);

    if (!lstm_keras_weight_read (source->file, dataset,
            &g_array_index (weights, KerasWeight, i), source->allow_nan, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_no_weights (const Source *source, const KerasLayer *layer, gchar **groups,
    GError **error)
{
  g_autoptr (GArray) weights = lstm_keras_list_weights (layer);
  g_autofree gchar *have = g_strjoinv (", ", groups);

  if (weights->len == 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "layer '%s' (%s) has %u weights, first '%s', and none are in the "
      "file; /%s has groups for: %s",
      layer->path, layer->class_name, weights->len,
      lstm_weight_get_name (g_array_index (weights, KerasWeight, 0).weight),
      source->root, *have != '\0' ? have : "nothing");
  return FALSE;
}

/* Groups that no layer of the model has taken must hold nothing. */
static gboolean
check_left_over (const Source *source, const gchar *name, GError **error)
{
  g_autofree gchar *group = join (source, name);
  g_auto (GStrv) names =
      lstm_hdf5_get_strings (source->file, group, "weight_names", error);

  if (names == NULL)
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++) {
    if (lstm_keras_is_no_weight (names[i]))
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "/%s has the weight '%s', but the model has no layer '%s'; config "
        "and weights are of different models: save the model again",
        group, names[i], name);
    return FALSE;
  }
  return TRUE;
}

/* The group of a layer: its name or, where the config gives none (a Sequential
 * of Keras 2.0 within another), by its place, InputLayers left out. */
static const gchar *
find_group (const KerasLayer *model, guint index, gchar **groups)
{
  const KerasLayer *layer = g_ptr_array_index (model->children, index);
  guint place = 0;

  if (*layer->name != '\0')
    return g_strv_contains ((const gchar *const *) groups, layer->name)
               ? layer->name
               : NULL;
  for (guint i = 0; i < index; i++) {
    const KerasLayer *before = g_ptr_array_index (model->children, i);

    place += before->kind != KERAS_INPUT;
  }
  return place < g_strv_length (groups) ? groups[place] : NULL;
}

static gboolean
read_layers (const Source *source, const KerasLayer *model, gchar **groups,
    GHashTable *taken, GError **error)
{
  for (guint i = 0; i < model->children->len; i++) {
    const KerasLayer *layer = g_ptr_array_index (model->children, i);
    const gchar *group = find_group (model, i, groups);
    gboolean ok;

    if (layer->kind == KERAS_INPUT)
      continue;
    if (group != NULL)
      g_hash_table_add (taken, (gpointer) group);
    ok = group != NULL ? read_group (source, layer, group, error)
                       : check_no_weights (source, layer, groups, error);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

gboolean
lstm_keras_h5_read_weights (LstmHdf5 *file, const gchar *root,
    KerasLayer *model, guint keras, gboolean allow_nan, GError **error)
{
  const Source source = { file, root, keras, allow_nan };
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree gchar *top = join (&source, TOP_LEVEL);
  g_auto (GStrv) groups = NULL;

  if (*root != '\0' && !lstm_hdf5_has_object (file, root)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "has the layers of a model, but no readable /%s; expected a model "
        "saved with model.save(\"model.h5\")",
        root);
    return FALSE;
  }
  groups = lstm_hdf5_get_strings (file, root, "layer_names", error);
  if (groups == NULL || !read_layers (&source, model, groups, taken, error))
    return FALSE;
  for (guint i = 0; groups[i] != NULL; i++) {
    if (!g_hash_table_contains (taken, groups[i]) &&
        !check_left_over (&source, groups[i], error))
      return FALSE;
  }
  return !lstm_hdf5_has_object (file, top) ||
         check_left_over (&source, TOP_LEVEL, error);
}
