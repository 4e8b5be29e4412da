/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/graph.h"
#include "save/yaml-text.h"

G_BEGIN_DECLS

/* Writes the options of a layer as keys of a mapping that is open: those that
 * its class reads, but for some that are Keras's defaults anyway. FALSE for
 * what YAML cannot hold: a number that is not finite. */
gboolean lstm_yaml_options_write (
    LstmYamlText *text, const LstmLayer *layer, GError **error);

G_END_DECLS
