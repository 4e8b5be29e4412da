/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/shape.h>

G_BEGIN_DECLS

/* JSON as it is written: one value within lists and objects, members after
 * their names. */
typedef struct _ToolJson ToolJson;

ToolJson *tool_json_new (void);
/* The same, all in one line. */
ToolJson *tool_json_new_line (void);
void tool_json_free (ToolJson *json);

void tool_json_begin_object (ToolJson *json);
void tool_json_end_object (ToolJson *json);
void tool_json_begin_array (ToolJson *json);
void tool_json_end_array (ToolJson *json);
/* The name of the member whose value comes next. */
void tool_json_member (ToolJson *json, const gchar *name);

/* A value, or the next of a list. A number that JSON does not have (NaN,
 * infinity) is null; text is UTF-8. */
void tool_json_add_string (ToolJson *json, const gchar *value);
void tool_json_add_int (ToolJson *json, gint64 value);
void tool_json_add_double (ToolJson *json, gdouble value);
void tool_json_add_bool (ToolJson *json, gboolean value);
void tool_json_add_null (ToolJson *json);

/* Members of an object, name and value; a NULL string is null. */
void tool_json_string (ToolJson *json, const gchar *name, const gchar *value);
void tool_json_int (ToolJson *json, const gchar *name, guint64 value);
void tool_json_double (ToolJson *json, const gchar *name, gdouble value);
void tool_json_bool (ToolJson *json, const gchar *name, gboolean value);
/* [batch, dims...], null for what is open. */
void tool_json_shape (ToolJson *json, const LstmShape *shape, gint64 batch);

/* (transfer full): what was built. */
gchar *tool_json_to_string (const ToolJson *json);
/* Prints what was built, and a newline, to stdout. */
void tool_json_print (ToolJson *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolJson, tool_json_free)

G_END_DECLS
