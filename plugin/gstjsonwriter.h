/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowwriter.h"

G_BEGIN_DECLS

#define GST_TYPE_JSON_NON_FINITE (gst_json_non_finite_get_type ())

/**
 * GstJsonNonFinite:
 * @GST_JSON_NON_FINITE_NULL: null
 * @GST_JSON_NON_FINITE_STRING: "NaN", "Infinity", "-Infinity"
 * @GST_JSON_NON_FINITE_LITERAL: the same without quotes, which Python reads and
 *   RFC 8259 does not know
 *
 * How numbers are written for which JSON has no digits.
 */
typedef enum {
  GST_JSON_NON_FINITE_NULL,
  GST_JSON_NON_FINITE_STRING,
  GST_JSON_NON_FINITE_LITERAL,
} GstJsonNonFinite;

GType gst_json_non_finite_get_type (void);

/* Rows of cells into JSON lines: an object a line, UTF-8. Text of another
 * encoding gets U+FFFD for what is no UTF-8. */

GstRowWriter *gst_json_writer_new (GstJsonNonFinite non_finite);

G_END_DECLS
