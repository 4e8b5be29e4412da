/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/error.h>

G_BEGIN_DECLS

/* A zip file that is open for reading, of unknown origin. Opening looks over
 * all of its members: absolute paths, "..", two members of one name, encryption
 * and too many members are errors. */
typedef struct _LstmZip LstmZip;

LstmZip *lstm_zip_open (const gchar *path, GError **error);
void lstm_zip_close (LstmZip *zip);

gboolean lstm_zip_has (LstmZip *zip, const gchar *member);
/* Whether a member's name ends so. */
gboolean lstm_zip_has_suffix (LstmZip *zip, const gchar *suffix);

/* (transfer full): a whole member, of @limit bytes at most and no bomb. */
GBytes *lstm_zip_read (
    LstmZip *zip, const gchar *member, guint64 limit, GError **error);

/* (transfer full): the same as text. */
gchar *lstm_zip_read_text (
    LstmZip *zip, const gchar *member, guint64 limit, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmZip, lstm_zip_close)

G_END_DECLS
