/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How work goes on, for people. */
typedef struct {
  guint64 frames; /* done */
  guint64 total;  /* to do; 0: not known */
  gdouble rate;   /* frames a second */
  gdouble speed;  /* of the frames' own time, times real time; 0: not known */
  guint64 p99;    /* ns that 99 of 100 buffers took at most; 0: not known */
} ToolPace;

/* "120 of 600 frames, 9.9/s, 1.0 x real time, p99 3.2 us, 48 s left"; what is
 * not known is left out. ASCII. */
void tool_pace_append (GString *text, const ToolPace *pace);

/* Whether stderr is a terminal, and how many lines and columns it has. */
gboolean tool_pace_on_terminal (void);
void tool_pace_get_size (guint *lines, guint *columns);

G_END_DECLS
