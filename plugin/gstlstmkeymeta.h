/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The key of a buffer rides on a GstReferenceTimestampMeta with the reference
 * caps `timestamp/x-lstm, key=(string)K`. Its timestamp is no time: it is the
 * number, from 0, of the buffer's first frame among all frames of the source.
 * An element makes the caps once a key and uses them for every buffer. */

GstCaps *gst_lstm_key_caps_new (const gchar *key);
void gst_buffer_add_lstm_key_meta (
    GstBuffer *buffer, GstCaps *key_caps, guint64 frame);
gboolean gst_buffer_get_lstm_key (
    GstBuffer *buffer, GstCaps **key_caps, const gchar **key, guint64 *frame);

G_END_DECLS
