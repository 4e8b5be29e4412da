/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "metrics.h"

#include "http.h"
#include "log.h"

struct _DeployMetrics {
  gchar *address;
  guint16 port; /* that was asked for; 0: any */
  DeployHttp *http;
};

static DeployMetrics *
metrics_new (
    const gchar *address, guint16 port, const gchar *path, GError **error)
{
  DeployHttp *http = deploy_http_new (address, port, path, error);
  DeployMetrics *metrics;

  if (!http)
    return NULL;
  deploy_log (DEPLOY_LOG_INFO, NULL, "metrics and status at %s",
      deploy_http_get_url (http));
  metrics = g_new0 (DeployMetrics, 1);
  metrics->address = g_strdup (address);
  metrics->port = port;
  metrics->http = http;
  return metrics;
}

void
deploy_metrics_free (DeployMetrics *metrics)
{
  deploy_http_free (metrics->http);
  g_free (metrics->address);
  g_free (metrics);
}

/* The old one goes first: 127.0.0.1 and 0.0.0.0 cannot have one port both. */
static gboolean
replace (DeployMetrics **metrics, const DeploySpec *spec, GError **error)
{
  DeployMetrics *old = g_steal_pointer (metrics);
  g_autofree gchar *address = old ? g_strdup (old->address) : NULL;
  guint16 port = old ? old->port : 0;

  g_clear_pointer (&old, deploy_metrics_free);
  *metrics = metrics_new (
      spec->metrics_address, spec->metrics_port, spec->path, error);
  if (*metrics)
    return TRUE;
  if (address)
    *metrics = metrics_new (address, port, spec->path, NULL);
  return FALSE;
}

gboolean
deploy_metrics_move (
    DeployMetrics **metrics, const DeploySpec *spec, GError **error)
{
  if (!spec->metrics_address) {
    g_clear_pointer (metrics, deploy_metrics_free);
    return TRUE;
  }
  if (*metrics && (*metrics)->port == spec->metrics_port &&
      g_str_equal ((*metrics)->address, spec->metrics_address))
    return TRUE;
  return replace (metrics, spec, error);
}

void
deploy_metrics_publish (DeployMetrics *metrics, DeploySnapshot *snapshot)
{
  deploy_http_publish (metrics->http, snapshot);
}

gboolean
deploy_metrics_try (const DeploySpec *spec, GError **error)
{
  g_autoptr (GError) failure = NULL;
  DeployHttp *http = deploy_http_new (
      spec->metrics_address, spec->metrics_port, spec->path, &failure);

  if (http) {
    deploy_http_free (http);
    return TRUE;
  }
  if (deploy_http_is_served (
          spec->metrics_address, spec->metrics_port, spec->path))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
