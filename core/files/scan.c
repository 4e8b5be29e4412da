/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/scan.h"

#include <lstm/error.h>
#include <string.h>

void
lstm_scan_skip_space (LstmScan *scan)
{
  while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' ||
                                     *scan->at == '\n' || *scan->at == '\r'))
    scan->at++;
}

gboolean
lstm_scan_fail (LstmScan *scan, const gchar *expected)
{
  g_autofree gchar *found = NULL;

  if (scan->error == NULL || *scan->error != NULL)
    return FALSE;
  if (scan->at >= scan->end)
    found = g_strdup ("its end");
  else if (g_ascii_isprint (*scan->at))
    found = g_strdup_printf ("'%c'", *scan->at);
  else
    found = g_strdup_printf ("byte 0x%02x", (guint8) *scan->at);
  lstm_file_fail (scan->file, scan->error, LSTM_ERROR_FORMAT,
      "its header is damaged: at byte %" G_GSIZE_FORMAT
      " of it stands %s, expected %s",
      (gsize) (scan->at - scan->begin), found, expected);
  return FALSE;
}

gboolean
lstm_scan_take (LstmScan *scan, gchar c)
{
  lstm_scan_skip_space (scan);
  if (scan->at >= scan->end || *scan->at != c)
    return FALSE;
  scan->at++;
  return TRUE;
}

gboolean
lstm_scan_expect (LstmScan *scan, gchar c)
{
  const gchar expected[] = { '\'', c, '\'', '\0' };

  return lstm_scan_take (scan, c) || lstm_scan_fail (scan, expected);
}

gboolean
lstm_scan_is_done (LstmScan *scan)
{
  lstm_scan_skip_space (scan);
  return scan->at >= scan->end;
}

gboolean
lstm_scan_number (LstmScan *scan, gint64 *number)
{
  const gchar *first;

  lstm_scan_skip_space (scan);
  first = scan->at;
  *number = 0;
  for (; scan->at < scan->end && g_ascii_isdigit (*scan->at); scan->at++)
    if (__builtin_mul_overflow (*number, 10, number) ||
        __builtin_add_overflow (*number, *scan->at - '0', number))
      return lstm_scan_fail (scan, "a number below 2^63");
  if (scan->at == first)
    return lstm_scan_fail (scan, "a whole number of 0 or more");
  if (*first == '0' && scan->at > first + 1) {
    scan->at = first;
    return lstm_scan_fail (scan, "a number without leading zeros");
  }
  return TRUE;
}

gboolean
lstm_scan_numbers (LstmScan *scan, gchar close, gboolean trailing_comma,
    gint64 *numbers, guint max, guint *n)
{
  *n = 0;
  if (lstm_scan_take (scan, close))
    return TRUE;
  for (;;) {
    if (*n == max)
      return lstm_scan_fail (scan, "fewer numbers than there are");
    if (!lstm_scan_number (scan, &numbers[(*n)++]))
      return FALSE;
    if (lstm_scan_take (scan, close))
      return TRUE;
    if (!lstm_scan_expect (scan, ','))
      return FALSE;
    if (trailing_comma && lstm_scan_take (scan, close))
      return TRUE;
  }
}

gint
lstm_scan_key_once (LstmScan *scan, const gchar *key, const gchar *const *names,
    guint n, guint *seen, const gchar *expected)
{
  for (guint i = 0; i < n; i++) {
    if (strcmp (key, names[i]) != 0)
      continue;
    if ((*seen & 1u << i) != 0)
      break;
    *seen |= 1u << i;
    return (gint) i;
  }
  lstm_scan_fail (scan, expected);
  return -1;
}
