/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "progress.h"

#include "pace.h"
#include "tool.h"

/* Microseconds before the bar is shown, and between two drawings of it. */
#define PATIENCE 700000
#define INTERVAL 100000

#define BAR_WIDTH 20

void
tool_progress_start (
    ToolProgress *progress, const ToolProgressOptions *options, guint64 total)
{
  *progress = (ToolProgress){
    .options = *options,
    .total = MAX (total, 1),
    .started = g_get_monotonic_time (),
    .terminal = tool_pace_on_terminal (),
  };
  progress->told = progress->started;
}

static void
append_pace (
    GString *text, const ToolProgress *progress, guint64 frames, gint64 now)
{
  gdouble seconds = (gdouble) (now - progress->started) / G_USEC_PER_SEC;
  ToolPace pace = {
    .frames = frames,
    .total = progress->total,
    .rate = (gdouble) frames / seconds,
  };

  if (progress->options.rate > 0)
    pace.speed = pace.rate / progress->options.rate;
  tool_pace_append (text, &pace);
}

/* One line of the terminal; a longer one could not be drawn over. */
static void
draw (ToolProgress *progress, guint64 frames, gint64 now)
{
  g_autoptr (GString) text = g_string_new ("[");
  guint filled =
      (guint) ((gdouble) frames / (gdouble) progress->total * BAR_WIDTH);
  guint lines, columns;

  for (guint i = 0; i < BAR_WIDTH; i++)
    g_string_append_c (text, i < filled ? '=' : ' ');
  g_string_append (text, "] ");
  append_pace (text, progress, frames, now);
  tool_pace_get_size (&lines, &columns);
  g_printerr ("\r%.*s\033[K", (gint) MAX (columns, 2) - 1, text->str);
  progress->visible = TRUE;
}

static void
log_line (const ToolProgress *progress, guint64 frames, gint64 now)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_pace (text, progress, frames, now);
  tool_say ("%s", text->str);
}

void
tool_progress_update (ToolProgress *progress, guint64 frames)
{
  gint64 now = g_get_monotonic_time ();

  if (progress->terminal) {
    if (now - progress->started < PATIENCE || now - progress->told < INTERVAL)
      return;
    draw (progress, frames, now);
  } else {
    if (progress->options.interval <= 0 ||
        (gdouble) (now - progress->told) <
            progress->options.interval * G_USEC_PER_SEC)
      return;
    log_line (progress, frames, now);
  }
  progress->told = now;
}

void
tool_progress_end (ToolProgress *progress)
{
  if (progress->visible)
    g_printerr ("\r\033[K");
  progress->visible = FALSE;
}
