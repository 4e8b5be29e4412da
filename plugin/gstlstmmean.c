/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmmean.h"

#include <math.h>
#include <string.h>

/* Frames of a time that there is room for at first. */
#define FIRST_CAPACITY 16

/* A ring of the frames that the mean is of. */
struct _GstLstmMean {
  gdouble *ring;       /* [capacity, channels] */
  GstClockTime *times; /* [capacity] of the frames; NULL if they are counted */
  guint capacity;
  guint first;  /* where the oldest frame is */
  guint length; /* how many there are */

  gdouble *sums; /* [channels] of the finite numbers in it */
  guint *counts; /* [channels] how many they are */
};

/**
 * gst_lstm_mean_is_needed:
 * @options: what frames become means of
 *
 * Returns: whether they do not stay as they are
 */
gboolean
gst_lstm_mean_is_needed (const GstLstmMeanOptions *options)
{
  return options->time > 0 || options->frames > 1;
}

/**
 * gst_lstm_mean_new:
 * @options: what frames become means of
 *
 * Returns: (transfer full): a stream without frames
 */
GstLstmMean *
gst_lstm_mean_new (const GstLstmMeanOptions *options)
{
  GstLstmMean *mean = g_new0 (GstLstmMean, 1);

  mean->capacity = options->time > 0 ? FIRST_CAPACITY : options->frames;
  mean->ring = g_new (gdouble, (gsize) mean->capacity * options->channels);
  if (options->time > 0)
    mean->times = g_new (GstClockTime, mean->capacity);
  mean->sums = g_new0 (gdouble, options->channels);
  mean->counts = g_new0 (guint, options->channels);
  return mean;
}

/**
 * gst_lstm_mean_free:
 * @mean: (transfer full) (nullable): a stream
 */
void
gst_lstm_mean_free (GstLstmMean *mean)
{
  if (mean == NULL)
    return;
  g_free (mean->ring);
  g_free (mean->times);
  g_free (mean->sums);
  g_free (mean->counts);
  g_free (mean);
}

static void
drop_oldest (GstLstmMean *mean, guint channels)
{
  const gdouble *oldest = mean->ring + (gsize) mean->first * channels;
  guint i;

  for (i = 0; i < channels; i++) {
    if (!isfinite (oldest[i]))
      continue;
    mean->sums[i] -= oldest[i];
    mean->counts[i]--;
  }
  mean->first = (mean->first + 1) % mean->capacity;
  mean->length--;
}

/* Twice the room, the oldest frame first in it. */
static void
grow (GstLstmMean *mean, guint channels)
{
  gsize tail = mean->capacity - mean->first, head = mean->first;
  gdouble *ring = g_new (gdouble, (gsize) mean->capacity * 2 * channels);
  GstClockTime *times = g_new (GstClockTime, (gsize) mean->capacity * 2);

  memcpy (
      ring, mean->ring + head * channels, tail * channels * sizeof (gdouble));
  memcpy (
      ring + tail * channels, mean->ring, head * channels * sizeof (gdouble));
  memcpy (times, mean->times + head, tail * sizeof (GstClockTime));
  memcpy (times + tail, mean->times, head * sizeof (GstClockTime));
  g_free (mean->ring);
  g_free (mean->times);
  mean->ring = ring;
  mean->times = times;
  mean->first = 0;
  mean->capacity *= 2;
}

/* A time that lies ahead is of before time went back. */
static gboolean
is_over (const GstLstmMean *mean, GstClockTime span, GstClockTime now)
{
  GstClockTime then = mean->times[mean->first];

  return then > now || now - then >= span;
}

static void
make_room (
    GstLstmMean *mean, const GstLstmMeanOptions *options, GstClockTime now)
{
  if (mean->times != NULL)
    while (mean->length > 0 && is_over (mean, options->time, now))
      drop_oldest (mean, options->channels);
  if (mean->length < mean->capacity)
    return;
  if (mean->times != NULL && mean->capacity < GST_LSTM_MEAN_MAX_FRAMES)
    grow (mean, options->channels);
  else
    drop_oldest (mean, options->channels);
}

/* Anew, so that what rounding leaves does not grow with time. */
static void
sum_up (GstLstmMean *mean, guint channels)
{
  guint i, k;

  memset (mean->sums, 0, channels * sizeof (gdouble));
  for (k = 0; k < mean->length; k++) {
    gsize place = (mean->first + k) % mean->capacity;

    for (i = 0; i < channels; i++)
      if (isfinite (mean->ring[place * channels + i]))
        mean->sums[i] += mean->ring[place * channels + i];
  }
}

/**
 * gst_lstm_mean_take:
 * @mean: a stream
 * @options: those that it was made with
 * @frame: (inout) (array): `channels` numbers; they become the means of those
 *   of the newest frames, this one included
 * @time: the frame's time
 *
 * Numbers that are not finite are left out; where none is left the mean is NaN.
 * A time with more than %GST_LSTM_MEAN_MAX_FRAMES frames has the newest of
 * them. Memory grows to what a time needs, and no further.
 */
void
gst_lstm_mean_take (GstLstmMean *mean, const GstLstmMeanOptions *options,
    gdouble *frame, GstClockTime time)
{
  guint i, channels = options->channels;
  gsize place;

  make_room (mean, options, time);
  place = (mean->first + mean->length) % mean->capacity;
  memcpy (mean->ring + place * channels, frame, channels * sizeof (gdouble));
  if (mean->times != NULL)
    mean->times[place] = time;
  mean->length++;
  for (i = 0; i < channels; i++) {
    if (!isfinite (frame[i]))
      continue;
    mean->sums[i] += frame[i];
    mean->counts[i]++;
  }
  if (place + 1 == mean->capacity)
    sum_up (mean, channels);
  for (i = 0; i < channels; i++)
    frame[i] =
        mean->counts[i] > 0 ? mean->sums[i] / mean->counts[i] : (gdouble) NAN;
}
