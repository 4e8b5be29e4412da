/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmenums.h"

GType
gst_lstm_mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_LSTM_MODE_AUTO,
        "Frame by frame if the model was made for it, else by window", "auto" },
    { GST_LSTM_MODE_FRAME, "A frame in, an output out", "frame" },
    { GST_LSTM_MODE_WINDOW, "Windows of frames, as Keras runs them", "window" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstLstmMode", values));
  return type;
}

GType
gst_lstm_reset_get_type (void)
{
  static gsize type = 0;
  static const GFlagsValue values[] = {
    { GST_LSTM_RESET_STREAM_START, "At the start of a stream", "stream-start" },
    { GST_LSTM_RESET_FLUSH, "After a flush, as a seek makes", "flush" },
    { GST_LSTM_RESET_DISCONT, "At a buffer with the DISCONT or RESYNC flag",
        "discont" },
    { GST_LSTM_RESET_SEGMENT, "At a new segment", "segment" },
    { GST_LSTM_RESET_CAPS, "When the format changes", "caps" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_flags_register_static ("GstLstmReset", values));
  return type;
}

GType
gst_lstm_on_nan_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_LSTM_ON_NAN_ERROR, "Stop with an error", "error" },
    { GST_LSTM_ON_NAN_RESET,
        "Skip the frame and put its stream into the initial state", "reset" },
    { GST_LSTM_ON_NAN_HOLD,
        "Put the feature's last good number in its place, 0 (scaled) before "
        "the first",
        "hold" },
    { GST_LSTM_ON_NAN_PASS, "Let the model see it", "pass" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstLstmOnNan", values));
  return type;
}

GType
gst_lstm_gap_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_LSTM_GAP_HOLD,
        "Keep the state and what waits; a window may reach across the gap",
        "hold" },
    { GST_LSTM_GAP_RESET,
        "Put the stream into the initial state, as a discont does", "reset" },
    { GST_LSTM_GAP_ZERO,
        "Run frames of zeros (scaled) in place of the missing ones", "zero" },
    { GST_LSTM_GAP_SKIP, "Keep the state; no window reaches across the gap",
        "skip" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstLstmGap", values));
  return type;
}

GType
gst_lstm_partial_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_LSTM_PARTIAL_DROP, "No output for it, and a warning with the number",
        "drop" },
    { GST_LSTM_PARTIAL_PAD, "Fill it up with zeros (scaled)", "pad" },
    { GST_LSTM_PARTIAL_ERROR, "Stop with an error", "error" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstLstmPartial", values));
  return type;
}

GType
gst_lstm_output_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_LSTM_OUTPUT_SEQUENCE, "Every frame that the model gives",
        "sequence" },
    { GST_LSTM_OUTPUT_FINAL,
        "The last frame only: of a window, or of the stream", "final" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstLstmOutput", values));
  return type;
}

GType
gst_lstm_precision_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_LSTM_PRECISION_F32, "As in the file: Keras's numbers", "f32" },
    { GST_LSTM_PRECISION_BF16, "16 bits, half the memory to read", "bf16" },
    { GST_LSTM_PRECISION_INT8,
        "8 bits with a scale for every 64, a quarter of the memory to read",
        "int8" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstLstmPrecision", values));
  return type;
}
