/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all kinds of stores have in common. */

#include "state/store-private.h"

#include <lstm/error.h>
#include <string.h>

void
lstm_store_init (
    LstmStore *store, const LstmStoreClass *klass, const gchar *path)
{
  store->klass = klass;
  g_atomic_ref_count_init (&store->ref_count);
  g_mutex_init (&store->lock);
  store->path = g_strdup (path);
}

void
lstm_store_finish (LstmStore *store)
{
  g_mutex_clear (&store->lock);
  g_free (store->path);
}

/**
 * lstm_store_ref:
 * @store: a store
 *
 * Returns: (transfer full): the store
 */
LstmStore *
lstm_store_ref (LstmStore *store)
{
  g_atomic_ref_count_inc (&store->ref_count);
  return store;
}

/**
 * lstm_store_unref:
 * @store: (transfer full): a store
 */
void
lstm_store_unref (LstmStore *store)
{
  if (g_atomic_ref_count_dec (&store->ref_count))
    store->klass->free (store);
}

/**
 * lstm_store_get:
 * @store: a store
 * @fingerprint: of the model
 * @key: (nullable): of the stream
 * @state: (out) (transfer full) (nullable): the saved state, or %NULL if there
 *   is none; lstm_state_load() says whether it is whole and of the right model
 * @error: return location for a #GError
 *
 * Reads a saved state. A store of one file gives what is in the file, whoever
 * saved it, so that lstm_state_load() can say what is wrong with it.
 *
 * Returns: %FALSE with %LSTM_ERROR_IO if it cannot be read and
 *   %LSTM_ERROR_FORMAT if the store is damaged
 */
gboolean
lstm_store_get (LstmStore *store, const gchar *fingerprint, const gchar *key,
    GBytes **state, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (store && fingerprint && state, FALSE);
  *state = NULL;
  locker = g_mutex_locker_new (&store->lock);
  return store->klass->get (store, fingerprint, key ? key : "", state, error);
}

/**
 * lstm_store_put:
 * @store: a store
 * @items: (array length=n_items): states to write, and to delete
 * @n_items: how many
 * @error: return location for a #GError
 *
 * Writes states, all of them or, on an error, none. They are on the disk when
 * this returns.
 *
 * Returns: %FALSE with %LSTM_ERROR_IO if they cannot be written,
 *   %LSTM_ERROR_VALUE if the store cannot hold them, %LSTM_ERROR_FORMAT if it
 * is damaged
 */
gboolean
lstm_store_put (
    LstmStore *store, const LstmStoreItem *items, guint n_items, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (store && (items || n_items == 0), FALSE);
  if (n_items == 0)
    return TRUE;
  locker = g_mutex_locker_new (&store->lock);
  return store->klass->put (store, items, n_items, error);
}

/**
 * lstm_store_delete:
 * @store: a store
 * @fingerprint: of the model
 * @key: (nullable): of the stream
 * @error: return location for a #GError
 *
 * Deletes a saved state; that there is none is no error.
 *
 * Returns: %FALSE as lstm_store_put() does
 */
gboolean
lstm_store_delete (LstmStore *store, const gchar *fingerprint, const gchar *key,
    GError **error)
{
  LstmStoreItem item = { fingerprint, key, NULL };

  return lstm_store_put (store, &item, 1, error);
}

/**
 * lstm_store_list:
 * @store: a store
 * @fingerprint: of the model
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the keys that
 *   it holds states of, sorted by their bytes; %NULL as lstm_store_get() fails
 */
gchar **
lstm_store_list (LstmStore *store, const gchar *fingerprint, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (store && fingerprint, NULL);
  locker = g_mutex_locker_new (&store->lock);
  return store->klass->list (store, fingerprint, error);
}

/**
 * lstm_store_list_models:
 * @store: a store
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): fingerprints
 *   of the models that it holds states of; %NULL as lstm_store_get() fails
 */
gchar **
lstm_store_list_models (LstmStore *store, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (store != NULL, NULL);
  locker = g_mutex_locker_new (&store->lock);
  return store->klass->list_models (store, error);
}
