/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmpost: what holds while it runs, of its properties and its file. */

#include <math.h>

#include "gstcsvreader.h"
#include "gstlstmpost-private.h"

/* ---- means ---- */

static gboolean
choose_mean (GstLstmPost *self, const LstmConfigPost *post, GError **error)
{
  self->mean.frames = MAX (self->average, 1);
  self->mean.time = self->average_time;
  if (self->average > 0 && self->average_time > 0) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
        "average is %u frames, and average-time %g s as well; set one of the "
        "two",
        self->average, (gdouble) self->average_time / GST_SECOND);
    return FALSE;
  }
  if (post == NULL || self->average > 0 || self->average_time > 0)
    return TRUE;
  self->mean.frames = MAX (post->average, 1);
  if (!isnan (post->average_time))
    self->mean.time =
        MAX ((GstClockTime) (post->average_time * GST_SECOND + 0.5), 1);
  return TRUE;
}

/* ---- alarms ---- */

static void
take_alarm (GstLstmPostAlarm *alarm, const LstmConfigAlarm *from)
{
  alarm->name = g_strdup (from->name);
  alarm->wanted = g_strdup (from->output);
  alarm->options.on = from->on;
  if (!isnan (from->off))
    alarm->options.off = from->off;
  if (!isnan (from->min_duration))
    alarm->options.min_duration =
        (GstClockTime) (from->min_duration * GST_SECOND + 0.5);
}

/* A property about alarms that is set; NULL if none is. */
static const gchar *
find_alarm_property (GstLstmPost *self)
{
  if (self->output != NULL)
    return "output";
  if (self->threshold_on < G_MAXDOUBLE)
    return "threshold-on";
  if (self->threshold_off < G_MAXDOUBLE)
    return "threshold-off";
  if (self->min_duration >= 0)
    return "min-duration";
  return self->alarm_name != NULL ? "alarm-name" : NULL;
}

static void
take_properties (GstLstmPost *self, GstLstmPostAlarm *alarm)
{
  if (self->output != NULL) {
    g_free (alarm->wanted);
    alarm->wanted = g_strdup (self->output);
  }
  if (self->threshold_on < G_MAXDOUBLE)
    alarm->options.on = self->threshold_on;
  if (self->threshold_off < G_MAXDOUBLE)
    alarm->options.off = self->threshold_off;
  if (self->min_duration >= 0)
    alarm->options.min_duration = (GstClockTime) self->min_duration;
  if (self->alarm_name == NULL && alarm->name != NULL)
    return;
  g_free (alarm->name);
  alarm->name = g_strdup (gst_lstm_post_get_alarm_name (self));
}

static gboolean
check_alarm (GstLstmPost *self, GstLstmPostAlarm *alarm, GError **error)
{
  GstLstmAlarmOptions *options = &alarm->options;

  if (options->off == G_MAXDOUBLE)
    options->off = options->on;
  if (options->off > options->on) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
        "threshold-off is %g, above threshold-on, %g: an alarm would end "
        "before it begins; set it to %g or less",
        options->off, options->on, options->on);
    return FALSE;
  }
  if (alarm->name[0] == '\0') {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
        "alarm-name is empty; expected the name of the column for the alarm");
    return FALSE;
  }
  if (self->has_class && g_str_equal (alarm->name, GST_LSTM_POST_CLASS)) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
        "the alarm is called '%s', which is the column of classes; set "
        "alarm-name= to another name",
        alarm->name);
    return FALSE;
  }
  return TRUE;
}

/* One alarm of both the file and the properties, or all those of the file. */
static gboolean
choose_alarms (GstLstmPost *self, const LstmConfigPost *post, GError **error)
{
  guint i, n_theirs = post != NULL ? post->n_alarms : 0;
  const gchar *property = find_alarm_property (self);

  if (n_theirs > 1 && property != NULL) {
    g_set_error (error, GST_ROW_ERROR, GST_ROW_ERROR_VALUE,
        "%s is set, and config has %u alarms: it does not say which of them it "
        "is for; leave it out, and change the file",
        property, n_theirs);
    return FALSE;
  }
  self->n_alarms = MAX (n_theirs, self->threshold_on < G_MAXDOUBLE ? 1 : 0);
  self->alarms = g_new0 (GstLstmPostAlarm, self->n_alarms);
  for (i = 0; i < self->n_alarms; i++) {
    GstLstmPostAlarm *alarm = &self->alarms[i];

    alarm->options.off = G_MAXDOUBLE;
    if (i < n_theirs)
      take_alarm (alarm, &post->alarms[i]);
    take_properties (self, alarm);
    if (!check_alarm (self, alarm, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- all of it ---- */

static gboolean
choose_classes (GstLstmPost *self, const LstmConfigPost *post, GError **error)
{
  if (self->classes != NULL && self->classes[0] != '\0') {
    self->use_classes = gst_csv_split_names (self->classes, error);
    if (self->use_classes == NULL)
      return FALSE;
  } else if (self->classes == NULL && post != NULL) {
    self->use_classes = g_strdupv (post->classes);
  }
  self->has_class = self->argmax || self->use_classes != NULL;
  return TRUE;
}

/**
 * gst_lstm_post_choose:
 * @self: the element, which runs from now on
 * @error: return location for a #GError
 *
 * Settles what its properties and its file ask for.
 *
 * Returns: whether that can be; gst_lstm_post_clear_choice() is due either way
 */
gboolean
gst_lstm_post_choose (GstLstmPost *self, GError **error)
{
  g_autoptr (LstmConfig) config = NULL;
  const LstmConfigPost *post = NULL;

  if (self->config_path != NULL) {
    config = lstm_config_load (self->config_path, error);
    if (config == NULL)
      return FALSE;
    post = lstm_config_get_post (config);
  }
  return choose_mean (self, post, error) &&
         choose_classes (self, post, error) &&
         choose_alarms (self, post, error);
}

/**
 * gst_lstm_post_clear_choice:
 * @self: the element, without streams
 */
void
gst_lstm_post_clear_choice (GstLstmPost *self)
{
  guint i;

  for (i = 0; i < self->n_alarms; i++) {
    g_free (self->alarms[i].name);
    g_free (self->alarms[i].wanted);
    g_free (self->alarms[i].output);
  }
  g_clear_pointer (&self->alarms, g_free);
  self->n_alarms = 0;
  g_clear_pointer (&self->use_classes, g_strfreev);
}
