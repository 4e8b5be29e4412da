/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/scalar-math.h"

/* Numbers of fewer bits, the same in every kernel set. */

/* ---- bf16: the upper half of an f32 ---- */

/* To the nearest, ties to even; NaN stays one. */
static inline guint16
lstm_bf16 (gfloat x)
{
  guint32 u = lstm_bits (x);

  if ((u & 0x7fffffffu) > 0x7f800000u)
    return (guint16) ((u >> 16) | 0x40u);
  return (guint16) ((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

static inline gfloat
lstm_from_bf16 (guint16 half)
{
  return lstm_float ((guint32) half << 16);
}

/* ---- integers: v = scale q, in blocks with a scale each ---- */

/* The sum of a block, and what it is made of, are below 2^31. */
#define LSTM_INT8_BLOCK 256
#define LSTM_INT8_WEIGHT_MAX 127
/* 127 * 257: two digits to the base 256, both from -127 to 127. */
#define LSTM_INT8_INPUT_MAX 32639

static inline gsize
lstm_int8_blocks (gsize n)
{
  return (n + LSTM_INT8_BLOCK - 1) / LSTM_INT8_BLOCK;
}

/* The scale of a block whose largest number has these bits, sign aside: that /
 * most. *inverse is what to multiply numbers with, or 0: a block of zeros, or
 * of numbers whose scale would be no normal one, has scale 0; one with NaN or
 * Inf the scale NaN, which makes every output of it NaN. */
static inline gfloat
lstm_int8_scale (guint32 bits, gfloat most, gfloat *inverse)
{
  gfloat max = lstm_float (bits);

  *inverse = 0.0f;
  if (bits >= 0x7f800000u)
    return lstm_float (0x7fc00000u);
  if (!(max >= 1e-30f))
    return 0.0f;
  *inverse = most / max;
  return max / most;
}

/* n <= LSTM_INT8_BLOCK numbers as integers of at most `most`; gives their
 * scale. q is padded with zeros to a whole pair. */
static inline gfloat
lstm_quantise (gsize n, const gfloat *v, gfloat most, gint16 *q)
{
  guint32 bits = 0;
  gfloat inverse, scale;

  for (gsize i = 0; i < n; i++) {
    guint32 u = lstm_bits (v[i]) & 0x7fffffffu;

    bits = u > bits ? u : bits;
  }
  scale = lstm_int8_scale (bits, most, &inverse);
  if (n % 2)
    q[n] = 0;
  if (inverse == 0.0f) {
    memset (q, 0, n * sizeof *q);
    return scale;
  }
  for (gsize i = 0; i < n; i++)
    q[i] = (gint16) (gint32) (lstm_bits (v[i] * inverse + LSTM_ROUND_MAGIC) -
                              lstm_bits (LSTM_ROUND_MAGIC));
  return scale;
}
