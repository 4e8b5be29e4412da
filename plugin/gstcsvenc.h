/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowenc.h"

G_BEGIN_DECLS

#define GST_TYPE_CSV_ENC (gst_csv_enc_get_type ())
G_DECLARE_FINAL_TYPE (GstCsvEnc, gst_csv_enc, GST, CSV_ENC, GstRowEnc)

GST_ELEMENT_REGISTER_DECLARE (csvenc);

G_END_DECLS
