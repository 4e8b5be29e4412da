/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the builder and the plan accept, and what they say where they do not. */

#include <math.h>
#include <string.h>

#include "engine/fixture.h"

#define LSTM_5 "LSTM {'units': <int64 5>}"
#define LSTM_5_SEQ "LSTM {'units': <int64 5>, 'return_sequences': <true>}"

static void
assert_error (const GError *error, gint code, const gchar *const *words)
{
  g_assert_error (error, LSTM_ERROR, code);
  for (; *words; words++)
    if (!strstr (error->message, *words))
      g_error ("'%s' is not in the message: %s", *words, error->message);
}

/* ---- chains that cannot be ---- */

typedef struct {
  const gchar *name;
  gint64 steps, features;
  const gchar *layers[4];
  gint code;
  const gchar *words[6];
} BadChain;

static const BadChain bad_chains[] = {
  { "unknown-class", 4, 3, { "Lambda {}" }, LSTM_ERROR_UNSUPPORTED,
      { "layer_0", "Lambda", "LSTM", "Dense" } },
  { "unknown-activation", 4, 3,
      { "LSTM {'units': <int64 5>, 'activation': <'tahn'>}" },
      LSTM_ERROR_UNSUPPORTED, { "layer_0", "tahn", "tanh", "sigmoid" } },
  { "no-units", 4, 3, { "LSTM {}" }, LSTM_ERROR_VALUE, { "units" } },
  { "zero-units", 4, 3, { "Dense {'units': <int64 0>}" }, LSTM_ERROR_VALUE,
      { "units", "0", "1" } },
  { "units-not-a-number", 4, 3, { "GRU {'units': <'ten'>}" }, LSTM_ERROR_VALUE,
      { "units", "ten", "whole number" } },
  { "bool-not-a-bool", 4, 3,
      { "LSTM {'units': <int64 5>, 'use_bias': <'yes'>}" }, LSTM_ERROR_VALUE,
      { "use_bias", "yes", "true or false" } },
  { "huge-units", 4, 3, { "LSTM {'units': <int64 1000000000>}" },
      LSTM_ERROR_VALUE, { "units", "1000000000" } },
  { "weight-too-large", 4, 1000000, { "Dense {'units': <int64 1000000>}" },
      LSTM_ERROR_SHAPE, { "kernel", "1000000" } },
  { "sequence-of-no-steps", 4, 3, { LSTM_5, LSTM_5 }, LSTM_ERROR_SHAPE,
      { "layer_1", "3 axes", "(None, 5)" } },
  { "reshape-does-not-fit", 4, 3,
      { "Reshape {'target_shape': <[<int64 5>, <int64 2>]>}" },
      LSTM_ERROR_SHAPE, { "12", "(5, 2)", "(None, 4, 3)" } },
  { "reshape-two-open", 4, 3,
      { "Reshape {'target_shape': <[<int64 -1>, <int64 -1>]>}" },
      LSTM_ERROR_VALUE, { "target_shape", "-1" } },
  { "repeat-a-sequence", 4, 3, { "RepeatVector {'n': <int64 2>}" },
      LSTM_ERROR_SHAPE, { "2 axes", "(None, 4, 3)" } },
  { "time-distributed-without-steps", 4, 3,
      { LSTM_5,
          "TimeDistributed {'layer': <{'class_name': <'Flatten'>, "
          "'config': <@a{sv} {}>}>}",
          "TimeDistributed {'layer': <{'class_name': <'Dense'>, 'config': "
          "<{'units': <int64 2>}>}>}" },
      LSTM_ERROR_SHAPE, { "TimeDistributed" } },
  { "wrapped-layer-unknown", 4, 3,
      { "TimeDistributed {'layer': <{'class_name': <'Conv9D'>, 'config': "
        "<@a{sv} {}>}>}" },
      LSTM_ERROR_UNSUPPORTED, { "Conv9D" } },
  { "wrapper-of-nothing", 4, 3, { "TimeDistributed {}" }, LSTM_ERROR_FORMAT,
      { "layer", "missing" } },
  { "no-features", 4, 0, { LSTM_5 }, LSTM_ERROR_SHAPE, { "(None, 4, 0)" } },
};

static void
test_bad_chain (gconstpointer data)
{
  const BadChain *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (c->steps, c->features, c->layers, &error);

  g_assert_null (model);
  assert_error (error, c->code, c->words);
}

/* ---- calls ---- */

static LstmModelBuilder *
builder_with_input (LstmValueId *value)
{
  LstmModelBuilder *builder = lstm_model_builder_new ("m", 3);
  LstmShape shape = lstm_shape_make (2, (gint64) 4, (gint64) 3);

  g_assert_true (lstm_model_builder_add_input (
      builder, "x", &shape, LSTM_DIM_UNKNOWN, value, NULL));
  return builder;
}

static void
test_weight_missing (void)
{
  LstmValueId x;
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&x);
  g_autoptr (GError) error = NULL;
  LstmLayer *layer =
      fixture_add_layer (builder, "Dense", "d", "{'units': <int64 2>}", NULL);
  const gchar *words[] = { "'d'", "kernel", "missing", NULL };

  lstm_model_builder_add_output (
      builder, fixture_call (builder, layer, x), "y");
  g_assert_null (lstm_model_builder_build (builder, &error));
  assert_error (error, LSTM_ERROR_WEIGHTS, words);
}

static void
test_weight_shape (void)
{
  LstmValueId x;
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&x);
  g_autoptr (GError) error = NULL;
  LstmLayer *layer =
      fixture_add_layer (builder, "LSTM", "l", "{'units': <int64 2>}", NULL);
  LstmShape wrong = lstm_shape_make (2, (gint64) 2, (gint64) 8);
  gfloat data[16] = { 0 };
  const gchar *words[] = { "'l'", "kernel", "(2, 8)", "(3, 8)", NULL };

  fixture_call (builder, layer, x);
  g_assert_cmpuint (lstm_layer_get_n_weights (layer), ==, 3);
  g_assert_false (
      lstm_weight_set (lstm_layer_get_weight (layer, 0), &wrong, data, &error));
  assert_error (error, LSTM_ERROR_SHAPE, words);
}

static void
test_second_call_does_not_fit (void)
{
  LstmValueId x, y;
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&x);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) outputs = NULL;
  LstmLayer *layer =
      fixture_add_layer (builder, "Dense", "d", "{'units': <int64 2>}", NULL);
  const gchar *words[] = { "'d'", "(None, 4, 2)", "features", NULL };

  y = fixture_call (builder, layer, x);
  outputs = lstm_model_builder_call (builder, layer, &y, 1, NULL, 0, &error);
  g_assert_null (outputs);
  assert_error (error, LSTM_ERROR_SHAPE, words);
}

static void
expect_call_error (const gchar *class_name, const gchar *config, guint n_inputs,
    guint n_states, const gchar *const *words)
{
  LstmValueId values[3];
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&values[0]);
  g_autoptr (GError) error = NULL;
  LstmShape other = lstm_shape_make (2, (gint64) 5, (gint64) 7);
  LstmLayer *layer = fixture_add_layer (builder, class_name, "l", config, NULL);

  lstm_model_builder_add_input (
      builder, "x2", &other, LSTM_DIM_UNKNOWN, &values[1], NULL);
  values[2] = values[1];
  g_assert_null (lstm_model_builder_call (
      builder, layer, values, n_inputs, values + 1, n_states, &error));
  assert_error (error, LSTM_ERROR_SHAPE, words);
}

static void
test_merge_shapes (void)
{
  const gchar *words[] = { "(None, 4, 3)", "(None, 5, 7)", NULL };

  expect_call_error ("Add", "{}", 2, 0, words);
  expect_call_error ("Concatenate", "{}", 2, 0, words);
}

static void
test_dot_shapes (void)
{
  const gchar *unequal[] = { "(None, 4, 3)", "(None, 5, 7)",
    "axis 2 of the first", "axis 1 of the second", NULL };
  const gchar *batch[] = { "axes holds 0", "(None, 4, 3)", "after the batch",
    NULL };
  const gchar *beyond[] = { "axes holds 3", "(None, 5, 7)", NULL };

  expect_call_error (
      "Dot", "{'axes': <[<int64 2>, <int64 -2>]>}", 2, 0, unequal);
  expect_call_error ("Dot", "{'axes': <int64 0>}", 2, 0, batch);
  expect_call_error ("Dot", "{'axes': <[<int64 1>, <int64 3>]>}", 2, 0, beyond);
}

static void
expect_layer_error (
    const gchar *class_name, const gchar *config, const gchar *const *words)
{
  LstmValueId x;
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&x);
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_add_layer (builder, class_name, "l", config, &error));
  assert_error (error, LSTM_ERROR_VALUE, words);
}

static void
test_dot_axes (void)
{
  const gchar *missing[] = { "layer 'l' (Dot)", "'axes' is missing", NULL };
  const gchar *none[] = { "axes holds 0 numbers", "expected one, or two",
    NULL };

  expect_layer_error ("Dot", "{'normalize': <true>}", missing);
  expect_layer_error ("Dot", "{'axes': <@av []>}", none);
}

/* Two inputs of all axes that there can be. */
static void
test_dot_rank (void)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  g_autoptr (GError) error = NULL;
  LstmShape shape = { .rank = LSTM_MAX_RANK };
  LstmLayer *layer =
      fixture_add_layer (builder, "Dot", "l", "{'axes': <int64 1>}", NULL);
  const gchar *words[] = { "'l' (Dot)", "would give more than", NULL };
  LstmValueId values[2];

  for (guint i = 0; i < LSTM_MAX_RANK; i++)
    shape.dims[i] = 2;
  for (guint i = 0; i < 2; i++)
    lstm_model_builder_add_input (
        builder, i ? "b" : "a", &shape, LSTM_DIM_UNKNOWN, &values[i], NULL);
  g_assert_null (
      lstm_model_builder_call (builder, layer, values, 2, NULL, 0, &error));
  assert_error (error, LSTM_ERROR_SHAPE, words);
}

static void
test_dot_needs_window (void)
{
  LstmValueId x;
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&x);
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GArray) outputs = NULL;
  g_autoptr (GError) error = NULL;
  LstmLayer *layer =
      fixture_add_layer (builder, "Dot", "l", "{'axes': <int64 2>}", NULL);
  const gchar *words[] = { "'l'", "multiplies steps with each other", NULL };

  outputs = lstm_model_builder_call (
      builder, layer, (LstmValueId[]){ x, x }, 2, NULL, 0, &error);
  g_assert_no_error (error);
  lstm_model_builder_add_output (
      builder, g_array_index (outputs, LstmValueId, 0), "y");
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  g_assert_false (lstm_model_can_stream (model, &error));
  assert_error (error, LSTM_ERROR_MODE, words);
}

static void
test_too_few_inputs (void)
{
  const gchar *words[] = { "1 inputs", "at least 2", NULL };

  expect_call_error ("Multiply", "{}", 1, 0, words);
}

static void
test_too_many_inputs (void)
{
  const gchar *words[] = { "2 inputs", "at most 1", NULL };

  expect_call_error ("Dense", "{'units': <int64 1>}", 2, 0, words);
}

static void
test_state_of_none (void)
{
  const gchar *words[] = { "initial state", NULL };

  expect_call_error ("Dense", "{'units': <int64 1>}", 1, 1, words);
}

static void
test_state_count (void)
{
  const gchar *words[] = { "1 values", "expected 2", NULL };

  expect_call_error ("LSTM", "{'units': <int64 1>}", 1, 1, words);
}

static void
test_state_shape (void)
{
  const gchar *words[] = { "(None, 5, 7)", "(None, 1)", NULL };

  expect_call_error ("GRU", "{'units': <int64 1>}", 1, 1, words);
}

static void
test_unknown_key_is_noted (void)
{
  g_autoptr (GError) error = NULL;
  const gchar *layers[] = {
    "LSTM {'units': <int64 2>, 'shiny': <true>, 'dropout': <0.2>}", NULL
  };
  g_autoptr (LstmModel) model = fixture_chain (4, 3, layers, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (lstm_model_get_n_notes (model), ==, 1);
  g_assert_nonnull (strstr (lstm_model_get_note (model, 0), "shiny"));
}

/* ---- plans ---- */

static void
expect_plan_error (const gchar *const *layers, gint64 steps,
    LstmPlanOptions options, gint code, const gchar *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (steps, 3, layers, &error);

  g_assert_no_error (error);
  g_assert_null (lstm_plan_new (model, &options, &error));
  assert_error (error, code, words);
}

static void
test_frame_mode_refused (void)
{
  static const struct {
    const gchar *layers[3];
    const gchar *words[3];
  } cases[] = {
    { { "GRU {'units': <int64 2>, 'go_backwards': <true>}" },
        { "layer_0", "go_backwards" } },
    { { LSTM_5, "RepeatVector {'n': <int64 3>}" },
        { "layer_1", "RepeatVector" } },
    { { "Flatten {}" }, { "Flatten", "all steps" } },
    { { "Reshape {'target_shape': <[<int64 12>]>}" }, { "Reshape" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_plan_error (cases[i].layers, 4,
        (LstmPlanOptions){ .mode = LSTM_MODE_FRAME }, LSTM_ERROR_MODE,
        cases[i].words);
}

static void
test_steps_differ (void)
{
  const gchar *layers[] = { LSTM_5, NULL };
  const gchar *words[] = { "7", "4", "steps", NULL };

  expect_plan_error (layers, 4,
      (LstmPlanOptions){ .mode = LSTM_MODE_WINDOW, .steps = 7 },
      LSTM_ERROR_MODE, words);
}

static void
test_steps_open (void)
{
  const gchar *layers[] = { LSTM_5, NULL };
  const gchar *words[] = { "set steps", NULL };

  expect_plan_error (layers, LSTM_DIM_UNKNOWN,
      (LstmPlanOptions){ .mode = LSTM_MODE_WINDOW }, LSTM_ERROR_MODE, words);
}

static void
test_kernels_unknown (void)
{
  const gchar *layers[] = { LSTM_5, NULL };
  const gchar *words[] = { "abacus", "scalar", NULL };

  expect_plan_error (layers, 4, (LstmPlanOptions){ .kernels = "abacus" },
      LSTM_ERROR_VALUE, words);
}

static void
test_modes (void)
{
  static const struct {
    gint64 steps;
    const gchar *layers[3];
    gboolean frames;
  } cases[] = {
    { LSTM_DIM_UNKNOWN, { LSTM_5_SEQ }, TRUE },
    { 1, { LSTM_5 }, TRUE },
    { 8, { LSTM_5_SEQ }, FALSE },
    { 8,
        { "LSTM {'units': <int64 5>, 'return_sequences': <true>, "
          "'stateful': <true>}" },
        TRUE },
    { 8, { "LSTM {'units': <int64 5>, 'stateful': <true>}" }, FALSE },
    { LSTM_DIM_UNKNOWN, { "LSTM {'units': <int64 5>, 'go_backwards': <true>}" },
        FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LstmModel) model =
        fixture_chain (cases[i].steps, 3, cases[i].layers, NULL);

    g_assert_cmpint (lstm_model_prefers_frames (model), ==, cases[i].frames);
  }
}

static void
test_slots (void)
{
  const gchar *layers[] = { LSTM_5_SEQ, "GRU {'units': <int64 3>}", NULL };
  g_autoptr (LstmModel) model = fixture_chain (4, 3, layers, NULL);
  g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  static const gchar *const names[] = { "layer_0/h", "layer_0/c", "layer_1/h" };
  gsize n;

  g_assert_cmpuint (lstm_plan_get_n_slots (plan), ==, 3);
  for (guint i = 0; i < 3; i++) {
    const LstmSlot *slot = lstm_plan_get_slot (plan, i);

    g_assert_cmpstr (slot->name, ==, names[i]);
    g_assert_cmpuint (slot->size, ==, i < 2 ? 5 : 3);
    g_assert_true (lstm_stream_get_slot (stream, i) ==
                   lstm_stream_get_data (stream, &n) + slot->offset);
  }
  g_assert_cmpuint (n, ==, 13);
}

/* A graph with two outputs, one of them a value that goes on, and the input
 * itself as a third. */
static void
test_several_outputs (void)
{
  LstmValueId x, a, b;
  g_autoptr (LstmModelBuilder) builder = builder_with_input (&x);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  LstmLayer *dense =
      fixture_add_layer (builder, "Dense", "d", "{'units': <int64 3>}", NULL);
  LstmLayer *relu = fixture_add_layer (builder, "ReLU", "r", "{}", NULL);
  gfloat in[12], out[3][12];
  LstmInput input = { in, 0, 0 };
  LstmOutput outputs[3] = { { out[0], 0, 0 }, { out[1], 0, 0 },
    { out[2], 0, 0 } };
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (LstmPlan) plan = NULL;
  g_autoptr (LstmContext) context = NULL;

  a = fixture_call (builder, dense, x);
  b = fixture_call (builder, relu, a);
  fixture_fill_weights (dense, rand);
  lstm_model_builder_add_output (builder, a, "a");
  lstm_model_builder_add_output (builder, b, "b");
  lstm_model_builder_add_output (builder, x, "x");
  model = lstm_model_builder_build (builder, NULL);
  g_assert_cmpuint (lstm_model_get_n_outputs (model), ==, 3);
  g_assert_cmpstr (lstm_model_get_output_name (model, 1), ==, "b");
  plan = fixture_plan (model, LSTM_MODE_WINDOW, 0);
  context = lstm_context_new (plan);
  for (guint i = 0; i < 12; i++)
    in[i] = (gfloat) sin (i);
  lstm_context_process (context, NULL, 1, 1, &input, outputs);
  g_assert_cmpmem (in, sizeof in, out[2], sizeof out[2]);
  for (guint i = 0; i < 12; i++)
    g_assert_true (out[1][i] == MAX (out[0][i], 0.0f));
  outputs[1].data = NULL; /* not wanted */
  lstm_context_process (context, NULL, 1, 1, &input, outputs);
}

/* Denormals and rounding are the caller's again after a call. */
static void
test_fp_mode (void)
{
  const gchar *layers[] = { LSTM_5, NULL };
  g_autoptr (LstmModel) model = fixture_chain (1, 3, layers, NULL);
  g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  gfloat x[3] = { 1e-40f, 1, 2 }, y[5];
  LstmInput input = { x, 0, 0 };
  LstmOutput output = { y, 0, 0 };
  volatile gfloat small = 1e-30f, product;

  lstm_context_process (context, &stream, 1, 1, &input, &output);
  product = small * 1e-10f;
  g_assert_true (product > 0.0f);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad_chains); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/builder/refuses/%s", bad_chains[i].name);

    g_test_add_data_func (path, &bad_chains[i], test_bad_chain);
  }
  g_test_add_func ("/builder/weight-missing", test_weight_missing);
  g_test_add_func ("/builder/weight-shape", test_weight_shape);
  g_test_add_func ("/builder/second-call", test_second_call_does_not_fit);
  g_test_add_func ("/builder/merge-shapes", test_merge_shapes);
  g_test_add_func ("/builder/dot-shapes", test_dot_shapes);
  g_test_add_func ("/builder/dot-axes", test_dot_axes);
  g_test_add_func ("/builder/dot-rank", test_dot_rank);
  g_test_add_func ("/builder/dot-needs-window", test_dot_needs_window);
  g_test_add_func ("/builder/too-few-inputs", test_too_few_inputs);
  g_test_add_func ("/builder/too-many-inputs", test_too_many_inputs);
  g_test_add_func ("/builder/state-of-none", test_state_of_none);
  g_test_add_func ("/builder/state-count", test_state_count);
  g_test_add_func ("/builder/state-shape", test_state_shape);
  g_test_add_func ("/builder/unknown-key", test_unknown_key_is_noted);
  g_test_add_func ("/plan/frame-mode-refused", test_frame_mode_refused);
  g_test_add_func ("/plan/steps-differ", test_steps_differ);
  g_test_add_func ("/plan/steps-open", test_steps_open);
  g_test_add_func ("/plan/kernels-unknown", test_kernels_unknown);
  g_test_add_func ("/plan/modes", test_modes);
  g_test_add_func ("/plan/slots", test_slots);
  g_test_add_func ("/plan/several-outputs", test_several_outputs);
  g_test_add_func ("/plan/fp-mode", test_fp_mode);
  return g_test_run ();
}
