/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowenc.h"

G_BEGIN_DECLS

#define GST_TYPE_JSON_ENC (gst_json_enc_get_type ())
G_DECLARE_FINAL_TYPE (GstJsonEnc, gst_json_enc, GST, JSON_ENC, GstRowEnc)

GST_ELEMENT_REGISTER_DECLARE (jsonenc);

G_END_DECLS
