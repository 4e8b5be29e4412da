/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/rows.h"
#include "kernels/scalar-math.h"
#include "kernels/scalar.h"

#include <math.h>

/* selu's constants: G. Klambauer et al., Self-Normalizing Neural Networks. */
#define SELU_ALPHA 1.67326324f
#define SELU_SCALE 1.05070098f

/* sqrt of a float without a libm call: IEEE gives one right answer. */
#if defined(__GNUC__)
#define SQRT(x) __builtin_sqrtf (x)
#else
#define SQRT(x) sqrtf (x)
#endif

static inline gfloat
celu (gfloat x, gfloat alpha)
{
  return x > 0.0f ? x : alpha * lstm_expm1 (x / alpha);
}

static inline gfloat
elu (gfloat x, gfloat alpha)
{
  return x > 0.0f ? x : alpha * lstm_expm1 (x);
}

/* D. Hendrycks and K. Gimpel, Gaussian Error Linear Units. */
static inline gfloat
gelu (gfloat x)
{
  return 0.5f * x * (1.0f + lstm_erf (x * 0.707106781f));
}

static inline gfloat
gelu_tanh (gfloat x)
{
  return 0.5f * x *
         (1.0f + lstm_tanh (0.797884561f * (x + 0.044715f * (x * x * x))));
}

static inline gfloat
hard_sigmoid (gfloat x)
{
  return lstm_clip (x + 3.0f, 0.0f, 6.0f) / 6.0f;
}

/* With slope 0, which times -inf would be NaN. */
static inline gfloat
relu_flat (gfloat x, const LstmActivation *p)
{
  gfloat y = x < p->c ? 0.0f : x;

  return y > p->b ? p->b : y;
}

static inline gfloat
relu (gfloat x, const LstmActivation *p)
{
  gfloat y = x < p->c ? p->a * (x - p->c) : x;

  return y > p->b ? p->b : y;
}

/* (x + root) / 2 without a difference: below 0 it is b / (2 (root - x)). */
static inline gfloat
squareplus (gfloat x, gfloat b)
{
  gfloat sum = SQRT (x * x + b) + lstm_abs (x);

  return x < 0.0f ? 0.5f * b / sum : 0.5f * sum;
}

static inline gfloat
sparse_plus (gfloat x)
{
  gfloat mid = 0.25f * ((x + 1.0f) * (x + 1.0f));
  gfloat y = x < 1.0f ? mid : x;

  return x <= -1.0f ? 0.0f : y;
}

static inline gfloat
soft_shrink (gfloat x, gfloat t)
{
  gfloat y = x < -t ? x + t : x * 0.0f;

  return x > t ? x - t : y;
}

/* One vectorised loop an activation: x is the number, p the parameters. */
#define LOOP(expression)                                                       \
  for (gsize i = 0; i < n; i++) {                                              \
    gfloat x = v[i];                                                           \
    v[i] = (expression);                                                       \
  }                                                                            \
  break

static void
activate_smooth (const LstmActivation *p, gsize n, gfloat *v)
{
  switch (p->kind) {
    case LSTM_ACTIVATION_SIGMOID:
      LOOP (lstm_sigmoid (x));
    case LSTM_ACTIVATION_TANH:
      LOOP (lstm_tanh (x));
    case LSTM_ACTIVATION_ELU:
      LOOP (elu (x, p->a));
    case LSTM_ACTIVATION_SELU:
      LOOP (SELU_SCALE * elu (x, SELU_ALPHA));
    case LSTM_ACTIVATION_CELU:
      LOOP (celu (x, p->a));
    case LSTM_ACTIVATION_GELU:
      LOOP (gelu (x));
    case LSTM_ACTIVATION_GELU_TANH:
      LOOP (gelu_tanh (x));
    case LSTM_ACTIVATION_SILU:
      LOOP (x * lstm_sigmoid (x));
    case LSTM_ACTIVATION_SOFTPLUS:
      LOOP (lstm_softplus (x));
    case LSTM_ACTIVATION_EXPONENTIAL:
      LOOP (lstm_exp (x));
    case LSTM_ACTIVATION_MISH:
      LOOP (x * lstm_tanh (lstm_softplus (x)));
    case LSTM_ACTIVATION_LOG_SIGMOID:
      LOOP (-lstm_softplus (-x));
    case LSTM_ACTIVATION_SQUAREPLUS:
      LOOP (squareplus (x, p->a));
    case LSTM_ACTIVATION_TANH_SHRINK:
      LOOP (x - lstm_tanh (x));
    default:
      g_assert_not_reached ();
  }
}

static void
activate_pointwise (const LstmActivation *p, gsize n, gfloat *v)
{
  switch (p->kind) {
    case LSTM_ACTIVATION_LINEAR:
      break;
    case LSTM_ACTIVATION_RELU:
      if (p->a != 0.0f) {
        LOOP (relu (x, p));
      }
      LOOP (relu_flat (x, p));
    case LSTM_ACTIVATION_RELU6:
      LOOP (lstm_clip (x, 0.0f, 6.0f));
    case LSTM_ACTIVATION_LEAKY_RELU:
      LOOP (x < 0.0f ? p->a * x : x);
    case LSTM_ACTIVATION_HARD_SIGMOID:
      LOOP (hard_sigmoid (x));
    case LSTM_ACTIVATION_HARD_SIGMOID_KERAS2:
      LOOP (lstm_clip (0.2f * x + 0.5f, 0.0f, 1.0f));
    case LSTM_ACTIVATION_HARD_SILU:
      LOOP (x * hard_sigmoid (x));
    case LSTM_ACTIVATION_HARD_TANH:
      LOOP (lstm_clip (x, -1.0f, 1.0f));
    case LSTM_ACTIVATION_SOFTSIGN:
      LOOP (x / (1.0f + lstm_abs (x)));
    case LSTM_ACTIVATION_SPARSE_PLUS:
      LOOP (sparse_plus (x));
    case LSTM_ACTIVATION_SPARSE_SIGMOID:
      LOOP (lstm_clip (0.5f * (x + 1.0f), 0.0f, 1.0f));
    case LSTM_ACTIVATION_SOFT_SHRINK:
      LOOP (soft_shrink (x, p->a));
    case LSTM_ACTIVATION_HARD_SHRINK:
      LOOP (lstm_abs (x) <= p->a ? 0.0f : x);
    case LSTM_ACTIVATION_THRESHOLD:
      LOOP (x <= p->a ? p->b : x);
    default:
      activate_smooth (p, n, v);
  }
}

/* exp(x - max) / sum; returns nothing but v. */
static void
softmax (gsize n, gfloat *v)
{
  gfloat max = lstm_row_max (n, v), sum = 0.0f;

  for (gsize i = 0; i < n; i++)
    v[i] = lstm_exp (v[i] - max);
  for (gsize i = 0; i < n; i++)
    sum += v[i];
  for (gsize i = 0; i < n; i++)
    v[i] /= sum;
}

static void
log_softmax (gsize n, gfloat *v)
{
  gfloat max = lstm_row_max (n, v), sum = 0.0f;

  for (gsize i = 0; i < n; i++)
    sum += lstm_exp (v[i] - max);
  sum = lstm_log (sum);
  for (gsize i = 0; i < n; i++)
    v[i] = (v[i] - max) - sum;
}

/* The largest number of a row below @limit, and how often it is there. */
static gsize
next_below (gsize n, const gfloat *v, gfloat limit, gfloat *next)
{
  gsize count = 0;

  for (gsize i = 0; i < n; i++) {
    if (!(v[i] < limit) || (count > 0 && v[i] < *next))
      continue;
    count = count > 0 && v[i] == *next ? count + 1 : 1;
    *next = v[i];
  }
  return count;
}

/* max(x - tau, 0). With z the row in descending order and s its prefix sums,
 * the support is where 1 + k z_k > s_k, as A. Martins and R. Astudillo, From
 * Softmax to Sparsemax, have it; but Keras's tau, which this is, has the sum of
 * all s_k of the support where they have the last one: the row then adds up to
 * 1 only if one number is left of it. At most n rounds. */
static void
sparsemax (gsize n, gfloat *v)
{
  gfloat z = INFINITY, prefix = 0.0f, sum = 0.0f, tau;
  gsize k = 0, count;
  gboolean inside = TRUE;

  while (inside && (count = next_below (n, v, z, &z)) > 0) {
    for (; inside && count > 0; count--) {
      prefix += z;
      inside = z - (prefix - 1.0f) / (gfloat) (k + 1) > 0.0f;
      if (inside) {
        sum += prefix;
        k++;
      }
    }
  }
  tau = k > 0 ? (sum - 1.0f) / (gfloat) k : NAN;
  for (gsize i = 0; i < n; i++)
    v[i] = lstm_max0 (v[i] - tau);
}

void
lstm_scalar_activate (
    const LstmActivation *activation, gsize rows, gsize n, gfloat *v)
{
  if (lstm_activation_is_pointwise (activation)) {
    activate_pointwise (activation, rows * n, v);
    return;
  }
  for (gsize r = 0; r < rows; r++, v += n) {
    if (activation->kind == LSTM_ACTIVATION_SOFTMAX)
      softmax (n, v);
    else if (activation->kind == LSTM_ACTIVATION_LOG_SOFTMAX)
      log_softmax (n, v);
    else
      sparsemax (n, v);
  }
}
