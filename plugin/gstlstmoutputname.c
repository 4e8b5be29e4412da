/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmoutputname.h"

#include <string.h>

/* What a launch line can write in the name of a pad. */
static gboolean
is_plain (gchar c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '-';
}

/**
 * gst_lstm_output_name_spell:
 * @output: name of an output
 *
 * Returns: (transfer full): the name as a launch line can write it: each
 *   character but ASCII letters, digits, `_` and `-` is a `_`
 */
gchar *
gst_lstm_output_name_spell (const gchar *output)
{
  GString *text = g_string_new (NULL);

  for (const gchar *c = output; *c != '\0'; c++) {
    if (is_plain (*c))
      g_string_append_c (text, *c);
    else if (((guchar) *c & 0xc0) != 0x80) /* begins a character of UTF-8 */
      g_string_append_c (text, '_');
  }
  return g_string_free (text, FALSE);
}

/**
 * gst_lstm_output_name_find:
 * @names: names of the outputs
 * @text: a name, or the spelling of a name that no other has
 * @number: (out): which one it is
 *
 * Returns: %FALSE if it is none, or if several outputs are spelled so
 */
gboolean
gst_lstm_output_name_find (
    const gchar *const *names, const gchar *text, guint *number)
{
  guint n_found = 0;

  for (guint i = 0; names[i] != NULL; i++) {
    if (strcmp (names[i], text) == 0) {
      *number = i;
      return TRUE;
    }
  }
  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree gchar *spelled = gst_lstm_output_name_spell (names[i]);

    if (strcmp (spelled, text) == 0) {
      *number = i;
      n_found++;
    }
  }
  return n_found == 1;
}
