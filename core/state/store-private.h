/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/store.h>

/* What a kind of store does; called with the lock held, keys never NULL. */
typedef struct {
  /* FALSE with an error; TRUE with *state NULL if there is none. */
  gboolean (*get) (LstmStore *store, const gchar *fingerprint, const gchar *key,
      GBytes **state, GError **error);
  /* All of them or none. */
  gboolean (*put) (LstmStore *store, const LstmStoreItem *items, guint n_items,
      GError **error);
  gchar **(*list) (LstmStore *store, const gchar *fingerprint, GError **error);
  gchar **(*list_models) (LstmStore *store, GError **error);
  void (*free) (LstmStore *store);
} LstmStoreClass;

/* Kinds begin with this. */
struct _LstmStore {
  const LstmStoreClass *klass;
  gatomicrefcount ref_count;
  GMutex lock; /* guards what a kind has */
  gchar *path;
};

void lstm_store_init (
    LstmStore *store, const LstmStoreClass *klass, const gchar *path);
/* Frees what lstm_store_init() made, not @store. */
void lstm_store_finish (LstmStore *store);
