/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* The one of @known, a NULL-terminated list, that @word was most likely meant
 * to be, or NULL when none is near. Near is an edit distance (insertions,
 * deletions, substitutions, swaps of neighbours) of at most a third of the
 * longer word's length; case does not count. */
const gchar *lstm_suggest (const gchar *word, const gchar *const *known);
