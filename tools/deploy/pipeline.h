/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

#include "backoff.h"
#include "build.h"
#include "counts.h"
#include "flow.h"
#include "spec.h"

G_BEGIN_DECLS

/* One pipeline of a deployment over all its runs. All fields are the main
 * thread's, but for those that say otherwise. */

typedef enum {
  DEPLOY_PHASE_IDLE, /* not started yet */
  DEPLOY_PHASE_RUNNING,
  DEPLOY_PHASE_DRAINING, /* EOS is on its way */
  DEPLOY_PHASE_STOPPING, /* on its way to NULL */
  DEPLOY_PHASE_WAITING,  /* for its next run */
  DEPLOY_PHASE_FINISHED, /* for good: its source ended, or it was told to */
  DEPLOY_PHASE_FAILED,   /* for good */
} DeployPhase;

typedef struct _DeployPipeline DeployPipeline;
typedef void (*DeployPipelineFunc) (DeployPipeline *pipeline, gpointer data);

struct _DeployPipeline {
  DeployPipelineSpec *spec;
  DeployPhase phase;
  GstElement *element; /* while it runs, drains or stops, or NULL */
  GPtrArray *models;   /* its lstm elements, as long */

  /* For those who watch it. */
  guint64 n_starts;
  guint64 n_failures;
  guint64 n_stalls;     /* failures that the watchdog saw */
  gboolean has_run;     /* one of them got under way */
  DeployCounts earlier; /* of runs that are over */
  gint64 last_save;     /* of a state, in those; g_get_real_time(), or 0 */
  gchar *last_error;    /* or NULL */
  gint64 last_error_at; /* g_get_real_time() */
  DeployFlow *flow;     /* NULL: nobody wants to know */
  gint64 started;       /* g_get_monotonic_time() of the run */

  guint64 told_frames;    /* what status.c said last, */
  GstClockTime told_time; /* or not valid, of this run, */
  gint64 told_at;         /* and when */
  GPtrArray *stamps;      /* of the files that its models are from, as they were
                           * loaded; owned strings */

  /* Its own. */
  DeployPipelineFunc on_settled; /* it is over, or waits */
  gpointer user_data;
  DeployBackoff backoff;
  guint bus_watch;
  guint timer;
  gboolean eos;        /* this run came to its end */
  gboolean failed;     /* this run did not */
  gboolean quit;       /* no further run */
  gint64 deadline;     /* of the drain */
  DeployIntake intake; /* what came to its models, or its sinks */
  guint seen;          /* buffers of that, at @seen_at */
  gint64 seen_at;
};

DeployPipeline *deploy_pipeline_new (DeployPipelineSpec *spec,
    DeployPipelineFunc on_settled, gpointer user_data);
/* The last one to let go of it does so when it is over, or idle. */
DeployPipeline *deploy_pipeline_ref (DeployPipeline *pipeline);
void deploy_pipeline_unref (DeployPipeline *pipeline);

void deploy_pipeline_start (DeployPipeline *pipeline);
/* No further run; this one ends behind what has come in, in @ms at most. */
void deploy_pipeline_drain (DeployPipeline *pipeline, guint ms);
/* No further run; this one stops where it is. */
void deploy_pipeline_stop (DeployPipeline *pipeline);
/* Reads models that have changed on the disk again, in the running stream.
 * FALSE if the pipeline has to start anew for what has changed. */
gboolean deploy_pipeline_refresh (DeployPipeline *pipeline);
/* Takes the models of @spec, which is otherwise the same, into the running
 * stream. FALSE if that cannot be. */
gboolean deploy_pipeline_take_models (
    DeployPipeline *pipeline, DeployPipelineSpec *spec);
/* Looks after it, about once a second. */
void deploy_pipeline_tick (DeployPipeline *pipeline);
/* From now on, and in later runs, its flow is watched. */
void deploy_pipeline_watch (DeployPipeline *pipeline);
gboolean deploy_pipeline_is_over (const DeployPipeline *pipeline);
const gchar *deploy_phase_get_name (DeployPhase phase);

/* Over all runs. */
void deploy_pipeline_get_counts (
    const DeployPipeline *pipeline, DeployCounts *counts);
guint64 deploy_pipeline_get_frames (const DeployPipeline *pipeline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeployPipeline, deploy_pipeline_unref)

G_END_DECLS
