/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>
#include <unistd.h>

#include "../tool.h"
#include "build.h"
#include "check.h"
#include "log.h"
#include "supervisor.h"

static const gchar description[] =
    "FILE tells of pipelines, version 1 (docs/deploy.md): named, each a "
    "launch\n"
    "line or blocks of properties, with a restart policy, a state file and a\n"
    "watchdog. Paths in it are relative to its folder.\n"
    "\n"
    "SIGTERM and SIGINT end every stream, save its states and stop; a second\n"
    "one stops at once. SIGHUP reads FILE again: what changed starts anew, "
    "and\n"
    "a changed model takes over in the running stream.\n"
    "\n"
    "It ends with 0 when all pipelines have come to their end or were told to\n"
    "end, and with 1 if one has failed for good, or did not end in time, or\n"
    "if FILE has faults, which are all printed.";

static void
print_faults (const DeployFaults *faults)
{
  for (guint i = 0; i < deploy_faults_count (faults); i++)
    tool_say ("%s", deploy_faults_get (faults, i));
}

/* Where the file is, so that its paths are relative to it. */
static gboolean
enter_folder (const gchar *path)
{
  g_autofree gchar *folder = g_path_get_dirname (path);

  if (g_chdir (folder) == 0)
    return TRUE;
  tool_say ("the folder '%s' cannot be entered", folder);
  return FALSE;
}

static gboolean
make_state_dir (const DeploySpec *spec, DeployFaults *faults)
{
  const LstmYamlNode *node;

  if (!spec->state_dir || g_mkdir_with_parents (spec->state_dir, 0755) == 0)
    return TRUE;
  node = lstm_yaml_lookup (
      lstm_yaml_lookup (spec->yaml->root, "state"), "directory");
  deploy_faults_add (faults, node,
      "state: the directory '%s' is not there and cannot be made: %s; choose "
      "a place that can be written to",
      spec->state_dir, g_strerror (errno));
  return FALSE;
}

/* What cannot even be put together would fail for ever. */
static gboolean
try_pipelines (const DeploySpec *spec, DeployFaults *faults)
{
  for (guint i = 0; i < spec->pipelines->len; i++) {
    const DeployPipelineSpec *pipeline = g_ptr_array_index (spec->pipelines, i);
    g_autoptr (GError) error = NULL;
    g_autoptr (GstElement) element = deploy_build (pipeline, &error);

    if (!element)
      deploy_faults_add (
          faults, pipeline->node, "%s: %s", pipeline->name, error->message);
  }
  return deploy_faults_count (faults) == 0;
}

/* Before anything runs, so that a port that others have is a fault. */
static gboolean
open_metrics (
    const DeploySpec *spec, DeployMetrics **metrics, DeployFaults *faults)
{
  g_autoptr (GError) error = NULL;

  if (deploy_metrics_move (metrics, spec, &error))
    return TRUE;
  deploy_faults_add (faults, spec->metrics_node, "metrics: %s", error->message);
  return FALSE;
}

static ToolStatus
run_deployment (const gchar *path, DeploySpec *spec, DeployMetrics *metrics)
{
  g_autoptr (DeploySupervisor) supervisor =
      deploy_supervisor_new (path, spec, metrics);

  return deploy_supervisor_run (supervisor) ? TOOL_OK : TOOL_FAILED;
}

/* Prints all that is wrong, and what is worth a thought. */
static ToolStatus
check_deployment (const gchar *file, const gchar *path)
{
  g_autoptr (DeployFaults) faults = deploy_faults_new ();
  g_autoptr (DeployFaults) notes = deploy_faults_new ();
  DeploySpec *spec = deploy_spec_load (file, faults);
  guint n;

  if (spec && !enter_folder (path)) {
    deploy_spec_free (spec);
    return TOOL_FAILED;
  }
  if (spec)
    deploy_check (spec, faults, notes);
  n = deploy_faults_count (faults);
  print_faults (faults);
  for (guint i = 0; i < deploy_faults_count (notes); i++)
    tool_say ("note: %s", deploy_faults_get (notes, i));
  if (n == 0)
    g_print ("%s: %u pipeline%s, no faults\n", file, spec->pipelines->len,
        spec->pipelines->len > 1 ? "s" : "");
  else
    g_print ("%s: %u fault%s\n", file, n, n > 1 ? "s" : "");
  g_clear_pointer (&spec, deploy_spec_free);
  return n == 0 ? TOOL_OK : TOOL_FAILED;
}

static ToolStatus
deploy (const gchar *file, const gchar *path)
{
  g_autoptr (DeployFaults) faults = deploy_faults_new ();
  DeploySpec *spec = deploy_spec_load (file, faults);
  DeployMetrics *metrics = NULL;

  if (spec && deploy_faults_count (faults) == 0)
    deploy_log_init (spec->log_level, spec->log_json);
  if (spec && enter_folder (path) && deploy_faults_count (faults) == 0 &&
      make_state_dir (spec, faults) && try_pipelines (spec, faults) &&
      open_metrics (spec, &metrics, faults))
    return run_deployment (path, spec, metrics);
  print_faults (faults);
  g_clear_pointer (&spec, deploy_spec_free);
  return TOOL_FAILED;
}

static ToolStatus
run (int argc, char **argv)
{
  gboolean check = FALSE;
  g_auto (GStrv) files = NULL;
  const GOptionEntry entries[] = { { "check", 0, 0, G_OPTION_ARG_NONE, &check,
                                       "Check everything and run nothing",
                                       NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL,
        NULL },
    G_OPTION_ENTRY_NULL };
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE.yaml");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = g_strconcat (g_get_prgname (), " ", argv[0], NULL);
  g_autofree gchar *path = NULL;

  g_set_prgname (name);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return tool_usage_error ("%s", error->message);
  if (!files || g_strv_length (files) != 1)
    return tool_usage_error (
        "expected one file, found %u", files ? g_strv_length (files) : 0);
  gst_init (NULL, NULL);
  path = g_canonicalize_filename (files[0], NULL);
  return check ? check_deployment (files[0], path) : deploy (files[0], path);
}

const ToolCommand tool_command_deploy = {
  .name = "deploy",
  .about = "run pipelines from a YAML file and keep them running",
  .run = run,
};
