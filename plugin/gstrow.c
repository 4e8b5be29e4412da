/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstrow.h"

/* Bytes of a cell that an error message shows. */
#define MAX_SHOWN 40

/* Told by its address. */
const gchar gst_row_null[] = "";

GQuark
gst_row_error_quark (void)
{
  return g_quark_from_static_string ("gst-row-error-quark");
}

/**
 * gst_row_quote_for_message:
 * @text: (array length=length): text of a file, of any encoding
 * @length: its bytes
 *
 * Returns: (transfer full): @text in single quotes, shortened, as UTF-8 without
 *   control characters, fit for a message
 */
gchar *
gst_row_quote_for_message (const gchar *text, gsize length)
{
  g_autofree gchar *valid =
      g_utf8_make_valid (text, (gssize) MIN (length, MAX_SHOWN));
  gchar *c;

  for (c = valid; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strdup_printf ("'%s%s'", valid, length > MAX_SHOWN ? "..." : "");
}
