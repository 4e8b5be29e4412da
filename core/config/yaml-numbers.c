/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/yaml-schema.h"

#include "config/yaml-values.h"

#include <math.h>

static gboolean
fail_number (const LstmYamlNode *node, const gchar *what, const gchar *expected,
    GError **error)
{
  g_autofree gchar *unquoted = NULL;

  if (node->type == LSTM_YAML_SCALAR && node->quoted) {
    unquoted = g_strdup_printf ("%s, not in quotes", expected);
    expected = unquoted;
  }
  return lstm_yaml_fail_type (node, what, expected, error);
}

gboolean
lstm_yaml_read_uint (const LstmYamlNode *node, const gchar *what, guint min,
    guint max, guint *value, GError **error)
{
  const gchar *text = node->text;
  g_autofree gchar *expected = NULL;
  guint64 number;

  if (node->type == LSTM_YAML_SCALAR && !node->quoted &&
      (text[0] != '0' || text[1] == '\0') &&
      g_ascii_string_to_unsigned (text, 10, min, max, &number, NULL)) {
    *value = number;
    return TRUE;
  }
  expected = g_strdup_printf ("a whole number from %u to %u", min, max);
  return fail_number (node, what, expected, error);
}

gboolean
lstm_yaml_read_double (
    const LstmYamlNode *node, const gchar *what, gdouble *value, GError **error)
{
  if (node->type != LSTM_YAML_SCALAR || node->quoted ||
      !lstm_yaml_is_decimal (node->text))
    return fail_number (node, what, "a number such as -0.5 or 1e-3", error);
  *value = g_ascii_strtod (node->text, NULL);
  if (!isfinite (*value))
    return fail_number (node, what, "a number that a double can hold", error);
  return TRUE;
}
