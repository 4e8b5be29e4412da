/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Accepts clients of a server and bounds how many there are and how long each
 * may stay, whatever they do. All of it is one thread's, that of the context.
 */

#define DEPLOY_MAX_CLIENTS 256
#define DEPLOY_CLIENT_SECONDS 10

typedef struct _DeployClients DeployClients;

/* Borrows the connection, which is the client's as long as somebody has a
 * reference. */
typedef void (*DeployClientFunc) (GSocketConnection *connection, gpointer data);

/* @socket: listens, and does not block. */
DeployClients *deploy_clients_new (GSocket *socket, GMainContext *context,
    DeployClientFunc on_client, gpointer user_data);
/* No more clients, and those that are there are sent away. */
void deploy_clients_stop (DeployClients *clients);
void deploy_clients_free (DeployClients *clients);

G_END_DECLS
