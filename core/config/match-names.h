/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/yaml-tree.h"

/* Where each of @wanted, a NULL-terminated list of different names, stands in
 * @list, a list of as many different names. Free with g_free(). Error:
 * LSTM_ERROR_CONFIG with the names that are missing from @list and those that
 * are too many there. */
guint *lstm_match_names (
    const LstmYamlNode *list, const gchar *const *wanted, GError **error);
/* 0, 1, .. n - 1; n > 0. Free with g_free(). */
guint *lstm_match_identity (guint n);
