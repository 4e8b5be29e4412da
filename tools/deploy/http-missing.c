/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "http.h"

#include <lstm/lstm.h>

/* In place of http.c and what it tells, in a build without libsoup. */

DeployHttp *
deploy_http_new (
    const gchar *address, guint16 port, const gchar *path, GError **error)
{
  g_set_error_literal (error, LSTM_ERROR, LSTM_ERROR_UNSUPPORTED,
      "this gst-lstm was built without libsoup, which tells metrics over "
      "HTTP: build it where libsoup 3.2 or later is, with -Dhttp=enabled, or "
      "leave 'metrics' out");
  return NULL;
}

void
deploy_http_free (DeployHttp *http)
{
}

gboolean
deploy_http_is_served (const gchar *address, guint16 port, const gchar *path)
{
  return FALSE;
}

const gchar *
deploy_http_get_url (const DeployHttp *http)
{
  return NULL;
}

void
deploy_http_publish (DeployHttp *http, DeploySnapshot *snapshot)
{
  deploy_snapshot_unref (snapshot);
}
