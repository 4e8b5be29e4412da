/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/array.h"

G_BEGIN_DECLS

/* How one output, or one state, differs over all calls. */
typedef struct {
  gchar *name;
  guint64 n_values;
  guint64 n_beyond;
  gdouble largest; /* difference; NaN where only one of both is a number */
  gdouble ours;
  gdouble keras;
  guint call;
  gchar *where; /* index along the axes, [2, 0] */
} ToolDifference;

ToolDifference *tool_difference_new (const gchar *name);
void tool_difference_free (ToolDifference *difference);

/* Compares n numbers of @call; those of Keras are the ones from @first on of
 * @array. What differs by more than tolerance + tolerance |Keras's| is counted.
 */
void tool_difference_compare (ToolDifference *difference, gdouble tolerance,
    guint call, const gfloat *ours, const LstmArray *array, gsize first,
    gsize n);

G_END_DECLS
