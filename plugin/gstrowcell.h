/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the text of a cell stands for: a number, a time. */

#define GST_TYPE_ROW_TIME_UNIT (gst_row_time_unit_get_type ())

/**
 * GstRowTimeUnit:
 * @GST_ROW_TIME_UNIT_S: seconds
 * @GST_ROW_TIME_UNIT_MS: milliseconds
 * @GST_ROW_TIME_UNIT_US: microseconds
 * @GST_ROW_TIME_UNIT_NS: nanoseconds
 * @GST_ROW_TIME_UNIT_ISO8601: a date, or a date and time, after ISO 8601; in
 *   UTC where it names no zone
 *
 * What a time column holds.
 */
typedef enum {
  GST_ROW_TIME_UNIT_S,
  GST_ROW_TIME_UNIT_MS,
  GST_ROW_TIME_UNIT_US,
  GST_ROW_TIME_UNIT_NS,
  GST_ROW_TIME_UNIT_ISO8601,
} GstRowTimeUnit;

GType gst_row_time_unit_get_type (void);

const gchar *gst_row_read_number (const gchar *cell, gdouble *value);
const gchar *gst_row_read_time (
    const gchar *cell, gsize length, GstRowTimeUnit unit, GstClockTime *time);

G_END_DECLS
