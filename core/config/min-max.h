/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "config/scaling.h"

/* `min-max: {file: scaler.json}` or `{min: [..], max: [..]}`, both with an
 * optional `range: [a, b]`; see LstmScaling for the formula. */
LstmScaling *lstm_min_max_read (
    const LstmYamlNode *node, const gchar *const *features, GError **error);
