/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/match-names.h"

/* More names are counted in messages, not listed. */
#define MAX_LISTED 10

/* A list of names as it grows in a message. */
typedef struct {
  GString *text;
  guint n;
} Names;

static void
names_add (Names *names, const gchar *name)
{
  g_autofree gchar *quoted = lstm_yaml_quote (name);

  if (names->n++ < MAX_LISTED)
    g_string_append_printf (
        names->text, "%s%s", names->text->len > 0 ? ", " : "", quoted);
}

static gchar *
names_end (Names *names)
{
  if (names->n == 0)
    g_string_append (names->text, "none");
  if (names->n > MAX_LISTED)
    g_string_append_printf (names->text, " and %u more", names->n - MAX_LISTED);
  return g_string_free (names->text, FALSE);
}

/* The names of @list that are not in @wanted. */
static gchar *
list_surplus (const LstmYamlNode *list, const gchar *const *wanted)
{
  g_autoptr (GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);
  Names names = { g_string_new (NULL), 0 };
  guint n = lstm_yaml_get_n_items (list);

  for (; *wanted; wanted++)
    g_hash_table_add (set, (gpointer) *wanted);
  for (guint i = 0; i < n; i++) {
    const gchar *name = lstm_yaml_get_item (list, i)->text;

    if (!g_hash_table_contains (set, name))
      names_add (&names, name);
  }
  return names_end (&names);
}

guint *
lstm_match_names (
    const LstmYamlNode *list, const gchar *const *wanted, GError **error)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = lstm_yaml_get_n_items (list);
  guint n_wanted = g_strv_length ((gchar **) wanted);
  g_autofree guint *order = g_new (guint, n_wanted);
  Names missing = { g_string_new (NULL), 0 };
  g_autofree gchar *absent = NULL;
  g_autofree gchar *surplus = NULL;

  for (guint i = 0; i < n; i++)
    g_hash_table_insert (
        places, lstm_yaml_get_item (list, i)->text, GUINT_TO_POINTER (i + 1));
  for (guint f = 0; f < n_wanted; f++) {
    guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, wanted[f]));

    order[f] = place - 1;
    if (place == 0)
      names_add (&missing, wanted[f]);
  }
  if (missing.n == 0 && n == n_wanted) {
    g_string_free (missing.text, TRUE);
    return g_steal_pointer (&order);
  }
  absent = names_end (&missing);
  surplus = list_surplus (list, wanted);
  lstm_yaml_fail (list, error,
      "features: found %u names, expected the %u of the configuration in any "
      "order; missing here: %s; surplus here: %s",
      n, n_wanted, absent, surplus);
  return NULL;
}

guint *
lstm_match_identity (guint n)
{
  guint *order = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    order[i] = i;
  return order;
}
