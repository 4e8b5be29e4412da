/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "status-json.h"

#include "../json.h"

/* Times in seconds; 0 is none. */
static void
add_time (ToolJson *json, const gchar *name, gint64 us)
{
  tool_json_member (json, name);
  if (us == 0)
    tool_json_add_null (json);
  else
    tool_json_add_double (json, (gdouble) us / G_USEC_PER_SEC);
}

static void
add_duration (ToolJson *json, const gchar *name, guint64 ns)
{
  tool_json_member (json, name);
  if (ns == 0)
    tool_json_add_null (json);
  else
    tool_json_add_double (json, (gdouble) ns / 1e9);
}

static void
add_models (ToolJson *json, const DeployPipelineView *view)
{
  tool_json_member (json, "models");
  tool_json_begin_array (json);
  for (guint i = 0; i < view->models->len; i++) {
    const DeployModelView *model = g_ptr_array_index (view->models, i);

    tool_json_begin_object (json);
    tool_json_string (json, "model", model->model);
    tool_json_string (json, "kernels", model->kernels);
    tool_json_string (json, "precision", model->precision);
    tool_json_end_object (json);
  }
  tool_json_end_array (json);
}

/* Of the first outputs, as many as a sample has. */
static void
add_names (ToolJson *json, const DeployPipelineView *view, guint n)
{
  guint known = view->names ? g_strv_length (view->names) : 0;

  tool_json_member (json, "names");
  tool_json_begin_array (json);
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *number = g_strdup_printf ("%u", i);

    tool_json_add_string (json, i < known ? view->names[i] : number);
  }
  tool_json_end_array (json);
}

static void
add_sample (ToolJson *json, const DeploySample *sample, guint n)
{
  tool_json_begin_array (json);
  tool_json_add_double (json, (gdouble) sample->at / G_USEC_PER_SEC);
  for (guint i = 0; i < n; i++)
    tool_json_add_double (json, sample->values[i]);
  tool_json_end_array (json);
}

/* {"count": of the model's outputs, "names", "samples": [[time, value...]...]}
 */
static void
add_outputs (ToolJson *json, const DeployPipelineView *view)
{
  const DeploySampleList *outputs = view->outputs;
  guint n;

  tool_json_member (json, "outputs");
  if (!outputs || outputs->n == 0) {
    tool_json_add_null (json);
    return;
  }
  n = MIN (outputs->n_channels, DEPLOY_N_VALUES);
  tool_json_begin_object (json);
  tool_json_int (json, "count", outputs->n_channels);
  add_names (json, view, n);
  tool_json_member (json, "samples");
  tool_json_begin_array (json);
  for (guint i = 0; i < outputs->n; i++)
    add_sample (json, &outputs->samples[i], n);
  tool_json_end_array (json);
  tool_json_end_object (json);
}

static void
add_pipeline (ToolJson *json, const DeployPipelineView *view)
{
  tool_json_begin_object (json);
  tool_json_string (json, "name", view->name);
  tool_json_string (json, "phase", deploy_phase_get_name (view->phase));
  tool_json_int (json, "frames", view->counts.frames);
  tool_json_int (json, "windows", view->counts.windows);
  tool_json_double (json, "rate", view->rate);
  tool_json_int (json, "streams", view->n_streams);
  tool_json_int (json, "restarts", view->n_starts > 1 ? view->n_starts - 1 : 0);
  tool_json_int (json, "failures", view->n_failures);
  add_duration (json, "latency_p50", deploy_times_get (&view->recent, 50));
  add_duration (json, "latency_p99", deploy_times_get (&view->recent, 99));
  add_duration (json, "processing_p50", view->time_p50);
  add_duration (json, "processing_p99", view->time_p99);
  add_time (json, "last_save", view->last_save);
  tool_json_string (json, "last_error", view->last_error);
  add_time (json, "last_error_at", view->last_error ? view->last_error_at : 0);
  add_models (json, view);
  add_outputs (json, view);
  tool_json_end_object (json);
}

GString *
deploy_status_json_new (const DeploySnapshot *snapshot)
{
  g_autoptr (ToolJson) json = tool_json_new_line ();
  g_autofree gchar *text = NULL;

  tool_json_begin_object (json);
  tool_json_string (json, "version", LSTM_VERSION);
  add_time (json, "now", snapshot->real_at);
  add_time (json, "started", deploy_snapshot_get_process_start ());
  tool_json_bool (json, "draining", snapshot->draining);
  tool_json_member (json, "pipelines");
  tool_json_begin_array (json);
  for (guint i = 0; i < snapshot->pipelines->len; i++)
    add_pipeline (json, g_ptr_array_index (snapshot->pipelines, i));
  tool_json_end_array (json);
  tool_json_end_object (json);
  text = tool_json_to_string (json);
  return g_string_new (text);
}
