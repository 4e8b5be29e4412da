/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "files/array.h"

G_BEGIN_DECLS

/* Reads windows of an input of this shape (without the batch).
 *
 * A line is a frame: its columns are the features. A blank line ends a window;
 * where there is none, every @steps lines are one (0: as many as the shape has
 * steps, or all lines if it leaves them open). For an input without features,
 * [axis], a line is a window. A first line without numbers is a header. */
LstmArray *tool_csv_load (
    const gchar *path, const LstmShape *shape, guint steps, GError **error);

/* Writes the same form: a header, lines of %.9g, a blank line between windows
 * that have steps. */
gboolean tool_csv_save (const LstmArray *array, const gchar *name,
    const gchar *path, GError **error);

G_END_DECLS
