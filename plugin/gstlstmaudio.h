/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* Frames as `audio/x-raw`: one audio sample is one frame, its channels are the
 * features. GstAudioInfo ends at 64 channels; this goes on. */

#define GST_LSTM_AUDIO_CAPS                                                    \
  "audio/x-raw, format=(string){ " GST_AUDIO_NE (F64) ", " GST_AUDIO_NE (      \
      F32) " }, layout=(string)interleaved, channels=(int)[ 1, max ], "        \
           "rate=(int)[ 1, max ]"

/**
 * GstLstmAudio:
 * @format: sample format
 * @channels: features in a frame
 * @rate: frames per second
 * @frame_size: bytes of a frame, all channels
 */
typedef struct {
  GstAudioFormat format;
  gint channels;
  gint rate;
  gsize frame_size;
} GstLstmAudio;

GstCaps *gst_lstm_audio_caps_new (
    GstAudioFormat format, guint channels, gint rate);
gboolean gst_lstm_audio_from_caps (GstLstmAudio *audio, const GstCaps *caps);

G_END_DECLS
