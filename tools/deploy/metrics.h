/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "snapshot.h"

G_BEGIN_DECLS

/* How a deployment does, told over HTTP: by a thread of its own, which sees
 * nothing but snapshots. All functions are the main thread's. */
typedef struct _DeployMetrics DeployMetrics;

/* Listens where @spec wants it: *metrics, which may be NULL, becomes what does,
 * or NULL if none are wanted. FALSE with @error, and all is as it was. */
gboolean deploy_metrics_move (
    DeployMetrics **metrics, const DeploySpec *spec, GError **error);
void deploy_metrics_free (DeployMetrics *metrics);

/* What is told from now on; takes @snapshot. */
void deploy_metrics_publish (DeployMetrics *metrics, DeploySnapshot *snapshot);

/* Whether @spec's address and port can be listened at now, or are listened at
 * by the deployment that runs of the same file. */
gboolean deploy_metrics_try (const DeploySpec *spec, GError **error);

G_END_DECLS
