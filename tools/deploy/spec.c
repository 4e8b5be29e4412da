/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spec.h"

#include <string.h>

void
deploy_spec_free (DeploySpec *spec)
{
  g_ptr_array_unref (spec->pipelines);
  lstm_yaml_free (spec->yaml);
  g_free (spec->metrics_address);
  g_free (spec->path);
  g_free (spec->state_dir);
  g_free (spec);
}

DeployPipelineSpec *
deploy_spec_find (const DeploySpec *spec, const gchar *name)
{
  for (guint i = 0; i < spec->pipelines->len; i++) {
    DeployPipelineSpec *pipeline = g_ptr_array_index (spec->pipelines, i);

    if (strcmp (pipeline->name, name) == 0)
      return pipeline;
  }
  return NULL;
}

DeployPipelineSpec *
deploy_pipeline_spec_ref (DeployPipelineSpec *spec)
{
  g_atomic_ref_count_inc (&spec->refs);
  return spec;
}

void
deploy_pipeline_spec_unref (DeployPipelineSpec *spec)
{
  if (!g_atomic_ref_count_dec (&spec->refs))
    return;
  g_free (spec->name);
  g_free (spec->launch);
  g_free (spec->state_file);
  g_free (spec->cpus);
  g_free (spec);
}

gboolean
deploy_pipeline_spec_same_settings (
    const DeployPipelineSpec *a, const DeployPipelineSpec *b)
{
  return memcmp (&a->restart, &b->restart, sizeof a->restart) == 0 &&
         a->watchdog == b->watchdog &&
         g_strcmp0 (a->state_file, b->state_file) == 0 &&
         a->state_interval == b->state_interval && a->n_cpus == b->n_cpus &&
         (a->n_cpus == 0 ||
             memcmp (a->cpus, b->cpus, a->n_cpus * sizeof *a->cpus) == 0);
}
