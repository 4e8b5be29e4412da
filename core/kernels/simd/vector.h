/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/kernels.h"

#include <string.h>

/* The sources of this folder are compiled once an instruction set, with its
 * flags and LSTM_SIMD_<SET>. A set's header defines V, a vector of VL floats,
 * M, what a comparison gives, and v_ functions over them:
 *
 *   v_fma (a, b, c) is a b + c, v_fms a b - c, v_fnma c - a b, rounded once;
 *   v_min and v_max give the second argument if one of them is NaN;
 *   v_select (m, a, b) is a where m is true, else b;
 *   v_pow2 (t) reads the low 9 bits of each lane as exponent: 2^(n - 127);
 *   v_load_n and v_store_n touch the first n <= VL lanes only.
 *
 * VI, as many integers of 32 bits, or twice as many of 16, has vi_ functions
 * for weights of fewer bits. */
#define SIMD_INLINE static inline __attribute__ ((always_inline))

#if defined(LSTM_SIMD_AVX512)
#include "kernels/simd/avx512.h"
#define SIMD(name) lstm_avx512_##name
#elif defined(LSTM_SIMD_AVX2)
#include "kernels/simd/avx2.h"
#define SIMD(name) lstm_avx2_##name
#elif defined(LSTM_SIMD_NEON)
#include "kernels/simd/neon.h"
#define SIMD(name) lstm_neon_##name
#else
#error "this file is compiled for one instruction set at a time"
#endif

/* Arrays of numbers that are read as vectors. */
#define VECTOR_ALIGNED __attribute__ ((aligned (64)))

/* Loops over arrays of vectors that are to be registers. */
#if defined(__clang__)
#define UNROLL _Pragma ("clang loop unroll(full)")
#else
#define UNROLL _Pragma ("GCC unroll 64")
#endif
