/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Of which file a deployment is that answers: its path is nobody's business,
 * but a hash of it tells who knows the file. */

#define DEPLOY_HASH_HEADER "Gst-Lstm-Deployment"

/* (transfer full) */
gchar *deploy_hash_path (const gchar *path);

G_END_DECLS
