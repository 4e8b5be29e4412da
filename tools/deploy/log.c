/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "log.h"

#include "../json.h"

static const gchar *const level_names[] = { "error", "warning", "info",
  "debug" };

static struct {
  DeployLevel level;
  gboolean json;
  void (*prelude) (gpointer data);
  gpointer data;
} sink = { .level = DEPLOY_LOG_INFO };

/* What GLib and GStreamer say themselves, from any thread. */
static GLogWriterOutput
write_foreign (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
    gpointer data)
{
  DeployLevel ours = DEPLOY_LOG_DEBUG;

  if (!sink.json)
    return g_log_writer_default (level, fields, n_fields, data);
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    ours = DEPLOY_LOG_ERROR;
  else if (level & G_LOG_LEVEL_WARNING)
    ours = DEPLOY_LOG_WARNING;
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && fields[i].length < 0)
      deploy_log (ours, NULL, "%s", (const gchar *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

void
deploy_log_init (DeployLevel level, gboolean json)
{
  static gboolean set = FALSE;

  sink.level = level;
  sink.json = json;
  if (!set)
    g_log_set_writer_func (write_foreign, NULL, NULL);
  set = TRUE;
}

gboolean
deploy_log_is_json (void)
{
  return sink.json;
}

void
deploy_log_set_prelude (void (*prelude) (gpointer data), gpointer data)
{
  sink.prelude = prelude;
  sink.data = data;
}

/* RFC 3339 in UTC, milliseconds. */
static gchar *
format_time (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *seconds = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf (
      "%s.%03dZ", seconds, g_date_time_get_microsecond (now) / 1000);
}

static gchar *
format_json (DeployLevel level, const gchar *time, const gchar *pipeline,
    const gchar *message)
{
  g_autoptr (ToolJson) json = tool_json_new_line ();
  g_autofree gchar *valid = g_utf8_make_valid (message, -1);

  tool_json_begin_object (json);
  tool_json_string (json, "time", time);
  tool_json_string (json, "level", level_names[level]);
  if (pipeline)
    tool_json_string (json, "pipeline", pipeline);
  tool_json_string (json, "message", valid);
  tool_json_end_object (json);
  return tool_json_to_string (json);
}

static gchar *
format_text (DeployLevel level, const gchar *time, const gchar *pipeline,
    const gchar *message)
{
  return g_strdup_printf ("%s %s %s%s%s", time, level_names[level],
      pipeline ? pipeline : "", pipeline ? ": " : "", message);
}

void
deploy_log (DeployLevel level, const gchar *pipeline, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  g_autofree gchar *time = NULL;
  g_autofree gchar *line = NULL;
  va_list args;

  if (level > sink.level)
    return;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  time = format_time ();
  line = sink.json ? format_json (level, time, pipeline, message)
                   : format_text (level, time, pipeline, message);
  if (sink.prelude)
    sink.prelude (sink.data);
  g_printerr ("%s\n", line);
}
