/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What options and inputs the layers around recurrent ones refuse, and which of
 * them stream: each with the facts that the message must hold. */

#include <string.h>

#include "engine/fixture.h"

#define OPEN LSTM_DIM_UNKNOWN
#define MAX_FACTS 3

typedef struct {
  const gchar *name;
  const gchar *class_name;
  const gchar *config;
  LstmShape input;
  guint calls; /* one after the other; 0 is 1 */
  LstmError code;
  const gchar *facts[MAX_FACTS];
} Bad;

#define FLAT                                                                   \
  {                                                                            \
    1,                                                                         \
    {                                                                          \
      5                                                                        \
    }                                                                          \
  }
#define STEPS(steps, features)                                                 \
  {                                                                            \
    2,                                                                         \
    {                                                                          \
      steps, features                                                          \
    }                                                                          \
  }
#define DEEP                                                                   \
  {                                                                            \
    3,                                                                         \
    {                                                                          \
      8, 4, 6                                                                  \
    }                                                                          \
  }

/* clang-format off: one line a case. */
static const Bad bad[] = {
  { "activation/prelu", "Activation",
      "{'activation': <{'class_name': <'PReLU'>, 'config': <@a{sv} {}>}>}",
      STEPS (8, 6), 0, LSTM_ERROR_UNSUPPORTED,
      { "the layer PReLU", "put it after this layer" } },
  { "permute/no-dims", "Permute", "{}", STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "dims=()", "such as (2, 1)" } },
  { "permute/twice", "Permute", "{'dims': <[<int64 2>, <int64 2>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "dims=(2, 2)", "once" } },
  { "permute/axis-0", "Permute", "{'dims': <[<int64 0>, <int64 1>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "dims=(0, 1)", "from 1" } },
  { "permute/too-few", "Permute", "{'dims': <[<int64 2>, <int64 1>]>}", DEEP, 0,
      LSTM_ERROR_SHAPE, { "dims=(2, 1)", "2 axes", "(None, 8, 4, 6)" } },
  { "conv/no-filters", "Conv1D", "{'kernel_size': <int64 3>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "'filters' is missing" } },
  { "conv/no-kernel-size", "Conv1D", "{'filters': <int64 3>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "'kernel_size' is missing" } },
  { "conv/filters-0", "Conv1D",
      "{'filters': <int64 0>, 'kernel_size': <int64 3>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "'filters' is 0", "from 1 to 16777216" } },
  { "conv/kernel-size-0", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 0>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "kernel_size is 0", "from 1 to" } },
  { "conv/kernel-size-two", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <[<int64 3>, <int64 3>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "kernel_size holds 2 numbers", "expected one" } },
  { "conv/kernel-size-word", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <'three'>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "kernel_size", "'three'", "whole number" } },
  { "conv/strides-negative", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'strides': <[<int64 "
      "-2>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "strides is -2" } },
  { "conv/dilation-0", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'dilation_rate': "
      "<int64 0>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "dilation_rate is 0" } },
  { "conv/strides-and-dilation", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'strides': <int64 2>, "
      "'dilation_rate': <int64 3>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "strides is 2", "dilation_rate 3", "only one" } },
  { "conv/padding", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'full'>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "padding is 'full'", "'valid', 'same' or 'causal'" } },
  { "conv/channels-first", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'data_format': "
      "<'channels_first'>}",
      STEPS (8, 6), 0, LSTM_ERROR_UNSUPPORTED,
      { "'channels_first'", "'channels_last'" } },
  { "conv/activation", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'activation': "
      "<'cosine'>}",
      STEPS (8, 6), 0, LSTM_ERROR_UNSUPPORTED, { "'cosine'", "relu" } },
  { "conv/use-bias", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'use_bias': <int64 7>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "'use_bias' is 7", "true or false" } },
  { "conv/groups-0", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'groups': <int64 0>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "'groups' is 0" } },
  { "conv/groups-and-filters", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'groups': <int64 2>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "filters is 3", "groups 2" } },
  { "conv/groups-and-features", "Conv1D",
      "{'filters': <int64 4>, 'kernel_size': <int64 3>, 'groups': <int64 4>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "6 features", "4 groups" } },
  { "depthwise/no-kernel-size", "DepthwiseConv1D", "{}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "'kernel_size' is missing" } },
  { "depthwise/multiplier-0", "DepthwiseConv1D",
      "{'kernel_size': <int64 3>, 'depth_multiplier': <int64 0>}", STEPS (8, 6),
      0, LSTM_ERROR_VALUE, { "'depth_multiplier' is 0", "1 to 16777216" } },
  { "depthwise/causal", "DepthwiseConv1D",
      "{'kernel_size': <int64 3>, 'padding': <'causal'>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "padding is 'causal'", "'valid' or 'same'" } },
  { "depthwise/strides-and-dilation", "DepthwiseConv1D",
      "{'kernel_size': <int64 3>, 'strides': <int64 2>, 'dilation_rate': "
      "<int64 2>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "strides is 2 and dilation_rate 2" } },
  { "depthwise/channels-first", "DepthwiseConv1D",
      "{'kernel_size': <int64 3>, 'data_format': <'channels_first'>}",
      STEPS (8, 6), 0, LSTM_ERROR_UNSUPPORTED, { "'channels_first'" } },
  { "depthwise/too-wide", "DepthwiseConv1D",
      "{'kernel_size': <int64 1>, 'depth_multiplier': <int64 16777216>}",
      STEPS (8, 128), 0, LSTM_ERROR_SHAPE,
      { "128 features", "depth_multiplier is 16777216", "below 2^31" } },
  { "depthwise/flat", "DepthwiseConv1D", "{'kernel_size': <int64 3>}", FLAT, 0,
      LSTM_ERROR_SHAPE, { "[batch, steps, features]", "(None, 5)" } },
  { "depthwise/short", "DepthwiseConv1D", "{'kernel_size': <int64 9>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "9 steps at least", "found 8" } },
  { "depthwise/shared", "DepthwiseConv1D",
      "{'kernel_size': <int64 2>, 'depth_multiplier': <int64 2>}", STEPS (8, 6),
      2, LSTM_ERROR_SHAPE, { "called a second time" } },
  { "separable/no-filters", "SeparableConv1D", "{'kernel_size': <int64 3>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "'filters' is missing" } },
  { "separable/filters-0", "SeparableConv1D",
      "{'filters': <int64 0>, 'kernel_size': <int64 3>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "'filters' is 0" } },
  { "separable/short", "SeparableConv1D",
      "{'filters': <int64 2>, 'kernel_size': <int64 5>, 'dilation_rate': "
      "<int64 2>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "9 steps at least", "found 8" } },
  { "conv/flat", "Conv1D", "{'filters': <int64 3>, 'kernel_size': <int64 3>}",
      FLAT, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]", "found 2: (None, 5)" } },
  { "conv/deep", "Conv1D", "{'filters': <int64 3>, 'kernel_size': <int64 3>}",
      DEEP, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]", "found 4: (None, 8, 4, 6)" } },
  { "conv/short", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 5>, 'dilation_rate': "
      "<int64 2>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE,
      { "needs 9 steps", "found 8", "longer windows" } },
  { "pooling/size-0", "MaxPooling1D", "{'pool_size': <[<int64 0>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "pool_size is 0" } },
  { "pooling/strides-two", "AveragePooling1D",
      "{'strides': <[<int64 1>, <int64 2>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "strides holds 2 numbers" } },
  { "pooling/strides-0", "AveragePooling1D", "{'strides': <int64 0>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "strides is 0" } },
  { "pooling/causal", "MaxPooling1D", "{'padding': <'causal'>}", STEPS (8, 6),
      0, LSTM_ERROR_VALUE, { "padding is 'causal'", "'valid' or 'same'" } },
  { "pooling/channels-first", "MaxPooling1D",
      "{'data_format': <'channels_first'>}", STEPS (8, 6), 0,
      LSTM_ERROR_UNSUPPORTED, { "'channels_first'" } },
  { "pooling/flat", "MaxPooling1D", "{}", FLAT, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]" } },
  { "pooling/short", "AveragePooling1D", "{'pool_size': <int64 9>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "needs 9 steps", "found 8" } },
  { "global/channels-first", "GlobalMaxPooling1D",
      "{'data_format': <'channels_first'>}", STEPS (8, 6), 0,
      LSTM_ERROR_UNSUPPORTED, { "'channels_first'" } },
  { "global/keepdims", "GlobalAveragePooling1D", "{'keepdims': <'yes'>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "'keepdims'", "'yes'" } },
  { "global/flat", "GlobalAveragePooling1D", "{}", FLAT, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]" } },

  { "up-sampling/size-0", "UpSampling1D", "{'size': <int64 0>}", STEPS (8, 6),
      0, LSTM_ERROR_VALUE, { "size is 0" } },
  { "up-sampling/size-two", "UpSampling1D",
      "{'size': <[<int64 2>, <int64 2>]>}", STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "size holds 2 numbers" } },
  { "up-sampling/flat", "UpSampling1D", "{}", FLAT, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]" } },
  { "up-sampling/overflow", "UpSampling1D", "{'size': <int64 16777216>}",
      STEPS (8, 6), 3, LSTM_ERROR_SHAPE,
      { "16777216 times", "more than can be counted" } },
  { "zero-padding/negative", "ZeroPadding1D", "{'padding': <int64 -1>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "padding holds -1" } },
  { "zero-padding/three", "ZeroPadding1D",
      "{'padding': <[<int64 1>, <int64 1>, <int64 1>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "padding holds 3 numbers", "[before, after]" } },
  { "zero-padding/channels-first", "ZeroPadding1D",
      "{'data_format': <'channels_first'>}", STEPS (8, 6), 0,
      LSTM_ERROR_UNSUPPORTED, { "'channels_first'" } },
  { "zero-padding/flat", "ZeroPadding1D", "{}", FLAT, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]" } },
  { "cropping/nothing-left", "Cropping1D",
      "{'cropping': <[<int64 3>, <int64 5>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_SHAPE, { "takes 3 steps", "5 from the end of 8" } },
  { "cropping/negative", "Cropping1D",
      "{'cropping': <[<int64 0>, <int64 -1>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "cropping holds -1" } },
  { "cropping/empty", "Cropping1D", "{'cropping': <@av []>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "cropping holds 0 numbers" } },
  { "cropping/flat", "Cropping1D", "{}", FLAT, 0, LSTM_ERROR_SHAPE,
      { "[batch, steps, features]" } },

  { "batch-norm/axis-batch", "BatchNormalization", "{'axis': <int64 0>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "axis 0", "1 to 2" } },
  { "batch-norm/axis-3", "BatchNormalization", "{'axis': <[<int64 3>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "axis 3", "1 to 2" } },
  { "batch-norm/two-axes", "BatchNormalization",
      "{'axis': <[<int64 1>, <int64 2>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_UNSUPPORTED, { "2 axes", "expected one" } },
  { "batch-norm/virtual-batch", "BatchNormalization",
      "{'virtual_batch_size': <int64 4>}", STEPS (8, 6), 0,
      LSTM_ERROR_UNSUPPORTED, { "virtual_batch_size" } },
  { "batch-norm/epsilon", "BatchNormalization", "{'epsilon': <'small'>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "'epsilon'", "'small'", "a number" } },
  { "batch-norm/steps-open", "BatchNormalization", "{'axis': <int64 1>}",
      STEPS (OPEN, 6), 0, LSTM_ERROR_SHAPE, { "'gamma'", "(None,)" } },
  { "layer-norm/axis-5", "LayerNormalization", "{'axis': <int64 5>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "axis 5", "1 to 2" } },
  { "layer-norm/axis-twice", "LayerNormalization",
      "{'axis': <[<int64 2>, <int64 -1>]>}", STEPS (8, 6), 0, LSTM_ERROR_SHAPE,
      { "axis 2 twice" } },
  { "layer-norm/axis-none", "LayerNormalization", "{'axis': <@av []>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "names no axis" } },
  { "layer-norm/axis-word", "LayerNormalization", "{'axis': <'last'>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "'axis'", "'last'" } },
  { "unit-norm/axis-batch", "UnitNormalization",
      "{'axis': <[<int64 0>, <int64 1>]>}", STEPS (8, 6), 0, LSTM_ERROR_SHAPE,
      { "axis 0" } },
  { "group-norm/groups-0", "GroupNormalization", "{'groups': <int64 0>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "groups is 0" } },
  { "group-norm/axis", "GroupNormalization", "{'axis': <int64 1>}",
      STEPS (8, 6), 0, LSTM_ERROR_UNSUPPORTED, { "axis is 1", "expected -1" } },
  { "group-norm/features", "GroupNormalization", "{'groups': <int64 4>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "6 features", "4 groups" } },
  { "normalization/mean-only", "Normalization", "{'mean': <0.5>}", STEPS (8, 6),
      0, LSTM_ERROR_VALUE, { "has mean and no variance" } },
  { "normalization/shapes", "Normalization",
      "{'mean': <[<0.5>, <0.5>]>, 'variance': <[<1.0>, <1.0>, <1.0>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "mean and variance" } },
  { "normalization/length", "Normalization",
      "{'mean': <[<0.5>, <0.5>]>, 'variance': <[<1.0>, <1.0>]>}", STEPS (8, 6),
      0, LSTM_ERROR_SHAPE, { "(2,)", "(None, 8, 6)" } },
  { "normalization/rank", "Normalization",
      "{'mean': <[<[<0.5>]>, <[<0.5>]>]>, 'variance': <1.0>}", STEPS (8, 6), 0,
      LSTM_ERROR_SHAPE, { "(2, 1)", "(None, 8, 6)" } },
  { "normalization/ragged", "Normalization",
      "{'mean': <[<[<0.5>]>, <0.5>]>, 'variance': <1.0>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "mean is neither", "equal length" } },
  { "normalization/axis", "Normalization", "{'axis': <[<int64 4>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "axis 4" } },
  { "rescaling/no-scale", "Rescaling", "{'offset': <1.0>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "'scale' is missing" } },
  { "rescaling/empty", "Rescaling", "{'scale': <@av []>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "scale is empty" } },
  { "rescaling/word", "Rescaling", "{'scale': <[<1.0>, <'two'>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "scale is neither a number" } },
  { "rescaling/ragged", "Rescaling",
      "{'scale': <[<[<1.0>, <2.0>]>, <[<1.0>]>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_VALUE, { "scale is neither", "equal length" } },
  { "rescaling/object", "Rescaling", "{'scale': <{'class_name': <'Lambda'>}>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE, { "scale is neither a number" } },
  { "rescaling/two-shapes", "Rescaling",
      "{'scale': <[<1.0>, <2.0>]>, 'offset': <[<1.0>, <2.0>, <3.0>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_VALUE,
      { "scale has shape (2,)", "offset (3,)" } },
  { "rescaling/length", "Rescaling", "{'scale': <[<1.0>, <2.0>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "(2,)", "(None, 8, 6)" } },
  { "prelu/axis", "PReLU", "{'shared_axes': <[<int64 3>]>}", STEPS (8, 6), 0,
      LSTM_ERROR_SHAPE, { "shared_axes holds 3", "1 to 2" } },
  { "prelu/axis-negative", "PReLU", "{'shared_axes': <[<int64 -2>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "shared_axes holds -2" } },
  { "prelu/steps-open", "PReLU", "{}", STEPS (OPEN, 6), 0, LSTM_ERROR_SHAPE,
      { "steps are None", "shared_axes=[1]" } },
  { "softmax/axis-batch", "Softmax", "{'axis': <int64 0>}", STEPS (8, 6), 0,
      LSTM_ERROR_SHAPE, { "axis 0", "1 to 2" } },
  { "softmax/axis-9", "Softmax", "{'axis': <int64 9>}", STEPS (8, 6), 0,
      LSTM_ERROR_SHAPE, { "axis 9" } },
  { "softmax/axis-twice", "Softmax", "{'axis': <[<int64 1>, <int64 -2>]>}",
      STEPS (8, 6), 0, LSTM_ERROR_SHAPE, { "axis 1 twice" } },
};

/* What needs the window, and why; NULL for what streams. */
typedef struct {
  const gchar *name;
  const gchar *class_name;
  const gchar *config;
  LstmShape input;
  const gchar *why;
} Streams;

static const Streams streams[] = {
  { "conv-causal", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'causal'>}",
      STEPS (8, 6), NULL },
  { "conv-causal-dilated", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'causal'>, "
      "'dilation_rate': <int64 2>}",
      STEPS (8, 6), NULL },
  { "conv-one-tap", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 1>}", STEPS (8, 6), NULL },
  { "conv-valid", "Conv1D", "{'filters': <int64 3>, 'kernel_size': <int64 3>}",
      STEPS (8, 6), NULL },
  { "conv-same", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'same'>}",
      STEPS (8, 6), "steps to come" },
  { "conv-strides", "Conv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'causal'>, "
      "'strides': <int64 2>}",
      STEPS (8, 6), NULL },
  { "conv-far-back", "Conv1D",
      "{'filters': <int64 1>, 'kernel_size': <int64 1000>, 'dilation_rate': "
      "<int64 16000000>, 'padding': <'causal'>}",
      STEPS (OPEN, 6), "more numbers than a stream can carry" },
  { "depthwise", "DepthwiseConv1D", "{'kernel_size': <int64 3>}", STEPS (8, 6),
      NULL },
  { "depthwise-same", "DepthwiseConv1D",
      "{'kernel_size': <int64 3>, 'padding': <'same'>}", STEPS (8, 6),
      "'valid' looks back only" },
  { "separable-causal", "SeparableConv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'causal'>}",
      STEPS (8, 6), NULL },
  { "separable-same", "SeparableConv1D",
      "{'filters': <int64 3>, 'kernel_size': <int64 3>, 'padding': <'same'>}",
      STEPS (8, 6), "'causal' looks back only" },
  { "max-pooling", "MaxPooling1D", "{}", STEPS (8, 6), NULL },
  { "max-pooling-same", "MaxPooling1D", "{'padding': <'same'>}", STEPS (8, 6),
      "'valid' looks back only" },
  { "average-pooling", "AveragePooling1D", "{}", STEPS (8, 6), NULL },
  { "global-max", "GlobalMaxPooling1D", "{}", STEPS (8, 6),
      "one frame out of all steps" },
  { "global-average", "GlobalAveragePooling1D", "{}", STEPS (8, 6),
      "one frame out of all steps" },
  { "up-sampling", "UpSampling1D", "{}", STEPS (8, 6),
      "more steps than it reads" },
  { "zero-padding", "ZeroPadding1D", "{}", STEPS (8, 6),
      "before and after the window" },
  { "cropping", "Cropping1D", "{}", STEPS (8, 6), "beginning and the end" },
  { "batch-norm", "BatchNormalization", "{}", STEPS (8, 6), NULL },
  { "batch-norm-steps", "BatchNormalization", "{'axis': <int64 1>}",
      STEPS (8, 6), "for each step" },
  { "layer-norm", "LayerNormalization", "{'axis': <[<int64 2>]>}", STEPS (8, 6),
      NULL },
  { "layer-norm-steps", "LayerNormalization",
      "{'axis': <[<int64 1>, <int64 2>]>}", STEPS (8, 6), "over all steps" },
  { "layer-norm-deep", "LayerNormalization",
      "{'axis': <[<int64 2>, <int64 3>]>}", DEEP, NULL },
  { "unit-norm", "UnitNormalization", "{}", STEPS (8, 6), NULL },
  { "unit-norm-steps", "UnitNormalization", "{'axis': <int64 1>}", STEPS (8, 6),
      "squares of all steps" },
  { "group-norm", "GroupNormalization", "{'groups': <int64 2>}", STEPS (8, 6),
      "over all steps" },
  { "normalization", "Normalization", "{}", STEPS (8, 6), NULL },
  { "normalization-one", "Normalization", "{'axis': <@mv nothing>}",
      STEPS (8, 6), NULL },
  { "normalization-steps", "Normalization", "{'axis': <[<int64 1>]>}",
      STEPS (8, 6), "for each step" },
  { "permute", "Permute", "{'dims': <[<int64 1>, <int64 3>, <int64 2>]>}", DEEP,
      NULL },
  { "permute-steps", "Permute", "{'dims': <[<int64 2>, <int64 1>]>}",
      STEPS (8, 6), "in the place of the steps" },
  { "identity", "Identity", "{}", STEPS (8, 6), NULL },
  { "rescaling", "Rescaling", "{'scale': <0.5>}", STEPS (8, 6), NULL },
  { "rescaling-steps", "Rescaling", "{'scale': <[<[<1.0>]>, <[<2.0>]>]>}",
      STEPS (2, 6), "for each step" },
  { "prelu", "PReLU", "{'shared_axes': <[<int64 1>]>}", STEPS (8, 6), NULL },
  { "prelu-steps", "PReLU", "{}", STEPS (8, 6), "for each step" },
  { "softmax", "Softmax", "{'axis': <int64 2>}", STEPS (8, 6), NULL },
  { "softmax-steps", "Softmax", "{'axis': <int64 1>}", STEPS (8, 6),
      "over all steps" },
};
/* clang-format on */

/* A builder with the layer called `calls` times; NULL with the error. */
static LstmModelBuilder *
build (const gchar *class_name, const gchar *config, const LstmShape *input,
    guint calls, GError **error)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", 3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GError) problem = NULL;
  g_autoptr (GVariant) dict =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, config, NULL, NULL, &problem);
  LstmLayer *layer;
  LstmValueId value;

  g_assert_no_error (problem);
  g_assert_true (lstm_model_builder_add_input (
      builder, "x", input, LSTM_DIM_UNKNOWN, &value, &problem));
  layer =
      lstm_model_builder_add_layer (builder, class_name, "odd", dict, error);
  if (layer == NULL)
    return NULL;
  for (guint i = 0; i < MAX (calls, 1); i++) {
    g_autoptr (GArray) outputs =
        lstm_model_builder_call (builder, layer, &value, 1, NULL, 0, error);

    if (outputs == NULL)
      return NULL;
    value = g_array_index (outputs, LstmValueId, 0);
  }
  fixture_fill_weights (layer, rand);
  lstm_model_builder_add_output (builder, value, "y");
  return g_steal_pointer (&builder);
}

static void
test_bad (gconstpointer data)
{
  const Bad *b = data;
  g_autofree gchar *place =
      g_strdup_printf ("layer 'odd' (%s): ", b->class_name);
  g_autoptr (GError) error = NULL;
  LstmModelBuilder *builder =
      build (b->class_name, b->config, &b->input, b->calls, &error);

  g_assert_null (builder);
  g_assert_error (error, LSTM_ERROR, (gint) b->code);
  if (!g_str_has_prefix (error->message, place))
    g_error ("'%s' does not begin with '%s'", error->message, place);
  for (guint i = 0; i < MAX_FACTS && b->facts[i]; i++)
    if (!strstr (error->message, b->facts[i]))
      g_error ("'%s' does not say '%s'", error->message, b->facts[i]);
}

static void
test_streams (gconstpointer data)
{
  const Streams *s = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModelBuilder) builder =
      build (s->class_name, s->config, &s->input, 1, &error);
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (LstmPlan) plan = NULL;

  g_assert_no_error (error);
  model = lstm_model_builder_build (builder, &error);
  g_assert_no_error (error);
  plan = lstm_plan_new (model, NULL, &error);
  if (s->why == NULL) {
    g_assert_no_error (error);
    g_assert_true (lstm_model_can_stream (model, NULL));
    return;
  }
  g_assert_null (plan);
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_MODE);
  if (!strstr (error->message, s->why) || !strstr (error->message, "'odd'"))
    g_error ("'%s' does not say '%s' of 'odd'", error->message, s->why);
}

/* Keras 3 sorts the axes as they are written, Keras 2 does not; weights have
 * their order. */
static void
test_order_of_axes (void)
{
  for (guint keras = 2; keras <= 3; keras++) {
    g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("m", keras);
    g_autoptr (GError) error = NULL;
    LstmShape input = lstm_shape_make (2, (gint64) 8, (gint64) 6);
    LstmLayer *layer = fixture_add_layer (builder, "LayerNormalization", "n",
        "{'axis': <[<int64 2>, <int64 1>]>}", &error);
    const LstmShape *shape;
    LstmValueId value;

    g_assert_no_error (error);
    g_assert_true (lstm_model_builder_add_input (
        builder, "x", &input, LSTM_DIM_UNKNOWN, &value, &error));
    fixture_call (builder, layer, value);
    shape = lstm_weight_get_shape (lstm_layer_get_weight (layer, 0));
    g_assert_cmpuint (shape->rank, ==, 2);
    g_assert_cmpint (shape->dims[0], ==, keras == 2 ? 6 : 8);
    g_assert_cmpint (shape->dims[1], ==, keras == 2 ? 8 : 6);
  }
}

/* A window too short for the model is found when the plan is made. */
static void
test_short_window (void)
{
  static const gchar *const layers[] = {
    "Conv1D {'filters': <int64 2>, 'kernel_size': <int64 4>}",
    "MaxPooling1D {'pool_size': <int64 3>}", NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (OPEN, 3, layers, &error);
  LstmPlanOptions options = { .mode = LSTM_MODE_WINDOW, .steps = 5 };

  g_assert_no_error (error);
  g_assert_null (lstm_plan_new (model, &options, &error));
  g_assert_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "'layer_1' (MaxPooling1D)"));
  g_assert_nonnull (strstr (error->message, "needs 3 steps"));
  g_assert_nonnull (strstr (error->message, "found 2"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path =
        g_strconcat ("/layer-errors/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, &bad[i], test_bad);
  }
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++) {
    g_autofree gchar *path =
        g_strconcat ("/layer-errors/streams/", streams[i].name, NULL);

    g_test_add_data_func (path, &streams[i], test_streams);
  }
  g_test_add_func ("/layer-errors/order-of-axes", test_order_of_axes);
  g_test_add_func ("/layer-errors/short-window", test_short_window);
  return g_test_run ();
}
