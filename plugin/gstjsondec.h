/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowdec.h"

G_BEGIN_DECLS

#define GST_TYPE_JSON_DEC (gst_json_dec_get_type ())
G_DECLARE_FINAL_TYPE (GstJsonDec, gst_json_dec, GST, JSON_DEC, GstRowDec)

GST_ELEMENT_REGISTER_DECLARE (jsondec);

G_END_DECLS
