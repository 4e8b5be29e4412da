/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "exposition.h"

#include <stddef.h>

/* Bytes of an error that go into a label. */
#define MAX_ERROR 160

#define NAME "gst_lstm_"

/* ---- text ---- */

/* In the C locale, and with no digit less than the number has. */
static void
append_number (GString *text, gdouble x)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.16g", x));
}

/* The value of a label; at most @max bytes of it, whole characters. */
static void
append_escaped (GString *text, const gchar *value, gsize max)
{
  const gchar *next;

  for (const gchar *at = value; *at; at = next) {
    next = g_utf8_next_char (at);
    if ((gsize) (next - value) > max)
      break;
    if (*at == '\n')
      g_string_append (text, "\\n");
    else if (*at == '\\' || *at == '"')
      g_string_append_printf (text, "\\%c", *at);
    else
      g_string_append_len (text, at, next - at);
  }
}

static void
describe (
    GString *text, const gchar *name, const gchar *type, const gchar *help)
{
  g_string_append_printf (text, "# HELP " NAME "%s %s\n# TYPE " NAME "%s %s\n",
      name, help, name, type);
}

/* Up to the labels of a pipeline, which are left open. */
static void
begin_line (GString *text, const gchar *name, const DeployPipelineView *view)
{
  g_string_append_printf (text, NAME "%s{pipeline=\"", name);
  append_escaped (text, view->name, G_MAXSIZE);
  g_string_append_c (text, '"');
}

static void
add_label (GString *text, const gchar *name, const gchar *value, gsize max)
{
  g_string_append_printf (text, ",%s=\"", name);
  append_escaped (text, value, max);
  g_string_append_c (text, '"');
}

static void
end_line (GString *text, gdouble value)
{
  g_string_append (text, "} ");
  append_number (text, value);
  g_string_append_c (text, '\n');
}

static void
end_count (GString *text, guint64 value)
{
  g_string_append_printf (text, "} %" G_GUINT64_FORMAT "\n", value);
}

/* ---- counters and gauges ---- */

/* One number of each pipeline. */
typedef struct {
  const gchar *name, *type, *help;
  gdouble (*get) (
      const DeployPipelineView *view, const DeploySnapshot *snapshot);
} Gauge;

typedef struct {
  const gchar *name, *help;
  gsize offset; /* of a guint64 in the view */
} Counter;

#define COUNT(field) offsetof (DeployPipelineView, field)

static const Counter counters[] = {
  { "frames_total", "Frames that came to the models.", COUNT (counts.frames) },
  { "windows_total", "Windows that were run; none in frame mode.",
      COUNT (counts.windows) },
  { "steps_total", "Time steps that the models ran.", COUNT (counts.steps) },
  { "buffers_total", "Buffers that came to the models.",
      COUNT (counts.buffers) },
  { "evictions_total", "Keys whose state made room for another's.",
      COUNT (counts.evictions) },
  { "bad_numbers_total",
      "NaN and Inf that were replaced, or frames skipped for one.",
      COUNT (counts.bad_numbers) },
  { "out_of_range_total", "Features out of the range they are scaled to.",
      COUNT (counts.out_of_range) },
  { "state_saves_total", "How often the state file was written.",
      COUNT (counts.saves) },
  { "pipeline_starts_total", "Runs that were begun, the first included.",
      COUNT (n_starts) },
  { "pipeline_failures_total", "Runs that ended with an error.",
      COUNT (n_failures) },
  { "pipeline_stalls_total", "Failures that the watchdog saw.",
      COUNT (n_stalls) },
};

static gdouble
get_up (const DeployPipelineView *view, const DeploySnapshot *snapshot)
{
  return view->phase == DEPLOY_PHASE_RUNNING ||
         view->phase == DEPLOY_PHASE_DRAINING;
}

static gdouble
get_restarts (const DeployPipelineView *view, const DeploySnapshot *snapshot)
{
  return view->n_starts > 1 ? (gdouble) (view->n_starts - 1) : 0;
}

static gdouble
get_streams (const DeployPipelineView *view, const DeploySnapshot *snapshot)
{
  return view->n_streams;
}

static gdouble
get_rate (const DeployPipelineView *view, const DeploySnapshot *snapshot)
{
  return view->rate;
}

static const Gauge gauges[] = {
  { "pipeline_up", "gauge", "1 if it runs.", get_up },
  { "pipeline_restarts_total", "counter", "Runs after the first.",
      get_restarts },
  { "active_streams", "gauge", "Streams that have a state now.", get_streams },
  { "frames_per_second", "gauge", "Over the last second or two.", get_rate },
};

static void
add_counters (GString *text, const DeploySnapshot *snapshot)
{
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++) {
    describe (text, counters[i].name, "counter", counters[i].help);
    for (guint k = 0; k < snapshot->pipelines->len; k++) {
      const DeployPipelineView *view =
          g_ptr_array_index (snapshot->pipelines, k);

      begin_line (text, counters[i].name, view);
      end_count (text, G_STRUCT_MEMBER (guint64, view, counters[i].offset));
    }
  }
}

static void
add_gauges (GString *text, const DeploySnapshot *snapshot)
{
  for (guint i = 0; i < G_N_ELEMENTS (gauges); i++) {
    describe (text, gauges[i].name, gauges[i].type, gauges[i].help);
    for (guint k = 0; k < snapshot->pipelines->len; k++) {
      const DeployPipelineView *view =
          g_ptr_array_index (snapshot->pipelines, k);

      begin_line (text, gauges[i].name, view);
      end_line (text, gauges[i].get (view, snapshot));
    }
  }
}

/* ---- with further labels ---- */

static void
add_resets (GString *text, const DeployPipelineView *view)
{
  for (guint i = 0; i < DEPLOY_N_CAUSES; i++) {
    begin_line (text, "resets_total", view);
    add_label (text, "cause", deploy_causes[i], G_MAXSIZE);
    end_count (text, view->counts.resets[i]);
  }
}

static void
add_phases (GString *text, const DeployPipelineView *view)
{
  for (guint i = 0; i <= DEPLOY_PHASE_FAILED; i++) {
    begin_line (text, "pipeline_phase", view);
    add_label (text, "phase", deploy_phase_get_name (i), G_MAXSIZE);
    end_count (text, view->phase == i);
  }
}

static void
add_models (GString *text, const DeployPipelineView *view)
{
  for (guint i = 0; i < view->models->len; i++) {
    const DeployModelView *model = g_ptr_array_index (view->models, i);
    gchar number[16];

    g_snprintf (number, sizeof number, "%u", i);
    begin_line (text, "model_info", view);
    add_label (text, "lstm", number, G_MAXSIZE);
    add_label (text, "model", model->model, G_MAXSIZE);
    add_label (text, "kernels", model->kernels, G_MAXSIZE);
    add_label (text, "precision", model->precision, G_MAXSIZE);
    end_count (text, 1);
  }
}

static void
add_error (GString *text, const DeployPipelineView *view)
{
  if (!view->last_error)
    return;
  begin_line (text, "pipeline_last_error_info", view);
  add_label (text, "error", view->last_error, MAX_ERROR);
  end_count (text, 1);
}

static void
add_error_time (GString *text, const DeployPipelineView *view)
{
  if (!view->last_error)
    return;
  begin_line (text, "pipeline_last_error_timestamp_seconds", view);
  end_line (text, (gdouble) view->last_error_at / G_USEC_PER_SEC);
}

static void
add_save_time (GString *text, const DeployPipelineView *view)
{
  if (view->last_save == 0)
    return;
  begin_line (text, "state_last_save_timestamp_seconds", view);
  end_line (text, (gdouble) view->last_save / G_USEC_PER_SEC);
}

static const struct {
  const gchar *name, *type, *help;
  void (*add) (GString *text, const DeployPipelineView *view);
} families[] = {
  { "resets_total", "counter",
      "How often streams went back to their initial state.", add_resets },
  { "pipeline_phase", "gauge", "1 for the phase that it is in.", add_phases },
  { "model_info", "gauge", "The models that run.", add_models },
  { "pipeline_last_error_info", "gauge",
      "Why it failed last, cut to 160 bytes.", add_error },
  { "pipeline_last_error_timestamp_seconds", "gauge",
      "When it failed last, since 1970.", add_error_time },
  { "state_last_save_timestamp_seconds", "gauge",
      "When the state file was written last, since 1970.", add_save_time },
};

static void
add_families (GString *text, const DeploySnapshot *snapshot)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    describe (text, families[i].name, families[i].type, families[i].help);
    for (guint k = 0; k < snapshot->pipelines->len; k++)
      families[i].add (text, g_ptr_array_index (snapshot->pipelines, k));
  }
}

/* ---- histograms ---- */

/* @below: how many were shorter than each bound. A time of just so many ns
 * counts with the next bound. */
static void
add_histogram (GString *text, const gchar *name, const DeployPipelineView *view,
    const guint64 *below, guint64 n, guint64 total)
{
  g_autofree gchar *bucket = g_strconcat (name, "_bucket", NULL);
  g_autofree gchar *sum = g_strconcat (name, "_sum", NULL);
  g_autofree gchar *count = g_strconcat (name, "_count", NULL);

  for (guint i = 0; i < DEPLOY_N_BOUNDS; i++) {
    begin_line (text, bucket, view);
    g_string_append (text, ",le=\"");
    append_number (text,
        (gdouble) (G_GUINT64_CONSTANT (1) << (DEPLOY_FIRST_POWER + i)) / 1e9);
    g_string_append_c (text, '"');
    end_count (text, below[i]);
  }
  begin_line (text, bucket, view);
  g_string_append (text, ",le=\"+Inf\"");
  end_count (text, n);
  begin_line (text, sum, view);
  end_line (text, (gdouble) total / 1e9);
  begin_line (text, count, view);
  end_count (text, n);
}

static void
add_histograms (GString *text, const DeploySnapshot *snapshot)
{
  describe (text, "processing_seconds", "histogram",
      "What a buffer, or a list of them, took in lstm.");
  for (guint k = 0; k < snapshot->pipelines->len; k++) {
    const DeployPipelineView *view = g_ptr_array_index (snapshot->pipelines, k);

    add_histogram (text, "processing_seconds", view, view->counts.below,
        view->counts.n_times, view->counts.busy);
  }
  describe (text, "latency_seconds", "histogram",
      "From the arrival of a frame at the first lstm to that of its output at "
      "the sink.");
  for (guint k = 0; k < snapshot->pipelines->len; k++) {
    const DeployPipelineView *view = g_ptr_array_index (snapshot->pipelines, k);
    guint64 below[DEPLOY_N_BOUNDS];

    for (guint i = 0; i < DEPLOY_N_BOUNDS; i++)
      below[i] = deploy_times_count_below (&view->latency, i);
    add_histogram (text, "latency_seconds", view, below, view->latency.n,
        view->latency.total);
  }
}

/* ---- the process ---- */

static void
add_process (GString *text, const DeploySnapshot *snapshot)
{
  static const gchar start[] = "process_start_time_seconds";

  describe (text, "build_info", "gauge", "The release that runs.");
  g_string_append_printf (
      text, NAME "build_info{version=\"%s\"} 1\n", LSTM_VERSION);
  describe (text, "draining", "gauge", "1 after SIGTERM.");
  g_string_append_printf (text, NAME "draining %d\n", snapshot->draining);
  /* named as in every process that Prometheus watches */
  g_string_append_printf (text,
      "# HELP %s When the process began, since 1970.\n# TYPE %s gauge\n%s ",
      start, start, start);
  append_number (
      text, (gdouble) deploy_snapshot_get_process_start () / G_USEC_PER_SEC);
  g_string_append_c (text, '\n');
}

GString *
deploy_exposition_new (const DeploySnapshot *snapshot)
{
  GString *text = g_string_new (NULL);

  add_process (text, snapshot);
  add_gauges (text, snapshot);
  add_counters (text, snapshot);
  add_families (text, snapshot);
  add_histograms (text, snapshot);
  return text;
}
