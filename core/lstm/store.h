/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/state.h>

G_BEGIN_DECLS

/**
 * LstmStore:
 *
 * Keeps saved states by fingerprint of the model and key of the stream. Its
 * functions may be called from any thread, one at a time goes on; they read and
 * write files, so none of them is for a streaming thread: see
 * #LstmStoreWriter.
 */
typedef struct _LstmStore LstmStore;

/**
 * LstmStoreItem:
 * @fingerprint: of the model, 64 hexadecimal digits
 * @key: (nullable): of the stream; %NULL is the same as empty
 * @state: (nullable): what lstm_state_save() gave, or %NULL to delete
 *
 * A change of what a store holds. Who makes one keeps what is in it.
 */
typedef struct {
  const gchar *fingerprint;
  const gchar *key;
  GBytes *state;
} LstmStoreItem;

LSTM_API LstmStore *lstm_store_open (const gchar *path, GError **error);
LSTM_API LstmStore *lstm_store_new_file (const gchar *path, GError **error);
LSTM_API LstmStore *lstm_store_new_sqlite (const gchar *path, GError **error);
LSTM_API LstmStore *lstm_store_ref (LstmStore *store);
LSTM_API void lstm_store_unref (LstmStore *store);

LSTM_API gboolean lstm_store_get (LstmStore *store, const gchar *fingerprint,
    const gchar *key, GBytes **state, GError **error);
LSTM_API gboolean lstm_store_put (LstmStore *store, const LstmStoreItem *items,
    guint n_items, GError **error);
LSTM_API gboolean lstm_store_delete (LstmStore *store, const gchar *fingerprint,
    const gchar *key, GError **error);
LSTM_API gchar **lstm_store_list (
    LstmStore *store, const gchar *fingerprint, GError **error);
LSTM_API gchar **lstm_store_list_models (LstmStore *store, GError **error);

/**
 * LstmStoreWriter:
 *
 * A thread that writes into a store what a streaming thread hands it. Handing
 * over takes the time of a lock that is never held while a file is written; of
 * several states of one key that wait, the last is written.
 */
typedef struct _LstmStoreWriter LstmStoreWriter;

/**
 * LstmStoreErrorFunc:
 * @error: what kept the states from being written
 * @user_data: as given to lstm_store_writer_new()
 *
 * Called in the writer's thread when a batch could not be written. Its states
 * are kept, and tried again with the next batch. It must not call functions of
 * the writer.
 */
typedef void (*LstmStoreErrorFunc) (const GError *error, gpointer user_data);

LSTM_API LstmStoreWriter *lstm_store_writer_new (
    LstmStore *store, LstmStoreErrorFunc on_error, gpointer user_data);
LSTM_API void lstm_store_writer_put (
    LstmStoreWriter *writer, const LstmStoreItem *items, guint n_items);
LSTM_API gboolean lstm_store_writer_peek (LstmStoreWriter *writer,
    const gchar *fingerprint, const gchar *key, GBytes **state);
LSTM_API gboolean lstm_store_writer_flush (
    LstmStoreWriter *writer, GError **error);
LSTM_API guint64 lstm_store_writer_get_n_saves (
    LstmStoreWriter *writer, gint64 *last);
LSTM_API gboolean lstm_store_writer_close (
    LstmStoreWriter *writer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmStore, lstm_store_unref)

G_END_DECLS
