/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pipeline.h"

#include "alarms.h"
#include "build.h"
#include "drain.h"
#include "log.h"
#include "models.h"
#include "resume.h"

const gchar *
deploy_phase_get_name (DeployPhase phase)
{
  static const gchar *const names[] = { "idle", "running", "draining",
    "stopping", "waiting", "finished", "failed" };

  return names[phase];
}

gboolean
deploy_pipeline_is_over (const DeployPipeline *pipeline)
{
  return pipeline->phase == DEPLOY_PHASE_FINISHED ||
         pipeline->phase == DEPLOY_PHASE_FAILED;
}

/* ---- counts ---- */

void
deploy_pipeline_get_counts (
    const DeployPipeline *pipeline, DeployCounts *counts)
{
  *counts = pipeline->earlier;
  for (guint i = 0; pipeline->models && i < pipeline->models->len; i++) {
    g_autoptr (GstStructure) stats = NULL;

    g_object_get (
        g_ptr_array_index (pipeline->models, i), "stats", &stats, NULL);
    if (stats)
      deploy_counts_read (counts, stats);
  }
}

guint64
deploy_pipeline_get_frames (const DeployPipeline *pipeline)
{
  DeployCounts counts;

  deploy_pipeline_get_counts (pipeline, &counts);
  return counts.frames;
}

/* The run is over: what it counted is kept. */
static void
keep_counts (DeployPipeline *pipeline)
{
  DeployCounts counts;

  deploy_pipeline_get_counts (pipeline, &counts);
  for (guint i = 0; pipeline->models && i < pipeline->models->len; i++) {
    g_autoptr (GstStructure) stats = NULL;
    gint64 saved = 0;

    g_object_get (
        g_ptr_array_index (pipeline->models, i), "stats", &stats, NULL);
    if (stats)
      gst_structure_get_int64 (stats, "state-saved-at", &saved);
    pipeline->last_save = MAX (pipeline->last_save, saved);
  }
  pipeline->earlier = counts;
}

/* ---- warnings ---- */

static void
log_message (DeployPipeline *pipeline, DeployLevel level, GstMessage *message,
    const GError *error)
{
  deploy_log (level, pipeline->spec->name, "%s: %s",
      GST_MESSAGE_SRC_NAME (message), error->message);
}

static void
on_warning (DeployPipeline *pipeline, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
    gst_message_parse_warning (message, &error, NULL);
    log_message (pipeline, DEPLOY_LOG_WARNING, message, error);
  } else {
    gst_message_parse_info (message, &error, NULL);
    log_message (pipeline, DEPLOY_LOG_INFO, message, error);
  }
}

/* What elements had to say while they stopped: of states that could not be
 * saved. */
static void
tell_last_words (DeployPipeline *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline->element);
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING))) {
    on_warning (pipeline, message);
    gst_message_unref (message);
  }
  gst_bus_set_flushing (bus, TRUE);
}

/* ---- the end of a run ---- */

static gboolean
run_again (gpointer data)
{
  DeployPipeline *pipeline = data;

  pipeline->timer = 0;
  deploy_pipeline_start (pipeline);
  return G_SOURCE_REMOVE;
}

static gboolean
wants_run (const DeployPipeline *pipeline)
{
  DeployPolicy policy = pipeline->spec->restart.policy;

  return !pipeline->quit &&
         (policy == DEPLOY_RESTART_ALWAYS ||
             (policy == DEPLOY_RESTART_ON_FAILURE && pipeline->failed));
}

static void
settle (DeployPipeline *pipeline)
{
  gint64 ran = (g_get_monotonic_time () - pipeline->started) / 1000;
  guint delay;

  if (wants_run (pipeline)) {
    delay =
        deploy_backoff_next (&pipeline->backoff, &pipeline->spec->restart, ran);
    pipeline->phase = DEPLOY_PHASE_WAITING;
    pipeline->timer = g_timeout_add (delay, run_again, pipeline);
    deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name,
        "starts again in %g s (short run %u in a row)", delay / 1000.0,
        pipeline->backoff.n_failures);
  } else {
    pipeline->phase =
        pipeline->failed ? DEPLOY_PHASE_FAILED : DEPLOY_PHASE_FINISHED;
    deploy_log (pipeline->failed ? DEPLOY_LOG_ERROR : DEPLOY_LOG_INFO,
        pipeline->spec->name, "%s after %" G_GUINT64_FORMAT " frames",
        pipeline->failed ? "failed" : "finished",
        deploy_pipeline_get_frames (pipeline));
  }
  pipeline->on_settled (pipeline, pipeline->user_data);
}

static gboolean
on_stopped (gpointer data)
{
  DeployPipeline *pipeline = data;

  keep_counts (pipeline);
  g_clear_pointer (&pipeline->models, g_ptr_array_unref);
  g_clear_pointer (&pipeline->stamps, g_ptr_array_unref);
  if (pipeline->element)
    tell_last_words (pipeline);
  gst_clear_object (&pipeline->element);
  if (pipeline->flow)
    deploy_flow_end (pipeline->flow);
  settle (pipeline);
  deploy_pipeline_unref (pipeline);
  return G_SOURCE_REMOVE;
}

/* Elements may take their time, and the others go on meanwhile. */
static gpointer
stop_thread (gpointer data)
{
  DeployPipeline *pipeline = data;

  gst_element_set_state (pipeline->element, GST_STATE_NULL);
  g_idle_add (on_stopped, pipeline);
  return NULL;
}

static void
leave (DeployPipeline *pipeline)
{
  if (pipeline->phase == DEPLOY_PHASE_STOPPING)
    return;
  pipeline->phase = DEPLOY_PHASE_STOPPING;
  g_clear_handle_id (&pipeline->bus_watch, g_source_remove);
  if (pipeline->element)
    g_thread_unref (g_thread_new (
        "deploy-stop", stop_thread, deploy_pipeline_ref (pipeline)));
  else
    g_idle_add (on_stopped, deploy_pipeline_ref (pipeline));
}

static void
fail (DeployPipeline *pipeline, const gchar *reason)
{
  pipeline->failed = TRUE;
  pipeline->n_failures++;
  g_free (pipeline->last_error);
  pipeline->last_error = g_strdup (reason);
  pipeline->last_error_at = g_get_real_time ();
  deploy_log (DEPLOY_LOG_ERROR, pipeline->spec->name, "%s", reason);
  leave (pipeline);
}

/* ---- messages ---- */

static void
on_error (DeployPipeline *pipeline, GstMessage *message)
{
  g_autofree gchar *reason = deploy_describe_error (message);

  fail (pipeline, reason);
}

static void
on_element_message (DeployPipeline *pipeline, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  g_autofree gchar *alarm = deploy_describe_alarm (message);
  guint kept = 0, reset = 0;

  if (alarm)
    deploy_log (DEPLOY_LOG_WARNING, pipeline->spec->name, "%s", alarm);
  if (!gst_structure_has_name (structure, "lstm-reloaded"))
    return;
  gst_structure_get (structure, "slots-kept", G_TYPE_UINT, &kept, "slots-reset",
      G_TYPE_UINT, &reset, NULL);
  deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name,
      "%s: runs the model '%s' now; %u states are kept, %u begin anew",
      GST_MESSAGE_SRC_NAME (message),
      gst_structure_get_string (structure, "model"), kept, reset);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  DeployPipeline *pipeline = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      on_error (pipeline, message);
      break;
    case GST_MESSAGE_WARNING:
    case GST_MESSAGE_INFO:
      on_warning (pipeline, message);
      break;
    case GST_MESSAGE_ELEMENT:
      on_element_message (pipeline, message);
      break;
    case GST_MESSAGE_EOS:
      pipeline->eos = TRUE;
      leave (pipeline);
      break;
    default:
      break;
  }
  /* leave() has taken the watch away */
  return pipeline->bus_watch != 0;
}

/* ---- a run ---- */

static gboolean
prepare (DeployPipeline *pipeline, GError **error)
{
  g_autoptr (GstBus) bus = NULL;

  pipeline->element = deploy_build (pipeline->spec, error);
  if (!pipeline->element)
    return FALSE;
  pipeline->models = deploy_find_elements (pipeline->element, "lstm");
  pipeline->stamps = deploy_stamp_models (pipeline->models);
  deploy_pin_threads (pipeline->element, pipeline->spec);
  deploy_follow_intake (pipeline->element, pipeline->models, &pipeline->intake);
  if (pipeline->flow)
    deploy_flow_watch (pipeline->flow, pipeline->element, pipeline->models);
  if (!deploy_resume (pipeline->element, pipeline->spec, error))
    return FALSE;
  /* for tell_last_words() */
  g_object_set (pipeline->element, "auto-flush-bus", FALSE, NULL);
  bus = gst_element_get_bus (pipeline->element);
  pipeline->bus_watch = gst_bus_add_watch (bus, on_message, pipeline);
  return TRUE;
}

void
deploy_pipeline_start (DeployPipeline *pipeline)
{
  g_autoptr (GError) error = NULL;

  pipeline->n_starts++;
  pipeline->eos = pipeline->failed = FALSE;
  pipeline->phase = DEPLOY_PHASE_RUNNING;
  pipeline->started = pipeline->seen_at = g_get_monotonic_time ();
  pipeline->told_time = GST_CLOCK_TIME_NONE;
  if (!prepare (pipeline, &error)) {
    fail (pipeline, error->message);
    return;
  }
  if (gst_element_set_state (pipeline->element, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE) {
    deploy_take_error (pipeline->element, &error);
    fail (pipeline, error->message);
    return;
  }
  pipeline->has_run = TRUE;
  deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name,
      "started, run %" G_GUINT64_FORMAT, pipeline->n_starts);
}

/* ---- drain and stop ---- */

static gboolean
on_nothing_to_drain (gpointer data)
{
  DeployPipeline *pipeline = data;

  if (pipeline->phase == DEPLOY_PHASE_DRAINING)
    leave (pipeline);
  deploy_pipeline_unref (pipeline);
  return G_SOURCE_REMOVE;
}

typedef struct {
  DeployPipeline *pipeline; /* referenced, like the other */
  GstElement *element;
} DrainJob;

/* Elements may take their time here, too. */
static gpointer
drain_thread (gpointer data)
{
  DrainJob *job = data;

  if (deploy_drain (job->element))
    deploy_pipeline_unref (job->pipeline);
  else
    g_idle_add (on_nothing_to_drain, job->pipeline);
  gst_object_unref (job->element);
  g_free (job);
  return NULL;
}

void
deploy_pipeline_drain (DeployPipeline *pipeline, guint ms)
{
  DrainJob *job;

  pipeline->quit = TRUE;
  if (pipeline->phase == DEPLOY_PHASE_RUNNING) {
    pipeline->phase = DEPLOY_PHASE_DRAINING;
    pipeline->deadline = g_get_monotonic_time () + ms * (gint64) 1000;
    job = g_new (DrainJob, 1);
    *job = (DrainJob){ deploy_pipeline_ref (pipeline),
      gst_object_ref (pipeline->element) };
    g_thread_unref (g_thread_new ("deploy-drain", drain_thread, job));
  } else {
    deploy_pipeline_stop (pipeline);
  }
}

void
deploy_pipeline_stop (DeployPipeline *pipeline)
{
  pipeline->quit = TRUE;
  switch (pipeline->phase) {
    case DEPLOY_PHASE_IDLE:
    case DEPLOY_PHASE_WAITING:
      g_clear_handle_id (&pipeline->timer, g_source_remove);
      pipeline->failed = FALSE; /* it was about to be well again */
      settle (pipeline);
      break;
    case DEPLOY_PHASE_RUNNING:
    case DEPLOY_PHASE_DRAINING:
      leave (pipeline);
      break;
    default:
      break;
  }
}

/* Whether it is to stop: it drains for too long. */
static gboolean
check_drain (DeployPipeline *pipeline, gint64 now)
{
  if (pipeline->phase != DEPLOY_PHASE_DRAINING || now < pipeline->deadline)
    return FALSE;
  fail (pipeline, "did not end in the time that 'drain' allows; it stops "
                  "where it is, with the states that were saved last");
  return TRUE;
}

void
deploy_pipeline_tick (DeployPipeline *pipeline)
{
  gint64 now = g_get_monotonic_time ();
  guint buffers = (guint) g_atomic_int_get (&pipeline->intake.buffers);
  g_autofree gchar *reason = NULL;

  if (check_drain (pipeline, now) || pipeline->phase != DEPLOY_PHASE_RUNNING)
    return;
  if (buffers != pipeline->seen) {
    pipeline->seen = buffers;
    pipeline->seen_at = now;
  }
  if (pipeline->spec->watchdog == 0 ||
      now - pipeline->seen_at < pipeline->spec->watchdog * (gint64) 1000)
    return;
  pipeline->n_stalls++;
  reason = g_strdup_printf ("no frame for %g s, which is all that watchdog "
                            "allows; the source has stopped, or an element is "
                            "stuck",
      pipeline->spec->watchdog / 1000.0);
  fail (pipeline, reason);
}

void
deploy_pipeline_watch (DeployPipeline *pipeline)
{
  if (pipeline->flow)
    return;
  pipeline->flow = deploy_flow_new ();
  if (pipeline->element && pipeline->models)
    deploy_flow_watch (pipeline->flow, pipeline->element, pipeline->models);
}

/* ---- life ---- */

DeployPipeline *
deploy_pipeline_new (
    DeployPipelineSpec *spec, DeployPipelineFunc on_settled, gpointer user_data)
{
  DeployPipeline *pipeline = g_atomic_rc_box_new0 (DeployPipeline);

  pipeline->spec = deploy_pipeline_spec_ref (spec);
  pipeline->on_settled = on_settled;
  pipeline->user_data = user_data;
  return pipeline;
}

DeployPipeline *
deploy_pipeline_ref (DeployPipeline *pipeline)
{
  return g_atomic_rc_box_acquire (pipeline);
}

static void
clear (gpointer data)
{
  DeployPipeline *pipeline = data;

  g_assert (!pipeline->element);
  g_clear_handle_id (&pipeline->timer, g_source_remove);
  deploy_pipeline_spec_unref (pipeline->spec);
  g_free (pipeline->last_error);
  g_clear_pointer (&pipeline->flow, deploy_flow_free);
}

void
deploy_pipeline_unref (DeployPipeline *pipeline)
{
  g_atomic_rc_box_release_full (pipeline, clear);
}
