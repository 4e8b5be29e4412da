/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/read-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <lstm/error.h>

#define CHUNK 65536

static gboolean
fail_errno (const gchar *path, int code, GError **error)
{
  g_autofree gchar *name = g_filename_display_name (path);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "%s: cannot be read: %s", name,
      g_strerror (code));
  return FALSE;
}

/* A pipe or a device could keep its reader waiting for ever. */
static gboolean
check_regular (int fd, const gchar *path, GError **error)
{
  g_autofree gchar *name = NULL;
  struct stat st;

  if (fstat (fd, &st) != 0)
    return fail_errno (path, errno, error);
  if (S_ISREG (st.st_mode))
    return TRUE;
  name = g_filename_display_name (path);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
      "%s: is %s, expected a regular file", name,
      S_ISDIR (st.st_mode) ? "a directory" : "a pipe, socket or device");
  return FALSE;
}

static gboolean
check_size (
    const gchar *path, const GByteArray *bytes, gsize limit, GError **error)
{
  g_autofree gchar *name = NULL;

  if (bytes->len <= limit)
    return TRUE;
  name = g_filename_display_name (path);
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_CONFIG,
      "%s:1:1: the file is larger than the %" G_GSIZE_FORMAT
      " bytes that it may have",
      name, limit);
  return FALSE;
}

static gboolean
read_all (
    int fd, const gchar *path, gsize limit, GByteArray *bytes, GError **error)
{
  while (bytes->len <= limit) {
    guint8 chunk[CHUNK];
    gssize n = read (fd, chunk, sizeof chunk);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (path, errno, error);
    if (n == 0)
      break;
    g_byte_array_append (bytes, chunk, n);
  }
  return check_size (path, bytes, limit, error);
}

gchar *
lstm_read_file (const gchar *path, gsize limit, gsize *length, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  gboolean ok;

  if (fd < 0) {
    fail_errno (path, errno, error);
    return NULL;
  }
  ok = check_regular (fd, path, error) &&
       read_all (fd, path, limit, bytes, error);
  g_close (fd, NULL);
  if (!ok)
    return NULL;
  *length = bytes->len;
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return (gchar *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}
