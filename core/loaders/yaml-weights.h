/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "yaml-entry.h"

G_BEGIN_DECLS

/* Sets the weights of all layers of a model that was called, from the file that
 * @node names, NULL if the YAML says nothing of one. */
gboolean lstm_yaml_weights_read (const YamlEntry *model,
    const LstmYamlNode *node, guint keras, gboolean allow_nan, GError **error);

G_END_DECLS
