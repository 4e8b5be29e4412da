/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-h5-weights.h"

#include "keras-match.h"

#define WEIGHTS "model_weights"

/* The group of what belongs to the model itself and to no layer of it. */
#define TOP_LEVEL "top_level_model_weights"

static gboolean
check_shape (LstmHdf5 *file, const KerasWeight *weight, const gchar *dataset,
    GError **error)
{
  const LstmShape *want = lstm_weight_get_shape (weight->weight);
  g_autofree gchar *want_text = lstm_shape_to_string (want);
  g_autofree gchar *have_text = NULL;
  LstmShape have;

  if (!lstm_hdf5_get_shape (file, dataset, &have, error))
    return FALSE;
  if (lstm_shape_equal (&have, want))
    return TRUE;
  have_text = lstm_shape_to_string (&have);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "layer '%s' (%s): weight '%s' has shape %s in the file (/%s), but "
      "by the layer's config and input it is %s; config and weights are of "
      "different models: save the model again",
      weight->layer->path, weight->layer->class_name,
      lstm_weight_get_name (weight->weight), have_text, dataset, want_text);
  return FALSE;
}

/* The shape is compared before anything is allocated by the file's word. */
static gboolean
read_weight (LstmHdf5 *file, const gchar *group, const gchar *name,
    const KerasWeight *weight, GError **error)
{
  g_autofree gchar *dataset = g_strjoin ("/", group, name, NULL);
  const LstmShape *shape = lstm_weight_get_shape (weight->weight);
  g_autofree gfloat *values = NULL;

  if (!check_shape (file, weight, dataset, error))
    return FALSE;
  values = lstm_hdf5_read_floats (file, dataset, shape, error);
  return values != NULL &&
         lstm_weight_set (weight->weight, shape, values, error);
}

static gboolean
read_group (
    LstmHdf5 *file, const KerasLayer *layer, const gchar *name, GError **error)
{
  g_autofree gchar *group = g_strjoin ("/", WEIGHTS, name, NULL);
  g_autofree gchar *where = g_strconcat ("/", group, NULL);
  g_autoptr (GArray) weights = lstm_keras_list_weights (layer);
  g_auto (GStrv) names =
      lstm_hdf5_get_strings (file, group, "weight_names", error);
  g_autofree guint *chosen = NULL;

  if (names == NULL)
    return FALSE;
  chosen = lstm_keras_match (
      layer, weights, (const gchar *const *) names, where, error);
  if (chosen == NULL)
    return FALSE;
  for (guint i = 0; i < weights->len; i++) {
    if (!read_weight (file, group, names[chosen[i]],
            &g_array_index (weights, KerasWeight, i), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_no_weights (const KerasLayer *layer, gchar **groups, GError **error)
{
  g_autoptr (GArray) weights = lstm_keras_list_weights (layer);
  g_autofree gchar *have = g_strjoinv (", ", groups);

  if (weights->len == 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "layer '%s' (%s) has %u weights, first '%s', and none are in the "
      "file; /" WEIGHTS " has groups for: %s",
      layer->path, layer->class_name, weights->len,
      lstm_weight_get_name (g_array_index (weights, KerasWeight, 0).weight),
      *have != '\0' ? have : "nothing");
  return FALSE;
}

/* Groups that no layer of the model has taken must hold nothing. */
static gboolean
check_left_over (LstmHdf5 *file, const gchar *name, GError **error)
{
  g_autofree gchar *group = g_strjoin ("/", WEIGHTS, name, NULL);
  g_auto (GStrv) names =
      lstm_hdf5_get_strings (file, group, "weight_names", error);

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
read_layers (LstmHdf5 *file, const KerasLayer *model, gchar **groups,
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
    ok = group != NULL ? read_group (file, layer, group, error)
                       : check_no_weights (layer, groups, error);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

gboolean
lstm_keras_h5_read_weights (LstmHdf5 *file, KerasLayer *model, GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) groups = NULL;

  if (!lstm_hdf5_has_object (file, WEIGHTS)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "has the layers of a model, but no readable /" WEIGHTS
        "; expected a model "
        "saved with model.save(\"model.h5\")");
    return FALSE;
  }
  groups = lstm_hdf5_get_strings (file, WEIGHTS, "layer_names", error);
  if (groups == NULL || !read_layers (file, model, groups, taken, error))
    return FALSE;
  for (guint i = 0; groups[i] != NULL; i++) {
    if (!g_hash_table_contains (taken, groups[i]) &&
        !check_left_over (file, groups[i], error))
      return FALSE;
  }
  if (lstm_hdf5_has_object (file, WEIGHTS "/" TOP_LEVEL))
    return check_left_over (file, TOP_LEVEL, error);
  return TRUE;
}
