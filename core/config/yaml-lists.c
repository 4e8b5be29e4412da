/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/yaml-schema.h"

gboolean
lstm_yaml_expect_list (
    const LstmYamlNode *node, const gchar *what, GError **error)
{
  if (node->type == LSTM_YAML_LIST)
    return TRUE;
  return lstm_yaml_fail_type (node, what, "a list such as [a, b]", error);
}

static gboolean
fail_twice (const LstmYamlNode *node, const gchar *what,
    const LstmYamlNode *first, GError **error)
{
  g_autofree gchar *text = lstm_yaml_quote (node->text);

  return lstm_yaml_fail (node, error,
      "%s: %s stands in the list twice, first on line %u, expected each once",
      what, text, first->line);
}

gchar **
lstm_yaml_read_names (const LstmYamlNode *node, const gchar *what,
    gboolean may_be_empty, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint n;

  if (!lstm_yaml_expect_list (node, what, error))
    return NULL;
  n = lstm_yaml_get_n_items (node);
  if (n == 0 && !may_be_empty) {
    lstm_yaml_fail (
        node, error, "%s: the list is empty, expected a name or more", what);
    return NULL;
  }
  for (guint i = 0; i < n; i++) {
    const LstmYamlNode *item = lstm_yaml_get_item (node, i);
    const gchar *name = lstm_yaml_read_string (item, what, error);
    const LstmYamlNode *first;

    if (!name)
      return NULL;
    first = g_hash_table_lookup (seen, name);
    if (first) {
      fail_twice (item, what, first, error);
      return NULL;
    }
    g_hash_table_insert (seen, (gpointer) name, (gpointer) item);
    g_strv_builder_add (names, name);
  }
  return g_strv_builder_end (names);
}

gchar **
lstm_yaml_read_set (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, GError **error)
{
  guint n;

  if (!lstm_yaml_expect_list (node, what, error))
    return NULL;
  n = lstm_yaml_get_n_items (node);
  for (guint i = 0; i < n; i++) {
    guint value;

    if (!lstm_yaml_read_enum (
            lstm_yaml_get_item (node, i), what, names, &value, error))
      return NULL;
  }
  return lstm_yaml_read_names (node, what, TRUE, error);
}

gdouble *
lstm_yaml_read_doubles (
    const LstmYamlNode *node, const gchar *what, GError **error)
{
  g_autofree gdouble *numbers = NULL;
  guint n;

  if (!lstm_yaml_expect_list (node, what, error))
    return NULL;
  n = lstm_yaml_get_n_items (node);
  if (n == 0) {
    lstm_yaml_fail (
        node, error, "%s: the list is empty, expected a number or more", what);
    return NULL;
  }
  numbers = g_new (gdouble, n);
  for (guint i = 0; i < n; i++) {
    if (!lstm_yaml_read_double (
            lstm_yaml_get_item (node, i), what, &numbers[i], error))
      return NULL;
  }
  return g_steal_pointer (&numbers);
}
