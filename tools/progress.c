/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "progress.h"

#include <unistd.h>

/* Microseconds before the bar is shown, and between two drawings of it. */
#define PATIENCE 700000
#define INTERVAL 100000

#define WIDTH 40

void
tool_progress_start (ToolProgress *progress, guint64 total)
{
  progress->total = MAX (total, 1);
  progress->started = progress->drawn = g_get_monotonic_time ();
  progress->visible = FALSE;
}

void
tool_progress_update (ToolProgress *progress, guint64 done)
{
  gint64 now = g_get_monotonic_time ();
  guint filled;

  if (now - progress->started < PATIENCE || now - progress->drawn < INTERVAL ||
      !isatty (STDERR_FILENO))
    return;
  progress->visible = TRUE;
  progress->drawn = now;
  filled = (guint) ((gdouble) done / (gdouble) progress->total * WIDTH);
  g_printerr ("\r[");
  for (guint i = 0; i < WIDTH; i++)
    g_printerr ("%c", i < filled ? '=' : ' ');
  g_printerr ("] %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " windows", done,
      progress->total);
}

void
tool_progress_end (ToolProgress *progress)
{
  if (progress->visible)
    g_printerr ("\r\033[K");
  progress->visible = FALSE;
}
