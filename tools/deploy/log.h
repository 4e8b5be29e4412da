/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "spec.h"

G_BEGIN_DECLS

/* What a deployment says while it runs, on stderr: a line of text or of JSON
 * each. From the main thread. */

void deploy_log_init (DeployLevel level, gboolean json);
gboolean deploy_log_is_json (void);

/* @pipeline: its name, or NULL for the deployment as a whole. */
void deploy_log (DeployLevel level, const gchar *pipeline, const gchar *format,
    ...) G_GNUC_PRINTF (3, 4);

/* Called before each line is written, to make room for it on a terminal. */
void deploy_log_set_prelude (void (*prelude) (gpointer data), gpointer data);

G_END_DECLS
