/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gst-lstm convert: any model as YAML and safetensors. */

#include "tool.h"

static const gchar description[] =
    "Writes MODEL, in any format that is read, as a YAML file that a\n"
    "person can read, and its weights beside it as OUT.safetensors. It\n"
    "loads without HDF5, computes the same bits and has the same\n"
    "fingerprint, so that states saved with MODEL fit it.\n"
    "\n"
    "Files that are there already stay, unless --force is given. Each is\n"
    "put in its place when it is complete.\n"
    "\n"
    "Example:\n"
    "  gst-lstm convert model.keras model.yaml\n"
    "  gst-lstm summary model.yaml\n";

static ToolStatus
convert (const ToolOptions *options, gboolean force)
{
  const gchar *out = options->arguments[1];
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      tool_load_model (options->arguments[0], options, &error);

  if (model == NULL || !lstm_model_save (model, out, force, &error))
    return tool_failed (error);
  tool_say_notes (model);
  return TOOL_OK;
}

static ToolStatus
run (int argc, char **argv)
{
  gboolean force = FALSE;
  const GOptionEntry entries[] = { { "force", 'f', 0, G_OPTION_ARG_NONE, &force,
                                       "Replace files that are there already",
                                       NULL },
    G_OPTION_ENTRY_NULL };
  g_auto (ToolOptions) options = { 0 };

  if (!tool_options_parse (
          &options, "MODEL OUT.yaml", description, entries, argc, argv))
    return TOOL_USAGE;
  if (tool_options_count_arguments (&options) != 2)
    return tool_usage_error (
        "found %u arguments, expected a model and the YAML file to write it to",
        tool_options_count_arguments (&options));
  return convert (&options, force);
}

const ToolCommand tool_command_convert = {
  .name = "convert",
  .about = "write a model as YAML and safetensors",
  .run = run,
};
