/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models that a person writes in YAML, with the weights that Keras exported,
 * against the model that Keras itself saved. */

#include "yaml-fixture.h"

#include "common/golden.h"

#include <string.h>

#include <glib/gstdio.h>

static const struct {
  const gchar *name; /* of the golden case */
  const gchar *layers;
} cases[] = {
  { "window_seq_timedistributed",
      "  input: {shape: [25, 1]}\n"
      "  layers:\n"
      "    - LSTM: {units: 20, return_sequences: true, name: lstm_11}\n"
      "    - TimeDistributed: {name: time_distributed, layer: {Dense: {units: "
      "10}}}\n" },
  { "stateful_stack",
      "  input: {shape: [10, 2], batch_size: 1}\n"
      "  layers:\n"
      "    - LSTM: {units: 1, stateful: true, return_sequences: true}\n"
      "    - LSTM:\n"
      "        units: 1\n"
      "        stateful: true\n"
      "    - Dense: {units: 2}\n" },
  { "bidirectional_concat_seq",
      "  input: {batch_shape: [null, 6, 4]}\n"
      "  layers:\n"
      "    - Bidirectional:\n"
      "        merge_mode: concat\n"
      "        layer: {LSTM: {units: 5, return_sequences: true, name: "
      "forward_lstm_49}}\n"
      "        backward_layer: {LSTM: {units: 5, return_sequences: true,\n"
      "          go_backwards: true, name: backward_lstm_49}}\n" },
  { "embedding", "  input: {shape: [4]}\n"
                 "  layers:\n"
                 "    - Embedding: {input_dim: 5, output_dim: 3}\n"
                 "    - LSTM: {units: 4, name: lstm_73}\n" },
  { "functional_initial_state",
      "  input: {shape: [8, 6], name: x}\n"
      "  layers:\n"
      "    - LSTM: {units: 5, return_state: true, name: enc}\n"
      "    - RepeatVector: {n: 3, inputs: enc}\n"
      "    - LSTM: {units: 5, return_sequences: true, name: dec,\n"
      "             initial_state: [\"enc:1\", \"enc:2\"]}\n"
      "    - Dense: {units: 2, name: out}\n" },
  { "functional_residual",
      "  input: [{shape: [8, 6], name: x}]\n"
      "  layers:\n"
      "    - LSTM: {units: 6, return_sequences: true, name: res}\n"
      "    - Add: {inputs: [x, res]}\n"
      "    - LayerNormalization: {name: layer_normalization_1, axis: -1}\n" },
  { "hello_gru", "  input: {shape: [5, 4]}\n"
                 "  layers:\n"
                 "    - GRU: {units: 2, return_sequences: true, return_state: "
                 "true}\n"
                 "  outputs: [gru, \"gru:1\"]\n" },
  { "normalization",
      "  input: {shape: [8, 6]}\n"
      "  layers:\n"
      "    - Normalization: {axis: -1, mean: null, variance: null}\n"
      "    - LSTM: {units: 5, name: lstm_72}\n"
      "    - Dense: {units: 1, name: dense_18}\n" },
};

/* A golden case's model.keras is what the YAML is to be. */
static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *weights =
      golden_file (cases[i].name, "weights.safetensors");
  g_autofree gchar *saved = golden_file (cases[i].name, "model.keras");
  g_autofree gchar *text =
      g_strdup_printf ("version: 1\nmodel:\n  keras: 3\n  weights: %s\n%s",
          weights, cases[i].layers);
  g_autoptr (LstmModel) model = yaml_fixture_load (text);
  g_autoptr (LstmModel) keras = lstm_model_load (saved, NULL, NULL);

  golden_check (model, cases[i].name);
  g_assert_cmpstr (lstm_model_get_fingerprint (model), ==,
      lstm_model_get_fingerprint (keras));
  g_assert_cmpuint (lstm_model_get_n_notes (model), ==, 0);
  g_assert_cmpint (
      lstm_model_get_batch (model), ==, lstm_model_get_batch (keras));
}

/* ---- weights are mapped ---- */

#define SMALL                                                                  \
  "version: 1\nmodel:\n  keras: 3\n  weights: w.safetensors\n"                 \
  "  input: {shape: [null, 3]}\n  layers:\n    - Dense: {units: 2}\n"

static gboolean
is_mapped (const gchar *path)
{
  g_autofree gchar *maps = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  return strstr (maps, path) != NULL;
}

static gchar *
save_small (const gchar *prefix)
{
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();
  g_autofree gchar *kernel = g_strconcat (prefix, "kernel", NULL);
  g_autofree gchar *bias = g_strconcat (prefix, "bias", NULL);

  yaml_fixture_add (tensors, kernel, 2, 3, 2);
  yaml_fixture_add (tensors, bias, 1, 2, 0);
  return yaml_fixture_save (tensors, "w.safetensors");
}

static void
test_mapped (void)
{
  g_autofree gchar *path = save_small ("dense/");
  LstmModel *model = yaml_fixture_load (SMALL);
  g_autoptr (LstmPlan) plan = NULL;

  g_assert_true (is_mapped (path));
  plan = lstm_plan_new (model, NULL, NULL);
  g_assert_nonnull (plan);
  lstm_model_unref (model);
  g_clear_pointer (&plan, lstm_plan_unref);
  g_assert_false (is_mapped (path));
}

/* ---- the file stands beside the YAML, and counts ---- */

static void
test_shared (void)
{
  g_autofree gchar *weights = save_small ("dense/");
  g_autofree gchar *path = yaml_fixture_write ("model.yaml", SMALL, -1);
  g_autoptr (LstmModel) first = lstm_model_load_shared (path, NULL, NULL);
  g_autoptr (LstmModel) second = lstm_model_load_shared (path, NULL, NULL);
  g_autoptr (LstmModel) third = NULL;
  g_autofree gchar *again = NULL;

  g_assert_nonnull (first);
  g_assert_true (first == second);
  g_assert_cmpint (g_remove (weights), ==, 0);
  again = save_small ("other/dense/");
  third = lstm_model_load_shared (path, NULL, NULL);
  g_assert_nonnull (third);
  g_assert_true (third != first);
  g_assert_cmpstr (lstm_model_get_fingerprint (first), !=,
      lstm_model_get_fingerprint (third));
}

/* `model:` of a configuration may be the model. */
static void
test_config (void)
{
  g_autofree gchar *weights = save_small ("dense/");
  g_autofree gchar *text =
      g_strconcat (SMALL, "features: [a, b, c]\nmode: frame\n", NULL);
  g_autofree gchar *path = yaml_fixture_write ("model.yaml", text, -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = lstm_config_load (path, &error);
  g_autoptr (LstmModel) model = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (lstm_config_get_model (config), ==, path);
  g_assert_cmpuint (lstm_config_get_keras (config), ==, 0);
  model = lstm_model_load (lstm_config_get_model (config), NULL, &error);
  g_assert_no_error (error);
  g_assert_true (is_mapped (weights));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  yaml_fixture_open ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strconcat ("/yaml/case/", cases[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
  }
  g_test_add_func ("/yaml/mapped", test_mapped);
  g_test_add_func ("/yaml/shared", test_shared);
  g_test_add_func ("/yaml/config", test_config);
  status = g_test_run ();
  yaml_fixture_close ();
  return status;
}
