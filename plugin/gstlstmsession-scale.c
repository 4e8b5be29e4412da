/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lies out of the range that features are scaled to, and outputs that go
 * back to the numbers that the model was trained to give when scaled. */

#include "gstlstmsession-private.h"

/* Looks at the @n newest frames, before they are counted. */
void
gst_lstm_session_check_range (
    GstLstmSession *session, GstLstmSource *source, guint n)
{
  const GstLstmFrames *frames = &session->frames;
  guint begin = source->n_frames - n;
  GstLstmOutside outside;
  g_autofree gchar *place = NULL;

  if (frames->low == NULL ||
      !gst_lstm_frames_limit (
          frames, source->frames + (gsize) begin * frames->n, n, &outside))
    return;
  session->counts->outside += outside.count;
  if (frames->clip || session->outside_said)
    return;
  session->outside_said = TRUE;
  place = gst_lstm_session_describe (session, source, begin + outside.frame,
      outside.feature, source->total + outside.frame);
  session->outside_first = g_strdup_printf (
      "%s is %g when scaled, expected %g to %g", place, outside.value,
      frames->low[outside.feature], frames->high[outside.feature]);
}

/**
 * gst_lstm_session_take_outside:
 * @session: a session
 *
 * Returns: (transfer full) (nullable): where the first number stood that was
 *   out of range, once; %NULL unless these are to be told of
 */
gchar *
gst_lstm_session_take_outside (GstLstmSession *session)
{
  return g_steal_pointer (&session->outside_first);
}

/* @scaling: nullable; of the first output, or of another number of features,
 * which whoever made the session refuses. */
void
gst_lstm_session_init_scale (
    GstLstmSession *session, const LstmScaling *scaling)
{
  gsize bytes;

  if (scaling == NULL || scaling->n_features != session->ports[0].features)
    return;
  bytes = scaling->n_features * sizeof (gdouble);
  session->out_offset = g_memdup2 (scaling->offset, bytes);
  session->out_divisor = g_memdup2 (scaling->divisor, bytes);
}

void
gst_lstm_session_clear_scale (GstLstmSession *session)
{
  g_free (session->outside_first);
  g_free (session->out_offset);
  g_free (session->out_divisor);
}

/* In place, once for each frame of the first output that goes out. */
void
gst_lstm_session_scale_output (
    GstLstmSession *session, gfloat *data, gsize n_frames)
{
  guint n = session->ports[0].features;

  for (gsize i = 0; i < n_frames; i++, data += n)
    for (guint k = 0; k < n; k++)
      data[k] = (gfloat) ((gdouble) data[k] * session->out_divisor[k] +
                          session->out_offset[k]);
}
