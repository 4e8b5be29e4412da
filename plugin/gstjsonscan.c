/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstjsonscan.h"

#include <string.h>

#define SURROGATE_FIRST 0xd800
#define SURROGATE_SECOND 0xdc00
#define SURROGATE_END 0xe000

static gboolean
fail (GstJsonScan *scan, const gchar *problem)
{
  if (scan->problem == NULL)
    scan->problem = problem;
  return FALSE;
}

/**
 * gst_json_scan_blanks:
 * @scan: a text
 *
 * Goes on to what is no blank.
 */
void
gst_json_scan_blanks (GstJsonScan *scan)
{
  while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' ||
                                     *scan->at == '\r' || *scan->at == '\n'))
    scan->at++;
}

/**
 * gst_json_scan_char:
 * @scan: a text
 * @wanted: a character
 *
 * Returns: whether it comes next; goes on behind it then
 */
gboolean
gst_json_scan_char (GstJsonScan *scan, gchar wanted)
{
  if (scan->at >= scan->end || *scan->at != wanted)
    return FALSE;
  scan->at++;
  return TRUE;
}

/* Four hexadecimal digits. */
static gboolean
scan_unit (GstJsonScan *scan, gunichar *unit)
{
  guint i;

  *unit = 0;
  for (i = 0; i < 4; i++, scan->at++) {
    if (scan->at >= scan->end || !g_ascii_isxdigit (*scan->at))
      return fail (scan, "four hexadecimal digits after \\u");
    *unit = 16 * *unit + (gunichar) g_ascii_xdigit_value (*scan->at);
  }
  return TRUE;
}

/* What stands behind \u; characters beyond 16 bits are written as two. */
static gboolean
scan_unicode (GstJsonScan *scan, gunichar *c)
{
  gunichar second;

  if (!scan_unit (scan, c))
    return FALSE;
  if (*c == 0)
    return fail (scan, "text without NUL characters");
  if (*c < SURROGATE_FIRST || *c >= SURROGATE_END)
    return TRUE;
  if (*c >= SURROGATE_SECOND || !gst_json_scan_char (scan, '\\') ||
      !gst_json_scan_char (scan, 'u') || !scan_unit (scan, &second) ||
      second < SURROGATE_SECOND || second >= SURROGATE_END)
    return fail (scan, "both halves of a surrogate pair");
  *c = 0x10000 + ((*c - SURROGATE_FIRST) << 10) + (second - SURROGATE_SECOND);
  return TRUE;
}

/* What stands behind a backslash. */
static gboolean
scan_escape (GstJsonScan *scan, gunichar *c)
{
  static const gchar names[] = "\"\\/bfnrt";
  static const gchar values[] = "\"\\/\b\f\n\r\t";
  const gchar *found;

  if (scan->at < scan->end && *scan->at == 'u') {
    scan->at++;
    return scan_unicode (scan, c);
  }
  found = scan->at < scan->end && *scan->at != '\0' ? strchr (names, *scan->at)
                                                    : NULL;
  if (found == NULL)
    return fail (scan, "one of \" \\ / b f n r t u after a backslash");
  scan->at++;
  *c = (guchar) values[found - names];
  return TRUE;
}

/**
 * gst_json_scan_string:
 * @scan: a text
 * @text: (nullable): gets the string; room for as many bytes as @scan has left
 * @length: (out) (optional): its bytes
 *
 * Returns: %FALSE if none comes next, with the problem noted
 */
gboolean
gst_json_scan_string (GstJsonScan *scan, gchar *text, gsize *length)
{
  gchar *out = text;

  if (!gst_json_scan_char (scan, '"'))
    return fail (scan, "a string in double quotes");
  for (;;) {
    gchar escaped[6];
    gsize n = 1;
    const gchar *from = scan->at;
    gunichar c;

    if (scan->at >= scan->end)
      return fail (scan, "a double quote that ends the string");
    if (gst_json_scan_char (scan, '"'))
      break;
    if ((guchar) *scan->at < 0x20)
      return fail (scan, "control characters as \\n, \\t or \\u00XX");
    if (*scan->at++ == '\\') {
      if (!scan_escape (scan, &c))
        return FALSE;
      n = (gsize) g_unichar_to_utf8 (c, escaped);
      from = escaped;
    }
    if (out != NULL) {
      memcpy (out, from, n);
      out += n;
    }
  }
  if (length != NULL && text != NULL)
    *length = (gsize) (out - text);
  return TRUE;
}

static gboolean
scan_digits (GstJsonScan *scan)
{
  if (scan->at >= scan->end || !g_ascii_isdigit (*scan->at))
    return fail (scan, "a digit");
  while (scan->at < scan->end && g_ascii_isdigit (*scan->at))
    scan->at++;
  return TRUE;
}

static gboolean
scan_word (GstJsonScan *scan, const gchar *word)
{
  gsize n = strlen (word);

  if ((gsize) (scan->end - scan->at) < n || memcmp (scan->at, word, n) != 0)
    return FALSE;
  scan->at += n;
  return TRUE;
}

static gboolean
scan_number (GstJsonScan *scan)
{
  gst_json_scan_char (scan, '-');
  if (scan_word (scan, "Infinity"))
    return TRUE;
  if (!gst_json_scan_char (scan, '0') && !scan_digits (scan))
    return FALSE;
  if (gst_json_scan_char (scan, '.') && !scan_digits (scan))
    return FALSE;
  if (gst_json_scan_char (scan, 'e') || gst_json_scan_char (scan, 'E')) {
    if (!gst_json_scan_char (scan, '+'))
      gst_json_scan_char (scan, '-');
    return scan_digits (scan);
  }
  return TRUE;
}

static GstJsonKind scan_kind (GstJsonScan *scan, guint depth);

/* Elements or members up to @close, after the opening bracket. */
static gboolean
scan_nested (GstJsonScan *scan, gchar close, guint depth)
{
  if (depth >= GST_JSON_MAX_DEPTH)
    return fail (scan, "at most 64 objects and arrays within each other");
  gst_json_scan_blanks (scan);
  if (gst_json_scan_char (scan, close))
    return TRUE;
  do {
    gst_json_scan_blanks (scan);
    if (close == '}') {
      if (!gst_json_scan_string (scan, NULL, NULL))
        return FALSE;
      gst_json_scan_blanks (scan);
      if (!gst_json_scan_char (scan, ':'))
        return fail (scan, "':' after a name");
      gst_json_scan_blanks (scan);
    }
    if (scan_kind (scan, depth + 1) == GST_JSON_NONE)
      return FALSE;
    gst_json_scan_blanks (scan);
  } while (gst_json_scan_char (scan, ','));
  return gst_json_scan_char (scan, close) ||
         fail (scan, close == '}' ? "',' or '}'" : "',' or ']'");
}

/* Goes behind a value. */
static GstJsonKind
scan_kind (GstJsonScan *scan, guint depth)
{
  gchar next = scan->at < scan->end ? *scan->at : '\0';

  if (next == '"')
    return gst_json_scan_string (scan, NULL, NULL) ? GST_JSON_STRING
                                                   : GST_JSON_NONE;
  if (next == '{' || next == '[') {
    scan->at++;
    return scan_nested (scan, next == '{' ? '}' : ']', depth) ? GST_JSON_NESTED
                                                              : GST_JSON_NONE;
  }
  if (scan_word (scan, "true") || scan_word (scan, "false"))
    return GST_JSON_LITERAL;
  if (scan_word (scan, "null"))
    return GST_JSON_NULL;
  if (scan_word (scan, "NaN") || scan_word (scan, "Infinity"))
    return GST_JSON_NUMBER;
  if (next == '-' || g_ascii_isdigit (next))
    return scan_number (scan) ? GST_JSON_NUMBER : GST_JSON_NONE;
  fail (scan, "a value: a number, a string, true, false or null");
  return GST_JSON_NONE;
}

/**
 * gst_json_scan_value:
 * @scan: a text
 * @text: gets the value: of a string what it says, of all else how it is
 *   written; room for as many bytes as @scan has left
 * @length: (out): its bytes
 *
 * Returns: what comes next; %GST_JSON_NONE with the problem noted if it is no
 *   value
 */
GstJsonKind
gst_json_scan_value (GstJsonScan *scan, gchar *text, gsize *length)
{
  const gchar *start = scan->at;
  GstJsonKind kind;

  if (scan->at < scan->end && *scan->at == '"')
    return gst_json_scan_string (scan, text, length) ? GST_JSON_STRING
                                                     : GST_JSON_NONE;
  kind = scan_kind (scan, 1);
  *length = (gsize) (scan->at - start);
  memcpy (text, start, *length);
  return kind;
}
