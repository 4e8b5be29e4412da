/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bidirectional, RNN over cells, Masking and Embedding: what cannot be, and
 * what is said of it. */

#include "engine/fixture.h"

#include <string.h>

#define CELL(class_name, units)                                                \
  "{'class_name': <'" class_name "'>, 'config': <{'units': <int64 " units ">}" \
  ">}"
#define LAYER(class_name, config)                                              \
  "<{'class_name': <'" class_name "'>, 'config': <@a{sv} {" config "}>}>"
#define LSTM_LAYER_2 "LSTM {'units': <int64 2>}"
#define LSTM_2 LAYER ("LSTM", "'units': <int64 2>")

static void
assert_error (const GError *error, gint code, const gchar *const *words)
{
  g_assert_error (error, LSTM_ERROR, code);
  for (; *words; words++)
    if (!strstr (error->message, *words))
      g_error ("'%s' is not in the message: %s", *words, error->message);
}

static LstmValueId
add_input (LstmModelBuilder *builder, const gchar *name, LstmShape shape)
{
  g_autoptr (GError) error = NULL;
  LstmValueId value;

  lstm_model_builder_add_input (
      builder, name, &shape, LSTM_DIM_UNKNOWN, &value, &error);
  g_assert_no_error (error);
  return value;
}

/* ---- what cannot be ---- */

typedef struct {
  const gchar *name;
  const gchar *layers[4];
  gint code;
  const gchar *words[7];
} Bad;

static const Bad bad[] = {
  { "bad-merge-mode",
      { "Bidirectional {'merge_mode': <'max'>, 'layer': " LSTM_2 "}" },
      LSTM_ERROR_VALUE,
      { "layer_0", "merge_mode", "'max'", "concat", "null" } },
  { "merge-mode-no-text",
      { "Bidirectional {'merge_mode': <int64 1>, 'layer': " LSTM_2 "}" },
      LSTM_ERROR_VALUE, { "layer_0", "merge_mode", "1", "a string" } },
  { "backward-layer-of-another-shape",
      { "Bidirectional {'merge_mode': <'sum'>, 'layer': " LSTM_2
        ", 'backward_layer': " LAYER ("LSTM",
            "'name': <'own'>, 'units': <int64 3>, 'go_backwards': "
            "<true>") "}" },
      LSTM_ERROR_SHAPE,
      { "layer_0", "forward_LSTM", "(None, 2)", "backward_own", "(None, 3)",
          "'sum'" } },
  { "both-halves-forward",
      { "Bidirectional {'layer': " LSTM_2 ", 'backward_layer': " LSTM_2 "}" },
      LSTM_ERROR_VALUE,
      { "layer_0", "go_backwards", "forward_LSTM", "backward_LSTM" } },
  { "one-half-stateful",
      { "Bidirectional {'layer': " LSTM_2 ", 'backward_layer': " LAYER ("LSTM",
          "'units': <int64 2>, 'go_backwards': <true>, 'stateful': "
          "<true>") "}" },
      LSTM_ERROR_VALUE, { "layer_0", "stateful", "same" } },
  { "one-half-a-sequence",
      { "Bidirectional {'layer': " LSTM_2 ", 'backward_layer': " LAYER ("LSTM",
          "'units': <int64 2>, 'go_backwards': <true>, "
          "'return_sequences': <true>") "}" },
      LSTM_ERROR_VALUE, { "layer_0", "return_sequences", "same" } },
  { "one-half-with-states",
      { "Bidirectional {'layer': " LSTM_2 ", 'backward_layer': " LAYER ("LSTM",
          "'units': <int64 2>, 'go_backwards': <true>, "
          "'return_state': <true>") "}" },
      LSTM_ERROR_VALUE, { "layer_0", "return_state", "same" } },
  { "wraps-no-recurrent-layer",
      { "Bidirectional {'layer': " LAYER ("Dense", "'units': <int64 2>") "}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "Dense", "LSTM", "RNN" } },
  { "wraps-a-custom-layer",
      { "Bidirectional {'layer': <{'class_name': <'LSTM'>, 'registered_name': "
        "<'Mine>LSTM'>, 'config': <{'units': <int64 2>}>}>}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "Mine>LSTM", "custom" } },
  { "wraps-nothing", { "Bidirectional {}" }, LSTM_ERROR_FORMAT,
      { "layer_0", "'layer'", "missing" } },
  { "wraps-a-layer-without-config",
      { "Bidirectional {'layer': <{'class_name': <'LSTM'>}>}" },
      LSTM_ERROR_FORMAT, { "layer_0", "class_name", "config" } },
  { "wraps-a-bad-layer",
      { "Bidirectional {'layer': " LAYER ("LSTM", "'units': <int64 0>") "}" },
      LSTM_ERROR_VALUE, { "layer_0", "forward_LSTM", "units", "0" } },
  { "constants",
      { "Bidirectional {'num_constants': <int64 1>, 'layer': " LSTM_2 "}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "num_constants" } },
  { "unknown-cell", { "RNN {'cell': <" CELL ("PeepholeLSTMCell", "2") ">}" },
      LSTM_ERROR_UNSUPPORTED,
      { "layer_0", "PeepholeLSTMCell", "LSTMCell", "StackedRNNCells" } },
  { "unknown-cell-of-a-stack",
      { "RNN {'cell': <{'class_name': <'StackedRNNCells'>, 'config': "
        "<{'cells': <[" CELL ("LSTMCell", "2") ", " CELL (
            "NASCell", "2") "]>}>}>}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "NASCell", "GRUCell" } },
  { "custom-cell",
      { "RNN {'cell': <{'class_name': <'LSTMCell'>, 'registered_name': "
        "<'Mine>LSTMCell'>, 'config': <{'units': <int64 2>}>}>}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "Mine>LSTMCell" } },
  { "no-cell", { "RNN {}" }, LSTM_ERROR_FORMAT,
      { "layer_0", "'cell'", "missing" } },
  { "no-cells-in-stack",
      { "RNN {'cell': <{'class_name': <'StackedRNNCells'>, 'config': "
        "<@a{sv} {}>}>}" },
      LSTM_ERROR_VALUE, { "layer_0", "no cells" } },
  { "cell-is-a-word", { "RNN {'cell': <'LSTMCell'>}" }, LSTM_ERROR_FORMAT,
      { "layer_0", "'cell'", "class_name" } },
  { "cell-without-units",
      { "RNN {'cell': <{'class_name': <'GRUCell'>, 'config': <@a{sv} {}>}>}" },
      LSTM_ERROR_VALUE, { "layer_0", "units", "missing" } },
  { "cells-over-no-sequence",
      { LSTM_LAYER_2, "RNN {'cell': <" CELL ("GRUCell", "2") ">}" },
      LSTM_ERROR_SHAPE, { "layer_1", "3 axes", "(None, 2)" } },
  { "rnn-constants",
      { "RNN {'num_constants': <int64 2>, 'cell': <" CELL (
          "GRUCell", "2") ">}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "num_constants" } },
  { "time-major",
      { "RNN {'time_major': <true>, 'cell': <" CELL ("GRUCell", "2") ">}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "time_major" } },
  { "embedding-input-dim-0",
      { "Embedding {'input_dim': <int64 0>, 'output_dim': <int64 2>}" },
      LSTM_ERROR_VALUE, { "layer_0", "input_dim", "0", "from 1" } },
  { "embedding-output-dim-0",
      { "Embedding {'input_dim': <int64 2>, 'output_dim': <int64 0>}" },
      LSTM_ERROR_VALUE, { "layer_0", "output_dim", "0", "from 1" } },
  { "embedding-no-input-dim", { "Embedding {'output_dim': <int64 2>}" },
      LSTM_ERROR_VALUE, { "layer_0", "input_dim", "missing" } },
  { "embedding-too-large",
      { "Embedding {'input_dim': <int64 2147483647>, 'output_dim': "
        "<int64 2147483647>}" },
      LSTM_ERROR_SHAPE, { "layer_0", "embeddings", "2^31" } },
  { "mask-value-no-number", { "Masking {'mask_value': <'zero'>}" },
      LSTM_ERROR_VALUE, { "layer_0", "mask_value", "zero", "a number" } },
  { "mask-of-two-axes",
      { "Embedding {'input_dim': <int64 7>, 'output_dim': <int64 2>, "
        "'mask_zero': <true>}",
          "TimeDistributed {'layer': " LAYER ("Flatten", "") "}",
          LSTM_LAYER_2 },
      LSTM_ERROR_SHAPE, { "layer_2", "mask", "(None, 4, 3)", "one axis" } },
  { "softmax-over-a-mask", { "Masking {}", "Softmax {}" }, LSTM_ERROR_SHAPE,
      { "layer_1", "mask", "Activation('softmax')" } },
};

static void
test_bad (gconstpointer data)
{
  const Bad *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (4, 3, c->layers, &error);

  g_assert_null (model);
  assert_error (error, c->code, c->words);
}

/* Calls a layer on x (None, 4, 3) with n states of shape (None, 2). */
static void
expect_state_error (const gchar *class_name, const gchar *config, guint n,
    const gchar *const *words)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  LstmValueId x =
      add_input (builder, "x", lstm_shape_make (2, (gint64) 4, (gint64) 3));
  LstmValueId s = add_input (builder, "s", lstm_shape_make (1, (gint64) 2));
  LstmValueId states[] = { s, s, s, s };
  LstmLayer *layer = fixture_add_layer (builder, class_name, "l", config, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (
      lstm_model_builder_call (builder, layer, &x, 1, states, n, &error));
  assert_error (error, LSTM_ERROR_SHAPE, words);
}

static void
test_odd_states (void)
{
  const gchar *words[] = { "'l'", "3 values", "forward_LSTM", "backward_LSTM",
    NULL };

  expect_state_error ("Bidirectional", "{'layer': " LSTM_2 "}", 3, words);
}

static void
test_too_few_states (void)
{
  const gchar *words[] = { "forward_LSTM", "1 values", "expected 2", NULL };

  expect_state_error ("Bidirectional", "{'layer': " LSTM_2 "}", 2, words);
}

static void
test_states_of_cells (void)
{
  const gchar *words[] = { "'l'", "2 values", "expected 3", "2 cells", NULL };

  expect_state_error ("RNN",
      "{'cell': <[" CELL ("LSTMCell", "2") ", " CELL ("GRUCell", "2") "]>}", 2,
      words);
}

static void
test_state_shape_of_cells (void)
{
  const gchar *words[] = { "l/cell_1", "(None, 2)", "(None, 5)", NULL };

  expect_state_error ("RNN",
      "{'cell': <[" CELL ("GRUCell", "2") ", " CELL ("GRUCell", "5") "]>}", 2,
      words);
}

/* Maximum of a value of one shape and a masked one of another. */
static void
expect_mask_error (
    LstmShape a, LstmShape b, gboolean mask_both, const gchar *const words[])
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  LstmValueId values[] = { add_input (builder, "a", a),
    add_input (builder, "b", b) };
  LstmLayer *layer = fixture_add_layer (builder, "Maximum", "l", "{}", NULL);
  LstmLayer *masking = fixture_add_layer (builder, "Masking", "m", "{}", NULL);
  g_autoptr (GError) error = NULL;

  values[1] = fixture_call (builder, masking, values[1]);
  if (mask_both)
    values[0] = fixture_call (builder, masking, values[0]);
  g_assert_null (
      lstm_model_builder_call (builder, layer, values, 2, NULL, 0, &error));
  assert_error (error, LSTM_ERROR_SHAPE, words);
}

static void
test_masks_that_do_not_fit (void)
{
  const gchar *shapes[] = { "l", "(None, 4, 3)", "(None, 4, 2)", "equal, or 1",
    NULL };
  const gchar *axes[] = { "layer 'l'", "masks", "2 axes", "the same number",
    NULL };
  LstmShape sequence = lstm_shape_make (2, (gint64) 4, (gint64) 3);

  expect_mask_error (
      sequence, lstm_shape_make (2, (gint64) 4, (gint64) 2), FALSE, shapes);
  expect_mask_error (sequence, lstm_shape_make (1, (gint64) 3), TRUE, axes);
}

/* Calls TimeDistributed(LSTM(stateful=True)) n times. */
static void
expect_distributed_error (guint keras, guint n, const gchar *const words[])
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", keras);
  LstmLayer *layer = fixture_add_layer (builder, "TimeDistributed", "l",
      "{'layer': " LAYER ("LSTM", "'units': <int64 2>, 'stateful': <true>") "}",
      NULL);
  LstmValueId x = add_input (
      builder, "x", lstm_shape_make (3, (gint64) 5, (gint64) 4, (gint64) 3));
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < n; i++)
    fixture_call (builder, layer, x);
  g_assert_null (
      lstm_model_builder_call (builder, layer, &x, 1, NULL, 0, &error));
  assert_error (error, LSTM_ERROR_UNSUPPORTED, words);
}

static void
test_stateful_distributed (void)
{
  const gchar *keras_2[] = { "layer 'l'", "(LSTM)", "TimeDistributed",
    "Keras 2", "stateful=False", NULL };
  const gchar *twice[] = { "layer 'l'", "(LSTM)", "TimeDistributed",
    "more than once", "stateful=False", NULL };

  expect_distributed_error (2, 1, keras_2);
  expect_distributed_error (3, 2, twice);
}

/* What needs the whole window, and the name of the layer that a user knows. */
static const Bad windows[] = {
  { "bidirectional", { "Bidirectional {'layer': " LSTM_2 "}" }, LSTM_ERROR_MODE,
      { "'layer_0'", "(Bidirectional)", "one half", "last to the first" } },
  { "backwards-stack",
      { "RNN {'go_backwards': <true>, 'cell': <[" CELL (
          "LSTMCell", "2") ", " CELL ("GRUCell", "2") "]>}" },
      LSTM_ERROR_MODE, { "'layer_0'", "(RNN)", "last to the first" } },
  { "backwards-cell",
      { "RNN {'go_backwards': <true>, 'cell': <" CELL ("LSTMCell", "2") ">}" },
      LSTM_ERROR_MODE, { "'layer_0'", "(RNN)", "last to the first" } },
};

static void
test_window_only (gconstpointer data)
{
  const Bad *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (4, 3, c->layers, &error);
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };

  g_assert_no_error (error);
  g_assert_null (lstm_plan_new (model, &options, &error));
  assert_error (error, c->code, c->words);
}

#define ADD_TABLE(path, table, func)                                           \
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {                           \
    g_autofree gchar *name = g_strconcat (path, table[i].name, NULL);          \
                                                                               \
    g_test_add_data_func (name, &table[i], func);                              \
  }

/* Calls of a stateful layer share its state. */
static void
test_called_again (void)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new (NULL, 3);
  LstmLayer *layer = fixture_add_layer (builder, "LSTM", "l",
      "{'units': <int64 2>, 'stateful': <true>, 'return_sequences': <true>}",
      NULL);
  LstmValueId x =
      add_input (builder, "x", lstm_shape_make (2, (gint64) 4, (gint64) 2));
  const gchar *words[] = { "'l'", "stateful", "more than once", NULL };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;

  x = fixture_call (builder, layer, fixture_call (builder, layer, x));
  fixture_fill_weights (layer, rand);
  lstm_model_builder_add_output (builder, x, "y");
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  g_assert_false (lstm_model_can_stream (model, &error));
  assert_error (error, LSTM_ERROR_MODE, words);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_TABLE ("/recurrent/bad/", bad, test_bad)
  ADD_TABLE ("/recurrent/window-only/", windows, test_window_only)
  g_test_add_func ("/recurrent/window-only/called-again", test_called_again);
  g_test_add_func ("/recurrent/bad/odd-states", test_odd_states);
  g_test_add_func ("/recurrent/bad/too-few-states", test_too_few_states);
  g_test_add_func ("/recurrent/bad/states-of-cells", test_states_of_cells);
  g_test_add_func (
      "/recurrent/bad/state-shape-of-cells", test_state_shape_of_cells);
  g_test_add_func (
      "/recurrent/bad/masks-that-do-not-fit", test_masks_that_do_not_fit);
  g_test_add_func (
      "/recurrent/stateful-distributed", test_stateful_distributed);
  return g_test_run ();
}
