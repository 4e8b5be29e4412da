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
  X (lstm_layer_bidirectional)                                                 \
  X (lstm_layer_average_pooling_1d)                                            \
  X (lstm_layer_batch_normalization)                                           \
  X (lstm_layer_concatenate)                                                   \
  X (lstm_layer_cudnn_gru)                                                     \
  X (lstm_layer_cudnn_lstm)                                                    \
  X (lstm_layer_conv_1d)                                                       \
  X (lstm_layer_cropping_1d)                                                   \
  X (lstm_layer_dense)                                                         \
  X (lstm_layer_depthwise_conv_1d)                                             \
  X (lstm_layer_dot)                                                           \
  X (lstm_layer_dropout)                                                       \
  X (lstm_layer_dynamic_rnn)                                                   \
  X (lstm_layer_elu)                                                           \
  X (lstm_layer_embedding)                                                     \
  X (lstm_layer_flatten)                                                       \
  X (lstm_layer_gaussian_dropout)                                              \
  X (lstm_layer_gaussian_noise)                                                \
  X (lstm_layer_global_average_pooling_1d)                                     \
  X (lstm_layer_global_max_pooling_1d)                                         \
  X (lstm_layer_group_normalization)                                           \
  X (lstm_layer_gru)                                                           \
  X (lstm_layer_identity)                                                      \
  X (lstm_layer_layer_normalization)                                           \
  X (lstm_layer_leaky_relu)                                                    \
  X (lstm_layer_lstm)                                                          \
  X (lstm_layer_masking)                                                       \
  X (lstm_layer_max_pooling_1d)                                                \
  X (lstm_layer_maximum)                                                       \
  X (lstm_layer_minimum)                                                       \
  X (lstm_layer_multiply)                                                      \
  X (lstm_layer_normalization)                                                 \
  X (lstm_layer_permute)                                                       \
  X (lstm_layer_prelu)                                                         \
  X (lstm_layer_relu)                                                          \
  X (lstm_layer_repeat_vector)                                                 \
  X (lstm_layer_rescaling)                                                     \
  X (lstm_layer_reshape)                                                       \
  X (lstm_layer_rnn)                                                           \
  X (lstm_layer_separable_conv_1d)                                             \
  X (lstm_layer_simple_rnn)                                                    \
  X (lstm_layer_softmax)                                                       \
  X (lstm_layer_spatial_dropout_1d)                                            \
  X (lstm_layer_subtract)                                                      \
  X (lstm_layer_thresholded_relu)                                              \
  X (lstm_layer_time_distributed)                                              \
  X (lstm_layer_unit_normalization)                                            \
  X (lstm_layer_up_sampling_1d)                                                \
  X (lstm_layer_zero_padding_1d)

#define LSTM_DECLARE_CLASS(symbol) extern const LstmLayerClass symbol;
LSTM_LAYER_CLASSES (LSTM_DECLARE_CLASS)
#undef LSTM_DECLARE_CLASS

/* Classes that others are made of and that no model names. */
extern const LstmLayerClass lstm_layer_all_steps;
extern const LstmLayerClass lstm_layer_any_step;
extern const LstmLayerClass lstm_layer_reverse;
extern const LstmLayerClass lstm_layer_select;
extern const LstmLayerClass lstm_layer_sequence_mask;

/* The cells of dynamic_rnn. */
extern const LstmLayerClass lstm_layer_tf1_basic_lstm;
extern const LstmLayerClass lstm_layer_tf1_gru;
extern const LstmLayerClass lstm_layer_tf1_lstm;
extern const LstmLayerClass lstm_layer_tf1_rnn;

/* concatenate.c: the axis in a shape without batch; below 0 where there is none
 * such. */
gint lstm_concatenate_axis (const LstmLayer *layer, const LstmShape *shape);
