/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "zip.h"

#include <string.h>
#include <sys/stat.h>
#include <zip.h>

/* Keras writes three members, and one for each file that a layer brings. */
#define MAX_MEMBERS 4096

/* A member that is larger than this and grows by more than the ratio is a bomb:
 * Keras stores members as they are, and weights that somebody packed again
 * shrink to half. */
#define BOMB_FLOOR (G_GUINT64_CONSTANT (16) << 20)
#define BOMB_RATIO 100

struct _LstmZip {
  zip_t *archive;
  guint64 size;      /* of the file, in bytes */
  GHashTable *names; /* name -> index, plus 1 */
};

void
lstm_zip_close (LstmZip *zip)
{
  if (zip->archive != NULL)
    zip_discard (zip->archive);
  g_clear_pointer (&zip->names, g_hash_table_unref);
  g_free (zip);
}

/* A drive ("C:") or a backslash means something on other systems only, and
 * nothing that Keras writes. */
static gboolean
is_path_safe (const gchar *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  if (*name == '\0' || *name == '/' || strpbrk (name, "\\:") != NULL)
    return FALSE;
  return !g_strv_contains ((const gchar *const *) parts, "..");
}

static gboolean
is_encrypted (LstmZip *zip, zip_uint64_t index)
{
  zip_stat_t st;

  return zip_stat_index (zip->archive, index, 0, &st) != 0 ||
         (st.valid & ZIP_STAT_ENCRYPTION_METHOD) == 0 ||
         st.encryption_method != ZIP_EM_NONE;
}

static gboolean
add_member (LstmZip *zip, zip_uint64_t index, GError **error)
{
  const gchar *raw = zip_get_name (zip->archive, index, 0);
  g_autofree gchar *name = g_utf8_make_valid (raw != NULL ? raw : "", -1);

  if (!is_path_safe (name)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is a zip file with a member '%s': absolute paths, '..', '\\' and ':' "
        "are refused; save the model again with model.save(\"model.keras\")",
        name);
    return FALSE;
  }
  if (is_encrypted (zip, index)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "is a zip file whose member '%s' is encrypted, or packed in a way that "
        "cannot be told; unpack it and pack it again without a password",
        name);
    return FALSE;
  }
  if (g_hash_table_contains (zip->names, name)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is a zip file with two members '%s'; expected one: save the model "
        "again with model.save(\"model.keras\")",
        name);
    return FALSE;
  }
  g_hash_table_insert (
      zip->names, g_steal_pointer (&name), GUINT_TO_POINTER (index + 1));
  return TRUE;
}

static gboolean
list_members (LstmZip *zip, GError **error)
{
  zip_int64_t n = zip_get_num_entries (zip->archive, 0);

  if (n < 0 || n > MAX_MEMBERS) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is a zip file of %" G_GINT64_FORMAT " members; the limit is %d, and "
        "Keras writes about three",
        (gint64) n, MAX_MEMBERS);
    return FALSE;
  }
  for (zip_int64_t i = 0; i < n; i++) {
    if (!add_member (zip, (zip_uint64_t) i, error))
      return FALSE;
  }
  return TRUE;
}

LstmZip *
lstm_zip_open (const gchar *path, GError **error)
{
  g_autoptr (LstmZip) zip = g_new0 (LstmZip, 1);
  zip_error_t problem;
  struct stat st;
  int code = 0;

  zip->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  zip->archive = zip_open (path, ZIP_RDONLY, &code);
  if (zip->archive == NULL || stat (path, &st) != 0) {
    zip_error_init_with_code (&problem, code);
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is a zip file, but damaged or truncated; copy or download it again "
        "(libzip: %s)",
        zip_error_strerror (&problem));
    zip_error_fini (&problem);
    return NULL;
  }
  zip->size = (guint64) st.st_size;
  return list_members (zip, error) ? g_steal_pointer (&zip) : NULL;
}

gboolean
lstm_zip_has (LstmZip *zip, const gchar *member)
{
  return g_hash_table_contains (zip->names, member);
}

gboolean
lstm_zip_has_suffix (LstmZip *zip, const gchar *suffix)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, zip->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (g_str_has_suffix (name, suffix))
      return TRUE;
  return FALSE;
}

static gboolean
check_size (LstmZip *zip, const gchar *member, const zip_stat_t *st,
    guint64 limit, GError **error)
{
  guint64 size = st->size, packed = st->comp_size;

  if ((st->valid & ZIP_STAT_SIZE) == 0 ||
      (st->valid & ZIP_STAT_COMP_SIZE) == 0 ||
      (st->valid & ZIP_STAT_COMP_METHOD) == 0 || packed > zip->size) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "member '%s' does not say its size, or a size larger than the file; "
        "the zip file is damaged or truncated: copy or download it again",
        member);
    return FALSE;
  }
  if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
        "member '%s' is packed by method %u; expected stored or deflated, as "
        "Keras does: unpack it and pack it again",
        member, st->comp_method);
    return FALSE;
  }
  if (size > limit) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "member '%s' has %" G_GUINT64_FORMAT " bytes; the limit is "
        "%" G_GUINT64_FORMAT,
        member, size, limit);
    return FALSE;
  }
  if (size > BOMB_FLOOR && size / BOMB_RATIO > packed) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "member '%s' says that its %" G_GUINT64_FORMAT " bytes unpack to "
        "%" G_GUINT64_FORMAT ", more than %d times as many: a zip bomb? Save "
        "the model again with model.save(\"model.keras\")",
        member, packed, size, BOMB_RATIO);
    return FALSE;
  }
  return TRUE;
}

/* Exactly @size bytes, and then the end: there libzip compares the checksum. */
static gboolean
read_all (zip_file_t *file, guint8 *data, guint64 size, const gchar **reason)
{
  guint8 beyond;
  zip_int64_t got;

  while (size > 0) {
    got = zip_fread (file, data, size);
    if (got <= 0) {
      *reason = got < 0 ? zip_file_strerror (file) : "it ends early";
      return FALSE;
    }
    data += got;
    size -= (guint64) got;
  }
  got = zip_fread (file, &beyond, 1);
  if (got == 0)
    return TRUE;
  *reason = got < 0 ? zip_file_strerror (file) : "it is longer than it says";
  return FALSE;
}

static guint8 *
read_member (
    LstmZip *zip, const gchar *member, const zip_stat_t *st, GError **error)
{
  g_autofree guint8 *data = g_try_malloc (st->size + 1);
  const gchar *reason = NULL;
  zip_file_t *file;

  if (data == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "member '%s': no memory for its %" G_GUINT64_FORMAT " bytes", member,
        (guint64) st->size);
    return NULL;
  }
  data[st->size] = '\0';
  file = zip_fopen_index (zip->archive, st->index, 0);
  if (file == NULL)
    reason = zip_strerror (zip->archive);
  else
    read_all (file, data, st->size, &reason);
  if (reason != NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "member '%s' cannot be read: the zip file is damaged or truncated; "
        "copy or download it again (libzip: %s)",
        member, reason);
    g_clear_pointer (&data, g_free);
  }
  if (file != NULL)
    zip_fclose (file);
  return g_steal_pointer (&data);
}

/* With a NUL behind its end, which @size does not count. */
static guint8 *
find_and_read (LstmZip *zip, const gchar *member, guint64 limit, gsize *size,
    GError **error)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (zip->names, member));
  zip_stat_t st;

  if (number == 0) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "is a zip file without a member '%s'; expected one that Keras wrote: "
        "save the model with model.save(\"model.keras\")",
        member);
    return NULL;
  }
  zip_stat_init (&st);
  if (zip_stat_index (zip->archive, number - 1, 0, &st) != 0)
    st.valid = 0;
  if (!check_size (zip, member, &st, MIN (limit, G_MAXSIZE - 1), error))
    return NULL;
  *size = (gsize) st.size;
  return read_member (zip, member, &st, error);
}

GBytes *
lstm_zip_read (LstmZip *zip, const gchar *member, guint64 limit, GError **error)
{
  gsize size = 0;
  guint8 *data = find_and_read (zip, member, limit, &size, error);

  return data != NULL ? g_bytes_new_take (data, size) : NULL;
}

gchar *
lstm_zip_read_text (
    LstmZip *zip, const gchar *member, guint64 limit, GError **error)
{
  gsize size = 0;
  g_autofree gchar *text =
      (gchar *) find_and_read (zip, member, limit, &size, error);

  if (text == NULL)
    return NULL;
  if (strlen (text) == size)
    return g_steal_pointer (&text);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "member '%s' is no text: its byte %zu is 0", member, strlen (text));
  return NULL;
}
