/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

#include "spec.h"

G_BEGIN_DECLS

/* A run's elements, from the launch line; NULL with @error. */
GstElement *deploy_build (const DeployPipelineSpec *spec, GError **error);

/* What came to the models, or without any to the sinks. Streaming threads write
 * it and any thread reads it, atomically. */
typedef struct {
  guint buffers; /* or lists of them, over all runs */
  GstClockTime
      from;        /* time of this run's first frame; not valid: it has none */
  GstClockTime to; /* the latest to which a frame of it lasts */
} DeployIntake;

/* Follows a run, from now on; @intake outlives the pipeline. */
void deploy_follow_intake (
    GstElement *pipeline, GPtrArray *models, DeployIntake *intake);

/* Has each streaming thread run on the processors of @spec. */
void deploy_pin_threads (GstElement *pipeline, DeployPipelineSpec *spec);

G_END_DECLS
