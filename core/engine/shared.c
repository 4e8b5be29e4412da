/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/shared.h"

/* Held while an object is made: who asks for the same one waits for it. */
static GMutex making_lock;

/* Guards the table, and the counts of the objects in it when they go down. */
static GMutex table_lock;
static GHashTable *table; /* key, the object's -> object, borrowed */

static gpointer
find (const LstmSharedKind *kind, const gchar *key)
{
  gpointer object = NULL;

  g_mutex_lock (&table_lock);
  if (table != NULL)
    object = g_hash_table_lookup (table, key);
  if (object != NULL)
    g_atomic_ref_count_inc (kind->count (object));
  g_mutex_unlock (&table_lock);
  return object;
}

/* @key: (transfer full) */
static void
insert (const LstmSharedKind *kind, gchar *key, gpointer object)
{
  g_mutex_lock (&table_lock);
  if (table == NULL)
    table = g_hash_table_new (g_str_hash, g_str_equal);
  *kind->place (object) = key;
  g_hash_table_insert (table, key, object);
  g_mutex_unlock (&table_lock);
}

/* Makes the object. If what it is made of changes meanwhile, nobody can say
 * which state it has: it is its user's alone then. */
static gpointer
make (const LstmSharedKind *kind, gconstpointer what, const gchar *key,
    GError **error)
{
  gpointer object = kind->make (what, error);
  g_autofree gchar *after = object ? kind->key (what) : NULL;

  if (g_strcmp0 (key, after) == 0 && *kind->place (object) == NULL)
    insert (kind, g_steal_pointer (&after), object);
  return object;
}

/**
 * lstm_shared_get:
 * @kind: what kind of object
 * @what: which one
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable): the one that somebody has, or a new one
 */
gpointer
lstm_shared_get (const LstmSharedKind *kind, gconstpointer what, GError **error)
{
  g_autofree gchar *key = kind->key (what);
  gpointer object;

  if (key == NULL)
    return kind->make (what, error);
  g_mutex_lock (&making_lock);
  object = find (kind, key);
  if (object == NULL)
    object = make (kind, what, key, error);
  g_mutex_unlock (&making_lock);
  return object;
}

/**
 * lstm_shared_unref:
 * @count: an object's
 * @place: where the object keeps its key
 *
 * Returns: whether that was the last reference: the object is to be freed, and
 *   nobody can find it any more
 */
gboolean
lstm_shared_unref (gatomicrefcount *count, gchar **place)
{
  gboolean last;

  if (*place == NULL)
    return g_atomic_ref_count_dec (count);
  g_mutex_lock (&table_lock);
  last = g_atomic_ref_count_dec (count);
  if (last) {
    g_hash_table_remove (table, *place);
    g_clear_pointer (place, g_free);
  }
  if (g_hash_table_size (table) == 0)
    g_clear_pointer (&table, g_hash_table_unref);
  g_mutex_unlock (&table_lock);
  return last;
}
