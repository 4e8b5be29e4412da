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
    { GST_LSTM_ON_NAN_PASS, "Let the model see it", "pass" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstLstmOnNan", values));
  return type;
}
