/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstlstmsource.h"

G_BEGIN_DECLS

/* What a source has beside its state: frames and bytes that wait, and where it
 * had got to in time and in windows. It is saved with the state, so that a run
 * that was broken off goes on with the same bits. */

/* How windows lie, which frames that wait depend on. */
typedef struct {
  guint steps;
  guint stride;
  guint out_features;
} GstLstmPendingShape;

GBytes *gst_lstm_pending_save (
    const GstLstmSource *source, const GstLstmPendingShape *shape);
gboolean gst_lstm_pending_restore (GBytes *bytes, GstLstmSource *source,
    const GstLstmPendingShape *shape, GError **error);
guint64 gst_lstm_pending_get_position (GBytes *bytes);

G_END_DECLS
