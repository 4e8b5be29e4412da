/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words in which versions of Keras write one and the same model: configs of
 * golden files are written again in each, and must still give Keras's numbers.
 * JSON stands here with ' for ". */

#include "common/golden.h"
#include "h5-edit.h"

#include <string.h>

/* In this golden case, LSTM enc reads (8, 6); its output, repeated 3 times, is
 * the input of LSTM dec and its states are dec's initial state; Dense out. */
#define FUNCTIONAL "functional_initial_state"

/* LSTM lstm_2, LSTM lstm_3, Dense dense_1 on (10, 2). */
#define SEQUENTIAL "stateless_stack"

/* Pieces of the functional model; NULL stands for Keras 2's usual form. */
typedef struct {
  const gchar *name;
  const gchar *x;                     /* InputLayer's shape, with its key */
  const gchar *enc, *rep, *dec, *out; /* inbound_nodes */
  const gchar *ends;
  gboolean nested;   /* enc stands in a model called encoder */
  gboolean reversed; /* layers are listed last first */
} Form;

static const Form forms[] = {
  { "keras-2/initial-state",
      .dec = "[[['rep', 0, 0, {'initial_state': [['enc', 0, 1], ['enc', 0, "
             "2]], 'mask': null, 'training': false}]]]" },
  { "keras-2/states-as-inputs",
      .dec = "[[['rep', 0, 0, {}], ['enc', 0, 1, {}], ['enc', 0, 2, {}]]]" },
  { "keras-2/bare-lists", .enc = "[['x', 0, 0, {}]]",
      .rep = "[['enc', 0, 0, {}]]",
      .dec = "[['rep', 0, 0, {'initial_state': [['enc', 0, 1], ['enc', 0, "
             "2]]}]]",
      .out = "[['dec', 0, 0]]",
      .ends = "'input_layers': ['x', 0, 0], 'output_layers': ['out', 0, 0]" },
  { "keras-2/wrapped",
      .x = "'batch_input_shape': {'class_name': '__tuple__', 'items': [null, "
           "8, 6]}",
      .dec = "[[['rep', 0, 0, {'initial_state': {'class_name': 'ListWrapper', "
             "'items': [['enc', 0, 1], ['enc', 0, 2]]}}]]]" },
  { "keras-2/dicts", .out = "[{'inputs': ['dec', 0, 0, {}]}]",
      .ends = "'input_layers': {'frames': ['x', 0, 0]}, 'output_layers': "
              "{'y': ['out', 0, 0]}" },
  { "keras-3/by-position", .x = "'batch_shape': [null, 8, 6]",
      .enc = "[{'args': [{'class_name': '__keras_tensor__', 'config': "
             "{'shape': [null, 8, 6], 'keras_history': ['x', 0, 0]}}], "
             "'kwargs': {'training': false, 'mask': null}}]",
      .dec = "[{'args': [{'class_name': '__keras_tensor__', 'config': "
             "{'keras_history': ['rep', 0, 0]}}, [{'class_name': "
             "'__keras_tensor__', 'config': {'keras_history': ['enc', 0, "
             "1]}}, {'class_name': '__keras_tensor__', 'config': "
             "{'keras_history': ['enc', 0, 2]}}], null], 'kwargs': {'mask': "
             "[null, null]}}]",
      .out = "[{'args': [{'class_name': '__keras_tensor__', 'config': "
             "{'keras_history': ['dec', 0, 0]}}]}]" },
  { "order/reversed", .reversed = TRUE },
  { "shared/layer", .enc = "[[['x', 0, 0, {}]], [['x', 0, 0, {}]]]",
      .rep = "[[['enc', 1, 0, {}]]]",
      .dec = "[[['rep', 0, 0, {}], ['enc', 0, 1, {}], ['enc', 1, 2, {}]]]" },
  { "shared/model", .nested = TRUE,
      .enc = "[[['x', 0, 0, {}]], [['x', 0, 0, {}]]]",
      .rep = "[[['encoder', 1, 0, {}]]]",
      .dec = "[[['rep', 0, 0, {}], ['encoder', 1, 1, {}], ['encoder', 2, 2, "
             "{}]]]" },
  { "nested/from-0", .nested = TRUE, .rep = "[[['encoder', 0, 0, {}]]]",
      .dec = "[[['rep', 0, 0, {}], ['encoder', 0, 1, {}], ['encoder', 0, 2, "
             "{}]]]" },
  { "nested/from-1", .nested = TRUE, .rep = "[[['encoder', 1, 0, {}]]]",
      .dec = "[[['rep', 0, 0, {}], ['encoder', 1, 1, {}], ['encoder', 1, 2, "
             "{}]]]" },
  { "nested/reversed", .nested = TRUE, .reversed = TRUE,
      .rep = "[[['encoder', 1, 0, {}]]]",
      .dec = "[[['rep', 0, 0, {}], ['encoder', 1, 1, {}], ['encoder', 1, 2, "
             "{}]]]" },
};

static gchar *
layer_text (const gchar *class_name, const gchar *name, const gchar *options,
    const gchar *nodes)
{
  return g_strdup_printf (
      "{'class_name': '%s', 'name': '%s', 'config': {'name': '%s', %s}, "
      "'inbound_nodes': %s}",
      class_name, name, name, options, nodes);
}

static gchar *
encoder_text (const gchar *input, const gchar *nodes)
{
  g_autofree gchar *enc = layer_text (
      "LSTM", "enc", "'units': 5, 'return_state': true", "[[['x', 0, 0, {}]]]");
  g_autofree gchar *options = g_strdup_printf (
      "'layers': [%s, %s], 'input_layers': [['x', 0, 0]], 'output_layers': "
      "[['enc', 0, 0], ['enc', 0, 1], ['enc', 0, 2]]",
      input, enc);

  return layer_text ("Model", "encoder", options, nodes);
}

static const gchar *
or_else (const gchar *text, const gchar *usual)
{
  return text != NULL ? text : usual;
}

static gchar *
form_text (const Form *form)
{
  const gchar *nodes = or_else (form->enc, "[[['x', 0, 0, {}]]]");
  g_autofree gchar *x = layer_text ("InputLayer", "x",
      or_else (form->x, "'batch_input_shape': [null, 8, 6]"), "[]");
  g_autofree gchar *enc = form->nested
                              ? encoder_text (x, nodes)
                              : layer_text ("LSTM", "enc",
                                    "'units': 5, 'return_state': true", nodes);
  g_autofree gchar *rep = layer_text ("RepeatVector", "rep", "'n': 3",
      or_else (form->rep, "[[['enc', 0, 0, {}]]]"));
  g_autofree gchar *dec =
      layer_text ("LSTM", "dec", "'units': 5, 'return_sequences': true",
          or_else (form->dec,
              "[[['rep', 0, 0, {}], ['enc', 0, 1, {}], ['enc', 0, 2, {}]]]"));
  g_autofree gchar *out = layer_text ("Dense", "out", "'units': 2",
      or_else (form->out, "[[['dec', 0, 0, {}]]]"));
  const gchar *l[] = { x, enc, rep, dec, out };
  gboolean r = form->reversed;

  return g_strdup_printf ("{'class_name': 'Model', 'config': {'name': 'm', "
                          "'layers': [%s, %s, %s, %s, %s], %s}}",
      l[r ? 4 : 0], l[r ? 3 : 1], l[2], l[r ? 1 : 3], l[r ? 0 : 4],
      or_else (form->ends,
          "'input_layers': [['x', 0, 0]], 'output_layers': [['out', 0, 0]]"));
}

/* A model within a model has one group for all its layers. */
static void
nest_encoder (hid_t file)
{
  static const gchar *const layers[] = { "encoder", "dec", "out", NULL };

  h5_move (file, "model_weights/enc", "model_weights/encoder");
  h5_set_list (file, "model_weights", "layer_names", layers);
}

static void
set_config (hid_t file, const gchar *text)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');

  h5_set_text (file, "", "model_config", json);
}

static LstmModel *
load (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static void
test_form (gconstpointer data)
{
  const Form *form = data;
  g_autofree gchar *from = golden_file (FUNCTIONAL, "model.h5");
  g_autofree gchar *path = h5_copy (from, "form.h5");
  g_autofree gchar *text = form_text (form);
  g_autoptr (LstmModel) model = NULL;
  hid_t file = h5_open (path);

  set_config (file, text);
  if (form->nested)
    nest_encoder (file);
  H5Fclose (file);
  model = load (path);
  golden_check (model, FUNCTIONAL);
  g_assert_cmpstr (lstm_model_get_name (model), ==, "m");
  g_assert_cmpstr (lstm_model_get_input_name (model, 0), ==, "x");
  g_assert_cmpstr (lstm_model_get_output_name (model, 0), ==,
      form->ends != NULL && strstr (form->ends, "'y'") ? "y" : "out");
}

#define LSTM_2                                                                 \
  "{'class_name': 'LSTM', 'config': {'name': 'lstm_2', 'units': 1, "
#define LSTM_3                                                                 \
  "{'class_name': 'LSTM', 'config': {'name': 'lstm_3', 'units': 1}}"
#define DENSE                                                                  \
  "{'class_name': 'Dense', 'config': {'name': 'dense_1', 'units': 2}}"
#define SHAPED "'return_sequences': true, 'batch_input_shape': [null, 10, 2]}}"
#define UNSHAPED "'return_sequences': true}}"
#define STACK "[" LSTM_2 SHAPED ", " LSTM_3 ", " DENSE "]"
#define PAIR "[" LSTM_2 SHAPED ", " LSTM_3 "]"

/* @input: the name that the model's input gets. @group: where the weights of
 * the two LSTM layers stand together, or NULL. */
static const struct {
  const gchar *name;
  const gchar *config;
  const gchar *input;
  const gchar *group;
} stacks[] = {
  { "bare-list", "{'class_name': 'Sequential', 'config': " STACK "}",
      "lstm_2_input", NULL },
  { "shape-in-first-layer",
      "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': " STACK
      "}}",
      "lstm_2_input", NULL },
  { "built-by-data",
      "{'class_name': 'Sequential', 'config': {'name': 's', "
      "'build_input_shape': {'class_name': 'TensorShape', 'items': [32, 10, "
      "2]}, 'layers': [" LSTM_2 UNSHAPED ", " LSTM_3 ", " DENSE "]}}",
      "lstm_2_input", NULL },
  { "nested",
      "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': "
      "[{'class_name': 'Sequential', 'config': {'name': 'pair', 'layers': " PAIR
      "}}, " DENSE "]}}",
      "pair_input", "pair" },
  { "nested-without-a-name",
      "{'class_name': 'Sequential', 'config': [{'class_name': 'Sequential', "
      "'config': " PAIR "}, " DENSE "]}",
      "#1_input", "sequential_9" },
  { "nested-functional",
      "{'class_name': 'Sequential', 'config': [{'class_name': 'Functional', "
      "'config': {'name': 'pair', 'layers': [{'class_name': 'InputLayer', "
      "'name': 'x', 'config': {'batch_shape': [null, 10, 2], 'name': 'x'}, "
      "'inbound_nodes': []}, {'class_name': 'LSTM', 'name': 'lstm_2', "
      "'config': {'units': 1, 'return_sequences': true}, 'inbound_nodes': "
      "[[['x', 0, 0, {}]]]}, {'class_name': 'LSTM', 'name': 'lstm_3', "
      "'config': {'units': 1}, 'inbound_nodes': [[['lstm_2', 0, 0, {}]]]}], "
      "'input_layers': [['x', 0, 0]], 'output_layers': [['lstm_3', 0, "
      "0]]}}, " DENSE "]}",
      "pair_input", "pair" },
};

/* Both LSTM layers in one group, second layer first: only names tell. */
static void
nest_pair (hid_t file, const gchar *name)
{
  static const gchar *const variables[] = {
    "sequential/lstm_3/lstm_cell/kernel",
    "sequential/lstm_3/lstm_cell/recurrent_kernel",
    "sequential/lstm_3/lstm_cell/bias",
    "sequential/lstm_2/lstm_cell/kernel",
    "sequential/lstm_2/lstm_cell/recurrent_kernel",
    "sequential/lstm_2/lstm_cell/bias",
    NULL,
  };
  const gchar *const layers[] = { name, "dense_1", NULL };
  g_autofree gchar *group = g_strconcat ("model_weights/", name, NULL);
  g_autofree gchar *second = g_strconcat (group, "/sequential/lstm_3", NULL);

  h5_move (file, "model_weights/lstm_2", group);
  h5_move (file, "model_weights/lstm_3/sequential/lstm_3", second);
  h5_set_list (file, group, "weight_names", variables);
  h5_set_list (file, "model_weights", "layer_names", layers);
}

static void
test_stack (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree gchar *from = golden_file (SEQUENTIAL, "model.h5");
  g_autofree gchar *path = h5_copy (from, "stack.h5");
  g_autoptr (LstmModel) model = NULL;
  hid_t file = h5_open (path);

  set_config (file, stacks[i].config);
  if (stacks[i].group != NULL)
    nest_pair (file, stacks[i].group);
  H5Fclose (file);
  model = load (path);
  golden_check (model, SEQUENTIAL);
  g_assert_cmpstr (lstm_model_get_input_name (model, 0), ==, stacks[i].input);
  g_assert_cmpstr (lstm_model_get_output_name (model, 0), ==, "dense_1");
  g_assert_cmpint (lstm_model_get_batch (model), ==, LSTM_DIM_UNKNOWN);
}

/* The model that others published: Keras 2.0.5, a bare list, fixed strings
 * padded with NUL, empty lists of names as float64, optimizer weights. */
static void
test_turbofan (void)
{
  g_autofree gchar *path = g_build_filename (
      g_getenv ("LSTM_TEST_PIPELINES"), "turbofan", "binary_model.h5", NULL);
  g_autoptr (LstmModel) model = load (path);
  LstmShape in =
      lstm_shape_make (2, G_GINT64_CONSTANT (50), G_GINT64_CONSTANT (25));
  LstmShape out = lstm_shape_make (1, G_GINT64_CONSTANT (1));

  g_assert_cmpuint (lstm_model_get_n_inputs (model), ==, 1);
  g_assert_cmpuint (lstm_model_get_n_outputs (model), ==, 1);
  g_assert_true (lstm_shape_equal (lstm_model_get_input_shape (model, 0), &in));
  g_assert_true (
      lstm_shape_equal (lstm_model_get_output_shape (model, 0), &out));
  g_assert_cmpstr (lstm_model_get_output_name (model, 0), ==, "dense_1");
  g_assert_cmpuint (lstm_model_get_n_parameters (model), ==,
      4 * 100 * (25 + 100 + 1) + 4 * 50 * (100 + 50 + 1) + 51);
  g_assert_false (lstm_model_is_stateful (model));
  for (guint i = 0; i < lstm_model_get_n_notes (model); i++)
    g_test_fail_printf ("a note: %s", lstm_model_get_note (model, i));
}

/* One layer's outputs by the names that Keras makes unique. */
static void
test_output_names (void)
{
  g_autofree gchar *path = golden_file ("keras2_functional_state", "model.h5");
  g_autoptr (LstmModel) model = load (path);

  g_assert_cmpuint (lstm_model_get_n_outputs (model), ==, 3);
  g_assert_cmpstr (lstm_model_get_output_name (model, 0), ==, "dense_2");
  g_assert_cmpstr (lstm_model_get_output_name (model, 1), ==, "lstm_4");
  g_assert_cmpstr (lstm_model_get_output_name (model, 2), ==, "lstm_4_1");
  g_assert_cmpint (lstm_model_get_batch (model), ==, 2);
  g_assert_true (lstm_model_is_stateful (model));
}

/* training=True at a call is more than the engine does: the user is told. */
static void
test_training_note (void)
{
  static const Form form = {
    .enc = "[[['x', 0, 0, {'training': true}]]]",
  };
  g_autofree gchar *from = golden_file (FUNCTIONAL, "model.h5");
  g_autofree gchar *path = h5_copy (from, "training.h5");
  g_autofree gchar *text = form_text (&form);
  g_autoptr (LstmModel) model = NULL;
  hid_t file = h5_open (path);

  set_config (file, text);
  H5Fclose (file);
  model = load (path);
  g_assert_cmpuint (lstm_model_get_n_notes (model), ==, 1);
  g_assert_nonnull (strstr (lstm_model_get_note (model, 0), "'enc'"));
  g_assert_nonnull (strstr (lstm_model_get_note (model, 0), "training=True"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  h5_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autofree gchar *path = g_strconcat ("/forms/", forms[i].name, NULL);

    g_test_add_data_func (path, &forms[i], test_form);
  }
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++) {
    g_autofree gchar *path =
        g_strconcat ("/forms/sequential/", stacks[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_stack);
  }
  g_test_add_func ("/forms/turbofan", test_turbofan);
  g_test_add_func ("/forms/output-names", test_output_names);
  g_test_add_func ("/forms/training-note", test_training_note);
  status = g_test_run ();
  h5_end ();
  return status;
}
