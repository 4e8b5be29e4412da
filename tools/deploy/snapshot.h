/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

/* How the pipelines of a deployment are at one moment: immutable, for any
 * thread. Strings are valid UTF-8. */

/* An lstm element that runs. */
typedef struct {
  gchar *model;
  gchar *kernels;
  gchar *precision;
} DeployModelView;

typedef struct {
  gchar *name;
  DeployPhase phase;
  gboolean has_run;
  guint64 n_starts;
  guint64 n_failures;
  guint64 n_stalls;
  gchar *last_error;          /* or NULL */
  gint64 last_error_at;       /* us since 1970 */
  DeployCounts counts;        /* over all runs */
  guint n_streams;            /* that have a state now */
  gint64 last_save;           /* us since 1970, or 0 */
  gdouble rate;               /* frames per second, over the last one or more */
  guint64 time_p50, time_p99; /* ns that a buffer took in lstm, this run */
  GPtrArray *models;          /* DeployModelView */
  DeployTimes latency;        /* from the first lstm to the sink, all runs */
  DeployTimes recent;         /* of that, the last 30 to 60 s */
  gchar **names;              /* of the outputs, or NULL */
  DeploySampleList *outputs;
} DeployPipelineView;

typedef struct {
  gatomicrefcount refs;
  gint64 at; /* g_get_monotonic_time() */
  gint64 real_at;
  gboolean ready; /* each pipeline has been started once, well or not */
  gboolean draining;
  GPtrArray *pipelines; /* DeployPipelineView */
} DeploySnapshot;

/* In the main thread; @pipelines: of DeployPipeline. */
DeploySnapshot *deploy_snapshot_new (
    GPtrArray *pipelines, gboolean ready, gboolean draining);
DeploySnapshot *deploy_snapshot_ref (DeploySnapshot *snapshot);
void deploy_snapshot_unref (DeploySnapshot *snapshot);

/* Us since 1970 when the process began. */
gint64 deploy_snapshot_get_process_start (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeploySnapshot, deploy_snapshot_unref)

G_END_DECLS
