/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstcsvenc.h"
#include "gstcsvheader.h"
#include "gstcsvwriter.h"
#include "gstlstmaudio.h"

G_BEGIN_DECLS

struct _GstCsvEnc {
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* Properties; the object lock guards them. NULL is not set. */
  gchar *config_path;
  gchar *names;
  gboolean header;
  gchar *delimiter;
  gboolean running; /* from READY to PAUSED until back: nothing may change */

  /* What holds while running: set before pads are active. */
  gchar **use_names; /* NULL: go by the stream */

  /* The streaming thread's. */
  GstCsvWriter *writer;
  GstLstmAudio audio;
  gboolean have_caps;
  gchar **layout_features; /* what lstm-layout said, NULL until it came */
  gchar *layout_key;
  gchar **layout_keep;
  GstCsvHeader *columns; /* NULL until the first frame, or EOS */
  gboolean columns_due;  /* caps or layout are new */
  gboolean header_due;
  gboolean warned_key;
  gboolean warned_rows;
};

GST_DEBUG_CATEGORY_EXTERN (gst_csv_enc_debug);

GstFlowReturn gst_csv_enc_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer);
GstFlowReturn gst_csv_enc_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_csv_enc_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query);
void gst_csv_enc_start_streaming (GstCsvEnc *self, gchar delimiter);
void gst_csv_enc_stop_streaming (GstCsvEnc *self);

G_END_DECLS
