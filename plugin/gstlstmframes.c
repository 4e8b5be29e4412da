/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmframes.h"

#include <math.h>
#include <string.h>

void
gst_lstm_frames_init (
    GstLstmFrames *frames, guint n_features, const LstmScaling *scaling)
{
  memset (frames, 0, sizeof *frames);
  frames->n = n_features;
  if (scaling == NULL)
    return;
  frames->offset = g_memdup2 (scaling->offset, n_features * sizeof (gdouble));
  frames->divisor = g_memdup2 (scaling->divisor, n_features * sizeof (gdouble));
  frames->clip = scaling->out_of_range == LSTM_RANGE_CLIP;
  if (scaling->out_of_range == LSTM_RANGE_PASS)
    return;
  frames->low = g_new (gfloat, n_features);
  frames->high = g_new (gfloat, n_features);
  for (guint i = 0; i < n_features; i++) {
    frames->low[i] = (gfloat) scaling->low[i];
    frames->high[i] = (gfloat) scaling->high[i];
  }
}

void
gst_lstm_frames_clear (GstLstmFrames *frames)
{
  g_clear_pointer (&frames->order, g_free);
  g_clear_pointer (&frames->offset, g_free);
  g_clear_pointer (&frames->divisor, g_free);
  g_clear_pointer (&frames->low, g_free);
  g_clear_pointer (&frames->high, g_free);
}

/* @order: n channel numbers, copied; NULL for channels in the model's order. */
void
gst_lstm_frames_set_order (GstLstmFrames *frames, const guint *order)
{
  g_free (frames->order);
  frames->order = order ? g_memdup2 (order, frames->n * sizeof (guint)) : NULL;
}

/* Bytes of a frame. */
gsize
gst_lstm_frames_get_size (const GstLstmFrames *frames)
{
  return frames->n * (frames->f64 ? sizeof (gdouble) : sizeof (gfloat));
}

/* Buffers promise no alignment. */
static inline gdouble
read_channel (const GstLstmFrames *frames, const guint8 *frame, guint channel)
{
  gdouble d;
  gfloat f;

  if (frames->f64) {
    memcpy (&d, frame + channel * sizeof d, sizeof d);
    return d;
  }
  memcpy (&f, frame + channel * sizeof f, sizeof f);
  return f;
}

/* @out: [n_frames][n], in the model's order. */
void
gst_lstm_frames_convert (const GstLstmFrames *frames, const guint8 *data,
    guint n_frames, gfloat *out)
{
  gsize size = gst_lstm_frames_get_size (frames);

  if (!frames->f64 && frames->order == NULL && frames->offset == NULL) {
    memcpy (out, data, n_frames * size);
    return;
  }
  for (guint i = 0; i < n_frames; i++, data += size) {
    for (guint k = 0; k < frames->n; k++) {
      gdouble x =
          read_channel (frames, data, frames->order ? frames->order[k] : k);

      if (frames->offset != NULL)
        x = (x - frames->offset[k]) / frames->divisor[k];
      *out++ = (gfloat) x;
    }
  }
}

/* Finds what is out of range in [n_frames][n], in the model's order, and clips
 * it if that is to be; NaN and Inf stay as they are. @outside is set if there
 * is any. */
gboolean
gst_lstm_frames_limit (const GstLstmFrames *frames, gfloat *data,
    guint n_frames, GstLstmOutside *outside)
{
  outside->count = 0;
  for (guint i = 0; i < n_frames; i++, data += frames->n) {
    for (guint k = 0; k < frames->n; k++) {
      gfloat x = data[k];

      if (!(x < frames->low[k] || x > frames->high[k]) || isinf (x))
        continue;
      if (outside->count++ == 0) {
        outside->frame = i;
        outside->feature = k;
        outside->value = x;
      }
      if (frames->clip)
        data[k] = x < frames->low[k] ? frames->low[k] : frames->high[k];
    }
  }
  return outside->count > 0;
}

/* The first number that is NaN or infinite, if any. */
gboolean
gst_lstm_frames_find_bad (const GstLstmFrames *frames, const gfloat *data,
    guint n_frames, guint *frame, guint *feature)
{
  gsize n = (gsize) n_frames * frames->n;
  gfloat sum = 0;

  /* 0 times a number that is not finite is NaN, and stays in the sum. */
  for (gsize i = 0; i < n; i++)
    sum += data[i] * 0.0f;
  if (sum == 0.0f)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    if (!isfinite (data[i])) {
      *frame = (guint) (i / frames->n);
      *feature = (guint) (i % frames->n);
      return TRUE;
    }
  }
  return FALSE;
}
