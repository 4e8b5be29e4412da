/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/simd/math.h"

/* Pairs of activations that are computed together: gates sigmoid, or Keras 2's
 * hard_sigmoid, and activation tanh; or any. */
typedef enum {
  CELL_ANY,
  CELL_SIGMOID,
  CELL_HARD_SIGMOID,
} CellKind;

SIMD_INLINE CellKind
cell_kind (const LstmActivation *gates, const LstmActivation *activation)
{
  if (activation->kind != LSTM_ACTIVATION_TANH)
    return CELL_ANY;
  if (gates->kind == LSTM_ACTIVATION_SIGMOID)
    return CELL_SIGMOID;
  return gates->kind == LSTM_ACTIVATION_HARD_SIGMOID_KERAS2 ? CELL_HARD_SIGMOID
                                                            : CELL_ANY;
}

/* Keras's activations on vectors. Tolerance against the exact value: 2 ulp or
 * 1e-7, whichever is larger; products of such values (silu, gelu, mish, ...)
 * and differences (tanh_shrink) those of their parts. */

SIMD_INLINE V
v_elu (V x, gfloat alpha)
{
  V y = v_mul (v_set (alpha), v_expm1 (x));

  return v_select (v_less (v_set (0.0f), x), x, y);
}

SIMD_INLINE V
v_celu (V x, gfloat alpha)
{
  V y = v_mul (v_set (alpha), v_expm1 (v_div (x, v_set (alpha))));

  return v_select (v_less (v_set (0.0f), x), x, y);
}

SIMD_INLINE V
v_half_of_product (V x, V y)
{
  return v_mul (v_mul (v_set (0.5f), x), y);
}

SIMD_INLINE V
v_gelu (V x)
{
  V one = v_set (1.0f);

  return v_half_of_product (
      x, v_add (one, v_erf (v_mul (x, v_set (0.707106781f)))));
}

SIMD_INLINE V
v_gelu_tanh (V x)
{
  V cube = v_mul (v_mul (x, x), x);
  V u = v_fma (v_set (0.044715f), cube, x);
  V y = v_tanh (v_mul (v_set (0.797884561f), u));

  return v_half_of_product (x, v_add (v_set (1.0f), y));
}

SIMD_INLINE V
v_hard_sigmoid (V x)
{
  V y = v_clip (v_add (x, v_set (3.0f)), 0.0f, 6.0f);

  return v_div (y, v_set (6.0f));
}

SIMD_INLINE V
v_hard_sigmoid_keras2 (V x)
{
  V y = v_add (v_mul (v_set (0.2f), x), v_set (0.5f));

  return v_clip (y, 0.0f, 1.0f);
}

SIMD_INLINE V
v_relu (V x, const LstmActivation *p)
{
  V c = v_set (p->c);
  V below = v_set (0.0f);

  if (p->a != 0.0f)
    below = v_mul (v_set (p->a), v_sub (x, c));
  return v_min (v_set (p->b), v_select (v_less (x, c), below, x));
}

SIMD_INLINE V
v_leaky_relu (V x, gfloat slope)
{
  return v_select (v_less (x, v_set (0.0f)), v_mul (v_set (slope), x), x);
}

SIMD_INLINE V
v_softsign (V x)
{
  return v_div (x, v_add (v_set (1.0f), v_abs (x)));
}

/* (x + root) / 2 without a difference: below 0 it is b / (2 (root - x)). */
SIMD_INLINE V
v_squareplus (V x, gfloat b)
{
  V root = v_sqrt (v_add (v_mul (x, x), v_set (b)));
  V sum = v_add (root, v_abs (x));

  return v_select (v_less (x, v_set (0.0f)), v_div (v_set (0.5f * b), sum),
      v_mul (v_set (0.5f), sum));
}

SIMD_INLINE V
v_sparse_plus (V x)
{
  V one = v_set (1.0f);
  V u = v_add (x, one);
  V middle = v_mul (v_set (0.25f), v_mul (u, u));
  V y = v_select (v_less (x, one), middle, x);

  return v_select (v_at_most (x, v_set (-1.0f)), v_set (0.0f), y);
}

SIMD_INLINE V
v_sparse_sigmoid (V x)
{
  V y = v_mul (v_set (0.5f), v_add (x, v_set (1.0f)));

  return v_clip (y, 0.0f, 1.0f);
}

/* NaN stays, by way of x * 0. */
SIMD_INLINE V
v_soft_shrink (V x, gfloat t)
{
  V at = v_set (t), zero = v_set (0.0f);
  V y = v_select (v_less (x, v_set (-t)), v_add (x, at), v_mul (x, zero));

  return v_select (v_less (at, x), v_sub (x, at), y);
}

SIMD_INLINE V
v_hard_shrink (V x, gfloat t)
{
  return v_select (v_at_most (v_abs (x), v_set (t)), v_set (0.0f), x);
}

SIMD_INLINE V
v_threshold (V x, gfloat t, gfloat below)
{
  return v_select (v_at_most (x, v_set (t)), v_set (below), x);
}

#define SELU_ALPHA 1.67326324f
#define SELU_SCALE 1.05070098f

/* CASE (kind, value) for each that looks at one number: x is the vector, p the
 * parameters. */
#define LSTM_POINTWISE(CASE)                                                   \
  CASE (LINEAR, x)                                                             \
  CASE (RELU, v_relu (x, p))                                                   \
  CASE (RELU6, v_clip (x, 0.0f, 6.0f))                                         \
  CASE (LEAKY_RELU, v_leaky_relu (x, p->a))                                    \
  CASE (ELU, v_elu (x, p->a))                                                  \
  CASE (SELU, v_mul (v_set (SELU_SCALE), v_elu (x, SELU_ALPHA)))               \
  CASE (CELU, v_celu (x, p->a))                                                \
  CASE (GELU, v_gelu (x))                                                      \
  CASE (GELU_TANH, v_gelu_tanh (x))                                            \
  CASE (SIGMOID, v_sigmoid (x))                                                \
  CASE (HARD_SIGMOID, v_hard_sigmoid (x))                                      \
  CASE (HARD_SIGMOID_KERAS2, v_hard_sigmoid_keras2 (x))                        \
  CASE (SILU, v_mul (x, v_sigmoid (x)))                                        \
  CASE (HARD_SILU, v_mul (x, v_hard_sigmoid (x)))                              \
  CASE (TANH, v_tanh (x))                                                      \
  CASE (HARD_TANH, v_clip (x, -1.0f, 1.0f))                                    \
  CASE (TANH_SHRINK, v_sub (x, v_tanh (x)))                                    \
  CASE (SOFTPLUS, v_softplus (x))                                              \
  CASE (SOFTSIGN, v_softsign (x))                                              \
  CASE (EXPONENTIAL, v_exp (x))                                                \
  CASE (MISH, v_mul (x, v_tanh (v_softplus (x))))                              \
  CASE (LOG_SIGMOID, v_xor (SIGN_BIT, v_softplus (v_xor (SIGN_BIT, x))))       \
  CASE (SQUAREPLUS, v_squareplus (x, p->a))                                    \
  CASE (SPARSE_PLUS, v_sparse_plus (x))                                        \
  CASE (SPARSE_SIGMOID, v_sparse_sigmoid (x))                                  \
  CASE (SOFT_SHRINK, v_soft_shrink (x, p->a))                                  \
  CASE (HARD_SHRINK, v_hard_shrink (x, p->a))                                  \
  CASE (THRESHOLD, v_threshold (x, p->a, p->b))

/* Any of them, for steps: in activate.c. */
V SIMD (pointwise) (const LstmActivation *p, V x);

/* The common ones of gates without a call. */
SIMD_INLINE V
v_gate (const LstmActivation *p, V x)
{
  switch (p->kind) {
    case LSTM_ACTIVATION_SIGMOID:
      return v_sigmoid (x);
    case LSTM_ACTIVATION_TANH:
      return v_tanh (x);
    case LSTM_ACTIVATION_HARD_SIGMOID:
      return v_hard_sigmoid (x);
    case LSTM_ACTIVATION_HARD_SIGMOID_KERAS2:
      return v_hard_sigmoid_keras2 (x);
    case LSTM_ACTIVATION_LINEAR:
      return x;
    default:
      return SIMD (pointwise) (p, x);
  }
}
