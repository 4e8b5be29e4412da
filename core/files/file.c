/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <lstm/error.h>

#define CHUNK_BYTES 65536

void
lstm_file_fail (
    LstmFile *file, GError **error, gint code, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LSTM_ERROR, code, "%s: %s", file->path, text);
}

void
lstm_file_free (LstmFile *file)
{
  if (file == NULL)
    return;
  if (file->stream != NULL)
    fclose (file->stream);
  if (file->temporary != NULL)
    g_unlink (file->temporary);
  g_free (file->temporary);
  g_free (file->target);
  g_free (file->path);
  g_free (file);
}

static LstmFile *
file_new (const gchar *path)
{
  LstmFile *file = g_new0 (LstmFile, 1);

  file->path = g_filename_display_name (path);
  return file;
}

/* ---- reading ---- */

static gboolean
check_regular (LstmFile *file, int fd, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0) {
    lstm_file_fail (
        file, error, LSTM_ERROR_IO, "cannot be read: %s", g_strerror (errno));
    return FALSE;
  }
  if (!S_ISREG (st.st_mode)) {
    lstm_file_fail (file, error, LSTM_ERROR_IO,
        "is %s, expected a regular file",
        S_ISDIR (st.st_mode) ? "a directory" : "a pipe, socket or device");
    return FALSE;
  }
  file->size = (guint64) st.st_size;
  return TRUE;
}

LstmFile *
lstm_file_open (const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = file_new (path);
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);

  if (fd < 0) {
    int code = errno;

    lstm_file_fail (file, error, LSTM_ERROR_IO, "cannot open it: %s%s",
        g_strerror (code), code == ENOENT ? "; check the path" : "");
    return NULL;
  }
  if (!check_regular (file, fd, error)) {
    close (fd);
    return NULL;
  }
  file->stream = fdopen (fd, "rb");
  if (file->stream == NULL) {
    lstm_file_fail (
        file, error, LSTM_ERROR_IO, "cannot open it: %s", g_strerror (errno));
    close (fd);
    return NULL;
  }
  return g_steal_pointer (&file);
}

gboolean
lstm_file_read (LstmFile *file, gpointer data, gsize n, GError **error)
{
  if (fread (data, 1, n, file->stream) == n)
    return TRUE;
  if (ferror (file->stream))
    lstm_file_fail (
        file, error, LSTM_ERROR_IO, "cannot read it: %s", g_strerror (errno));
  else
    lstm_file_fail (file, error, LSTM_ERROR_FORMAT,
        "is cut off: it ends where %" G_GSIZE_FORMAT " more bytes were due", n);
  return FALSE;
}

gboolean
lstm_file_read_numbers (LstmFile *file, LstmDtype dtype, gboolean big_endian,
    gsize n, gfloat *to, GError **error)
{
  guint8 chunk[CHUNK_BYTES];
  gsize size = lstm_dtype_get_size (dtype);

  while (n > 0) {
    gsize count = MIN (n, CHUNK_BYTES / size);

    if (!lstm_file_read (file, chunk, count * size, error))
      return FALSE;
    lstm_dtype_to_float (dtype, big_endian, chunk, count, to);
    to += count;
    n -= count;
  }
  return TRUE;
}

/* ---- writing ---- */

static void
fail_write (LstmFile *file, GError **error)
{
  lstm_file_fail (
      file, error, LSTM_ERROR_IO, "cannot write it: %s", g_strerror (errno));
}

LstmFile *
lstm_file_create (const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = file_new (path);

  file->stream = g_fopen (path, "wbe");
  if (file->stream != NULL)
    return g_steal_pointer (&file);
  fail_write (file, error);
  return NULL;
}

LstmFile *
lstm_file_replace (const gchar *path, GError **error)
{
  g_autoptr (LstmFile) file = file_new (path);
  gint fd;

  file->target = g_strdup (path);
  file->temporary = g_strconcat (path, ".XXXXXX", NULL);
  fd = g_mkstemp_full (file->temporary, O_RDWR | O_CLOEXEC, 0666);
  if (fd >= 0)
    file->stream = fdopen (fd, "wb");
  if (file->stream != NULL)
    return g_steal_pointer (&file);
  fail_write (file, error);
  if (fd >= 0)
    close (fd);
  else
    g_clear_pointer (&file->temporary, g_free);
  return NULL;
}

gboolean
lstm_file_sync (LstmFile *file, GError **error)
{
  if (fflush (file->stream) == 0 && fsync (fileno (file->stream)) == 0)
    return TRUE;
  fail_write (file, error);
  return FALSE;
}

gboolean
lstm_file_write (LstmFile *file, gconstpointer data, gsize n, GError **error)
{
  if (n == 0 || fwrite (data, 1, n, file->stream) == n)
    return TRUE;
  fail_write (file, error);
  return FALSE;
}

gboolean
lstm_file_write_floats (
    LstmFile *file, const gfloat *data, gsize n, GError **error)
{
  guint32 chunk[CHUNK_BYTES / sizeof (guint32)];

  for (gsize at = 0; at < n;) {
    gsize count = MIN (n - at, G_N_ELEMENTS (chunk));

    memcpy (chunk, data + at, count * sizeof *chunk);
    for (gsize i = 0; i < count; i++)
      chunk[i] = GUINT32_TO_LE (chunk[i]);
    if (!lstm_file_write (file, chunk, count * sizeof *chunk, error))
      return FALSE;
    at += count;
  }
  return TRUE;
}

gboolean
lstm_file_finish (LstmFile *file, GError **error)
{
  g_autoptr (LstmFile) owned = file;
  FILE *stream = g_steal_pointer (&owned->stream);

  if (fclose (stream) != 0 ||
      (owned->target != NULL &&
          g_rename (owned->temporary, owned->target) != 0)) {
    fail_write (owned, error);
    return FALSE;
  }
  g_clear_pointer (&owned->temporary, g_free);
  return TRUE;
}
