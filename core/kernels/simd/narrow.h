/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/narrow.h"
#include "kernels/simd/tile.h"

/* Tiles over weights of fewer bits: pairs of inputs stand side by side in each
 * lane. Tolerance against the scalar set: that of f32, for equal inputs. */

#define LINE_BYTES 64
#define PREFETCH_BYTES (PREFETCH * sizeof (gfloat))

/* Weights are read at an even pace, whatever they hold. */
SIMD_INLINE void
prefetch_bytes (gconstpointer p, guint n)
{
  UNROLL
  for (guint i = 0; PREFETCH > 0 && i < n; i += LINE_BYTES)
    __builtin_prefetch ((const gchar *) p + PREFETCH_BYTES + i);
}

/* acc += x W: input 2k from the lower halves, then 2k + 1 from the upper. */
SIMD_INLINE void
bf16_chains (V *acc, guint R, guint P, guint G, const LstmPacked *w,
    gsize panel, const gfloat *x, gsize x_stride)
{
  gsize step = ((gsize) w->in + 1) / 2 * G * VL * 2;
  const guint16 *data = w->bf16 + panel * step;
  gsize k = 0;

  for (; k + 2 <= w->in; k += 2, data += G * VL * 2) {
    if (R == 1)
      UNROLL
    for (guint p = 0; p < P; p++)
      prefetch_bytes (data + p * step, G * VL * 4);
    UNROLL
    for (guint r = 0; r < R; r++) {
      V even = v_set (x[r * x_stride + k]),
        odd = v_set (x[r * x_stride + k + 1]);

      UNROLL
      for (guint i = 0; i < P * G; i++) {
        VI pair = vi_load_bf16 (data + i / G * step + i % G * VL * 2);
        V *a = &acc[r * P * G + i];

        *a = v_fma (even, v_lower_bf16 (pair), *a);
        *a = v_fma (odd, v_upper_bf16 (pair), *a);
      }
    }
  }
  if (k == w->in)
    return;
  UNROLL
  for (guint r = 0; r < R; r++) {
    V last = v_set (x[r * x_stride + k]);

    UNROLL
    for (guint i = 0; i < P * G; i++) {
      VI pair = vi_load_bf16 (data + i / G * step + i % G * VL * 2);
      V *a = &acc[r * P * G + i];

      *a = v_fma (last, v_lower_bf16 (pair), *a);
    }
  }
}

/* Rows of inputs as integers, so many at a time. */
#define NARROW_ROWS 12
#define NARROW_INPUTS 1024

typedef struct {
  gsize
      first; /* which of the matrix's inputs is the first here, and how many */
  gsize n;
  gint16 q[NARROW_ROWS][NARROW_INPUTS];
  gfloat scale[NARROW_ROWS][NARROW_INPUTS / LSTM_INT8_BLOCK];
} NarrowInputs;

/* A vector whose elements are known, which those of intrinsics are not: arrays
 * of these stay in memory. */
typedef gint32 Sums __attribute__ ((vector_size (4 * VL)));

/* Integers of one block, [pairs][G][VL][2], exact in any order. */
SIMD_INLINE void
int8_sums (Sums *sum, guint R, guint P, guint G, gsize pairs, const gint8 *data,
    gsize step, const gint16 *q)
{
  UNROLL
  for (guint i = 0; i < R * P * G; i++)
    sum[i] = (Sums) vi_zero ();
  for (gsize k = 0; k < pairs; k++, data += G * VL * 2) {
    if (R == 1)
      UNROLL
    for (guint p = 0; p < P; p++)
      prefetch_bytes (data + p * step, G * VL * 2);
    UNROLL
    for (guint r = 0; r < R; r++) {
      VI x = vi_set_pair (q + r * NARROW_INPUTS + 2 * k);

      UNROLL
      for (guint i = 0; i < P * G; i++) {
        Sums *s = &sum[r * P * G + i];

        *s = (Sums) vi_dot (
            (VI) *s, x, vi_load_int8 (data + i / G * step + i % G * VL * 2));
      }
    }
  }
}

/* acc += x W: for each block the integers, with both scales. */
SIMD_INLINE void
int8_chains (V *acc, guint R, guint P, guint G, const LstmPacked *w,
    gsize panel, const NarrowInputs *x, gsize row)
{
  gsize step = ((gsize) w->in + 1) / 2 * G * VL * 2;
  gsize scales_step = lstm_int8_blocks (w->in) * G * VL;
  const gint8 *data = w->int8 + panel * step + x->first * G * VL;
  const gfloat *scales =
      w->scales + panel * scales_step + x->first / LSTM_INT8_BLOCK * G * VL;
  Sums sum[MAX_ACCUMULATORS];

  for (gsize b = 0, at = 0; at < x->n; b++, at += LSTM_INT8_BLOCK) {
    gsize n = MIN (LSTM_INT8_BLOCK, x->n - at);

    int8_sums (sum, R, P, G, (n + 1) / 2, data, step, &x->q[row][at]);
    UNROLL
    for (guint i = 0; i < R * P * G; i++) {
      guint g = i % (P * G);
      V scale = v_mul (v_set (x->scale[row + i / (P * G)][b]),
          v_load (scales + g / G * scales_step + g % G * VL));

      acc[i] = v_fma (v_from_int ((VI) sum[i]), scale, acc[i]);
    }
    data += LSTM_INT8_BLOCK * G * VL;
    scales += G * VL;
  }
}
