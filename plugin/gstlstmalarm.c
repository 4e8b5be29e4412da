/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmalarm.h"

#include <math.h>

/**
 * gst_lstm_alarm_init:
 * @alarm: (out): becomes that of a stream without frames
 */
void
gst_lstm_alarm_init (GstLstmAlarm *alarm)
{
  *alarm = (GstLstmAlarm){ .value = (gdouble) NAN, .peak = (gdouble) NAN };
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
 * @alarm: a stream's
 * @options: when it begins and ends
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
