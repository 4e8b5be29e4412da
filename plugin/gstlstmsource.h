/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>
#include <lstm/lstm.h>

#include "gstlstmflight.h"
#include "gstlstmrows.h"

G_BEGIN_DECLS

/* What is known of a frame beside its features. */
typedef struct {
  GstLstmRows *rows; /* owned reference, or NULL */
  guint row;
  guint64 number; /* in the source, or GST_BUFFER_OFFSET_NONE */
  guint64 index;  /* counted since the source's base time */
  GstClockTime pts;
  gboolean irregular; /* the rate says nothing of how long it lasts: */
  GstClockTime lasts; /* this does, or GST_CLOCK_TIME_NONE */
} GstLstmTag;

/* One key's side of a session: its state, and the frames and bytes that wait.
 */
typedef struct {
  gchar *key;           /* NULL for the stream without a key */
  GstCaps *key_caps;    /* that the key last came with, or NULL */
  LstmStream **streams; /* [n_streams]: one for each place in a batch */
  guint n_streams;
  const LstmStream *initial; /* the state of each after a reset; borrowed */
  GByteArray *partial;       /* of a frame that is not yet whole */
  gboolean partial_f64;      /* which are of a double */
  gfloat *frames;   /* [n_frames][features] that wait for their window */
  GstLstmTag *tags; /* the same */
  gfloat *good;     /* [features]: the last frame, all finite, or NULL */
  gfloat *final;    /* the last frame of each output, or NULL */
  GstLstmTag final_tag;
  gboolean has_final;
  GstLstmFlight *flight; /* windows that have begun, or NULL */
  guint n_features;
  guint n_frames;
  guint capacity;    /* in frames */
  guint n_covered;   /* of the frames that wait: how many a window had */
  guint skip;        /* frames to drop until the next window (stride > steps) */
  guint n_gathered;  /* items that are to be run with a list of buffers */
  gsize place;       /* of the first of them among those of all sources */
  guint64 total;     /* frames since the last reset */
  guint64 n_items;   /* windows since the last reset */
  GstClockTime base; /* time that a buffer told, or GST_CLOCK_TIME_NONE */
  guint64 counted;   /* frames since then */
  guint64 position;  /* of the next frame in what frames are read from, or
                      * GST_BUFFER_OFFSET_NONE; a reset leaves it */
  guint rate_n;      /* frames per second that are counted in; 0: not known */
  guint rate_d;
  gboolean restored; /* no buffer came since the state was put in */

  /* The session's: what has changed since it was written, what was used last;
   * NULL or the queue that the link is in. */
  GQueue *changed_in;
  GList changed_link;
  GQueue *used_in;
  GList used_link;
  GstClockTime seen; /* PTS of the last buffer, or GST_CLOCK_TIME_NONE */
} GstLstmSource;

GstLstmSource *gst_lstm_source_new (const gchar *key, const LstmStream *initial,
    guint n_features, guint n_streams);
GstClockTime gst_lstm_span (guint64 n, guint rate_n, guint rate_d);
GstClockTime gst_lstm_source_span (const GstLstmSource *source, guint64 n);
void gst_lstm_source_free (GstLstmSource *source);
void gst_lstm_source_restart (GstLstmSource *source);
void gst_lstm_source_reset (GstLstmSource *source);
gfloat *gst_lstm_source_grow (GstLstmSource *source, guint n);
void gst_lstm_source_drop (GstLstmSource *source, guint n);
void gst_lstm_source_drop_newest (GstLstmSource *source, guint n);
gfloat *gst_lstm_source_keep_final (
    GstLstmSource *source, gsize n, const GstLstmTag *tag);
void gst_lstm_source_clear_final (GstLstmSource *source);

G_END_DECLS
