/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/yaml-tree.h"

/* Reads a JSON file as a tree. JSON is YAML's flow form, so one reader with its
 * limits, positions and refusal of duplicate keys serves both; what JSON
 * writes otherwise (surrogate pairs) is rewritten first. Errors are
 * lstm_yaml_load()'s. */
LstmYaml *lstm_json_load (const gchar *path, GError **error);
