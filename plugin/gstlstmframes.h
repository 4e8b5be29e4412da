/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>
#include <lstm/lstm.h>

#include "gstlstmaudio.h"

G_BEGIN_DECLS

/* How the frames of a stream become the model's features: which channel is
 * which feature, from F64 or F32, scaled in double, then narrowed. */

typedef struct {
  gboolean f64;
  guint n;         /* features, and channels */
  guint *order;    /* feature i is channel order[i]; NULL: as they come */
  gdouble *offset; /* (x - offset) / divisor; NULL: no scaling */
  gdouble *divisor;
  gfloat *low; /* what a scaled feature may be; NULL: anything */
  gfloat *high;
  gboolean clip; /* what is less or more is set to it */
} GstLstmFrames;

/* Numbers out of range, and the first of them. */
typedef struct {
  guint64 count;
  guint frame;
  guint feature;
  gfloat value;
} GstLstmOutside;

void gst_lstm_frames_init (
    GstLstmFrames *frames, guint n_features, const LstmScaling *scaling);
void gst_lstm_frames_clear (GstLstmFrames *frames);
void gst_lstm_frames_set_order (GstLstmFrames *frames, const guint *order);
gsize gst_lstm_frames_get_size (const GstLstmFrames *frames);
void gst_lstm_frames_convert (const GstLstmFrames *frames, const guint8 *data,
    guint n_frames, gfloat *out);
gboolean gst_lstm_frames_limit (const GstLstmFrames *frames, gfloat *data,
    guint n_frames, GstLstmOutside *outside);
gboolean gst_lstm_frames_find_bad (const GstLstmFrames *frames,
    const gfloat *data, guint n_frames, guint *frame, guint *feature);

G_END_DECLS
