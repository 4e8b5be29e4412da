/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/post.h"

#include <math.h>

/* Frames that a mean may be of. */
#define MAX_AVERAGE (1 << 20)
/* Seconds in 292 years, which ns of 63 bits hold. */
#define MAX_SECONDS 9.2e9
/* Alarms of one element. */
#define MAX_ALARMS 64

void
lstm_config_post_init (LstmConfigPost *post)
{
  post->average_time = (gdouble) NAN;
}

void
lstm_config_post_clear (LstmConfigPost *post)
{
  for (guint i = 0; i < post->n_alarms; i++) {
    g_free (post->alarms[i].name);
    g_free (post->alarms[i].output);
  }
  g_free (post->alarms);
  g_strfreev (post->classes);
}

/* ---- seconds ---- */

/* From 0 to 292 years; above 0 if they are to be @positive. */
static gboolean
read_seconds (const LstmYamlNode *node, const gchar *what, gboolean positive,
    gdouble *seconds, GError **error)
{
  if (!lstm_yaml_read_double (node, what, seconds, error))
    return FALSE;
  if (*seconds >= 0 && *seconds <= MAX_SECONDS && !(positive && *seconds == 0))
    return TRUE;
  return lstm_yaml_fail (node, error,
      "%s: found %g, expected seconds %s 0 %s %g", what, *seconds,
      positive ? "above" : "from", positive ? "and up to" : "to", MAX_SECONDS);
}

/* ---- alarms ---- */

static gboolean
read_text (
    const LstmYamlNode *node, const gchar *what, gchar **text, GError **error)
{
  if (node)
    *text = g_strdup (lstm_yaml_read_string (node, what, error));
  return !node || *text != NULL;
}

static gboolean
read_off (LstmConfigAlarm *alarm, const LstmYamlNode *node, GError **error)
{
  if (!lstm_yaml_read_double (node, "off", &alarm->off, error))
    return FALSE;
  if (alarm->off <= alarm->on)
    return TRUE;
  return lstm_yaml_fail (node, error,
      "off: found %g, above on, %g: an alarm would end before it begins; "
      "expected %g or less",
      alarm->off, alarm->on, alarm->on);
}

/* {on: X, off: X, output: NAME, min-duration: SECONDS, name: NAME} */
static gboolean
read_alarm (LstmConfigAlarm *alarm, const LstmYamlNode *node, GError **error)
{
  enum { ON, OFF, OUTPUT, MIN_DURATION, NAME };
  static const LstmYamlKey keys[] = { { "on", TRUE }, { "off", FALSE },
    { "output", FALSE }, { "min-duration", FALSE }, { "name", FALSE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  alarm->off = alarm->min_duration = (gdouble) NAN;
  if (!lstm_yaml_read_mapping (
          node, "alarm", keys, G_N_ELEMENTS (keys), values, error) ||
      !lstm_yaml_read_double (values[ON], "on", &alarm->on, error) ||
      !read_text (values[OUTPUT], "output", &alarm->output, error) ||
      !read_text (values[NAME], "name", &alarm->name, error))
    return FALSE;
  if (values[OFF] && !read_off (alarm, values[OFF], error))
    return FALSE;
  return !values[MIN_DURATION] ||
         read_seconds (values[MIN_DURATION], "min-duration", FALSE,
             &alarm->min_duration, error);
}

/* Several alarms are told apart by their names. */
static gboolean
check_name (const LstmConfigPost *post, guint i, const LstmYamlNode *node,
    GError **error)
{
  const gchar *name = post->alarms[i].name;

  if (!name)
    return lstm_yaml_fail (node, error,
        "alarm: number %u of %u has no name; expected `name: NAME` in each "
        "where there are several",
        i + 1, post->n_alarms);
  for (guint k = 0; k < i; k++)
    if (g_str_equal (post->alarms[k].name, name))
      return lstm_yaml_fail (node, error,
          "alarm: number %u is called '%s', as number %u is; expected another "
          "name",
          i + 1, name, k + 1);
  return TRUE;
}

/* A mapping for one alarm, or a list of such mappings. */
static gboolean
read_alarms (LstmConfigPost *post, const LstmYamlNode *node, GError **error)
{
  gboolean list = node->type == LSTM_YAML_LIST;
  guint n = list ? lstm_yaml_get_n_items (node) : 1;

  if (n < 1 || n > MAX_ALARMS)
    return lstm_yaml_fail (node, error,
        "alarm: found a list of %u, expected 1 to %d alarms", n, MAX_ALARMS);
  post->alarms = g_new0 (LstmConfigAlarm, n);
  post->n_alarms = n;
  for (guint i = 0; i < n; i++) {
    const LstmYamlNode *item = list ? lstm_yaml_get_item (node, i) : node;

    if (!read_alarm (&post->alarms[i], item, error) ||
        (n > 1 && !check_name (post, i, item, error)))
      return FALSE;
  }
  return TRUE;
}

/* ---- the key post ---- */

/* Of frames, or of a time. */
static gboolean
read_average (LstmConfigPost *post, const LstmYamlNode *frames,
    const LstmYamlNode *time, GError **error)
{
  if (frames && time)
    return lstm_yaml_fail (time, error,
        "average-time: found average as well; expected one of the two");
  if (frames)
    return lstm_yaml_read_uint (
        frames, "average", 1, MAX_AVERAGE, &post->average, error);
  return !time ||
         read_seconds (time, "average-time", TRUE, &post->average_time, error);
}

gboolean
lstm_config_post_read (
    LstmConfigPost *post, const LstmYamlNode *node, GError **error)
{
  enum { AVERAGE, AVERAGE_TIME, ALARM, CLASSES };
  static const LstmYamlKey keys[] = { { "average", FALSE },
    { "average-time", FALSE }, { "alarm", FALSE }, { "classes", FALSE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  if (!lstm_yaml_read_mapping (
          node, "post", keys, G_N_ELEMENTS (keys), values, error) ||
      !read_average (post, values[AVERAGE], values[AVERAGE_TIME], error))
    return FALSE;
  if (values[ALARM] && !read_alarms (post, values[ALARM], error))
    return FALSE;
  if (!values[CLASSES])
    return TRUE;
  post->classes =
      lstm_yaml_read_names (values[CLASSES], "classes", FALSE, error);
  return post->classes != NULL;
}
