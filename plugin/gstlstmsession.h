/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>
#include <lstm/lstm.h>

#include "gstlstmenums.h"
#include "gstlstmframes.h"
#include "gstlstmkeeper.h"
#include "gstlstmrows.h"
#include "gstlstmstats.h"

G_BEGIN_DECLS

/* One run of a model over the buffers of a pad: frames put together from bytes,
 * windows, a state for each key, resets, time. It knows no GObject; whoever
 * calls it does so from one thread at a time. Only what has been handed over
 * may be taken beside that, by one thread. */

typedef struct _GstLstmSession GstLstmSession;

/* How a session treats its frames. */
typedef struct {
  LstmPool *pool;             /* whose threads help, or NULL */
  const LstmScaling *outputs; /* that the first output was trained in; its
                               * numbers go back. NULL: none */
  guint stride; /* window mode: frames from a window's start to the next's */
  guint batch;  /* window mode: windows of one stream that run side by side */
  GstLstmOnNan on_nan;
  GstLstmGap gap;
  GstLstmPartial partial_window;
  GstLstmPartial partial_batch;
  GstLstmOutput output;
  GstClockTime discont_threshold; /* 0: times never jump */
  GstClockTime state_interval;    /* 0: states are written at ends only */
  guint max_streams;              /* with keys, in memory; 0: any number */
  GstClockTime idle_timeout;      /* after which a key is put away; 0: never */
} GstLstmSessionOptions;

/* What a buffer brings. Numbers of frames count from the source's first. */
typedef struct {
  const gchar *key;  /* NULL: the stream without a key */
  GstCaps *key_caps; /* that carry the key, or NULL */
  const guint8 *data;
  gsize size;
  guint64 number;        /* of the first frame, or GST_BUFFER_OFFSET_NONE */
  guint64 position;      /* of what follows them in what they are read from, or
                          * GST_BUFFER_OFFSET_NONE */
  GstClockTime pts;      /* of the first frame, or GST_CLOCK_TIME_NONE */
  GstClockTime duration; /* of them all, or GST_CLOCK_TIME_NONE */
  gboolean irregular;    /* pts and duration count, and not the rate */
  gboolean resync;       /* time starts anew with this buffer */
  gboolean gap;          /* the buffer's frames stand for missing ones */
  GstLstmRows *rows;     /* kept columns, or NULL */
} GstLstmFeed;

/* What came out: [n_frames][features] of one of the model's outputs. */
typedef struct {
  guint output;       /* which one */
  const gfloat *data; /* valid until more is taken or handed over */
  gsize offset;       /* the session's: where data stand in its output */
  guint n_frames;
  guint64 number; /* of the input frame that the first one belongs to */
  GstClockTime pts;
  GstClockTime duration;
  gboolean discont;  /* does not follow the one before */
  GstLstmRows *rows; /* owned, or NULL */
  GstCaps *key_caps; /* owned, or NULL */
} GstLstmResult;

/* What came to an end before its window or batch was full, since it was last
 * asked for. */
typedef struct {
  guint keys;      /* that never filled a window */
  guint64 frames;  /* that no window covered, those of `keys` included */
  guint64 bytes;   /* of frames that never became whole */
  guint64 padded;  /* windows that were filled up with zeros */
  guint windows;   /* that no full batch had */
  guint64 batched; /* windows of the last such stream, those included */
  gchar *example;  /* `39 (48 frames), ...` (transfer full), or NULL */
} GstLstmLeftover;

/* What becomes of the states when another model takes over. */
typedef struct {
  guint slots_kept;   /* of the new model's, in each stream */
  guint slots_reset;  /* those that begin in their initial state */
  guint places_reset; /* in a batch: those that were not there before */
} GstLstmSwap;
/* A stream that is in memory no more, and in no file. */
typedef struct {
  gchar *key;
  const gchar *reason; /* max-streams or idle-timeout */
  GBytes *state;       /* for gst_lstm_session_restore() */
  guint64 frames;      /* since its last reset */
} GstLstmEvicted;

GstLstmSession *gst_lstm_session_new (LstmPlan *plan, guint n_features,
    const LstmScaling *scaling, const GstLstmSessionOptions *options);
void gst_lstm_session_free (GstLstmSession *session);

GstLstmFrames *gst_lstm_session_get_frames (GstLstmSession *session);
void gst_lstm_session_set_counts (
    GstLstmSession *session, GstLstmCounts *counts);
void gst_lstm_session_set_names (
    GstLstmSession *session, const gchar *const *features);
void gst_lstm_session_set_format (
    GstLstmSession *session, gboolean f64, guint rate_n, guint rate_d);
guint gst_lstm_session_get_n_outputs (GstLstmSession *session);
void gst_lstm_session_set_wanted (
    GstLstmSession *session, guint output, gboolean wanted);
void gst_lstm_session_set_whole_items (
    GstLstmSession *session, guint output, gboolean whole_items);
guint gst_lstm_session_get_output_frames (
    GstLstmSession *session, guint output);
guint gst_lstm_session_get_output_features (
    GstLstmSession *session, guint output);
void gst_lstm_session_get_ratio (
    GstLstmSession *session, guint output, guint *frames_out, guint *frames_in);
guint gst_lstm_session_get_n_keys (GstLstmSession *session);
guint gst_lstm_session_get_n_streams (GstLstmSession *session);
gchar **gst_lstm_session_list_keys (GstLstmSession *session);
GstClockTime gst_lstm_session_get_latency (GstLstmSession *session);
guint64 gst_lstm_session_get_position (GstLstmSession *session);
guint64 gst_lstm_session_get_n_bad (GstLstmSession *session);

gboolean gst_lstm_session_jumps (
    GstLstmSession *session, const GstLstmFeed *feed);
gboolean gst_lstm_session_feed (
    GstLstmSession *session, const GstLstmFeed *feed, GError **error);
guint64 gst_lstm_session_count_frames (
    GstLstmSession *session, GstClockTime duration);
gboolean gst_lstm_session_fill (
    GstLstmSession *session, guint n, GstClockTime pts, GError **error);
void gst_lstm_session_end_gap (
    GstLstmSession *session, GstClockTime pts, GstClockTime duration);
void gst_lstm_session_begin_list (GstLstmSession *session);
gboolean gst_lstm_session_end_list (GstLstmSession *session, GError **error);
void gst_lstm_session_hand_over (GstLstmSession *session);
gboolean gst_lstm_session_take_result (
    GstLstmSession *session, GstLstmResult *result);

gboolean gst_lstm_session_has_results (const GstLstmSession *session);
gboolean gst_lstm_session_same_output (
    const GstLstmSession *session, const GstLstmSession *fresh);
gboolean gst_lstm_session_fits (
    const GstLstmSession *session, const GstLstmSession *fresh);
void gst_lstm_session_swap (
    GstLstmSession *session, GstLstmSession *fresh, GstLstmSwap *swap);

/* What is not concerned by something that befalls all streams. */
typedef enum {
  GST_LSTM_SPARE_NONE,
  GST_LSTM_SPARE_RESTORED, /* streams whose state was put in, until the first
                            * buffer comes */
} GstLstmSpare;

gboolean gst_lstm_session_drain (
    GstLstmSession *session, GstLstmSpare spare, GError **error);
void gst_lstm_session_flush (GstLstmSession *session);
void gst_lstm_session_reset (
    GstLstmSession *session, GstLstmCause cause, GstLstmSpare spare);
gboolean gst_lstm_session_resync_key (
    GstLstmSession *session, const gchar *key, GError **error);
gboolean gst_lstm_session_reset_key (GstLstmSession *session, const gchar *key,
    GstLstmCause cause, GError **error);

GBytes *gst_lstm_session_save (
    GstLstmSession *session, const gchar *key, GError **error);
gboolean gst_lstm_session_restore (
    GstLstmSession *session, GBytes *state, GError **error);

gboolean gst_lstm_session_load_initial (
    GstLstmSession *session, const gchar *path, GError **error);
gboolean gst_lstm_session_keep (
    GstLstmSession *session, GstLstmKeeper *keeper, GError **error);
GstLstmKeeper *gst_lstm_session_take_keeper (GstLstmSession *session);
gboolean gst_lstm_session_is_kept (const GstLstmSession *session);
guint64 gst_lstm_session_get_n_saves (
    const GstLstmSession *session, gint64 *last);
void gst_lstm_session_write_last (GstLstmSession *session, gboolean unsent);
void gst_lstm_session_tick (GstLstmSession *session);
void gst_lstm_session_write_all (GstLstmSession *session);
void gst_lstm_session_forget_changes (GstLstmSession *session);
GError *gst_lstm_session_take_unsaved (GstLstmSession *session);
GPtrArray *gst_lstm_session_take_evicted (GstLstmSession *session);

gchar *gst_lstm_session_take_bad (GstLstmSession *session);
gchar *gst_lstm_session_take_outside (GstLstmSession *session);
gboolean gst_lstm_session_must_stop (GstLstmSession *session);
void gst_lstm_session_take_leftover (
    GstLstmSession *session, GstLstmLeftover *leftover);

G_END_DECLS
