/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/yaml-schema.h"

#include "config/suggest.h"
#include "config/yaml-values.h"

static gchar *
describe (const LstmYamlNode *node)
{
  g_autofree gchar *quoted = NULL;

  if (node->type == LSTM_YAML_LIST)
    return g_strdup ("a list");
  if (node->type == LSTM_YAML_MAPPING)
    return g_strdup ("a mapping");
  if (lstm_yaml_is_null (node))
    return node->text[0] == '\0'
               ? g_strdup ("nothing")
               : g_strdup_printf ("nothing (a bare %s)", node->text);
  quoted = lstm_yaml_quote (node->text);
  if (node->quoted)
    return g_strdup_printf ("the string %s", quoted);
  return g_steal_pointer (&quoted);
}

gboolean
lstm_yaml_fail_type (const LstmYamlNode *node, const gchar *what,
    const gchar *expected, GError **error)
{
  g_autofree gchar *found = describe (node);

  return lstm_yaml_fail (node, error, "%s%sfound %s, expected %s",
      what ? what : "", what ? ": " : "", found, expected);
}

gboolean
lstm_yaml_fail_unknown (const LstmYamlNode *node, const gchar *kind,
    const gchar *what, const gchar *const *known, GError **error)
{
  g_autofree gchar *found = lstm_yaml_quote (node->text);
  g_autofree gchar *list = NULL;
  const gchar *near = lstm_suggest (node->text, known);
  const gchar *label = what ? what : "";
  const gchar *colon = what ? ": " : "";

  if (near)
    return lstm_yaml_fail (node, error, "%s%sunknown %s %s: did you mean '%s'?",
        label, colon, kind, found, near);
  list = g_strjoinv (", ", (gchar **) known);
  return lstm_yaml_fail (node, error, "%s%sunknown %s %s: expected one of %s",
      label, colon, kind, found, list);
}

/* Every key of @mapping must be among @names. */
static gboolean
check_keys (const LstmYamlNode *mapping, const gchar *what,
    const gchar *const *names, GError **error)
{
  guint n = lstm_yaml_get_n_items (mapping);

  for (guint i = 0; i < n; i++) {
    const LstmYamlNode *key = lstm_yaml_get_key (mapping, i);

    if (!g_strv_contains (names, key->text))
      return lstm_yaml_fail_unknown (key, "key", what, names, error);
  }
  return TRUE;
}

gboolean
lstm_yaml_expect_mapping (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, GError **error)
{
  g_autofree gchar *list = NULL;
  g_autofree gchar *expected = NULL;

  if (node->type == LSTM_YAML_MAPPING)
    return check_keys (node, what, names, error);
  list = g_strjoinv (", ", (gchar **) names);
  expected = g_strdup_printf ("a mapping with keys from: %s", list);
  return lstm_yaml_fail_type (node, what, expected, error);
}

gboolean
lstm_yaml_read_mapping (const LstmYamlNode *node, const gchar *what,
    const LstmYamlKey *keys, guint n_keys, const LstmYamlNode **values,
    GError **error)
{
  g_autofree const gchar **names = g_new0 (const gchar *, n_keys + 1);

  for (guint i = 0; i < n_keys; i++)
    names[i] = keys[i].name;
  if (!lstm_yaml_expect_mapping (node, what, names, error))
    return FALSE;
  for (guint i = 0; i < n_keys; i++) {
    values[i] = lstm_yaml_lookup (node, keys[i].name);
    if (!values[i] && keys[i].required)
      return lstm_yaml_fail (node, error, "%s%srequired key '%s' is missing",
          what ? what : "", what ? ": " : "", keys[i].name);
  }
  return TRUE;
}

gboolean
lstm_yaml_read_one_of (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, guint *chosen, const LstmYamlNode **value,
    GError **error)
{
  g_autofree gchar *list = NULL;
  guint n;

  if (!lstm_yaml_expect_mapping (node, what, names, error))
    return FALSE;
  n = lstm_yaml_get_n_items (node);
  if (n != 1) {
    list = g_strjoinv (", ", (gchar **) names);
    return lstm_yaml_fail (n > 1 ? lstm_yaml_get_key (node, 1) : node, error,
        "%s: found %u keys, expected exactly one of %s", what, n, list);
  }
  *value = lstm_yaml_get_item (node, 0);
  for (guint i = 0; names[i]; i++) {
    if (g_str_equal (names[i], lstm_yaml_get_key (node, 0)->text))
      *chosen = i;
  }
  return TRUE;
}

const gchar *
lstm_yaml_read_string (
    const LstmYamlNode *node, const gchar *what, GError **error)
{
  if (node->type == LSTM_YAML_SCALAR && !lstm_yaml_is_null (node) &&
      node->text[0] != '\0')
    return node->text;
  lstm_yaml_fail_type (node, what,
      lstm_yaml_is_null (node) && node->text[0] != '\0'
          ? "a string; quote it if it is a name"
          : "a string that is not empty",
      error);
  return NULL;
}

gchar *
lstm_yaml_read_path (
    const LstmYamlNode *node, const gchar *what, GError **error)
{
  const gchar *text = lstm_yaml_read_string (node, what, error);
  g_autofree gchar *folder = NULL;

  if (!text)
    return NULL;
  folder = g_path_get_dirname (node->yaml->path);
  if (g_path_is_absolute (text) || g_str_equal (folder, "."))
    return g_strdup (text);
  return g_build_filename (folder, text, NULL);
}

gboolean
lstm_yaml_read_enum (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, guint *value, GError **error)
{
  const gchar *text = lstm_yaml_read_string (node, what, error);

  if (!text)
    return FALSE;
  for (guint i = 0; names[i]; i++) {
    if (g_str_equal (names[i], text)) {
      *value = i;
      return TRUE;
    }
  }
  return lstm_yaml_fail_unknown (node, "value", what, names, error);
}
