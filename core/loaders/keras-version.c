/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-version.h"

guint
lstm_keras_major (const gchar *version, GError **error)
{
  guint64 major = g_ascii_strtoull (version, NULL, 10);

  if (major == 2 || major == 3)
    return (guint) major;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "was written by Keras '%s'; known are versions 2 and 3: load it in "
      "one of these and save it again, or say which it is like with "
      "`keras: 2` or `keras: 3`",
      version);
  return 0;
}
