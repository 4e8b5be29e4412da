/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The most lines of one panel, and panels of one drawing. */
#define TOOL_PLOT_MAX_KEYS 10
#define TOOL_PLOT_MAX_PANELS 8

/* A column of numbers; NaN where the cell is empty. */
typedef struct {
  gchar *name;
  GArray *numbers; /* gdouble [rows]; NULL if the column is text */
} ToolPlotColumn;

/* A CSV with a header. */
typedef struct {
  GPtrArray *columns; /* ToolPlotColumn */
  GPtrArray *keys;    /* distinct ones, in order; one that is "" without keys */
  GArray *key_of;     /* guint [rows]: which of the keys */
} ToolPlotTable;

/* What is to be drawn: columns by name, NULL where it was not said. */
typedef struct {
  gchar *key;
  gchar *x;
  gchar *alarm;
  gchar *title;
  gchar *columns;    /* names with commas between */
  gchar *keys;       /* the same */
  gdouble threshold; /* NaN: none */
} ToolPlotWanted;

ToolPlotTable *tool_plot_table_load (
    const gchar *path, const gchar *key, GError **error);
void tool_plot_table_free (ToolPlotTable *table);
ToolPlotColumn *tool_plot_table_find (
    const ToolPlotTable *table, const gchar *name);

/* Has gnuplot write @output; @note: what was left out, or NULL. */
gboolean tool_plot_draw (const ToolPlotTable *table,
    const ToolPlotWanted *wanted, const gchar *output, gchar **note,
    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolPlotTable, tool_plot_table_free)

G_END_DECLS
