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
 * @GST_LSTM_ON_NAN_RESET: skip the frame and put its stream into the initial
 *   state
 * @GST_LSTM_ON_NAN_HOLD: put the feature's last good number in its place, 0
 *   (as the model sees it) before the first
 * @GST_LSTM_ON_NAN_PASS: let the model see it
 */
typedef enum {
  GST_LSTM_ON_NAN_ERROR,
  GST_LSTM_ON_NAN_RESET,
  GST_LSTM_ON_NAN_HOLD,
  GST_LSTM_ON_NAN_PASS,
} GstLstmOnNan;

/**
 * GstLstmGap:
 * @GST_LSTM_GAP_HOLD: keep the state and what waits; frames after the gap
 *   follow on those before it, in the same window
 * @GST_LSTM_GAP_RESET: the initial state, as after a discont
 * @GST_LSTM_GAP_ZERO: run frames of zeros, as the model sees them
 * @GST_LSTM_GAP_SKIP: keep the state; windows end before the gap and begin
 *   after it
 */
typedef enum {
  GST_LSTM_GAP_HOLD,
  GST_LSTM_GAP_RESET,
  GST_LSTM_GAP_ZERO,
  GST_LSTM_GAP_SKIP,
} GstLstmGap;

/**
 * GstLstmPartial:
 * @GST_LSTM_PARTIAL_DROP: no output for it, and a warning with the number
 * @GST_LSTM_PARTIAL_PAD: fill it up with zeros, as the model sees them
 * @GST_LSTM_PARTIAL_ERROR: stop with an error
 */
typedef enum {
  GST_LSTM_PARTIAL_DROP,
  GST_LSTM_PARTIAL_PAD,
  GST_LSTM_PARTIAL_ERROR,
} GstLstmPartial;

/**
 * GstLstmOutput:
 * @GST_LSTM_OUTPUT_SEQUENCE: every frame that the model gives
 * @GST_LSTM_OUTPUT_FINAL: the last frame only: of a window, or of the stream
 */
typedef enum {
  GST_LSTM_OUTPUT_SEQUENCE,
  GST_LSTM_OUTPUT_FINAL,
} GstLstmOutput;

/**
 * GstLstmPrecision:
 * @GST_LSTM_PRECISION_F32: as in the file
 * @GST_LSTM_PRECISION_BF16: weights of 16 bits
 * @GST_LSTM_PRECISION_INT8: weights of 8 bits with scales
 *
 * What the engine calls #LstmPrecision.
 */
typedef enum {
  GST_LSTM_PRECISION_F32,
  GST_LSTM_PRECISION_BF16,
  GST_LSTM_PRECISION_INT8,
} GstLstmPrecision;

#define GST_TYPE_LSTM_MODE (gst_lstm_mode_get_type ())
#define GST_TYPE_LSTM_RESET (gst_lstm_reset_get_type ())
#define GST_TYPE_LSTM_ON_NAN (gst_lstm_on_nan_get_type ())
#define GST_TYPE_LSTM_GAP (gst_lstm_gap_get_type ())
#define GST_TYPE_LSTM_PARTIAL (gst_lstm_partial_get_type ())
#define GST_TYPE_LSTM_OUTPUT (gst_lstm_output_get_type ())
#define GST_TYPE_LSTM_PRECISION (gst_lstm_precision_get_type ())

GType gst_lstm_mode_get_type (void);
GType gst_lstm_reset_get_type (void);
GType gst_lstm_on_nan_get_type (void);
GType gst_lstm_gap_get_type (void);
GType gst_lstm_partial_get_type (void);
GType gst_lstm_output_get_type (void);
GType gst_lstm_precision_get_type (void);

G_END_DECLS
