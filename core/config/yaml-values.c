/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/yaml-values.h"

#include <errno.h>
#include <math.h>
#include <string.h>

gboolean
lstm_yaml_is_null (const LstmYamlNode *node)
{
  static const gchar *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };

  return node->type == LSTM_YAML_SCALAR && !node->quoted &&
         g_strv_contains (nulls, node->text);
}

gboolean
lstm_yaml_is_decimal (const gchar *text)
{
  gsize digits;

  text += *text == '-' || *text == '+';
  digits = strspn (text, "0123456789");
  if (digits > 1 && text[0] == '0')
    return FALSE;
  text += digits;
  if (*text == '.') {
    gsize decimals = strspn (text + 1, "0123456789");

    digits += decimals;
    text += 1 + decimals;
  }
  if (digits == 0)
    return FALSE;
  if (*text == 'e' || *text == 'E') {
    text++;
    text += *text == '-' || *text == '+';
    digits = strspn (text, "0123456789");
    if (digits == 0)
      return FALSE;
    text += digits;
  }
  return *text == '\0';
}

static LstmYamlKind
get_number (const gchar *text, gint64 *whole, gdouble *number)
{
  if (strpbrk (text, ".eE") == NULL) {
    errno = 0;
    *whole = g_ascii_strtoll (text, NULL, 10);
    return errno == 0 ? LSTM_YAML_WHOLE : LSTM_YAML_TOO_LARGE;
  }
  *number = g_ascii_strtod (text, NULL);
  return isfinite (*number) ? LSTM_YAML_NUMBER : LSTM_YAML_TOO_LARGE;
}

LstmYamlKind
lstm_yaml_get_kind (const LstmYamlNode *scalar, gint64 *whole, gdouble *number)
{
  static const gchar *const yes[] = { "true", "True", "TRUE", NULL };
  static const gchar *const no[] = { "false", "False", "FALSE", NULL };

  if (scalar->quoted)
    return LSTM_YAML_TEXT;
  if (lstm_yaml_is_null (scalar))
    return LSTM_YAML_NULL;
  *whole = g_strv_contains (yes, scalar->text);
  if (*whole != 0)
    return LSTM_YAML_TRUE;
  if (g_strv_contains (no, scalar->text))
    return LSTM_YAML_FALSE;
  return lstm_yaml_is_decimal (scalar->text)
             ? get_number (scalar->text, whole, number)
             : LSTM_YAML_TEXT;
}
