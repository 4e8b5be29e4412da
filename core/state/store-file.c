/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* One file that holds one stream's state. It is never written in place: a new
 * file beside it is filled, put on the disk and renamed over it, so that at any
 * moment the name stands for a whole state. */

#include "state/store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <lstm/error.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LONG_AGO 60 /* seconds */

typedef struct {
  LstmStore parent;
  gchar *dir;
  gchar *prefix; /* of names of files that are being filled: .NAME. */
} FileStore;

static gboolean
set_io_error (GError **error, const gchar *what, const gchar *path, int number)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "cannot %s '%s': %s%s", what,
      shown, g_strerror (number),
      number == ENOSPC || number == EDQUOT || number == EFBIG
          ? "; make room there, or choose another place"
      : number == EACCES || number == EPERM || number == EROFS
          ? "; make the directory writable, or choose another place"
          : "");
  return FALSE;
}

/* ---- reading ---- */

static gboolean
read_all (int fd, gchar *to, gsize n)
{
  while (n > 0) {
    ssize_t got = read (fd, to, n);

    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return FALSE;
    to += got;
    n -= (gsize) got;
  }
  return TRUE;
}

static gboolean
read_state (int fd, const gchar *path, GBytes **state, GError **error)
{
  g_autofree gchar *data = NULL;
  struct stat st;

  if (fstat (fd, &st) != 0)
    return set_io_error (error, "read", path, errno);
  if (!S_ISREG (st.st_mode) || st.st_size > LSTM_STATE_MAX_BYTES) {
    g_autofree gchar *shown = g_filename_display_name (path);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "'%s' is no saved state: it %s, expected a file of at most %d bytes; "
        "name another file",
        shown, S_ISREG (st.st_mode) ? "is too large" : "is no file",
        LSTM_STATE_MAX_BYTES);
    return FALSE;
  }
  data = g_malloc (MAX ((gsize) st.st_size, 1));
  errno = EIO; /* of a file that ends early */
  if (!read_all (fd, data, (gsize) st.st_size))
    return set_io_error (error, "read", path, errno);
  *state = g_bytes_new_take (g_steal_pointer (&data), (gsize) st.st_size);
  return TRUE;
}

static gboolean
file_get (LstmStore *store, const gchar *fingerprint, const gchar *key,
    GBytes **state, GError **error)
{
  int fd = open (store->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gboolean ok;

  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0)
    return set_io_error (error, "open", store->path, errno);
  ok = read_state (fd, store->path, state, error);
  close (fd);
  return ok;
}

/* What the file's state is of: nothing where there is no file. */
static gboolean
inspect (LstmStore *store, gchar **fingerprint, LstmStateExtras *extras,
    GError **error)
{
  g_autoptr (GBytes) state = NULL;

  if (!file_get (store, NULL, "", &state, error))
    return FALSE;
  if (state && !lstm_state_inspect (state, fingerprint, extras, error)) {
    g_autofree gchar *shown = g_filename_display_name (store->path);

    g_prefix_error (error, "'%s': ", shown);
    return FALSE;
  }
  return TRUE;
}

static gchar **
file_list_models (LstmStore *store, GError **error)
{
  g_autoptr (GStrvBuilder) models = g_strv_builder_new ();
  g_autofree gchar *found = NULL;

  if (!inspect (store, &found, NULL, error))
    return NULL;
  if (found)
    g_strv_builder_add (models, found);
  return g_strv_builder_end (models);
}

static gchar **
file_list (LstmStore *store, const gchar *fingerprint, GError **error)
{
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  g_autofree gchar *found = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  if (!inspect (store, &found, &extras, error))
    return NULL;
  if (g_strcmp0 (found, fingerprint) == 0)
    g_strv_builder_add (keys, extras.key ? extras.key : "");
  return g_strv_builder_end (keys);
}

/* ---- writing ---- */

static gboolean
write_all (int fd, GBytes *bytes)
{
  gsize n;
  const gchar *from = g_bytes_get_data (bytes, &n);

  while (n > 0) {
    ssize_t put = write (fd, from, n);

    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return FALSE;
    from += put;
    n -= (gsize) put;
  }
  return fsync (fd) == 0;
}

/* The name is safe on the disk once its directory is. */
static gboolean
sync_dir (const gchar *dir, GError **error)
{
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int number = 0;

  if (fd < 0)
    return set_io_error (error, "open", dir, errno);
  /* Some file systems have nothing to do here and say EINVAL. */
  if (fsync (fd) != 0 && errno != EINVAL)
    number = errno;
  close (fd);
  return number == 0 || set_io_error (error, "write", dir, number);
}

static gboolean
replace (FileStore *self, GBytes *state, GError **error)
{
  const gchar *path = self->parent.path;
  g_autofree gchar *name =
      g_strdup_printf ("%s%d-XXXXXX", self->prefix, (int) getpid ());
  g_autofree gchar *temporary = g_build_filename (self->dir, name, NULL);
  int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0644);
  gboolean ok;
  int number;

  if (fd < 0)
    return set_io_error (error, "write", path, errno);
  ok = write_all (fd, state);
  number = errno;
  if (close (fd) != 0 && ok) {
    ok = FALSE;
    number = errno;
  }
  if (ok && g_rename (temporary, path) != 0) {
    ok = FALSE;
    number = errno;
  }
  if (ok)
    return sync_dir (self->dir, error);
  g_unlink (temporary);
  return set_io_error (error, "write", path, number);
}

static gboolean
file_put (
    LstmStore *store, const LstmStoreItem *items, guint n_items, GError **error)
{
  FileStore *self = (FileStore *) store;
  const LstmStoreItem *last = &items[n_items - 1];

  for (guint i = 0; i + 1 < n_items; i++)
    if (g_strcmp0 (items[i].key ? items[i].key : "",
            last->key ? last->key : "") != 0) {
      g_autofree gchar *shown = g_filename_display_name (store->path);

      g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
          "'%s' holds the state of one stream, and was given those of '%s' and "
          "'%s'; keep many keys in an SQLite file",
          shown, items[i].key ? items[i].key : "", last->key ? last->key : "");
      return FALSE;
    }
  if (last->state)
    return replace (self, last->state, error);
  if (g_unlink (store->path) != 0 && errno != ENOENT)
    return set_io_error (error, "delete", store->path, errno);
  return sync_dir (self->dir, error);
}

/* ---- life ---- */

static void
file_free (LstmStore *store)
{
  FileStore *self = (FileStore *) store;

  g_free (self->dir);
  g_free (self->prefix);
  lstm_store_finish (store);
  g_free (self);
}

/* A file of this process's own number may be from one before it, in a container
 * as a rule: it is, if it is old. */
static gboolean
is_left_behind (const gchar *path, pid_t pid)
{
  struct stat st;

  if (pid != getpid ())
    return kill (pid, 0) != 0 && errno == ESRCH;
  return g_lstat (path, &st) == 0 && time (NULL) - st.st_mtime > LONG_AGO;
}

/* A process that was killed while it filled a file left it behind. */
static void
remove_left_behind (FileStore *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (self->dir, name, NULL);
    gchar *end;
    gint64 pid;

    if (!g_str_has_prefix (name, self->prefix))
      continue;
    pid = g_ascii_strtoll (name + strlen (self->prefix), &end, 10);
    if (*end == '-' && strlen (end) == 7 && pid > 0 && pid <= G_MAXINT32 &&
        is_left_behind (path, (pid_t) pid))
      g_unlink (path);
  }
}

static const LstmStoreClass file_class = {
  .get = file_get,
  .put = file_put,
  .list = file_list,
  .list_models = file_list_models,
  .free = file_free,
};

/**
 * lstm_store_new_file:
 * @path: of the file, which need not exist; its directory must
 * @error: return location for a #GError
 *
 * A store that holds the state of one stream in one file. The file is replaced
 * as a whole: whenever the process or the machine stops, it holds one state or
 * the next.
 *
 * Returns: (transfer full) (nullable): the store; %NULL with %LSTM_ERROR_IO if
 *   there is no such directory
 */
LstmStore *
lstm_store_new_file (const gchar *path, GError **error)
{
  FileStore *self;
  g_autofree gchar *dir = NULL, *name = NULL;

  g_return_val_if_fail (path != NULL, NULL);
  dir = g_path_get_dirname (path);
  name = g_path_get_basename (path);
  if (!g_file_test (dir, G_FILE_TEST_IS_DIR)) {
    g_autofree gchar *shown = g_filename_display_name (dir);

    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "there is no directory '%s' to keep the state file '%s' in; make it, "
        "or choose another place",
        shown, name);
    return NULL;
  }
  self = g_new0 (FileStore, 1);
  lstm_store_init (&self->parent, &file_class, path);
  self->dir = g_steal_pointer (&dir);
  self->prefix = g_strdup_printf (".%s.", name);
  remove_left_behind (self);
  return &self->parent;
}
