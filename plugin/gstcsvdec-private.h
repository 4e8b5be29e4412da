/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "gstcsvdec.h"
#include "gstcsvframes.h"
#include "gstcsvreader.h"

G_BEGIN_DECLS

struct _GstCsvDec {
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* Properties; the object lock guards them. NULL is not set. */
  gchar *config_path;
  gchar *features;
  gchar *key;
  gchar *keep;
  gboolean header;
  gchar *delimiter;
  gint rate_n, rate_d;
  guint max_frames;
  gchar *time;
  gint time_unit;   /* GstCsvTimeUnit, or -1: not set */
  gint64 skip_rows; /* -1: not set */
  gboolean running; /* from READY to PAUSED until back: nothing may change */

  /* What holds while running: set before pads are active, read by the
   * streaming thread. */
  LstmConfig *config;
  gchar **use_features;
  gchar *use_key;
  gchar **use_keep;
  gchar *use_time;
  GstCsvTimeUnit use_time_unit;
  guint64 use_skip_rows;

  /* The streaming thread's. */
  GstCsvReader *reader;
  GstCsvFrames *frames; /* NULL until the first row */
  guint64 to_skip;      /* rows of data, yet */
  gboolean segment_due; /* once the time of the first row is known */
  GstBufferList *list;  /* made and not yet pushed, or NULL */
  GList *held;          /* serialized events that wait for the SEGMENT */
  GError *row_error;    /* what stopped the reader */
  GstFlowReturn flow;   /* not OK: what every further buffer is answered with */
  gboolean fed;         /* a STREAM_START now ends a stream that had data */
  guint32 seqnum;       /* of upstream's SEGMENT */
};

GST_DEBUG_CATEGORY_EXTERN (gst_csv_dec_debug);

GstFlowReturn gst_csv_dec_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer);
GstFlowReturn gst_csv_dec_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_csv_dec_src_event (
    GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_csv_dec_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query);
void gst_csv_dec_install_properties (GObjectClass *klass);
void gst_csv_dec_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec);
void gst_csv_dec_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec);
void gst_csv_dec_init_properties (GstCsvDec *self);
void gst_csv_dec_clear_properties (GstCsvDec *self);

GstFlowReturn gst_csv_dec_start_stream (GstCsvDec *self);
GstFlowReturn gst_csv_dec_negotiate (GstCsvDec *self);
void gst_csv_dec_push_segment (GstCsvDec *self, GstClockTime start);
void gst_csv_dec_push_held_events (GstCsvDec *self);
void gst_csv_dec_make_buffer (GstCsvDec *self);
GstFlowReturn gst_csv_dec_push_list (GstCsvDec *self);

void gst_csv_dec_start_streaming (GstCsvDec *self, gchar delimiter);
void gst_csv_dec_stop_streaming (GstCsvDec *self);

G_END_DECLS
