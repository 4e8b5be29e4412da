/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <json-glib/json-glib.h>
#include <lstm/shape.h>

G_BEGIN_DECLS

/* Members of an object under construction. A number that JSON does not have
 * (NaN, infinity) is null. */
void tool_json_string (
    JsonBuilder *json, const gchar *name, const gchar *value);
void tool_json_int (JsonBuilder *json, const gchar *name, guint64 value);
void tool_json_double (JsonBuilder *json, const gchar *name, gdouble value);
void tool_json_bool (JsonBuilder *json, const gchar *name, gboolean value);
/* [batch, dims...], null for what is open. */
void tool_json_shape (JsonBuilder *json, const LstmShape *shape, gint64 batch);

/* The same as elements of an array. */
void tool_json_add_double (JsonBuilder *json, gdouble value);

/* Prints what was built, and a newline, to stdout. */
void tool_json_print (JsonBuilder *json);

G_END_DECLS
