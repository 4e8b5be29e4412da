/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/simd/vector.h"

#include <math.h>

/* The elementary functions of kernels/scalar-math.h on vectors, with fused
 * multiplications and without branches. NaN gives NaN. */

#define SIGN_BIT v_set (-0.0f)

/* Adding this to |x| < 2^22 rounds it to an integer n, which then stands in the
 * low bits, 127 larger: v_pow2 of the sum is 2^n. */
#define MAGIC_127 12583039.0f

SIMD_INLINE V
v_abs (V x)
{
  return v_andnot (SIGN_BIT, x);
}

SIMD_INLINE V
v_copysign (V x, V sign)
{
  return v_or (v_andnot (SIGN_BIT, x), v_and (SIGN_BIT, sign));
}

SIMD_INLINE V
v_clip (V x, gfloat low, gfloat high)
{
  return v_min (v_set (high), v_max (v_set (low), x));
}

/* 2^(k x) = s (1 + f P), 2^n = s, |f| <= 1/2. P is the minimax polynomial of
 * (2^f - 1) / f in double (found with Remez's algorithm); its error times f is
 * below 4e-9. Its terms are paired (G. Estrin), which halves the wait. */
typedef struct {
  V s;
  V sf;
  V p;
} Pow2;

SIMD_INLINE Pow2
v_pow2_parts (V x, gfloat k)
{
  V t = v_fma (x, v_set (k), v_set (MAGIC_127));
  V n = v_sub (t, v_set (MAGIC_127));
  V f = v_fms (x, v_set (k), n);
  V ff = v_mul (f, f);
  V a = v_fma (f, v_set (0.240226511f), v_set (0.693147188f));
  V b = v_fma (f, v_set (0.00961803077f), v_set (0.0555035711f));
  V c = v_fma (f, v_set (0.00015469735f), v_set (0.00133908669f));
  Pow2 e;

  e.s = v_pow2 (t);
  e.sf = v_mul (e.s, f);
  e.p = v_fma (ff, v_fma (ff, c, b), a);
  return e;
}

/* sigmoid x = 1 / d, d = 1 + exp(-x). From -87.34 down 1 / d is denormal, which
 * is zero here. Absolute error below 1e-7; used where the next operation is a
 * product, so that one division serves for both. */
SIMD_INLINE V
v_sigmoid_divisor (V x)
{
  Pow2 e = v_pow2_parts (v_clip (x, -88.0f, 87.0f), -1.44269504f);

  return v_fma (e.sf, e.p, v_add (e.s, v_set (1.0f)));
}

SIMD_INLINE V
v_sigmoid (V x)
{
  return v_div (v_set (1.0f), v_sigmoid_divisor (x));
}

/* tanh x = n / d, n = exp(2x) - 1, d = exp(2x) + 1. n is exact near 0, where
 * s = 1; from 9.02 up n / d rounds to 1. */
typedef struct {
  V n;
  V d;
} Fraction;

SIMD_INLINE Fraction
v_tanh_fraction (V x)
{
  Pow2 e = v_pow2_parts (v_clip (x, -9.1f, 9.1f), 2.88539008f);
  V one = v_set (1.0f);

  return (Fraction){ v_fma (e.sf, e.p, v_sub (e.s, one)),
    v_fma (e.sf, e.p, v_add (e.s, one)) };
}

SIMD_INLINE V
v_tanh (V x)
{
  Fraction y = v_tanh_fraction (x);

  return v_or (v_div (y.n, y.d), v_and (SIGN_BIT, x));
}

/* x = n ln 2 + r, ln 2 in two parts; gives r, and t as v_pow2 wants it. */
SIMD_INLINE V
v_reduce (V x, V *t)
{
  V n;

  *t = v_fma (x, v_set (1.44269504f), v_set (MAGIC_127 - 1.0f));
  n = v_sub (*t, v_set (MAGIC_127 - 1.0f));
  x = v_fnma (n, v_set (0.693359375f), x);
  return v_fnma (n, v_set (-2.12194440e-4f), x);
}

/* exp(r) - 1 for |r| <= ln(2)/2: Taylor's series up to r^8. */
SIMD_INLINE V
v_expm1_reduced (V r)
{
  V q = v_set (1.0f / 40320.0f);

  q = v_fma (q, r, v_set (1.0f / 5040.0f));
  q = v_fma (q, r, v_set (1.0f / 720.0f));
  q = v_fma (q, r, v_set (1.0f / 120.0f));
  q = v_fma (q, r, v_set (1.0f / 24.0f));
  q = v_fma (q, r, v_set (1.0f / 6.0f));
  q = v_fma (q, r, v_set (0.5f));
  return v_fma (q, v_mul (r, r), r);
}

/* Twice 2^(n-1) (1 + y), since n reaches 128; infinite from 88.7228 up, 0 from
 * -86.9 down. */
SIMD_INLINE V
v_exp (V x)
{
  V t, r = v_reduce (v_clip (x, -86.9f, 88.8f), &t);
  V s = v_pow2 (t);
  V y = v_fma (s, v_expm1_reduced (r), s);

  return v_select (v_less (x, v_set (-86.9f)), v_set (0.0f), v_add (y, y));
}

SIMD_INLINE V
v_expm1 (V x)
{
  V t, r = v_reduce (v_clip (x, -20.0f, 88.8f), &t);
  V s = v_pow2 (t);
  V y = v_fma (s, v_expm1_reduced (r), v_sub (s, v_set (0.5f)));

  return v_or (v_add (y, y), v_and (SIGN_BIT, x));
}

/* log(1 + t) for 0 <= t <= 1, as lstm_log1p_unit. */
SIMD_INLINE V
v_log1p_unit (V t)
{
  V s = v_div (t, v_add (v_set (2.0f), t));
  V u = v_mul (s, s);
  V q = v_set (1.0f / 15.0f);

  q = v_fma (q, u, v_set (1.0f / 13.0f));
  q = v_fma (q, u, v_set (1.0f / 11.0f));
  q = v_fma (q, u, v_set (1.0f / 9.0f));
  q = v_fma (q, u, v_set (1.0f / 7.0f));
  q = v_fma (q, u, v_set (1.0f / 5.0f));
  q = v_fma (q, u, v_set (1.0f / 3.0f));
  s = v_add (s, s);
  return v_fma (s, v_mul (u, q), s);
}

/* log of normal positive numbers. */
SIMD_INLINE V
v_log (V x)
{
  V e = v_exponent (x);
  V one = v_set (1.0f);
  V mantissa = v_or (v_andnot (v_set (INFINITY), x), one);
  V t = v_sub (mantissa, one);
  V low = v_fma (e, v_set (-2.12194440e-4f), v_log1p_unit (t));

  return v_fma (e, v_set (0.693359375f), low);
}

SIMD_INLINE V
v_softplus (V x)
{
  V y = v_log1p_unit (v_exp (v_or (SIGN_BIT, x)));

  return v_add (v_max (v_set (0.0f), x), y);
}

/* As lstm_erf: Taylor's series below 1, a Chebyshev fit of exp(x^2) erfc(x) up
 * to 4. */
SIMD_INLINE V
v_erf (V x)
{
  V one = v_set (1.0f);
  V a = v_min (v_set (4.0f), v_abs (x));
  V u = v_mul (a, a);
  V w = v_div (one, v_add (one, a));
  V p = v_set (1.0f / 76204800.0f);
  V q = v_set (-0.175623924f);

  p = v_fma (p, u, v_set (-1.0f / 6894720.0f));
  p = v_fma (p, u, v_set (1.0f / 685440.0f));
  p = v_fma (p, u, v_set (-1.0f / 75600.0f));
  p = v_fma (p, u, v_set (1.0f / 9360.0f));
  p = v_fma (p, u, v_set (-1.0f / 1320.0f));
  p = v_fma (p, u, v_set (1.0f / 216.0f));
  p = v_fma (p, u, v_set (-1.0f / 42.0f));
  p = v_fma (p, u, v_set (1.0f / 10.0f));
  p = v_fma (p, u, v_set (-1.0f / 3.0f));
  p = v_mul (v_set (1.12837917f), v_fma (a, v_mul (u, p), a));

  q = v_fma (q, w, v_set (0.91212971f));
  q = v_fma (q, w, v_set (-1.49560001f));
  q = v_fma (q, w, v_set (0.71616913f));
  q = v_fma (q, w, v_set (0.478102887f));
  q = v_fma (q, w, v_set (0.573311696f));
  q = v_fma (q, w, v_set (-0.000404049728f));
  q = v_fnma (v_exp (v_xor (SIGN_BIT, u)), q, one);

  return v_copysign (v_select (v_less (a, one), p, q), x);
}
