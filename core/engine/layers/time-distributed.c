/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The wrapped layer, called on each step as on a sample of its own. A wrapped
 * model is called layer by layer by who reads it; there is no child then. */

#include "engine/layers/layers.h"
#include "engine/layers/wrapper.h"

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  LstmLayer *child = NULL;

  if (lstm_options_has (options, "layer"))
    child = lstm_wrapped_layer (options, "layer");
  if (child)
    lstm_layer_add_child (layer, child, NULL);
}

static gboolean
expand (LstmModelBuilder *builder, LstmLayer *layer, const LstmValueId *inputs,
    guint n_inputs, const LstmValueId *states, guint n_states, GArray *outputs,
    GError **error)
{
  g_autoptr (GArray) values = NULL;

  if (layer->children->len == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "layer '%s' (TimeDistributed): config key 'layer' is missing",
        layer->name);
    return FALSE;
  }
  lstm_model_builder_begin_time_distributed (builder);
  values =
      lstm_model_builder_call (builder, g_ptr_array_index (layer->children, 0),
          inputs, n_inputs, states, n_states, error);
  if (!values || !lstm_model_builder_end_time_distributed (builder, layer,
                     inputs[0], g_array_index (values, LstmValueId, 0), error))
    return FALSE;
  g_array_append_vals (outputs, values->data, values->len);
  return TRUE;
}

const LstmLayerClass lstm_layer_time_distributed = {
  .name = "TimeDistributed",
  .min_inputs = 1,
  .max_inputs = 1,
  .configure = configure,
  .expand = expand,
};
