/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

#include "spec.h"

G_BEGIN_DECLS

/* A run's elements, from the launch line; NULL with @error. */
GstElement *deploy_build (const DeployPipelineSpec *spec, GError **error);

/* Counts, atomically, buffers that come to the models, or without any to the
 * sinks. The counter outlives the pipeline. */
void deploy_count_buffers (
    GstElement *pipeline, GPtrArray *models, guint *counter);

/* Has each streaming thread run on the processors of @spec. */
void deploy_pin_threads (GstElement *pipeline, DeployPipelineSpec *spec);

G_END_DECLS
