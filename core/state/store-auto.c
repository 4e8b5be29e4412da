/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A store of whichever kind the file is, or is to be: one file for one stream
 * without a key, SQLite for keys. */

#include "state/store-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <lstm/error.h>
#include <stdio.h>
#include <string.h>

#include "engine/state-private.h"

#define SQLITE_MAGIC "SQLite format 3" /* with its NUL, 16 bytes */

typedef struct {
  LstmStore parent;
  LstmStore *inner; /* NULL while there is no file */
  gboolean single;  /* which is a file of one state */
} AutoStore;

/* ---- what is there ---- */

typedef enum { NOTHING, STATE, SQLITE, OTHER, UNREADABLE } Content;

static Content
look (const gchar *path)
{
  gchar head[sizeof SQLITE_MAGIC] = { 0 };
  FILE *file = g_fopen (path, "rbe");
  gboolean bad;
  gsize n;

  if (!file)
    return errno == ENOENT ? NOTHING : UNREADABLE;
  n = fread (head, 1, sizeof head, file);
  bad = ferror (file) != 0;
  fclose (file);
  if (bad)
    return UNREADABLE;
  if (n == 0)
    return NOTHING;
  if (n >= LSTM_STATE_MAGIC_BYTES &&
      memcmp (head, LSTM_STATE_MAGIC, LSTM_STATE_MAGIC_BYTES) == 0)
    return STATE;
  return n == sizeof head && memcmp (head, SQLITE_MAGIC, n) == 0 ? SQLITE
                                                                 : OTHER;
}

static gboolean
open_kind (AutoStore *self, gboolean single, GError **error)
{
  const gchar *path = self->parent.path;

  self->single = single;
  self->inner = single ? lstm_store_new_file (path, error)
                       : lstm_store_new_sqlite (path, error);
  return self->inner != NULL;
}

/* Opens what is there; with nothing there, TRUE and still no inner store. */
static gboolean
open_what_is_there (AutoStore *self, GError **error)
{
  g_autofree gchar *shown = NULL;

  if (self->inner)
    return TRUE;
  switch (look (self->parent.path)) {
    case NOTHING:
      return TRUE;
    case STATE:
      return open_kind (self, TRUE, error);
    case SQLITE:
      return open_kind (self, FALSE, error);
    case UNREADABLE:
      /* opening it again says why */
      return open_kind (self, FALSE, error);
    default:
      shown = g_filename_display_name (self->parent.path);
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "'%s' holds no states: it begins neither as a saved state nor as an "
          "SQLite file does; name another file, or delete it if a state was "
          "in it and is damaged",
          shown);
      return FALSE;
  }
}

/* ---- the interface ---- */

static gboolean
auto_get (LstmStore *store, const gchar *fingerprint, const gchar *key,
    GBytes **state, GError **error)
{
  AutoStore *self = (AutoStore *) store;

  if (!open_what_is_there (self, error))
    return FALSE;
  return !self->inner ||
         lstm_store_get (self->inner, fingerprint, key, state, error);
}

static gchar **
auto_list (LstmStore *store, const gchar *fingerprint, GError **error)
{
  AutoStore *self = (AutoStore *) store;

  if (!open_what_is_there (self, error))
    return NULL;
  return self->inner ? lstm_store_list (self->inner, fingerprint, error)
                     : g_new0 (gchar *, 1);
}

static gchar **
auto_list_models (LstmStore *store, GError **error)
{
  AutoStore *self = (AutoStore *) store;

  if (!open_what_is_there (self, error))
    return NULL;
  return self->inner ? lstm_store_list_models (self->inner, error)
                     : g_new0 (gchar *, 1);
}

static const gchar *
find_key (const LstmStoreItem *items, guint n_items)
{
  for (guint i = 0; i < n_items; i++)
    if (items[i].state && items[i].key && *items[i].key)
      return items[i].key;
  return NULL;
}

static gboolean
deletes_only (const LstmStoreItem *items, guint n_items)
{
  for (guint i = 0; i < n_items; i++)
    if (items[i].state)
      return FALSE;
  return TRUE;
}

static gboolean
auto_put (
    LstmStore *store, const LstmStoreItem *items, guint n_items, GError **error)
{
  AutoStore *self = (AutoStore *) store;
  const gchar *key = find_key (items, n_items);
  g_autofree gchar *shown = NULL;

  if (!open_what_is_there (self, error))
    return FALSE;
  if (!self->inner && deletes_only (items, n_items))
    return TRUE;
  if (!self->inner && !open_kind (self, key == NULL, error))
    return FALSE;
  if (!self->single || !key)
    return lstm_store_put (self->inner, items, n_items, error);
  shown = g_filename_display_name (store->path);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "'%s' holds the state of a stream without a key, and was given that of "
      "key '%s'; name another file for a stream with keys, or delete it",
      shown, key);
  return FALSE;
}

/* ---- life ---- */

static void
auto_free (LstmStore *store)
{
  AutoStore *self = (AutoStore *) store;

  g_clear_pointer (&self->inner, lstm_store_unref);
  lstm_store_finish (store);
  g_free (self);
}

static const LstmStoreClass auto_class = {
  .get = auto_get,
  .put = auto_put,
  .list = auto_list,
  .list_models = auto_list_models,
  .free = auto_free,
};

static gboolean
check_dir (const gchar *path, GError **error)
{
  g_autofree gchar *dir = g_path_get_dirname (path);
  g_autofree gchar *name = g_path_get_basename (path);
  g_autofree gchar *shown = g_filename_display_name (dir);

  if (g_file_test (dir, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
      "there is no directory '%s' to keep the state file '%s' in; make it, or "
      "choose another place",
      shown, name);
  return FALSE;
}

/**
 * lstm_store_open:
 * @path: of the file, which need not exist; its directory must
 * @error: return location for a #GError
 *
 * A store of the kind that the file is of. If there is none, or it is empty,
 * the first states that are put into it decide: it becomes what
 * lstm_store_new_sqlite() opens if one of them has a key, else what
 * lstm_store_new_file() does.
 *
 * Returns: (transfer full) (nullable): the store; %NULL with %LSTM_ERROR_IO if
 *   there is no such directory or the file cannot be read, %LSTM_ERROR_FORMAT
 *   if it is damaged or of something else
 */
LstmStore *
lstm_store_open (const gchar *path, GError **error)
{
  AutoStore *self;

  g_return_val_if_fail (path != NULL, NULL);
  if (!check_dir (path, error))
    return NULL;
  self = g_new0 (AutoStore, 1);
  lstm_store_init (&self->parent, &auto_class, path);
  if (open_what_is_there (self, error))
    return &self->parent;
  auto_free (&self->parent);
  return NULL;
}
