/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-vars.h"

#include "keras-groups.h"
#include "keras-json.h"
#include "keras-weight.h"

#include <string.h>

/* What groups of a model's layers stand in, by version. */
#define LAYERS "layers"
#define OLD_LAYERS "_layer_checkpoint_dependencies" /* 2.12, 2.13 */

/* Groups and datasets looked at, in all and within one another. */
#define MAX_OBJECTS 262144
#define MAX_DEPTH 160

typedef struct {
  LstmHdf5 *file;
  guint keras;
  gboolean allow_nan;
  const gchar *container; /* LAYERS or OLD_LAYERS */
  GHashTable *used;       /* paths of datasets that a layer has */
  GHashTable *shared;     /* shared_id -> path of the layer's group */
  GHashTable *plain;      /* class and name -> path, of layers without that */
  guint n_objects;
} Vars;

static void
vars_init (Vars *v, LstmHdf5 *file, guint keras, gboolean allow_nan)
{
  *v = (Vars){ .file = file, .keras = keras, .allow_nan = allow_nan };
  v->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  v->shared =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  v->plain = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
vars_clear (Vars *v)
{
  g_hash_table_unref (v->used);
  g_hash_table_unref (v->shared);
  g_hash_table_unref (v->plain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Vars, vars_clear)

/* ---- a layer ---- */

static const gchar *
base_of (const gchar *name)
{
  const gchar *slash = strrchr (name, '/');

  return slash != NULL ? slash + 1 : name;
}

/* Whether a weight is the first of another cell than the ones before it: the
 * names of a cell's weights have the same beginning, and differ. */
static gboolean
begins_group (const GArray *weights, guint first, guint i)
{
  const gchar *name =
      lstm_weight_get_name (g_array_index (weights, KerasWeight, i).weight);
  gsize folder = (gsize) (base_of (name) - name);

  for (guint k = first; k < i; k++) {
    const gchar *before =
        lstm_weight_get_name (g_array_index (weights, KerasWeight, k).weight);

    if ((gsize) (base_of (before) - before) != folder ||
        strncmp (before, name, folder) != 0 || strcmp (before, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
set_missing (const Vars *v, const KerasWeight *weight, const gchar *dataset,
    const gchar *group, GError **error)
{
  g_autofree gchar *shape =
      lstm_shape_to_string (lstm_weight_get_shape (weight->weight));
  g_auto (GStrv) names = lstm_hdf5_has_object (v->file, group)
                             ? lstm_hdf5_list (v->file, group, NULL)
                             : NULL;
  g_autofree gchar *have = names != NULL ? g_strjoinv (", ", names) : NULL;

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "layer '%s' (%s): weight '%s' %s is not in the file: /%s is not there, "
      "and /%s %s%s; config and weights are of different models: save the "
      "model again, as .h5 if the layer stands in several models",
      weight->layer->path, weight->layer->class_name,
      lstm_weight_get_name (weight->weight), shape, dataset, group,
      names == NULL   ? "is no group"
      : *have == '\0' ? "is empty"
                      : "has ",
      have != NULL ? have : "");
  return FALSE;
}

static gboolean
read_variable (Vars *v, const KerasGroup *group, guint number,
    const KerasWeight *weight, GError **error)
{
  g_autofree gchar *folder = g_strconcat (group->path, "/vars", NULL);
  g_autofree gchar *dataset = g_strdup_printf ("%s/%u", folder, number);

  if (!lstm_hdf5_has_object (v->file, dataset))
    return set_missing (v, weight, dataset, folder, error);
  if (!lstm_keras_weight_read (v->file, dataset, weight, v->allow_nan, error))
    return FALSE;
  g_hash_table_add (v->used, g_steal_pointer (&dataset));
  return TRUE;
}

/* Normalization's third variable says how many samples it has seen. */
static void
pass_over_count (Vars *v, const GArray *groups)
{
  for (guint i = 0; i < groups->len; i++) {
    const KerasGroup *group = &g_array_index (groups, KerasGroup, i);

    if (strcmp (group->class_name, "Normalization") == 0)
      g_hash_table_add (v->used, g_strconcat (group->path, "/vars/2", NULL));
  }
}

static gboolean
read_layer (Vars *v, const KerasLayer *layer, const gchar *path, GError **error)
{
  g_autoptr (GArray) weights = lstm_keras_list_weights (layer);
  g_autoptr (GArray) groups = lstm_keras_layer_groups (layer, path);
  guint first = 0, group = 0;

  pass_over_count (v, groups);
  for (guint i = 0; i < weights->len; i++) {
    if (i > first && begins_group (weights, first, i)) {
      first = i;
      group++;
    }
    if (group >= groups->len) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "layer '%s' (%s) has %u weights, and its config names %u cells for "
          "them; the file is damaged: save the model again",
          layer->path, layer->class_name, weights->len, groups->len);
      return FALSE;
    }
    if (!read_variable (v, &g_array_index (groups, KerasGroup, group),
            i - first, &g_array_index (weights, KerasWeight, i), error))
      return FALSE;
  }
  return TRUE;
}

/* ---- models ---- */

static gboolean
has_variables (const KerasLayer *layer)
{
  g_autoptr (GArray) weights = lstm_keras_list_weights (layer);

  return weights->len > 0;
}

/* Keras 3 gives a layer that stands in several models an id in all places but
 * the first, and stores its variables there alone (Keras 3.15 itself does not
 * find them again): the one layer of that class and name that has no id. */
static void
find_first_place (Vars *v, const KerasLayer *layer, gchar **path)
{
  g_autofree gchar *key =
      g_strconcat (layer->class_name, "/", layer->name, NULL);
  const gchar *first = g_hash_table_lookup (v->plain, key);

  if (layer->shared_id == 0) {
    g_hash_table_insert (v->plain, g_steal_pointer (&key),
        g_strdup (first == NULL ? *path : ""));
  } else if (first != NULL && *first != '\0' &&
             !lstm_hdf5_has_object (v->file, *path)) {
    g_free (*path);
    *path = g_strdup (first);
  }
}

/* The group of a layer; that of its first place, if it stands in several
 * models: its variables are stored but once. Keras 2.12 and 2.13 count a layer
 * that has variables twice, and Keras 2.14 and 2.15 one that was there before
 * not at all.
 */
static gchar *
find_path (Vars *v, GHashTable *counts, const KerasLayer *layer,
    const gchar *container)
{
  const gchar *class_name = layer->class_name;
  const gchar *known = layer->shared_id != 0
                           ? g_hash_table_lookup (v->shared, &layer->shared_id)
                           : NULL;
  g_autofree gchar *name = NULL;
  gchar *path;

  if (known != NULL && v->keras < 3 && strcmp (v->container, LAYERS) == 0)
    return g_strdup (known);
  name = lstm_keras_group_name (counts, class_name);
  if (strcmp (v->container, OLD_LAYERS) == 0 && has_variables (layer))
    g_free (lstm_keras_group_name (counts, class_name));
  if (known != NULL)
    return g_strdup (known);
  path = g_strjoin ("/", container, name, NULL);
  find_first_place (v, layer, &path);
  if (layer->shared_id != 0)
    g_hash_table_insert (v->shared,
        g_memdup2 (&layer->shared_id, sizeof layer->shared_id),
        g_strdup (path));
  return path;
}

static gboolean read_any (
    Vars *v, const KerasLayer *layer, const gchar *path, GError **error);

static gboolean
read_model (Vars *v, const KerasLayer *model, const gchar *path, GError **error)
{
  g_autoptr (GHashTable) counts = lstm_keras_group_counts_new ();
  g_autofree gchar *container =
      g_strconcat (path, *path != '\0' ? "/" : "", v->container, NULL);

  for (guint i = 0; i < model->children->len; i++) {
    const KerasLayer *layer = g_ptr_array_index (model->children, i);
    g_autofree gchar *group = NULL;

    if (layer->kind == KERAS_INPUT || layer->kind == KERAS_OPERATION)
      continue;
    group = find_path (v, counts, layer, container);
    if (!read_any (v, layer, group, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_any (Vars *v, const KerasLayer *layer, const gchar *path, GError **error)
{
  g_autofree gchar *inner = NULL;

  if (layer->kind == KERAS_LAYER)
    return read_layer (v, layer, path, error);
  if (layer->kind != KERAS_DISTRIBUTED)
    return read_model (v, layer, path, error);
  inner = g_strconcat (path, "/layer", NULL);
  return read_any (v, g_ptr_array_index (layer->children, 0), inner, error);
}

/* ---- what is left over ---- */

/* What compiled models have beside their layers. */
static gboolean
is_of_training (const gchar *name)
{
  static const gchar *const names[] = { "optimizer", "metrics", "_metrics",
    "loss_tracker", "_loss_tracker", "compiled_metrics", "_compile_metrics",
    "_compile_loss", NULL };

  return g_strv_contains (names, name);
}

static gboolean check_children (
    Vars *v, const gchar *group, gchar **names, guint depth, GError **error);

static gboolean
check_object (Vars *v, const gchar *path, guint depth, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_auto (GStrv) names = lstm_hdf5_list (v->file, path, &problem);
  g_autofree gchar *shape_text = NULL;
  LstmShape shape;

  if (names != NULL)
    return check_children (v, path, names, depth + 1, error);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (g_hash_table_contains (v->used, path))
    return TRUE;
  if (lstm_hdf5_get_shape (v->file, path, &shape, NULL))
    shape_text = lstm_shape_to_string (&shape);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "has the weight /%s %s, which no layer of the model uses; config and "
      "weights are of different models, or the layer is of a version that we "
      "do not know: save the model again",
      path, shape_text != NULL ? shape_text : "of an unknown shape");
  return FALSE;
}

static gboolean
check_children (
    Vars *v, const gchar *group, gchar **names, guint depth, GError **error)
{
  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree gchar *path =
        g_strconcat (group, *group != '\0' ? "/" : "", names[i], NULL);

    if ((depth == 0 && is_of_training (names[i])) ||
        g_str_has_prefix (names[i], "seed_generator"))
      continue;
    if (depth >= MAX_DEPTH || ++v->n_objects > MAX_OBJECTS) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "/%s: more than %d groups within one another, or %d groups and "
          "weights in all; the file is damaged: save the model again",
          path, MAX_DEPTH, MAX_OBJECTS);
      return FALSE;
    }
    if (!check_object (v, path, depth, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_left_over (Vars *v, GError **error)
{
  g_auto (GStrv) names = lstm_hdf5_list (v->file, "", error);

  return names != NULL && check_children (v, "", names, 0, error);
}

gboolean
lstm_keras_vars_read (LstmHdf5 *file, KerasLayer *model, guint keras,
    gboolean allow_nan, GError **error)
{
  g_auto (Vars) v = { 0 };

  vars_init (&v, file, keras, allow_nan);
  v.container = !lstm_hdf5_has_object (file, LAYERS) &&
                        lstm_hdf5_has_object (file, OLD_LAYERS)
                    ? OLD_LAYERS
                    : LAYERS;
  return read_model (&v, model, "", error) && check_left_over (&v, error);
}
