/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A bar on stderr: only on a terminal, and only for work that lasts. */
typedef struct {
  guint64 total;
  gint64 started; /* of the monotonic clock, in microseconds */
  gint64 drawn;
  gboolean visible;
} ToolProgress;

void tool_progress_start (ToolProgress *progress, guint64 total);
void tool_progress_update (ToolProgress *progress, guint64 done);
/* Takes the bar away. */
void tool_progress_end (ToolProgress *progress);

G_END_DECLS
