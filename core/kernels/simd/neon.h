/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(__aarch64__) || !defined(__ARM_NEON)
#error "compile this for AArch64"
#endif

#include <arm_neon.h>

#define VL 4
#define ROW_VECTORS 16
#define PREFETCH 0
#define MANY_ROWS 6

typedef float32x4_t V;
typedef uint32x4_t M;

SIMD_INLINE V
v_load (const gfloat *p)
{
  return vld1q_f32 (p);
}

SIMD_INLINE void
v_store (gfloat *p, V a)
{
  vst1q_f32 (p, a);
}

SIMD_INLINE V
v_set (gfloat x)
{
  return vdupq_n_f32 (x);
}

SIMD_INLINE V
v_load_n (const gfloat *p, gsize n)
{
  float32x4_t a = vdupq_n_f32 (0.0f);

  if (n == 4)
    return vld1q_f32 (p);
  if (n > 0)
    a = vld1q_lane_f32 (p, a, 0);
  if (n > 1)
    a = vld1q_lane_f32 (p + 1, a, 1);
  if (n > 2)
    a = vld1q_lane_f32 (p + 2, a, 2);
  return a;
}

/* `lanes` floats, 1 or 2, of each of VL / lanes rows; rows behind the last one
 * are like it. */
SIMD_INLINE V
v_join (const gfloat *p, gsize stride, guint lanes, gsize last)
{
  float32x4_t a;

  if (lanes == 2)
    return vcombine_f32 (vld1_f32 (p), vld1_f32 (p + MIN (1, last) * stride));
  a = vdupq_n_f32 (p[0]);
  a = vld1q_lane_f32 (p + MIN (1, last) * stride, a, 1);
  a = vld1q_lane_f32 (p + MIN (2, last) * stride, a, 2);
  return vld1q_lane_f32 (p + MIN (3, last) * stride, a, 3);
}

SIMD_INLINE void
v_store_n (gfloat *p, V a, gsize n)
{
  if (n == 4) {
    vst1q_f32 (p, a);
    return;
  }
  if (n > 0)
    vst1q_lane_f32 (p, a, 0);
  if (n > 1)
    vst1q_lane_f32 (p + 1, a, 1);
  if (n > 2)
    vst1q_lane_f32 (p + 2, a, 2);
}

SIMD_INLINE V
v_add (V a, V b)
{
  return vaddq_f32 (a, b);
}

SIMD_INLINE V
v_sub (V a, V b)
{
  return vsubq_f32 (a, b);
}

SIMD_INLINE V
v_mul (V a, V b)
{
  return vmulq_f32 (a, b);
}

SIMD_INLINE V
v_div (V a, V b)
{
  return vdivq_f32 (a, b);
}

SIMD_INLINE V
v_sqrt (V a)
{
  return vsqrtq_f32 (a);
}

SIMD_INLINE V
v_fma (V a, V b, V c)
{
  return vfmaq_f32 (c, a, b);
}

SIMD_INLINE V
v_fms (V a, V b, V c)
{
  return vfmaq_f32 (vnegq_f32 (c), a, b);
}

SIMD_INLINE V
v_fnma (V a, V b, V c)
{
  return vfmsq_f32 (c, a, b);
}

/* NaN in, NaN out. */
SIMD_INLINE V
v_min (V a, V b)
{
  return vbslq_f32 (vcltq_f32 (a, b), a, b);
}

SIMD_INLINE V
v_max (V a, V b)
{
  return vbslq_f32 (vcgtq_f32 (a, b), a, b);
}

SIMD_INLINE V
v_and (V a, V b)
{
  return vreinterpretq_f32_u32 (
      vandq_u32 (vreinterpretq_u32_f32 (a), vreinterpretq_u32_f32 (b)));
}

SIMD_INLINE V
v_or (V a, V b)
{
  return vreinterpretq_f32_u32 (
      vorrq_u32 (vreinterpretq_u32_f32 (a), vreinterpretq_u32_f32 (b)));
}

SIMD_INLINE V
v_xor (V a, V b)
{
  return vreinterpretq_f32_u32 (
      veorq_u32 (vreinterpretq_u32_f32 (a), vreinterpretq_u32_f32 (b)));
}

/* b where a has no bits. */
SIMD_INLINE V
v_andnot (V a, V b)
{
  return vreinterpretq_f32_u32 (
      vbicq_u32 (vreinterpretq_u32_f32 (b), vreinterpretq_u32_f32 (a)));
}

SIMD_INLINE M
v_less (V a, V b)
{
  return vcltq_f32 (a, b);
}

SIMD_INLINE M
v_at_most (V a, V b)
{
  return vcleq_f32 (a, b);
}

SIMD_INLINE V
v_select (M m, V a, V b)
{
  return vbslq_f32 (m, a, b);
}

SIMD_INLINE V
v_pow2 (V t)
{
  return vreinterpretq_f32_u32 (vshlq_n_u32 (vreinterpretq_u32_f32 (t), 23));
}

/* x = 2^e (1 + t), 0 <= t < 1, of normal positive numbers. */
SIMD_INLINE V
v_exponent (V x)
{
  int32x4_t e =
      vreinterpretq_s32_u32 (vshrq_n_u32 (vreinterpretq_u32_f32 (x), 23));

  return vcvtq_f32_s32 (vsubq_s32 (e, vdupq_n_s32 (127)));
}

/* ---- integers ---- */

typedef int32x4_t VI;

/* Pairs of bf16, one pair a lane; its halves as floats. */
SIMD_INLINE VI
vi_load_bf16 (const guint16 *p)
{
  return vreinterpretq_s32_u16 (vld1q_u16 (p));
}

SIMD_INLINE V
v_lower_bf16 (VI a)
{
  return vreinterpretq_f32_s32 (vshlq_n_s32 (a, 16));
}

SIMD_INLINE V
v_upper_bf16 (VI a)
{
  return vreinterpretq_f32_u32 (
      vandq_u32 (vreinterpretq_u32_s32 (a), vdupq_n_u32 (0xffff0000u)));
}

SIMD_INLINE VI
vi_zero (void)
{
  return vdupq_n_s32 (0);
}

/* Two integers of 16 bits in every lane. */
SIMD_INLINE VI
vi_set_pair (const gint16 *p)
{
  gint32 pair;

  memcpy (&pair, p, sizeof pair);
  return vdupq_n_s32 (pair);
}

/* 2 VL integers of 8 bits, as ones of 16. */
SIMD_INLINE VI
vi_load_int8 (const gint8 *p)
{
  return vreinterpretq_s32_s16 (vmovl_s8 (vld1_s8 (p)));
}

/* sum + a0 b0 + a1 b1 in each lane. */
SIMD_INLINE VI
vi_dot (VI sum, VI a, VI b)
{
  int16x8_t x = vreinterpretq_s16_s32 (a), y = vreinterpretq_s16_s32 (b);
  int32x4_t lower = vmull_s16 (vget_low_s16 (x), vget_low_s16 (y));
  int32x4_t upper = vmull_high_s16 (x, y);

  return vaddq_s32 (sum, vpaddq_s32 (lower, upper));
}

SIMD_INLINE V
v_from_int (VI a)
{
  return vcvtq_f32_s32 (a);
}
