/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

G_BEGIN_DECLS

/* Runs the calls of golden case @name frame by frame through a @model that can
 * stream, each call a stream from its start, cut into pieces of 1, 2, 3, ...
 * frames, and compares sequences, and of other outputs the last, with Keras's.
 * Calls that carry state on, and those whose inputs have different numbers of
 * steps, are left out. (transfer full): the first value that is not Keras's, in
 * words, or NULL. */
gchar *frames_compare (LstmModel *model, const gchar *name, gdouble *largest);

G_END_DECLS
