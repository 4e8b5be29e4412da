/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Frames as NNStreamer's `other/tensors`: one buffer is one float32 tensor of
 * `dimensions` features:steps:batch, innermost first. */

#define GST_LSTM_TENSOR_RANK 16

#define GST_LSTM_TENSOR_CAPS                                                   \
  "other/tensors, format=(string)static, num_tensors=(int)1, "                 \
  "types=(string)float32, framerate=(fraction)[ 0/1, max ]"

/**
 * GstLstmTensor:
 * @features: numbers in a frame
 * @steps: frames of a sequence
 * @batch: sequences, one after the other
 * @rate_n: tensors per second, numerator; 0 where it is not known
 * @rate_d: denominator
 * @size: bytes of a tensor
 */
typedef struct {
  guint features;
  guint steps;
  guint batch;
  gint rate_n;
  gint rate_d;
  gsize size;
} GstLstmTensor;

gboolean gst_lstm_tensor_parse_dimensions (
    GstLstmTensor *tensor, const gchar *dimensions);
gboolean gst_lstm_tensor_from_caps (GstLstmTensor *tensor, const GstCaps *caps);
void gst_lstm_tensor_set_dimensions (
    GstStructure *structure, guint features, guint steps);

G_END_DECLS
