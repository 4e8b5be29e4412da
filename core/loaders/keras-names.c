/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-names.h"

/* An underscore before each word of an upper case letter and lower case ones,
 * then between a lower case letter and an upper case one; then lower case. */
static gboolean
begins_word (const gchar *name, gsize at)
{
  return g_ascii_isupper (name[at]) &&
         (g_ascii_islower (name[at + 1]) || g_ascii_islower (name[at - 1]));
}

gchar *
lstm_keras_snake_case (const gchar *class_name)
{
  g_autoptr (GString) snake = g_string_new (NULL);

  for (gsize i = 0; class_name[i] != '\0'; i++) {
    if (i > 0 && begins_word (class_name, i) && class_name[i - 1] != '_')
      g_string_append_c (snake, '_');
    g_string_append_c (snake, g_ascii_tolower (class_name[i]));
  }
  return g_string_free (g_steal_pointer (&snake), FALSE);
}

GHashTable *
lstm_keras_group_counts_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

gchar *
lstm_keras_group_name (GHashTable *counts, const gchar *class_name)
{
  g_autofree gchar *snake = lstm_keras_snake_case (class_name);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, snake));
  gchar *name = n > 0 ? g_strdup_printf ("%s_%u", snake, n) : g_strdup (snake);

  g_hash_table_insert (
      counts, g_steal_pointer (&snake), GUINT_TO_POINTER (n + 1));
  return name;
}
