/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "yaml-entry.h"

G_BEGIN_DECLS

/* Reads the shape and batch of an input: `shape`, without the batch, or
 * `batch_shape`; of a model within the model neither has to be there. */
gboolean lstm_yaml_input_read (YamlEntry *entry, GError **error);

G_END_DECLS
