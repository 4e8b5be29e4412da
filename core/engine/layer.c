/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layer.h"

#include "engine/layers/layers.h"

#include <string.h>

#define CLASS_ADDRESS(symbol) &symbol,
static const LstmLayerClass *const classes[] = { LSTM_LAYER_CLASSES (
    CLASS_ADDRESS) };

const LstmLayerClass *
lstm_layer_class_find (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (strcmp (classes[i]->name, name) == 0)
      return classes[i];
  return NULL;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/**
 * lstm_list_layer_classes:
 *
 * Returns: (transfer full) (array zero-terminated=1): Keras's names of the
 * layer classes that lstm_model_builder_add_layer() knows, in alphabetical
 * order
 */
gchar **
lstm_list_layer_classes (void)
{
  guint n = G_N_ELEMENTS (classes);
  gchar **names = g_new0 (gchar *, n + 1);

  for (guint i = 0; i < n; i++)
    names[i] = g_strdup (classes[i]->name);
  qsort (names, n, sizeof (gchar *), compare_names);
  return names;
}

static void
set_unknown_class (GError **error, const gchar *class_name, const gchar *name)
{
  g_auto (GStrv) known = lstm_list_layer_classes ();
  g_autofree gchar *list = g_strjoinv (", ", known);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "layer '%s': %s is not a layer that we know; we know: %s. Replace it in "
      "the model with layers of these, or compute it before or after the model",
      name, class_name, list);
}

static void
weight_free (gpointer data)
{
  LstmWeight *weight = data;

  g_free (weight->name);
  g_clear_pointer (&weight->owner, g_bytes_unref);
  g_free (weight);
}

void
lstm_layer_free (LstmLayer *layer)
{
  if (layer->klass->clear)
    layer->klass->clear (layer);
  g_ptr_array_unref (layer->weights);
  g_ptr_array_unref (layer->children);
  g_variant_unref (layer->config);
  g_free (layer->asked);
  g_free (layer->options);
  g_free (layer->weight_prefix);
  g_free (layer->name);
  g_free (layer);
}

/* Reads the config into the options of a new layer. @notes gets what the user
 * should know; where it is NULL, keys that are not known are errors. */
LstmLayer *
lstm_layer_new (const gchar *class_name, const gchar *name, GVariant *config,
    guint keras, GPtrArray *notes, GError **error)
{
  const LstmLayerClass *klass = lstm_layer_class_find (class_name);

  if (klass)
    return lstm_layer_new_of_class (klass, name, config, keras, notes, error);
  set_unknown_class (error, class_name, name);
  return NULL;
}

LstmLayer *
lstm_layer_new_of_class (const LstmLayerClass *klass, const gchar *name,
    GVariant *config, guint keras, GPtrArray *notes, GError **error)
{
  LstmLayer *layer = g_new0 (LstmLayer, 1);
  LstmOptions options;

  layer->klass = klass;
  layer->name = g_strdup (name);
  layer->config = g_variant_ref_sink (config);
  layer->options = g_malloc0 (MAX (klass->options_size, 1));
  layer->weights = g_ptr_array_new_with_free_func (weight_free);
  layer->children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_layer_free);

  lstm_options_init (
      &options, layer->config, klass->name, layer->name, keras, notes);
  if (klass->configure)
    klass->configure (layer, &options);
  layer->asked =
      (const gchar **) g_hash_table_get_keys_as_array (options.seen, NULL);
  if (!lstm_options_finish (&options, klass->idle_keys, error)) {
    lstm_layer_free (layer);
    return NULL;
  }
  return layer;
}

void
lstm_layer_add_child (
    LstmLayer *layer, LstmLayer *child, const gchar *weight_prefix)
{
  child->weight_prefix = g_strdup (weight_prefix);
  child->parent = layer;
  g_ptr_array_add (layer->children, child);
}

LstmLayer *
lstm_layer_add_helper (
    LstmLayer *layer, const LstmLayerClass *klass, GVariant *config)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *name = g_strdup_printf ("%s/%s", layer->name, klass->name);
  LstmLayer *helper;

  if (!config)
    config = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  helper = lstm_layer_new_of_class (klass, name, config, 3, notes, NULL);
  g_assert (helper != NULL);
  lstm_layer_add_child (layer, helper, NULL);
  return helper;
}

/* Prefixes of all wrappers, from the outermost inwards. */
static void
append_prefix (GString *name, const LstmLayer *layer)
{
  if (layer->parent)
    append_prefix (name, layer->parent);
  if (layer->weight_prefix)
    g_string_append (name, layer->weight_prefix);
}

static gchar *
weight_name (const LstmLayer *layer, const gchar *name)
{
  GString *full = g_string_new (NULL);

  append_prefix (full, layer);
  g_string_append (full, name);
  return g_string_free (full, FALSE);
}

void
lstm_layer_declare_weight (LstmLayer *layer, const gchar *name, LstmShape shape)
{
  LstmWeight *weight;

  if (layer->built) {
    weight = g_ptr_array_index (layer->weights, layer->n_declared++);
    if (!lstm_shape_equal (&weight->shape, &shape))
      layer->mismatch = TRUE;
    return;
  }
  weight = g_new0 (LstmWeight, 1);
  weight->name = weight_name (layer, name);
  weight->shape = shape;
  weight->layer = layer;
  g_ptr_array_add (layer->weights, weight);
}

/* A weight of an unknown size, or of more than 2^31 numbers, cannot be. */
static gboolean
check_weight_sizes (LstmLayer *layer, GError **error)
{
  for (guint i = 0; i < layer->weights->len; i++) {
    LstmWeight *weight = g_ptr_array_index (layer->weights, i);
    gint64 n = lstm_shape_count (&weight->shape);

    if (n < 0 || n > G_MAXINT32) {
      g_autofree gchar *shape = lstm_shape_to_string (&weight->shape);

      return lstm_shape_error (error, layer,
          "its weight '%s' would have shape %s: the last axis of the input "
          "must "
          "be known, and a weight hold at most 2^31 - 1 numbers",
          weight->name, shape);
    }
  }
  return TRUE;
}

gboolean
lstm_layer_build (
    LstmLayer *layer, const LstmInference *inference, GError **error)
{
  layer->n_declared = 0;
  layer->mismatch = FALSE;
  if (layer->klass->build && !layer->klass->build (layer, inference, error))
    return FALSE;
  if (layer->mismatch) {
    g_autofree gchar *shape =
        lstm_shape_to_batch_string (&inference->inputs[0].shape, -1);

    return lstm_shape_error (error, layer,
        "it is called a second time, on %s, which its weights do not fit: both "
        "calls must have the same number of features",
        shape);
  }
  layer->built = TRUE;
  return check_weight_sizes (layer, error);
}

const gfloat *
lstm_layer_weight_data (const LstmLayer *layer, guint i)
{
  const LstmWeight *weight = g_ptr_array_index (layer->weights, i);

  return weight->data;
}

/* Weights are found through a layer and then its children, in Keras's order. */
static LstmWeight *
nth_weight (const LstmLayer *layer, guint *i)
{
  if (*i < layer->weights->len)
    return g_ptr_array_index (layer->weights, *i);
  *i -= layer->weights->len;
  for (guint k = 0; k < layer->children->len; k++) {
    LstmWeight *weight = nth_weight (g_ptr_array_index (layer->children, k), i);

    if (weight)
      return weight;
  }
  return NULL;
}

/**
 * lstm_layer_get_n_weights:
 * @layer: a layer that was called at least once
 *
 * Returns: how many weights the layer has, those of layers that it wraps
 *   included; 0 before its first call
 */
guint
lstm_layer_get_n_weights (const LstmLayer *layer)
{
  guint n = layer->weights->len;

  for (guint i = 0; i < layer->children->len; i++)
    n += lstm_layer_get_n_weights (g_ptr_array_index (layer->children, i));
  return n;
}

/**
 * lstm_layer_get_weight:
 * @layer: a layer
 * @i: which, below lstm_layer_get_n_weights(); the order is Keras's
 *
 * Returns: (transfer none): the weight
 */
LstmWeight *
lstm_layer_get_weight (LstmLayer *layer, guint i)
{
  return nth_weight (layer, &i);
}

/**
 * lstm_layer_get_name:
 * @layer: a layer
 *
 * Returns: (transfer none): the layer's name in its model
 */
const gchar *
lstm_layer_get_name (const LstmLayer *layer)
{
  return layer->name;
}

/**
 * lstm_layer_get_class_name:
 * @layer: a layer
 *
 * Returns: (transfer none): Keras's name of its class, such as `LSTM`
 */
const gchar *
lstm_layer_get_class_name (const LstmLayer *layer)
{
  return layer->klass->name;
}

gboolean
lstm_shape_error (
    GError **error, const LstmLayer *layer, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE, "layer '%s' (%s): %s",
      layer->name, layer->klass->name, text);
  return FALSE;
}

gboolean
lstm_infer_same (
    const LstmLayer *layer, LstmInference *inference, GError **error)
{
  inference->n_outputs = 1;
  inference->outputs[0] = inference->inputs[0];
  return TRUE;
}

void
lstm_infer_whole (LstmInference *inference, const gchar *why)
{
  inference->needs_window = why;
  inference->frames = (LstmFrames){ 1, 1, LSTM_FRAMES_ALL, LSTM_FRAMES_ALL };
}

void
lstm_infer_window (LstmInference *inference, const gchar *why, gint64 out)
{
  inference->needs_window = why;
  inference->frames =
      (LstmFrames){ 0, (guint) out, LSTM_FRAMES_ALL, LSTM_FRAMES_ALL };
}
