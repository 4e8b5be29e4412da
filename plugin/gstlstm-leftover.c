/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lstm says of frames that gave no output, and of numbers that are none.
 */

#include "gstlstm-private.h"

#define GST_CAT_DEFAULT gst_lstm_debug

static gchar *
describe_frames (const GstLstm *self, const GstLstmLeftover *left)
{
  guint steps = lstm_plan_get_steps (self->setup.plan);

  if (left->keys > 0 && left->example != NULL)
    return g_strdup_printf (
        "%u keys had fewer than the %u frames of a window and gave no output: "
        "%s",
        left->keys, steps, left->example);
  return g_strdup_printf ("%" G_GUINT64_FORMAT
                          " frames at the end did not fill a window of %u and "
                          "gave no output",
      left->frames, steps);
}

static gboolean
report_frames (GstLstm *self, const GstLstmLeftover *left)
{
  g_autofree gchar *text = NULL;

  if (left->frames == 0)
    return TRUE;
  text = describe_frames (self, left);
  if (self->setup.partial_window == GST_LSTM_PARTIAL_ERROR) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE,
        ("%s: send whole windows, or set partial-window=drop|pad", text),
        ("%" G_GUINT64_FORMAT " frames in all were in no window",
            left->frames));
    return FALSE;
  }
  GST_ELEMENT_WARNING (self, STREAM, DECODE, ("%s", text),
      ("%" G_GUINT64_FORMAT " frames in all were in no window", left->frames));
  return TRUE;
}

static gboolean
report_windows (GstLstm *self, const GstLstmLeftover *left)
{
  guint batch = self->setup.batch;
  guint64 whole = left->batched / batch, rest = left->batched % batch;
  g_autofree gchar *text = NULL;

  if (left->windows == 0)
    return TRUE;
  text = g_strdup_printf ("batch: %u windows left over: the stateful model "
                          "takes batches of %u and %" G_GUINT64_FORMAT
                          " = %" G_GUINT64_FORMAT " x %u + %" G_GUINT64_FORMAT,
      left->windows, batch, left->batched, whole, batch, rest);
  if (self->setup.partial_batch == GST_LSTM_PARTIAL_ERROR) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE,
        ("%s; send %" G_GUINT64_FORMAT " or %" G_GUINT64_FORMAT
         " windows, or set partial-batch=pad|drop",
            text, whole * batch, (whole + 1) * batch),
        (NULL));
    return FALSE;
  }
  GST_ELEMENT_WARNING (
      self, STREAM, DECODE, ("%s; they gave no output", text), (NULL));
  return TRUE;
}

static void
report_bytes (GstLstm *self, const GstLstmLeftover *left)
{
  GstLstmFrames *frames = gst_lstm_session_get_frames (self->setup.session);

  if (left->bytes == 0)
    return;
  GST_ELEMENT_WARNING (self, STREAM, DECODE,
      ("%" G_GUINT64_FORMAT " bytes at the end are no whole frame of %zu "
       "bytes and were dropped",
          left->bytes, gst_lstm_frames_get_size (frames)),
      (NULL));
}

/* Says once, at the end of a stream or at a reset, what gave no output, or was
 * filled up; clears @left. GST_FLOW_ERROR where that is an error. */
GstFlowReturn
gst_lstm_report_leftover (GstLstm *self, GstLstmLeftover *left)
{
  gboolean ok;

  report_bytes (self, left);
  if (left->padded > 0)
    GST_ELEMENT_INFO (self, STREAM, DECODE,
        ("%" G_GUINT64_FORMAT " windows were filled up with zeros",
            left->padded),
        ("%" G_GUINT64_FORMAT " windows were filled up", left->padded));
  ok = report_frames (self, left) && report_windows (self, left);
  g_clear_pointer (&left->example, g_free);
  return ok ? GST_FLOW_OK : GST_FLOW_ERROR;
}

/* Says of the first one that numbers were no numbers. */
void
gst_lstm_report_bad (GstLstm *self, const gchar *where)
{
  gboolean hold = self->setup.on_nan == GST_LSTM_ON_NAN_HOLD;

  GST_ELEMENT_WARNING (self, STREAM, DECODE,
      ("%s, expected a finite number: %s; later ones are counted in silence",
          where,
          hold ? "the feature's last good number stands in its place"
               : "the frame is skipped and its stream reset"),
      (NULL));
}

/* Says of the first one that features are not as the model was trained. */
void
gst_lstm_report_outside (GstLstm *self, const gchar *what)
{
  GST_ELEMENT_WARNING (self, STREAM, DECODE,
      ("%s: the model was not trained for such numbers (scaling, out-of-range: "
       "warn); later ones are counted in silence",
          what),
      (NULL));
}
