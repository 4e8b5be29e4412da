/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "runner.h"

G_BEGIN_DECLS

/* A file of states: a tensor [batch, ...] for each slot of the plan, called by
 * its name, such as lstm_1/h. Reading sets the states of all sequences of a
 * batch, and is strict about names and shapes. */
gboolean tool_state_load (
    ToolRunner *runner, guint batch, const gchar *path, GError **error);
gboolean tool_state_save (
    ToolRunner *runner, guint batch, const gchar *path, GError **error);

G_END_DECLS
