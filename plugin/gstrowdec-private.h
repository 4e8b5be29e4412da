/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowdec.h"

G_BEGIN_DECLS

GstFlowReturn gst_row_dec_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer);
GstFlowReturn gst_row_dec_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_row_dec_src_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_row_dec_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query);
void gst_row_dec_install_properties (GObjectClass *klass);
void gst_row_dec_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec);
void gst_row_dec_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec);
void gst_row_dec_init_properties (GstRowDec *self);
void gst_row_dec_clear_properties (GstRowDec *self);

GstFlowReturn gst_row_dec_start_stream (GstRowDec *self);
GstFlowReturn gst_row_dec_negotiate (GstRowDec *self);
void gst_row_dec_push_segment (GstRowDec *self, GstClockTime start);
void gst_row_dec_push_held_events (GstRowDec *self);
void gst_row_dec_make_buffer (GstRowDec *self);
GstFlowReturn gst_row_dec_push_list (GstRowDec *self);

void gst_row_dec_start_streaming (GstRowDec *self);
void gst_row_dec_stop_streaming (GstRowDec *self);

G_END_DECLS
