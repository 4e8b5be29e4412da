/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_LSTM (gst_lstm_get_type ())
G_DECLARE_FINAL_TYPE (GstLstm, gst_lstm, GST, LSTM, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (lstm);

G_END_DECLS
