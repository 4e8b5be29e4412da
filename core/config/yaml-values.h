/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/yaml-tree.h"

/* What a scalar is where its place does not say: YAML 1.2's core schema,
 * decimal numbers only; `yes`, `on` and the like are texts. */
typedef enum {
  LSTM_YAML_TEXT,
  LSTM_YAML_NULL,
  LSTM_YAML_FALSE,
  LSTM_YAML_TRUE,
  LSTM_YAML_WHOLE,
  LSTM_YAML_NUMBER,
  LSTM_YAML_TOO_LARGE, /* a number that neither gint64 nor gdouble holds */
} LstmYamlKind;

/* @whole: of a boolean or whole number; @number: of a number that is none. */
LstmYamlKind lstm_yaml_get_kind (
    const LstmYamlNode *scalar, gint64 *whole, gdouble *number);

/* A decimal number as YAML and JSON both write it: no hexadecimal, no octal, no
 * sexagesimal, no underscores. */
gboolean lstm_yaml_is_decimal (const gchar *text);

/* A plain scalar that means nothing at all: empty, ~ or null. */
gboolean lstm_yaml_is_null (const LstmYamlNode *node);
