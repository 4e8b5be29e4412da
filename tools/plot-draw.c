/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A script for gnuplot, data included, and its run. */

#include "plot.h"

#include <glib/gstdio.h>
#include <lstm/error.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 1000
#define PANEL_HEIGHT 380
#define TITLE_HEIGHT 100

/* Of lines, and of the shades of their alarms. */
static const gchar *const colours[TOOL_PLOT_MAX_KEYS] = { "#1f77b4", "#ff7f0e",
  "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22",
  "#17becf" };

/* What is drawn, settled. */
typedef struct {
  const ToolPlotTable *table;
  GArray *keys;            /* guint: which of the table's */
  GPtrArray *panels;       /* ToolPlotColumn, not owned */
  const ToolPlotColumn *x; /* NULL: a row's number among its key's */
  const ToolPlotColumn *alarm;
  gdouble threshold;
  GString *script;
} Plot;

/* In single quotes gnuplot knows one escape: a quote, twice. */
static void
append_quoted (GString *script, const gchar *text)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (script, '\'');
  for (const gchar *c = valid; *c != '\0'; c++) {
    if (*c == '\'')
      g_string_append_c (script, '\'');
    g_string_append_c (script, g_ascii_iscntrl (*c) ? ' ' : *c);
  }
  g_string_append_c (script, '\'');
}

static void
append_number (GString *script, gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (script,
      isnan (number) ? "NaN" : g_ascii_dtostr (text, sizeof text, number));
}

static gdouble
get (const ToolPlotColumn *column, guint row)
{
  return g_array_index (column->numbers, gdouble, row);
}

/* ---- what to draw ---- */

static gchar *
list_columns (const ToolPlotTable *table)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < MIN (table->columns->len, 50); i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "",
        ((ToolPlotColumn *) g_ptr_array_index (table->columns, i))->name);
  return g_string_free (list, FALSE);
}

/* A column of numbers that was asked for. */
static const ToolPlotColumn *
find_asked (const ToolPlotTable *table, const gchar *name, GError **error)
{
  const ToolPlotColumn *column = tool_plot_table_find (table, name);
  g_autofree gchar *list = list_columns (table);

  if (column != NULL && column->numbers != NULL)
    return column;
  if (column != NULL)
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "column '%s' is text, or the key; expected one of numbers", name);
  else
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
        "no column '%s'; the header has: %s", name, list);
  return NULL;
}

/* One that was asked for, else @usual where it is there. */
static gboolean
choose_column (const ToolPlotTable *table, const gchar *asked,
    const gchar *usual, const ToolPlotColumn **column, GError **error)
{
  *column = tool_plot_table_find (table, usual);
  if (*column != NULL && (*column)->numbers == NULL)
    *column = NULL;
  if (asked == NULL)
    return TRUE;
  *column = find_asked (table, asked, error);
  return *column != NULL;
}

static gboolean
choose_panels (Plot *plot, const gchar *names, GError **error)
{
  g_auto (GStrv) asked = names != NULL ? g_strsplit (names, ",", -1) : NULL;

  for (guint i = 0; asked != NULL && asked[i] != NULL; i++) {
    const ToolPlotColumn *column = find_asked (plot->table, asked[i], error);

    if (column == NULL)
      return FALSE;
    g_ptr_array_add (plot->panels, (gpointer) column);
  }
  for (guint i = 0; asked == NULL && i < plot->table->columns->len; i++) {
    ToolPlotColumn *column = g_ptr_array_index (plot->table->columns, i);

    if (column->numbers != NULL && column != plot->x && column != plot->alarm)
      g_ptr_array_add (plot->panels, column);
  }
  if (plot->panels->len > 0)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
      "no column of numbers is left to draw; name them with --columns");
  return FALSE;
}

static gboolean
choose_keys (Plot *plot, const gchar *names, GError **error)
{
  g_auto (GStrv) asked = names != NULL ? g_strsplit (names, ",", -1) : NULL;
  GPtrArray *keys = plot->table->keys;

  for (guint i = 0; asked == NULL && i < keys->len; i++)
    g_array_append_val (plot->keys, i);
  for (guint i = 0; asked != NULL && asked[i] != NULL; i++) {
    guint at;

    if (!g_ptr_array_find_with_equal_func (keys, asked[i], g_str_equal, &at)) {
      g_set_error (error, LSTM_ERROR, LSTM_ERROR_FORMAT,
          "no key '%s' among the %u of the file", asked[i], keys->len);
      return FALSE;
    }
    g_array_append_val (plot->keys, at);
  }
  return TRUE;
}

/* Too many to be told apart: the first ones. */
static gchar *
limit (Plot *plot)
{
  guint n_keys = plot->keys->len, n_panels = plot->panels->len;
  GString *note = g_string_new (NULL);

  if (n_keys > TOOL_PLOT_MAX_KEYS) {
    g_string_append_printf (note,
        "%d of %u keys are drawn, the first ones; "
        "choose them with --keys",
        TOOL_PLOT_MAX_KEYS, n_keys);
    g_array_set_size (plot->keys, TOOL_PLOT_MAX_KEYS);
  }
  if (n_panels > TOOL_PLOT_MAX_PANELS) {
    g_string_append_printf (note,
        "%s%d of %u columns are drawn, the first "
        "ones; choose them with --columns",
        note->len > 0 ? "; " : "", TOOL_PLOT_MAX_PANELS, n_panels);
    g_ptr_array_set_size (plot->panels, TOOL_PLOT_MAX_PANELS);
  }
  return g_string_free (note, note->len == 0);
}

/* ---- the script ---- */

/* Calls for each row of a key, with its x. */
typedef void (*RowFunc) (Plot *plot, guint row, gdouble x, gpointer data);

static void
for_each_row (Plot *plot, guint key, RowFunc func, gpointer data)
{
  guint n = 0;

  for (guint row = 0; row < plot->table->key_of->len; row++) {
    if (g_array_index (plot->table->key_of, guint, row) != key)
      continue;
    func (plot, row, plot->x != NULL ? get (plot->x, row) : n, data);
    n++;
  }
}

static void
append_row (Plot *plot, guint row, gdouble x, gpointer data)
{
  append_number (plot->script, x);
  for (guint i = 0; i < plot->panels->len; i++) {
    g_string_append_c (plot->script, ' ');
    append_number (
        plot->script, get (g_ptr_array_index (plot->panels, i), row));
  }
  g_string_append_c (plot->script, '\n');
}

/* Where an alarm stands, while rows are gone through. */
typedef struct {
  gdouble from, to; /* NaN: no alarm */
  const gchar *colour;
} Shade;

static void
end_shade (Plot *plot, Shade *shade)
{
  if (isnan (shade->from))
    return;
  g_string_append (plot->script, "set object rectangle from first ");
  append_number (plot->script, shade->from);
  g_string_append (plot->script, ", graph 0 to first ");
  append_number (plot->script, shade->to);
  g_string_append_printf (plot->script,
      ", graph 1 behind fillcolor rgb '%s' fillstyle transparent solid 0.15 "
      "noborder\n",
      shade->colour);
  shade->from = (gdouble) NAN;
}

/* From the first row of an alarm to the row after its last. */
static void
add_to_shade (Plot *plot, guint row, gdouble x, gpointer data)
{
  Shade *shade = data;
  gboolean on = get (plot->alarm, row) >= 0.5;

  if (isnan (x))
    return;
  shade->to = x;
  if (on && isnan (shade->from))
    shade->from = x;
  else if (!on)
    end_shade (plot, shade);
}

static void
append_shades (Plot *plot)
{
  for (guint i = 0; plot->alarm != NULL && i < plot->keys->len; i++) {
    Shade shade = { (gdouble) NAN, (gdouble) NAN, colours[i] };

    for_each_row (
        plot, g_array_index (plot->keys, guint, i), add_to_shade, &shade);
    end_shade (plot, &shade);
  }
}

static void
append_data (Plot *plot)
{
  for (guint i = 0; i < plot->keys->len; i++) {
    g_string_append_printf (plot->script, "$k%u << EOD\n", i);
    for_each_row (plot, g_array_index (plot->keys, guint, i), append_row, NULL);
    g_string_append (plot->script, "EOD\n");
  }
}

static void
append_settings (Plot *plot, const ToolPlotWanted *wanted, const gchar *output)
{
  gboolean svg = g_str_has_suffix (output, ".svg");

  g_string_append_printf (plot->script,
      "set encoding utf8\n"
      "set terminal %s size %d,%u noenhanced font 'sans-serif,%d' "
      "background '#ffffff'\nset output ",
      svg ? "svg" : "pngcairo", WIDTH,
      TITLE_HEIGHT + PANEL_HEIGHT * plot->panels->len, svg ? 15 : 11);
  append_quoted (plot->script, output);
  g_string_append (plot->script,
      "\nset datafile missing 'NaN'\n"
      "set grid ytics linecolor '#dddddd' linetype 1\n"
      "set border 3 linecolor '#444444'\nset tics nomirror\n"
      "set key outside right top Left reverse samplen 2 spacing 1.25\n");
  g_string_append_printf (
      plot->script, "set multiplot layout %u,1", plot->panels->len);
  if (wanted->title != NULL) {
    g_string_append (plot->script, " title ");
    append_quoted (plot->script, wanted->title);
  }
  g_string_append (plot->script, "\nset xlabel ");
  append_quoted (plot->script, plot->x != NULL ? plot->x->name : "row");
  g_string_append_c (plot->script, '\n');
}

static void
append_panel (Plot *plot, guint panel)
{
  const ToolPlotColumn *column = g_ptr_array_index (plot->panels, panel);

  g_string_append (plot->script, "set ylabel ");
  append_quoted (plot->script, column->name);
  g_string_append (plot->script, "\nplot ");
  for (guint i = 0; i < plot->keys->len; i++) {
    const gchar *key = g_ptr_array_index (
        plot->table->keys, g_array_index (plot->keys, guint, i));

    g_string_append_printf (plot->script,
        "%s$k%u using 1:%u with lines linewidth 2 linecolor rgb '%s' ",
        i > 0 ? ", " : "", i, panel + 2, colours[i]);
    if (*key == '\0') {
      g_string_append (plot->script, "notitle");
    } else {
      g_string_append (plot->script, "title ");
      append_quoted (plot->script, key);
    }
  }
  if (!isnan (plot->threshold)) {
    g_string_append (plot->script, ", ");
    append_number (plot->script, plot->threshold);
    g_string_append (plot->script,
        " with lines linewidth 1.5 dashtype 2 linecolor 'black' title "
        "'threshold'");
  }
  g_string_append_c (plot->script, '\n');
}

static void
append_script (Plot *plot, const ToolPlotWanted *wanted, const gchar *output)
{
  append_settings (plot, wanted, output);
  append_data (plot);
  append_shades (plot);
  for (guint i = 0; i < plot->panels->len; i++)
    append_panel (plot, i);
  g_string_append (plot->script, "unset multiplot\n");
}

/* ---- gnuplot ---- */

static gboolean
run_script (const gchar *gnuplot, const gchar *path, GError **error)
{
  const gchar *const argv[] = { gnuplot, path, NULL };
  g_autofree gchar *said = NULL;
  g_autoptr (GError) ended = NULL;
  gint status;

  if (!g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL,
          NULL, NULL, NULL, &said, &status, error))
    return FALSE;
  if (g_spawn_check_wait_status (status, &ended))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO, "gnuplot failed: %s: %s",
      ended->message, g_strstrip (said));
  return FALSE;
}

static gboolean
run_gnuplot (const GString *script, GError **error)
{
  g_autofree gchar *gnuplot = g_find_program_in_path ("gnuplot");
  g_autofree gchar *path = NULL;
  gboolean good;
  gint file;

  if (gnuplot == NULL) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_IO,
        "gnuplot is not there, which draws; install it, on Debian and Ubuntu "
        "with `apt-get install gnuplot-nox`");
    return FALSE;
  }
  file = g_file_open_tmp ("gst-lstm-plot-XXXXXX", &path, error);
  if (file < 0)
    return FALSE;
  close (file);
  good = g_file_set_contents (path, script->str, (gssize) script->len, error) &&
         run_script (gnuplot, path, error);
  g_unlink (path);
  return good;
}

gboolean
tool_plot_draw (const ToolPlotTable *table, const ToolPlotWanted *wanted,
    const gchar *output, gchar **note, GError **error)
{
  Plot plot = { .table = table, .threshold = wanted->threshold };
  gboolean good;

  plot.keys = g_array_new (FALSE, FALSE, sizeof (guint));
  plot.panels = g_ptr_array_new ();
  plot.script = g_string_new (NULL);
  *note = NULL;
  good = choose_column (table, wanted->x, "time", &plot.x, error) &&
         choose_column (table, wanted->alarm, "alarm", &plot.alarm, error) &&
         choose_panels (&plot, wanted->columns, error) &&
         choose_keys (&plot, wanted->keys, error);
  if (good) {
    *note = limit (&plot);
    append_script (&plot, wanted, output);
    good = run_gnuplot (plot.script, error);
  }
  g_array_unref (plot.keys);
  g_ptr_array_unref (plot.panels);
  g_string_free (plot.script, TRUE);
  return good;
}
