/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a config can say of dtypes, custom code and masks: files that Keras made
 * (models/generate-keras-files.py), with words exchanged. */

#include "common/golden.h"
#include "expect.h"
#include "h5-edit.h"
#include "zip-edit.h"

#define NESTED "3.15.1_nested"
#define WRAPPERS "3.15.1_wrappers"
#define MASKS "3.15.1_masks"

#define POLICY                                                                 \
  "\"class_name\": \"DTypePolicy\", \"config\": {\"name\": \"float32\"}"
#define MODULE "\"module\": \"keras.layers\", "

static gchar *
keras_file (const gchar *name)
{
  return g_build_filename (
      g_getenv ("LSTM_TEST_KERAS_FILES"), name, "model.keras", NULL);
}

static const struct {
  const gchar *name;
  const gchar *file;
  const gchar *from;
  const gchar *to;
  gint code;
  const gchar *facts[MAX_FACTS];
} bad[] = {
  { "dtype/quantized", NESTED, POLICY,
      "\"class_name\": \"QuantizedDTypePolicy\", \"config\": {\"mode\": "
      "\"int8\", \"source_name\": \"float32\"}",
      LSTM_ERROR_UNSUPPORTED,
      { "'first/dense' (Dense)", "QuantizedDTypePolicy", "int8 of float32",
          "before model.quantize()" } },
  { "dtype/float8", NESTED, POLICY,
      "\"class_name\": \"QuantizedFloat8DTypePolicy\", \"config\": {\"mode\": "
      "\"float8\", \"source_name\": \"bfloat16\"}",
      LSTM_ERROR_UNSUPPORTED,
      { "QuantizedFloat8DTypePolicy", "float8 of bfloat16" } },
  { "dtype/int8-by-name", NESTED, "\"name\": \"float32\"",
      "\"name\": \"int8_from_float32\"", LSTM_ERROR_UNSUPPORTED,
      { "'first/dense' (Dense)", "quantised", "'int8_from_float32'",
          "before model.quantize()" } },
  { "dtype/map", NESTED, POLICY,
      "\"class_name\": \"DTypePolicyMap\", \"config\": {\"default_policy\": "
      "\"float32\", \"policy_map\": {\"a/b\": {\"class_name\": "
      "\"GPTQDTypePolicy\", \"config\": {\"mode\": \"gptq/4/128\"}}}}",
      LSTM_ERROR_UNSUPPORTED, { "GPTQDTypePolicy", "gptq/4/128" } },
  { "dtype/unknown", NESTED, "\"name\": \"float32\"", "\"name\": \"float128\"",
      LSTM_ERROR_UNSUPPORTED, { "'float128'", "mixed_bfloat16" } },
  { "dtype/input", NESTED, "\"dtype\": \"float32\"", "\"dtype\": \"string\"",
      LSTM_ERROR_UNSUPPORTED, { "(InputLayer)", "'string'" } },
  { "dtype/number", NESTED, "\"config\": {\"name\": \"float32\"}",
      "\"config\": {\"name\": 32}", LSTM_ERROR_FORMAT,
      { "'first/dense' (Dense)", "dtype is an object" } },
  { "dtype/within-cell", WRAPPERS,
      "\"class_name\": \"GRUCell\", \"config\": {\"name\": \"gru_cell\", "
      "\"trainable\": true, \"dtype\": {\"module\": \"keras\", " POLICY,
      "\"class_name\": \"GRUCell\", \"config\": {\"name\": \"gru_cell\", "
      "\"trainable\": true, \"dtype\": {\"module\": \"keras\", "
      "\"class_name\": \"QuantizedDTypePolicy\", \"config\": {}",
      LSTM_ERROR_UNSUPPORTED, { "(RNN)", "QuantizedDTypePolicy" } },

  { "custom/module", NESTED, MODULE "\"class_name\": \"GRU\"",
      "\"module\": \"my.layers\", \"class_name\": \"GRU\"",
      LSTM_ERROR_UNSUPPORTED,
      { "'last/sequential/lstm'", "'GRU'", "of module my.layers",
          "Keras's own layers" } },
  { "custom/registered", NESTED, "\"registered_name\": null",
      "\"registered_name\": \"mine>Thing\"", LSTM_ERROR_UNSUPPORTED,
      { "'input_layer'", "'mine>Thing'", "custom class" } },
  { "custom/old-name", NESTED, MODULE "\"class_name\": \"GRU\"",
      "\"class_name\": \"mine>GRU\"", LSTM_ERROR_UNSUPPORTED,
      { "'last/sequential/lstm'", "'mine>GRU'", "custom class" } },
  { "custom/lambda", NESTED, "\"class_name\": \"GRU\"",
      "\"class_name\": \"Lambda\"", LSTM_ERROR_UNSUPPORTED,
      { "'last/sequential/lstm' is a Lambda", "Python", "Rescaling" } },
  { "custom/unknown", NESTED, "\"class_name\": \"GRU\"",
      "\"class_name\": \"GRUV4\"", LSTM_ERROR_UNSUPPORTED,
      { "'last/sequential/lstm'", "GRUV4", "SimpleRNN" } },
  { "custom/wrapped", WRAPPERS,
      "\"registered_name\": null, \"build_config\": {\"input_shape\": "
      "[null, 8]}",
      "\"registered_name\": \"mine>Dense\", \"x\": {}", LSTM_ERROR_UNSUPPORTED,
      { "'time_distributed'", "mine>Dense" } },

  { "mask/constant", MASKS, ", 0.5], \"kwargs\"", ", 0.25], \"kwargs\"",
      LSTM_ERROR_UNSUPPORTED,
      { "'gru_3' (GRU)", "mask=", "Masking(mask_value=...)" } },
  { "mask/value", MASKS, "\"mask_value\": 0.5", "\"mask_value\": 0.25",
      LSTM_ERROR_UNSUPPORTED, { "'gru_3' (GRU)", "mask=" } },
  { "mask/of-another", MASKS, "[\"not_equal_1\", 0, 0]", "[\"any\", 0, 0]",
      LSTM_ERROR_UNSUPPORTED, { "'gru' (GRU)", "mask=" } },
  { "mask/of-a-layer", MASKS, "[\"any\", 0, 0]", "[\"masking\", 0, 0]",
      LSTM_ERROR_UNSUPPORTED, { "mask=" } },
  { "mask/axis", MASKS, "\"axis\": -1, \"keepdims\": false",
      "\"axis\": 1, \"keepdims\": false", LSTM_ERROR_UNSUPPORTED,
      { "'any'", "Any of keras.ops", "no part of a mask" } },
  { "mask/keepdims", MASKS, "\"keepdims\": false", "\"keepdims\": true",
      LSTM_ERROR_UNSUPPORTED, { "'any'", "no part of a mask" } },
  { "mask/joined-along-another", MASKS, "\"concatenate_3\", \"axis\": 1",
      "\"concatenate_3\", \"axis\": -1", LSTM_ERROR_UNSUPPORTED, { "mask=" } },
  { "mask/no-such-tensor", MASKS, "[\"not_equal_1\", 0, 0]",
      "[\"not_equal_9\", 0, 0]", LSTM_ERROR_FORMAT,
      { "'gru'", "'not_equal_9'" } },
  { "mask/no-such-call", MASKS, "[\"not_equal_1\", 0, 0]",
      "[\"not_equal_1\", 7, 0]", LSTM_ERROR_FORMAT,
      { "'gru'", "call 7", "'not_equal_1'" } },
  { "mask/number", MASKS, "\"mask\": {\"class_name\": \"__keras_tensor__\"",
      "\"mask\": 3, \"other\": {\"class_name\": \"__keras_tensor__\"",
      LSTM_ERROR_UNSUPPORTED, { "a number" } },

  { "operation/other", MASKS, "\"LogicalOr\"", "\"LogicalAnd\"",
      LSTM_ERROR_UNSUPPORTED,
      { "LogicalAnd of keras.ops and no layer", "use layers (Add" } },
  { "operation/add", MASKS, "\"LogicalOr\"", "\"Add\"", LSTM_ERROR_UNSUPPORTED,
      { "the operation Add", "x + y", "use the layer Add, or Rescaling" } },
  { "operation/slice", MASKS, "\"LogicalOr\"", "\"GetItem\"",
      LSTM_ERROR_UNSUPPORTED,
      { "the operation GetItem", "return_sequences=False" } },
  { "operation/of-tensorflow", "2.15.1_dtype_mixed_float16",
      "\"class_name\": \"LSTM\", \"config\": {",
      "\"class_name\": \"TFOpLambda\", \"config\": {\"function\": "
      "\"math.reduce_mean\", ",
      LSTM_ERROR_UNSUPPORTED,
      { "'lstm'", "math.reduce_mean of TensorFlow and no layer",
          "use the layer GlobalAveragePooling1D" } },
  { "operation/function", MASKS, "\"LogicalOr\"", "\"Tanh\"",
      LSTM_ERROR_UNSUPPORTED, { "Tanh", "use the layer Activation" } },
  { "operation/as-input", MASKS, "[\"dense_2\", 0, 0]",
      "[\"not_equal_1\", 0, 0]", LSTM_ERROR_UNSUPPORTED,
      { "'gru_1'", "'not_equal_1'", "NotEqual of keras.ops" } },
  { "operation/as-output", MASKS, "[\"gru_1\", 0, 0]", "[\"any\", 0, 0]",
      LSTM_ERROR_UNSUPPORTED, { "'output_layers'", "'any'" } },
  { "operation/of-nothing", MASKS,
      "\"name\": \"not_equal_1\", \"inbound_nodes\": [{\"args\": [",
      "\"name\": \"not_equal_1\", \"inbound_nodes\": [{\"args\": [], \"x\": [",
      LSTM_ERROR_UNSUPPORTED, { "'not_equal_1'", "no part of a mask" } },
  { "operation/no-such-output", MASKS, "[\"input_layer_1\", 0, 0]}}, 0]",
      "[\"input_layer_1\", 0, 1]}}, 0]", LSTM_ERROR_FORMAT,
      { "'not_equal_1'", "output 1" } },
};

static void
test_bad (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *from = keras_file (bad[i].file);
  g_autofree gchar *path = h5_path ("words.keras");
  g_autoptr (GPtrArray) members = pack_take_apart (from);

  pack_replace (pack_find (members, "config.json"), bad[i].from, bad[i].to);
  pack_put_together (members, path);
  expect_failure (path, NULL, bad[i].code, bad[i].facts);
}

/* Policies that are read as float32 are noted once, with the first layer. */
static const struct {
  const gchar *name;
  const gchar *file;
  const gchar *dtype; /* NULL: no note */
  guint n_layers;
} notes[] = {
  { "mixed-float16", "3.15.1_dtype_mixed_float16", "'mixed_float16'", 3 },
  { "float16", "3.15.1_dtype_float16", "'float16'", 3 },
  { "bfloat16", "3.15.1_dtype_bfloat16", "'bfloat16'", 2 },
  { "float64", "3.15.1_dtype_float64", "'float64'", 3 },
  { "keras-2-mixed-float16", "2.15.1_dtype_mixed_float16", "'mixed_float16'",
      3 },
  { "float32", "3.15.1_nested", NULL, 0 },
};

static void
test_note (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *path = keras_file (notes[i].file);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  g_autofree gchar *layers =
      g_strdup_printf ("of %u layers", notes[i].n_layers);
  guint n_found = 0;

  g_assert_no_error (error);
  for (guint k = 0; k < lstm_model_get_n_notes (model); k++) {
    const gchar *note = lstm_model_get_note (model, k);

    if (strstr (note, "dtype") == NULL)
      continue;
    g_test_message ("%s", note);
    n_found++;
    g_assert_nonnull (notes[i].dtype);
    g_assert_nonnull (strstr (note, notes[i].dtype));
    g_assert_nonnull (strstr (note, layers));
    g_assert_nonnull (strstr (note, "float32"));
  }
  g_assert_cmpuint (n_found, ==, notes[i].dtype != NULL);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (notes); i++) {
    g_autofree gchar *path = g_strconcat ("/words/note/", notes[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_note);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strconcat ("/words/", bad[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_bad);
  }
  status = g_test_run ();
  h5_end ();
  return status;
}
