/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "yaml-entry.h"

G_BEGIN_DECLS

/* Sets the weights of all layers from a file that Keras wrote: what
 * save_weights() makes, as .h5 or .weights.h5, or a whole model. Messages do
 * not name it. */
gboolean lstm_yaml_h5_weights_read (const YamlEntry *model, const gchar *path,
    guint keras, gboolean allow_nan, GError **error);

G_END_DECLS
