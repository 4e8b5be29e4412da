/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* Keras's activations. Those up to LSTM_ACTIVATION_LAST_POINTWISE look at one
 * number at a time; the others at a whole row (Keras's axis=-1). */
typedef enum {
  LSTM_ACTIVATION_LINEAR,
  LSTM_ACTIVATION_RELU, /* a: slope below threshold c, b: largest */
  LSTM_ACTIVATION_RELU6,
  LSTM_ACTIVATION_LEAKY_RELU, /* a: negative slope */
  LSTM_ACTIVATION_ELU,        /* a: alpha */
  LSTM_ACTIVATION_SELU,
  LSTM_ACTIVATION_CELU, /* a: alpha */
  LSTM_ACTIVATION_GELU,
  LSTM_ACTIVATION_GELU_TANH, /* gelu with approximate=True */
  LSTM_ACTIVATION_SIGMOID,
  LSTM_ACTIVATION_HARD_SIGMOID,        /* Keras 3: relu6(x + 3) / 6 */
  LSTM_ACTIVATION_HARD_SIGMOID_KERAS2, /* clip(0.2 x + 0.5, 0, 1) */
  LSTM_ACTIVATION_SILU,
  LSTM_ACTIVATION_HARD_SILU,
  LSTM_ACTIVATION_TANH,
  LSTM_ACTIVATION_HARD_TANH,
  LSTM_ACTIVATION_TANH_SHRINK,
  LSTM_ACTIVATION_SOFTPLUS,
  LSTM_ACTIVATION_SOFTSIGN,
  LSTM_ACTIVATION_EXPONENTIAL,
  LSTM_ACTIVATION_MISH,
  LSTM_ACTIVATION_LOG_SIGMOID,
  LSTM_ACTIVATION_SQUAREPLUS, /* a: b */
  LSTM_ACTIVATION_SPARSE_PLUS,
  LSTM_ACTIVATION_SPARSE_SIGMOID,
  LSTM_ACTIVATION_SOFT_SHRINK, /* a: threshold */
  LSTM_ACTIVATION_HARD_SHRINK, /* a: threshold */
  LSTM_ACTIVATION_THRESHOLD,   /* a: threshold, b: value below it */
  LSTM_ACTIVATION_LAST_POINTWISE = LSTM_ACTIVATION_THRESHOLD,
  LSTM_ACTIVATION_SOFTMAX,
  LSTM_ACTIVATION_LOG_SOFTMAX,
  LSTM_ACTIVATION_SPARSEMAX,
  LSTM_N_ACTIVATIONS
} LstmActivationKind;

/* An activation with its parameters; what they mean stands beside each kind. */
typedef struct {
  LstmActivationKind kind;
  gfloat a;
  gfloat b;
  gfloat c;
} LstmActivation;

static inline gboolean
lstm_activation_is_pointwise (const LstmActivation *activation)
{
  return activation->kind <= LSTM_ACTIVATION_LAST_POINTWISE;
}
