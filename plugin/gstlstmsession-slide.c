/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Windows that slide over buffers of few frames: see gstlstmflight.h. Windows
 * that began before run when they are full, as all do that buffers of many
 * frames complete. */

#include "gstlstmsession-private.h"

#include <string.h>

/* Whether every output that goes out is the last frame of its window. */
static gboolean
shows_last (const GstLstmSession *session)
{
  for (guint i = 0; i < session->n_ports; i++)
    if (session->ports[i].frames != 1)
      return FALSE;
  return TRUE;
}

/* Whether the frames that are new to @source are for windows in flight; if not,
 * none fly any more. */
gboolean
gst_lstm_session_slides (GstLstmSession *session, GstLstmSource *source)
{
  guint fresh;

  if (session->runway == NULL || !shows_last (session))
    return FALSE;
  if (source->flight == NULL)
    source->flight = gst_lstm_flight_new (session->runway);
  if (source->flight == NULL)
    return FALSE;
  fresh = source->n_frames - gst_lstm_flight_get_seen (source->flight);
  if (gst_lstm_runway_takes (session->runway, fresh))
    return TRUE;
  gst_lstm_flight_end (source->flight, source->n_frames);
  return FALSE;
}

/* Writes what the window that just ended gives as item @k. */
static void
take_outputs (GstLstmSession *session, const GstLstmFlight *flight, guint k)
{
  for (guint i = 0; i < session->n_ports; i++) {
    const GstLstmPort *port = &session->ports[i];

    if (port->to != NULL)
      memcpy (
          port->to + ((gsize) (k + 1) * port->item_frames - 1) * port->features,
          gst_lstm_flight_get_output (flight, i),
          port->features * sizeof (gfloat));
  }
}

/* Steps with all new frames; the windows that they end are items from @k on. */
static LstmStatus
fly (GstLstmSession *session, GstLstmSource *source, guint k)
{
  GstLstmFlight *flight = source->flight;
  LstmStatus status = LSTM_STATUS_OK;
  gboolean done;

  for (guint i = gst_lstm_flight_get_seen (flight);
       i < source->n_frames && status == LSTM_STATUS_OK; i++) {
    status = gst_lstm_flight_step (
        flight, source->frames + (gsize) i * session->frames.n, &done);
    if (status == LSTM_STATUS_OK && done)
      take_outputs (session, flight, k++);
  }
  return status;
}

/* Takes new frames, which complete `items` windows. */
gboolean
gst_lstm_session_slide (
    GstLstmSession *session, GstLstmSource *source, guint items, GError **error)
{
  guint before;

  gst_lstm_flight_begin (source->flight);
  before = MIN (items, gst_lstm_flight_get_window (source->flight));
  if (!gst_lstm_session_check_room (session, items, error))
    return FALSE;
  gst_lstm_session_place_items (session, items, FALSE);
  if (before > 0 && !gst_lstm_session_process (session, source->streams, 1,
                        before, source->frames, error))
    return FALSE;
  if (!gst_lstm_session_check (session, fly (session, source, before), error))
    return FALSE;
  session->counts->windows += items - before;
  session->counts->steps += (guint64) (items - before) * session->steps;
  if (items == 0)
    return TRUE;
  gst_lstm_session_queue_items (session, source, items);
  gst_lstm_session_drop_used (session, source, items);
  return TRUE;
}
