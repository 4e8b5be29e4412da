/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bidirectional, RNN over cells, Masking, Embedding and cuDNN's layers: numbers
 * of real Keras (tests/models/recurrent), frame mode against window mode, and
 * names. */

#include "common/golden.h"
#include "engine/fixture.h"

#include <math.h>
#include <string.h>

#define CELL(class_name, units)                                                \
  "{'class_name': <'" class_name "'>, 'config': <{'units': <int64 " units ">}" \
  ">}"
#define LAYER(class_name, config)                                              \
  "<{'class_name': <'" class_name "'>, 'config': <@a{sv} {" config "}>}>"

/* ---- Keras's numbers ---- */

static const gchar *const cases[] = {
  "bidirectional_custom_backward",
  "bidirectional_distributed",
  "bidirectional_none_state",
  "bidirectional_stack",
  "bidirectional_stateful",
  "embedding_mask",
  "embedding_open_steps",
  "embedding_words",
  "keras2_bidirectional_states",
  "keras2_cudnn",
  "keras2_custom_backward",
  "keras2_mask_joins",
  "keras2_masked_bidirectional",
  "keras2_rnn_stack",
  "keras2_words",
  "mask_joins",
  "masked_bidirectional",
  "masked_bidirectional_seq",
  "masking_alone",
  "masking_stopped",
  "masking_value",
  "rnn_backwards_masked",
  "rnn_cells",
  "rnn_stack_states",
  "rnn_stateful",
  "rnn_zero_output",
};

static void
test_case (gconstpointer data)
{
  g_autofree gchar *path = golden_file (data, "model.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < lstm_model_get_n_notes (model); i++)
    g_error ("a note: %s", lstm_model_get_note (model, i));
  g_test_message ("%s: largest difference to Keras %.3g", (const gchar *) data,
      golden_check (model, data));
}

/* ---- models by hand ---- */

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

static LstmValueId
call (LstmModelBuilder *builder, const gchar *text, const LstmValueId *inputs,
    guint n)
{
  g_autofree gchar *class_name = g_strndup (text, strcspn (text, " "));
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) outputs = NULL;
  LstmLayer *layer = fixture_add_layer (
      builder, class_name, class_name, strchr (text, ' ') + 1, &error);

  g_assert_no_error (error);
  outputs =
      lstm_model_builder_call (builder, layer, inputs, n, NULL, 0, &error);
  g_assert_no_error (error);
  fixture_fill_weights (layer, rand);
  return g_array_index (outputs, LstmValueId, 0);
}

static LstmModel *
build (LstmModelBuilder *builder, LstmValueId output)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model;

  lstm_model_builder_add_output (builder, output, "y");
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  return model;
}

/* ---- frame mode ---- */

#define STEPS 12
#define STREAMS 3

/* Steps 0, 4, 5 and 11 of the first stream are masked, others elsewhere. */
static void
zero_some_steps (gfloat *x, gsize size)
{
  static const guint steps[STREAMS][4] = { { 0, 4, 5, 11 }, { 1, 2, 3, 10 },
    { 7, 8, 9, 11 } };

  for (guint s = 0; s < STREAMS; s++)
    for (guint i = 0; i < G_N_ELEMENTS (steps[s]); i++)
      memset (x + (s * STEPS + steps[s][i]) * size, 0, size * sizeof (gfloat));
}

static void
run_window (LstmModel *model, const gfloat *x, gsize size, gfloat *y)
{
  g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_WINDOW, STEPS);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  gsize n = lstm_plan_get_output_size (plan, 0);
  LstmInput input = { x, STEPS * size, STEPS * size };
  LstmOutput output = { y, n, n };

  g_assert_cmpint (
      lstm_context_process (context, NULL, STREAMS, 1, &input, &output), ==,
      LSTM_STATUS_OK);
}

/* The same frames, `cut` at a time. */
static void
run_frames (LstmModel *model, const gfloat *x, gsize size, gfloat *y, guint cut)
{
  g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  gsize n = lstm_plan_get_output_size (plan, 0);
  LstmStream *streams[STREAMS];

  g_assert_cmpuint (lstm_plan_get_input_size (plan, 0), ==, size);
  for (guint s = 0; s < STREAMS; s++)
    streams[s] = lstm_stream_new (plan);
  for (guint t = 0; t < STEPS; t += cut) {
    LstmInput input = { x + t * size, STEPS * size, size };
    LstmOutput output = { y + t * n, STEPS * n, n };

    g_assert_cmpint (lstm_context_process (context, streams, STREAMS,
                         MIN (cut, STEPS - t), &input, &output),
        ==, LSTM_STATUS_OK);
  }
  for (guint s = 0; s < STREAMS; s++)
    lstm_stream_free (streams[s]);
}

/* A model that gives 2 features a step: frames give the window's bits. */
static void
check_frames (LstmModel *model, const gfloat *x, gsize size)
{
  static const guint cuts[] = { 1, 5, STEPS };
  gfloat window[STREAMS * STEPS * 2], frames[STREAMS * STEPS * 2];
  g_autoptr (GError) error = NULL;

  g_assert_true (lstm_model_can_stream (model, &error));
  g_assert_no_error (error);
  run_window (model, x, size, window);
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++) {
    memset (frames, 0xff, sizeof frames);
    run_frames (model, x, size, frames, cuts[i]);
    g_assert_cmpmem (frames, sizeof frames, window, sizeof window);
  }
}

typedef struct {
  const gchar *name;
  const gchar *layers[5];
} Chain;

static const Chain streaming[] = {
  { "masks",
      { "Masking {}", "LSTM {'units': <int64 3>, 'return_sequences': <true>}",
          "GRU {'units': <int64 2>, 'return_sequences': <true>}" } },
  { "zero-output",
      { "Masking {}",
          "SimpleRNN {'units': <int64 2>, 'return_sequences': <true>, "
          "'zero_output_for_mask': <true>}" } },
  { "stack",
      { "Masking {}", "RNN {'return_sequences': <true>, 'cell': <[" CELL (
                          "LSTMCell", "3") ", " CELL ("GRUCell", "2") "]>}" } },
  { "cell", { "RNN {'return_sequences': <true>, 'cell': <" CELL (
                "SimpleRNNCell", "2") ">}" } },
  { "distributed",
      { "Masking {}",
          "TimeDistributed {'layer': " LAYER (
              "Dense", "'units': <int64 3>") "}",
          "GRU {'units': <int64 2>, 'return_sequences': <true>}" } },
  { "cudnn",
      { "CuDNNLSTM {'units': <int64 3>, 'return_sequences': <true>}",
          "CuDNNGRU {'units': <int64 2>, 'return_sequences': <true>}" } },
};

static void
test_streaming (gconstpointer data)
{
  const Chain *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (LSTM_DIM_UNKNOWN, 3, c->layers, &error);
  g_autofree gfloat *x = fixture_random (3, STREAMS * STEPS * 3);

  g_assert_no_error (error);
  zero_some_steps (x, 3);
  check_frames (model, x, 3);
}

/* Masks that meet, one step at a time. */
static void
test_streaming_joins (gconstpointer data)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("joins", 3);
  g_autofree gfloat *x = fixture_random (3, STREAMS * STEPS * 2);
  g_autofree gchar *text = g_strdup_printf ("%s {}", (const gchar *) data);
  LstmValueId values[2], y;
  g_autoptr (LstmModel) model = NULL;

  values[0] =
      add_input (builder, "x", lstm_shape_make (2, (gint64) -1, (gint64) 2));
  values[0] = call (builder, "Masking {}", values, 1);
  values[1] = call (builder,
      "LSTM {'units': <int64 2>, 'return_sequences': <true>}", values, 1);
  values[1] = call (builder, "Masking {'mask_value': <0.5>}", &values[1], 1);
  y = call (builder, text, values, 2);
  y = call (
      builder, "GRU {'units': <int64 2>, 'return_sequences': <true>}", &y, 1);
  model = build (builder, y);
  zero_some_steps (x, 2);
  check_frames (model, x, 2);
}

static LstmModel *
embedding_model (const gchar *embedding)
{
  g_autoptr (LstmModelBuilder) builder =
      lstm_model_builder_new ("embedding", 3);
  LstmValueId y =
      add_input (builder, "x", lstm_shape_make (1, (gint64) LSTM_DIM_UNKNOWN));

  y = call (builder, embedding, &y, 1);
  y = call (
      builder, "LSTM {'units': <int64 2>, 'return_sequences': <true>}", &y, 1);
  return build (builder, y);
}

static void
test_streaming_indices (gconstpointer data)
{
  g_autoptr (LstmModel) model = embedding_model (data);
  gfloat x[STREAMS * STEPS];

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = (gfloat) (i * 5 % 7);
  zero_some_steps (x, 1);
  g_assert_true (lstm_model_prefers_frames (model));
  check_frames (model, x, 1);
}

/* An input of one axis that a layer has read as features stays what it is. */
static void
test_features_before_indices (void)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("both", 3);
  LstmValueId x = add_input (builder, "x", lstm_shape_make (1, (gint64) 4));
  LstmValueId values[2];
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (LstmPlan) plan = NULL;

  values[0] = call (builder, "Dense {'units': <int64 3>}", &x, 1);
  x = call (builder,
      "Embedding {'input_dim': <int64 7>, 'output_dim': <int64 2>}", &x, 1);
  values[1] = call (builder, "LSTM {'units': <int64 3>}", &x, 1);
  model = build (builder, call (builder, "Add {}", values, 2));
  g_assert_false (lstm_model_can_stream (model, NULL));
  plan = fixture_plan (model, LSTM_MODE_WINDOW, 0);
  g_assert_cmpuint (lstm_plan_get_input_size (plan, 0), ==, 4);
}

/* Whether the steps that Masking takes out of a Bidirectional's sequence are
 * zero: so in tf.keras, whose files say time_major; Keras 2 without TensorFlow
 * repeats the last output. */
static void
test_masked_outputs_of_keras_2 (gconstpointer data)
{
  gboolean zero = *(const gchar *) data != '\0';
  g_autofree gchar *config = g_strdup_printf (
      "Bidirectional {'layer': <{'class_name': <'GRU'>, 'config': <{'units': "
      "<int64 1>, 'return_sequences': <true>%s}>}>}",
      (const gchar *) data);
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("old", 2);
  LstmValueId y =
      add_input (builder, "x", lstm_shape_make (2, (gint64) 3, (gint64) 1));
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (LstmPlan) plan = NULL;
  g_autoptr (LstmContext) context = NULL;
  gfloat x[3] = { 1.0f, 0.0f, -1.0f }, out[6];
  LstmInput input = { x, 3, 3 };
  LstmOutput output = { out, 6, 6 };

  y = call (builder, "Masking {}", &y, 1);
  model = build (builder, call (builder, config, &y, 1));
  plan = fixture_plan (model, LSTM_MODE_WINDOW, 0);
  context = lstm_context_new (plan);
  g_assert_cmpint (lstm_context_process (context, NULL, 1, 1, &input, &output),
      ==, LSTM_STATUS_OK);
  /* [steps][forward, backward]; the middle step is masked. */
  g_assert_true (out[0] != 0.0f && out[5] != 0.0f);
  g_assert_true (out[2] == (zero ? 0.0f : out[0]));
  g_assert_true (out[3] == (zero ? 0.0f : out[5]));
}

/* ---- indices ---- */

typedef struct {
  const gchar *name;
  gfloat index;
  LstmStatus status;
} Index;

static const Index indices[] = {
  { "first", 0.0f, LSTM_STATUS_OK },
  { "last", 6.0f, LSTM_STATUS_OK },
  { "last-and-a-bit", 6.99f, LSTM_STATUS_OK },
  { "below-zero-by-a-bit", -0.99f, LSTM_STATUS_OK },
  { "past-the-end", 7.0f, LSTM_STATUS_INDEX_OUT_OF_RANGE },
  { "below-zero", -1.0f, LSTM_STATUS_INDEX_OUT_OF_RANGE },
  { "huge", 1e30f, LSTM_STATUS_INDEX_OUT_OF_RANGE },
  { "nan", NAN, LSTM_STATUS_INDEX_OUT_OF_RANGE },
  { "infinity", INFINITY, LSTM_STATUS_INDEX_OUT_OF_RANGE },
  { "minus-infinity", -INFINITY, LSTM_STATUS_INDEX_OUT_OF_RANGE },
};

static void
test_index (gconstpointer data)
{
  const Index *c = data;
  g_autoptr (LstmModel) model = embedding_model (
      "Embedding {'input_dim': <int64 7>, 'output_dim': <int64 2>}");
  gfloat x[3] = { 1.0f, c->index, 2.0f };

  for (LstmMode mode = LSTM_MODE_FRAME; mode <= LSTM_MODE_WINDOW; mode++) {
    g_autoptr (LstmPlan) plan =
        fixture_plan (model, mode, mode == LSTM_MODE_WINDOW ? 3 : 0);
    g_autoptr (LstmContext) context = lstm_context_new (plan);
    g_autoptr (LstmStream) stream = lstm_stream_new (plan);
    gfloat y[6];
    LstmInput input = { x, 3, lstm_plan_get_input_size (plan, 0) };
    LstmOutput output = { y, 6, lstm_plan_get_output_size (plan, 0) };

    g_assert_cmpint (lstm_context_process (context, &stream, 1,
                         mode == LSTM_MODE_WINDOW ? 1 : 3, &input, &output),
        ==, c->status);
  }
}

/* ---- names ---- */

static void
assert_slots (LstmModel *model, LstmMode mode, const gchar *const *names)
{
  g_autoptr (LstmPlan) plan =
      fixture_plan (model, mode, mode == LSTM_MODE_WINDOW ? 4 : 0);
  guint n = lstm_plan_get_n_slots (plan);

  g_assert_cmpuint (n, ==, g_strv_length ((gchar **) names));
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (lstm_plan_get_slot (plan, i)->name, ==, names[i]);
}

static void
test_slots_of_halves (void)
{
  const gchar *const layers[] = {
    "Bidirectional {'layer': " LAYER ("LSTM",
        "'name': <'rnn'>, 'units': <int64 2>, 'stateful': <true>, "
        "'return_sequences': <true>") "}",
    "Bidirectional {'layer': " LAYER (
        "GRU", "'name': <'rnn'>, 'units': <int64 2>, 'stateful': <true>") "}",
    NULL
  };
  const gchar *const names[] = { "forward_rnn/h", "forward_rnn/c",
    "backward_rnn/h", "backward_rnn/c", "layer_1/forward_rnn/h",
    "layer_1/backward_rnn/h", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (4, 3, layers, &error);

  g_assert_no_error (error);
  g_assert_true (lstm_model_is_stateful (model));
  assert_slots (model, LSTM_MODE_WINDOW, names);
}

static void
test_slots_of_cells (void)
{
  const gchar *const layers[] = { "Masking {}",
    "RNN {'return_sequences': <true>, 'cell': <[" CELL (
        "LSTMCell", "3") ", " CELL ("GRUCell", "2") "]>}",
    "RNN {'cell': <" CELL ("GRUCell", "2") ">}", NULL };
  const gchar *const names[] = { "layer_1/cell_0/h", "layer_1/cell_0/c",
    "layer_1/cell_0/output", "layer_1/cell_1/h", "layer_1/cell_1/output",
    "layer_2/h", "layer_2/output", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (4, 3, layers, &error);

  g_assert_no_error (error);
  assert_slots (model, LSTM_MODE_FRAME, names);
}

/* A layer that is called twice has two states, and two names. */
static void
test_slots_of_calls (void)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("twice", 3);
  const gchar *const names[] = { "l/h", "l#2/h", NULL };
  LstmValueId values[2],
      x = add_input (builder, "x", lstm_shape_make (2, (gint64) 4, (gint64) 2));
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  LstmLayer *layer =
      fixture_add_layer (builder, "GRU", "l", "{'units': <int64 2>}", NULL);
  g_autoptr (LstmModel) model = NULL;

  values[0] = fixture_call (builder, layer, x);
  values[1] = fixture_call (builder, layer, x);
  fixture_fill_weights (layer, rand);
  model = build (builder, call (builder, "Add {}", values, 2));
  assert_slots (model, LSTM_MODE_FRAME, names);
}

static void
test_weight_names (void)
{
  static const gchar *const names[] = { "forward_layer/low/kernel",
    "forward_layer/low/recurrent_kernel", "forward_layer/low/bias",
    "forward_layer/cell_1/kernel", "forward_layer/cell_1/recurrent_kernel",
    "forward_layer/cell_1/bias", "backward_layer/low/kernel",
    "backward_layer/low/recurrent_kernel", "backward_layer/low/bias",
    "backward_layer/cell_1/kernel", "backward_layer/cell_1/recurrent_kernel",
    "backward_layer/cell_1/bias" };
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("names", 3);
  LstmValueId x =
      add_input (builder, "x", lstm_shape_make (2, (gint64) 4, (gint64) 3));
  LstmLayer *layer = fixture_add_layer (builder, "Bidirectional", "b",
      "{'layer': " LAYER ("RNN",
          "'cell': <[{'class_name': <'LSTMCell'>, 'config': <{'name': <'low'>, "
          "'units': <int64 2>}>}, " CELL ("SimpleRNNCell", "2") "]>") "}",
      NULL);

  fixture_call (builder, layer, x);
  g_assert_cmpuint (lstm_layer_get_n_weights (layer), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (
        lstm_weight_get_name (lstm_layer_get_weight (layer, i)), ==, names[i]);
}

/* Classes that others are made of are nobody's to name. */
static void
test_internal_classes (void)
{
  static const gchar *const internal[] = { "Reverse", "Select", "AllSteps",
    "AnyStep" };
  static const gchar *const known[] = { "Bidirectional", "CuDNNGRU",
    "CuDNNLSTM", "Embedding", "Masking", "RNN" };
  g_auto (GStrv) names = lstm_list_layer_classes ();

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_true (g_strv_contains ((const gchar *const *) names, known[i]));
  for (guint i = 0; i < G_N_ELEMENTS (internal); i++) {
    g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
    g_autoptr (GError) error = NULL;

    g_assert_false (
        g_strv_contains ((const gchar *const *) names, internal[i]));
    g_assert_null (fixture_add_layer (builder, internal[i], "l", "{}", &error));
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED);
  }
}

#define ADD_TABLE(path, table, func)                                           \
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {                           \
    g_autofree gchar *name = g_strconcat (path, table[i].name, NULL);          \
                                                                               \
    g_test_add_data_func (name, &table[i], func);                              \
  }

int
main (int argc, char **argv)
{
  static const gchar *const joins[] = { "Add", "Multiply", "Maximum",
    "Concatenate" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strconcat ("/recurrent/keras/", cases[i], NULL);

    g_test_add_data_func (path, cases[i], test_case);
  }
  ADD_TABLE ("/recurrent/frames/", streaming, test_streaming)
  for (guint i = 0; i < G_N_ELEMENTS (joins); i++) {
    g_autofree gchar *path = g_strconcat ("/recurrent/frames/", joins[i], NULL);

    g_test_add_data_func (path, joins[i], test_streaming_joins);
  }
  g_test_add_data_func ("/recurrent/frames/indices",
      "Embedding {'input_dim': <int64 7>, 'output_dim': <int64 3>}",
      test_streaming_indices);
  g_test_add_data_func ("/recurrent/frames/masked-indices",
      "Embedding {'input_dim': <int64 7>, 'output_dim': <int64 3>, "
      "'mask_zero': <true>}",
      test_streaming_indices);
  g_test_add_func ("/recurrent/frames/features-before-indices",
      test_features_before_indices);
  g_test_add_data_func (
      "/recurrent/masked/keras-2", "", test_masked_outputs_of_keras_2);
  g_test_add_data_func ("/recurrent/masked/tf-keras", ", 'time_major': <false>",
      test_masked_outputs_of_keras_2);
  ADD_TABLE ("/recurrent/index/", indices, test_index)
  g_test_add_func ("/recurrent/names/halves", test_slots_of_halves);
  g_test_add_func ("/recurrent/names/cells", test_slots_of_cells);
  g_test_add_func ("/recurrent/names/calls", test_slots_of_calls);
  g_test_add_func ("/recurrent/names/weights", test_weight_names);
  g_test_add_func ("/recurrent/names/internal", test_internal_classes);
  return g_test_run ();
}
