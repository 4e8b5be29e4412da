/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the frames that follow are made of, as a sticky custom event: the names
 * of their channels, of the key and of the kept columns. Sticky events are
 * sent again in the order of their types, so that an element may see it after
 * the first SEGMENT; before the first buffer it is always there. */

#define GST_LSTM_LAYOUT_EVENT_NAME "lstm-layout"

GstEvent *gst_lstm_layout_event_new (
    const gchar *const *features, const gchar *key, const gchar *const *keep);
gboolean gst_lstm_layout_event_parse (
    GstEvent *event, gchar ***features, gchar **key, gchar ***keep);
void gst_lstm_layout_event_set_irregular (GstEvent *event, gboolean irregular);
gboolean gst_lstm_layout_event_is_irregular (GstEvent *event);

G_END_DECLS
