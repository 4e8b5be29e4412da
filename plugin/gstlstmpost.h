/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_LSTM_POST (gst_lstm_post_get_type ())
G_DECLARE_FINAL_TYPE (
    GstLstmPost, gst_lstm_post, GST, LSTM_POST, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (lstmpost);

G_END_DECLS
