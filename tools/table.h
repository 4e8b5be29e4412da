/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of text, printed in columns. */
typedef struct _ToolTable ToolTable;

/* @align: a character a column, l or r. */
ToolTable *tool_table_new (const gchar *align);
void tool_table_free (ToolTable *table);

/* A row of gchar *, one a column; copied. */
void tool_table_add (ToolTable *table, ...);
/* A line across. */
void tool_table_add_line (ToolTable *table);
void tool_table_print (const ToolTable *table);

/* (transfer full): 1234567 as 1,234,567; 10240 bytes as "10.0 KiB". */
gchar *tool_format_count (guint64 n);
gchar *tool_format_bytes (guint64 n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolTable, tool_table_free)

G_END_DECLS
