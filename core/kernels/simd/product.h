/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/simd/vector.h"

/* What a product makes: z rows, or dense rows of one gate. */
typedef struct {
  const LstmPacked *w;
  const gfloat *x;
  gsize x_stride;
  gfloat *to;
  gsize to_stride;
  gsize to_panel;       /* floats from panel to panel */
  gboolean fresh;       /* begins with the bias, not with what stands there */
  gsize first;          /* the matrix's panel that is the first here */
  gconstpointer narrow; /* with int8: what x is */
} Product;

#if defined(LSTM_SIMD_AVX512)
/* int8 in groups of four: with VNNI, or, from so many rows on, with AMX. Both
 * give the same bits. */
#define LSTM_TILE_ROWS 8
void lstm_avx512_vnni_product (const Product *job, gsize rows, gsize panels);
void lstm_avx512_amx_product (const Product *job, gsize rows, gsize panels);
#endif
