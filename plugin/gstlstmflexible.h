/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstlstmtensor.h"

G_BEGIN_DECLS

/* NNStreamer's tensors with format=flexible: each buffer says in a header of
 * 128 bytes what it holds. The header is 32-bit words in the machine's order:
 *
 *   0       0xfeedcced
 *   1       0xde001000, version 1.0: 0xde, then 12 bits major and 12 minor
 *   2       type of an element: 7 is float32
 *   3..18   dimensions, innermost first; 0 ends them
 *   19      format: 0 static, 1 flexible, 2 sparse
 *   20      what the data once were
 *   21..31  0
 */

#define GST_LSTM_FLEXIBLE_HEADER 128

#define GST_LSTM_FLEXIBLE_CAPS                                                 \
  "other/tensors, format=(string)flexible, framerate=(fraction)[ 0/1, max ]"

gboolean gst_lstm_flexible_from_caps (
    const GstCaps *caps, gint *rate_n, gint *rate_d);
gchar *gst_lstm_flexible_parse (
    GstLstmTensor *tensor, const guint8 *data, gsize size);

G_END_DECLS
