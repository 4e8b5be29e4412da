/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models in YAML that must not load: code, place and message. */

#include "yaml-fixture.h"

#include <math.h>
#include <string.h>

/* The text of a model is HEAD, its layers, and so on; its first layer stands on
 * line 7. */
#define HEAD                                                                   \
  "version: 1\nmodel:\n  keras: 3\n  weights: w.safetensors\n"                 \
  "  input: {shape: [null, 3], name: x}\n  layers:\n"

typedef struct {
  const gchar *name;
  const gchar *text;
  gint code;
  const gchar *place; /* line:column */
  const gchar *facts;
} Case;

static const Case cases[] = {
  { "layer-unknown", HEAD "    - LSTMM: {units: 2}\n", LSTM_ERROR_CONFIG, "7:7",
      "unknown layer 'LSTMM'|did you mean 'LSTM'" },
  { "option-unknown", HEAD "    - LSTM: {unitz: 2}\n", LSTM_ERROR_VALUE, "7:14",
      "layer 'lstm' (LSTM)|'unitz' is not known here|did you mean 'units'" },
  { "option-of-another", HEAD "    - Dense: {units: 2, stateful: true}\n",
      LSTM_ERROR_VALUE, "7:25",
      "layer 'dense' (Dense)|'stateful' is not known here|activation, units" },
  { "option-in-wrapper",
      HEAD "    - Bidirectional: {layer: {LSTM: {units: 2,\n"
           "        actvation: relu}}}\n",
      LSTM_ERROR_VALUE, "8:9", "(LSTM)|did you mean 'activation'" },
  { "option-in-cell",
      HEAD "    - RNN: {cell: [{LSTMCell: {units: 2}},\n"
           "                   {LSTMCell: {units: 2, unit: 3}}]}\n",
      LSTM_ERROR_VALUE, "8:42", "did you mean 'units'" },
  { "option-in-activation",
      HEAD "    - Dense: {units: 2, activation: {LeakyReLU: {slope: 1}}}\n",
      LSTM_ERROR_VALUE, "7:50", "LeakyReLU|'slope' is not known here" },
  { "value", HEAD "    - LSTM: {units: many}\n", LSTM_ERROR_VALUE, "7:14",
      "layer 'lstm' (LSTM)|'units' is 'many'|a whole number" },
  { "value-yes", HEAD "    - LSTM: {units: 2, stateful: yes}\n",
      LSTM_ERROR_VALUE, "7:24", "'stateful' is 'yes'|true or false" },
  { "value-large", HEAD "    - LSTM: {units: 99999999999999999999}\n",
      LSTM_ERROR_CONFIG, "7:21", "64 bits" },
  { "value-missing", HEAD "    - LSTM\n", LSTM_ERROR_VALUE, "7:7",
      "layer 'lstm' (LSTM)|'units' is missing" },
  { "activation", HEAD "    - Dense: {units: 2, activation: softmix}\n",
      LSTM_ERROR_UNSUPPORTED, "7:25", "'softmix'|softmax" },
  { "two-in-one", HEAD "    - Dense: {units: 2}\n      LSTM: {units: 2}\n",
      LSTM_ERROR_CONFIG, "8:7", "one layer with its options" },
  { "options-not-indented", HEAD "    - Dense:\n      units: 2\n",
      LSTM_ERROR_CONFIG, "8:7", "one step further to the right" },
  { "options-a-list", HEAD "    - Dense: [2]\n", LSTM_ERROR_CONFIG, "7:14",
      "found a list|a mapping of its options" },
  { "layers-a-mapping", HEAD "    Dense: {units: 2}\n", LSTM_ERROR_CONFIG,
      "7:5", "layers: found a mapping|a list of layers" },
  { "layers-empty", "version: 1\nmodel: {keras: 3, layers: []}\n",
      LSTM_ERROR_CONFIG, "2:27", "layers: the list is empty" },
  { "layers-missing", "version: 1\nmodel: {keras: 3}\n", LSTM_ERROR_CONFIG,
      "2:8", "model: required key 'layers' is missing" },
  { "keras-missing", "version: 1\nmodel: {layers: [Flatten]}\n",
      LSTM_ERROR_CONFIG, "2:8", "'keras' is missing|2 or 3" },
  { "keras-4", "version: 1\nmodel: {keras: 4, layers: [Flatten]}\n",
      LSTM_ERROR_CONFIG, "2:16", "keras: found '4'|from 2 to 3" },
  { "model-key", "version: 1\nmodel: {keras: 3, layer: [Flatten]}\n",
      LSTM_ERROR_CONFIG, "2:19", "unknown key 'layer'|'layers'" },
  { "model-is-file", "version: 1\nmodel: other.h5\n", LSTM_ERROR_CONFIG, "2:8",
      "names its file" },
  { "model-missing", "version: 1\n", LSTM_ERROR_CONFIG, "1:1",
      "'model' is missing" },
  { "version-2", "version: 2\nmodel: {}\n", LSTM_ERROR_CONFIG, "1:10",
      "version: found '2'" },
  { "allow-nan",
      "version: 1\nmodel: {keras: 3, allow_nan: 1, layers: [Flatten]}\n",
      LSTM_ERROR_CONFIG, "2:30", "allow_nan: unknown value '1'" },

  /* inputs */
  { "no-input", "version: 1\nmodel:\n  keras: 3\n  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:12",
      "'flatten' has nothing to be called on|input: {shape:" },
  { "input-no-shape",
      "version: 1\nmodel:\n  keras: 3\n  input: {name: x}\n"
      "  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:10", "input 'x' has no shape" },
  { "input-key",
      "version: 1\nmodel:\n  keras: 3\n  input: {shap: [2]}\n"
      "  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:11", "unknown key 'shap'|did you mean 'shape'" },
  { "input-axis",
      "version: 1\nmodel:\n  keras: 3\n  input: {shape: [2, 0]}\n"
      "  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:22", "shape: found '0'|from 1 to" },
  { "input-open-features",
      "version: 1\nmodel:\n  keras: 3\n  input: {shape: [2, null]}\n"
      "  layers: [Flatten]\n",
      LSTM_ERROR_SHAPE, "4:10",
      "(None, 2, None)|only the batch and the steps" },
  { "input-axes",
      "version: 1\nmodel:\n  keras: 3\n"
      "  input: {shape: [1, 2, 3, 4, 5, 6, 7]}\n  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:18", "found 7 axes, expected 1 to 6" },
  { "input-two-shapes",
      "version: 1\nmodel:\n  keras: 3\n"
      "  input: {shape: [2], batch_shape: [1, 2]}\n  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:36", "batch_shape beside shape" },
  { "inputs-same-name",
      "version: 1\nmodel:\n  keras: 3\n"
      "  input: [{shape: [2], name: a}, {shape: [2], name: a}]\n"
      "  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "4:34", "'a' is the name of two inputs" },
  { "several-inputs",
      "version: 1\nmodel:\n  keras: 3\n"
      "  input: [{shape: [2], name: a}, {shape: [2], name: b}]\n"
      "  layers: [Flatten]\n",
      LSTM_ERROR_CONFIG, "5:12", "'flatten' follows several inputs|inputs:" },

  /* graphs */
  { "reference",
      HEAD "    - Dense: {units: 2, name: first}\n"
           "    - Flatten: {inputs: frist}\n",
      LSTM_ERROR_CONFIG, "8:25", "inputs: unknown layer 'frist'|'first'" },
  { "reference-below",
      HEAD "    - Flatten: {inputs: later}\n"
           "    - Dense: {units: 2, name: later}\n",
      LSTM_ERROR_CONFIG, "7:25", "'later' stands further down" },
  { "reference-output",
      HEAD "    - LSTM: {units: 2, return_state: true}\n"
           "    - Dense: {units: 2, inputs: \"lstm:3\"}\n",
      LSTM_ERROR_CONFIG, "8:33", "'lstm:3' is output 3, counted from 0|has 3" },
  { "reference-mapping", HEAD "    - Flatten: {inputs: {a: b}}\n",
      LSTM_ERROR_CONFIG, "7:25", "inputs: found a mapping|name of a layer" },
  { "reference-none", HEAD "    - Flatten: {inputs: []}\n", LSTM_ERROR_CONFIG,
      "7:25", "inputs: found a list|name of a layer" },
  { "several-outputs",
      HEAD "    - LSTM: {units: 2, return_state: true}\n"
           "    - Dense: {units: 2}\n",
      LSTM_ERROR_CONFIG, "8:7", "'dense' follows what has several outputs" },
  { "same-name",
      HEAD "    - Dense: {units: 2, name: a}\n"
           "    - Dense: {units: 2, name: a}\n",
      LSTM_ERROR_CONFIG, "8:31", "'a' is the name of the layer on line 7" },
  { "outputs", HEAD "    - Dense: {units: 2}\n  outputs: dens\n",
      LSTM_ERROR_CONFIG, "8:12", "outputs: unknown layer 'dens'|'dense'" },
  { "outputs-empty", HEAD "    - Dense: {units: 2}\n  outputs: {}\n",
      LSTM_ERROR_CONFIG, "8:12", "0 layers for 0 names" },
  { "state-of-dense", HEAD "    - Dense: {units: 2, initial_state: [x]}\n",
      LSTM_ERROR_SHAPE, "7:7", "layer 'dense' (Dense)|has no state" },
  { "call-of-nothing", HEAD "    - call: {layer: lstm}\n", LSTM_ERROR_CONFIG,
      "7:21", "'lstm' is no layer that stands before" },
  { "call-key",
      HEAD "    - Dense: {units: 3}\n"
           "    - call: {layer: dense, units: 3}\n",
      LSTM_ERROR_CONFIG, "8:28", "call: unknown key 'units'" },
  { "model-inputs",
      HEAD "    - Functional: {inputs: [x, x], layers: [Flatten]}\n",
      LSTM_ERROR_CONFIG, "7:7", "called on 2 tensors; the model takes 1" },
  { "model-state",
      HEAD "    - Sequential: {initial_state: x, layers: [Flatten]}\n",
      LSTM_ERROR_CONFIG, "7:20", "Sequential: unknown key 'initial_state'" },
  { "distributed-outputs",
      HEAD "    - TimeDistributed: {layer: {Sequential: {layers: [{LSTM: "
           "{units: 2, return_state: true}}]}}}\n",
      LSTM_ERROR_SHAPE, "7:56", "layer 'time_distributed/sequential/lstm'" },

  /* shapes */
  { "shapes",
      HEAD "    - LSTM: {units: 2, name: a}\n"
           "    - LSTM: {units: 2, name: b}\n",
      LSTM_ERROR_SHAPE, "8:7", "layer 'b' (LSTM)|(None, 2)" },
  { "shapes-joined",
      HEAD "    - Dense: {units: 2, name: a}\n"
           "    - Dense: {units: 4, name: b, inputs: x}\n"
           "    - Add: {inputs: [a, b]}\n",
      LSTM_ERROR_SHAPE, "9:7",
      "layer 'add' (Add)|(None, None, 2)|"
      "(None, None, 4)" },

  /* weights */
  { "weights-no-file",
      "version: 1\nmodel:\n  keras: 3\n  weights: none.safetensors\n"
      "  input: {shape: [3]}\n  layers: [{Dense: {units: 2}}]\n",
      LSTM_ERROR_IO, "4:12", "none.safetensors: cannot open it" },
  { "weights-unsaid",
      "version: 1\nmodel:\n  keras: 3\n"
      "  input: {shape: [3]}\n  layers: [{Dense: {units: 2}}]\n",
      LSTM_ERROR_CONFIG, "3:3",
      "2 weights, first 'kernel' of layer 'dense'|weights:" },
  { "weights-name", HEAD "    - Dense: {units: 2, name: other}\n",
      LSTM_ERROR_WEIGHTS, "7:7",
      "layer 'other' (Dense): weight 'kernel' (3, 2) is not in|"
      "'other/kernel'|candidates are: 'dense/kernel'" },
  { "weights-shape", HEAD "    - Dense: {units: 4}\n", LSTM_ERROR_SHAPE, "7:7",
      "layer 'dense' (Dense)|'kernel' has shape (3, 2)|it is (3, 4)" },
  { "weights-unused", HEAD "    - Dense: {units: 2, use_bias: false}\n",
      LSTM_ERROR_WEIGHTS, "4:12",
      "has the tensor 'dense/bias', which no layer of the model uses" },

  /* the text */
  { "alias", "version: 1\nmodel: &m\n  keras: 3\n  layers: *m\n",
      LSTM_ERROR_CONFIG, "2:8", "anchor" },
  { "two-documents", "version: 1\nmodel: {keras: 3}\n---\nversion: 1\n",
      LSTM_ERROR_CONFIG, "3:1", "a second document" },
  { "tabs", "version: 1\nmodel:\n\tkeras: 3\n", LSTM_ERROR_CONFIG, "3:1",
      "indented by a tab" },
};

static void
save_weights (void)
{
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();

  yaml_fixture_add (tensors, "dense/kernel", 2, 3, 2);
  yaml_fixture_add (tensors, "dense/bias", 1, 2, 0);
  g_free (yaml_fixture_save (tensors, "w.safetensors"));
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;

  save_weights ();
  yaml_fixture_fail (c->text, -1, c->code, c->place, c->facts);
}

/* ---- texts that are large ---- */

static void
test_deep (void)
{
  g_autoptr (GString) text = g_string_new (HEAD "    - Dense: {units: ");

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, '[');
  yaml_fixture_fail (
      text->str, -1, LSTM_ERROR_CONFIG, "7:49", "nested more than 32 deep");
}

static void
test_large (void)
{
  g_autoptr (GString) text = g_string_new (HEAD);

  while (text->len < 10 << 20)
    g_string_append (text, "    - Flatten: {name: a-layer-of-a-long-list}\n");
  yaml_fixture_fail (text->str, (gssize) text->len, LSTM_ERROR_CONFIG, "1:1",
      "larger than the 8388608 bytes");
}

/* Calls of calls of calls double what is called each time. */
static void
test_calls (void)
{
  g_autoptr (GString) text = g_string_new (HEAD);

  g_string_append (text, "    - Sequential: {name: m0, layers: [Flatten]}\n");
  for (guint i = 0; i < 5; i++)
    g_string_append (text, "    - call: {layer: m0}\n");
  save_weights ();
  yaml_fixture_fail (text->str, -1, LSTM_ERROR_WEIGHTS, "4:12", "dense/kernel");
}

/* ---- weights ---- */

static void
set_number (gfloat number)
{
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();

  yaml_fixture_add (tensors, "dense/kernel", 2, 3, 2);
  yaml_fixture_add (tensors, "dense/bias", 1, 2, 0);
  ((LstmArray *) lstm_safetensors_get (tensors, 0))->data[4] = number;
  g_free (yaml_fixture_save (tensors, "w.safetensors"));
}

static void
test_nan (void)
{
  g_autoptr (LstmModel) model = NULL;

  set_number (NAN);
  yaml_fixture_fail (HEAD "    - Dense: {units: 2}\n", -1, LSTM_ERROR_WEIGHTS,
      "7:7", "'kernel' are NaN|first number 4, which is NaN|allow_nan");
  set_number (-INFINITY);
  yaml_fixture_fail (HEAD "    - Dense: {units: 2}\n", -1, LSTM_ERROR_WEIGHTS,
      "7:7", "first number 4, which is -infinity");
  model = yaml_fixture_load (
      "version: 1\nmodel:\n  keras: 3\n  weights: w.safetensors\n"
      "  allow_nan: true\n  input: {shape: [null, 3]}\n"
      "  layers: [{Dense: {units: 2}}]\n");
}

/* A kernel of [3, 2] in numbers of @dtype, @size bytes each. */
static void
save_kernel_as (const gchar *dtype, guint size)
{
  g_autofree gchar *header = g_strdup_printf (
      "{\"dense/kernel\":{\"dtype\":\"%s\",\"shape\":[3,2],"
      "\"data_offsets\":[0,%u]},\"dense/bias\":{\"dtype\":\"F32\","
      "\"shape\":[2],\"data_offsets\":[%u,%u]}}",
      dtype, 6 * size, 6 * size, 6 * size + 8);
  const guint64 length = GUINT64_TO_LE ((guint64) strlen (header));
  g_autoptr (GString) bytes =
      g_string_new_len ((const gchar *) &length, sizeof length);

  g_string_append (bytes, header);
  for (guint i = 0; i < 6 * size + 8; i++)
    g_string_append_c (bytes, '\0');
  g_free (
      yaml_fixture_write ("w.safetensors", bytes->str, (gssize) bytes->len));
}

static void
test_dtype (void)
{
  static const gchar model[] = HEAD "    - Dense: {units: 2}\n";

  save_kernel_as ("I32", 4);
  yaml_fixture_fail (model, -1, LSTM_ERROR_WEIGHTS, "7:7",
      "'kernel' has whole numbers|dtype I32|expected dtype|quantised");
  save_kernel_as ("F8_E4M3", 1);
  yaml_fixture_fail (
      model, -1, LSTM_ERROR_UNSUPPORTED, "4:12", "w.safetensors|F8_E4M3");
}

static void
test_ambiguous (void)
{
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();

  yaml_fixture_add (tensors, "a/dense/kernel", 2, 3, 2);
  yaml_fixture_add (tensors, "b/dense/kernel", 2, 3, 2);
  yaml_fixture_add (tensors, "b/dense/bias", 1, 2, 0);
  g_free (yaml_fixture_save (tensors, "w.safetensors"));
  yaml_fixture_fail (HEAD "    - Dense: {units: 2}\n", -1, LSTM_ERROR_WEIGHTS,
      "7:7",
      "several tensors|'a/dense/kernel', 'b/dense/kernel'|called "
      "'dense/kernel'");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  yaml_fixture_open ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strconcat ("/yaml/bad/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/yaml/bad/deep", test_deep);
  g_test_add_func ("/yaml/bad/large", test_large);
  g_test_add_func ("/yaml/bad/calls", test_calls);
  g_test_add_func ("/yaml/bad/nan", test_nan);
  g_test_add_func ("/yaml/bad/dtype", test_dtype);
  g_test_add_func ("/yaml/bad/ambiguous", test_ambiguous);
  status = g_test_run ();
  yaml_fixture_close ();
  return status;
}
