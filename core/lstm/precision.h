/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/macros.h>

G_BEGIN_DECLS

/**
 * LstmPrecision:
 * @LSTM_PRECISION_F32: as in the file: Keras's numbers
 * @LSTM_PRECISION_BF16: weights rounded to bfloat16 (8 bits of mantissa) and
 *   multiplied with f32 activations: half the memory to read
 * @LSTM_PRECISION_INT8: weights of 8 bits with a scale for each output and 64
 *   inputs, activations of 16 bits with a scale for each frame and 64 inputs,
 *   sums in 32-bit integers: a quarter of the memory to read
 *
 * What the kernels and recurrent kernels of recurrent layers, Dense, Conv1D and
 * SeparableConv1D (the pointwise one) are stored in. Biases, all other layers,
 * states and outputs are f32 always. A stream's outputs depend on its own
 * frames alone, whatever the precision.
 */
typedef enum {
  LSTM_PRECISION_F32,
  LSTM_PRECISION_BF16,
  LSTM_PRECISION_INT8,
} LstmPrecision;

LSTM_API const gchar *lstm_precision_get_name (LstmPrecision precision);
LSTM_API gboolean lstm_precision_from_name (
    const gchar *name, LstmPrecision *precision, GError **error);

G_END_DECLS
