/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>
#include <lstm/lstm.h>

#include "gstlstmframes.h"
#include "gstlstmrows.h"

G_BEGIN_DECLS

/* One run of a model over the buffers of a pad: frames put together from bytes,
 * windows, a state for each key, resets, time. It knows no GObject; whoever
 * calls it does so from one thread at a time. */

typedef struct _GstLstmSession GstLstmSession;

/* What a buffer brings. Numbers of frames count from the source's first. */
typedef struct {
  const gchar *key; /* NULL: the stream without a key */
  const guint8 *data;
  gsize size;
  guint64 number;    /* of the first frame, or GST_BUFFER_OFFSET_NONE */
  GstClockTime pts;  /* of the first frame, or GST_CLOCK_TIME_NONE */
  gboolean resync;   /* time starts anew with this buffer */
  GstLstmRows *rows; /* kept columns, or NULL */
} GstLstmFeed;

/* What a buffer gave: [n_frames][features] of the model's output. Valid until
 * the session is fed again. */
typedef struct {
  const gfloat *data;
  guint n_frames;
  guint64 number; /* of the input frame that the first one belongs to */
  GstClockTime pts;
  GstClockTime duration;
  GstLstmRows *rows; /* (transfer full) or NULL */
} GstLstmResult;

/* What came to an end without output, since it was last asked for. */
typedef struct {
  guint keys;     /* that never filled a window */
  guint64 frames; /* that no window covered, those of `keys` included */
  guint64 bytes;  /* of frames that never became whole */
  gchar *example; /* `39 (48 frames), ...` (transfer full), or NULL */
} GstLstmLeftover;

GstLstmSession *gst_lstm_session_new (LstmPlan *plan, guint stride,
    guint n_features, const LstmScaling *scaling, gboolean refuse_nan);
void gst_lstm_session_free (GstLstmSession *session);

GstLstmFrames *gst_lstm_session_get_frames (GstLstmSession *session);
void gst_lstm_session_set_names (
    GstLstmSession *session, const gchar *const *features);
void gst_lstm_session_set_rate (GstLstmSession *session, guint rate);
guint gst_lstm_session_get_output_features (GstLstmSession *session);
void gst_lstm_session_get_ratio (
    GstLstmSession *session, guint *frames_out, guint *frames_in);
guint gst_lstm_session_get_n_keys (GstLstmSession *session);
GstClockTime gst_lstm_session_get_latency (GstLstmSession *session);

gboolean gst_lstm_session_feed (GstLstmSession *session,
    const GstLstmFeed *feed, GstLstmResult *result, GError **error);
void gst_lstm_session_reset (GstLstmSession *session);
void gst_lstm_session_reset_key (GstLstmSession *session, const gchar *key);
void gst_lstm_session_finish (GstLstmSession *session);
void gst_lstm_session_take_leftover (
    GstLstmSession *session, GstLstmLeftover *leftover);

G_END_DECLS
