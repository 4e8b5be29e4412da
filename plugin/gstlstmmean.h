/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The moving average of one stream of frames: of so many frames, or of a time.
 * It knows nothing of buffers. */

/* Frames that a mean may be of. */
#define GST_LSTM_MEAN_MAX_FRAMES (1u << 20)

/**
 * GstLstmMeanOptions:
 * @channels: numbers in a frame
 * @frames: how many of them a mean is of, if @time is 0; 1: as they are
 * @time: ns that it is of, up to and with the newest frame; 0: by @frames
 */
typedef struct {
  guint channels;
  guint frames;
  GstClockTime time;
} GstLstmMeanOptions;

typedef struct _GstLstmMean GstLstmMean;

gboolean gst_lstm_mean_is_needed (const GstLstmMeanOptions *options);
GstLstmMean *gst_lstm_mean_new (const GstLstmMeanOptions *options);
void gst_lstm_mean_free (GstLstmMean *mean);
void gst_lstm_mean_take (GstLstmMean *mean, const GstLstmMeanOptions *options,
    gdouble *frame, GstClockTime time);

G_END_DECLS
