/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A layer's options in one spelling. What counts are the config keys that the
 * layer's class asks for, whichever these are: a class that learns to read
 * another key has it in its fingerprint at once. A key that is not in
 * `defaults` and not in the config counts as absent, which at worst tells two
 * equal models apart and never takes two models for one. */

#include "engine/activation.h"
#include "engine/fingerprint.h"

#include <string.h>

/* What Keras leaves out or writes out, as its version goes. */
static const struct {
  const gchar *class_name; /* NULL for all others */
  const gchar *key;
  const gchar *value; /* as append_value() writes it */
} defaults[] = {
  { "GroupNormalization", "groups", "32" },
  { "Conv1D", "strides", "1" },
  { "DepthwiseConv1D", "strides", "1" },
  { "SeparableConv1D", "strides", "1" },
  { NULL, "depth_multiplier", "1" },
  { NULL, "groups", "1" },
  { NULL, "center", "true" },
  { NULL, "dilation_rate", "1" },
  { NULL, "epsilon", "0.001" },
  { NULL, "forget_bias", "1" },
  { NULL, "go_backwards", "false" },
  { NULL, "invert", "false" },
  { NULL, "keepdims", "false" },
  { NULL, "mask_value", "0" },
  { NULL, "mask_zero", "false" },
  { NULL, "normalize", "false" },
  { NULL, "padding", "'valid'" },
  { NULL, "data_format", "'channels_last'" },
  { NULL, "renorm", "false" },
  { NULL, "return_sequences", "false" },
  { NULL, "return_state", "false" },
  { NULL, "rms_scaling", "false" },
  { NULL, "scale", "true" },
  { NULL, "stateful", "false" },
  { NULL, "time_major", "false" },
  { NULL, "unroll", "false" },
  { NULL, "use_bias", "true" },
  { NULL, "zero_output_for_mask", "false" },
};

/* Names that stay when the enumeration changes. */
static const gchar *const activation_names[] = {
  [LSTM_ACTIVATION_LINEAR] = "linear",
  [LSTM_ACTIVATION_RELU] = "relu",
  [LSTM_ACTIVATION_RELU6] = "relu6",
  [LSTM_ACTIVATION_LEAKY_RELU] = "leaky_relu",
  [LSTM_ACTIVATION_ELU] = "elu",
  [LSTM_ACTIVATION_SELU] = "selu",
  [LSTM_ACTIVATION_CELU] = "celu",
  [LSTM_ACTIVATION_GELU] = "gelu",
  [LSTM_ACTIVATION_GELU_TANH] = "gelu_tanh",
  [LSTM_ACTIVATION_SIGMOID] = "sigmoid",
  [LSTM_ACTIVATION_HARD_SIGMOID] = "hard_sigmoid",
  [LSTM_ACTIVATION_HARD_SIGMOID_KERAS2] = "hard_sigmoid_keras2",
  [LSTM_ACTIVATION_SILU] = "silu",
  [LSTM_ACTIVATION_HARD_SILU] = "hard_silu",
  [LSTM_ACTIVATION_TANH] = "tanh",
  [LSTM_ACTIVATION_HARD_TANH] = "hard_tanh",
  [LSTM_ACTIVATION_TANH_SHRINK] = "tanh_shrink",
  [LSTM_ACTIVATION_SOFTPLUS] = "softplus",
  [LSTM_ACTIVATION_SOFTSIGN] = "softsign",
  [LSTM_ACTIVATION_EXPONENTIAL] = "exponential",
  [LSTM_ACTIVATION_MISH] = "mish",
  [LSTM_ACTIVATION_LOG_SIGMOID] = "log_sigmoid",
  [LSTM_ACTIVATION_SQUAREPLUS] = "squareplus",
  [LSTM_ACTIVATION_SPARSE_PLUS] = "sparse_plus",
  [LSTM_ACTIVATION_SPARSE_SIGMOID] = "sparse_sigmoid",
  [LSTM_ACTIVATION_SOFT_SHRINK] = "soft_shrink",
  [LSTM_ACTIVATION_HARD_SHRINK] = "hard_shrink",
  [LSTM_ACTIVATION_THRESHOLD] = "threshold",
  [LSTM_ACTIVATION_SOFTMAX] = "softmax",
  [LSTM_ACTIVATION_LOG_SOFTMAX] = "log_softmax",
  [LSTM_ACTIVATION_SPARSEMAX] = "sparsemax",
};
G_STATIC_ASSERT (G_N_ELEMENTS (activation_names) == LSTM_N_ACTIVATIONS);

/* ---- values ---- */

static void
append_double (GString *text, gdouble d)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  /* 3 and 3.0 are one number in JSON. */
  if (d >= -9007199254740992.0 && d <= 9007199254740992.0 &&
      d == (gdouble) (gint64) d)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64) d);
  else
    g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.17g", d));
}

static void append_value (GString *text, GVariant *value);

/* [3] and 3 are one option in Keras. */
static void
append_list (GString *text, GVariant *value)
{
  gsize n = g_variant_n_children (value);

  if (n != 1)
    g_string_append_c (text, '[');
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

    if (i > 0)
      g_string_append_c (text, ',');
    append_value (text, child);
  }
  if (n != 1)
    g_string_append_c (text, ']');
}

static gint
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static void
append_dict (GString *text, GVariant *dict)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  GVariant *value;
  const gchar *key;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    g_autofree gchar *quoted = g_strescape (key, NULL);
    GString *entry = g_string_new (NULL);

    g_string_append_printf (entry, "'%s':", quoted);
    append_value (entry, value);
    g_ptr_array_add (entries, g_string_free (entry, FALSE));
  }
  g_ptr_array_sort (entries, compare_text);
  g_string_append_c (text, '{');
  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (
        text, "%s,", (const gchar *) g_ptr_array_index (entries, i));
  g_string_append_c (text, '}');
}

static void
append_value (GString *text, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT)) {
    g_autoptr (GVariant) inner = g_variant_get_variant (value);

    append_value (text, inner);
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)) {
    g_string_append (text, g_variant_get_boolean (value) ? "true" : "false");
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)) {
    g_string_append_printf (
        text, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE)) {
    append_double (text, g_variant_get_double (value));
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
    g_autofree gchar *quoted =
        g_strescape (g_variant_get_string (value, NULL), NULL);

    g_string_append_printf (text, "'%s'", quoted);
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE)) {
    g_string_append (text, "null");
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT)) {
    append_dict (text, value);
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY)) {
    append_list (text, value);
  } else {
    g_autofree gchar *printed = g_variant_print (value, TRUE);

    g_string_append (text, printed);
  }
}

/* ---- keys ---- */

static const gchar *
default_of (const LstmLayer *layer, const gchar *key, guint keras)
{
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (g_str_equal (defaults[i].key, key) &&
        (!defaults[i].class_name ||
            g_str_equal (defaults[i].class_name, layer->klass->name)))
      return defaults[i].value;
  if (g_str_equal (key, "reset_after"))
    return keras >= 3 ? "true" : "false";
  return NULL;
}

static void
add_plain (
    GChecksum *sum, const LstmLayer *layer, const gchar *key, guint keras)
{
  g_autoptr (GVariant) value =
      g_variant_lookup_value (layer->config, key, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  const gchar *fallback = default_of (layer, key, keras);

  if (fallback &&
      (!value || g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE)))
    g_string_assign (text, fallback);
  else if (value)
    append_value (text, value);
  else
    g_string_assign (text, "absent");
  lstm_fingerprint_add_text (sum, key, text->str);
}

static void
add_activation (
    GChecksum *sum, const gchar *key, const LstmActivation *activation)
{
  g_autoptr (GString) text = g_string_new (activation_names[activation->kind]);

  g_string_append_c (text, ' ');
  append_double (text, activation->a);
  g_string_append_c (text, ' ');
  append_double (text, activation->b);
  g_string_append_c (text, ' ');
  append_double (text, activation->c);
  lstm_fingerprint_add_text (sum, key, text->str);
}

static gboolean
is_activation_layer (const LstmLayer *layer)
{
  static const gchar *const names[] = { "ReLU", "LeakyReLU", "ELU",
    "ThresholdedReLU", NULL };

  return g_strv_contains (names, layer->klass->name);
}

static void
add_key (GChecksum *sum, const LstmLayer *layer, const gchar *key,
    LstmOptions *options)
{
  if (g_str_equal (key, "activation")) {
    gboolean recurrent = layer->recurrent;
    LstmActivation activation =
        lstm_options_activation (options, key, recurrent ? "tanh" : "linear");

    add_activation (sum, key, &activation);
  } else if (g_str_equal (key, "recurrent_activation")) {
    LstmActivation activation =
        lstm_options_activation (options, key, "sigmoid");

    add_activation (sum, key, &activation);
  } else {
    add_plain (sum, layer, key, options->keras);
  }
}

/* A layer that has read @layer's config and nothing more. */
static LstmLayer *
read_again (const LstmLayer *layer, LstmOptions *options)
{
  LstmLayer *reader = g_new0 (LstmLayer, 1);

  reader->klass = layer->klass;
  reader->name = g_strdup (layer->name);
  reader->config = g_variant_ref (layer->config);
  reader->options = g_malloc0 (MAX (layer->klass->options_size, 1));
  reader->weights = g_ptr_array_new ();
  reader->children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_layer_free);
  if (layer->klass->configure)
    layer->klass->configure (reader, options);
  return reader;
}

/* Keys that @layer's class reads, sorted; they live as long as the class. */
static GPtrArray *
keys_of (LstmOptions *options)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, options->seen);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, key);
  g_ptr_array_sort (keys, compare_text);
  return keys;
}

void
lstm_fingerprint_add_options (
    GChecksum *sum, const LstmLayer *layer, guint keras)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GError) error = NULL;
  LstmOptions options;
  LstmLayer *reader;

  lstm_options_init (
      &options, layer->config, layer->klass->name, layer->name, keras, notes);
  reader = read_again (layer, &options);
  keys = keys_of (&options);
  if (is_activation_layer (layer)) {
    LstmActivation activation =
        lstm_activation_of_layer (&options, layer->klass->name);

    add_activation (sum, "function", &activation);
  } else {
    for (guint i = 0; i < keys->len; i++)
      add_key (sum, layer, g_ptr_array_index (keys, i), &options);
  }
  /* What could be read once can be read again. */
  g_warn_if_fail (lstm_options_finish (&options, NULL, &error));
  lstm_layer_free (reader);
}
