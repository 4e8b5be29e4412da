/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/graph.h"

G_BEGIN_DECLS

/* (transfer full): the model as YAML, `version: 1`, whose weights stand in the
 * file @weights under the names that lstm_yaml_weight_name() gives them. */
GString *lstm_yaml_model_write (
    const LstmModel *model, const gchar *weights, GError **error);

/* (transfer full): LAYER/WEIGHT. @layer: what the weight was found through. */
gchar *lstm_yaml_weight_name (const LstmLayer *layer, const LstmWeight *weight);

G_END_DECLS
