/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "supervisor.h"

#include "log.h"

/* What is the same goes on as if nothing had happened, and another model takes
 * over in the stream. */
static gboolean
goes_on (DeployPipeline *pipeline, DeployPipelineSpec *spec)
{
  if (!spec || !deploy_pipeline_spec_same_settings (spec, pipeline->spec))
    return FALSE;
  if (g_strcmp0 (spec->launch, pipeline->spec->launch) == 0)
    return deploy_pipeline_refresh (pipeline);
  return deploy_pipeline_take_models (pipeline, spec);
}

static void
update (DeploySupervisor *supervisor, DeployPipeline *pipeline,
    DeployPipelineSpec *spec)
{
  if (goes_on (pipeline, spec))
    return;
  deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name,
      spec ? "has changed: it ends and starts anew"
           : "is no longer in the file: it ends");
  deploy_supervisor_replace (supervisor, pipeline, spec);
}

static DeployPipeline *
find (DeploySupervisor *supervisor, const gchar *name)
{
  for (guint i = 0; i < supervisor->pipelines->len; i++) {
    DeployPipeline *pipeline = g_ptr_array_index (supervisor->pipelines, i);

    if (g_str_equal (pipeline->spec->name, name))
      return pipeline;
  }
  return NULL;
}

/* Metrics where they are wanted now. */
static void
move_metrics (DeploySupervisor *supervisor, const DeploySpec *spec)
{
  g_autoptr (GError) error = NULL;

  if (!deploy_metrics_move (&supervisor->metrics, spec, &error))
    deploy_log (DEPLOY_LOG_ERROR, NULL, "metrics: %s; they are told %s",
        error->message, supervisor->metrics ? "where they were" : "nowhere");
  for (guint i = 0; supervisor->metrics && i < supervisor->pipelines->len; i++)
    deploy_pipeline_watch (g_ptr_array_index (supervisor->pipelines, i));
}

static void
take_spec (DeploySupervisor *supervisor, DeploySpec *spec)
{
  g_autoptr (GPtrArray) old =
      g_ptr_array_new_with_free_func ((GDestroyNotify) deploy_pipeline_unref);

  for (guint i = 0; i < supervisor->pipelines->len; i++)
    g_ptr_array_add (old,
        deploy_pipeline_ref (g_ptr_array_index (supervisor->pipelines, i)));
  deploy_log_init (spec->log_level, spec->log_json);
  move_metrics (supervisor, spec);
  for (guint i = 0; i < old->len; i++) {
    DeployPipeline *pipeline = g_ptr_array_index (old, i);

    update (
        supervisor, pipeline, deploy_spec_find (spec, pipeline->spec->name));
  }
  for (guint i = 0; i < spec->pipelines->len; i++) {
    DeployPipelineSpec *added = g_ptr_array_index (spec->pipelines, i);

    if (!find (supervisor, added->name))
      deploy_supervisor_add (supervisor, added);
  }
  deploy_spec_free (supervisor->spec);
  supervisor->spec = spec;
}

void
deploy_supervisor_reload (DeploySupervisor *supervisor)
{
  g_autoptr (DeployFaults) faults = deploy_faults_new ();
  DeploySpec *spec = deploy_spec_load (supervisor->path, faults);

  if (spec && deploy_faults_count (faults) == 0) {
    deploy_log (DEPLOY_LOG_INFO, NULL, "reads '%s' again", supervisor->path);
    take_spec (supervisor, spec);
    return;
  }
  for (guint i = 0; i < deploy_faults_count (faults); i++)
    deploy_log (DEPLOY_LOG_ERROR, NULL, "%s", deploy_faults_get (faults, i));
  deploy_log (DEPLOY_LOG_ERROR, NULL,
      "the file has faults: what runs goes on as it is");
  g_clear_pointer (&spec, deploy_spec_free);
}
