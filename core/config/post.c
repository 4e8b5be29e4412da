/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/post.h"

#include <math.h>

/* Frames that a mean may be of. */
#define MAX_AVERAGE (1 << 20)
/* Seconds in 292 years, which ns of 63 bits hold. */
#define MAX_SECONDS 9.2e9

void
lstm_config_post_init (LstmConfigPost *post)
{
  post->on = post->off = post->min_duration = (gdouble) NAN;
}

void
lstm_config_post_clear (LstmConfigPost *post)
{
  g_free (post->output);
  g_strfreev (post->classes);
}

static gboolean
read_limits (LstmConfigPost *post, const LstmYamlNode *off,
    const LstmYamlNode *min_duration, GError **error)
{
  if (off && !lstm_yaml_read_double (off, "off", &post->off, error))
    return FALSE;
  if (off && post->off > post->on)
    return lstm_yaml_fail (off, error,
        "off: found %g, above on, %g: an alarm would end before it begins; "
        "expected %g or less",
        post->off, post->on, post->on);
  if (!min_duration)
    return TRUE;
  if (!lstm_yaml_read_double (
          min_duration, "min-duration", &post->min_duration, error))
    return FALSE;
  if (post->min_duration >= 0 && post->min_duration <= MAX_SECONDS)
    return TRUE;
  return lstm_yaml_fail (min_duration, error,
      "min-duration: found %g, expected seconds from 0 to %g",
      post->min_duration, MAX_SECONDS);
}

/* alarm: {on: X, off: X, output: NAME, min-duration: SECONDS} */
static gboolean
read_alarm (LstmConfigPost *post, const LstmYamlNode *node, GError **error)
{
  enum { ON, OFF, OUTPUT, MIN_DURATION };
  static const LstmYamlKey keys[] = { { "on", TRUE }, { "off", FALSE },
    { "output", FALSE }, { "min-duration", FALSE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  if (!lstm_yaml_read_mapping (
          node, "alarm", keys, G_N_ELEMENTS (keys), values, error) ||
      !lstm_yaml_read_double (values[ON], "on", &post->on, error))
    return FALSE;
  if (values[OUTPUT]) {
    post->output =
        g_strdup (lstm_yaml_read_string (values[OUTPUT], "output", error));
    if (!post->output)
      return FALSE;
  }
  return read_limits (post, values[OFF], values[MIN_DURATION], error);
}

gboolean
lstm_config_post_read (
    LstmConfigPost *post, const LstmYamlNode *node, GError **error)
{
  enum { AVERAGE, ALARM, CLASSES };
  static const LstmYamlKey keys[] = { { "average", FALSE }, { "alarm", FALSE },
    { "classes", FALSE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  if (!lstm_yaml_read_mapping (
          node, "post", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  if (values[AVERAGE] && !lstm_yaml_read_uint (values[AVERAGE], "average", 1,
                             MAX_AVERAGE, &post->average, error))
    return FALSE;
  if (values[ALARM] && !read_alarm (post, values[ALARM], error))
    return FALSE;
  if (!values[CLASSES])
    return TRUE;
  post->classes =
      lstm_yaml_read_names (values[CLASSES], "classes", FALSE, error);
  return post->classes != NULL;
}
