/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/safetensors-header.h"

#include <string.h>

/* Four hex digits, or -1. */
static gint
read_unit (LstmScan *scan)
{
  gint unit = 0;

  for (guint i = 0; i < 4; i++) {
    gint digit = scan->at < scan->end ? g_ascii_xdigit_value (*scan->at) : -1;

    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
    scan->at++;
  }
  return unit;
}

/* What follows a backslash and u; characters above U+FFFF are a pair of such.
 * U+0000 is not taken: strings end there. */
static gboolean
read_unicode (LstmScan *scan, GString *text)
{
  gint unit = read_unit (scan);
  gunichar c = (gunichar) unit;

  if (unit >= 0xd800 && unit < 0xdc00 && scan->end - scan->at > 2 &&
      scan->at[0] == '\\' && scan->at[1] == 'u') {
    gint low;

    scan->at += 2;
    low = read_unit (scan);
    if (low < 0xdc00 || low > 0xdfff)
      return lstm_scan_fail (scan, "the second half of a character");
    c = 0x10000 + ((gunichar) (unit - 0xd800) << 10) +
        (gunichar) (low - 0xdc00);
  }
  if (unit <= 0 || !g_unichar_validate (c))
    return lstm_scan_fail (scan, "a character in four hex digits");
  g_string_append_unichar (text, c);
  return TRUE;
}

static gboolean
read_escape (LstmScan *scan, GString *text)
{
  static const gchar escapes[] = "\"\\/bfnrt";
  static const gchar meanings[] = "\"\\/\b\f\n\r\t";
  const gchar *found;

  if (scan->at >= scan->end)
    return lstm_scan_fail (scan, "an escape");
  if (*scan->at == 'u') {
    scan->at++;
    return read_unicode (scan, text);
  }
  found = *scan->at != '\0' ? strchr (escapes, *scan->at) : NULL;
  if (found == NULL)
    return lstm_scan_fail (scan, "an escape that JSON has");
  g_string_append_c (text, meanings[found - escapes]);
  scan->at++;
  return TRUE;
}

gchar *
lstm_json_string_read (LstmScan *scan)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!lstm_scan_expect (scan, '"'))
    return NULL;
  while (scan->at < scan->end && *scan->at != '"') {
    gchar c = *scan->at;

    if ((guchar) c < 0x20) {
      lstm_scan_fail (scan, "a string without control characters");
      return NULL;
    }
    scan->at++;
    if (c != '\\')
      g_string_append_c (text, c);
    else if (!read_escape (scan, text))
      return NULL;
  }
  if (!lstm_scan_expect (scan, '"'))
    return NULL;
  if (!g_utf8_validate (text->str, (gssize) text->len, NULL)) {
    lstm_scan_fail (scan, "a string in UTF-8 before it");
    return NULL;
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
lstm_json_string_append (GString *text, const gchar *string)
{
  g_string_append_c (text, '"');
  for (; *string != '\0'; string++) {
    if ((guchar) *string < 0x20)
      g_string_append_printf (text, "\\u%04x", (guint) (guchar) *string);
    else if (*string == '"' || *string == '\\')
      g_string_append_printf (text, "\\%c", *string);
    else
      g_string_append_c (text, *string);
  }
  g_string_append_c (text, '"');
}
