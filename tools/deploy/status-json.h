/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "snapshot.h"

G_BEGIN_DECLS

/* A snapshot as JSON, for status.html. (transfer full) */
GString *deploy_status_json_new (const DeploySnapshot *snapshot);

G_END_DECLS
