/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* int8 with vpdpbusd, which adds four products of bytes, one without and one
 * with a sign, to each lane. */

#include "kernels/simd/digits.h"
#include "kernels/simd/tile.h"

#if !defined(__AVX512VNNI__)
#error "compile this with -mavx512vnni"
#endif

#define LINE_BYTES 64
/* Weights of matrices larger than this are asked for so far ahead, in bytes;
 * smaller ones come from the second-level cache sooner without (measured). */
#define LARGE_BYTES (512 * 1024)
#define AHEAD 1536

/* A vector whose elements are known, which __m512i is not: arrays of those stay
 * in memory. */
typedef gint32 Sums __attribute__ ((vector_size (64)));

SIMD_INLINE Sums
add_products (Sums sum, VI weights, VI x)
{
  return (Sums) _mm512_dpbusd_epi32 ((VI) sum, weights, x);
}

SIMD_INLINE VI
set_group (const gint8 *p)
{
  gint32 group;

  memcpy (&group, p, sizeof group);
  return _mm512_set1_epi32 (group);
}

SIMD_INLINE VI
load_groups (const gint8 *p)
{
  return _mm512_loadu_si512 (p);
}

/* One row: each weight is read once for both digits. */
SIMD_INLINE void
row_sums (Sums *sum, guint P, guint G, gsize groups, const gint8 *data,
    gsize step, const gint8 *high, const gint8 *low, gint32 offset,
    gboolean ahead)
{
  const gint8 *from[MAX_PANELS];
  Sums upper[MAX_ACCUMULATORS];

  UNROLL
  for (guint p = 0; p < P; p++)
    from[p] = data + p * step;
  UNROLL
  for (guint i = 0; i < P * G; i++) {
    upper[i] = (Sums) vi_zero ();
    sum[i] = (Sums) _mm512_set1_epi32 (offset);
  }
  for (gsize k = 0; k < groups; k++) {
    VI a = set_group (high + 4 * k), b = set_group (low + 4 * k);

    UNROLL
    for (guint p = 0; p < P; p++) {
      OWN_REGISTER (from[p]);
      UNROLL
      for (guint g = 0; g < G; g++) {
        VI w = load_groups (from[p] + g * LINE_BYTES);

        if (ahead)
          __builtin_prefetch (from[p] + g * LINE_BYTES + AHEAD);
        upper[p * G + g] = add_products (upper[p * G + g], w, a);
        sum[p * G + g] = add_products (sum[p * G + g], w, b);
      }
      from[p] += G * LINE_BYTES;
    }
  }
  UNROLL
  for (guint i = 0; i < P * G; i++)
    sum[i] += upper[i] << 8;
}

/* sum += one digit of many rows. */
SIMD_INLINE void
rows_digit (Sums *sum, guint R, guint P, guint G, gsize groups,
    const gint8 *data, gsize step, const gint8 *digit)
{
  for (gsize k = 0; k < groups; k++, data += G * LINE_BYTES) {
    UNROLL
    for (guint r = 0; r < R; r++) {
      VI x = set_group (digit + r * DIGIT_INPUTS + 4 * k);

      UNROLL
      for (guint i = 0; i < P * G; i++)
        sum[r * P * G + i] = add_products (sum[r * P * G + i],
            load_groups (data + i / G * step + i % G * LINE_BYTES), x);
    }
  }
}

/* Many rows, digit after digit: a block's weights stay in the first cache. */
SIMD_INLINE void
rows_sums (Sums *sum, guint R, guint P, guint G, gsize groups,
    const gint8 *data, gsize step, const Digits *x, gsize row, gsize block)
{
  UNROLL
  for (guint i = 0; i < R * P * G; i++)
    sum[i] = (Sums) vi_zero ();
  rows_digit (
      sum, R, P, G, groups, data, step, x->high[row] + block * LSTM_INT8_BLOCK);
  UNROLL
  for (guint i = 0; i < R * P * G; i++)
    sum[i] = (sum[i] << 8) + x->offset[row + i / (P * G)][block];
  rows_digit (
      sum, R, P, G, groups, data, step, x->low[row] + block * LSTM_INT8_BLOCK);
}

/* acc += x W: for each block the integers, with both scales. */
SIMD_INLINE void
chains (V *acc, guint R, guint P, guint G, const LstmPacked *w, gsize panel,
    const Digits *x, gsize row)
{
  gsize step = ((gsize) w->in + 3) / 4 * G * LINE_BYTES;
  gsize scales_step = lstm_int8_blocks (w->in) * G * VL;
  const gint8 *data = w->int8 + panel * step + x->first * G * VL;
  const gfloat *scales =
      w->scales + panel * scales_step + x->first / LSTM_INT8_BLOCK * G * VL;
  gboolean large = w->panels * step > LARGE_BYTES;
  Sums sum[MAX_ACCUMULATORS];

  for (gsize b = 0, at = 0; at < x->n; b++, at += LSTM_INT8_BLOCK) {
    gsize groups = (MIN (LSTM_INT8_BLOCK, x->n - at) + 3) / 4;

    if (R == 1 && large)
      row_sums (sum, P, G, groups, data, step, x->high[row] + at,
          x->low[row] + at, x->offset[row][b], TRUE);
    else if (R == 1)
      row_sums (sum, P, G, groups, data, step, x->high[row] + at,
          x->low[row] + at, x->offset[row][b], FALSE);
    else
      rows_sums (sum, R, P, G, groups, data, step, x, row, b);
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

SIMD_INLINE void
product_tile (
    const Product *j, guint G, gsize row, guint R, gsize panel, guint P)
{
  V acc[MAX_ACCUMULATORS];
  gfloat *to = j->to + row * j->to_stride + panel * j->to_panel;
  gsize at = j->first + panel;

  if (j->fresh)
    tile_begin (acc, R, P, G, G, 0, j->w->bias + at * G * VL, G * VL, 0);
  else
    tile_begin (acc, R, P, G, G, 0, to, j->to_panel, j->to_stride);
  chains (acc, R, P, G, j->w, at, j->narrow, row);
  tile_end (acc, R, P, G, to, j->to_panel, j->to_stride);
}

#define PRODUCT(G)                                                             \
  SIMD_INLINE void tile_##G (                                                  \
      const Product *j, gsize row, guint R, gsize panel, guint P)              \
  {                                                                            \
    product_tile (j, G, row, R, panel, P);                                     \
  }                                                                            \
  static void product_##G (const Product *j, gsize rows, gsize panels)         \
  {                                                                            \
    TILE_ALL (tile_##G, j, G, rows, panels);                                   \
  }

PRODUCT (1)
PRODUCT (2)
PRODUCT (3)
PRODUCT (4)

static void (*const products[]) (const Product *, gsize, gsize) = { product_1,
  product_2, product_3, product_4 };

/* A few rows at a time, and of their inputs a part; the next part goes on from
 * what stands there. */
void
lstm_avx512_vnni_product (const Product *job, gsize rows, gsize panels)
{
  Digits digits;

  for (gsize r = 0, n; r < rows; r += n) {
    Product j = *job;

    n = tile_share (rows - r, DIGIT_ROWS);
    j.to += r * j.to_stride;
    j.narrow = &digits;
    for (gsize first = 0; first < j.w->in; first += DIGIT_INPUTS) {
      digits.first = first;
      digits.n = MIN (DIGIT_INPUTS, j.w->in - first);
      lstm_avx512_digits (job, r, n, &digits);
      products[j.w->gates - 1](&j, n, panels);
      j.fresh = FALSE;
    }
  }
}
