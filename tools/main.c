/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tool.h"

#include <locale.h>
#include <string.h>

static const ToolCommand *const commands[] = {
  &tool_command_summary,
  &tool_command_run,
  &tool_command_verify,
  &tool_command_convert,
  &tool_command_bench,
  &tool_command_deploy,
  &tool_command_plot,
};

static const gchar before_commands[] =
    "Usage: gst-lstm COMMAND [OPTION...] ARGUMENTS\n"
    "\n"
    "Runs Keras-trained recurrent models (LSTM, GRU, SimpleRNN) without\n"
    "Keras.\n"
    "\n"
    "Commands:\n";

static const gchar after_commands[] =
    "\n"
    "  --help     print this; gst-lstm COMMAND --help tells of a command\n"
    "  --version  print the version\n"
    "\n"
    "A model is what model.save() of Keras 2 or 3 wrote, or one in YAML.\n"
    "\n"
    "It ends with 0 if all is well, 1 if something failed or the answer is\n"
    "no, and 2 if it was called wrongly. Results go to stdout, messages to\n"
    "stderr.\n";

static void
print_help (void)
{
  g_print ("%s", before_commands);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s %s\n", commands[i]->name, commands[i]->about);
  g_print ("%s", after_commands);
}

static const ToolCommand *
find_command (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i]->name, name) == 0)
      return commands[i];
  return NULL;
}

static ToolStatus
fail_command (const gchar *name)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (
        known, "%s%s", i > 0 ? ", " : "", commands[i]->name);
  return tool_usage_error (
      "'%s' is no command; known are: %s", name, known->str);
}

/* Messages are the user's locale's, numbers are C's. */
static void
set_locale (void)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
}

int
main (int argc, char **argv)
{
  const ToolCommand *command;

  set_locale ();
  g_set_prgname ("gst-lstm");
  if (argc < 2)
    return tool_usage_error ("which command?");
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0) {
    print_help ();
    return TOOL_OK;
  }
  if (strcmp (argv[1], "--version") == 0) {
    g_print ("gst-lstm %s\n", LSTM_VERSION);
    return TOOL_OK;
  }
  if (argv[1][0] == '-')
    return tool_usage_error ("unknown option %s before a command", argv[1]);
  command = find_command (argv[1]);
  if (command == NULL)
    return fail_command (argv[1]);
  return command->run (argc - 1, argv + 1);
}
