/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <string.h>

/* Elementary functions in plain C: IEEE additions, multiplications, divisions
 * and bit patterns only, so that every compiler gives the same bits, and
 * without branches, so that loops over them become vector code. NaN gives NaN.
 */

static inline guint32
lstm_bits (gfloat x)
{
  guint32 u;

  memcpy (&u, &x, sizeof u);
  return u;
}

static inline gfloat
lstm_float (guint32 u)
{
  gfloat x;

  memcpy (&x, &u, sizeof x);
  return x;
}

static inline gfloat
lstm_abs (gfloat x)
{
  return lstm_float (lstm_bits (x) & 0x7fffffffu);
}

static inline gfloat
lstm_copysign (gfloat x, gfloat sign)
{
  return lstm_float (
      (lstm_bits (x) & 0x7fffffffu) | (lstm_bits (sign) & 0x80000000u));
}

/* NaN passes: the comparison is false. */
static inline gfloat
lstm_clip (gfloat x, gfloat low, gfloat high)
{
  x = x < low ? low : x;
  return x > high ? high : x;
}

static inline gfloat
lstm_max0 (gfloat x)
{
  return x < 0.0f ? 0.0f : x;
}

/* x = n ln 2 + r, |r| <= ln(2)/2: n is found by adding 1.5 * 2^23, whose last
 * bit is worth 1; ln 2 is taken away in two parts, the first with 9 bits, so
 * that n times it is exact (W. J. Cody and W. Waite, 1980). Gives r, and n as
 * the low bits of *n. */
#define LSTM_ROUND_MAGIC 12582912.0f

static inline gfloat
lstm_reduce (gfloat x, guint32 *n)
{
  gfloat t = x * 1.44269504f + LSTM_ROUND_MAGIC;
  gfloat k = t - LSTM_ROUND_MAGIC;

  *n = lstm_bits (t) - lstm_bits (LSTM_ROUND_MAGIC);
  return (x - k * 0.693359375f) - k * -2.12194440e-4f;
}

/* exp(r) - 1 for |r| <= ln(2)/2: Taylor's series up to r^8; what is left out
 * is below 3e-10 of the result. */
static inline gfloat
lstm_expm1_reduced (gfloat r)
{
  gfloat q = 1.0f / 40320.0f;

  q = q * r + 1.0f / 5040.0f;
  q = q * r + 1.0f / 720.0f;
  q = q * r + 1.0f / 120.0f;
  q = q * r + 1.0f / 24.0f;
  q = q * r + 1.0f / 6.0f;
  q = q * r + 0.5f;
  return q * (r * r) + r;
}

/* 2^n for -126 <= n <= 127. */
static inline gfloat
lstm_exp2i (guint32 n)
{
  return lstm_float ((n + 127u) << 23);
}

/* exp(x); infinite from 88.7228 up, 0 below the smallest normal number. The
 * power of two is applied in two halves, since n reaches 128. */
static inline gfloat
lstm_exp (gfloat x)
{
  guint32 n, half;
  gfloat y, r = lstm_reduce (lstm_clip (x, -87.33655f, 88.8f), &n);

  half = (guint32) ((gint32) n >> 1);
  y = (lstm_expm1_reduced (r) + 1.0f) * lstm_exp2i (half);
  y *= lstm_exp2i (n - half);
  return x < -87.33655f ? 0.0f : y;
}

/* exp(x) - 1 without the loss near 0: 2^n (exp(r) - 1) + (2^n - 1), and half
 * of that doubled, since 2^128 is no float. */
static inline gfloat
lstm_expm1 (gfloat x)
{
  guint32 n;
  gfloat s, r = lstm_reduce (lstm_clip (x, -20.0f, 88.8f), &n);

  s = lstm_exp2i (n - 1u);
  return 2.0f * (s * lstm_expm1_reduced (r) + (s - 0.5f));
}

/* tanh x = e / (e + 2) with e = exp(2|x|) - 1; from 9.02 up it rounds to 1. */
static inline gfloat
lstm_tanh (gfloat x)
{
  gfloat e = lstm_expm1 (2.0f * lstm_clip (lstm_abs (x), 0.0f, 9.1f));

  return lstm_copysign (e / (e + 2.0f), x);
}

static inline gfloat
lstm_sigmoid (gfloat x)
{
  return 1.0f / (1.0f + lstm_exp (-x));
}

/* log(1 + t) for 0 <= t <= 1: 2 atanh(s), s = t / (2 + t) <= 1/3, by its series
 * up to s^15; what is left out is below 2e-9 of the result. */
static inline gfloat
lstm_log1p_unit (gfloat t)
{
  gfloat s = t / (2.0f + t);
  gfloat u = s * s;
  gfloat q = 1.0f / 15.0f;

  q = q * u + 1.0f / 13.0f;
  q = q * u + 1.0f / 11.0f;
  q = q * u + 1.0f / 9.0f;
  q = q * u + 1.0f / 7.0f;
  q = q * u + 1.0f / 5.0f;
  q = q * u + 1.0f / 3.0f;
  return 2.0f * (s + s * (u * q));
}

/* log(x) of a normal positive x: x = 2^e (1 + t). */
static inline gfloat
lstm_log (gfloat x)
{
  guint32 u = lstm_bits (x);
  gfloat e = (gfloat) ((gint32) (u >> 23) - 127);
  gfloat t = lstm_float ((u & 0x007fffffu) | 0x3f800000u) - 1.0f;

  return e * 0.693359375f + (lstm_log1p_unit (t) + e * -2.12194440e-4f);
}

static inline gfloat
lstm_softplus (gfloat x)
{
  return lstm_max0 (x) + lstm_log1p_unit (lstm_exp (-lstm_abs (x)));
}

/* erf(x). Below 1 Taylor's series up to x^21 (what is left out is below 2e-9);
 * from 1 up 1 - exp(-x^2) P(1 / (1 + x)), P a Chebyshev fit of exp(x^2) erfc(x)
 * on [1, 4] in double whose error, so weighted, is below 6e-9; from 4 up it
 * rounds to 1. */
static inline gfloat
lstm_erf (gfloat x)
{
  gfloat a = lstm_clip (lstm_abs (x), 0.0f, 4.0f);
  gfloat u = a * a;
  gfloat w = 1.0f / (1.0f + a);
  gfloat p = 1.0f / 76204800.0f;
  gfloat q = -0.175623924f;
  gfloat y;

  p = p * u - 1.0f / 6894720.0f;
  p = p * u + 1.0f / 685440.0f;
  p = p * u - 1.0f / 75600.0f;
  p = p * u + 1.0f / 9360.0f;
  p = p * u - 1.0f / 1320.0f;
  p = p * u + 1.0f / 216.0f;
  p = p * u - 1.0f / 42.0f;
  p = p * u + 1.0f / 10.0f;
  p = p * u - 1.0f / 3.0f;
  p = 1.12837917f * (a + a * (u * p));

  q = q * w + 0.91212971f;
  q = q * w - 1.49560001f;
  q = q * w + 0.71616913f;
  q = q * w + 0.478102887f;
  q = q * w + 0.573311696f;
  q = q * w - 0.000404049728f;
  q = 1.0f - lstm_exp (-u) * q;

  y = a < 1.0f ? p : q;
  return lstm_copysign (y, x);
}
