/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* TensorFlow 1's cells under dynamic_rnn, against their equations in float64
 * (the cases of LSTM_GOLDEN_DIR, see ../models/generate-tensorflow-1.py), and
 * what is refused. */

#include "common/golden.h"
#include "yaml-fixture.h"

#include <string.h>

/* How many cases there were when this was written. */
#define N_CASES_AT_LEAST 10

static LstmModel *
load_case (const gchar *name)
{
  g_autofree gchar *path = golden_file (name, "model.yaml");
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static void
test_case (gconstpointer name)
{
  g_autoptr (LstmModel) model = load_case (name);

  g_test_message ("largest difference %.3g", golden_check (model, name));
}

static void
test_count (gconstpointer names)
{
  g_assert_cmpuint (((const GPtrArray *) names)->len, >=, N_CASES_AT_LEAST);
}

/* Frame by frame gives the bits of the window. */
static void
test_frames (gconstpointer name)
{
  enum { STEPS = 9, FEATURES = 3 };
  g_autoptr (LstmModel) model = load_case (name);
  g_autoptr (LstmPlan) window = lstm_plan_new (model,
      &(LstmPlanOptions){ .mode = LSTM_MODE_WINDOW, .steps = STEPS }, NULL);
  g_autoptr (LstmPlan) frame = lstm_plan_new (model, NULL, NULL);
  g_autoptr (LstmContext) by_window = lstm_context_new (window);
  g_autoptr (LstmContext) by_frame = lstm_context_new (frame);
  LstmStream *one = lstm_stream_new (window), *other = lstm_stream_new (frame);
  gsize n = lstm_plan_get_output_size (frame, 0);
  g_autofree gfloat *whole = g_new0 (gfloat, STEPS * n);
  g_autofree gfloat *each = g_new0 (gfloat, STEPS * n);
  gfloat x[STEPS * FEATURES];

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = (gfloat) (i * 37 % 19) / 19.0f - 0.5f;
  g_assert_cmpint (
      lstm_context_process (by_window, &one, 1, 1, &(LstmInput){ .data = x },
          &(LstmOutput){ .data = whole }),
      ==, LSTM_STATUS_OK);
  for (guint t = 0; t < STEPS; t++)
    lstm_context_process (by_frame, &other, 1, 1,
        &(LstmInput){ .data = x + t * FEATURES },
        &(LstmOutput){ .data = each + t * n });
  g_assert_cmpmem (
      whole, STEPS * n * sizeof *whole, each, STEPS * n * sizeof *each);
  lstm_stream_free (one);
  lstm_stream_free (other);
}

static void
test_lengths_need_window (void)
{
  g_autoptr (LstmModel) model = load_case ("lstm");
  g_autoptr (GError) error = NULL;

  g_assert_false (lstm_model_can_stream (model, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_MODE);
  g_assert_nonnull (strstr (error->message, "ends at a length"));
}

/* ---- what is refused ---- */

typedef struct {
  const gchar *name;
  const gchar *layer; /* after "    - " */
  const gchar *place;
  gint code;
  const gchar *facts;
} Bad;

static const Bad bad[] = {
  { "peepholes",
      "dynamic_rnn: {cell: {LSTMCell: {num_units: 3, use_peepholes: true}}}",
      "7:53", LSTM_ERROR_UNSUPPORTED,
      "use_peepholes is true|train the model without" },
  { "projection",
      "dynamic_rnn: {cell: {LSTMCell: {num_units: 3, num_proj: 2}}}", "7:53",
      LSTM_ERROR_UNSUPPORTED, "num_proj is set|a projection of the output" },
  { "clip", "dynamic_rnn: {cell: {LSTMCell: {num_units: 3, cell_clip: 1.0}}}",
      "7:53", LSTM_ERROR_UNSUPPORTED, "cell_clip is set" },
  { "unknown-cell", "dynamic_rnn: {cell: {UGRNNCell: {num_units: 3}}}", "7:21",
      LSTM_ERROR_UNSUPPORTED,
      "UGRNNCell is not one that we know|MultiRNNCell" },
  { "no-cell", "dynamic_rnn: {return_state: true}", "7:7", LSTM_ERROR_VALUE,
      "'cell' is missing" },
  { "no-units", "dynamic_rnn: {cell: {GRUCell: {activation: tanh}}}", "7:7",
      LSTM_ERROR_VALUE, "'num_units' is missing" },
  { "keras-units", "dynamic_rnn: {cell: {GRUCell: {units: 3}}}", "7:7",
      LSTM_ERROR_VALUE, "num_units" },
  { "no-cells", "dynamic_rnn: {cell: {MultiRNNCell: {cells: []}}}", "7:28",
      LSTM_ERROR_VALUE, "MultiRNNCell has no cells" },
  { "lengths", "dynamic_rnn: {cell: {GRUCell: {num_units: 3}}, inputs: [x, x]}",
      "7:7", LSTM_ERROR_SHAPE, "(None, None, 2)|[batch, 1]" },
  { "weights", "dynamic_rnn: {name: rnn, cell: {GRUCell: {num_units: 3}}}",
      "7:7", LSTM_ERROR_WEIGHTS, "rnn/gru_cell/gates/kernel|candidates are" },
  { "weight-shape",
      "dynamic_rnn: {name: rnn, cell: {BasicRNNCell: {num_units: 3}}}", "7:7",
      LSTM_ERROR_SHAPE, "(5, 3)|(2, 3)" },
};

static void
test_bad (gconstpointer data)
{
  const Bad *b = data;
  g_autoptr (LstmSafetensors) tensors = lstm_safetensors_new ();
  g_autofree gchar *weights = NULL;
  g_autofree gchar *text = g_strdup_printf (
      "version: 1\nmodel:\n  keras: 2\n  weights: w.safetensors\n"
      "  input: {name: x, shape: [null, 2]}\n  layers:\n    - %s\n",
      b->layer);

  yaml_fixture_add (tensors, "rnn/basic_rnn_cell/kernel", 2, 2, 3);
  yaml_fixture_add (tensors, "rnn/basic_rnn_cell/bias", 1, 3, 0);
  weights = yaml_fixture_save (tensors, "w.safetensors");
  yaml_fixture_fail (text, -1, b->code, b->place, b->facts);
}

static GPtrArray *
list_cases (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, NULL);
  const gchar *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  return names;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = NULL;
  gint result;

  g_test_init (&argc, &argv, NULL);
  yaml_fixture_open ();
  names = list_cases ();
  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);
    g_autofree gchar *path = g_strconcat ("/tensorflow-1/", name, NULL);

    g_test_add_data_func (path, name, test_case);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path =
        g_strconcat ("/tensorflow-1/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, &bad[i], test_bad);
  }
  g_test_add_data_func ("/tensorflow-1/count", names, test_count);
  g_test_add_data_func ("/tensorflow-1/frames/lstm", "basic_lstm", test_frames);
  g_test_add_data_func ("/tensorflow-1/frames/gru", "gru", test_frames);
  g_test_add_data_func ("/tensorflow-1/frames/stack", "stack", test_frames);
  g_test_add_func (
      "/tensorflow-1/lengths-need-window", test_lengths_need_window);
  result = g_test_run ();
  yaml_fixture_close ();
  return result;
}
