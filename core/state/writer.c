/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes states elsewhere than on the thread that made them. */

#include "state/store-private.h"

#include <string.h>

/* What one key is to become. */
typedef struct {
  gchar *fingerprint;
  gchar *key;
  GBytes *state; /* NULL: to be deleted */
} Change;

struct _LstmStoreWriter {
  LstmStore *store;
  LstmStoreErrorFunc on_error;
  gpointer user_data;
  GThread *thread;

  GMutex lock;         /* guards all below; never held while the store works */
  GCond wake;          /* of the thread: something waits, or it is to end */
  GCond done;          /* of those that flush: a batch is over */
  GHashTable *waiting; /* Change, to itself */
  GHashTable *writing; /* the same, of the batch at hand, or NULL */
  guint64 n_put;       /* changes and flushes asked for */
  guint64 n_tried;     /* of them, those whose batch is over */
  guint64 n_saves;     /* batches that the store holds */
  gint64 last_save;    /* when the last one was, by g_get_real_time() */
  gboolean closing;
  GError *last; /* of the last batch, or NULL */
};

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->fingerprint);
  g_free (change->key);
  g_clear_pointer (&change->state, g_bytes_unref);
  g_free (change);
}

static guint
change_hash (gconstpointer data)
{
  const Change *change = data;

  return g_str_hash (change->fingerprint) ^ g_str_hash (change->key);
}

static gboolean
change_equal (gconstpointer a, gconstpointer b)
{
  const Change *x = a, *y = b;

  return strcmp (x->key, y->key) == 0 &&
         strcmp (x->fingerprint, y->fingerprint) == 0;
}

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (change_hash, change_equal, change_free, NULL);
}

/* ---- the thread ---- */

static gboolean
write_batch (LstmStoreWriter *writer, GHashTable *batch, GError **error)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (LstmStoreItem));
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, batch);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const Change *change = key;
    LstmStoreItem item = { change->fingerprint, change->key, change->state };

    g_array_append_val (items, item);
  }
  return lstm_store_put (writer->store,
      (LstmStoreItem *) (gpointer) items->data, items->len, error);
}

/* What could not be written waits again, unless there is newer of its key. With
 * the lock held. */
static void
put_back (LstmStoreWriter *writer, GHashTable *batch)
{
  GHashTableIter iter;
  gpointer change;

  g_hash_table_iter_init (&iter, batch);
  while (g_hash_table_iter_next (&iter, &change, NULL)) {
    if (g_hash_table_contains (writer->waiting, change))
      continue;
    g_hash_table_iter_steal (&iter);
    g_hash_table_add (writer->waiting, change);
  }
}

/* With the lock held, which is let go while the store works. */
static void
one_batch (LstmStoreWriter *writer)
{
  g_autoptr (GHashTable) batch = g_steal_pointer (&writer->waiting);
  gboolean empty = g_hash_table_size (batch) == 0; /* as at a flush */
  guint64 tried = writer->n_put;
  GError *error = NULL;

  writer->waiting = new_table ();
  writer->writing = batch;
  g_mutex_unlock (&writer->lock);
  if (!write_batch (writer, batch, &error) && writer->on_error)
    writer->on_error (error, writer->user_data);
  g_mutex_lock (&writer->lock);
  writer->writing = NULL;
  if (error) {
    put_back (writer, batch);
  } else if (!empty) {
    writer->n_saves++;
    writer->last_save = g_get_real_time ();
  }
  g_clear_error (&writer->last);
  writer->last = error;
  writer->n_tried = tried;
  g_cond_broadcast (&writer->done);
}

static gpointer
run (gpointer data)
{
  LstmStoreWriter *writer = data;

  g_mutex_lock (&writer->lock);
  while (!writer->closing || writer->n_tried != writer->n_put) {
    if (writer->n_tried == writer->n_put)
      g_cond_wait (&writer->wake, &writer->lock);
    else
      one_batch (writer);
  }
  g_mutex_unlock (&writer->lock);
  return NULL;
}

/* ---- the interface ---- */

/**
 * lstm_store_writer_new:
 * @store: the store to write into
 * @on_error: (nullable): told of what cannot be written
 * @user_data: for @on_error
 *
 * Starts a thread that writes.
 *
 * Returns: (transfer full): the writer, to be ended by
 *   lstm_store_writer_close()
 */
LstmStoreWriter *
lstm_store_writer_new (
    LstmStore *store, LstmStoreErrorFunc on_error, gpointer user_data)
{
  LstmStoreWriter *writer;

  g_return_val_if_fail (store != NULL, NULL);
  writer = g_new0 (LstmStoreWriter, 1);
  writer->store = lstm_store_ref (store);
  writer->on_error = on_error;
  writer->user_data = user_data;
  g_mutex_init (&writer->lock);
  g_cond_init (&writer->wake);
  g_cond_init (&writer->done);
  writer->waiting = new_table ();
  writer->thread = g_thread_new ("lstm-store", run, writer);
  return writer;
}

static Change *
change_new (const LstmStoreItem *item)
{
  Change *change = g_new (Change, 1);

  change->fingerprint = g_strdup (item->fingerprint);
  change->key = g_strdup (item->key ? item->key : "");
  change->state = item->state ? g_bytes_ref (item->state) : NULL;
  return change;
}

/**
 * lstm_store_writer_put:
 * @writer: a writer
 * @items: (array length=n_items): states to write, of which references are
 *   taken, and to delete
 * @n_items: how many
 *
 * Hands states over to be written soon, each in place of one of the same key
 * that still waits. What is handed over in one call is written in one
 * transaction. Never waits for the store.
 */
void
lstm_store_writer_put (
    LstmStoreWriter *writer, const LstmStoreItem *items, guint n_items)
{
  g_return_if_fail (writer && (items || n_items == 0));
  g_mutex_lock (&writer->lock);
  for (guint i = 0; i < n_items; i++) {
    Change *change = change_new (&items[i]);

    g_hash_table_replace (writer->waiting, change, change);
  }
  writer->n_put += n_items;
  g_cond_signal (&writer->wake);
  g_mutex_unlock (&writer->lock);
}

/**
 * lstm_store_writer_peek:
 * @writer: a writer
 * @fingerprint: of the model
 * @key: (nullable): of the stream
 * @state: (out) (transfer full) (nullable): what is to be written, or %NULL if
 *   it is to be deleted
 *
 * What the store does not hold yet. Never waits for the store.
 *
 * Returns: whether something of that key waits to be written, or is being
 *   written; if not, the store holds what was handed over last
 */
gboolean
lstm_store_writer_peek (LstmStoreWriter *writer, const gchar *fingerprint,
    const gchar *key, GBytes **state)
{
  Change asked = { (gchar *) fingerprint, (gchar *) (key ? key : ""), NULL };
  const Change *found;

  g_return_val_if_fail (writer && fingerprint && state, FALSE);
  *state = NULL;
  g_mutex_lock (&writer->lock);
  found = g_hash_table_lookup (writer->waiting, &asked);
  if (!found && writer->writing)
    found = g_hash_table_lookup (writer->writing, &asked);
  if (found && found->state)
    *state = g_bytes_ref (found->state);
  g_mutex_unlock (&writer->lock);
  return found != NULL;
}

/**
 * lstm_store_writer_flush:
 * @writer: a writer
 * @error: return location for a #GError
 *
 * Waits until everything that was handed over before has been written or could
 * not be. What could not be written before is tried again.
 *
 * Returns: %FALSE with the store's error if something could not be written; it
 *   is kept for the next try
 */
gboolean
lstm_store_writer_flush (LstmStoreWriter *writer, GError **error)
{
  gboolean ok;
  guint64 mine;

  g_return_val_if_fail (writer != NULL, FALSE);
  g_mutex_lock (&writer->lock);
  /* Nothing new to write, but perhaps something to try again. */
  mine = ++writer->n_put;
  g_cond_signal (&writer->wake);
  while (writer->n_tried < mine)
    g_cond_wait (&writer->done, &writer->lock);
  ok = writer->last == NULL;
  if (!ok && error)
    *error = g_error_copy (writer->last);
  g_mutex_unlock (&writer->lock);
  return ok;
}

/**
 * lstm_store_writer_get_n_saves:
 * @writer: a writer
 * @last: (out) (optional): when the last one was, in microseconds since 1970; 0
 *   if there was none
 *
 * Returns: how often states have been written: all that waited at once count as
 *   one
 */
guint64
lstm_store_writer_get_n_saves (LstmStoreWriter *writer, gint64 *last)
{
  guint64 n;

  g_return_val_if_fail (writer != NULL, 0);
  g_mutex_lock (&writer->lock);
  n = writer->n_saves;
  if (last)
    *last = writer->last_save;
  g_mutex_unlock (&writer->lock);
  return n;
}

/**
 * lstm_store_writer_close:
 * @writer: (transfer full): a writer that no other thread uses any more
 * @error: return location for a #GError
 *
 * Writes what waits, ends the thread and frees the writer.
 *
 * Returns: %FALSE with the store's error if something could not be written and
 *   is lost
 */
gboolean
lstm_store_writer_close (LstmStoreWriter *writer, GError **error)
{
  gboolean ok;

  g_return_val_if_fail (writer != NULL, FALSE);
  ok = lstm_store_writer_flush (writer, error);
  g_mutex_lock (&writer->lock);
  writer->closing = TRUE;
  g_cond_signal (&writer->wake);
  g_mutex_unlock (&writer->lock);
  g_thread_join (writer->thread);

  g_clear_error (&writer->last);
  g_hash_table_unref (writer->waiting);
  g_mutex_clear (&writer->lock);
  g_cond_clear (&writer->wake);
  g_cond_clear (&writer->done);
  lstm_store_unref (writer->store);
  g_free (writer);
  return ok;
}
