/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "status.h"

#include "../pace.h"
#include "log.h"

/* Half of what lies between two ticks: so exactly they come. */
#define SLACK (G_USEC_PER_SEC / 2)

/* Frames per second of the stream, by its caps; 0: not known. */
static gint
get_stream_rate (GstElement *lstm)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (lstm, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  gint rate = 0;

  if (caps)
    gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  return rate;
}

static guint64
get_p99 (GstElement *lstm)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 p99 = 0;

  g_object_get (lstm, "stats", &stats, NULL);
  if (stats)
    gst_structure_get_uint64 (stats, "time-p99", &p99);
  return p99;
}

/* By the caps of those that have no times, where @rate frames come in a second.
 */
static gdouble
get_speed_by_rate (DeployPipeline *pipeline, gdouble rate)
{
  gint stream_rate = 0;

  for (guint i = 0; pipeline->models && i < pipeline->models->len; i++)
    stream_rate += get_stream_rate (g_ptr_array_index (pipeline->models, i));
  return stream_rate > 0 ? rate / stream_rate : 0;
}

/* How much of the stream's own time went by in a second, since this was said
 * last or the run began; 0: not known. */
static gdouble
get_speed (DeployPipeline *pipeline, gdouble rate, gint64 now)
{
  gint64 since = MAX (pipeline->told_at, pipeline->started);
  GstClockTime to = __atomic_load_n (&pipeline->intake.to, __ATOMIC_RELAXED);
  GstClockTime from = pipeline->told_time;

  if (!GST_CLOCK_TIME_IS_VALID (from))
    from = __atomic_load_n (&pipeline->intake.from, __ATOMIC_RELAXED);
  if (!GST_CLOCK_TIME_IS_VALID (from))
    return get_speed_by_rate (pipeline, rate);
  pipeline->told_time = to;
  if (to <= from || now <= since)
    return 0;
  return (gdouble) (to - from) / 1000 / (gdouble) (now - since);
}

/* Since this was said last. */
static ToolPace
get_pace (DeployPipeline *pipeline, gint64 now)
{
  ToolPace pace = { .frames = deploy_pipeline_get_frames (pipeline) };
  gint64 since = pipeline->told_at > 0 ? pipeline->told_at : pipeline->started;

  if (now > since)
    pace.rate = (gdouble) (pace.frames - pipeline->told_frames) *
                G_USEC_PER_SEC / (gdouble) (now - since);
  pace.speed = get_speed (pipeline, pace.rate, now);
  for (guint i = 0; pipeline->models && i < pipeline->models->len; i++)
    pace.p99 =
        MAX (pace.p99, get_p99 (g_ptr_array_index (pipeline->models, i)));
  pipeline->told_at = now;
  pipeline->told_frames = pace.frames;
  return pace;
}

/* (transfer full) */
static gchar *
describe (DeployPipeline *pipeline, gint64 now)
{
  ToolPace pace = get_pace (pipeline, now);
  GString *text = g_string_new (deploy_phase_get_name (pipeline->phase));

  g_string_append (text, ", ");
  tool_pace_append (text, &pace);
  if (pipeline->n_failures > 0)
    g_string_append_printf (
        text, ", %" G_GUINT64_FORMAT " failures", pipeline->n_failures);
  return g_string_free (text, FALSE);
}

/* ---- on a terminal ---- */

static void
erase (gpointer data)
{
  DeploySupervisor *supervisor = data;

  if (supervisor->n_drawn > 0)
    g_printerr ("\033[%uA\033[J", supervisor->n_drawn);
  supervisor->n_drawn = 0;
}

static void
draw (DeploySupervisor *supervisor, gint64 now)
{
  guint n = supervisor->pipelines->len;
  guint lines, columns, most;

  tool_pace_get_size (&lines, &columns);
  most = lines > 2 ? lines - 2 : 1;
  erase (supervisor);
  for (guint i = 0; i < MIN (n, most); i++) {
    DeployPipeline *pipeline = g_ptr_array_index (supervisor->pipelines, i);
    g_autofree gchar *text = describe (pipeline, now);
    g_autofree gchar *line =
        g_strdup_printf ("%s: %s", pipeline->spec->name, text);

    /* all of it is ASCII */
    g_printerr ("%.*s\n", (gint) MAX (columns, 21) - 1, line);
  }
  if (n > most)
    g_printerr ("... and %u more\n", n - most);
  supervisor->n_drawn = MIN (n, most) + (n > most);
}

/* ---- in a log ---- */

static void
log_all (DeploySupervisor *supervisor, gint64 now)
{
  gint64 interval = supervisor->spec->log_interval * (gint64) 1000;

  if (supervisor->logged_at == 0)
    supervisor->logged_at = now;
  if (interval == 0 || now - supervisor->logged_at + SLACK < interval)
    return;
  supervisor->logged_at = now;
  for (guint i = 0; i < supervisor->pipelines->len; i++) {
    DeployPipeline *pipeline = g_ptr_array_index (supervisor->pipelines, i);
    g_autofree gchar *text = NULL;

    if (deploy_pipeline_is_over (pipeline))
      continue;
    text = describe (pipeline, now);
    deploy_log (DEPLOY_LOG_INFO, pipeline->spec->name, "%s", text);
  }
}

void
deploy_status_tick (DeploySupervisor *supervisor)
{
  gint64 now = g_get_monotonic_time ();

  if (deploy_log_is_json () || !tool_pace_on_terminal ()) {
    log_all (supervisor, now);
    return;
  }
  deploy_log_set_prelude (erase, supervisor);
  draw (supervisor, now);
}

void
deploy_status_end (DeploySupervisor *supervisor)
{
  deploy_log_set_prelude (NULL, NULL);
}
