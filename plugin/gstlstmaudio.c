/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmaudio.h"

/**
 * gst_lstm_audio_caps_new:
 * @format: sample format
 * @channels: features in a frame, 1 to %G_MAXINT
 * @rate: frames per second
 *
 * The channels have no place in a room: up to two need no mask, more have an
 * empty one.
 *
 * Returns: (transfer full): fixed caps
 */
GstCaps *
gst_lstm_audio_caps_new (GstAudioFormat format, guint channels, gint rate)
{
  GstCaps *caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING,
      gst_audio_format_to_string (format), "layout", G_TYPE_STRING,
      "interleaved", "channels", G_TYPE_INT, (gint) channels, "rate",
      G_TYPE_INT, rate, NULL);

  if (channels > 2)
    gst_caps_set_simple (
        caps, "channel-mask", GST_TYPE_BITMASK, G_GUINT64_CONSTANT (0), NULL);
  return caps;
}

/**
 * gst_lstm_audio_from_caps:
 * @audio: (out): what @caps say
 * @caps: any caps
 *
 * Returns: %FALSE if @caps are no fixed `audio/x-raw` of whole bytes a sample;
 *   nothing is written then
 */
gboolean
gst_lstm_audio_from_caps (GstLstmAudio *audio, const GstCaps *caps)
{
  const GstStructure *structure;
  const GstAudioFormatInfo *info;
  const gchar *name;
  GstAudioFormat format;
  gint channels, rate;

  if (!gst_caps_is_fixed (caps))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  if (!gst_structure_has_name (structure, "audio/x-raw") ||
      (name = gst_structure_get_string (structure, "format")) == NULL ||
      !gst_structure_get_int (structure, "channels", &channels) ||
      !gst_structure_get_int (structure, "rate", &rate) || channels < 1 ||
      rate < 1)
    return FALSE;
  format = gst_audio_format_from_string (name);
  if (format == GST_AUDIO_FORMAT_UNKNOWN || format == GST_AUDIO_FORMAT_ENCODED)
    return FALSE;
  info = gst_audio_format_get_info (format);
  if (info->width < 8 || info->width % 8 != 0)
    return FALSE;
  audio->format = format;
  audio->channels = channels;
  audio->rate = rate;
  audio->frame_size = (gsize) channels * (guint) info->width / 8;
  return TRUE;
}
