/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/config.h>

#include "config/yaml-schema.h"

/* post: {average: N, average-time: SECONDS, alarm: {...} or [{...}, ...],
 * classes: [...]}. @post is one that lstm_config_post_init() made; it is to be
 * cleared, also after an error. */
gboolean lstm_config_post_read (
    LstmConfigPost *post, const LstmYamlNode *node, GError **error);
void lstm_config_post_init (LstmConfigPost *post);
void lstm_config_post_clear (LstmConfigPost *post);
