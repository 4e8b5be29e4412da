/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmkeeper.h"

#include <string.h>

struct _GstLstmKeeper {
  gchar *path;
  gchar *fingerprint;
  LstmStore *store;
  LstmStore *reader; /* of its own, not to wait for writes; NULL until needed */
  LstmStoreWriter *writer;
  GArray *items; /* LstmStoreItem, of which keys and states are owned */
};

/* States of other models only: it is another model's file, and not to be mixed
 * up with this one's. */
static gboolean
check_model (GstLstmKeeper *keeper, const LstmModel *model, GError **error)
{
  g_auto (GStrv) models = lstm_store_list_models (keeper->store, error);
  g_autofree gchar *list = NULL;

  if (models == NULL)
    return FALSE;
  if (models[0] == NULL ||
      g_strv_contains ((const gchar *const *) models, keeper->fingerprint))
    return TRUE;
  list = g_strjoinv (", ", models);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "the state file '%s' is of another model: its fingerprint is %s, "
      "expected %s (model '%s'); run the model that it was saved from, name "
      "another file, or delete it to start from the initial state",
      keeper->path, list, keeper->fingerprint, lstm_model_get_name (model));
  return FALSE;
}

static void
clear_item (gpointer data)
{
  LstmStoreItem *item = data;

  g_free ((gchar *) item->key);
  g_clear_pointer (&item->state, g_bytes_unref);
}

GstLstmKeeper *
gst_lstm_keeper_new (const gchar *path, const LstmModel *model,
    LstmStoreErrorFunc on_error, gpointer user_data, GError **error)
{
  GstLstmKeeper *keeper = g_new0 (GstLstmKeeper, 1);

  keeper->path = g_strdup (path);
  keeper->fingerprint = g_strdup (lstm_model_get_fingerprint (model));
  keeper->items = g_array_new (FALSE, FALSE, sizeof (LstmStoreItem));
  g_array_set_clear_func (keeper->items, clear_item);
  keeper->store = lstm_store_open (path, error);
  if (keeper->store == NULL || !check_model (keeper, model, error)) {
    gst_lstm_keeper_close (keeper, NULL);
    return NULL;
  }
  keeper->writer = lstm_store_writer_new (keeper->store, on_error, user_data);
  return keeper;
}

gboolean
gst_lstm_keeper_close (GstLstmKeeper *keeper, GError **error)
{
  gboolean ok = TRUE;

  if (keeper->writer != NULL) {
    gst_lstm_keeper_write (keeper);
    ok = lstm_store_writer_close (keeper->writer, error);
  }
  g_clear_pointer (&keeper->reader, lstm_store_unref);
  g_clear_pointer (&keeper->store, lstm_store_unref);
  g_array_unref (keeper->items);
  g_free (keeper->fingerprint);
  g_free (keeper->path);
  g_free (keeper);
  return ok;
}

const gchar *
gst_lstm_keeper_get_path (const GstLstmKeeper *keeper)
{
  return keeper->path;
}

void
gst_lstm_keeper_set_model (GstLstmKeeper *keeper, const LstmModel *model)
{
  gst_lstm_keeper_write (keeper);
  g_free (keeper->fingerprint);
  keeper->fingerprint = g_strdup (lstm_model_get_fingerprint (model));
}

/* ---- reading ---- */

gchar **
gst_lstm_keeper_list (GstLstmKeeper *keeper, GError **error)
{
  return lstm_store_list (keeper->store, keeper->fingerprint, error);
}

/* What was handed over last is read, be it on the disk yet or not. */
gboolean
gst_lstm_keeper_read (
    GstLstmKeeper *keeper, const gchar *key, GBytes **state, GError **error)
{
  for (guint i = keeper->items->len; i-- > 0;) {
    const LstmStoreItem *item =
        &g_array_index (keeper->items, LstmStoreItem, i);

    if (g_strcmp0 (item->key, key) != 0)
      continue;
    *state = item->state ? g_bytes_ref (item->state) : NULL;
    return TRUE;
  }
  if (lstm_store_writer_peek (keeper->writer, keeper->fingerprint, key, state))
    return TRUE;
  if (keeper->reader == NULL)
    keeper->reader = lstm_store_open (keeper->path, error);
  return keeper->reader != NULL && lstm_store_get (keeper->reader,
                                       keeper->fingerprint, key, state, error);
}

/* ---- writing ---- */

void
gst_lstm_keeper_add (GstLstmKeeper *keeper, const gchar *key, GBytes *state)
{
  LstmStoreItem item = { keeper->fingerprint, g_strdup (key), state };

  g_array_append_val (keeper->items, item);
}

void
gst_lstm_keeper_write (GstLstmKeeper *keeper)
{
  if (keeper->items->len == 0)
    return;
  lstm_store_writer_put (keeper->writer,
      (const LstmStoreItem *) (gpointer) keeper->items->data,
      keeper->items->len);
  g_array_set_size (keeper->items, 0);
}

void
gst_lstm_keeper_forget (GstLstmKeeper *keeper)
{
  g_array_set_size (keeper->items, 0);
}

void
gst_lstm_keeper_flush (GstLstmKeeper *keeper)
{
  gst_lstm_keeper_write (keeper);
  lstm_store_writer_flush (keeper->writer, NULL);
}

guint64
gst_lstm_keeper_get_n_saves (GstLstmKeeper *keeper, gint64 *last)
{
  return lstm_store_writer_get_n_saves (keeper->writer, last);
}
