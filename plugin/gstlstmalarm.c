/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmalarm.h"

#include <math.h>

/**
 * gst_lstm_alarm_new:
 * @options: how frames are treated
 *
 * Returns: (transfer full): a stream without frames
 */
GstLstmAlarm *
gst_lstm_alarm_new (const GstLstmAlarmOptions *options)
{
  GstLstmAlarm *alarm = g_new0 (GstLstmAlarm, 1);
  gsize i, n = (gsize) options->average * options->channels;

  alarm->value = alarm->peak = (gdouble) NAN;
  if (options->average <= 1)
    return alarm;
  alarm->ring = g_new (gdouble, n);
  for (i = 0; i < n; i++)
    alarm->ring[i] = (gdouble) NAN;
  alarm->sums = g_new0 (gdouble, options->channels);
  alarm->counts = g_new0 (guint, options->channels);
  return alarm;
}

/**
 * gst_lstm_alarm_free:
 * @alarm: (transfer full): a stream
 */
void
gst_lstm_alarm_free (GstLstmAlarm *alarm)
{
  g_free (alarm->ring);
  g_free (alarm->sums);
  g_free (alarm->counts);
  g_free (alarm);
}

/* Anew, so that what rounding leaves does not grow with time. */
static void
sum_up (GstLstmAlarm *alarm, const GstLstmAlarmOptions *options, guint channel)
{
  guint i;

  alarm->sums[channel] = 0.0;
  for (i = 0; i < options->average; i++) {
    gdouble value = alarm->ring[(gsize) i * options->channels + channel];

    if (isfinite (value))
      alarm->sums[channel] += value;
  }
}

/**
 * gst_lstm_alarm_average:
 * @alarm: a stream
 * @options: those that it was made with
 * @frame: (inout) (array): `channels` numbers; they become the means of the
 *   newest `average` ones, of fewer at the start
 *
 * Numbers that are not finite are left out; where none is left the mean is NaN.
 */
void
gst_lstm_alarm_average (
    GstLstmAlarm *alarm, const GstLstmAlarmOptions *options, gdouble *frame)
{
  gdouble *oldest;
  guint i;

  if (alarm->ring == NULL)
    return;
  oldest = alarm->ring + (gsize) alarm->place * options->channels;
  for (i = 0; i < options->channels; i++) {
    gboolean leaves = isfinite (oldest[i]), comes = isfinite (frame[i]);

    alarm->sums[i] -= leaves ? oldest[i] : 0.0;
    alarm->sums[i] += comes ? frame[i] : 0.0;
    alarm->counts[i] += (guint) comes - (guint) leaves;
    oldest[i] = frame[i];
    if (alarm->place + 1 == options->average)
      sum_up (alarm, options, i);
    frame[i] = alarm->counts[i] > 0 ? alarm->sums[i] / alarm->counts[i]
                                    : (gdouble) NAN;
  }
  alarm->place = (alarm->place + 1) % options->average;
}

static GstLstmAlarmState
next_state (GstLstmAlarm *alarm, const GstLstmAlarmOptions *options,
    gdouble value, GstClockTime time)
{
  if (alarm->state == GST_LSTM_ALARM_ON)
    return value < options->off ? GST_LSTM_ALARM_OFF : GST_LSTM_ALARM_ON;
  if (value < options->on)
    return GST_LSTM_ALARM_OFF;
  if (alarm->state == GST_LSTM_ALARM_OFF) {
    alarm->since = time;
    alarm->peak = value;
  }
  return time >= alarm->since && time - alarm->since >= options->min_duration
             ? GST_LSTM_ALARM_ON
             : GST_LSTM_ALARM_PENDING;
}

/**
 * gst_lstm_alarm_update:
 * @alarm: a stream
 * @options: those that it was made with
 * @value: the number of the next frame; NaN leaves all as it was
 * @time: that frame's time
 *
 * Returns: whether an alarm began or ended
 */
gboolean
gst_lstm_alarm_update (GstLstmAlarm *alarm, const GstLstmAlarmOptions *options,
    gdouble value, GstClockTime time)
{
  gboolean was_on = alarm->state == GST_LSTM_ALARM_ON;

  alarm->last = time;
  if (isnan (value))
    return FALSE;
  alarm->value = value;
  alarm->state = next_state (alarm, options, value, time);
  if (value > alarm->peak)
    alarm->peak = value;
  return was_on != (alarm->state == GST_LSTM_ALARM_ON);
}
