/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/rows.h"
#include "kernels/scalar.h"
#include "kernels/simd/activations.h"
#include "kernels/simd/set.h"

#include <math.h>

#define VALUE_CASE(kind_name, value)                                           \
  case LSTM_ACTIVATION_##kind_name:                                            \
    return (value);

V
SIMD (pointwise) (const LstmActivation *p, V x)
{
  switch (p->kind) {
    LSTM_POINTWISE (VALUE_CASE)
    default:
      return x;
  }
}

/* The last, shorter vector takes the same way as the others: what a number
 * becomes does not depend on where it stands. */
#define LOOP_CASE(kind_name, value)                                            \
  case LSTM_ACTIVATION_##kind_name: {                                          \
    gsize i = 0;                                                               \
    for (; i + VL <= n; i += VL) {                                             \
      V x = v_load (v + i);                                                    \
      v_store (v + i, (value));                                                \
    }                                                                          \
    if (i < n) {                                                               \
      V x = v_load_n (v + i, n - i);                                           \
      v_store_n (v + i, (value), n - i);                                       \
    }                                                                          \
    break;                                                                     \
  }

static void
activate_pointwise (const LstmActivation *p, gsize n, gfloat *v)
{
  switch (p->kind) {
    LSTM_POINTWISE (LOOP_CASE)
    default:
      break;
  }
}

/* Lanes in pairs, halves first. */
static gfloat
add_lanes (V sum)
{
  gfloat lanes[VL];

  v_store (lanes, sum);
  for (guint half = VL / 2; half > 0; half /= 2)
    for (guint l = 0; l < half; l++)
      lanes[l] = lanes[l] + lanes[l + half];
  return lanes[0];
}

/* Sum of exp(x - max), with each number written if @write. */
static gfloat
exp_sum (gsize n, gfloat *v, gfloat max, gboolean write)
{
  V sum = v_set (0.0f), m = v_set (max);
  gfloat last[VL] = { 0 };
  gsize i = 0;

  for (; i + VL <= n; i += VL) {
    V e = v_exp (v_sub (v_load (v + i), m));

    sum = v_add (sum, e);
    if (write)
      v_store (v + i, e);
  }
  if (i < n) {
    v_store_n (last, v_exp (v_sub (v_load_n (v + i, n - i), m)), n - i);
    sum = v_add (sum, v_load (last));
    if (write)
      v_store_n (v + i, v_load (last), n - i);
  }
  return add_lanes (sum);
}

static void
softmax (gsize n, gfloat *v)
{
  V sum = v_set (exp_sum (n, v, lstm_row_max (n, v), TRUE));
  gsize i = 0;

  for (; i + VL <= n; i += VL)
    v_store (v + i, v_div (v_load (v + i), sum));
  if (i < n)
    v_store_n (v + i, v_div (v_load_n (v + i, n - i), sum), n - i);
}

static void
log_softmax (gsize n, gfloat *v)
{
  gfloat max = lstm_row_max (n, v), log_sum[VL];

  v_store (log_sum, v_log (v_set (exp_sum (n, v, max, FALSE))));
  for (gsize i = 0; i < n; i++)
    v[i] = (v[i] - max) - log_sum[0];
}

void
SIMD (activate) (
    const LstmActivation *activation, gsize rows, gsize n, gfloat *v)
{
  if (activation->kind == LSTM_ACTIVATION_LINEAR)
    return;
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
      lstm_scalar_activate (activation, 1, n, v);
  }
}
