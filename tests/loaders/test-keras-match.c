/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which variable of a file is which weight, by their names alone. The layer is
 * a Dense of [2, 3]; its class's name is told otherwise where that matters. */

#include "loaders/keras-match.h"

#include <lstm/lstm.h>
#include <string.h>

#define MAX_NAMES 6

static const struct {
  const gchar *name;
  const gchar *class_name;
  gboolean within; /* a model around the layer */
  const gchar *names[MAX_NAMES];
  gint kernel, bias; /* index of the name, or -1: an error */
  const gchar *fact; /* of the error */
} cases[] = {
  { "plain", "Dense", FALSE, { "d/kernel:0", "d/bias:0" }, 0, 1, NULL },
  { "swapped", "Dense", FALSE, { "d/bias:0", "d/kernel:0" }, 1, 0, NULL },
  { "no-folder", "Dense", FALSE, { "kernel", "bias" }, 0, 1, NULL },
  { "count", "Normalization", FALSE, { "d/kernel", "d/bias", "d/count" }, 0, 1,
      NULL },
  { "count-first", "Normalization", FALSE, { "d/count", "d/kernel", "d/bias" },
      1, 2, NULL },
  { "count-of-another", "Dense", FALSE, { "d/kernel", "d/bias", "d/count" }, -1,
      -1, "'d/count'" },
  { "seed", "Dense", FALSE,
      { "seed_generator/seed_generator_state", "d/kernel", "d/bias" }, 1, 2,
      NULL },
  { "longer-name", "Dense", FALSE, { "d/kernel_scale", "d/bias" }, -1, -1,
      "'kernel'" },
  { "none", "Dense", FALSE, { NULL }, -1, -1, "nothing" },
  { "empty-names", "Dense", FALSE, { "", "" }, -1, -1, "'kernel'" },
  { "within/by-name", "Dense", TRUE, { "m/d/bias:0", "m/d/kernel:0" }, 1, 0,
      NULL },
  { "within/in-order", "Dense", TRUE, { "m/q/kernel:0", "m/q/bias:0" }, 0, 1,
      NULL },
  { "within/nearest", "Dense", TRUE,
      { "d/x/kernel:0", "x/d/kernel:0", "x/d/bias:0" }, -1, -1,
      "'d/x/kernel:0'" },
  { "within/other-layer", "Dense", TRUE,
      { "m/d/kernel", "m/d/bias", "m/e/kernel" }, -1, -1, "'m/e/kernel'" },
  { "within/ambiguous", "Dense", TRUE,
      { "a/d/kernel", "b/d/kernel", "m/d/bias" }, -1, -1, "'kernel'" },
};

static LstmLayer *
add_dense (LstmModelBuilder *builder)
{
  LstmShape shape = lstm_shape_make (1, G_GINT64_CONSTANT (2));
  GVariantDict config;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) outputs = NULL;
  LstmValueId x = 0;
  LstmLayer *layer;

  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "units", "x", G_GINT64_CONSTANT (3));
  lstm_model_builder_add_input (
      builder, "x", &shape, LSTM_DIM_UNKNOWN, &x, &error);
  g_assert_no_error (error);
  layer = lstm_model_builder_add_layer (
      builder, "Dense", "d", g_variant_dict_end (&config), &error);
  g_assert_no_error (error);
  outputs = lstm_model_builder_call (builder, layer, &x, 1, NULL, 0, &error);
  g_assert_no_error (error);
  return layer;
}

static KerasLayer *
tree_new (KerasKind kind, const gchar *class_name, const gchar *name,
    const gchar *path)
{
  KerasLayer *layer = g_new0 (KerasLayer, 1);

  layer->kind = kind;
  layer->class_name = g_strdup (class_name);
  layer->name = g_strdup (name);
  layer->path = g_strdup (path);
  return layer;
}

static KerasLayer *
make_tree (LstmModelBuilder *builder, const gchar *class_name, gboolean within)
{
  KerasLayer *dense =
      tree_new (KERAS_LAYER, class_name, "d", within ? "m/d" : "d");
  KerasLayer *model;

  dense->layer = add_dense (builder);
  if (!within)
    return dense;
  model = tree_new (KERAS_SEQUENTIAL, "Sequential", "m", "m");
  model->children =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_keras_layer_free);
  g_ptr_array_add (model->children, dense);
  return model;
}

static void
test_match (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  g_autoptr (KerasLayer) top =
      make_tree (builder, cases[i].class_name, cases[i].within);
  g_autoptr (GArray) weights = lstm_keras_list_weights (top);
  g_autoptr (GError) error = NULL;
  g_autofree guint *chosen = NULL;

  g_assert_cmpuint (weights->len, ==, 2);
  chosen = lstm_keras_match (top, weights, 3, cases[i].names, "/group", &error);
  if (cases[i].kernel < 0) {
    g_assert_error (error, LSTM_ERROR, LSTM_ERROR_WEIGHTS);
    g_assert_nonnull (strstr (error->message, "/group"));
    g_assert_nonnull (strstr (error->message, cases[i].fact));
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (chosen[0], ==, cases[i].kernel);
  g_assert_cmpuint (chosen[1], ==, cases[i].bias);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strconcat ("/match/", cases[i].name, NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), test_match);
  }
  return g_test_run ();
}
