/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Model configs that say what cannot be: each is a golden file with one piece
 * of its model_config replaced. */

#include "common/golden.h"
#include "expect.h"
#include "h5-edit.h"

typedef struct {
  const gchar *name;
  const gchar *base; /* the golden case */
  const gchar *find; /* its first occurrence goes; NULL: all of the config */
  const gchar *replace;
  gint code;
  const gchar *facts[MAX_FACTS];
} BadConfig;

#define SEQUENTIAL "stateless_stack"
#define KERAS_2 "keras2_functional_state"
#define SKIP "functional_skip"
#define SHAPE "\"batch_shape\": [null, 10, 2]"

static const BadConfig bad_configs[] = {
  /* JSON */
  { "json/empty", SEQUENTIAL, NULL, "", LSTM_ERROR_FORMAT,
      { "model_config", "empty" } },
  { "json/cut", SEQUENTIAL, NULL, "{\"class_name\": \"Sequential\", ",
      LSTM_ERROR_FORMAT, { "model_config is not JSON" } },
  { "json/word", SEQUENTIAL, NULL, "model", LSTM_ERROR_FORMAT,
      { "model_config is not JSON" } },
  { "json/comment", SEQUENTIAL, NULL, "/* \" */ [[1]]", LSTM_ERROR_FORMAT,
      { "model_config", "byte 0" } },
  { "json/root-list", SEQUENTIAL, NULL, "[]", LSTM_ERROR_FORMAT,
      { "model_config is a list", "expected an object" } },
  { "json/root-number", SEQUENTIAL, NULL, "3", LSTM_ERROR_FORMAT,
      { "model_config is a number", "expected an object" } },
  { "json/lone-surrogate", SEQUENTIAL, "\"name\": \"sequential\"",
      "\"name\": \"\\ud800\"", LSTM_ERROR_FORMAT, { "model_config" } },

  /* Kinds of members */
  { "class/missing", SEQUENTIAL, "\"class_name\": \"Sequential\"",
      "\"class\": \"Sequential\"", LSTM_ERROR_FORMAT,
      { "'class_name'", "nothing", "expected text" } },
  { "class/number", SEQUENTIAL, "\"class_name\": \"Sequential\"",
      "\"class_name\": 7", LSTM_ERROR_FORMAT,
      { "'class_name'", "a number", "expected text" } },
  { "class/of-model-unknown", SEQUENTIAL, "\"class_name\": \"Sequential\"",
      "\"class_name\": \"MyModel\"", LSTM_ERROR_UNSUPPORTED,
      { "MyModel", "Sequential" } },
  { "class/model-is-a-layer", SEQUENTIAL, NULL,
      "{\"class_name\": \"LSTM\", \"config\": {\"units\": 1}}",
      LSTM_ERROR_UNSUPPORTED, { "'LSTM'", "Sequential, Functional" } },
  { "class/unknown-layer", "returns_seq", "\"class_name\": \"LSTM\"",
      "\"class_name\": \"XLSTM9D\"", LSTM_ERROR_UNSUPPORTED,
      { "lstm_6", "XLSTM9D", "SimpleRNN", "TimeDistributed" } },
  { "class/custom", "returns_seq", "\"class_name\": \"LSTM\"",
      "\"registered_name\": \"mine>LSTM\", \"class_name\": \"LSTM\"",
      LSTM_ERROR_UNSUPPORTED, { "mine>LSTM", "custom" } },
  { "config/missing", SEQUENTIAL, NULL, "{\"class_name\": \"Sequential\"}",
      LSTM_ERROR_FORMAT, { "'config' is nothing" } },
  { "config/text", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": \"x\"}", LSTM_ERROR_FORMAT,
      { "'config' is text", "expected an object" } },
  { "config/functional-list", SKIP, NULL,
      "{\"class_name\": \"Functional\", \"config\": []}", LSTM_ERROR_FORMAT,
      { "'config' is a list", "expected an object" } },
  { "config/of-layer-list", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": "
      "[{\"class_name\": \"LSTM\", \"config\": []}]}}",
      LSTM_ERROR_FORMAT, { "layer 1 of", "'config' is a list" } },

  /* Lists of layers */
  { "layers/empty", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", "
      "\"layers\": []}}",
      LSTM_ERROR_FORMAT, { "'s'", "no layers" } },
  { "layers/empty-bare-list", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": []}", LSTM_ERROR_FORMAT,
      { "Sequential", "no layers" } },
  { "layers/empty-functional", SKIP, NULL,
      "{\"class_name\": \"Functional\", \"config\": {\"name\": \"f\", "
      "\"layers\": [], \"input_layers\": [], \"output_layers\": []}}",
      LSTM_ERROR_FORMAT, { "'f'", "no layers" } },
  { "layers/missing", SEQUENTIAL, "\"layers\"", "\"layer\"", LSTM_ERROR_FORMAT,
      { "'layers' is nothing", "expected a list" } },
  { "layers/object", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": {}}}",
      LSTM_ERROR_FORMAT, { "'layers' is an object", "expected a list" } },
  { "layers/of-numbers", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [1]}}",
      LSTM_ERROR_FORMAT, { "layer 1 of", "a number", "expected an object" } },
  { "layers/input-only", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", "
      "\"layers\": [{\"class_name\": \"InputLayer\", \"config\": {" SHAPE
      "}}]}}",
      LSTM_ERROR_FORMAT, { "'s'", "no layers" } },
  { "layers/input-second", SEQUENTIAL, "\"class_name\": \"LSTM\"",
      "\"class_name\": \"InputLayer\"", LSTM_ERROR_FORMAT,
      { "InputLayer", "layer 2", "expected it first" } },
  { "layers/same-name", SKIP, "\"name\": \"b\", \"inbound_nodes\"",
      "\"name\": \"a\", \"inbound_nodes\"", LSTM_ERROR_FORMAT,
      { "functional_85", "two layers called 'a'" } },
  { "layers/states-in-sequential", SEQUENTIAL, "\"return_state\": false",
      "\"return_state\": true", LSTM_ERROR_SHAPE, { "lstm_3", "3 outputs" } },

  /* Shapes of inputs */
  { "shape/none", SEQUENTIAL, NULL,
      "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": "
      "\"Flatten\", \"config\": {\"name\": \"flat\"}}]}",
      LSTM_ERROR_FORMAT, { "'flat'", "keras.Input" } },
  { "shape/none-of-input", SKIP, "\"batch_shape\": [null, 8, 6]", "\"x\": 0",
      LSTM_ERROR_FORMAT, { "'input_layer_84'", "batch_shape" } },
  { "shape/text", SEQUENTIAL, SHAPE, "\"batch_shape\": \"x\"",
      LSTM_ERROR_FORMAT, { "batch_shape is text", "expected a list" } },
  { "shape/empty", SEQUENTIAL, SHAPE, "\"batch_shape\": []", LSTM_ERROR_SHAPE,
      { "0 axes", "expected 1 to 7" } },
  { "shape/nine-axes", SEQUENTIAL, SHAPE,
      "\"batch_shape\": [null, 1, 1, 1, 1, 1, 1, 1, 1]", LSTM_ERROR_SHAPE,
      { "9 axes", "expected 1 to 7" } },
  { "shape/zero", SEQUENTIAL, SHAPE, "\"batch_shape\": [null, 10, 0]",
      LSTM_ERROR_SHAPE, { "length 0" } },
  { "shape/negative", SEQUENTIAL, SHAPE, "\"batch_shape\": [null, 10, -2]",
      LSTM_ERROR_SHAPE, { "length -2" } },
  { "shape/too-large", SEQUENTIAL, SHAPE,
      "\"batch_shape\": [null, 10, 3000000000]", LSTM_ERROR_SHAPE,
      { "3000000000", "2147483647" } },
  { "shape/fraction", SEQUENTIAL, SHAPE, "\"batch_shape\": [null, 10, 2.5]",
      LSTM_ERROR_FORMAT, { "a number", "expected a whole number" } },
  { "shape/word", SEQUENTIAL, SHAPE, "\"batch_shape\": [null, 10, \"2\"]",
      LSTM_ERROR_FORMAT, { "text", "expected a whole number" } },
  { "shape/object", SEQUENTIAL, SHAPE,
      "\"batch_shape\": {\"class_name\": \"Shape\", \"items\": [null, 10, 2]}",
      LSTM_ERROR_FORMAT, { "an object", "expected a list" } },
  { "shape/other-features", SEQUENTIAL, SHAPE, "\"batch_shape\": [null, 10, 3]",
      LSTM_ERROR_SHAPE, { "lstm_2", "kernel", "(2, 4)", "(3, 4)" } },

  /* Options of layers */
  { "option/unknown-activation", "returns_seq", "\"activation\": \"tanh\"",
      "\"activation\": \"tanhh\"", LSTM_ERROR_UNSUPPORTED,
      { "lstm_6", "tanhh", "softsign" } },
  { "option/units-text", "returns_seq", "\"units\": 1", "\"units\": \"x\"",
      LSTM_ERROR_VALUE, { "lstm_6", "units" } },
  { "option/units-negative", "returns_seq", "\"units\": 1", "\"units\": -1",
      LSTM_ERROR_VALUE, { "lstm_6", "units", "-1" } },
  { "option/units-huge", "returns_seq", "\"units\": 1", "\"units\": 1000000000",
      LSTM_ERROR_VALUE, { "lstm_6", "units", "1000000000" } },
  { "option/units-too-large-together", "returns_seq", "\"units\": 1",
      "\"units\": 16777216", LSTM_ERROR_SHAPE,
      { "lstm_6", "recurrent_kernel", "16777216" } },

  /* How layers join, in Keras 3's words */
  { "join/unknown-layer", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"zz\", 0, 0]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "'zz'" } },
  { "join/unknown-call", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"a\", 3, 0]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "call 3", "'a'", "1 times" } },
  { "join/huge-call", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"a\", 9223372036854775807, 0]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "9223372036854775807" } },
  { "join/negative-call", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"a\", -1, 0]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "call -1" } },
  { "join/unknown-output", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"a\", 0, 7]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "output 7", "'a'", "has 1" } },
  { "join/negative-output", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"a\", 0, -1]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "output -1" } },
  { "join/history-short", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"keras_history\": [\"a\", 0]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "keras_history", "[layer, node, tensor]" } },
  { "join/history-missing", SKIP, "\"keras_history\": [\"a\", 0, 0]",
      "\"history\": [\"a\", 0, 0]", LSTM_ERROR_FORMAT,
      { "'concatenate'", "keras_history", "nothing" } },
  { "join/self-cycle", SKIP, "\"keras_history\": [\"input_layer_84\", 0, 0]",
      "\"keras_history\": [\"a\", 0, 0]", LSTM_ERROR_FORMAT,
      { "cycle", "'a' takes the output of 'a'" } },
  { "join/cycle", SKIP, "\"keras_history\": [\"input_layer_84\", 0, 0]",
      "\"keras_history\": [\"b\", 0, 0]", LSTM_ERROR_FORMAT,
      { "cycle", "takes the output of" } },
  { "join/constant", SKIP, "\"kwargs\": {\"training\": false, \"mask\": null}",
      "\"kwargs\": {\"initial_state\": 0.5}", LSTM_ERROR_UNSUPPORTED,
      { "'a'", "a number" } },
  { "join/mask-tensor", SKIP,
      "\"kwargs\": {\"training\": false, \"mask\": null}",
      "\"kwargs\": {\"mask\": [\"input_layer_84\", 0, 0]}",
      LSTM_ERROR_UNSUPPORTED, { "'a' (LSTM)", "mask=", "Masking" } },
  { "join/unknown-kwarg", SKIP,
      "\"kwargs\": {\"training\": false, \"mask\": null}",
      "\"kwargs\": {\"speed\": 3}", LSTM_ERROR_UNSUPPORTED,
      { "'a'", "speed=a number" } },
  { "join/kwargs-list", SKIP,
      "\"kwargs\": {\"training\": false, \"mask\": null}", "\"kwargs\": []",
      LSTM_ERROR_FORMAT, { "'a'", "'kwargs' is a list" } },
  { "join/no-nodes", SKIP, "\"name\": \"a\", \"inbound_nodes\"",
      "\"name\": \"a\", \"nodes\"", LSTM_ERROR_FORMAT,
      { "'a'", "inbound_nodes", "nothing" } },
  { "join/dense-with-state", SKIP,
      "\"keras_history\": [\"b\", 0, 0]}}], "
      "\"kwargs\": {}",
      "\"keras_history\": [\"b\", 0, 0]}}], \"kwargs\": {\"initial_state\": "
      "[[\"b\", 0, 0]]}",
      LSTM_ERROR_SHAPE, { "head_a", "initial state" } },

  /* The same in Keras 2's */
  { "join2/unknown-layer", KERAS_2, "[[[\"lstm_4\", 0, 0, {}]]]",
      "[[[\"nobody\", 0, 0, {}]]]", LSTM_ERROR_FORMAT,
      { "'dense_2'", "'nobody'" } },
  { "join2/constant", KERAS_2, "[[[\"lstm_4\", 0, 0, {}]]]",
      "[[[\"_CONSTANT_VALUE\", -1, 2.5, {}]]]", LSTM_ERROR_UNSUPPORTED,
      { "'dense_2'", "constant" } },
  { "join2/number", KERAS_2, "[[[\"lstm_4\", 0, 0, {}]]]", "[[7]]",
      LSTM_ERROR_UNSUPPORTED, { "'dense_2'", "a number" } },
  { "join2/no-input", KERAS_2, "[[[\"lstm_4\", 0, 0, {}]]]", "[[]]",
      LSTM_ERROR_FORMAT, { "'dense_2'", "without an input" } },
  { "join2/text", KERAS_2, "[[[\"lstm_4\", 0, 0, {}]]]", "\"lstm_4\"",
      LSTM_ERROR_FORMAT, { "'dense_2'", "inbound_nodes", "text" } },

  /* The model's ends */
  { "ends/no-inputs", SKIP, "\"input_layers\": [\"input_layer_84\", 0, 0]",
      "\"input_layers\": []", LSTM_ERROR_FORMAT,
      { "1 InputLayers", "0 of them" } },
  { "ends/inputs-missing", SKIP, "\"input_layers\"", "\"inputs\"",
      LSTM_ERROR_FORMAT, { "functional_85", "input_layers" } },
  { "ends/outputs-missing", SKIP, "\"output_layers\"", "\"outputs\"",
      LSTM_ERROR_FORMAT, { "functional_85", "output_layers" } },
  { "ends/no-outputs", SKIP,
      "\"output_layers\": [[\"head_a\", 0, 0], [\"head_b\", 0, 0]]",
      "\"output_layers\": []", LSTM_ERROR_FORMAT, { "0 outputs" } },
  { "ends/input-no-input", SKIP, "\"input_layers\": [\"input_layer_84\", 0, 0]",
      "\"input_layers\": [\"a\", 0, 0]", LSTM_ERROR_FORMAT,
      { "input_layers", "'a'", "no InputLayer" } },
  { "ends/input-twice", SKIP, "\"input_layers\": [\"input_layer_84\", 0, 0]",
      "\"input_layers\": [[\"input_layer_84\", 0, 0], [\"input_layer_84\", 0, "
      "0]]",
      LSTM_ERROR_FORMAT, { "input_layers", "twice" } },
  { "ends/unknown-output", SKIP, "\"output_layers\": [[\"head_a\", 0, 0]",
      "\"output_layers\": [[\"head_x\", 0, 0]", LSTM_ERROR_FORMAT,
      { "output_layers", "'head_x'" } },
  { "ends/output-out-of-range", SKIP, "\"output_layers\": [[\"head_a\", 0, 0]",
      "\"output_layers\": [[\"head_a\", 0, 2]", LSTM_ERROR_FORMAT,
      { "output_layers", "output 2", "'head_a'" } },
  { "ends/number", SKIP, "\"input_layers\": [\"input_layer_84\", 0, 0]",
      "\"input_layers\": 1", LSTM_ERROR_UNSUPPORTED,
      { "input_layers", "a number" } },
};

static gchar *
replace_first (const gchar *text, const gchar *find, const gchar *replace)
{
  const gchar *at = strstr (text, find);
  g_autofree gchar *before = NULL;

  if (at == NULL)
    g_error ("the config does not hold '%s'", find);
  before = g_strndup (text, (gsize) (at - text));
  return g_strconcat (before, replace, at + strlen (find), NULL);
}

/* (transfer full): a copy of a golden file with another config. */
static gchar *
make_file (const gchar *base, const gchar *find, const gchar *replace)
{
  g_autofree gchar *from = golden_file (base, "model.h5");
  gchar *path = h5_copy (from, "config.h5");
  hid_t file = h5_open (path);
  g_autofree gchar *old = h5_get_text (file, "", "model_config");
  g_autofree gchar *text =
      find != NULL ? replace_first (old, find, replace) : g_strdup (replace);

  h5_set_text (file, "", "model_config", text);
  H5Fclose (file);
  return path;
}

static void
test_bad_config (gconstpointer data)
{
  const BadConfig *bad = data;
  g_autofree gchar *path = make_file (bad->base, bad->find, bad->replace);

  expect_failure (path, NULL, bad->code, bad->facts);
}

static void
test_deep_lists (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *path = NULL;
  const gchar *const facts[MAX_FACTS] = { "too deep", "byte 200", "200" };

  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (text, '[');
  path = make_file (SEQUENTIAL, NULL, text->str);
  expect_failure (path, NULL, LSTM_ERROR_FORMAT, facts);
}

/* Depth hidden behind what one parser takes for a string and another not. */
static void
test_deep_escapes (void)
{
  g_autoptr (GString) text = g_string_new ("{\"a\\\\\": \"\\\"\", \"b\": ");
  g_autofree gchar *path = NULL;
  const gchar *const facts[MAX_FACTS] = { "too deep" };

  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (text, '[');
  path = make_file (SEQUENTIAL, NULL, text->str);
  expect_failure (path, NULL, LSTM_ERROR_FORMAT, facts);
}

/* Sequential models, each the only layer of the one around it. */
static void
test_deep_models (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *path = NULL;
  const gchar *const facts[MAX_FACTS] = { "more than 32 models" };

  for (guint i = 0; i < 40; i++)
    g_string_append_printf (text,
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s%u\", "
        "\"layers\": [",
        i);
  g_string_append (
      text, "{\"class_name\": \"Flatten\", \"config\": {\"name\": \"f\"}}");
  for (guint i = 0; i < 40; i++)
    g_string_append (text, "]}}");
  path = make_file (SEQUENTIAL, NULL, text->str);
  expect_failure (path, NULL, LSTM_ERROR_FORMAT, facts);
}

/* A functional model that calls @inner twice. */
static void
append_twice (GString *text, guint level, guint levels)
{
  g_string_append_printf (text,
      "{\"class_name\": \"Functional\", \"name\": \"m%u\", \"config\": "
      "{\"name\": \"m%u\", \"layers\": [{\"class_name\": \"InputLayer\", "
      "\"name\": \"i\", \"config\": {\"name\": \"i\", \"batch_shape\": [null, "
      "4]}, \"inbound_nodes\": []}, ",
      level, level);
  if (level + 1 < levels)
    append_twice (text, level + 1, levels);
  else
    g_string_append_printf (text,
        "{\"class_name\": \"Activation\", \"name\": \"m%u\", \"config\": "
        "{\"name\": \"m%u\", \"activation\": \"relu\"}",
        level + 1, level + 1);
  g_string_append_printf (text,
      ", \"inbound_nodes\": [[[\"i\", 0, 0, {}]], [[\"m%u\", 0, 0, {}]]]}], "
      "\"input_layers\": [[\"i\", 0, 0]], \"output_layers\": [[\"m%u\", 1, "
      "0]]}",
      level + 1, level + 1);
  if (level == 0)
    g_string_append_c (text, '}');
}

static void
test_many_calls (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *path = NULL;
  const gchar *const facts[MAX_FACTS] = { "more than 16384 calls" };

  append_twice (text, 0, 25);
  path = make_file (SEQUENTIAL, NULL, text->str);
  expect_failure (path, NULL, LSTM_ERROR_FORMAT, facts);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (bad_configs); i++) {
    g_autofree gchar *path =
        g_strconcat ("/config/", bad_configs[i].name, NULL);

    g_test_add_data_func (path, &bad_configs[i], test_bad_config);
  }
  g_test_add_func ("/config/deep/lists", test_deep_lists);
  g_test_add_func ("/config/deep/escapes", test_deep_escapes);
  g_test_add_func ("/config/deep/models", test_deep_models);
  g_test_add_func ("/config/deep/calls", test_many_calls);
  status = g_test_run ();
  h5_end ();
  return status;
}
