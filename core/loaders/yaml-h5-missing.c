/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where json-glib is not there, nor is what reads Keras's weights. */

#include "loader.h"
#include "yaml-h5-weights.h"

gboolean
lstm_yaml_h5_weights_read (const YamlEntry *model, const gchar *path,
    guint keras, gboolean allow_nan, GError **error)
{
  lstm_set_not_built (error, "Keras's files of weights (.h5)", "json-glib");
  return FALSE;
}
