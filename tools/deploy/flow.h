/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "samples.h"
#include "times.h"

G_BEGIN_DECLS

/* What passes a pipeline, over all its runs: how long it takes from the first
 * model to the sinks, and what comes out of the last one. */

typedef struct {
  GPtrArray *tracks; /* its own, of this run */
  DeployTimes latency;
  DeploySamples *samples;

  /* Of snapshot.c. */
  DeployTimes before[2]; /* the latency as it was, at two times */
  gint64 before_at;      /* when the later of them was, or 0 */
  guint64 rate_frames;   /* frames until then */
  gint64 rate_at;        /* or 0 */
  gdouble rate;          /* frames per second before that */
} DeployFlow;

DeployFlow *deploy_flow_new (void);
void deploy_flow_free (DeployFlow *flow);

/* Watches the elements of a run, of which @models are the lstm elements. The
 * flow outlives them. */
void deploy_flow_watch (
    DeployFlow *flow, GstElement *pipeline, GPtrArray *models);
/* The run is over, and nothing moves in it. */
void deploy_flow_end (DeployFlow *flow);

G_END_DECLS
