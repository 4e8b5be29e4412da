/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* Of the text of a golden case's case.json, {"calls": [{"reset_before": false},
 * ...]}, before which of @n_calls calls states are reset. @path is for
 * messages. */
gboolean tool_case_read_resets (const gchar *path, const gchar *text,
    gsize length, guint n_calls, gboolean *resets, GError **error);
