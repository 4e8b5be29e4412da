/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or with @ the name of an abstract socket. */
static gboolean
fill_address (struct sockaddr_un *address, socklen_t *size)
{
  const gchar *path = g_getenv ("NOTIFY_SOCKET");
  gsize length = path ? strlen (path) : 0;

  if (length < 2 || length >= sizeof address->sun_path ||
      (path[0] != '/' && path[0] != '@'))
    return FALSE;
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy (address->sun_path, path, length);
  if (path[0] == '@')
    address->sun_path[0] = '\0';
  *size = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length);
  return TRUE;
}

gboolean
deploy_notify (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  struct sockaddr_un address;
  socklen_t size;
  va_list args;
  gssize sent;
  int fd;

  if (!fill_address (&address, &size))
    return FALSE;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return FALSE;
  sent = sendto (fd, text, strlen (text), MSG_NOSIGNAL,
      (const struct sockaddr *) &address, size);
  close (fd);
  return sent >= 0;
}

guint
deploy_notify_get_watchdog (void)
{
  const gchar *text = g_getenv ("WATCHDOG_USEC");
  const gchar *pid = g_getenv ("WATCHDOG_PID");
  guint64 us;

  if (!text || !g_ascii_string_to_unsigned (
                   text, 10, 1, G_MAXUINT32 * (guint64) 1000, &us, NULL))
    return 0;
  if (pid && g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ())
    return 0;
  return (guint) MAX (us / 1000, 1);
}
