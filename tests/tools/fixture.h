/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A folder for a test's files, which tool_fixture_clear() takes away. */
void tool_fixture_init (void);
void tool_fixture_clear (void);

/* (transfer full): a path in the folder; a file there with this content. */
gchar *tool_fixture_path (const gchar *name);
gchar *tool_fixture_write (
    const gchar *name, gconstpointer content, gsize size);

/* The error has this code, its message begins with the path and holds all of
 * the words, which are separated by |. Clears it. */
void tool_fixture_check_error (
    GError **error, gint code, const gchar *path, const gchar *words);

G_END_DECLS
