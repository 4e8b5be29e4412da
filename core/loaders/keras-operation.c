/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-operation.h"

#include <string.h>

/* What masks are made of. */
static const gchar *const of_masks[] = { "NotEqual", "Any", "LogicalOr",
  "ExpandDims", "BroadcastTo", "ZerosLike", "OnesLike", "Concatenate", NULL };

/* Names of operations in lower case, without "_"; those of one line have the
 * same layers in their place. */
static const struct {
  const gchar *names;
  const gchar *advice;
} layers[] = {
  { "add addv2 biasadd",
      "the layer Add, or Rescaling(1.0, offset=...) where one of the two is a "
      "number" },
  { "subtract sub",
      "the layer Subtract, or Rescaling(1.0, offset=...) where one of the two "
      "is a number" },
  { "multiply mul",
      "the layer Multiply, or Rescaling where one of the two is a number" },
  { "divide truediv truedivide realdiv",
      "the layer Rescaling where it divides by a number" },
  { "negative neg", "the layer Rescaling(-1.0)" },
  { "maximum", "the layer Maximum" },
  { "minimum", "the layer Minimum" },
  { "average", "the layer Average" },
  { "mean reducemean",
      "the layer GlobalAveragePooling1D, or Average of several tensors" },
  { "max amax reducemax",
      "the layer GlobalMaxPooling1D, or Maximum of several tensors" },
  { "concatenate concat concatv2", "the layer Concatenate" },
  { "reshape expanddims squeeze ravel", "the layer Reshape or Flatten" },
  { "transpose swapaxes moveaxis", "the layer Permute" },
  { "getitem slice stridedslice take gather split unstack",
      "return_sequences=False in the recurrent layer for its last step, or the "
      "layer Cropping1D for some steps" },
  { "pad", "the layer ZeroPadding1D" },
  { "repeat tile broadcastto", "the layer RepeatVector or UpSampling1D" },
  { "celu elu exp exponential gelu hardshrink hardsigmoid hardsilu hardswish "
    "hardtanh leakyrelu logsigmoid logsoftmax mish relu relu6 selu sigmoid "
    "silu softmax softplus softshrink softsign sparseplus sparsemax squareplus "
    "swish tanh tanhshrink",
      "the layer Activation" },
  { "matmul dot einsum tensordot", "the layer Dense where it has weights" },
};

#define IN_GENERAL                                                             \
  "layers (Add, Subtract, Multiply, Concatenate, Reshape, Activation, ...)"

gboolean
lstm_keras_is_function (const KerasLayer *layer)
{
  static const gchar *const classes[] = { "TFOpLambda", "SlicingOpLambda",
    "TensorFlowOpLayer", NULL };

  return g_strv_contains (classes, layer->class_name);
}

gboolean
lstm_keras_operation_check (const KerasLayer *layer, GError **error)
{
  if (g_strv_contains (of_masks, layer->class_name))
    return TRUE;
  lstm_keras_operation_refuse (layer, "", error);
  return FALSE;
}

/* What is called: "Add" of Keras 3; of Keras 2 "math.add" or
 * "__operators__.add", or where the config does not say, the layer's name. */
static const gchar *
function_of (const KerasLayer *operation)
{
  const gchar *function = operation->class_name;

  if (!lstm_keras_is_function (operation))
    return function;
  function = lstm_keras_json_peek_text (
      json_node_get_object (operation->config), "function");
  return function != NULL ? function : operation->name;
}

/* (transfer full): the last of the words between dots, as in layers[]. */
static gchar *
plain_name (const gchar *function)
{
  const gchar *dot = strrchr (function, '.');
  gchar *name = g_ascii_strdown (dot != NULL ? dot + 1 : function, -1);
  gchar *to = name;

  for (const gchar *from = name; *from != '\0'; from++)
    if (*from != '_')
      *to++ = *from;
  *to = '\0';
  return name;
}

static const gchar *
find_advice (const gchar *function)
{
  g_autofree gchar *name = plain_name (function);

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++) {
    g_auto (GStrv) names = g_strsplit (layers[i].names, " ", -1);

    if (g_strv_contains ((const gchar *const *) names, name))
      return layers[i].advice;
  }
  return IN_GENERAL;
}

static gboolean
is_name (const gchar *class_name)
{
  return class_name != NULL &&
         (g_strv_contains (of_masks, class_name) ||
             strcmp (find_advice (class_name), IN_GENERAL) != 0);
}

/* .keras files name the module; .h5 files do not, but every layer that is
 * called has "trainable", which no operation has. Other names are of no layer
 * that we know, either. */
gboolean
lstm_keras_is_operation (JsonObject *entry, JsonNode *config)
{
  const gchar *module = lstm_keras_json_peek_text (entry, "module");
  JsonNode *nodes = json_object_get_member (entry, "inbound_nodes");
  JsonArray *calls = lstm_keras_json_list (nodes);
  JsonNode *first;

  if (module != NULL)
    return g_str_has_prefix (module, "keras.src.ops") ||
           g_str_has_prefix (module, "keras.ops");
  if (calls == NULL || json_array_get_length (calls) == 0 || config == NULL ||
      !JSON_NODE_HOLDS_OBJECT (config))
    return FALSE;
  first = json_array_get_element (calls, 0);
  return JSON_NODE_HOLDS_OBJECT (first) &&
         json_object_has_member (json_node_get_object (first), "args") &&
         !json_object_has_member (json_node_get_object (config), "trainable") &&
         is_name (lstm_keras_json_peek_text (entry, "class_name"));
}

void
lstm_keras_operation_refuse (
    const KerasLayer *operation, const gchar *more, GError **error)
{
  const gchar *function = function_of (operation);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "'%s' is the operation %s of %s and no layer (x + y of two tensors makes "
      "one, too)%s; in its place use %s, and save the model again",
      operation->path, function,
      lstm_keras_is_function (operation) ? "TensorFlow" : "keras.ops", more,
      find_advice (function));
}
