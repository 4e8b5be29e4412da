/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What bf16 and int8 give, on the kernel set that LSTM_CPU leaves: bf16 to the
 * bit, int8 within what its rounding explains; states go from one precision to
 * another. */

#include <math.h>
#include <string.h>

#include "engine/fixture.h"
#include "engine/graph.h"
#include "kernels/narrow.h"

#define FEATURES 5
#define FRAMES 60

typedef struct {
  const gchar *name;
  gdouble limit; /* of int8's error, about twice what it is */
  const gchar *layers[4];
} Chain;

static const Chain chains[] = {
  { "dense", 6e-3, { "Dense {'units': <int64 37>, 'activation': <'tanh'>}" } },
  { "conv", 1.2e-2,
      { "Conv1D {'filters': <int64 19>, 'kernel_size': <int64 3>, 'padding': "
        "<'causal'>}" } },
  { "lstm", 6e-3,
      { "LSTM {'units': <int64 37>, 'return_sequences': <true>}" } },
  { "rnn", 8e-2,
      { "SimpleRNN {'units': <int64 21>, 'return_sequences': <true>}" } },
  { "gru-after", 3e-2,
      { "GRU {'units': <int64 37>, 'reset_after': <true>, "
        "'return_sequences': <true>}" } },
  { "gru-before", 1.2e-2,
      { "GRU {'units': <int64 37>, 'reset_after': <false>, "
        "'return_sequences': <true>}" } },
  { "stack", 5e-2,
      { "LSTM {'units': <int64 70>, 'return_sequences': <true>}",
          "LSTM {'units': <int64 33>, 'return_sequences': <true>}",
          "Dense {'units': <int64 3>}" } },
};

static LstmModel *
chain_model (const Chain *chain)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model = fixture_chain (-1, FEATURES, chain->layers, &error);

  g_assert_no_error (error);
  return model;
}

static LstmPlan *
plan_at (LstmModel *model, LstmPrecision precision)
{
  g_autoptr (GError) error = NULL;
  LstmPlan *plan = lstm_plan_new_shared (
      model, &(LstmPlanOptions){ .precision = precision }, &error);

  g_assert_no_error (error);
  g_assert_cmpint (lstm_plan_get_precision (plan), ==, precision);
  return plan;
}

/* (transfer full): outputs of FRAMES frames. */
static gfloat *
outputs_of (LstmModel *model, LstmPrecision precision, gsize *n)
{
  g_autoptr (LstmPlan) plan = plan_at (model, precision);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autofree gfloat *x = fixture_random (7, FRAMES * FEATURES);
  gsize width = lstm_plan_get_output_size (plan, 0);
  gfloat *y = g_new0 (gfloat, FRAMES * width);

  lstm_context_process (context, &stream, 1, FRAMES,
      &(LstmInput){ x, 0, FEATURES }, &(LstmOutput){ y, 0, width });
  *n = FRAMES * width;
  return y;
}

static gdouble
largest_difference (const gfloat *a, const gfloat *b, gsize n)
{
  gdouble largest = 0;

  for (gsize i = 0; i < n; i++)
    largest = fmax (largest, fabs ((gdouble) a[i] - b[i]));
  return largest;
}

/* Every weight that is a matrix as its bf16. */
static void
round_weights (LstmModel *model)
{
  for (guint i = 0; i < model->layers->len; i++) {
    LstmLayer *layer = g_ptr_array_index (model->layers, i);

    for (guint k = 0; k < layer->weights->len; k++) {
      LstmWeight *weight = g_ptr_array_index (layer->weights, k);
      gfloat *data = (gfloat *) weight->data;

      if (g_str_has_suffix (weight->name, "kernel"))
        for (gint64 j = 0; j < lstm_shape_count (&weight->shape); j++)
          data[j] = lstm_from_bf16 (lstm_bf16 (data[j]));
    }
  }
}

/* bf16 is f32 on rounded weights. A vector set's GRU takes its activations
 * another way then, which makes an ulp. */
static void
test_bf16 (gconstpointer data)
{
  const Chain *chain = data;
  g_autoptr (LstmModel) model = chain_model (chain);
  g_autoptr (LstmModel) rounded = chain_model (chain);
  g_autofree gfloat *found = NULL, *expected = NULL, *f32 = NULL;
  gdouble limit = g_str_has_prefix (chain->name, "gru") ? 1e-6 : 0;
  gsize n;

  round_weights (rounded);
  found = outputs_of (model, LSTM_PRECISION_BF16, &n);
  expected = outputs_of (rounded, LSTM_PRECISION_F32, &n);
  f32 = outputs_of (model, LSTM_PRECISION_F32, &n);
  g_assert_cmpfloat (largest_difference (found, expected, n), <=, limit);
  g_assert_cmpfloat (largest_difference (found, f32, n), >, 1e-5);
}

/* A weight is off by up to its block's largest / 254, an input by its block's
 * largest / 65534; what a recurrent layer makes of that is measured. */
static void
test_int8 (gconstpointer data)
{
  const Chain *chain = data;
  g_autoptr (LstmModel) model = chain_model (chain);
  g_autofree gfloat *found = NULL, *f32 = NULL;
  gsize n;

  found = outputs_of (model, LSTM_PRECISION_INT8, &n);
  f32 = outputs_of (model, LSTM_PRECISION_F32, &n);
  g_assert_cmpfloat (largest_difference (found, f32, n), >, 1e-5);
  g_assert_cmpfloat (largest_difference (found, f32, n), <, chain->limit);
}

/* Weights that integers hold exactly leave the rounding of inputs alone. */
static void
test_int8_exact (void)
{
  static const gchar *const layers[] = { "Dense {'units': <int64 21>}", NULL };
  g_autoptr (LstmModel) model = fixture_chain (-1, FEATURES, layers, NULL);
  LstmLayer *layer = g_ptr_array_index (model->layers, 0);
  LstmWeight *kernel = g_ptr_array_index (layer->weights, 0);
  gfloat *w = (gfloat *) kernel->data;
  g_autofree gfloat *found = NULL, *f32 = NULL;
  gsize n;

  for (guint i = 0; i < FEATURES; i++)
    for (guint u = 0; u < 21; u++)
      w[i * 21 + u] = i == 0 ? 127.0f : (gfloat) ((i * 31 + u * 7) % 127);
  found = outputs_of (model, LSTM_PRECISION_INT8, &n);
  f32 = outputs_of (model, LSTM_PRECISION_F32, &n);
  g_assert_cmpfloat (
      largest_difference (found, f32, n), <=, 127 * FEATURES / 65534.0 + 1e-4);
}

/* A state is f32, whoever made it. */
static void
test_state (void)
{
  g_autoptr (LstmModel) model = chain_model (&chains[6]);
  g_autofree gfloat *x = fixture_random (8, 20 * FEATURES);
  g_autoptr (LstmPlan) from = plan_at (model, LSTM_PRECISION_INT8);
  g_autoptr (LstmPlan) to = plan_at (model, LSTM_PRECISION_BF16);
  g_autoptr (LstmContext) context = lstm_context_new (from);
  g_autoptr (LstmStream) stream = lstm_stream_new (from);
  g_autoptr (LstmStream) other = lstm_stream_new (to);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;
  gfloat y[20 * 3];
  gsize n, m;

  lstm_context_process (context, &stream, 1, 20, &(LstmInput){ x, 0, FEATURES },
      &(LstmOutput){ y, 0, 3 });
  state = lstm_state_save (stream, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (lstm_state_load (state, other, NULL, &error));
  g_assert_no_error (error);
  {
    const gfloat *a = lstm_stream_get_data (stream, &n);
    const gfloat *b = lstm_stream_get_data (other, &m);

    g_assert_cmpmem (a, n * sizeof *a, b, m * sizeof *b);
  }
}

/* Plans are shared by those who ask for the same precision only. */
static void
test_shared (void)
{
  g_autoptr (LstmModel) model = chain_model (&chains[0]);
  g_autoptr (LstmPlan) f32 = plan_at (model, LSTM_PRECISION_F32);
  g_autoptr (LstmPlan) bf16 = plan_at (model, LSTM_PRECISION_BF16);
  g_autoptr (LstmPlan) again = plan_at (model, LSTM_PRECISION_BF16);

  g_assert_true (f32 != bf16);
  g_assert_true (bf16 == again);
}

static void
test_names (void)
{
  g_autoptr (GError) error = NULL;
  LstmPrecision precision = LSTM_PRECISION_F32;

  for (guint i = 0; i < 3; i++) {
    const gchar *name = lstm_precision_get_name ((LstmPrecision) i);

    g_assert_true (lstm_precision_from_name (name, &precision, &error));
    g_assert_cmpint (precision, ==, i);
  }
  g_assert_null (lstm_precision_get_name ((LstmPrecision) 3));
  g_assert_false (lstm_precision_from_name ("f16", &precision, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_VALUE);
  g_assert_cmpstr (
      error->message, ==, "precision: found 'f16', expected f32, bf16 or int8");
}

/* To the nearest, ties to even. */
static void
test_rounding (void)
{
  static const struct {
    guint32 from;
    guint16 to;
  } cases[] = { { 0x3f800000, 0x3f80 }, { 0x3f808000, 0x3f80 },
    { 0x3f808001, 0x3f81 }, { 0x3f818000, 0x3f82 }, { 0xbf807fff, 0xbf80 },
    { 0x7f7fffff, 0x7f80 }, { 0xff800000, 0xff80 }, { 0x7f800001, 0x7fc0 },
    { 0x80000000, 0x8000 } };
  gfloat v[5] = { 1.0f, -0.5f, 0.25f, -1.0f, 0.0f };
  gint16 q[6];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmphex (lstm_bf16 (lstm_float (cases[i].from)), ==, cases[i].to);
  g_assert_cmpfloat (lstm_quantise (5, v, 127.0f, q), ==, 1.0f / 127.0f);
  g_assert_cmpint (q[0], ==, 127);
  g_assert_cmpint (q[1], ==, -64);
  g_assert_cmpint (q[2], ==, 32);
  g_assert_cmpint (q[3], ==, -127);
  g_assert_cmpint (q[5], ==, 0);
  v[1] = INFINITY;
  g_assert_true (isnan (lstm_quantise (5, v, 127.0f, q)));
  memset (v, 0, sizeof v);
  g_assert_cmpfloat (lstm_quantise (5, v, 127.0f, q), ==, 0.0f);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++) {
    g_autofree gchar *bf16 =
        g_strconcat ("/precision/bf16/", chains[i].name, NULL);
    g_autofree gchar *int8 =
        g_strconcat ("/precision/int8/", chains[i].name, NULL);

    g_test_add_data_func (bf16, &chains[i], test_bf16);
    g_test_add_data_func (int8, &chains[i], test_int8);
  }
  g_test_add_func ("/precision/int8/exact", test_int8_exact);
  g_test_add_func ("/precision/state", test_state);
  g_test_add_func ("/precision/shared", test_shared);
  g_test_add_func ("/precision/names", test_names);
  g_test_add_func ("/precision/rounding", test_rounding);
  return g_test_run ();
}
