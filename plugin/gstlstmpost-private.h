/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>
#include <lstm/lstm.h>

#include "gstlstmalarm.h"
#include "gstlstmenums.h"
#include "gstlstmpost.h"

G_BEGIN_DECLS

struct _GstLstmPost {
  GstBaseTransform parent;

  /* Properties; the object lock guards them. NULL is not set. */
  gchar *config_path;
  guint average; /* 0: not set */
  gchar *output;
  gdouble threshold_on;  /* G_MAXDOUBLE: no alarms */
  gdouble threshold_off; /* G_MAXDOUBLE: as threshold_on */
  gint64 min_duration;   /* -1: not set */
  gchar *alarm_name;
  gboolean argmax;
  gchar *classes;
  guint max_streams;
  GstLstmReset reset_on;
  gboolean running; /* from READY to PAUSED until back: nothing may change */

  /* What holds while running. */
  GstLstmAlarmOptions options; /* channels by the caps */
  gboolean has_alarm;
  gboolean has_class;
  gchar *use_output;   /* NULL: the first */
  gchar **use_classes; /* NULL: the names of the channels */

  /* The streaming thread's. */
  GstAudioFormat format; /* native F32 or F64 */
  gsize frame_size;      /* bytes of a frame; 0 before caps */
  gint rate_n, rate_d;   /* frames per second */
  gchar **names;         /* of the channels; lstm-layout's, or out_1, ... */
  gchar **keep;          /* names of kept columns that come in */
  gboolean have_layout;  /* upstream said it */
  gboolean layout_due;   /* names or places are to be settled */
  guint place;           /* of the channel that alarms are about */
  gchar *output_name;    /* and its name */
  gdouble *frame;        /* [channels] scratch */
  GPtrArray *cells;      /* kept text of a buffer */
  GHashTable *streams;   /* key, "" for none -> GstLstmPostStream */
  GQueue recent;         /* of them, the least recently used one first */
};

/* One stream, in both the table and the queue. */
typedef struct {
  gchar *key; /* NULL: frames without one */
  GList link;
  GstLstmAlarm *alarm;
} GstLstmPostStream;

void gst_lstm_post_install_properties (GObjectClass *klass);
void gst_lstm_post_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec);
void gst_lstm_post_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec);
void gst_lstm_post_init_properties (GstLstmPost *self);
void gst_lstm_post_clear_properties (GstLstmPost *self);

GstLstmPostStream *gst_lstm_post_get_stream (
    GstLstmPost *self, const gchar *key);
void gst_lstm_post_reset (
    GstLstmPost *self, const gchar *key, const gchar *reason);
void gst_lstm_post_reset_all (GstLstmPost *self, const gchar *reason);
void gst_lstm_post_post_message (
    GstLstmPost *self, GstLstmPostStream *stream, const gchar *reason);

GstFlowReturn gst_lstm_post_process (GstLstmPost *self, GstBuffer *buffer);
GstEvent *gst_lstm_post_take_layout (GstLstmPost *self, GstEvent *event);

G_END_DECLS
