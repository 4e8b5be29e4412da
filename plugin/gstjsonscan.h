/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The words of one JSON text (RFC 8259), one after the other, without memory of
 * its own. Beside RFC 8259 it takes NaN, Infinity and -Infinity, which Python
 * writes. */

/**
 * GstJsonKind:
 * @GST_JSON_NONE: no value; not JSON
 * @GST_JSON_STRING: a string
 * @GST_JSON_NUMBER: a number
 * @GST_JSON_LITERAL: true or false
 * @GST_JSON_NULL: null
 * @GST_JSON_NESTED: an object or array
 */
typedef enum {
  GST_JSON_NONE,
  GST_JSON_STRING,
  GST_JSON_NUMBER,
  GST_JSON_LITERAL,
  GST_JSON_NULL,
  GST_JSON_NESTED,
} GstJsonKind;

/**
 * GstJsonScan:
 * @at: what comes next
 * @end: where the text ends; UTF-8 up to here
 * @problem: (nullable): what was expected at @at, once something is wrong
 */
typedef struct {
  const gchar *at;
  const gchar *end;
  const gchar *problem;
} GstJsonScan;

/* The most objects and arrays within each other. */
#define GST_JSON_MAX_DEPTH 64

void gst_json_scan_blanks (GstJsonScan *scan);
gboolean gst_json_scan_char (GstJsonScan *scan, gchar wanted);
gboolean gst_json_scan_string (GstJsonScan *scan, gchar *text, gsize *length);
GstJsonKind gst_json_scan_value (GstJsonScan *scan, gchar *text, gsize *length);

G_END_DECLS
