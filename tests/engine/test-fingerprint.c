/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has the same fingerprint, and what must have another. */

#include "engine/fixture.h"

#include <string.h>

/* A model: an input of [steps, features], layers in a chain, weights of a fixed
 * seed, one of whose bits may be turned. */
typedef struct {
  guint keras;
  const gchar *model_name;
  const gchar *input_name;
  gint64 batch;
  gint64 steps;
  gint64 features;
  const gchar *layers[5]; /* "Class name {config}" */
  gint flip_weight; /* bit of this weight of the first layer, from 1; or 0 */
  gsize flip_float;
  guint flip_bit;
} Recipe;

static void
flip (LstmLayer *layer, const Recipe *recipe)
{
  LstmWeight *weight =
      lstm_layer_get_weight (layer, (guint) recipe->flip_weight - 1);
  const LstmShape *shape = lstm_weight_get_shape (weight);
  gsize n = lstm_shape_count (shape);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autofree gfloat *data = g_new (gfloat, n);
  guint32 bits;

  for (gsize i = 0; i < n; i++)
    data[i] = (gfloat) g_rand_double_range (rand, -0.5, 0.5);
  memcpy (&bits, &data[recipe->flip_float], sizeof bits);
  bits ^= recipe->flip_bit < 32 ? 1u << recipe->flip_bit : 0;
  memcpy (&data[recipe->flip_float], &bits, sizeof bits);
  g_assert_true (lstm_weight_set (weight, shape, data, NULL));
}

static LstmModel *
make (const Recipe *recipe)
{
  g_autoptr (LstmModelBuilder) builder =
      lstm_model_builder_new (recipe->model_name, recipe->keras);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GError) error = NULL;
  LstmShape shape = lstm_shape_make (2, recipe->steps, recipe->features);
  LstmModel *model;
  LstmValueId value;

  lstm_model_builder_add_input (builder,
      recipe->input_name ? recipe->input_name : "x", &shape,
      recipe->batch ? recipe->batch : LSTM_DIM_UNKNOWN, &value, &error);
  g_assert_no_error (error);
  for (guint i = 0; recipe->layers[i]; i++) {
    g_auto (GStrv) words = g_strsplit (recipe->layers[i], " ", 3);
    LstmLayer *layer =
        fixture_add_layer (builder, words[0], words[1], words[2], &error);

    g_assert_no_error (error);
    value = fixture_call (builder, layer, value);
    fixture_fill_weights (layer, rand);
    if (i == 0 && recipe->flip_weight)
      flip (layer, recipe);
  }
  lstm_model_builder_add_output (builder, value, "y");
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  return model;
}

static gchar *
fingerprint (const Recipe *recipe)
{
  g_autoptr (LstmModel) model = make (recipe);
  const gchar *hex = lstm_model_get_fingerprint (model);

  g_assert_cmpuint (strlen (hex), ==, 64);
  g_assert_cmpuint (strspn (hex, "0123456789abcdef"), ==, 64);
  g_assert_true (hex == lstm_model_get_fingerprint (model));
  return g_strdup (hex);
}

#define HEAD(k, m, x, b, s, f)                                                 \
  .keras = k, .model_name = m, .input_name = x, .batch = b, .steps = s,        \
  .features = f
#define FLIP(weight, number, bit)                                              \
  .flip_weight = weight, .flip_float = number, .flip_bit = bit
#define LSTM3 "LSTM a {'units': <int64 3>}"
#define DENSE2 "Dense d {'units': <int64 2>}"

#define BASE                                                                   \
  {                                                                            \
    HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 }                  \
  }

static const Recipe base = BASE;

typedef struct {
  const gchar *name;
  Recipe a;
  Recipe b;
} Pair;

static const Pair equal[] = {
  { "twice", BASE, BASE },
  { "model-name", BASE,
      { HEAD (3, "other", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 } } },
  { "input-name", BASE,
      { HEAD (3, "m", "z", 0, -1, 2), .layers = { LSTM3, DENSE2 } } },
  { "batch", BASE,
      { HEAD (3, "m", "x", 7, -1, 2), .layers = { LSTM3, DENSE2 } } },
  { "name-without-slots", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { LSTM3, "Dense dense_7 {'units': <int64 2>}" } } },
  { "defaults-written-out", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LSTM a {'units': <int64 3>, 'use_bias': <true>, "
                      "'stateful': "
                      "<false>, 'return_sequences': <false>, 'go_backwards': "
                      "<false>, "
                      "'return_state': <false>, 'activation': <'tanh'>, "
                      "'recurrent_activation': <'sigmoid'>, 'time_major': "
                      "<false>, "
                      "'zero_output_for_mask': <false>}",
              "Dense d {'units': <2.0>, 'activation': <@mb nothing>, "
              "'use_bias': <true>}" } } },
  { "idle-options", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LSTM a {'units': <int64 3>, 'dropout': <0.5>, "
                      "'trainable': "
                      "<false>, 'kernel_initializer': <'zeros'>, "
                      "'implementation': "
                      "<int64 1>, 'unit_forget_bias': <false>}",
              DENSE2 } } },
  { "unknown-option", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LSTM a {'units': <int64 3>, 'who_knows': <int64 1>}",
              DENSE2 } } },
  { "activation-as-object", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LSTM a {'units': <int64 3>, 'activation': "
                      "<{'class_name': "
                      "<'function'>, 'config': <'tanh'>}>}",
              DENSE2 } } },
  { "gru-default-keras3",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>, 'reset_after': <true>}" } } },
  { "gru-default-keras2",
      { HEAD (2, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>}" } },
      { HEAD (2, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>, 'reset_after': "
                      "<false>}" } } },
  { "keras-version-without-effect", BASE,
      { HEAD (2, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 } } },
  { "gru-over-keras-versions",
      { HEAD (2, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>, 'reset_after': "
                      "<false>}" } } },
  { "leaky-relu-over-keras-versions",
      { HEAD (2, "m", "x", 0, -1, 2),
          .layers = { "LeakyReLU r {'alpha': <0.25>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LeakyReLU r {'negative_slope': <0.25>}" } } },
  { "list-of-one",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Conv1D c {'filters': <int64 3>, 'kernel_size': <int64 "
                      "2>, "
                      "'padding': <'causal'>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Conv1D c {'filters': <int64 3>, 'kernel_size': <[<int64 "
                      "2>]>, "
                      "'padding': <'causal'>, 'strides': <[<int64 1>]>, "
                      "'dilation_rate': <int64 1>, 'groups': <int64 1>, "
                      "'data_format': "
                      "<'channels_last'>}" } } },
  { "depthwise-defaults",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "DepthwiseConv1D c {'kernel_size': <int64 2>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "DepthwiseConv1D c {'kernel_size': <[<int64 2>]>, "
                      "'strides': <int64 1>, 'depth_multiplier': <int64 1>, "
                      "'dilation_rate': <int64 1>, 'padding': <'valid'>}" } } },
  { "no-flip",
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (1, 0, 32) },
      { HEAD (3, "n", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (1, 0, 32) } },
};

#define LSTM_WITH(options)                                                     \
  {                                                                            \
    HEAD (3, "m", "x", 0, -1, 2), .layers = {                                  \
      "LSTM a {'units': <int64 3>, " options "}",                              \
      DENSE2                                                                   \
    }                                                                          \
  }

static const Pair other[] = {
  { "weight-bit-0",
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (1, 0, 32) },
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (1, 0, 0) } },
  { "weight-sign",
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (2, 35, 32) },
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (2, 35, 31) } },
  { "last-weight",
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (3, 11, 32) },
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { LSTM3, DENSE2 },
          FLIP (3, 11, 7) } },
  { "slot-name", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LSTM b {'units': <int64 3>}", DENSE2 } } },
  { "class", BASE,
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>}", DENSE2 } } },
  { "activation", BASE, LSTM_WITH ("'activation': <'relu'>") },
  { "recurrent-activation", BASE,
      LSTM_WITH ("'recurrent_activation': <'hard_sigmoid'>") },
  { "use-bias", BASE, LSTM_WITH ("'use_bias': <false>") },
  { "stateful", BASE, LSTM_WITH ("'stateful': <true>") },
  { "go-backwards", BASE, LSTM_WITH ("'go_backwards': <true>") },
  { "return-sequences", BASE, LSTM_WITH ("'return_sequences': <true>") },
  { "steps", BASE,
      { HEAD (3, "m", "x", 0, 4, 2), .layers = { LSTM3, DENSE2 } } },
  { "hard-sigmoid-of-two-kerases",
      { HEAD (2, "m", "x", 0, -1, 2),
          .layers = { "Activation r {'activation': <'hard_sigmoid'>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Activation r {'activation': <'hard_sigmoid'>}" } } },
  { "gru-reset-after",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>, 'use_bias': <false>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "GRU a {'units': <int64 3>, 'use_bias': <false>, "
                      "'reset_after': "
                      "<false>}" } } },
  { "slope", { HEAD (3, "m", "x", 0, -1, 2), .layers = { "LeakyReLU r {}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LeakyReLU r {'negative_slope': <0.25>}" } } },
  { "epsilon",
      { HEAD (3, "m", "x", 0, -1, 2), .layers = { "LayerNormalization n {}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "LayerNormalization n {'epsilon': <0.002>}" } } },
  { "statistics-in-the-config",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Normalization n {'mean': <[<1.0>, <2.0>]>, 'variance': "
                      "<[<1.0>, "
                      "<1.0>]>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Normalization n {'mean': <[<1.0>, <2.5>]>, 'variance': "
                      "<[<1.0>, "
                      "<1.0>]>}" } } },
  { "dilation",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Conv1D c {'filters': <int64 3>, 'kernel_size': <int64 "
                      "2>, "
                      "'padding': <'causal'>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Conv1D c {'filters': <int64 3>, 'kernel_size': <int64 "
                      "2>, "
                      "'padding': <'causal'>, 'dilation_rate': <int64 "
                      "2>}" } } },
  { "depth-multiplier",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "SeparableConv1D c {'filters': <int64 3>, "
                      "'kernel_size': <int64 2>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "SeparableConv1D c {'filters': <int64 3>, "
                      "'kernel_size': <int64 2>, 'depth_multiplier': <int64 "
                      "2>}" } } },
  { "separable-strides",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "SeparableConv1D c {'filters': <int64 3>, "
                      "'kernel_size': <int64 2>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "SeparableConv1D c {'filters': <int64 3>, "
                      "'kernel_size': <int64 2>, 'strides': <int64 2>}" } } },
  { "padding",
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Conv1D c {'filters': <int64 3>, 'kernel_size': <int64 "
                      "2>, "
                      "'padding': <'causal'>}" } },
      { HEAD (3, "m", "x", 0, -1, 2),
          .layers = { "Conv1D c {'filters': <int64 3>, 'kernel_size': <int64 "
                      "2>, "
                      "'padding': <'same'>}" } } },
  { "target-shape",
      { HEAD (3, "m", "x", 0, 4, 3),
          .layers = { "Reshape r {'target_shape': <[<int64 6>, <int64 "
                      "2>]>}" } },
      { HEAD (3, "m", "x", 0, 4, 3),
          .layers = { "Reshape r {'target_shape': <[<int64 2>, <int64 "
                      "6>]>}" } } },
  { "merge-mode",
      { HEAD (3, "m", "x", 0, 4, 2),
          .layers = { "Bidirectional b {'merge_mode': <'sum'>, 'layer': "
                      "<{'class_name': "
                      "<'GRU'>, 'config': <{'units': <int64 3>, 'name': "
                      "<'g'>}>}>}" } },
      { HEAD (3, "m", "x", 0, 4, 2),
          .layers = { "Bidirectional b {'merge_mode': <'mul'>, 'layer': "
                      "<{'class_name': "
                      "<'GRU'>, 'config': <{'units': <int64 3>, 'name': "
                      "<'g'>}>}>}" } } },
  { "wrapped-option",
      { HEAD (3, "m", "x", 0, 4, 2),
          .layers = { "TimeDistributed t {'layer': <{'class_name': <'Dense'>, "
                      "'config': "
                      "<{'units': <int64 3>, 'name': <'g'>}>}>}" } },
      { HEAD (3, "m", "x", 0, 4, 2),
          .layers = { "TimeDistributed t {'layer': <{'class_name': <'Dense'>, "
                      "'config': "
                      "<{'units': <int64 3>, 'name': <'g'>, 'activation': "
                      "<'tanh'>}>}>}" } } },
};

static void
test_equal (gconstpointer data)
{
  const Pair *pair = data;
  g_autofree gchar *a = fingerprint (&pair->a);
  g_autofree gchar *b = fingerprint (&pair->b);

  g_assert_cmpstr (a, ==, b);
}

static void
test_other (gconstpointer data)
{
  const Pair *pair = data;
  g_autofree gchar *a = fingerprint (&pair->a);
  g_autofree gchar *b = fingerprint (&pair->b);

  g_assert_cmpstr (a, !=, b);
}

/* The number itself: states saved by one release are read by the next, and by
 * machines of either byte order. */
static void
test_stays (void)
{
  g_autofree gchar *hex = fingerprint (&base);

  g_assert_cmpstr (hex, ==,
      "dc3fd0948dcdc4b3a63c1999f268c9f2"
      "fcb6cd6426b3440268485264da31ba78");
}

/* ---- graphs that are no chains ---- */

/* Two Dense layers on one input, made in either order and subtracted or
 * concatenated either way round. */
static gchar *
branches (gboolean second_first, gboolean swapped, gboolean extra)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  g_autoptr (GArray) outputs = NULL;
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (GError) error = NULL;
  LstmShape shape = { .rank = 2, .dims = { LSTM_DIM_UNKNOWN, 2 } };
  LstmValueId x, made[2], order[2];
  LstmLayer *join;

  lstm_model_builder_add_input (builder, "x", &shape, -1, &x, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++) {
    guint which = second_first ? 1 - i : i;
    g_autofree gchar *name = g_strdup_printf ("dense_%u", i);
    g_autoptr (GRand) rand = g_rand_new_with_seed (100 + which);
    LstmLayer *layer = fixture_add_layer (
        builder, "Dense", name, "{'units': <int64 3>}", &error);

    made[which] = fixture_call (builder, layer, x);
    fixture_fill_weights (layer, rand);
  }
  if (extra)
    fixture_call (builder,
        fixture_add_layer (builder, "ReLU", "unread", "{}", &error), x);
  order[0] = made[swapped ? 1 : 0];
  order[1] = made[swapped ? 0 : 1];
  join = fixture_add_layer (builder, "Concatenate", "join", "{}", &error);
  outputs = lstm_model_builder_call (builder, join, order, 2, NULL, 0, &error);
  g_assert_no_error (error);
  lstm_model_builder_add_output (
      builder, g_array_index (outputs, LstmValueId, 0), "y");
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  return g_strdup (lstm_model_get_fingerprint (model));
}

static void
test_order_in_file (void)
{
  g_autofree gchar *a = branches (FALSE, FALSE, FALSE);
  g_autofree gchar *b = branches (TRUE, FALSE, FALSE);

  g_assert_cmpstr (a, ==, b);
}

static void
test_connections (void)
{
  g_autofree gchar *a = branches (FALSE, FALSE, FALSE);
  g_autofree gchar *b = branches (FALSE, TRUE, FALSE);

  g_assert_cmpstr (a, !=, b);
}

static void
test_unread_layer (void)
{
  g_autofree gchar *a = branches (FALSE, FALSE, FALSE);
  g_autofree gchar *b = branches (FALSE, FALSE, TRUE);

  g_assert_cmpstr (a, !=, b);
}

/* ---- threads ---- */

static gpointer
ask (gpointer model)
{
  return (gpointer) lstm_model_get_fingerprint (model);
}

static void
test_threads (void)
{
  g_autoptr (LstmModel) model = make (&base);
  GThread *threads[4];
  gpointer first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ask", ask, model);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
    gpointer given = g_thread_join (threads[i]);

    g_assert_nonnull (given);
    g_assert_true (i == 0 || given == first);
    first = given;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (equal); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/fingerprint/equal/%s", equal[i].name);

    g_test_add_data_func (path, &equal[i], test_equal);
  }
  for (guint i = 0; i < G_N_ELEMENTS (other); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/fingerprint/other/%s", other[i].name);

    g_test_add_data_func (path, &other[i], test_other);
  }
  g_test_add_func ("/fingerprint/stays", test_stays);
  g_test_add_func ("/fingerprint/equal/order-in-file", test_order_in_file);
  g_test_add_func ("/fingerprint/other/connections", test_connections);
  g_test_add_func ("/fingerprint/other/unread-layer", test_unread_layer);
  g_test_add_func ("/fingerprint/threads", test_threads);
  return g_test_run ();
}
