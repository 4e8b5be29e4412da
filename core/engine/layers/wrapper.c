/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/wrapper.h"

void
lstm_wrapped_clear (LstmWrapped *wrapped)
{
  g_clear_pointer (&wrapped->config, g_variant_unref);
}

gboolean
lstm_wrapped_read (LstmOptions *options, GVariant *dict, LstmWrapped *wrapped)
{
  const gchar *registered = NULL;

  *wrapped = (LstmWrapped){ 0 };
  g_variant_lookup (dict, "class_name", "&s", &wrapped->class_name);
  wrapped->config =
      g_variant_lookup_value (dict, "config", G_VARIANT_TYPE_VARDICT);
  if (!wrapped->class_name || !wrapped->config) {
    lstm_options_fail (options, LSTM_ERROR_FORMAT,
        "the layer that it wraps has no class_name and config");
    return FALSE;
  }
  /* A class that its author registered under a name of ours is another. */
  if (g_variant_lookup (dict, "registered_name", "&s", &registered) &&
      !g_str_equal (registered, wrapped->class_name)) {
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "it wraps a '%s', a custom class whose code the file does not hold; "
        "build the model from Keras's own layers",
        registered);
    return FALSE;
  }
  g_variant_lookup (wrapped->config, "name", "&s", &wrapped->name);
  return TRUE;
}

LstmLayer *
lstm_wrapped_new (LstmOptions *options, const gchar *class_name,
    const gchar *name, GVariant *config)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (config);
  g_autoptr (GError) error = NULL;
  LstmLayer *layer = lstm_layer_new (
      class_name, name, held, options->keras, options->notes, &error);

  if (!layer)
    lstm_options_fail (options, error->code, "%s", error->message);
  return layer;
}

LstmLayer *
lstm_wrapped_layer (LstmOptions *options, const gchar *key)
{
  g_autoptr (GVariant) dict = lstm_options_dict (options, key);
  g_auto (LstmWrapped) wrapped = { 0 };

  if (!dict) {
    lstm_options_fail (
        options, LSTM_ERROR_FORMAT, "config key '%s' is missing", key);
    return NULL;
  }
  if (!lstm_wrapped_read (options, dict, &wrapped))
    return NULL;
  return lstm_wrapped_new (options, wrapped.class_name,
      wrapped.name ? wrapped.name : options->layer_name, wrapped.config);
}
