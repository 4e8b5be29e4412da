/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gst-lstm plot: predictions as a drawing. */

#include "plot.h"

#include <math.h>

#include "tool.h"

static const gchar description[] =
    "FILE.csv has a header and rows of numbers, as csvenc and\n"
    "`gst-lstm run` write them. Each column of numbers gets a panel, each key\n"
    "a line, and where the column of the alarm is 1, its time is shaded.\n"
    "Without --columns all columns of numbers are drawn, without --keys the\n"
    "first ten.\n"
    "\n"
    "Example:\n"
    "  gst-lstm plot predictions.csv -o predictions.svg --x cycle\n";

static void
wanted_clear (ToolPlotWanted *wanted)
{
  g_free (wanted->key);
  g_free (wanted->x);
  g_free (wanted->alarm);
  g_free (wanted->title);
  g_free (wanted->columns);
  g_free (wanted->keys);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ToolPlotWanted, wanted_clear)

/* The command line; what is wrong is said. */
static gboolean
parse (int argc, char **argv, ToolPlotWanted *wanted, gchar **output,
    gchar ***files)
{
  g_autofree gchar *threshold = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, output,
        "Where to draw: a name that ends with .svg or .png", "FILE" },
    { "columns", 0, 0, G_OPTION_ARG_STRING, &wanted->columns,
        "Which columns to draw, with commas between", "NAMES" },
    { "x", 0, 0, G_OPTION_ARG_STRING, &wanted->x,
        "The column to draw over (default: time, else the row's number)",
        "NAME" },
    { "key", 0, 0, G_OPTION_ARG_STRING, &wanted->key,
        "The column of the key (default: key or id)", "NAME" },
    { "keys", 0, 0, G_OPTION_ARG_STRING, &wanted->keys,
        "Which keys to draw, with commas between", "KEYS" },
    { "alarm", 0, 0, G_OPTION_ARG_STRING, &wanted->alarm,
        "The column that is 1 during an alarm (default: alarm)", "NAME" },
    { "threshold", 0, 0, G_OPTION_ARG_STRING, &threshold,
        "Draw a line at this number", "T" },
    { "title", 0, 0, G_OPTION_ARG_STRING, &wanted->title,
        "What stands above the drawing", "TEXT" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, files, NULL,
        NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE.csv");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = g_strconcat (g_get_prgname (), " ", argv[0], NULL);
  g_autofree gchar **left = g_memdup2 (argv, (gsize) (argc + 1) * sizeof *argv);
  gchar **arguments = left;
  gchar *end = NULL;

  g_set_prgname (name);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  wanted->threshold = (gdouble) NAN;
  if (!g_option_context_parse (context, &argc, &arguments, &error)) {
    tool_usage_error ("%s", error->message);
    return FALSE;
  }
  if (threshold != NULL)
    wanted->threshold = g_ascii_strtod (threshold, &end);
  if (threshold == NULL ||
      (end != threshold && *end == '\0' && isfinite (wanted->threshold)))
    return TRUE;
  tool_usage_error ("--threshold is '%s', expected a number", threshold);
  return FALSE;
}

static ToolStatus
check (gchar **files, const gchar *output)
{
  guint n = files != NULL ? g_strv_length (files) : 0;

  if (n != 1)
    return tool_usage_error ("expected a CSV file, found %u arguments", n);
  if (output == NULL)
    return tool_usage_error ("expected -o FILE.svg or -o FILE.png");
  if (!g_str_has_suffix (output, ".svg") && !g_str_has_suffix (output, ".png"))
    return tool_usage_error (
        "-o is '%s', expected a name that ends with .svg or .png", output);
  return TOOL_OK;
}

static ToolStatus
plot (const gchar *path, const ToolPlotWanted *wanted, const gchar *output)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *note = NULL;
  g_autoptr (ToolPlotTable) table =
      tool_plot_table_load (path, wanted->key, &error);

  if (table == NULL || !tool_plot_draw (table, wanted, output, &note, &error))
    return tool_failed (error);
  if (note != NULL)
    tool_say ("note: %s", note);
  return TOOL_OK;
}

static ToolStatus
run (int argc, char **argv)
{
  g_auto (ToolPlotWanted) wanted = { 0 };
  g_autofree gchar *output = NULL;
  g_auto (GStrv) files = NULL;
  ToolStatus status;

  if (!parse (argc, argv, &wanted, &output, &files))
    return TOOL_USAGE;
  status = check (files, output);
  return status == TOOL_OK ? plot (files[0], &wanted, output) : status;
}

const ToolCommand tool_command_plot = {
  "plot",
  "draw predictions, with gnuplot",
  run,
};
