/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layers that only do something while a model is trained, or never. */

#include "engine/layers/layers.h"

static const gchar *const idle_keys[] = { "rate", "noise_shape", "seed",
  "stddev", "l1", "l2", "data_format", NULL };

#define IDLE_CLASS(symbol, keras_name, stops_2)                                \
  const LstmLayerClass symbol = {                                              \
    .name = keras_name,                                                        \
    .min_inputs = 1,                                                           \
    .max_inputs = 1,                                                           \
    .alias = TRUE,                                                             \
    .stops_mask_2 = stops_2,                                                   \
    .idle_keys = idle_keys,                                                    \
    .infer = lstm_infer_same,                                                  \
  };

IDLE_CLASS (lstm_layer_activity_regularization, "ActivityRegularization", FALSE)
IDLE_CLASS (lstm_layer_alpha_dropout, "AlphaDropout", FALSE)
IDLE_CLASS (lstm_layer_dropout, "Dropout", FALSE)
IDLE_CLASS (lstm_layer_gaussian_dropout, "GaussianDropout", FALSE)
IDLE_CLASS (lstm_layer_gaussian_noise, "GaussianNoise", FALSE)
IDLE_CLASS (lstm_layer_identity, "Identity", TRUE)
IDLE_CLASS (lstm_layer_spatial_dropout_1d, "SpatialDropout1D", FALSE)
