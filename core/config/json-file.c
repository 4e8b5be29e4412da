/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/json-file.h"

#include <string.h>

#include "config/read-file.h"

/* "\ud83d\ude00" is how JSON writes a character above U+FFFF. */
#define PAIR_LENGTH 12

/* The UTF-16 unit of the escape \uXXXX at @at, of which @left bytes are left;
 * -1 if there is none. */
static gint
read_unit (const gchar *at, gsize left)
{
  gint unit = 0;

  if (left < 6 || at[0] != '\\' || at[1] != 'u')
    return -1;
  for (guint i = 2; i < 6; i++) {
    gint digit = g_ascii_xdigit_value (at[i]);

    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

/* The character of the pair of escapes at @at, or 0. */
static gunichar
read_pair (const gchar *at, gsize left)
{
  gint high = read_unit (at, left);
  gint low;

  if (high < 0xd800 || high > 0xdbff || left < PAIR_LENGTH)
    return 0;
  low = read_unit (at + 6, left - 6);
  if (low < 0xdc00 || low > 0xdfff)
    return 0;
  return 0x10000 + ((gunichar) (high - 0xd800) << 10) + (low - 0xdc00);
}

/* Puts the character itself (4 bytes) in the place of each pair of escapes. */
static gsize
join_surrogates (gchar *data, gsize length)
{
  gsize to = 0;

  for (gsize from = 0; from < length;) {
    gunichar c = read_pair (data + from, length - from);

    if (c != 0) {
      to += g_unichar_to_utf8 (c, data + to);
      from += PAIR_LENGTH;
      continue;
    }
    if (data[from] == '\\' && from + 1 < length)
      data[to++] = data[from++];
    data[to++] = data[from++];
  }
  return to;
}

LstmYaml *
lstm_json_load (const gchar *path, GError **error)
{
  gsize length;
  g_autofree gchar *data =
      lstm_read_file (path, LSTM_YAML_MAX_BYTES, &length, error);

  if (!data)
    return NULL;
  if (memchr (data, '\\', length))
    length = join_surrogates (data, length);
  return lstm_yaml_parse (path, data, length, error);
}
