/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "clients.h"

typedef struct {
  DeployClients *clients;
  GSocket *socket;
  GSocketConnection *connection; /* not owned: on_gone() comes before its end */
  gint64 until;                  /* g_get_monotonic_time() */
} Client;

struct _DeployClients {
  GSocket *socket;
  GMainContext *context;
  DeployClientFunc on_client;
  gpointer user_data;
  GSource *accepting; /* or NULL: no descriptors were left, until the sweep */
  GSource *sweeping;
  GQueue staying; /* Client, the oldest first */
  GQueue leaving; /* those sent away that nobody has let go of yet */
};

static void start_accepting (DeployClients *clients);

static GSource *
attach (DeployClients *clients, GSource *source, GSourceFunc callback)
{
  g_source_set_callback (source, callback, clients, NULL);
  g_source_attach (source, clients->context);
  return source;
}

static void
drop_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* ---- one client ---- */

static void
client_free (Client *client)
{
  g_object_unref (client->socket);
  g_free (client);
}

static void
on_gone (gpointer data, GObject *connection)
{
  Client *client = data;

  if (!g_queue_remove (&client->clients->leaving, client))
    g_queue_remove (&client->clients->staying, client);
  client_free (client);
}

/* Who reads from it or writes to it sees its end, and lets go of it. */
static void
send_oldest_away (DeployClients *clients)
{
  Client *client = g_queue_pop_head (&clients->staying);

  g_queue_push_tail (&clients->leaving, client);
  g_socket_shutdown (client->socket, TRUE, TRUE, NULL);
}

/* Takes @socket. */
static void
add (DeployClients *clients, GSocket *socket)
{
  g_autoptr (GSocketConnection) connection =
      g_socket_connection_factory_create_connection (socket);
  Client *client = g_new0 (Client, 1);

  client->clients = clients;
  client->socket = socket;
  client->connection = connection;
  client->until =
      g_get_monotonic_time () + DEPLOY_CLIENT_SECONDS * (gint64) G_USEC_PER_SEC;
  if (g_queue_get_length (&clients->staying) >= DEPLOY_MAX_CLIENTS)
    send_oldest_away (clients);
  g_queue_push_tail (&clients->staying, client);
  g_object_weak_ref (G_OBJECT (connection), on_gone, client);
  clients->on_client (connection, clients->user_data);
}

/* ---- all of them ---- */

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer data)
{
  DeployClients *clients = data;
  g_autoptr (GError) error = NULL;
  GSocket *accepted = g_socket_accept (clients->socket, NULL, &error);

  if (accepted) {
    g_socket_set_blocking (accepted, FALSE);
    add (clients, accepted);
    return G_SOURCE_CONTINUE;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  /* would be asked again at once, and in vain */
  g_clear_pointer (&clients->accepting, g_source_unref);
  return G_SOURCE_REMOVE;
}

static gboolean
sweep (gpointer data)
{
  DeployClients *clients = data;
  gint64 now = g_get_monotonic_time ();
  const Client *oldest;

  while (
      (oldest = g_queue_peek_head (&clients->staying)) && oldest->until <= now)
    send_oldest_away (clients);
  if (!clients->accepting)
    start_accepting (clients);
  return G_SOURCE_CONTINUE;
}

static void
start_accepting (DeployClients *clients)
{
  clients->accepting =
      attach (clients, g_socket_create_source (clients->socket, G_IO_IN, NULL),
          G_SOURCE_FUNC (on_readable));
}

DeployClients *
deploy_clients_new (GSocket *socket, GMainContext *context,
    DeployClientFunc on_client, gpointer user_data)
{
  DeployClients *clients = g_new0 (DeployClients, 1);

  clients->socket = g_object_ref (socket);
  clients->context = context;
  clients->on_client = on_client;
  clients->user_data = user_data;
  g_queue_init (&clients->staying);
  g_queue_init (&clients->leaving);
  clients->sweeping = attach (clients, g_timeout_source_new_seconds (1), sweep);
  start_accepting (clients);
  return clients;
}

void
deploy_clients_stop (DeployClients *clients)
{
  drop_source (&clients->accepting);
  drop_source (&clients->sweeping);
  g_socket_close (clients->socket, NULL);
  while (!g_queue_is_empty (&clients->staying))
    send_oldest_away (clients);
}

void
deploy_clients_free (DeployClients *clients)
{
  Client *client;

  while ((client = g_queue_pop_head (&clients->leaving))) {
    g_object_weak_unref (G_OBJECT (client->connection), on_gone, client);
    client_free (client);
  }
  g_object_unref (clients->socket);
  g_free (clients);
}
