/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "save/yaml-options.h"

#include "engine/layer.h"

#include <lstm/error.h>
#include <math.h>

/* One layer on its way; its cells and what it wraps included. */
typedef struct {
  LstmYamlText *text;
  const LstmLayer *layer;
  GHashTable *asked; /* keys that any of its classes reads; borrowed */
} Writer;

static gboolean write_value (
    const Writer *w, const gchar *key, GVariant *value, GError **error);

static void
collect (const LstmLayer *layer, GHashTable *asked)
{
  for (const gchar **key = layer->asked; *key != NULL; key++)
    g_hash_table_add (asked, (gpointer) *key);
  for (guint i = 0; i < layer->children->len; i++)
    collect (g_ptr_array_index (layer->children, i), asked);
}

/* What every class of Keras takes for granted, whatever its version; those of
 * TensorFlow 1, in lower case, have defaults of their own. */
static gboolean
is_default (const LstmLayer *layer, const gchar *key, GVariant *value)
{
  static const gchar *const off[] = { "go_backwards", "return_sequences",
    "return_state", "stateful", "unroll", "zero_output_for_mask", "mask_zero",
    "keepdims", NULL };
  static const gchar *const on[] = { "use_bias", "center", "scale", NULL };

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) ||
      !g_ascii_isupper (layer->klass->name[0]))
    return FALSE;
  return g_strv_contains (g_variant_get_boolean (value) ? on : off, key);
}

/* ---- values ---- */

static gboolean
write_number (const Writer *w, const gchar *key, gdouble number, GError **error)
{
  if (isfinite (number)) {
    lstm_yaml_text_add_number (w->text, number);
    return TRUE;
  }
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "layer '%s': its option '%s' is %g, which YAML as we read it has no word "
      "for",
      w->layer->name, key, number);
  return FALSE;
}

static gboolean
write_list (const Writer *w, const gchar *key, GVariant *list, GError **error)
{
  lstm_yaml_text_open_list (w->text, TRUE);
  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (list, i);

    if (!write_value (w, key, item, error))
      return FALSE;
  }
  lstm_yaml_text_close_list (w->text);
  return TRUE;
}

/* Of a layer's or a cell's config: its name and what is read of it. */
static gboolean
write_config (const Writer *w, GVariant *config, GError **error)
{
  static const gchar *const others[] = { "name", "cells", "alpha", "max_value",
    "negative_slope", "theta", "threshold", NULL };
  GVariantIter iter;
  const gchar *key;
  GVariant *value;

  lstm_yaml_text_open_mapping (w->text, TRUE);
  g_variant_iter_init (&iter, config);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    if ((!g_hash_table_contains (w->asked, key) &&
            !g_strv_contains (others, key)) ||
        is_default (w->layer, key, value))
      continue;
    lstm_yaml_text_add_string (w->text, key);
    if (!write_value (w, key, value, error)) {
      g_variant_unref (value);
      return FALSE;
    }
  }
  lstm_yaml_text_close_mapping (w->text);
  return TRUE;
}

/* {"class_name": C, "config": {...}} as C: {...}. Keras 3 also writes what is
 * only a name so: {"class_name": "function", "config": "relu"}. */
static gboolean
write_dict (const Writer *w, GVariant *dict, GError **error)
{
  const gchar *class_name = NULL, *name = NULL;
  g_autoptr (GVariant) config =
      g_variant_lookup_value (dict, "config", G_VARIANT_TYPE_VARDICT);
  gboolean ok;

  g_variant_lookup (dict, "class_name", "&s", &class_name);
  if (g_variant_lookup (dict, "config", "&s", &name) ||
      (class_name != NULL && config == NULL)) {
    lstm_yaml_text_add_string (w->text, name != NULL ? name : class_name);
    return TRUE;
  }
  if (class_name == NULL)
    return write_config (w, dict, error);
  lstm_yaml_text_open_mapping (w->text, TRUE);
  lstm_yaml_text_add_string (w->text, class_name);
  ok = write_config (w, config, error);
  lstm_yaml_text_close_mapping (w->text);
  return ok;
}

static gboolean
write_value (const Writer *w, const gchar *key, GVariant *value, GError **error)
{
  g_autoptr (GVariant) inner =
      g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT)
          ? g_variant_get_variant (value)
          : g_variant_ref (value);

  if (g_variant_is_of_type (inner, G_VARIANT_TYPE_BOOLEAN))
    lstm_yaml_text_add_boolean (w->text, g_variant_get_boolean (inner));
  else if (g_variant_is_of_type (inner, G_VARIANT_TYPE_INT64))
    lstm_yaml_text_add_whole (w->text, g_variant_get_int64 (inner));
  else if (g_variant_is_of_type (inner, G_VARIANT_TYPE_DOUBLE))
    return write_number (w, key, g_variant_get_double (inner), error);
  else if (g_variant_is_of_type (inner, G_VARIANT_TYPE_STRING))
    lstm_yaml_text_add_string (w->text, g_variant_get_string (inner, NULL));
  else if (g_variant_is_of_type (inner, G_VARIANT_TYPE_VARDICT))
    return write_dict (w, inner, error);
  else if (g_variant_is_of_type (inner, G_VARIANT_TYPE_ARRAY))
    return write_list (w, key, inner, error);
  else
    lstm_yaml_text_add_null (w->text);
  return TRUE;
}

gboolean
lstm_yaml_options_write (
    LstmYamlText *text, const LstmLayer *layer, GError **error)
{
  g_autoptr (GHashTable) asked = g_hash_table_new (g_str_hash, g_str_equal);
  Writer w = { text, layer, asked };
  GVariantIter iter;
  const gchar *key;
  GVariant *value;

  collect (layer, asked);
  g_variant_iter_init (&iter, layer->config);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    if (!g_strv_contains (layer->asked, key) || is_default (layer, key, value))
      continue;
    lstm_yaml_text_add_string (text, key);
    if (!write_value (&w, key, value, error)) {
      g_variant_unref (value);
      return FALSE;
    }
  }
  return TRUE;
}
