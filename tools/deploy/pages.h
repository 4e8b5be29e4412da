/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "snapshot.h"

G_BEGIN_DECLS

/* What there is to read at which path. One thread's. */
typedef struct _DeployPages DeployPages;

typedef struct {
  guint status; /* of HTTP */
  const gchar *type;
  const gchar *security; /* Content-Security-Policy; as long as the pages */
  GBytes *body;          /* (transfer full) */
} DeployPage;

DeployPages *deploy_pages_new (void);
void deploy_pages_free (DeployPages *pages);

/* @snapshot: the last one, or NULL if there is none yet. */
void deploy_pages_get (DeployPages *pages, const gchar *path,
    DeploySnapshot *snapshot, DeployPage *page);
/* Something else than GET and HEAD was asked for. */
void deploy_pages_refuse_method (DeployPages *pages, DeployPage *page);

G_END_DECLS
