/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The wrapped layer, called on each step as on a sample of its own. */

#include "engine/layers/layers.h"
#include "engine/layers/wrapper.h"

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  LstmLayer *child = lstm_wrapped_layer (options, "layer");

  if (child)
    lstm_layer_add_child (layer, child, NULL);
}

static gboolean
expand (LstmModelBuilder *builder, LstmLayer *layer, const LstmValueId *inputs,
    guint n_inputs, const LstmValueId *states, guint n_states, GArray *outputs,
    GError **error)
{
  LstmLayer *child = g_ptr_array_index (layer->children, 0);
  g_autoptr (GArray) values = NULL;
  guint fold;

  lstm_model_builder_fold (builder, 1);
  values = lstm_model_builder_call (
      builder, child, inputs, n_inputs, states, n_states, error);
  fold = lstm_model_builder_fold (builder, -1);
  if (!values)
    return FALSE;
  if (fold == 0 && !lstm_masks_distribute (builder, layer, inputs[0],
                       g_array_index (values, LstmValueId, 0), error))
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
