/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How far work has got, on stderr: on a terminal a line with a bar, for work
 * that lasts; in a log a line now and then. */

typedef struct {
  gdouble rate;     /* frames for each second of their own time; 0: not known */
  gdouble interval; /* seconds from line to line in a log; 0: none */
} ToolProgressOptions;

typedef struct {
  ToolProgressOptions options;
  guint64 total;  /* frames */
  gint64 started; /* of the monotonic clock, in microseconds */
  gint64 told;
  gboolean terminal;
  gboolean visible; /* the bar */
} ToolProgress;

void tool_progress_start (
    ToolProgress *progress, const ToolProgressOptions *options, guint64 total);
/* So many frames are done. */
void tool_progress_update (ToolProgress *progress, guint64 frames);
/* Takes the bar away. */
void tool_progress_end (ToolProgress *progress);

G_END_DECLS
