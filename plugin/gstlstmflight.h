/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

G_BEGIN_DECLS

/* Windows that slide over a stream a few frames at a time: all that have begun
 * take a step at each frame, together, instead of each its steps when its last
 * frame is there. A frame costs the same then, whether it ends a window or not,
 * and weights are read once for it. It is a way of computing and no state:
 * whatever flies can be computed anew from the frames that wait. */

typedef struct _GstLstmRunway GstLstmRunway;
typedef struct _GstLstmFlight GstLstmFlight;

/* What flights of a session share; NULL where they would not pay. @pool is NULL
 * or has threads that help. */
GstLstmRunway *gst_lstm_runway_new (
    LstmPlan *windows, guint stride, LstmPool *pool);
void gst_lstm_runway_free (GstLstmRunway *runway);
gboolean gst_lstm_runway_takes (const GstLstmRunway *runway, guint frames);

/* Of one source; NULL where they would take too much memory. */
GstLstmFlight *gst_lstm_flight_new (GstLstmRunway *runway);
void gst_lstm_flight_free (GstLstmFlight *flight);
void gst_lstm_flight_end (GstLstmFlight *flight, guint n_frames);
void gst_lstm_flight_begin (GstLstmFlight *flight);
void gst_lstm_flight_drop (GstLstmFlight *flight, guint n);
void gst_lstm_flight_drop_newest (GstLstmFlight *flight, guint n_frames);
guint gst_lstm_flight_get_seen (const GstLstmFlight *flight);
guint gst_lstm_flight_get_window (const GstLstmFlight *flight);
LstmStatus gst_lstm_flight_step (
    GstLstmFlight *flight, const gfloat *frame, gboolean *done);
const gfloat *gst_lstm_flight_get_output (
    const GstLstmFlight *flight, guint output);

G_END_DECLS
