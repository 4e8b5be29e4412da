/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* Reads all of a regular file of at most @limit bytes. The result is
 * NUL-terminated and the caller's (g_free). Errors: LSTM_ERROR_IO when it
 * cannot be read, LSTM_ERROR_CONFIG when it is larger; the message starts with
 * the path, in the second case with path:line:column. */
gchar *lstm_read_file (
    const gchar *path, gsize limit, gsize *length, GError **error);
