/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "http.h"

#include <libsoup/soup.h>
#include <sys/resource.h>

#include "ask.h"
#include "clients.h"
#include "pages.h"

/* The server's thread is so much nicer than the others: streams go first where
 * processors are few. */
#define NICER 10

struct _DeployHttp {
  gchar *url;
  gchar *hash;     /* of the file's path */
  GSocket *socket; /* listens */
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;

  /* The thread's. */
  SoupServer *server;
  DeployClients *clients;
  DeployPages *pages;

  GMutex lock;              /* guards: */
  DeploySnapshot *snapshot; /* or NULL: none was published yet */
};

/* ---- requests, in the thread ---- */

static DeploySnapshot *
get_snapshot (DeployHttp *http)
{
  DeploySnapshot *snapshot = NULL;

  g_mutex_lock (&http->lock);
  if (http->snapshot)
    snapshot = deploy_snapshot_ref (http->snapshot);
  g_mutex_unlock (&http->lock);
  return snapshot;
}

static void
respond (DeployHttp *http, SoupServerMessage *message, const DeployPage *page)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, page->status, NULL);
  soup_message_headers_replace (headers, "Connection", "close");
  soup_message_headers_replace (headers, DEPLOY_HASH_HEADER, http->hash);
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
  soup_message_headers_replace (
      headers, "Content-Security-Policy", page->security);
  soup_message_headers_set_content_type (headers, page->type, NULL);
  if (page->status == SOUP_STATUS_METHOD_NOT_ALLOWED)
    soup_message_headers_replace (headers, "Allow", "GET, HEAD");
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (message), page->body);
}

/* Before the body of a request is read. */
static void
on_headers (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_request_headers (message);

  /* no answer needs one, and parts of an answer are of no use */
  soup_message_body_set_accumulate (
      soup_server_message_get_request_body (message), FALSE);
  soup_message_headers_remove (headers, "Range");
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  DeployHttp *http = data;
  const char *method = soup_server_message_get_method (message);
  g_autoptr (DeploySnapshot) snapshot = get_snapshot (http);
  DeployPage page;

  if (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD)
    deploy_pages_get (http->pages, path, snapshot, &page);
  else
    deploy_pages_refuse_method (http->pages, &page);
  respond (http, message, &page);
  g_bytes_unref (page.body);
}

/* ---- the thread ---- */

static void
on_client (GSocketConnection *connection, gpointer data)
{
  DeployHttp *http = data;
  g_autoptr (GSocketAddress) local =
      g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_connection_get_remote_address (connection, NULL);

  /* one who has gone already has no address */
  if (local && remote)
    soup_server_accept_iostream (
        http->server, G_IO_STREAM (connection), local, remote, NULL);
}

static gpointer
serve (gpointer data)
{
  DeployHttp *http = data;

  /* of this thread, on Linux */
  setpriority (
      PRIO_PROCESS, 0, MIN (getpriority (PRIO_PROCESS, 0) + NICER, 19));
  g_main_context_push_thread_default (http->context);
  http->server = soup_server_new ("server-header", "gst-lstm", NULL);
  soup_server_add_early_handler (http->server, NULL, on_headers, http, NULL);
  soup_server_add_handler (http->server, NULL, on_request, http, NULL);
  http->pages = deploy_pages_new ();
  http->clients =
      deploy_clients_new (http->socket, http->context, on_client, http);
  g_main_loop_run (http->loop);
  deploy_clients_stop (http->clients);
  soup_server_disconnect (http->server);
  g_clear_object (&http->server);
  while (g_main_context_iteration (http->context, FALSE)) {
  }
  deploy_clients_free (http->clients);
  deploy_pages_free (http->pages);
  g_main_context_pop_thread_default (http->context);
  return NULL;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

/* ---- life ---- */

static GSocket *
listen_at (GSocketAddress *address, GError **error)
{
  GSocketFamily family = g_socket_address_get_family (address);
  g_autoptr (GSocket) socket =
      g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (!socket)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, 256);
  if (!g_socket_bind (socket, address, TRUE, error) ||
      !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

static gchar *
describe_socket (GSocket *socket)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  g_autofree gchar *at =
      g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (local));

  return g_strdup_printf ("http://%s/", at);
}

DeployHttp *
deploy_http_new (
    const gchar *address, guint16 port, const gchar *path, GError **error)
{
  g_autoptr (GSocketAddress) at =
      g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GError) failure = NULL;
  g_autoptr (GSocket) socket = at ? listen_at (at, &failure) : NULL;
  DeployHttp *http;

  if (!socket) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "port %u of %s cannot be listened at: %s; choose another one, or end "
        "what has it",
        port, address, failure ? failure->message : "it is no address");
    return NULL;
  }
  http = g_new0 (DeployHttp, 1);
  http->url = describe_socket (socket);
  http->hash = deploy_hash_path (path);
  http->socket = g_steal_pointer (&socket);
  g_mutex_init (&http->lock);
  http->context = g_main_context_new ();
  http->loop = g_main_loop_new (http->context, FALSE);
  http->thread = g_thread_new ("deploy-http", serve, http);
  return http;
}

void
deploy_http_free (DeployHttp *http)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  /* not invoked at once: the loop may not run yet */
  g_source_set_callback (source, quit, http->loop, NULL);
  g_source_attach (source, http->context);
  g_thread_join (http->thread);
  g_clear_pointer (&http->snapshot, deploy_snapshot_unref);
  g_mutex_clear (&http->lock);
  g_main_loop_unref (http->loop);
  g_main_context_unref (http->context);
  g_object_unref (http->socket);
  g_free (http->hash);
  g_free (http->url);
  g_free (http);
}

const gchar *
deploy_http_get_url (const DeployHttp *http)
{
  return http->url;
}

void
deploy_http_publish (DeployHttp *http, DeploySnapshot *snapshot)
{
  DeploySnapshot *old;

  g_mutex_lock (&http->lock);
  old = http->snapshot;
  http->snapshot = snapshot;
  g_mutex_unlock (&http->lock);
  g_clear_pointer (&old, deploy_snapshot_unref);
}
