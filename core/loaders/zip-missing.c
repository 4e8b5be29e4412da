/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the place of zip.c where there is no libzip: no file can be opened, so
 * that nothing else is ever called. */

#include "loader.h"
#include "zip.h"

static gpointer
fail (GError **error)
{
  lstm_set_not_built (error, "zip files (.keras)", "libzip");
  return NULL;
}

LstmZip *
lstm_zip_open (const gchar *path, GError **error)
{
  return fail (error);
}

void
lstm_zip_close (LstmZip *zip)
{
}

gboolean
lstm_zip_has (LstmZip *zip, const gchar *member)
{
  return FALSE;
}

gboolean
lstm_zip_has_suffix (LstmZip *zip, const gchar *suffix)
{
  return FALSE;
}

GBytes *
lstm_zip_read (LstmZip *zip, const gchar *member, guint64 limit, GError **error)
{
  return fail (error);
}

gchar *
lstm_zip_read_text (
    LstmZip *zip, const gchar *member, guint64 limit, GError **error)
{
  return fail (error);
}
