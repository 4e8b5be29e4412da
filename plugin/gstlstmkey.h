/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_LSTM_KEY (gst_lstm_key_get_type ())
G_DECLARE_FINAL_TYPE (GstLstmKey, gst_lstm_key, GST, LSTM_KEY, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (lstmkey);

G_END_DECLS
