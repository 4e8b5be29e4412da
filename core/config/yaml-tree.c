/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/yaml-tree.h"

#include <lstm/error.h>

#include "config/read-file.h"
#include "config/yaml-reader.h"

/* A longer scalar is cut in messages. */
#define QUOTE_MAX 60

LstmYaml *
lstm_yaml_load (const gchar *path, GError **error)
{
  gsize length;
  g_autofree gchar *data =
      lstm_read_file (path, LSTM_YAML_MAX_BYTES, &length, error);

  if (!data)
    return NULL;
  return lstm_yaml_parse (path, data, length, error);
}

static void
node_free (gpointer data)
{
  LstmYamlNode *node = data;

  g_free (node->text);
  g_clear_pointer (&node->keys, g_ptr_array_unref);
  g_clear_pointer (&node->items, g_ptr_array_unref);
  g_clear_pointer (&node->index, g_hash_table_unref);
  g_free (node);
}

LstmYaml *
lstm_yaml_parse (
    const gchar *path, const gchar *data, gsize length, GError **error)
{
  g_autoptr (LstmYaml) yaml = g_new0 (LstmYaml, 1);

  yaml->path = g_strdup (path);
  yaml->name = g_filename_display_name (path);
  yaml->nodes = g_ptr_array_new_with_free_func (node_free);
  if (!lstm_yaml_read_tree (yaml, data, length, error))
    return NULL;
  return g_steal_pointer (&yaml);
}

void
lstm_yaml_free (LstmYaml *yaml)
{
  g_free (yaml->path);
  g_free (yaml->name);
  g_ptr_array_unref (yaml->nodes);
  g_free (yaml);
}

guint
lstm_yaml_get_n_items (const LstmYamlNode *node)
{
  return node->items ? node->items->len : 0;
}

const LstmYamlNode *
lstm_yaml_get_item (const LstmYamlNode *node, guint i)
{
  g_assert (i < lstm_yaml_get_n_items (node));
  return g_ptr_array_index (node->items, i);
}

const LstmYamlNode *
lstm_yaml_get_key (const LstmYamlNode *mapping, guint i)
{
  g_assert (mapping->keys && i < mapping->keys->len);
  return g_ptr_array_index (mapping->keys, i);
}

const LstmYamlNode *
lstm_yaml_lookup (const LstmYamlNode *mapping, const gchar *key)
{
  guint position = 0;

  if (mapping->index)
    position = GPOINTER_TO_UINT (g_hash_table_lookup (mapping->index, key));
  return position > 0 ? lstm_yaml_get_item (mapping, position - 1) : NULL;
}

gboolean
lstm_yaml_fail (
    const LstmYamlNode *node, GError **error, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG, "%s:%u:%u: %s",
      node->yaml->name, node->line, node->column, message);
  return FALSE;
}

gchar *
lstm_yaml_quote (const gchar *text)
{
  GString *quoted = g_string_new ("'");

  for (guint n = 0; *text; n++, text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    if (n == QUOTE_MAX) {
      g_string_append (quoted, "...");
      break;
    }
    if (g_unichar_isprint (c))
      g_string_append_unichar (quoted, c);
    else
      g_string_append_printf (quoted, "\\u%04x", c);
  }
  g_string_append_c (quoted, '\'');
  return g_string_free (quoted, FALSE);
}
