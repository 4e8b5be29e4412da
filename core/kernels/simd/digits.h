/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/narrow.h"
#include "kernels/simd/product.h"

/* int8 in groups of four. Inputs of 16 bits are two digits, q = 256 a + b;
 * weights stand as w + 128. A block's integers are
 *
 *   sum q w = 256 sum a (w + 128) + sum b (w + 128) - 128 sum q
 *
 * and exact, so that the bits are those of the sets without such instructions.
 */

/* Two tiles of rows; a multiple of blocks. */
#define DIGIT_ROWS 32
#define DIGIT_INPUTS 1024

/* Digits of rows of inputs, so many at a time. */
typedef struct {
  gsize first; /* which of the matrix's inputs is the first here, how many */
  gsize n;
  gint8 high[DIGIT_ROWS][DIGIT_INPUTS];
  gint8 low[DIGIT_ROWS][DIGIT_INPUTS];
  gint32 offset[DIGIT_ROWS][DIGIT_INPUTS / LSTM_INT8_BLOCK]; /* -128 sum q */
  gfloat scale[DIGIT_ROWS][DIGIT_INPUTS / LSTM_INT8_BLOCK];
} Digits;

/* @rows of a product's inputs from to->first on. A last block that is short is
 * padded with zeros. */
void lstm_avx512_digits (const Product *job, gsize row, gsize rows, Digits *to);
