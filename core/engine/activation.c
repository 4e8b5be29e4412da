/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/activation.h"

#include "engine/layer.h"

#include <lstm/error.h>

#include <math.h>

/* Keras's names with the parameters that the bare name has. */
static const struct {
  const gchar *name;
  LstmActivation activation;
} names[] = {
  { "linear", { LSTM_ACTIVATION_LINEAR, 0, 0, 0 } },
  { "relu", { LSTM_ACTIVATION_RELU, 0, INFINITY, 0 } },
  { "relu6", { LSTM_ACTIVATION_RELU6, 0, 0, 0 } },
  { "leaky_relu", { LSTM_ACTIVATION_LEAKY_RELU, 0.2f, 0, 0 } },
  { "elu", { LSTM_ACTIVATION_ELU, 1, 0, 0 } },
  { "selu", { LSTM_ACTIVATION_SELU, 0, 0, 0 } },
  { "celu", { LSTM_ACTIVATION_CELU, 1, 0, 0 } },
  { "gelu", { LSTM_ACTIVATION_GELU, 0, 0, 0 } },
  { "sigmoid", { LSTM_ACTIVATION_SIGMOID, 0, 0, 0 } },
  { "hard_sigmoid", { LSTM_ACTIVATION_HARD_SIGMOID, 0, 0, 0 } },
  { "silu", { LSTM_ACTIVATION_SILU, 0, 0, 0 } },
  { "swish", { LSTM_ACTIVATION_SILU, 0, 0, 0 } },
  { "hard_silu", { LSTM_ACTIVATION_HARD_SILU, 0, 0, 0 } },
  { "hard_swish", { LSTM_ACTIVATION_HARD_SILU, 0, 0, 0 } },
  { "tanh", { LSTM_ACTIVATION_TANH, 0, 0, 0 } },
  { "hard_tanh", { LSTM_ACTIVATION_HARD_TANH, 0, 0, 0 } },
  { "tanh_shrink", { LSTM_ACTIVATION_TANH_SHRINK, 0, 0, 0 } },
  { "softplus", { LSTM_ACTIVATION_SOFTPLUS, 0, 0, 0 } },
  { "softsign", { LSTM_ACTIVATION_SOFTSIGN, 0, 0, 0 } },
  { "exponential", { LSTM_ACTIVATION_EXPONENTIAL, 0, 0, 0 } },
  { "mish", { LSTM_ACTIVATION_MISH, 0, 0, 0 } },
  { "log_sigmoid", { LSTM_ACTIVATION_LOG_SIGMOID, 0, 0, 0 } },
  { "squareplus", { LSTM_ACTIVATION_SQUAREPLUS, 4, 0, 0 } },
  { "sparse_plus", { LSTM_ACTIVATION_SPARSE_PLUS, 0, 0, 0 } },
  { "sparse_sigmoid", { LSTM_ACTIVATION_SPARSE_SIGMOID, 0, 0, 0 } },
  { "soft_shrink", { LSTM_ACTIVATION_SOFT_SHRINK, 0.5f, 0, 0 } },
  { "hard_shrink", { LSTM_ACTIVATION_HARD_SHRINK, 0.5f, 0, 0 } },
  { "softmax", { LSTM_ACTIVATION_SOFTMAX, 0, 0, 0 } },
  { "log_softmax", { LSTM_ACTIVATION_LOG_SOFTMAX, 0, 0, 0 } },
  { "sparsemax", { LSTM_ACTIVATION_SPARSEMAX, 0, 0, 0 } },
};

static const LstmActivation linear = { LSTM_ACTIVATION_LINEAR, 0, 0, 0 };

static gchar *
list_names (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", names[i].name);
  return g_string_free (text, FALSE);
}

static LstmActivation
from_name (LstmOptions *options, const gchar *key, const gchar *name)
{
  g_autofree gchar *known = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    LstmActivation activation = names[i].activation;

    if (!g_str_equal (names[i].name, name))
      continue;
    if (activation.kind == LSTM_ACTIVATION_HARD_SIGMOID && options->keras < 3)
      activation.kind = LSTM_ACTIVATION_HARD_SIGMOID_KERAS2;
    return activation;
  }
  known = list_names ();
  lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
      "%s '%s' is not an activation that we know; we know: %s", key, name,
      known);
  return linear;
}

/* Layers that are activations (ReLU, LeakyReLU, ELU, ThresholdedReLU of Keras
 * 2, Softmax), also where one
 * is given as another layer's activation. Keras 2 and 3 name slopes differently
 * (alpha, negative_slope). */
LstmActivation
lstm_activation_of_layer (LstmOptions *options, const gchar *class_name)
{
  LstmActivation a = linear;

  if (g_str_equal (class_name, "LeakyReLU")) {
    a.kind = LSTM_ACTIVATION_LEAKY_RELU;
    a.a = lstm_options_double (options, "alpha", 0.3);
    a.a = lstm_options_double (options, "negative_slope", a.a);
  } else if (g_str_equal (class_name, "ELU")) {
    a.kind = LSTM_ACTIVATION_ELU;
    a.a = lstm_options_double (options, "alpha", 1.0);
  } else if (g_str_equal (class_name, "ThresholdedReLU")) {
    a.kind = LSTM_ACTIVATION_THRESHOLD;
    a.a = lstm_options_double (options, "theta", 1.0);
  } else if (g_str_equal (class_name, "Softmax")) {
    a.kind = LSTM_ACTIVATION_SOFTMAX;
  } else {
    a.kind = LSTM_ACTIVATION_RELU;
    a.a = lstm_options_double (options, "negative_slope", 0.0);
    a.b = lstm_options_double (options, "max_value", INFINITY);
    a.c = lstm_options_double (options, "threshold", 0.0);
  }
  return a;
}

/* {"class_name": C, "config": {...}}: a layer, or Keras 3's wrapping of a name
 * ({"class_name": "function", "config": "relu"}). */
static LstmActivation
from_object (LstmOptions *options, const gchar *key, GVariant *object)
{
  static const gchar *const layers[] = { "ReLU", "LeakyReLU", "ELU", "Softmax",
    "ThresholdedReLU", NULL };
  const gchar *class_name = NULL, *name = NULL;
  g_autoptr (GVariant) config = NULL;

  g_variant_lookup (object, "class_name", "&s", &class_name);
  if (g_variant_lookup (object, "config", "&s", &name))
    return from_name (options, key, name);
  config = g_variant_lookup_value (object, "config", G_VARIANT_TYPE_VARDICT);

  if (class_name && config && g_strv_contains (layers, class_name)) {
    LstmOptions inner;
    LstmActivation activation;
    GError *error = NULL;

    lstm_options_init (&inner, config, class_name, options->layer_name,
        options->keras, options->notes);
    activation = lstm_activation_of_layer (&inner, class_name);
    lstm_options_int (&inner, "axis", -1, -1, -1);
    if (!lstm_options_finish (&inner, NULL, &error)) {
      lstm_options_fail (options, error->code, "%s", error->message);
      g_error_free (error);
    }
    return activation;
  }
  if (class_name && config && lstm_layer_class_find (class_name)) {
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "%s is the layer %s, which is not supported as an activation; put it "
        "after this layer, as a layer of the model",
        key, class_name);
    return linear;
  }
  return from_name (options, key, class_name ? class_name : "(an object)");
}

/* Null is linear, as in Keras. */
LstmActivation
lstm_options_activation (
    LstmOptions *options, const gchar *key, const gchar *fallback)
{
  g_autoptr (GVariant) value = NULL;

  g_hash_table_add (options->seen, (gpointer) key);
  value = g_variant_lookup_value (options->config, key, NULL);
  if (!value)
    return from_name (options, key, fallback);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return linear;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return from_name (options, key, g_variant_get_string (value, NULL));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return from_object (options, key, value);
  lstm_options_fail (options, LSTM_ERROR_VALUE,
      "%s is neither the name of an activation nor a layer", key);
  return linear;
}
