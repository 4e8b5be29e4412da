/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tool.h"

static void
print_message (const gchar *format, va_list args)
{
  g_autofree gchar *text = g_strdup_vprintf (format, args);

  g_printerr ("%s: %s\n", g_get_prgname (), text);
}

void
tool_say (const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  print_message (format, args);
  va_end (args);
}

ToolStatus
tool_usage_error (const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  print_message (format, args);
  va_end (args);
  g_printerr ("See: %s --help\n", g_get_prgname ());
  return TOOL_USAGE;
}

ToolStatus
tool_failed (const GError *error)
{
  tool_say ("%s", error->message);
  return TOOL_FAILED;
}

static gboolean
check_options (const ToolOptions *options)
{
  if (options->keras == 0 || options->keras == 2 || options->keras == 3)
    return TRUE;
  tool_usage_error ("--keras is %d, expected 2 or 3", options->keras);
  return FALSE;
}

static gboolean
take_precision (
    const gchar *name, const gchar *value, gpointer data, GError **error)
{
  ToolOptions *options = data;

  (void) name;
  return lstm_precision_from_name (value, &options->precision, error);
}

gboolean
tool_options_take_threads (
    const gchar *name, const gchar *value, gpointer data, GError **error)
{
  ToolOptions *options = data;
  guint64 n;

  (void) name;
  if (!g_ascii_string_to_unsigned (
          value, 10, 0, LSTM_POOL_MAX_THREADS, &n, NULL)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "--threads is %s, expected a whole number from 1 to %d, or 0 for one a "
        "processor",
        value, LSTM_POOL_MAX_THREADS);
    return FALSE;
  }
  options->threads = (guint) n;
  return TRUE;
}

LstmContext *
tool_new_context (LstmPlan *plan, guint threads, GError **error)
{
  g_autoptr (LstmPool) pool = NULL;

  pool = lstm_pool_new_shared (threads, error);
  return pool ? lstm_context_new_with_pool (plan, pool) : NULL;
}

gboolean
tool_options_parse (ToolOptions *options, const gchar *arguments,
    const gchar *description, const GOptionEntry *entries, int argc,
    char **argv)
{
  const GOptionEntry shared[] = { { "json", 0, 0, G_OPTION_ARG_NONE,
                                      &options->json, "Print JSON for programs",
                                      NULL },
    { "keras", 0, 0, G_OPTION_ARG_INT, &options->keras,
        "Which Keras wrote the model, 2 or 3, for a file that does not say it",
        "MAJOR" },
    { "allow-nan", 0, 0, G_OPTION_ARG_NONE, &options->allow_nan,
        "Take a model whose weights are not all numbers", NULL },
    { "kernels", 0, 0, G_OPTION_ARG_STRING, &options->kernels,
        "Use this kernel set instead of the machine's best", "NAME" },
    { "precision", 0, 0, G_OPTION_ARG_CALLBACK, take_precision,
        "What weights are stored in: f32, bf16 or int8", "NAME" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
        &options->arguments, NULL, NULL },
    G_OPTION_ENTRY_NULL };
  GOptionGroup *group = g_option_group_new ("", "", "", options, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = g_strconcat (g_get_prgname (), " ", argv[0], NULL);
  g_autofree gchar **copy = g_memdup2 (argv, (argc + 1) * sizeof *argv);
  gchar **left = copy;

  options->threads = 1;
  g_set_prgname (name);
  g_option_context_set_description (context, description);
  if (entries != NULL)
    g_option_group_add_entries (group, entries);
  g_option_group_add_entries (group, shared);
  g_option_context_set_main_group (context, group);
  if (g_option_context_parse (context, &argc, &left, &error))
    return check_options (options);
  tool_usage_error ("%s", error->message);
  return FALSE;
}

guint
tool_options_count_arguments (const ToolOptions *options)
{
  return options->arguments != NULL ? g_strv_length (options->arguments) : 0;
}

void
tool_options_clear (ToolOptions *options)
{
  g_clear_pointer (&options->kernels, g_free);
  g_clear_pointer (&options->arguments, g_strfreev);
}

LstmModel *
tool_load_model (const gchar *path, const ToolOptions *options, GError **error)
{
  LstmLoadOptions load = {
    .keras = (guint) options->keras,
    .allow_nan = options->allow_nan,
  };

  return lstm_model_load (path, &load, error);
}

void
tool_say_notes (const LstmModel *model)
{
  for (guint i = 0; i < lstm_model_get_n_notes (model); i++)
    tool_say ("note: %s", lstm_model_get_note (model, i));
}
