/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/wrapper.h"

LstmLayer *
lstm_wrapped_layer_from_dict (LstmOptions *options, GVariant *dict)
{
  const gchar *class_name = NULL, *name = NULL;
  g_autoptr (GVariant) config = NULL;
  GError *error = NULL;
  LstmLayer *layer;

  g_variant_lookup (dict, "class_name", "&s", &class_name);
  config = g_variant_lookup_value (dict, "config", G_VARIANT_TYPE_VARDICT);
  if (!class_name || !config) {
    lstm_options_fail (options, LSTM_ERROR_FORMAT,
        "the layer that it wraps has no class_name and config");
    return NULL;
  }
  if (!g_variant_lookup (config, "name", "&s", &name))
    name = options->layer_name;
  layer = lstm_layer_new (
      class_name, name, config, options->keras, options->notes, &error);
  if (!layer) {
    lstm_options_fail (options, error->code, "%s", error->message);
    g_error_free (error);
  }
  return layer;
}

LstmLayer *
lstm_wrapped_layer (LstmOptions *options, const gchar *key)
{
  g_autoptr (GVariant) dict = lstm_options_dict (options, key);

  if (!dict) {
    lstm_options_fail (
        options, LSTM_ERROR_FORMAT, "config key '%s' is missing", key);
    return NULL;
  }
  return lstm_wrapped_layer_from_dict (options, dict);
}
