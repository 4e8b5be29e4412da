/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "spec.h"

G_BEGIN_DECLS

/* How long to wait before the next run: each failure in a row doubles it. */
typedef struct {
  guint n_failures; /* in a row */
} DeployBackoff;

/* A run is over after @ran ms; returns ms until the next. */
guint deploy_backoff_next (
    DeployBackoff *backoff, const DeployRestart *restart, gint64 ran);

G_END_DECLS
