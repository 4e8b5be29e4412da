/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstlstmsession.h"
#include "gstlstmsource.h"

G_BEGIN_DECLS

/* One of the model's outputs, as it goes out. */
typedef struct {
  guint features;       /* of a frame */
  guint item_frames;    /* frames of an item */
  guint frames;         /* of those that go out: all, or the last */
  gboolean wanted;      /* somebody takes it */
  gboolean whole_items; /* a window gives all its frames or none, alone */
  gboolean discont;     /* the next result does not follow the one before */
  GArray *scratch;      /* gfloat: items of which only some frames go out */
  gsize begin;          /* in `output`: what the items at hand give */
  gfloat *to;           /* where the model writes them, or NULL */
  gsize final_at;       /* in a source's final frames */
} GstLstmPort;

/* What a buffer brought, to be run with what others brought. */
typedef struct {
  GstLstmSource *source;
  GstCaps *key_caps; /* that the buffer came with, or NULL */
  guint first;       /* of the source's items */
  guint n;
} GstLstmEntry;

struct _GstLstmSession {
  LstmPlan *plan;
  LstmContext *context;
  GstLstmRunway *runway; /* windows that slide, frame by frame, or NULL */
  LstmStream *initial;   /* what streams begin with, and resets go back to */
  GstLstmSessionOptions options;
  GstLstmFrames frames;
  const gchar *const *names; /* of features, borrowed, or NULL */
  gboolean windows;          /* window mode */
  gboolean keep_final;       /* frame mode: only the last output goes out */
  gboolean strict_batch;     /* a short batch is not run */
  guint steps;               /* frames of an item: the window, or 1 */
  guint stride;              /* frames from an item to the next */
  guint batch;               /* items that run together */
  guint out_rate;            /* items that one has an output of, or 1 */
  guint out_first;           /* the first of the items at hand that has one */
  guint rate_n;              /* frames per second; 0: not known */
  guint rate_d;
  gboolean has_format; /* frames and rate are such as they will come */
  GstLstmSource *unkeyed;
  GHashTable *keyed;   /* key -> GstLstmSource */
  GstLstmSource *last; /* of the last keyed buffer */
  gboolean fed;        /* since a state was restored */
  guint64 position;    /* the furthest of all sources, or
                        * GST_BUFFER_OFFSET_NONE */

  GstLstmKeeper *keeper; /* the state file, or NULL */
  GQueue changed;        /* sources that the file has not as they are */
  GHashTable *gone;      /* keys that are to be deleted there */
  GHashTable *stored;    /* keys that are there only */
  guint n_due;           /* of `changed` are to be written now */
  gint64 next_write;     /* monotonic, in us */
  GQueue used;           /* keyed sources, the last one used first */
  GstClockTime now;      /* PTS of the last buffer */
  GPtrArray *evicted;    /* GstLstmEvicted, to be told of, or NULL */
  GError *unsaved; /* why a state cannot be saved, to be told of, or NULL */

  GstLstmPort *ports;  /* [n_ports]: the model's outputs */
  LstmOutput *outputs; /* [n_ports]: for the call at hand */
  guint n_ports;
  gsize final_size;      /* features of all outputs together */
  GArray *output;        /* gfloat: what came out */
  GArray *results;       /* GstLstmResult, of `output` */
  gsize begin;           /* in `output`: what the items at hand give */
  GArray *handed_output; /* both, handed over: the taker's alone */
  GArray *handed_results;
  guint taken;  /* of the results that were handed over */
  GArray *tags; /* GstLstmTag of each output frame, borrowed */

  gboolean gathering;  /* buffers of a list: nothing is run at once */
  GArray *entries;     /* GstLstmEntry, each with caps of its own */
  GPtrArray *gathered; /* GstLstmSource that have items to run */
  GPtrArray *together; /* LstmStream, of the call at hand */
  GArray *staged;      /* gfloat: frames of several sources, side by side */

  GstLstmCounts *counts;    /* whoever made the session reads them */
  GstLstmCounts own_counts; /* where nobody does */
  guint64 n_bad;            /* numbers that were not finite */
  gchar *bad_first;         /* said of the first one */
  gboolean outside_said;    /* of numbers out of range */
  gchar *outside_first;     /* what is to be said of them, or NULL */
  gdouble *out_offset;      /* of the first output; NULL: not scaled */
  gdouble *out_divisor;
  GString *example;     /* of keys that never filled a window */
  GstLstmLeftover left; /* `example` stands above */
};

/* gstlstmsession.c */
gint gst_lstm_session_compare_keys (const gchar *x, const gchar *y);
GstLstmSource *gst_lstm_session_new_source (
    const GstLstmSession *session, const gchar *key);
void gst_lstm_session_adapt_source (
    GstLstmSession *session, GstLstmSource *source);

/* gstlstmsession-frames.c */
GstClockTime gst_lstm_session_span (const GstLstmSession *session, guint64 n);
void gst_lstm_session_sync (const GstLstmSession *session,
    GstLstmSource *source, const GstLstmFeed *feed);
guint gst_lstm_session_take_frames (
    GstLstmSession *session, GstLstmSource *source, const GstLstmFeed *feed);
void gst_lstm_session_add_zeros (
    GstLstmSession *session, GstLstmSource *source, guint n);
gboolean gst_lstm_session_run_checked (
    GstLstmSession *session, GstLstmSource *source, guint n, GError **error);

gchar *gst_lstm_session_describe (const GstLstmSession *session,
    const GstLstmSource *source, guint at, guint feature, guint64 counted);

/* gstlstmsession-output.c */
guint gst_lstm_session_count_items (
    const GstLstmSession *session, const GstLstmSource *source);
gboolean gst_lstm_session_run (
    GstLstmSession *session, GstLstmSource *source, GError **error);
gboolean gst_lstm_session_call (GstLstmSession *session,
    LstmStream *const *streams, guint n_streams, guint items,
    const LstmInput *input, GError **error);
gboolean gst_lstm_session_check_room (
    const GstLstmSession *session, gsize items, GError **error);
void gst_lstm_session_queue_entry (
    GstLstmSession *session, const GstLstmEntry *entry);
gboolean gst_lstm_session_process (GstLstmSession *session,
    LstmStream *const *streams, guint n_streams, guint items,
    const gfloat *frames, GError **error);
gboolean gst_lstm_session_check (
    GstLstmSession *session, LstmStatus status, GError **error);
void gst_lstm_session_place_items (
    GstLstmSession *session, guint items, gboolean scratch);
void gst_lstm_session_queue_items (
    GstLstmSession *session, GstLstmSource *source, guint items);
void gst_lstm_session_drop_used (
    GstLstmSession *session, GstLstmSource *source, guint items);
gboolean gst_lstm_session_run_short (GstLstmSession *session,
    GstLstmSource *source, guint items, guint n_real, GError **error);
void gst_lstm_session_queue_final (
    GstLstmSession *session, GstLstmSource *source);
void gst_lstm_session_clear_results (GstLstmSession *session);
void gst_lstm_session_mark_discont (GstLstmSession *session);

/* gstlstmsession-scale.c */
void gst_lstm_session_check_range (
    GstLstmSession *session, GstLstmSource *source, guint n);
void gst_lstm_session_init_scale (
    GstLstmSession *session, const LstmScaling *scaling);
void gst_lstm_session_clear_scale (GstLstmSession *session);
void gst_lstm_session_scale_output (
    GstLstmSession *session, gfloat *data, gsize n_frames);

/* gstlstmsession-slide.c */
gboolean gst_lstm_session_slides (
    GstLstmSession *session, GstLstmSource *source);
gboolean gst_lstm_session_slide (GstLstmSession *session, GstLstmSource *source,
    guint items, GError **error);

/* gstlstmsession-list.c */
void gst_lstm_session_init_list (GstLstmSession *session);
void gst_lstm_session_clear_list (GstLstmSession *session);
void gst_lstm_session_gather (GstLstmSession *session, GstLstmSource *source);
gboolean gst_lstm_session_settle (GstLstmSession *session, GError **error);
/* gstlstmsession-state.c */
GBytes *gst_lstm_session_save_source (
    const GstLstmSession *session, const GstLstmSource *source, GError **error);
GstLstmSource *gst_lstm_session_load_source (
    const GstLstmSession *session, GBytes *state, GError **error);
void gst_lstm_session_put_source (
    GstLstmSession *session, GstLstmSource *source);

/* gstlstmsession-keep.c */
void gst_lstm_session_init_keep (GstLstmSession *session);
void gst_lstm_session_clear_keep (GstLstmSession *session);
void gst_lstm_session_reach (GstLstmSession *session, guint64 position);
void gst_lstm_session_mark (GstLstmSession *session, GstLstmSource *source);
void gst_lstm_session_mark_gone (GstLstmSession *session, const gchar *key);
void gst_lstm_session_forget_stored (
    GstLstmSession *session, GstLstmSpare spare);
void gst_lstm_session_forget_stored_key (
    GstLstmSession *session, const gchar *key, gboolean resync);
GstLstmSource *gst_lstm_session_recall (
    GstLstmSession *session, const gchar *key, GError **error);
GBytes *gst_lstm_session_read_stored (
    GstLstmSession *session, const gchar *key, GError **error);
void gst_lstm_session_follow_model (GstLstmSession *session);
void gst_lstm_session_insert_source (
    GstLstmSession *session, GstLstmSource *source);
gboolean gst_lstm_session_make_room (GstLstmSession *session, GError **error);
gboolean gst_lstm_session_use (GstLstmSession *session, GstLstmSource *source,
    GstClockTime pts, GError **error);

/* gstlstmsession-ends.c */
gboolean gst_lstm_session_drain_source (
    GstLstmSession *session, GstLstmSource *source, GError **error);

G_END_DECLS
