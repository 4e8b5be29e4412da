/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Objects that many users have one copy of: a table of text -> object that
 * holds no references. Whoever asks for what somebody has already gets the
 * same; with its last user an object goes out of the table. */

/* A kind of them. Objects never change, but for their count. */
typedef struct {
  /* Equal texts mean the same object; NULL: this one is not shared. */
  gchar *(*key) (gconstpointer what);
  gpointer (*make) (gconstpointer what, GError **error);
  gatomicrefcount *(*count) (gpointer object);
  /* Where the object keeps its key, NULL while it stands in no table. */
  gchar **(*place) (gpointer object);
} LstmSharedKind;

gpointer lstm_shared_get (
    const LstmSharedKind *kind, gconstpointer what, GError **error);
gboolean lstm_shared_unref (gatomicrefcount *count, gchar **place);

G_END_DECLS
