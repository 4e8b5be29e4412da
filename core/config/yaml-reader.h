/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/yaml-tree.h"

/* Fills @yaml, whose names are set and whose nodes are empty, with what libyaml
 * finds in @data. Errors: LSTM_ERROR_CONFIG, path:line:column first. */
gboolean lstm_yaml_read_tree (
    LstmYaml *yaml, const gchar *data, gsize length, GError **error);
