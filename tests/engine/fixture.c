/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/fixture.h"

#include <string.h>

gfloat *
fixture_random (guint32 seed, gsize n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gfloat *v = g_new (gfloat, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    v[i] = (gfloat) g_rand_double_range (rand, -1, 1);
  return v;
}

void
fixture_fill_weights (LstmLayer *layer, GRand *rand)
{
  for (guint i = 0; i < lstm_layer_get_n_weights (layer); i++) {
    LstmWeight *weight = lstm_layer_get_weight (layer, i);
    const LstmShape *shape = lstm_weight_get_shape (weight);
    gint64 n = lstm_shape_count (shape);
    g_autofree gfloat *data = g_new (gfloat, n);

    for (gint64 k = 0; k < n; k++)
      data[k] = (gfloat) g_rand_double_range (rand, -0.5, 0.5);
    g_assert_true (lstm_weight_set (weight, shape, data, NULL));
  }
}

LstmLayer *
fixture_add_layer (LstmModelBuilder *builder, const gchar *class_name,
    const gchar *name, const gchar *config, GError **error)
{
  g_autoptr (GVariant) dict =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, config, NULL, NULL, NULL);

  g_assert_nonnull (dict);
  return lstm_model_builder_add_layer (builder, class_name, name, dict, error);
}

LstmValueId
fixture_call (LstmModelBuilder *builder, LstmLayer *layer, LstmValueId input)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) outputs =
      lstm_model_builder_call (builder, layer, &input, 1, NULL, 0, &error);

  g_assert_no_error (error);
  return g_array_index (outputs, LstmValueId, 0);
}

LstmModel *
fixture_chain (
    gint64 steps, gint64 features, const gchar *const *layers, GError **error)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("chain", 3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  LstmShape shape = lstm_shape_make (2, steps, features);
  LstmValueId value;

  if (!lstm_model_builder_add_input (
          builder, "x", &shape, LSTM_DIM_UNKNOWN, &value, error))
    return NULL;
  for (guint i = 0; layers[i]; i++) {
    const gchar *config = strchr (layers[i], ' ');
    g_autofree gchar *class_name = g_strndup (layers[i], config - layers[i]);
    g_autofree gchar *name = g_strdup_printf ("layer_%u", i);
    g_autoptr (GArray) outputs = NULL;
    LstmLayer *layer =
        fixture_add_layer (builder, class_name, name, config + 1, error);

    if (!layer)
      return NULL;
    outputs =
        lstm_model_builder_call (builder, layer, &value, 1, NULL, 0, error);
    if (!outputs)
      return NULL;
    fixture_fill_weights (layer, rand);
    value = g_array_index (outputs, LstmValueId, 0);
  }
  lstm_model_builder_add_output (builder, value, "y");
  return lstm_model_builder_build (builder, error);
}

LstmPlan *
fixture_plan (LstmModel *model, LstmMode mode, guint steps)
{
  LstmPlanOptions options = { .mode = mode, .steps = steps };
  g_autoptr (GError) error = NULL;
  LstmPlan *plan = lstm_plan_new (model, &options, &error);

  g_assert_no_error (error);
  return plan;
}
