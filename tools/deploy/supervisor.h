/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "metrics.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* Runs a deployment: starts its pipelines, looks after them and ends them. All
 * of it is the main thread's. */

typedef struct _DeploySupervisor DeploySupervisor;

struct _DeploySupervisor {
  /* For those who watch it. */
  gchar *path;            /* of the file */
  DeploySpec *spec;       /* as it was read last */
  GPtrArray *pipelines;   /* DeployPipeline, as in the file */
  gboolean ready;         /* each has been started once */
  gboolean draining;      /* SIGTERM came */
  DeployMetrics *metrics; /* or NULL: they are told to nobody */

  /* Its own. */
  GMainLoop *loop;
  GHashTable *next; /* name -> DeployPipelineSpec of one that makes room for it;
                     * NULL as a value: for none */
  guint n_drawn;    /* lines on the terminal, by status.c */
  gint64 logged_at; /* by status.c */
  gint64 told;      /* when to drain, by g_get_monotonic_time() */
  gboolean aborted; /* the time to drain was over */
};

/* Takes @spec and @metrics, which may be NULL; @path is absolute. */
DeploySupervisor *deploy_supervisor_new (
    const gchar *path, DeploySpec *spec, DeployMetrics *metrics);
void deploy_supervisor_free (DeploySupervisor *supervisor);

/* Until all pipelines are over, or SIGTERM or SIGINT came and they have ended.
 * FALSE if one has failed for good, or did not end in time. */
gboolean deploy_supervisor_run (DeploySupervisor *supervisor);

/* Puts a pipeline in, and starts it. */
void deploy_supervisor_add (
    DeploySupervisor *supervisor, DeployPipelineSpec *spec);
/* Ends a pipeline; @next takes its place, or nothing if it is NULL. */
void deploy_supervisor_replace (DeploySupervisor *supervisor,
    DeployPipeline *pipeline, DeployPipelineSpec *next);

/* SIGHUP: reads the file again and does what has changed. */
void deploy_supervisor_reload (DeploySupervisor *supervisor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeploySupervisor, deploy_supervisor_free)

G_END_DECLS
