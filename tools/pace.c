/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pace.h"

#include <sys/ioctl.h>
#include <unistd.h>

/* More is no forecast: a year, in seconds. */
#define MAX_LEFT 31536000.0

/* The two largest units. */
static void
append_left (GString *text, guint64 seconds)
{
  if (seconds < 60)
    g_string_append_printf (text, ", %u s left", (guint) seconds);
  else if (seconds < 3600)
    g_string_append_printf (text, ", %u min %u s left", (guint) (seconds / 60),
        (guint) (seconds % 60));
  else
    g_string_append_printf (text, ", %u h %u min left",
        (guint) (seconds / 3600), (guint) (seconds / 60 % 60));
}

void
tool_pace_append (GString *text, const ToolPace *pace)
{
  gdouble left;

  g_string_append_printf (text, "%" G_GUINT64_FORMAT, pace->frames);
  if (pace->total > 0)
    g_string_append_printf (text, " of %" G_GUINT64_FORMAT, pace->total);
  g_string_append_printf (text, " frames, %.1f/s", pace->rate);
  if (pace->speed > 0)
    g_string_append_printf (text, ", %.1f x real time", pace->speed);
  if (pace->p99 > 0)
    g_string_append_printf (text, ", p99 %.1f us", (gdouble) pace->p99 / 1000);
  if (pace->total < pace->frames || pace->total == 0 || pace->rate <= 0)
    return;
  left = (gdouble) (pace->total - pace->frames) / pace->rate;
  if (left < MAX_LEFT)
    append_left (text, (guint64) (left + 0.5));
}

gboolean
tool_pace_on_terminal (void)
{
  return isatty (STDERR_FILENO) == 1;
}

/* Some terminals do not know their size. */
void
tool_pace_get_size (guint *lines, guint *columns)
{
  struct winsize size = { 0 };

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 ||
      size.ws_col == 0)
    size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
  *lines = size.ws_row;
  *columns = size.ws_col;
}
