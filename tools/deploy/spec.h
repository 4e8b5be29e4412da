/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "faults.h"

G_BEGIN_DECLS

/* What a deployment's file says, version 1; docs/deploy.md tells of each key.
 * Immutable once it is read. */

typedef enum {
  DEPLOY_RESTART_NEVER,
  DEPLOY_RESTART_ON_FAILURE,
  DEPLOY_RESTART_ALWAYS,
} DeployPolicy;

/* Times in milliseconds. */
typedef struct {
  DeployPolicy policy;
  guint delay;     /* before the first restart; doubles with each further one */
  guint max_delay; /* at which it stops growing */
  guint stable;    /* having run for so long, the delay is the first again */
} DeployRestart;

typedef enum {
  DEPLOY_LOG_ERROR,
  DEPLOY_LOG_WARNING,
  DEPLOY_LOG_INFO,
  DEPLOY_LOG_DEBUG,
} DeployLevel;

typedef struct {
  gatomicrefcount refs;
  gchar *name;
  gchar *launch; /* as gst-launch-1.0 takes it; variables are replaced */
  const LstmYamlNode *node; /* of the pipeline, in the file's tree */
  DeployRestart restart;
  guint watchdog;         /* ms without a frame; 0: off */
  gchar *state_file;      /* without suffix, or NULL: states are not kept */
  guint64 state_interval; /* ns */
  guint n_cpus;
  guint *cpus; /* [n_cpus], or NULL: any */
} DeployPipelineSpec;

typedef struct {
  LstmYaml *yaml;
  gchar *path;      /* of the file, absolute */
  gchar *state_dir; /* or NULL */
  guint drain;      /* ms */
  DeployLevel log_level;
  gboolean log_json;
  guint log_interval;     /* ms from line to line of a pipeline; 0: none */
  gchar *metrics_address; /* an IP address, or NULL: none are told */
  guint16 metrics_port;   /* 0: any */
  const LstmYamlNode *metrics_node; /* in the file's tree, or NULL */
  GPtrArray *pipelines;             /* DeployPipelineSpec, as in the file */
} DeploySpec;

/* Reads a file. Returns NULL if it cannot be taken apart at all; otherwise what
 * could be read, good for nothing if there are @faults. */
DeploySpec *deploy_spec_load (const gchar *path, DeployFaults *faults);
void deploy_spec_free (DeploySpec *spec);
DeployPipelineSpec *deploy_spec_find (
    const DeploySpec *spec, const gchar *name);

DeployPipelineSpec *deploy_pipeline_spec_ref (DeployPipelineSpec *spec);
void deploy_pipeline_spec_unref (DeployPipelineSpec *spec);
/* Whether both say the same, but for what runs in them. */
gboolean deploy_pipeline_spec_same_settings (
    const DeployPipelineSpec *a, const DeployPipelineSpec *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeploySpec, deploy_spec_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeployPipelineSpec, deploy_pipeline_spec_unref)

G_END_DECLS
