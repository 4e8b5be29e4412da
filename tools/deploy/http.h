/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "snapshot.h"

G_BEGIN_DECLS

/* An HTTP server in a thread of its own. Its clients wait for nothing but that
 * thread, and nothing waits for them: each has 10 seconds in all, and when 256
 * are there, the one that has been there for longest makes room. */
typedef struct _DeployHttp DeployHttp;

/* @path: of the deployment's file, which each answer has a hash of. */
DeployHttp *deploy_http_new (
    const gchar *address, guint16 port, const gchar *path, GError **error);
/* Ends its thread. */
void deploy_http_free (DeployHttp *http);

/* Where it is: "http://127.0.0.1:9469/". */
const gchar *deploy_http_get_url (const DeployHttp *http);

/* Whether what answers there, within 2 s, is the same file's deployment. */
gboolean deploy_http_is_served (
    const gchar *address, guint16 port, const gchar *path);

/* What it tells of from now on; takes @snapshot. */
void deploy_http_publish (DeployHttp *http, DeploySnapshot *snapshot);

G_END_DECLS
