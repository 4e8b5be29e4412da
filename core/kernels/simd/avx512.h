/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(__AVX512F__) || !defined(__AVX512BW__) ||                         \
    !defined(__AVX512DQ__) || !defined(__AVX512VL__)
#error "compile this with -mavx512f -mavx512bw -mavx512dq -mavx512vl"
#endif

#include <immintrin.h>

#define VL 16
/* Vectors of weights in flight for one row, what hides the latency of
 * additions; and how far ahead the weights of large matrices are asked for, in
 * floats. */
#define ROW_VECTORS 8
#define PREFETCH 384
#define MANY_ROWS 6

typedef __m512 V;
typedef __mmask16 M;

SIMD_INLINE V
v_load (const gfloat *p)
{
  return _mm512_loadu_ps (p);
}

SIMD_INLINE void
v_store (gfloat *p, V a)
{
  _mm512_storeu_ps (p, a);
}

SIMD_INLINE V
v_set (gfloat x)
{
  return _mm512_set1_ps (x);
}

/* Halves and quarters as such: a later load of a part is then given what was
 * stored without a detour through the cache, which a store under a mask is not.
 */
SIMD_INLINE V
v_load_n (const gfloat *p, gsize n)
{
  if (n == 8)
    return _mm512_zextps256_ps512 (_mm256_loadu_ps (p));
  if (n == 4)
    return _mm512_zextps128_ps512 (_mm_loadu_ps (p));
  return _mm512_maskz_loadu_ps ((__mmask16) ((1u << n) - 1u), p);
}

/* `lanes` floats, 4 or 8, of each of VL / lanes rows; rows behind the last one
 * are like it. */
SIMD_INLINE V
v_join (const gfloat *p, gsize stride, guint lanes, gsize last)
{
  V v;

  if (lanes == 8)
    return _mm512_insertf32x8 (_mm512_castps256_ps512 (_mm256_loadu_ps (p)),
        _mm256_loadu_ps (p + MIN (1, last) * stride), 1);
  v = _mm512_castps128_ps512 (_mm_loadu_ps (p));
  v = _mm512_insertf32x4 (v, _mm_loadu_ps (p + MIN (1, last) * stride), 1);
  v = _mm512_insertf32x4 (v, _mm_loadu_ps (p + MIN (2, last) * stride), 2);
  return _mm512_insertf32x4 (v, _mm_loadu_ps (p + MIN (3, last) * stride), 3);
}

SIMD_INLINE void
v_store_n (gfloat *p, V a, gsize n)
{
  __m256 half = _mm512_castps512_ps256 (a);
  __m128 quarter;

  if (n == VL) {
    _mm512_storeu_ps (p, a);
    return;
  }
  if (n & 8) {
    _mm256_storeu_ps (p, half);
    half = _mm512_extractf32x8_ps (a, 1);
    p += 8;
  }
  quarter = _mm256_castps256_ps128 (half);
  if (n & 4) {
    _mm_storeu_ps (p, quarter);
    quarter = _mm256_extractf128_ps (half, 1);
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
  return _mm512_add_ps (a, b);
}

SIMD_INLINE V
v_sub (V a, V b)
{
  return _mm512_sub_ps (a, b);
}

SIMD_INLINE V
v_mul (V a, V b)
{
  return _mm512_mul_ps (a, b);
}

SIMD_INLINE V
v_div (V a, V b)
{
  return _mm512_div_ps (a, b);
}

SIMD_INLINE V
v_sqrt (V a)
{
  return _mm512_sqrt_ps (a);
}

SIMD_INLINE V
v_fma (V a, V b, V c)
{
  return _mm512_fmadd_ps (a, b, c);
}

SIMD_INLINE V
v_fms (V a, V b, V c)
{
  return _mm512_fmsub_ps (a, b, c);
}

SIMD_INLINE V
v_fnma (V a, V b, V c)
{
  return _mm512_fnmadd_ps (a, b, c);
}

SIMD_INLINE V
v_min (V a, V b)
{
  return _mm512_min_ps (a, b);
}

SIMD_INLINE V
v_max (V a, V b)
{
  return _mm512_max_ps (a, b);
}

SIMD_INLINE V
v_and (V a, V b)
{
  return _mm512_and_ps (a, b);
}

SIMD_INLINE V
v_or (V a, V b)
{
  return _mm512_or_ps (a, b);
}

SIMD_INLINE V
v_xor (V a, V b)
{
  return _mm512_xor_ps (a, b);
}

/* b where a has no bits. */
SIMD_INLINE V
v_andnot (V a, V b)
{
  return _mm512_andnot_ps (a, b);
}

SIMD_INLINE M
v_less (V a, V b)
{
  return _mm512_cmp_ps_mask (a, b, _CMP_LT_OQ);
}

SIMD_INLINE M
v_at_most (V a, V b)
{
  return _mm512_cmp_ps_mask (a, b, _CMP_LE_OQ);
}

SIMD_INLINE V
v_select (M m, V a, V b)
{
  return _mm512_mask_blend_ps (m, b, a);
}

SIMD_INLINE V
v_pow2 (V t)
{
  return _mm512_castsi512_ps (_mm512_slli_epi32 (_mm512_castps_si512 (t), 23));
}

/* x = 2^e (1 + t), 0 <= t < 1, of normal positive numbers. */
SIMD_INLINE V
v_exponent (V x)
{
  __m512i e = _mm512_srli_epi32 (_mm512_castps_si512 (x), 23);

  return _mm512_cvtepi32_ps (_mm512_sub_epi32 (e, _mm512_set1_epi32 (127)));
}

/* ---- integers ---- */

typedef __m512i VI;

/* Pairs of bf16, one pair a lane; its halves as floats. */
SIMD_INLINE VI
vi_load_bf16 (const guint16 *p)
{
  return _mm512_loadu_si512 (p);
}

SIMD_INLINE V
v_lower_bf16 (VI a)
{
  return _mm512_castsi512_ps (_mm512_slli_epi32 (a, 16));
}

SIMD_INLINE V
v_upper_bf16 (VI a)
{
  return _mm512_castsi512_ps (
      _mm512_and_si512 (a, _mm512_set1_epi32 ((gint) 0xffff0000u)));
}

SIMD_INLINE VI
vi_zero (void)
{
  return _mm512_setzero_si512 ();
}

/* Two integers of 16 bits in every lane. */
SIMD_INLINE VI
vi_set_pair (const gint16 *p)
{
  gint32 pair;

  memcpy (&pair, p, sizeof pair);
  return _mm512_set1_epi32 (pair);
}

/* 2 VL integers of 8 bits, as ones of 16. */
SIMD_INLINE VI
vi_load_int8 (const gint8 *p)
{
  return _mm512_cvtepi8_epi16 (_mm256_loadu_si256 ((const __m256i *) p));
}

/* sum + a0 b0 + a1 b1 in each lane. */
SIMD_INLINE VI
vi_dot (VI sum, VI a, VI b)
{
  return _mm512_add_epi32 (sum, _mm512_madd_epi16 (a, b));
}

SIMD_INLINE V
v_from_int (VI a)
{
  return _mm512_cvtepi32_ps (a);
}
