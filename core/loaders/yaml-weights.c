/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "yaml-weights.h"

#include "engine/layer.h"
#include "files/tensor-map.h"
#include "loader.h"
#include "weight-finite.h"
#include "weight-names.h"
#include "yaml-h5-weights.h"

#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

/* A file's tensors on their way into the model. */
typedef struct {
  LstmTensorMap *map;
  gchar *path;
  gchar **names; /* of all tensors */
  gboolean allow_nan;
} Source;

static void
source_clear (Source *source)
{
  g_clear_pointer (&source->map, lstm_tensor_map_free);
  g_clear_pointer (&source->names, g_strfreev);
  g_clear_pointer (&source->path, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

/* @places: layers -> the entries that they are of. */
static void
append_weights (const YamlEntry *entry, GPtrArray *weights, GHashTable *places)
{
  guint n = entry->layer != NULL ? lstm_layer_get_n_weights (entry->layer) : 0;

  for (guint i = 0; i < n; i++) {
    LstmWeight *weight = lstm_layer_get_weight (entry->layer, i);

    g_ptr_array_add (weights, weight);
    g_hash_table_insert (places, weight, (gpointer) entry);
  }
  for (guint i = 0; entry->children != NULL && i < entry->children->len; i++)
    append_weights (g_ptr_array_index (entry->children, i), weights, places);
}

static gboolean
check_tensor (const Source *source, const LstmSafetensorsEntry *tensor,
    const LstmWeight *weight, const YamlEntry *entry, GError **error)
{
  static const gchar *const expected = "F16, BF16, F32 or F64";
  g_autofree gchar *want = lstm_shape_to_string (&weight->shape);
  g_autofree gchar *have = NULL;
  LstmShape shape = { .rank = MIN (tensor->rank, LSTM_MAX_RANK) };

  memcpy (shape.dims, tensor->shape, shape.rank * sizeof *shape.dims);
  have = lstm_shape_to_string (&shape);
  if (tensor->rank > LSTM_MAX_RANK ||
      !lstm_shape_equal (&shape, &weight->shape)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "layer '%s' (%s): weight '%s' has shape %s in %s ('%s'), but by the "
        "layer's options and input it is %s",
        entry->path, entry->class_name, weight->name, have, source->path,
        tensor->name, want);
    return FALSE;
  }
  if (lstm_dtype_is_float (tensor->dtype))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
      "layer '%s' (%s): weight '%s' has whole numbers in %s ('%s', dtype %s), "
      "expected dtype %s; quantised weights are not read: save it as it was "
      "before",
      entry->path, entry->class_name, weight->name, source->path, tensor->name,
      lstm_dtype_get_name (tensor->dtype), expected);
  return FALSE;
}

static gboolean
set_weight (const Source *source, guint i, LstmWeight *weight,
    const YamlEntry *entry, GError **error)
{
  const LstmSafetensorsEntry *tensor = lstm_tensor_map_get (source->map, i);
  g_autoptr (GBytes) bytes = NULL;

  if (!check_tensor (source, tensor, weight, entry, error))
    return FALSE;
  bytes = lstm_tensor_map_get_floats (source->map, i);
  if (!source->allow_nan &&
      !lstm_weight_check_finite (weight, entry->path, entry->class_name,
          g_bytes_get_data (bytes, NULL), tensor->name, error))
    return FALSE;
  return lstm_weight_set_bytes (weight, &weight->shape, bytes, error);
}

/* How many samples a Normalization has seen is no weight. */
static gboolean
is_count (const gchar *name, GPtrArray *weights)
{
  const gchar *slash = strrchr (name, '/');

  if (strcmp (slash != NULL ? slash + 1 : name, "count") != 0)
    return FALSE;
  for (guint i = 0; i < weights->len; i++) {
    const LstmWeight *weight = g_ptr_array_index (weights, i);

    if (strcmp (weight->layer->klass->name, "Normalization") == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
check_all_used (const Source *source, GPtrArray *weights, const guint *chosen,
    GError **error)
{
  g_autofree gboolean *used =
      g_new0 (gboolean, lstm_tensor_map_get_n (source->map) + 1);

  for (guint i = 0; i < weights->len; i++)
    used[chosen[i]] = TRUE;
  for (guint i = 0; source->names[i] != NULL; i++) {
    const gchar *name = source->names[i];

    if (used[i] || lstm_weight_name_is_idle (name) || is_count (name, weights))
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS,
        "%s has the tensor '%s', which no layer of the model uses; expected "
        "weights of these layers, and beside them those of an optimizer, of "
        "metrics or seeds at most",
        source->path, name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
set_weights (const Source *source, GPtrArray *weights, GHashTable *places,
    const LstmYamlNode *node, GError **error)
{
  LstmWeight *failed = NULL;
  g_autofree guint *chosen = lstm_weight_names_match (weights,
      (const gchar *const *) source->names, source->path, &failed, error);

  if (chosen == NULL) {
    const YamlEntry *entry = g_hash_table_lookup (places, failed);

    return lstm_yaml_locate (entry->place, NULL, error);
  }
  for (guint i = 0; i < weights->len; i++) {
    LstmWeight *weight = g_ptr_array_index (weights, i);
    const YamlEntry *entry = g_hash_table_lookup (places, weight);

    if (!set_weight (source, chosen[i], weight, entry, error))
      return lstm_yaml_locate (entry->place, NULL, error);
  }
  return check_all_used (source, weights, chosen, error) ||
         lstm_yaml_locate (node, NULL, error);
}

static gboolean
open_source (Source *source, const LstmYamlNode *node, GError **error)
{
  guint n;

  source->map = lstm_tensor_map_open (source->path, error);
  if (source->map == NULL)
    return lstm_yaml_locate (node, NULL, error);
  n = lstm_tensor_map_get_n (source->map);
  source->names = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < n; i++)
    source->names[i] = g_strdup (lstm_tensor_map_get (source->map, i)->name);
  return TRUE;
}

static gboolean
fail_no_file (
    const YamlEntry *model, const LstmWeight *weight, guint n, GError **error)
{
  return lstm_yaml_fail (model->place, error,
      "the model has %u weights, first '%s' of layer '%s'; expected weights: "
      "and a .safetensors, .h5 or .weights.h5 file that has them",
      n, weight->name, weight->layer->name);
}

static gboolean
is_h5 (const gchar *path)
{
  guint8 head[LSTM_SNIFF_BYTES] = { 0 };
  FILE *file =
      g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_fopen (path, "rbe") : NULL;
  gsize size;

  if (file == NULL)
    return FALSE;
  size = fread (head, 1, sizeof head, file);
  fclose (file);
  return lstm_sniff_hdf5 (head, size);
}

static gboolean
read_h5 (const YamlEntry *model, const Source *source, guint keras,
    const LstmYamlNode *node, GError **error)
{
  if (lstm_yaml_h5_weights_read (
          model, source->path, keras, source->allow_nan, error))
    return TRUE;
  g_prefix_error (error, "%s: ", source->path);
  return lstm_yaml_locate (node, NULL, error);
}

gboolean
lstm_yaml_weights_read (const YamlEntry *model, const LstmYamlNode *node,
    guint keras, gboolean allow_nan, GError **error)
{
  g_autoptr (GPtrArray) weights = g_ptr_array_new ();
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  g_auto (Source) source = { .allow_nan = allow_nan };

  append_weights (model, weights, places);
  if (node == NULL)
    return weights->len == 0 ||
           fail_no_file (
               model, g_ptr_array_index (weights, 0), weights->len, error);
  source.path = lstm_yaml_read_path (node, "weights", error);
  if (source.path == NULL)
    return FALSE;
  if (is_h5 (source.path))
    return read_h5 (model, &source, keras, node, error);
  return open_source (&source, node, error) &&
         set_weights (&source, weights, places, node, error);
}
