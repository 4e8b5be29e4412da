/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties of lstmpost. */

#include "gstlstmpost-private.h"

#define DEFAULT_AVERAGE 1
#define DEFAULT_AVERAGE_TIME 0
#define DEFAULT_THRESHOLD G_MAXDOUBLE
#define DEFAULT_MIN_DURATION 0
#define DEFAULT_ALARM_NAME "alarm"
#define DEFAULT_ARGMAX FALSE
#define DEFAULT_MAX_STREAMS 1000000
#define DEFAULT_RESET_ON                                                       \
  (GST_LSTM_RESET_STREAM_START | GST_LSTM_RESET_FLUSH |                        \
      GST_LSTM_RESET_DISCONT | GST_LSTM_RESET_CAPS)

enum {
  PROP_0,
  PROP_CONFIG,
  PROP_AVERAGE,
  PROP_AVERAGE_TIME,
  PROP_OUTPUT,
  PROP_THRESHOLD_ON,
  PROP_THRESHOLD_OFF,
  PROP_MIN_DURATION,
  PROP_ALARM_NAME,
  PROP_ARGMAX,
  PROP_CLASSES,
  PROP_MAX_STREAMS,
  PROP_RESET_ON,
};

/**
 * gst_lstm_post_get_alarm_name:
 * @self: the element, whose lock is held or which runs
 *
 * Returns: (transfer none): what its one alarm is called by its properties
 */
const gchar *
gst_lstm_post_get_alarm_name (GstLstmPost *self)
{
  return self->alarm_name != NULL ? self->alarm_name : DEFAULT_ALARM_NAME;
}

static void
take_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

static void
set_property_locked (GstLstmPost *self, guint id, const GValue *value)
{
  switch (id) {
    case PROP_CONFIG:
      take_string (&self->config_path, value);
      break;
    case PROP_AVERAGE:
      self->average = g_value_get_uint (value);
      break;
    case PROP_AVERAGE_TIME:
      self->average_time = g_value_get_uint64 (value);
      break;
    case PROP_OUTPUT:
      take_string (&self->output, value);
      break;
    case PROP_THRESHOLD_ON:
      self->threshold_on = g_value_get_double (value);
      break;
    case PROP_THRESHOLD_OFF:
      self->threshold_off = g_value_get_double (value);
      break;
    case PROP_MIN_DURATION:
      self->min_duration = (gint64) g_value_get_uint64 (value);
      break;
    case PROP_ALARM_NAME:
      take_string (&self->alarm_name, value);
      break;
    case PROP_ARGMAX:
      self->argmax = g_value_get_boolean (value);
      break;
    case PROP_CLASSES:
      take_string (&self->classes, value);
      break;
    case PROP_MAX_STREAMS:
      self->max_streams = g_value_get_uint (value);
      break;
    case PROP_RESET_ON:
      self->reset_on = g_value_get_flags (value);
      break;
  }
}

void
gst_lstm_post_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstLstmPost *self = GST_LSTM_POST (object);
  gboolean refused;

  GST_OBJECT_LOCK (self);
  refused = self->running;
  if (!refused)
    set_property_locked (self, id, value);
  GST_OBJECT_UNLOCK (self);
  if (refused)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("%s cannot change while the element runs, and keeps its value; set it "
         "in the state NULL or READY",
            pspec->name),
        (NULL));
}

void
gst_lstm_post_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstLstmPost *self = GST_LSTM_POST (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CONFIG:
      g_value_set_string (value, self->config_path);
      break;
    case PROP_AVERAGE:
      g_value_set_uint (value, MAX (self->average, DEFAULT_AVERAGE));
      break;
    case PROP_AVERAGE_TIME:
      g_value_set_uint64 (value, self->average_time);
      break;
    case PROP_OUTPUT:
      g_value_set_string (value, self->output);
      break;
    case PROP_THRESHOLD_ON:
      g_value_set_double (value, self->threshold_on);
      break;
    case PROP_THRESHOLD_OFF:
      g_value_set_double (value, self->threshold_off);
      break;
    case PROP_MIN_DURATION:
      g_value_set_uint64 (value, (guint64) MAX (self->min_duration, 0));
      break;
    case PROP_ALARM_NAME:
      g_value_set_string (value, gst_lstm_post_get_alarm_name (self));
      break;
    case PROP_ARGMAX:
      g_value_set_boolean (value, self->argmax);
      break;
    case PROP_CLASSES:
      g_value_set_string (value, self->classes);
      break;
    case PROP_MAX_STREAMS:
      g_value_set_uint (value, self->max_streams);
      break;
    case PROP_RESET_ON:
      g_value_set_flags (value, self->reset_on);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_alarm (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_OUTPUT,
      g_param_spec_string ("output", "Output",
          "Which output alarms are about: its name, or its number from 1; "
          "default or empty: the first",
          NULL, flags));
  g_object_class_install_property (klass, PROP_THRESHOLD_ON,
      g_param_spec_double ("threshold-on", "Threshold on",
          "An alarm begins when the output is this or more; default: no alarms",
          -G_MAXDOUBLE, G_MAXDOUBLE, DEFAULT_THRESHOLD, flags));
  g_object_class_install_property (klass, PROP_THRESHOLD_OFF,
      g_param_spec_double ("threshold-off", "Threshold off",
          "An alarm ends when the output is less than this, which is not above "
          "threshold-on; default: the same as threshold-on",
          -G_MAXDOUBLE, G_MAXDOUBLE, DEFAULT_THRESHOLD, flags));
  g_object_class_install_property (klass, PROP_MIN_DURATION,
      g_param_spec_uint64 ("min-duration", "Minimum duration",
          "For how long, in ns of the frames' time, the output must be at "
          "threshold-on or more before an alarm begins",
          0, G_MAXINT64, DEFAULT_MIN_DURATION, flags));
  g_object_class_install_property (klass, PROP_ALARM_NAME,
      g_param_spec_string ("alarm-name", "Alarm name",
          "Name of the column that is 1 during an alarm and else 0, and of the "
          "alarm in messages",
          DEFAULT_ALARM_NAME, flags));
}

static void
install_others (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_CONFIG,
      g_param_spec_string ("config", "Config",
          "YAML file whose key post says average, alarms and classes; a "
          "property that is set wins over it",
          NULL, flags));
  g_object_class_install_property (klass, PROP_AVERAGE,
      g_param_spec_uint ("average", "Average",
          "Each output becomes the mean of so many frames, the newest ones; "
          "1: as it is",
          1, GST_LSTM_MEAN_MAX_FRAMES, DEFAULT_AVERAGE, flags));
  g_object_class_install_property (klass, PROP_AVERAGE_TIME,
      g_param_spec_uint64 ("average-time", "Average time",
          "Each output becomes the mean of the frames of so long a time, in "
          "ns, up to the newest one; in place of average. 0: off",
          0, G_MAXINT64, DEFAULT_AVERAGE_TIME, flags));
  g_object_class_install_property (klass, PROP_ARGMAX,
      g_param_spec_boolean ("argmax", "Argmax",
          "Whether to add a column class with the name of the largest output",
          DEFAULT_ARGMAX, flags));
  g_object_class_install_property (klass, PROP_CLASSES,
      g_param_spec_string ("classes", "Classes",
          "Names of the classes with commas between, one for each output, for "
          "argmax, which it sets; default or empty: the outputs' names",
          NULL, flags));
  g_object_class_install_property (klass, PROP_MAX_STREAMS,
      g_param_spec_uint ("max-streams", "Max streams",
          "The most keys in memory; the one used least recently makes room. 0: "
          "no limit",
          0, G_MAXUINT, DEFAULT_MAX_STREAMS, flags));
  g_object_class_install_property (klass, PROP_RESET_ON,
      g_param_spec_flags ("reset-on", "Reset on",
          "When means and alarms begin anew; discont is for the buffer's key "
          "alone",
          GST_TYPE_LSTM_RESET, DEFAULT_RESET_ON, flags));
}

void
gst_lstm_post_install_properties (GObjectClass *klass)
{
  GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  install_alarm (klass, flags);
  install_others (klass, flags);
}

void
gst_lstm_post_init_properties (GstLstmPost *self)
{
  self->min_duration = -1;
  self->threshold_on = self->threshold_off = DEFAULT_THRESHOLD;
  self->max_streams = DEFAULT_MAX_STREAMS;
  self->reset_on = DEFAULT_RESET_ON;
}

void
gst_lstm_post_clear_properties (GstLstmPost *self)
{
  g_free (self->config_path);
  g_free (self->output);
  g_free (self->alarm_name);
  g_free (self->classes);
}
