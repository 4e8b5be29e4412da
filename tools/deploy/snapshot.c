/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "snapshot.h"

#include <string.h>
#include <unistd.h>

/* Rates are over so long at least; recent latencies over once or twice so long.
 * In us. */
#define RATE_TIME 900000
#define RECENT_TIME (30 * (gint64) G_USEC_PER_SEC)

/* ---- the process ---- */

/* When it began, in clock ticks since the machine did: field 22, of which the
 * second may hold blanks and brackets; proc(5). */
static guint64
get_start_ticks (void)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) fields = NULL;
  const gchar *rest;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL))
    return 0;
  rest = strrchr (text, ')');
  fields = rest ? g_strsplit (rest, " ", 0) : NULL;
  if (!fields || g_strv_length (fields) < 21)
    return 0;
  return g_ascii_strtoull (fields[20], NULL, 10);
}

gint64
deploy_snapshot_get_process_start (void)
{
  g_autofree gchar *text = NULL;
  guint64 ticks = get_start_ticks ();
  const gchar *boot;

  if (ticks == 0 || !g_file_get_contents ("/proc/stat", &text, NULL, NULL))
    return 0;
  boot = strstr (text, "\nbtime ");
  if (!boot)
    return 0;
  return (gint64) (g_ascii_strtoull (boot + strlen ("\nbtime "), NULL, 10) *
                       G_USEC_PER_SEC +
                   ticks * G_USEC_PER_SEC / (guint64) sysconf (_SC_CLK_TCK));
}

/* ---- elements ---- */

static gchar *
get_text (const GstStructure *stats, const gchar *name)
{
  const gchar *text = gst_structure_get_string (stats, name);

  return g_utf8_make_valid (text ? text : "", -1);
}

static void
add_model (DeployPipelineView *view, GstElement *lstm)
{
  g_autoptr (GstStructure) stats = NULL;
  DeployModelView *model;
  guint64 p50 = 0, p99 = 0;
  guint n_streams = 0;
  gint64 saved = 0;

  g_object_get (lstm, "stats", &stats, NULL);
  if (!stats)
    return;
  deploy_counts_read (&view->counts, stats);
  gst_structure_get (stats, "streams", G_TYPE_UINT, &n_streams, "time-p50",
      G_TYPE_UINT64, &p50, "time-p99", G_TYPE_UINT64, &p99, "state-saved-at",
      G_TYPE_INT64, &saved, NULL);
  view->n_streams += n_streams;
  view->time_p50 = MAX (view->time_p50, p50);
  view->time_p99 = MAX (view->time_p99, p99);
  view->last_save = MAX (view->last_save, saved);
  if (!gst_structure_get_string (stats, "model"))
    return; /* it does not run */
  model = g_new (DeployModelView, 1);
  model->model = get_text (stats, "model");
  model->kernels = get_text (stats, "kernels");
  model->precision = get_text (stats, "precision");
  g_ptr_array_add (view->models, model);
}

static gchar **
dup_names (const GValue *array)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < gst_value_array_get_size (array); i++) {
    const GValue *value = gst_value_array_get_value (array, i);

    g_ptr_array_add (names,
        g_utf8_make_valid (
            G_VALUE_HOLDS_STRING (value) ? g_value_get_string (value) : "",
            -1));
  }
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (names, FALSE);
}

/* Names of outputs, from the sticky event that goes before them, or NULL. */
static gchar **
get_names (GstElement *lstm)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (lstm, "src");
  gchar **names = NULL;

  for (guint i = 0; !names; i++) {
    g_autoptr (GstEvent) event =
        gst_pad_get_sticky_event (pad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, i);
    const GValue *array;

    if (!event)
      break;
    if (!gst_event_has_name (event, "lstm-layout"))
      continue;
    array =
        gst_structure_get_value (gst_event_get_structure (event), "features");
    if (!array || !GST_VALUE_HOLDS_ARRAY (array))
      break;
    names = dup_names (array);
  }
  return names;
}

/* ---- pipelines ---- */

static void
view_rate (DeployPipelineView *view, DeployFlow *flow, gint64 now)
{
  if (flow->rate_at == 0) {
    flow->rate_at = now;
    flow->rate_frames = view->counts.frames;
  } else if (now - flow->rate_at >= RATE_TIME) {
    flow->rate = (gdouble) (view->counts.frames - flow->rate_frames) *
                 G_USEC_PER_SEC / (gdouble) (now - flow->rate_at);
    flow->rate_at = now;
    flow->rate_frames = view->counts.frames;
  }
  view->rate = flow->rate;
}

static void
view_latency (DeployPipelineView *view, DeployFlow *flow, gint64 now)
{
  deploy_times_copy (&view->latency, &flow->latency);
  view->recent = view->latency;
  deploy_times_subtract (&view->recent, &flow->before[0]);
  if (now - flow->before_at < RECENT_TIME)
    return;
  /* after the first time both are empty, and so is nothing lost */
  flow->before[0] = flow->before[1];
  flow->before[1] = view->latency;
  flow->before_at = now;
}

static void
view_flow (DeployPipelineView *view, const DeployPipeline *pipeline, gint64 now)
{
  GPtrArray *models = pipeline->models;

  view_rate (view, pipeline->flow, now);
  view_latency (view, pipeline->flow, now);
  view->outputs = g_new0 (DeploySampleList, 1);
  deploy_samples_read (pipeline->flow->samples, view->outputs);
  if (models && models->len > 0)
    view->names = get_names (g_ptr_array_index (models, models->len - 1));
}

static void
model_view_free (gpointer data)
{
  DeployModelView *model = data;

  g_free (model->model);
  g_free (model->kernels);
  g_free (model->precision);
  g_free (model);
}

static void
pipeline_view_free (gpointer data)
{
  DeployPipelineView *view = data;

  g_free (view->name);
  g_free (view->last_error);
  g_ptr_array_unref (view->models);
  g_strfreev (view->names);
  g_free (view->outputs);
  g_free (view);
}

static DeployPipelineView *
pipeline_view_new (const DeployPipeline *pipeline, gint64 now)
{
  DeployPipelineView *view = g_new0 (DeployPipelineView, 1);

  view->name = g_strdup (pipeline->spec->name);
  view->phase = pipeline->phase;
  view->has_run = pipeline->has_run;
  view->n_starts = pipeline->n_starts;
  view->n_failures = pipeline->n_failures;
  view->n_stalls = pipeline->n_stalls;
  if (pipeline->last_error)
    view->last_error = g_utf8_make_valid (pipeline->last_error, -1);
  view->last_error_at = pipeline->last_error_at;
  view->counts = pipeline->earlier;
  view->last_save = pipeline->last_save;
  view->models = g_ptr_array_new_with_free_func (model_view_free);
  for (guint i = 0; pipeline->models && i < pipeline->models->len; i++)
    add_model (view, g_ptr_array_index (pipeline->models, i));
  if (pipeline->flow)
    view_flow (view, pipeline, now);
  return view;
}

/* ---- snapshots ---- */

DeploySnapshot *
deploy_snapshot_new (GPtrArray *pipelines, gboolean ready, gboolean draining)
{
  DeploySnapshot *snapshot = g_new0 (DeploySnapshot, 1);

  g_atomic_ref_count_init (&snapshot->refs);
  snapshot->at = g_get_monotonic_time ();
  snapshot->real_at = g_get_real_time ();
  snapshot->ready = ready;
  snapshot->draining = draining;
  snapshot->pipelines = g_ptr_array_new_with_free_func (pipeline_view_free);
  for (guint i = 0; i < pipelines->len; i++)
    g_ptr_array_add (snapshot->pipelines,
        pipeline_view_new (g_ptr_array_index (pipelines, i), snapshot->at));
  return snapshot;
}

DeploySnapshot *
deploy_snapshot_ref (DeploySnapshot *snapshot)
{
  g_atomic_ref_count_inc (&snapshot->refs);
  return snapshot;
}

void
deploy_snapshot_unref (DeploySnapshot *snapshot)
{
  if (!g_atomic_ref_count_dec (&snapshot->refs))
    return;
  g_ptr_array_unref (snapshot->pipelines);
  g_free (snapshot);
}
