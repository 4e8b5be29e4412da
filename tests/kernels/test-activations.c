/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every activation of every kernel set against libm in double, over a sample of
 * all floats: within 2 ulp or 1e-7, whichever is larger. `-m thorough` takes
 * all 2^32 floats (minutes each; -p /activations/tanh/accuracy chooses one). */

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/fpenv.h"
#include "kernels/kernels.h"

#include <lstm/plan.h>

#define N_SAMPLES 200000

typedef gdouble (*Exact) (gdouble x);

static gdouble
sigmoid (gdouble x)
{
  return 1.0 / (1.0 + exp (-x));
}

static gdouble
hard_sigmoid (gdouble x)
{
  return fmin (fmax (x + 3.0, 0.0), 6.0) / 6.0;
}

static gdouble
hard_sigmoid_2 (gdouble x)
{
  return fmin (fmax (0.2 * x + 0.5, 0.0), 1.0);
}

static gdouble
softplus (gdouble x)
{
  return fmax (x, 0.0) + log1p (exp (-fabs (x)));
}

static gdouble
elu (gdouble x)
{
  return x > 0.0 ? x : expm1 (x);
}

static gdouble
selu (gdouble x)
{
  const gdouble alpha = 1.6732632423543772848170429916717;
  const gdouble scale = 1.0507009873554804934193349852946;

  return x > 0.0 ? scale * x : scale * alpha * expm1 (x);
}

static gdouble
gelu (gdouble x)
{
  return 0.5 * x * (1.0 + erf (x / sqrt (2.0)));
}

static gdouble
gelu_tanh (gdouble x)
{
  return 0.5 * x *
         (1.0 + tanh (sqrt (2.0 / G_PI) * (x + 0.044715 * x * x * x)));
}

static gdouble
silu (gdouble x)
{
  return x * sigmoid (x);
}

static gdouble
hard_silu (gdouble x)
{
  return x * hard_sigmoid (x);
}

static gdouble
softsign (gdouble x)
{
  return x / (1.0 + fabs (x));
}

static gdouble
mish (gdouble x)
{
  return x * tanh (softplus (x));
}

static gdouble
log_sigmoid (gdouble x)
{
  return -softplus (-x);
}

static gdouble
squareplus (gdouble x)
{
  return (x + sqrt (x * x + 4.0)) / 2.0;
}

static gdouble
tanh_shrink (gdouble x)
{
  return x - tanh (x);
}

static gdouble
relu (gdouble x)
{
  return fmax (x, 0.0);
}

static gdouble
relu6 (gdouble x)
{
  return fmin (fmax (x, 0.0), 6.0);
}

static gdouble
leaky (gdouble x)
{
  return x < 0.0 ? (gdouble) 0.2f * x : x;
}

static gdouble
hard_tanh (gdouble x)
{
  return fmin (fmax (x, -1.0), 1.0);
}

static gdouble
sparse_plus (gdouble x)
{
  return x <= -1.0 ? 0.0 : x >= 1.0 ? x : 0.25 * (x + 1.0) * (x + 1.0);
}

static gdouble
sparse_sigmoid (gdouble x)
{
  return fmin (fmax (0.5 * (x + 1.0), 0.0), 1.0);
}

static gdouble
soft_shrink (gdouble x)
{
  return x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0.0;
}

static gdouble
hard_shrink (gdouble x)
{
  return fabs (x) <= 0.5 ? 0.0 : x;
}

static gdouble
identity (gdouble x)
{
  return x;
}

/* `amplify`: where a result is a product or difference of rounded parts, its
 * error is that of the parts: so many ulp of the largest of them. */
typedef struct {
  const gchar *name;
  LstmActivation activation;
  Exact exact;
  gdouble ulps;
  gdouble relative_to_input; /* parts are as large as |x| times this */
} Case;

static const Case cases[] = {
  { "linear", { LSTM_ACTIVATION_LINEAR, 0, 0, 0 }, identity, 0, 0 },
  { "relu", { LSTM_ACTIVATION_RELU, 0, FLT_MAX, 0 }, relu, 0, 0 },
  { "relu6", { LSTM_ACTIVATION_RELU6, 0, 0, 0 }, relu6, 0, 0 },
  { "leaky_relu", { LSTM_ACTIVATION_LEAKY_RELU, 0.2f, 0, 0 }, leaky, 1, 0 },
  { "elu", { LSTM_ACTIVATION_ELU, 1, 0, 0 }, elu, 2, 0 },
  { "selu", { LSTM_ACTIVATION_SELU, 0, 0, 0 }, selu, 4, 0 },
  { "celu", { LSTM_ACTIVATION_CELU, 1, 0, 0 }, elu, 2, 0 },
  { "gelu", { LSTM_ACTIVATION_GELU, 0, 0, 0 }, gelu, 4, 2e-7 },
  { "gelu_tanh", { LSTM_ACTIVATION_GELU_TANH, 0, 0, 0 }, gelu_tanh, 4, 4e-7 },
  { "sigmoid", { LSTM_ACTIVATION_SIGMOID, 0, 0, 0 }, sigmoid, 2, 0 },
  { "hard_sigmoid", { LSTM_ACTIVATION_HARD_SIGMOID, 0, 0, 0 }, hard_sigmoid, 2,
      0 },
  { "hard_sigmoid_keras2", { LSTM_ACTIVATION_HARD_SIGMOID_KERAS2, 0, 0, 0 },
      hard_sigmoid_2, 2, 0 },
  { "silu", { LSTM_ACTIVATION_SILU, 0, 0, 0 }, silu, 4, 2e-7 },
  { "hard_silu", { LSTM_ACTIVATION_HARD_SILU, 0, 0, 0 }, hard_silu, 4, 2e-7 },
  { "tanh", { LSTM_ACTIVATION_TANH, 0, 0, 0 }, tanh, 2, 0 },
  { "hard_tanh", { LSTM_ACTIVATION_HARD_TANH, 0, 0, 0 }, hard_tanh, 0, 0 },
  { "tanh_shrink", { LSTM_ACTIVATION_TANH_SHRINK, 0, 0, 0 }, tanh_shrink, 2,
      2e-7 },
  { "softplus", { LSTM_ACTIVATION_SOFTPLUS, 0, 0, 0 }, softplus, 3, 0 },
  { "softsign", { LSTM_ACTIVATION_SOFTSIGN, 0, 0, 0 }, softsign, 2, 0 },
  { "exponential", { LSTM_ACTIVATION_EXPONENTIAL, 0, 0, 0 }, exp, 2, 0 },
  { "mish", { LSTM_ACTIVATION_MISH, 0, 0, 0 }, mish, 4, 4e-7 },
  { "log_sigmoid", { LSTM_ACTIVATION_LOG_SIGMOID, 0, 0, 0 }, log_sigmoid, 3,
      0 },
  { "squareplus", { LSTM_ACTIVATION_SQUAREPLUS, 4, 0, 0 }, squareplus, 3, 0 },
  { "sparse_plus", { LSTM_ACTIVATION_SPARSE_PLUS, 0, 0, 0 }, sparse_plus, 2,
      0 },
  { "sparse_sigmoid", { LSTM_ACTIVATION_SPARSE_SIGMOID, 0, 0, 0 },
      sparse_sigmoid, 2, 0 },
  { "soft_shrink", { LSTM_ACTIVATION_SOFT_SHRINK, 0.5f, 0, 0 }, soft_shrink, 1,
      0 },
  { "hard_shrink", { LSTM_ACTIVATION_HARD_SHRINK, 0.5f, 0, 0 }, hard_shrink, 0,
      0 },
};

static gfloat
nth_float (guint i)
{
  /* A stride that is prime to 2^32 visits all exponents and signs. */
  guint32 bits = i * 0x9e3779b1u;
  gfloat x;

  if (i % 2) /* half of them where activations bend */
    return (gfloat) ((gint32) bits) * (20.0f / 2147483648.0f);
  memcpy (&x, &bits, sizeof x);
  return x;
}

static gdouble
ulp (gdouble y)
{
  gint e;

  if (y == 0.0)
    return ldexp (1.0, -149);
  frexp (y, &e);
  return ldexp (1.0, MAX (e - 24, -149));
}

static gdouble
allowed (const Case *c, gdouble x, gdouble y)
{
  gdouble by_input = c->relative_to_input * fabs (x);

  return fmax (fmax (c->ulps * ulp (y), by_input), c->ulps > 0 ? 1e-7 : 0);
}

static void
check_value (const Case *c, gfloat x, gfloat found)
{
  gdouble exact;

  if (isnan (x)) {
    g_assert_true (isnan (found));
    return;
  }
  if (fpclassify (x) == FP_SUBNORMAL)
    x = copysignf (0.0f, x); /* denormals are read as zero */
  exact = c->exact (x);
  if (isinf (found) || isinf (exact) || fabs (exact) > FLT_MAX) {
    /* Beyond the largest float, or where x * x is. */
    if (!(fabs (exact) > 1e18 || fabs (x) > 1e18)) {
      g_test_message (
          "%s(%.9g) is %.9g, expected %.9g", c->name, x, found, exact);
      g_test_fail ();
    }
    return;
  }
  if (fabs (exact) < FLT_MIN && fabsf (found) < FLT_MIN)
    return; /* denormals may be written as zero */
  if (fabs (found - exact) <= allowed (c, x, exact))
    return;
  g_test_message ("%s(%.9g) is %.9g, expected %.9g: off by %.3g, allowed %.3g",
      c->name, x, found, exact, fabs (found - exact), allowed (c, x, exact));
  g_test_fail ();
}

static const LstmKernels *kernels;

static gfloat
float_of_bits (guint32 bits)
{
  gfloat x;

  memcpy (&x, &bits, sizeof x);
  return x;
}

static void
check_numbers (const Case *c, gfloat (*number) (guint32), guint32 first)
{
  g_autofree gfloat *v = g_new (gfloat, N_SAMPLES);
  LstmFpEnv saved;

  for (guint32 i = 0; i < N_SAMPLES; i++)
    v[i] = number (first + i);
  saved = lstm_fpenv_enter ();
  kernels->activate (&c->activation, 1, N_SAMPLES, v);
  lstm_fpenv_leave (saved);
  for (guint32 i = 0; i < N_SAMPLES; i++)
    check_value (c, number (first + i), v[i]);
}

/* The last piece begins anew at 0 where 2^32 is no multiple. */
static void
test_accuracy (gconstpointer data)
{
  if (!g_test_thorough ()) {
    check_numbers (data, nth_float, 0);
    return;
  }
  for (guint64 first = 0; first <= G_MAXUINT32 && !g_test_failed ();
       first += N_SAMPLES)
    check_numbers (data, float_of_bits, (guint32) first);
}

/* The bits of a number must not depend on how many stand beside it, nor on
 * where: remainders of vectors take the same way. */
static void
test_lengths (gconstpointer data)
{
  static const guint lengths[] = { 1, 2, 3, 15, 16, 17, 31, 33, 127, 251 };
  const Case *c = data;
  gfloat all[260], guard = -12345.0f;

  for (guint i = 0; i < 251; i++)
    all[i] = nth_float (i);
  kernels->activate (&c->activation, 1, 251, all);
  for (guint k = 0; k < G_N_ELEMENTS (lengths); k++) {
    for (guint offset = 0; offset < 4; offset++) {
      gfloat part[260];
      guint n = MIN (lengths[k], 251 - offset);

      for (guint i = 0; i < G_N_ELEMENTS (part); i++)
        part[i] = guard;
      for (guint i = 0; i < n; i++)
        part[1 + offset + i] = nth_float (offset + i);
      kernels->activate (&c->activation, 1, n, part + 1 + offset);
      g_assert_cmpmem (part + 1 + offset, n * sizeof (gfloat), all + offset,
          n * sizeof (gfloat));
      g_assert_true (part[offset] == guard && part[1 + offset + n] == guard);
    }
  }
}

static void
test_softmax (void)
{
  LstmActivation softmax = { LSTM_ACTIVATION_SOFTMAX, 0, 0, 0 };
  LstmActivation log_softmax = { LSTM_ACTIVATION_LOG_SOFTMAX, 0, 0, 0 };
  gfloat v[7] = { 1, -2, 3.5f, 100, 99, -100, 0 }, w[7], x[7];
  gdouble sum = 0;

  memcpy (w, v, sizeof v);
  memcpy (x, v, sizeof v);
  for (guint i = 0; i < 7; i++)
    sum += exp (v[i] - 100.0);
  kernels->activate (&softmax, 1, 7, w);
  kernels->activate (&log_softmax, 1, 7, x);
  for (guint i = 0; i < 7; i++) {
    g_assert_cmpfloat (fabs (w[i] - exp (v[i] - 100.0) / sum), <, 2e-7);
    g_assert_cmpfloat (fabs (x[i] - (v[i] - 100.0 - log (sum))), <, 2e-5);
  }
}

/* What Keras gives: its rows do not add up to 1. */
static void
test_sparsemax (void)
{
  LstmActivation sparsemax = { LSTM_ACTIVATION_SPARSEMAX, 0, 0, 0 };
  gfloat v[] = { 1.0f, 0.5f, 0.2f, -1.0f, 3.0f, 2.9f, 2.0f, 3.0f, -0.2f, 0.1f,
    -0.3f, 0.05f, 1.0f, -1.0f, -1.0f, -2.0f };
  gfloat expected[] = { 0.25f, 0, 0, 0, 0, 0, 0, 0, 0.0875f, 0.3875f, 0,
    0.3375f, 1.0f, 0, 0, 0 };

  kernels->activate (&sparsemax, 4, 4, v);
  for (guint i = 0; i < G_N_ELEMENTS (v); i++)
    g_assert_cmpfloat (fabs (v[i] - expected[i]), <, 1e-6);
}

/* What grew beyond all numbers is cut off as any other. */
static void
test_relu_infinite (void)
{
  LstmActivation relu = { LSTM_ACTIVATION_RELU, 0, INFINITY, 0 };
  LstmActivation cut = { LSTM_ACTIVATION_RELU, 0.1f, 2.0f, 0.5f };
  gfloat v[] = { -INFINITY, INFINITY, -3e38f }, w[] = { -INFINITY, INFINITY };

  kernels->activate (&relu, 1, 3, v);
  kernels->activate (&cut, 1, 2, w);
  g_assert_cmpfloat (v[0], ==, 0.0f);
  g_assert_cmpfloat (v[1], ==, INFINITY);
  g_assert_cmpfloat (v[2], ==, 0.0f);
  g_assert_cmpfloat (w[0], ==, -INFINITY);
  g_assert_cmpfloat (w[1], ==, 2.0f);
}

gint
main (gint argc, gchar **argv)
{
  const gchar *const *names = lstm_list_kernels ();

  g_test_init (&argc, &argv, NULL);
  kernels = lstm_kernels_find (NULL, NULL);
  g_assert_nonnull (kernels);
  g_assert_true (g_strv_contains (names, kernels->name));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *accuracy =
        g_strdup_printf ("/activations/%s/accuracy", cases[i].name);
    g_autofree gchar *lengths =
        g_strdup_printf ("/activations/%s/lengths", cases[i].name);

    g_test_add_data_func (accuracy, &cases[i], test_accuracy);
    g_test_add_data_func (lengths, &cases[i], test_lengths);
  }
  g_test_add_func ("/activations/softmax", test_softmax);
  g_test_add_func ("/activations/sparsemax", test_sparsemax);
  g_test_add_func ("/activations/relu/infinite", test_relu_infinite);
  return g_test_run ();
}
