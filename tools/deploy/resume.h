/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "elements.h"
#include "spec.h"

G_BEGIN_DECLS

/* Lets a pipeline that does not run yet go on where an earlier run of it
 * stopped: state files are named and read, rows that the states have seen are
 * skipped, and outputs are appended to whole rows. FALSE with @error if a state
 * cannot be read; the pipeline's lstm elements are in PAUSED then. */
gboolean deploy_resume (
    GstElement *pipeline, const DeployPipelineSpec *spec, GError **error);

/* Cuts what follows the last newline of a file off; the number of bytes, or -1
 * with errno. No file is 0. @size: how long it is then. */
gint64 deploy_trim_row (const gchar *path, guint64 *size);

G_END_DECLS
