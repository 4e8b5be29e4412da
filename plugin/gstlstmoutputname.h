/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How the outputs of a model are spelled in the names of pads. */

gchar *gst_lstm_output_name_spell (const gchar *output);
gboolean gst_lstm_output_name_find (
    const gchar *const *names, const gchar *text, guint *number);

G_END_DECLS
