/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What one stream of numbers is made into: a moving average, and an alarm with
 * hysteresis. It knows nothing of buffers. */

/**
 * GstLstmAlarmOptions:
 * @channels: numbers in a frame
 * @average: frames that are averaged, at least 1
 * @on: an alarm begins at this number
 * @off: it ends below this one, at most @on
 * @min_duration: ns that the number must be at @on or above before it begins
 */
typedef struct {
  guint channels;
  guint average;
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
 * @n_frames: frames so far, for streams without times
 */
typedef struct {
  GstLstmAlarmState state;
  GstClockTime since;
  GstClockTime last;
  gdouble peak;
  gdouble value;
  guint64 n_frames;

  /*< private >*/
  gdouble *ring; /* [average, channels], NULL if nothing is averaged */
  gdouble *sums; /* [channels] of the finite numbers in it */
  guint *counts; /* [channels] how many they are */
  guint place;   /* of the next frame in the ring */
} GstLstmAlarm;

GstLstmAlarm *gst_lstm_alarm_new (const GstLstmAlarmOptions *options);
void gst_lstm_alarm_free (GstLstmAlarm *alarm);
void gst_lstm_alarm_average (
    GstLstmAlarm *alarm, const GstLstmAlarmOptions *options, gdouble *frame);
gboolean gst_lstm_alarm_update (GstLstmAlarm *alarm,
    const GstLstmAlarmOptions *options, gdouble value, GstClockTime time);

G_END_DECLS
