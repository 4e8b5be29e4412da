/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the place of case-file.c where there is no json-glib. */

#include "case-file.h"

#include <lstm/error.h>

gboolean
tool_case_read_resets (const gchar *path, const gchar *text, gsize length,
    guint n_calls, gboolean *resets, GError **error)
{
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "%s: this build cannot read it: it was built without json-glib; take it "
      "away, and write reset_before into the reference's metadata",
      path);
  return FALSE;
}
