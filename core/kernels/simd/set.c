/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/simd/set.h"

#include "kernels/cpu.h"

/* So many panels of one row are one tile, whatever the number of gates. */
#define WHOLE_PANELS 2

#define SIMD_TABLE(isa, group, may_tile)                                       \
  const LstmKernels lstm_kernels_##isa = {                                     \
    .name = #isa,                                                              \
    .supported = lstm_cpu_has_##isa,                                           \
    .width = VL,                                                               \
    .whole_units = WHOLE_PANELS * VL,                                          \
    .tails = TRUE,                                                             \
    .int8_group = group,                                                       \
    .tiles = may_tile,                                                         \
    .project = SIMD (project),                                                 \
    .dense = SIMD (dense),                                                     \
    .lstm_step = SIMD (lstm_step),                                             \
    .gru_step = SIMD (gru_step),                                               \
    .rnn_step = SIMD (rnn_step),                                               \
    .activate = SIMD (activate),                                               \
    .read = SIMD (read),                                                       \
    .multiply = SIMD (multiply),                                               \
  };

#if defined(LSTM_SIMD_AVX512)
SIMD_TABLE (avx512, 2, NULL)
SIMD_TABLE (avx512bf16, 4, lstm_cpu_has_tiles)
#elif defined(LSTM_SIMD_AVX2)
SIMD_TABLE (avx2, 2, NULL)
#elif defined(LSTM_SIMD_NEON)
SIMD_TABLE (neon, 2, NULL)
#endif
