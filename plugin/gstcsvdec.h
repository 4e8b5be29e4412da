/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowdec.h"

G_BEGIN_DECLS

#define GST_TYPE_CSV_DEC (gst_csv_dec_get_type ())
G_DECLARE_FINAL_TYPE (GstCsvDec, gst_csv_dec, GST, CSV_DEC, GstRowDec)

GST_ELEMENT_REGISTER_DECLARE (csvdec);

G_END_DECLS
