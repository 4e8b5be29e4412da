/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many keys in an SQLite file: a row a state, a transaction a batch. */

#include "state/store-private.h"

#include <glib/gstdio.h>
#include <lstm/error.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* "lstm": marks the file as ours (PRAGMA application_id). */
#define APPLICATION_ID 0x6c73746d
#define SCHEMA_VERSION 1
#define BUSY_MS 5000

typedef struct {
  LstmStore parent;
  sqlite3 *db;
  sqlite3_stmt *get;
  sqlite3_stmt *put;
  sqlite3_stmt *delete;
  sqlite3_stmt *list;
  sqlite3_stmt *list_models;
} SqliteStore;

/* ---- errors ---- */

static const gchar *
advice (int code)
{
  switch (code) {
    case SQLITE_NOTADB:
      return "; it is no SQLite file: name another one";
    case SQLITE_CORRUPT:
      return "; it is damaged: take a copy of it, or delete it to start from "
             "the initial states";
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return "; make room there, or choose another place";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return "; make the file and its directory writable, or choose another "
             "place";
    case SQLITE_BUSY:
      return "; another process has held it for too long";
    default:
      return "";
  }
}

/* Newer SQLite calls a file that ends too soon an I/O error. */
static int
error_code (SqliteStore *self)
{
  if (!self->db)
    return SQLITE_NOMEM;
  if (sqlite3_extended_errcode (self->db) == SQLITE_IOERR_SHORT_READ)
    return SQLITE_CORRUPT;
  return sqlite3_errcode (self->db) & 0xff;
}

static gboolean
fail (SqliteStore *self, const gchar *what, GError **error)
{
  int code = error_code (self);
  gboolean damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
  g_autofree gchar *shown = g_filename_display_name (self->parent.path);

  g_set_error (error, LSTM_ERROR, damaged ? LSTM_ERROR_FORMAT : LSTM_ERROR_IO,
      "cannot %s '%s': %s%s", what, shown,
      self->db ? sqlite3_errmsg (self->db) : "out of memory", advice (code));
  return FALSE;
}

/* ---- one statement ---- */

static gboolean
execute (SqliteStore *self, const gchar *sql, const gchar *what, GError **error)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  return fail (self, what, error);
}

/* Of a pragma or query of one number; -1 if there is none. */
static gboolean
ask_int (SqliteStore *self, const gchar *sql, gint *n, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  *n = code == SQLITE_ROW ? sqlite3_column_int (statement, 0) : -1;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    fail (self, "open", error);
  sqlite3_finalize (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* Keys are bytes, not text in an encoding. */
static void
bind_names (sqlite3_stmt *statement, const gchar *fingerprint, const gchar *key)
{
  sqlite3_bind_text (statement, 1, fingerprint, -1, SQLITE_STATIC);
  if (key)
    sqlite3_bind_blob (statement, 2, key, (int) strlen (key), SQLITE_STATIC);
}

static void
rewind_statement (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

/* ---- the interface ---- */

static gboolean
sqlite_get (LstmStore *store, const gchar *fingerprint, const gchar *key,
    GBytes **state, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  gboolean ok = TRUE;
  int code;

  bind_names (self->get, fingerprint, key);
  code = sqlite3_step (self->get);
  if (code == SQLITE_ROW)
    *state = g_bytes_new (sqlite3_column_blob (self->get, 0),
        (gsize) sqlite3_column_bytes (self->get, 0));
  else if (code != SQLITE_DONE)
    ok = fail (self, "read", error);
  rewind_statement (self->get);
  return ok;
}

static gboolean
check_item (const SqliteStore *self, const LstmStoreItem *item, GError **error)
{
  gsize key = item->key ? strlen (item->key) : 0;
  gsize size = item->state ? g_bytes_get_size (item->state) : 0;

  if (key <= LSTM_STATE_MAX_KEY && size <= LSTM_STATE_MAX_BYTES)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "cannot write '%s': a key of %" G_GSIZE_FORMAT
      " bytes and a state of %" G_GSIZE_FORMAT
      ", at most %d and %d can be; use shorter keys",
      self->parent.path, key, size, LSTM_STATE_MAX_KEY, LSTM_STATE_MAX_BYTES);
  return FALSE;
}

static gboolean
put_one (SqliteStore *self, const LstmStoreItem *item, GError **error)
{
  sqlite3_stmt *statement = item->state ? self->put : self->delete;
  gboolean ok;
  gsize size;

  if (!check_item (self, item, error))
    return FALSE;
  bind_names (statement, item->fingerprint, item->key ? item->key : "");
  if (item->state) {
    gconstpointer data = g_bytes_get_data (item->state, &size);

    sqlite3_bind_blob64 (statement, 3, data ? data : "", size, SQLITE_STATIC);
  }
  ok = sqlite3_step (statement) == SQLITE_DONE;
  if (!ok)
    fail (self, "write", error);
  rewind_statement (statement);
  return ok;
}

static gboolean
sqlite_put (
    LstmStore *store, const LstmStoreItem *items, guint n_items, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  gboolean ok = TRUE;

  if (!execute (self, "BEGIN IMMEDIATE", "write", error))
    return FALSE;
  for (guint i = 0; ok && i < n_items; i++)
    ok = put_one (self, &items[i], error);
  if (ok && execute (self, "COMMIT", "write", error))
    return TRUE;
  /* Some errors have rolled back already, and then this one says so. */
  sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* The first column of all rows. */
static gchar **
read_names (SqliteStore *self, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int code;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
    const gchar *name = sqlite3_column_blob (statement, 0);
    gsize size = (gsize) sqlite3_column_bytes (statement, 0);

    g_ptr_array_add (names, g_strndup (name ? name : "", size));
  }
  if (code != SQLITE_DONE)
    fail (self, "read", error);
  rewind_statement (statement);
  if (code != SQLITE_DONE)
    return NULL;
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static gchar **
sqlite_list (LstmStore *store, const gchar *fingerprint, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;

  bind_names (self->list, fingerprint, NULL);
  return read_names (self, self->list, error);
}

static gchar **
sqlite_list_models (LstmStore *store, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;

  return read_names (self, self->list_models, error);
}

static void
sqlite_free (LstmStore *store)
{
  SqliteStore *self = (SqliteStore *) store;

  sqlite3_finalize (self->get);
  sqlite3_finalize (self->put);
  sqlite3_finalize (self->delete);
  sqlite3_finalize (self->list);
  sqlite3_finalize (self->list_models);
  sqlite3_close (self->db);
  lstm_store_finish (store);
  g_free (self);
}

/* ---- opening ---- */

static gboolean
make_tables (SqliteStore *self, GError **error)
{
  g_autofree gchar *marks = g_strdup_printf (
      "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
      APPLICATION_ID, SCHEMA_VERSION);

  if (execute (self,
          "BEGIN IMMEDIATE;"
          "CREATE TABLE IF NOT EXISTS state (fingerprint TEXT NOT NULL,"
          " key BLOB NOT NULL, state BLOB NOT NULL,"
          " PRIMARY KEY (fingerprint, key)) WITHOUT ROWID",
          "open", error) &&
      execute (self, marks, "open", error))
    return TRUE;
  sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* A new file is empty; any other must be ours. */
static gboolean
check_schema (SqliteStore *self, GError **error)
{
  g_autofree gchar *shown = NULL;
  gint id, version, tables;

  if (!ask_int (self, "PRAGMA application_id", &id, error) ||
      !ask_int (self, "PRAGMA user_version", &version, error) ||
      !ask_int (self, "SELECT count(*) FROM sqlite_master", &tables, error))
    return FALSE;
  if (id == 0 && tables == 0)
    return make_tables (self, error);
  if (id == APPLICATION_ID && version == SCHEMA_VERSION)
    return TRUE;
  shown = g_filename_display_name (self->parent.path);
  if (id != APPLICATION_ID)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "'%s' is an SQLite file of something else, with %d tables; name "
        "another file",
        shown, tables);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "'%s' is of version %d, expected %d: another release wrote it; use "
        "that one, or name another file",
        shown, version, SCHEMA_VERSION);
  return FALSE;
}

static gboolean
prepare (SqliteStore *self, const gchar *sql, sqlite3_stmt **to, GError **error)
{
  if (sqlite3_prepare_v3 (
          self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, to, NULL) == SQLITE_OK)
    return TRUE;
  return fail (self, "open", error);
}

static gboolean
prepare_all (SqliteStore *self, GError **error)
{
  return prepare (self,
             "SELECT state FROM state WHERE fingerprint = ? AND key = ?",
             &self->get, error) &&
         prepare (self, "INSERT OR REPLACE INTO state VALUES (?, ?, ?)",
             &self->put, error) &&
         prepare (self, "DELETE FROM state WHERE fingerprint = ? AND key = ?",
             &self->delete, error) &&
         prepare (self,
             "SELECT key FROM state WHERE fingerprint = ? ORDER BY key",
             &self->list, error) &&
         prepare (self,
             "SELECT DISTINCT fingerprint FROM state ORDER BY fingerprint",
             &self->list_models, error);
}

/* SQLite takes a file of a few bytes for an empty database, and writes over it.
 */
static gboolean
check_header (SqliteStore *self, GError **error)
{
  static const gchar magic[16] = "SQLite format 3";
  g_autofree gchar *shown = NULL;
  gchar header[sizeof magic];
  FILE *file = g_fopen (self->parent.path, "rb");
  gsize n;

  if (!file)
    return TRUE; /* SQLite says why, or makes it */
  n = fread (header, 1, sizeof header, file);
  if (ferror (file))
    n = 0;
  fclose (file);
  if (n == 0 || (n == sizeof header && memcmp (header, magic, n) == 0))
    return TRUE;
  shown = g_filename_display_name (self->parent.path);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "cannot open '%s': it does not begin as an SQLite file does%s", shown,
      advice (SQLITE_NOTADB));
  return FALSE;
}

static gboolean
open_db (SqliteStore *self, GError **error)
{
  if (!check_header (self, error))
    return FALSE;
  if (sqlite3_open_v2 (self->parent.path, &self->db,
          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
          NULL) != SQLITE_OK)
    return fail (self, "open", error);
  sqlite3_busy_timeout (self->db, BUSY_MS);
  /* With a full synchronous, a batch that was committed outlives the machine's
   * sudden end as well as the process's. */
  return execute (self,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
             "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON",
             "open", error) &&
         check_schema (self, error) && prepare_all (self, error);
}

static const LstmStoreClass sqlite_class = {
  .get = sqlite_get,
  .put = sqlite_put,
  .list = sqlite_list,
  .list_models = sqlite_list_models,
  .free = sqlite_free,
};

/**
 * lstm_store_new_sqlite:
 * @path: of the SQLite file, which is made if there is none
 * @error: return location for a #GError
 *
 * A store for many keys and models. Several processes may use one file.
 *
 * Returns: (transfer full) (nullable): the store; %NULL with %LSTM_ERROR_IO if
 *   the file cannot be opened, %LSTM_ERROR_FORMAT if it is damaged or of
 *   something else
 */
LstmStore *
lstm_store_new_sqlite (const gchar *path, GError **error)
{
  SqliteStore *self;

  g_return_val_if_fail (path != NULL, NULL);
  self = g_new0 (SqliteStore, 1);
  lstm_store_init (&self->parent, &sqlite_class, path);
  if (open_db (self, error))
    return &self->parent;
  sqlite_free (&self->parent);
  return NULL;
}
