/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The library is built with hidden visibility: what carries GST_LSTM_API is its
 * interface. */
#if defined(__GNUC__)
#define GST_LSTM_API extern __attribute__ ((visibility ("default")))
#else
#define GST_LSTM_API extern
#endif

GST_LSTM_API GstCaps *gst_lstm_key_caps_new (const gchar *key);
GST_LSTM_API void gst_buffer_add_lstm_key (
    GstBuffer *buffer, const gchar *key, guint64 frame);
GST_LSTM_API void gst_buffer_add_lstm_key_meta (
    GstBuffer *buffer, GstCaps *key_caps, guint64 frame);
GST_LSTM_API gboolean gst_buffer_get_lstm_key (
    GstBuffer *buffer, GstCaps **key_caps, const gchar **key, guint64 *frame);

G_END_DECLS
