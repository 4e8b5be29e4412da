/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "status.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "log.h"

#define MINUTE (60 * (gint64) G_USEC_PER_SEC)

/* What is said of a pipeline, over the time since it was said last. */
typedef struct {
  guint64 frames;
  gdouble rate;  /* frames per second */
  gdouble speed; /* of its own time, or 0 where that is not known */
  guint64 p99;   /* ns for a buffer */
} Status;

/* Frames per second of the stream; 0: not known. */
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

static Status
get_status (DeployPipeline *pipeline, gint64 now)
{
  Status status = { .frames = deploy_pipeline_get_frames (pipeline) };
  gdouble seconds = (gdouble) (now - pipeline->told_at) / G_USEC_PER_SEC;
  gint stream_rate = 0;

  if (seconds > 0)
    status.rate = (gdouble) (status.frames - pipeline->told_frames) / seconds;
  for (guint i = 0; pipeline->models && i < pipeline->models->len; i++) {
    GstElement *lstm = g_ptr_array_index (pipeline->models, i);

    stream_rate += get_stream_rate (lstm);
    status.p99 = MAX (status.p99, get_p99 (lstm));
  }
  if (stream_rate > 0)
    status.speed = status.rate / stream_rate;
  pipeline->told_at = now;
  pipeline->told_frames = status.frames;
  return status;
}

/* (transfer full) */
static gchar *
describe (DeployPipeline *pipeline, gint64 now)
{
  Status status = get_status (pipeline, now);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s, %" G_GUINT64_FORMAT " frames, %.1f/s",
      deploy_phase_get_name (pipeline->phase), status.frames, status.rate);
  if (status.speed > 0)
    g_string_append_printf (text, ", %.1f x real time", status.speed);
  if (status.p99 > 0)
    g_string_append_printf (text, ", p99 %.1f us", status.p99 / 1000.0);
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

/* Some terminals do not know their size. */
static struct winsize
get_size (void)
{
  struct winsize size = { 0 };

  ioctl (STDERR_FILENO, TIOCGWINSZ, &size);
  if (size.ws_row == 0 || size.ws_col == 0)
    size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
  return size;
}

static void
draw (DeploySupervisor *supervisor, gint64 now)
{
  struct winsize size = get_size ();
  guint n = supervisor->pipelines->len;
  guint most = size.ws_row > 2 ? size.ws_row - 2u : 1;

  erase (supervisor);
  for (guint i = 0; i < MIN (n, most); i++) {
    DeployPipeline *pipeline = g_ptr_array_index (supervisor->pipelines, i);
    g_autofree gchar *text = describe (pipeline, now);
    g_autofree gchar *line =
        g_strdup_printf ("%s: %s", pipeline->spec->name, text);

    /* all of it is ASCII */
    g_printerr ("%.*s\n", MAX (size.ws_col - 1, 20), line);
  }
  if (n > most)
    g_printerr ("... and %u more\n", n - most);
  supervisor->n_drawn = MIN (n, most) + (n > most);
}

/* ---- in a log ---- */

static void
log_all (DeploySupervisor *supervisor, gint64 now)
{
  if (supervisor->logged_at == 0)
    supervisor->logged_at = now;
  if (now - supervisor->logged_at < MINUTE)
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

  if (deploy_log_is_json () || !isatty (STDERR_FILENO)) {
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
