/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "supervisor.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../tool.h"
#include "log.h"
#include "notify.h"
#include "status.h"

#define TICK 1000 /* ms */

/* What elements may take to stop beyond the time to drain, in ms. */
#define GRACE 2000

/* Those who signal a process and then its group mean one signal; in us. */
#define ONE_SIGNAL 100000

/* ---- systemd ---- */

static void
notify_status (DeploySupervisor *supervisor)
{
  guint running = 0;

  for (guint i = 0; i < supervisor->pipelines->len; i++) {
    const DeployPipeline *pipeline =
        g_ptr_array_index (supervisor->pipelines, i);

    running += pipeline->phase == DEPLOY_PHASE_RUNNING;
  }
  deploy_notify (
      "STATUS=%u of %u pipelines run", running, supervisor->pipelines->len);
}

static gboolean
feed_watchdog (gpointer data)
{
  deploy_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

/* ---- who is there ---- */

/* What metrics tell is as it is now. */
static void
tell (DeploySupervisor *supervisor)
{
  if (supervisor->metrics)
    deploy_metrics_publish (
        supervisor->metrics, deploy_snapshot_new (supervisor->pipelines,
                                 supervisor->ready, supervisor->draining));
}

static void
quit_when_over (DeploySupervisor *supervisor)
{
  for (guint i = 0; i < supervisor->pipelines->len; i++)
    if (!deploy_pipeline_is_over (g_ptr_array_index (supervisor->pipelines, i)))
      return;
  if (g_hash_table_size (supervisor->next) == 0)
    g_main_loop_quit (supervisor->loop);
}

/* What takes the place of a pipeline that has ended. */
static void
put_next (DeploySupervisor *supervisor, DeployPipeline *pipeline)
{
  g_autofree gchar *name = NULL;
  gpointer key, next;

  if (!g_hash_table_steal_extended (
          supervisor->next, pipeline->spec->name, &key, &next))
    return;
  name = key;
  g_ptr_array_remove (supervisor->pipelines, pipeline);
  if (next) {
    if (!supervisor->draining)
      deploy_supervisor_add (supervisor, next);
    deploy_pipeline_spec_unref (next);
  }
}

/* In an idle callback, so that nobody is in the middle of a pipeline. */
static gboolean
after_settled (gpointer data)
{
  gpointer *both = data;
  DeploySupervisor *supervisor = both[0];
  DeployPipeline *pipeline = both[1];

  if (deploy_pipeline_is_over (pipeline))
    put_next (supervisor, pipeline);
  deploy_pipeline_unref (pipeline);
  notify_status (supervisor);
  quit_when_over (supervisor);
  g_free (both);
  tell (supervisor);
  return G_SOURCE_REMOVE;
}

static void
on_settled (DeployPipeline *pipeline, gpointer data)
{
  gpointer *both = g_new (gpointer, 2);

  both[0] = data;
  both[1] = deploy_pipeline_ref (pipeline);
  g_idle_add (after_settled, both);
}

void
deploy_supervisor_add (DeploySupervisor *supervisor, DeployPipelineSpec *spec)
{
  DeployPipeline *pipeline = deploy_pipeline_new (spec, on_settled, supervisor);

  g_ptr_array_add (supervisor->pipelines, pipeline);
  if (supervisor->metrics)
    deploy_pipeline_watch (pipeline);
  deploy_pipeline_start (pipeline);
}

static void
unref_spec (gpointer spec)
{
  if (spec)
    deploy_pipeline_spec_unref (spec);
}

void
deploy_supervisor_replace (DeploySupervisor *supervisor,
    DeployPipeline *pipeline, DeployPipelineSpec *next)
{
  g_hash_table_replace (supervisor->next, g_strdup (pipeline->spec->name),
      next ? deploy_pipeline_spec_ref (next) : NULL);
  if (deploy_pipeline_is_over (pipeline))
    on_settled (pipeline, supervisor);
  else
    deploy_pipeline_drain (pipeline, supervisor->spec->drain);
}

/* ---- signals ---- */

static gboolean
give_up (gpointer data)
{
  DeploySupervisor *supervisor = data;

  for (guint i = 0; i < supervisor->pipelines->len; i++) {
    const DeployPipeline *pipeline =
        g_ptr_array_index (supervisor->pipelines, i);

    if (!deploy_pipeline_is_over (pipeline))
      deploy_log (DEPLOY_LOG_ERROR, pipeline->spec->name,
          "does not stop: an element is stuck; the process ends without it");
  }
  supervisor->aborted = TRUE;
  g_main_loop_quit (supervisor->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_terminate (gpointer data)
{
  DeploySupervisor *supervisor = data;

  gint64 now = g_get_monotonic_time ();

  if (supervisor->draining && now - supervisor->told < ONE_SIGNAL)
    return G_SOURCE_CONTINUE;
  if (supervisor->draining) {
    deploy_log (DEPLOY_LOG_WARNING, NULL,
        "a second signal: stops at once, with the states that were saved "
        "last");
    _exit (TOOL_FAILED);
  }
  supervisor->draining = TRUE;
  supervisor->told = now;
  deploy_notify ("STOPPING=1\nSTATUS=streams end and states are saved");
  deploy_log (DEPLOY_LOG_INFO, NULL,
      "ends all streams, within %g s; a second signal stops at once",
      supervisor->spec->drain / 1000.0);
  g_timeout_add (supervisor->spec->drain + GRACE, give_up, supervisor);
  for (guint i = 0; i < supervisor->pipelines->len; i++)
    deploy_pipeline_drain (
        g_ptr_array_index (supervisor->pipelines, i), supervisor->spec->drain);
  quit_when_over (supervisor);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer data)
{
  DeploySupervisor *supervisor = data;

  if (supervisor->draining)
    return G_SOURCE_CONTINUE;
  deploy_notify (
      "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
  deploy_supervisor_reload (supervisor);
  tell (supervisor);
  deploy_notify ("READY=1");
  notify_status (supervisor);
  quit_when_over (supervisor);
  return G_SOURCE_CONTINUE;
}

/* ---- running ---- */

static gboolean
tick (gpointer data)
{
  DeploySupervisor *supervisor = data;

  for (guint i = 0; i < supervisor->pipelines->len; i++)
    deploy_pipeline_tick (g_ptr_array_index (supervisor->pipelines, i));
  deploy_status_tick (supervisor);
  tell (supervisor);
  return G_SOURCE_CONTINUE;
}

static gboolean
start_all (gpointer data)
{
  DeploySupervisor *supervisor = data;

  tell (supervisor);
  for (guint i = 0;
       i < supervisor->spec->pipelines->len && !supervisor->draining; i++)
    deploy_supervisor_add (
        supervisor, g_ptr_array_index (supervisor->spec->pipelines, i));
  supervisor->ready = TRUE;
  tell (supervisor);
  deploy_notify ("READY=1");
  notify_status (supervisor);
  return G_SOURCE_REMOVE;
}

static gboolean
has_failed (const DeploySupervisor *supervisor)
{
  for (guint i = 0; i < supervisor->pipelines->len; i++) {
    const DeployPipeline *pipeline =
        g_ptr_array_index (supervisor->pipelines, i);

    if (pipeline->phase == DEPLOY_PHASE_FAILED)
      return TRUE;
  }
  return FALSE;
}

gboolean
deploy_supervisor_run (DeploySupervisor *supervisor)
{
  guint watchdog = deploy_notify_get_watchdog ();

  /* A write to a pipe that nobody reads, or beyond the limit for files, is an
   * error of the one pipeline that writes. */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
  g_unix_signal_add (SIGTERM, on_terminate, supervisor);
  g_unix_signal_add (SIGINT, on_terminate, supervisor);
  g_unix_signal_add (SIGHUP, on_hangup, supervisor);
  g_timeout_add (TICK, tick, supervisor);
  if (watchdog > 0)
    g_timeout_add (MAX (watchdog / 2, 1), feed_watchdog, supervisor);
  g_idle_add (start_all, supervisor);
  g_main_loop_run (supervisor->loop);
  deploy_status_end (supervisor);
  return !supervisor->aborted && !has_failed (supervisor);
}

/* ---- life ---- */

DeploySupervisor *
deploy_supervisor_new (
    const gchar *path, DeploySpec *spec, DeployMetrics *metrics)
{
  DeploySupervisor *supervisor = g_new0 (DeploySupervisor, 1);

  supervisor->path = g_strdup (path);
  supervisor->spec = spec;
  supervisor->metrics = metrics;
  supervisor->pipelines =
      g_ptr_array_new_with_free_func ((GDestroyNotify) deploy_pipeline_unref);
  supervisor->next =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_spec);
  supervisor->loop = g_main_loop_new (NULL, FALSE);
  return supervisor;
}

void
deploy_supervisor_free (DeploySupervisor *supervisor)
{
  g_clear_pointer (&supervisor->metrics, deploy_metrics_free);
  g_ptr_array_unref (supervisor->pipelines);
  g_hash_table_unref (supervisor->next);
  g_main_loop_unref (supervisor->loop);
  deploy_spec_free (supervisor->spec);
  g_free (supervisor->path);
  g_free (supervisor);
}
