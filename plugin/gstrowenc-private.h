/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowenc.h"

G_BEGIN_DECLS

GstFlowReturn gst_row_enc_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer);
GstFlowReturn gst_row_enc_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_row_enc_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query);
void gst_row_enc_start_streaming (GstRowEnc *self);
void gst_row_enc_stop_streaming (GstRowEnc *self);

G_END_DECLS
