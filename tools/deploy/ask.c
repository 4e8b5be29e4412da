/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ask.h"

#include <string.h>

#include "http.h"

#define PATIENCE 2 /* s, for each step */

gchar *
deploy_hash_path (const gchar *path)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, path, -1);
}

/* The head of an answer, as far as there is room. */
static gboolean
read_head (GIOStream *stream, gchar *head, gsize size)
{
  static const gchar request[] = "HEAD /healthz HTTP/1.0\r\n\r\n";
  gsize n = 0;

  if (!g_output_stream_write_all (g_io_stream_get_output_stream (stream),
          request, strlen (request), NULL, NULL, NULL) ||
      !g_input_stream_read_all (g_io_stream_get_input_stream (stream), head,
          size - 1, &n, NULL, NULL))
    return FALSE;
  head[n] = '\0';
  return TRUE;
}

gboolean
deploy_http_is_served (const gchar *address, guint16 port, const gchar *path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) at = G_SOCKET_CONNECTABLE (
      g_inet_socket_address_new_from_string (address, port));
  g_autoptr (GSocketConnection) connection = NULL;
  g_autofree gchar *hash = deploy_hash_path (path);
  g_autofree gchar *line =
      g_strdup_printf ("\r\n" DEPLOY_HASH_HEADER ": %s\r\n", hash);
  gchar head[4096];

  g_socket_client_set_timeout (client, PATIENCE);
  g_socket_client_set_enable_proxy (client, FALSE);
  connection = at ? g_socket_client_connect (client, at, NULL, NULL) : NULL;
  return connection &&
         read_head (G_IO_STREAM (connection), head, sizeof head) &&
         strstr (head, line) != NULL;
}
