/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* Every class of layers that there is. */
#define LSTM_LAYER_CLASSES(X)                                                  \
  X (lstm_layer_activation)                                                    \
  X (lstm_layer_activity_regularization)                                       \
  X (lstm_layer_add)                                                           \
  X (lstm_layer_alpha_dropout)                                                 \
  X (lstm_layer_average)                                                       \
  X (lstm_layer_concatenate)                                                   \
  X (lstm_layer_dense)                                                         \
  X (lstm_layer_dropout)                                                       \
  X (lstm_layer_elu)                                                           \
  X (lstm_layer_flatten)                                                       \
  X (lstm_layer_gaussian_dropout)                                              \
  X (lstm_layer_gaussian_noise)                                                \
  X (lstm_layer_gru)                                                           \
  X (lstm_layer_leaky_relu)                                                    \
  X (lstm_layer_lstm)                                                          \
  X (lstm_layer_maximum)                                                       \
  X (lstm_layer_minimum)                                                       \
  X (lstm_layer_multiply)                                                      \
  X (lstm_layer_relu)                                                          \
  X (lstm_layer_repeat_vector)                                                 \
  X (lstm_layer_reshape)                                                       \
  X (lstm_layer_simple_rnn)                                                    \
  X (lstm_layer_softmax)                                                       \
  X (lstm_layer_spatial_dropout_1d)                                            \
  X (lstm_layer_subtract)                                                      \
  X (lstm_layer_time_distributed)

#define LSTM_DECLARE_CLASS(symbol) extern const LstmLayerClass symbol;
LSTM_LAYER_CLASSES (LSTM_DECLARE_CLASS)
#undef LSTM_DECLARE_CLASS
