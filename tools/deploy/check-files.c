/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "metrics.h"

/* Whether files could be made in a folder. */
static gboolean
try_folder (const gchar *folder)
{
  g_autofree gchar *path = g_build_filename (folder, ".lstm-XXXXXX", NULL);
  int fd = g_mkstemp (path);

  if (fd < 0)
    return FALSE;
  close (fd);
  g_unlink (path);
  return TRUE;
}

/* A folder that is not there can be made where the nearest one above it can be
 * written. */
static gboolean
try_new_folder (const gchar *folder)
{
  g_autofree gchar *parent = NULL;

  if (g_file_test (folder, G_FILE_TEST_EXISTS))
    return try_folder (folder);
  parent = g_path_get_dirname (folder);
  if (g_str_equal (parent, folder))
    return FALSE;
  return try_new_folder (parent);
}

void
deploy_check_state_dir (DeployCheck *check)
{
  const LstmYamlNode *state =
      lstm_yaml_lookup (check->spec->yaml->root, "state");
  g_autofree gchar *folder = NULL;

  if (!check->spec->state_dir || check->spec->state_dir[0] == '\0')
    return;
  folder = g_canonicalize_filename (check->spec->state_dir, NULL);
  if (!try_new_folder (folder))
    deploy_faults_add (check->faults, lstm_yaml_lookup (state, "directory"),
        "state: files cannot be made in '%s': %s; choose a place that can be "
        "written to",
        check->spec->state_dir, g_strerror (errno));
}

void
deploy_check_metrics (DeployCheck *check)
{
  g_autoptr (GError) error = NULL;

  if (check->whole && check->spec->metrics_address &&
      !deploy_metrics_try (check->spec, &error))
    deploy_faults_add (check->faults, check->spec->metrics_node, "metrics: %s",
        error->message);
}

/* Without changing it. */
static gboolean
try_file (const gchar *path)
{
  g_autofree gchar *folder = NULL;
  int fd;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    folder = g_path_get_dirname (path);
    return try_folder (folder);
  }
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    errno = EISDIR;
    return FALSE;
  }
  fd = open (path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0)
    close (fd);
  return fd >= 0 || errno == ENXIO; /* a pipe that nobody reads yet */
}

static void
check_output (DeployCheck *check, const DeployPipelineSpec *pipeline,
    const gchar *location)
{
  gchar *path = g_canonicalize_filename (location, NULL);
  const gchar *other = g_hash_table_lookup (check->outputs, path);

  if (!try_file (path))
    deploy_faults_add (check->faults, pipeline->node,
        "%s: '%s' cannot be written: %s; choose another place, or make its "
        "folder",
        pipeline->name, location, g_strerror (errno));
  if (other && !g_str_has_prefix (path, "/dev/"))
    deploy_faults_add (check->faults, pipeline->node,
        "%s: '%s' is written by pipeline '%s' as well; give each a file of "
        "its own",
        pipeline->name, location, other);
  g_hash_table_insert (check->outputs, path, pipeline->name);
}

/* A row that was pushed is not in the file while something holds it back. */
static void
note_lost_rows (
    DeployCheck *check, const DeployPipelineSpec *pipeline, GstElement *sink)
{
  g_autoptr (GstElement) model = deploy_find_upstream (sink, "lstm");
  gboolean append;
  gint mode;

  g_object_get (sink, "append", &append, "buffer-mode", &mode, NULL);
  if (!pipeline->state_file || !model || (append && mode == 2))
    return;
  deploy_faults_add (check->notes, pipeline->node,
      "%s: states are kept, but %s: set append=true and "
      "buffer-mode=unbuffered on the filesink",
      pipeline->name,
      append ? "rows wait in the filesink, and a kill loses them"
             : "each start empties the output of the one before");
}

static void
note_queue (
    DeployCheck *check, const DeployPipelineSpec *pipeline, GstElement *sink)
{
  g_autoptr (GstElement) queue = deploy_find_upstream (sink, "queue");
  g_autoptr (GstElement) model =
      queue ? deploy_find_upstream (queue, "lstm") : NULL;

  if (pipeline->state_file && model)
    deploy_faults_add (check->notes, pipeline->node,
        "%s: states are kept, but rows wait in the queue behind lstm, and a "
        "kill loses them: leave it out, or put it before lstm",
        pipeline->name);
}

void
deploy_check_files (
    DeployCheck *check, const DeployPipelineSpec *pipeline, GstElement *element)
{
  g_autoptr (GPtrArray) sinks = deploy_find_elements (element, "filesink");

  for (guint i = 0; i < sinks->len; i++) {
    GstElement *sink = g_ptr_array_index (sinks, i);
    g_autofree gchar *location = NULL;

    g_object_get (sink, "location", &location, NULL);
    if (location)
      check_output (check, pipeline, location);
    else
      deploy_faults_add (check->faults, pipeline->node,
          "%s: filesink has no location, expected a file to write",
          pipeline->name);
    note_lost_rows (check, pipeline, sink);
    note_queue (check, pipeline, sink);
  }
}
