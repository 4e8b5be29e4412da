/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "files/array.h"

G_BEGIN_DECLS

/* Whether an output can be called so: it ends with .npy or .csv. */
gboolean tool_output_is_known (const gchar *path);

/* (transfer full): the files that the outputs of a model go to. Where it has
 * several, the output's name comes before the extension. */
gchar **tool_output_paths (const LstmModel *model, const gchar *path);

gboolean tool_outputs_save (
    const LstmModel *model, GPtrArray *outputs, gchar **paths, GError **error);

G_END_DECLS
