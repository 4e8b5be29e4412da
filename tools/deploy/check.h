/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "elements.h"
#include "spec.h"

G_BEGIN_DECLS

/* What --check looks at; nothing runs and nothing is written. */

typedef struct {
  const DeploySpec *spec;
  DeployFaults *faults; /* what would fail */
  DeployFaults *notes;  /* what would work, and is worth a thought */
  gboolean whole;       /* the file could be read without faults */
  GHashTable *outputs;  /* path of a file that is written -> its pipeline */
} DeployCheck;

/* Of a file that could be read; with faults in it, only names are looked at
 * beside them. */
void deploy_check (
    const DeploySpec *spec, DeployFaults *faults, DeployFaults *notes);

/* Whether elements and properties exist: of launch lines and of blocks. */
void deploy_check_names (
    DeployCheck *check, const DeployPipelineSpec *pipeline);
/* Whether the state directory and the outputs can be written. */
void deploy_check_state_dir (DeployCheck *check);
/* Whether metrics can be told where the file wants them. */
void deploy_check_metrics (DeployCheck *check);
void deploy_check_files (DeployCheck *check, const DeployPipelineSpec *pipeline,
    GstElement *element);
/* Known traps. */
void deploy_check_traps (DeployCheck *check, const DeployPipelineSpec *pipeline,
    GstElement *element);
/* Whether models load and formats join up; takes the sinks away. */
void deploy_check_models (DeployCheck *check,
    const DeployPipelineSpec *pipeline, GstElement *element);

G_END_DECLS
