/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check.h"

#include "build.h"

static void
check_pipeline (DeployCheck *check, const DeployPipelineSpec *pipeline)
{
  guint before = deploy_faults_count (check->faults);
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GError) error = NULL;

  deploy_check_names (check, pipeline);
  if (!check->whole || deploy_faults_count (check->faults) > before)
    return;
  element = deploy_build (pipeline, &error);
  if (!element) {
    deploy_faults_add (check->faults, pipeline->node, "%s: %s", pipeline->name,
        error->message);
    return;
  }
  deploy_check_files (check, pipeline, element);
  deploy_check_models (check, pipeline, element);
}

void
deploy_check (const DeploySpec *spec, DeployFaults *faults, DeployFaults *notes)
{
  DeployCheck check = { .spec = spec, .faults = faults, .notes = notes };

  check.whole = deploy_faults_count (faults) == 0;
  check.outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  deploy_check_state_dir (&check);
  deploy_check_metrics (&check);
  for (guint i = 0; i < spec->pipelines->len; i++) {
    const DeployPipelineSpec *pipeline = g_ptr_array_index (spec->pipelines, i);

    if (pipeline->launch)
      check_pipeline (&check, pipeline);
  }
  g_hash_table_unref (check.outputs);
}
