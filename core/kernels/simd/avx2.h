/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile this with -mavx2 -mfma"
#endif

#include <immintrin.h>

#define VL 8
#define ROW_VECTORS 8
#define PREFETCH 0
#define MANY_ROWS 3

typedef __m256 V;
typedef __m256 M;

SIMD_INLINE V
v_load (const gfloat *p)
{
  return _mm256_loadu_ps (p);
}

SIMD_INLINE void
v_store (gfloat *p, V a)
{
  _mm256_storeu_ps (p, a);
}

SIMD_INLINE V
v_set (gfloat x)
{
  return _mm256_set1_ps (x);
}

SIMD_INLINE V
v_load_n (const gfloat *p, gsize n)
{
  const __m256i lanes = _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7);

  if (n == 4)
    return _mm256_zextps128_ps256 (_mm_loadu_ps (p));
  return _mm256_maskload_ps (
      p, _mm256_cmpgt_epi32 (_mm256_set1_epi32 ((gint) n), lanes));
}

/* `lanes` floats, 2 or 4, of each of VL / lanes rows; rows behind the last one
 * are like it. */
SIMD_INLINE V
v_join (const gfloat *p, gsize stride, guint lanes, gsize last)
{
  __m128 low, high;

  if (lanes == 4)
    return _mm256_setr_m128 (
        _mm_loadu_ps (p), _mm_loadu_ps (p + MIN (1, last) * stride));
  low = _mm_loadl_pi (_mm_setzero_ps (), (const __m64 *) p);
  low = _mm_loadh_pi (low, (const __m64 *) (p + MIN (1, last) * stride));
  high = _mm_loadl_pi (
      _mm_setzero_ps (), (const __m64 *) (p + MIN (2, last) * stride));
  high = _mm_loadh_pi (high, (const __m64 *) (p + MIN (3, last) * stride));
  return _mm256_setr_m128 (low, high);
}

SIMD_INLINE void
v_store_n (gfloat *p, V a, gsize n)
{
  __m128 quarter = _mm256_castps256_ps128 (a);

  if (n & 8) {
    _mm256_storeu_ps (p, a);
    return;
  }
  if (n & 4) {
    _mm_storeu_ps (p, quarter);
    quarter = _mm256_extractf128_ps (a, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi ((__m64 *) p, quarter);
    quarter = _mm_movehl_ps (quarter, quarter);
    p += 2;
  }
  if (n & 1)
    _mm_store_ss (p, quarter);
}

SIMD_INLINE V
v_add (V a, V b)
{
  return _mm256_add_ps (a, b);
}

SIMD_INLINE V
v_sub (V a, V b)
{
  return _mm256_sub_ps (a, b);
}

SIMD_INLINE V
v_mul (V a, V b)
{
  return _mm256_mul_ps (a, b);
}

SIMD_INLINE V
v_div (V a, V b)
{
  return _mm256_div_ps (a, b);
}

SIMD_INLINE V
v_sqrt (V a)
{
  return _mm256_sqrt_ps (a);
}

SIMD_INLINE V
v_fma (V a, V b, V c)
{
  return _mm256_fmadd_ps (a, b, c);
}

SIMD_INLINE V
v_fms (V a, V b, V c)
{
  return _mm256_fmsub_ps (a, b, c);
}

SIMD_INLINE V
v_fnma (V a, V b, V c)
{
  return _mm256_fnmadd_ps (a, b, c);
}

SIMD_INLINE V
v_min (V a, V b)
{
  return _mm256_min_ps (a, b);
}

SIMD_INLINE V
v_max (V a, V b)
{
  return _mm256_max_ps (a, b);
}

SIMD_INLINE V
v_and (V a, V b)
{
  return _mm256_and_ps (a, b);
}

SIMD_INLINE V
v_or (V a, V b)
{
  return _mm256_or_ps (a, b);
}

SIMD_INLINE V
v_xor (V a, V b)
{
  return _mm256_xor_ps (a, b);
}

/* b where a has no bits. */
SIMD_INLINE V
v_andnot (V a, V b)
{
  return _mm256_andnot_ps (a, b);
}

SIMD_INLINE M
v_less (V a, V b)
{
  return _mm256_cmp_ps (a, b, _CMP_LT_OQ);
}

SIMD_INLINE M
v_at_most (V a, V b)
{
  return _mm256_cmp_ps (a, b, _CMP_LE_OQ);
}

SIMD_INLINE V
v_select (M m, V a, V b)
{
  return _mm256_blendv_ps (b, a, m);
}

SIMD_INLINE V
v_pow2 (V t)
{
  return _mm256_castsi256_ps (_mm256_slli_epi32 (_mm256_castps_si256 (t), 23));
}

/* x = 2^e (1 + t), 0 <= t < 1, of normal positive numbers. */
SIMD_INLINE V
v_exponent (V x)
{
  __m256i e = _mm256_srli_epi32 (_mm256_castps_si256 (x), 23);

  return _mm256_cvtepi32_ps (_mm256_sub_epi32 (e, _mm256_set1_epi32 (127)));
}

/* ---- integers ---- */

typedef __m256i VI;

/* Pairs of bf16, one pair a lane; its halves as floats. */
SIMD_INLINE VI
vi_load_bf16 (const guint16 *p)
{
  return _mm256_loadu_si256 ((const __m256i *) p);
}

SIMD_INLINE V
v_lower_bf16 (VI a)
{
  return _mm256_castsi256_ps (_mm256_slli_epi32 (a, 16));
}

SIMD_INLINE V
v_upper_bf16 (VI a)
{
  return _mm256_castsi256_ps (
      _mm256_and_si256 (a, _mm256_set1_epi32 ((gint) 0xffff0000u)));
}

SIMD_INLINE VI
vi_zero (void)
{
  return _mm256_setzero_si256 ();
}

/* Two integers of 16 bits in every lane. */
SIMD_INLINE VI
vi_set_pair (const gint16 *p)
{
  gint32 pair;

  memcpy (&pair, p, sizeof pair);
  return _mm256_set1_epi32 (pair);
}

/* 2 VL integers of 8 bits, as ones of 16. */
SIMD_INLINE VI
vi_load_int8 (const gint8 *p)
{
  return _mm256_cvtepi8_epi16 (_mm_loadu_si128 ((const __m128i *) p));
}

/* sum + a0 b0 + a1 b1 in each lane. */
SIMD_INLINE VI
vi_dot (VI sum, VI a, VI b)
{
  return _mm256_add_epi32 (sum, _mm256_madd_epi16 (a, b));
}

SIMD_INLINE V
v_from_int (VI a)
{
  return _mm256_cvtepi32_ps (a);
}
