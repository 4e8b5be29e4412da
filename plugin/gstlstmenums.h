/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * GstLstmMode:
 * @GST_LSTM_MODE_AUTO: frame by frame if the model was made for it, else by
 *   window
 * @GST_LSTM_MODE_FRAME: a frame in, an output out
 * @GST_LSTM_MODE_WINDOW: windows of `steps` frames, as Keras runs them
 */
typedef enum {
  GST_LSTM_MODE_AUTO,
  GST_LSTM_MODE_FRAME,
  GST_LSTM_MODE_WINDOW,
} GstLstmMode;

/**
 * GstLstmReset:
 * @GST_LSTM_RESET_STREAM_START: at the start of a stream
 * @GST_LSTM_RESET_FLUSH: after a flush, as a seek makes
 * @GST_LSTM_RESET_DISCONT: at a buffer with the DISCONT or RESYNC flag
 * @GST_LSTM_RESET_SEGMENT: at a new segment
 * @GST_LSTM_RESET_CAPS: when the format changes
 */
typedef enum {
  GST_LSTM_RESET_STREAM_START = 1 << 0,
  GST_LSTM_RESET_FLUSH = 1 << 1,
  GST_LSTM_RESET_DISCONT = 1 << 2,
  GST_LSTM_RESET_SEGMENT = 1 << 3,
  GST_LSTM_RESET_CAPS = 1 << 4,
} GstLstmReset;

/**
 * GstLstmOnNan:
 * @GST_LSTM_ON_NAN_ERROR: stop with an error
 * @GST_LSTM_ON_NAN_PASS: let the model see it
 */
typedef enum {
  GST_LSTM_ON_NAN_ERROR,
  GST_LSTM_ON_NAN_PASS,
} GstLstmOnNan;

#define GST_TYPE_LSTM_MODE (gst_lstm_mode_get_type ())
#define GST_TYPE_LSTM_RESET (gst_lstm_reset_get_type ())
#define GST_TYPE_LSTM_ON_NAN (gst_lstm_on_nan_get_type ())

GType gst_lstm_mode_get_type (void);
GType gst_lstm_reset_get_type (void);
GType gst_lstm_on_nan_get_type (void);

G_END_DECLS
