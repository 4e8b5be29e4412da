/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "files/array.h"

G_BEGIN_DECLS

/* Reads an array for each input of the model. @arguments: files in the order of
 * the inputs, or NAME=FILE; @steps: how many lines of a CSV make a window, or
 * 0. (transfer full): LstmArray, in the model's order. */
GPtrArray *tool_inputs_load (
    const LstmModel *model, gchar **arguments, guint steps, GError **error);

G_END_DECLS
