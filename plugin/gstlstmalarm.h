/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* An alarm with hysteresis over one stream of numbers. It knows nothing of
 * buffers. */

/**
 * GstLstmAlarmOptions:
 * @on: an alarm begins at this number
 * @off: it ends below this one, at most @on
 * @min_duration: ns that the number must be at @on or above before it begins
 */
typedef struct {
  gdouble on;
  gdouble off;
  GstClockTime min_duration;
} GstLstmAlarmOptions;

/**
 * GstLstmAlarmState:
 * @GST_LSTM_ALARM_OFF: no alarm
 * @GST_LSTM_ALARM_PENDING: the number is high, not yet for long enough
 * @GST_LSTM_ALARM_ON: an alarm
 */
typedef enum {
  GST_LSTM_ALARM_OFF,
  GST_LSTM_ALARM_PENDING,
  GST_LSTM_ALARM_ON,
} GstLstmAlarmState;

/**
 * GstLstmAlarm:
 * @state: where it stands
 * @since: time of the first frame at `on` or above
 * @last: time of the newest frame
 * @peak: the highest number since then
 * @value: the newest one that is a number
 */
typedef struct {
  GstLstmAlarmState state;
  GstClockTime since;
  GstClockTime last;
  gdouble peak;
  gdouble value;
} GstLstmAlarm;

void gst_lstm_alarm_init (GstLstmAlarm *alarm);
gboolean gst_lstm_alarm_update (GstLstmAlarm *alarm,
    const GstLstmAlarmOptions *options, gdouble value, GstClockTime time);

G_END_DECLS
