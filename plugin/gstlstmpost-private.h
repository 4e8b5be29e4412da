/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>
#include <lstm/lstm.h>

#include "gstlstmalarm.h"
#include "gstlstmenums.h"
#include "gstlstmmean.h"
#include "gstlstmpost.h"

G_BEGIN_DECLS

/* One alarm of the element. */
typedef struct {
  gchar *name;   /* of it, and of its column */
  gchar *wanted; /* the output that it is about; NULL: the first */
  gchar *output; /* the name of that output; NULL before frames */
  guint place;   /* its channel */
  GstLstmAlarmOptions options;
} GstLstmPostAlarm;

/* What the column of classes is called. */
#define GST_LSTM_POST_CLASS "class"

struct _GstLstmPost {
  GstBaseTransform parent;

  /* Properties; the object lock guards them. NULL is not set. */
  gchar *config_path;
  guint average;             /* 0: not set */
  GstClockTime average_time; /* 0: not set */
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
  GstLstmMeanOptions mean;  /* channels by the caps */
  GstLstmPostAlarm *alarms; /* [n_alarms] */
  guint n_alarms;
  gboolean has_class;
  gchar **use_classes; /* NULL: the names of the channels */

  /* The streaming thread's. */
  GstAudioFormat format; /* native F32 or F64 */
  gsize frame_size;      /* bytes of a frame; 0 before caps */
  gint rate_n, rate_d;   /* frames per second */
  gchar **names;         /* of the channels; lstm-layout's, or out_1, ... */
  gchar **keep;          /* names of kept columns that come in */
  gboolean have_layout;  /* upstream said it */
  gboolean layout_due;   /* names or places are to be settled */
  gdouble *frame;        /* [channels] scratch */
  GPtrArray *cells;      /* kept text of a buffer */
  GHashTable *streams;   /* key, "" for none -> GstLstmPostStream */
  GQueue recent;         /* of them, the least recently used one first */
};

/* One stream, in both the table and the queue. */
typedef struct {
  gchar *key; /* NULL: frames without one */
  GList link;
  guint64 n_frames;      /* so far, for streams without times */
  GstLstmMean *mean;     /* NULL if frames stay as they are */
  GstLstmAlarm alarms[]; /* [n_alarms] */
} GstLstmPostStream;

const gchar *gst_lstm_post_get_alarm_name (GstLstmPost *self);
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
    GstLstmPost *self, GstLstmPostStream *stream, guint i, const gchar *reason);

gboolean gst_lstm_post_choose (GstLstmPost *self, GError **error);
void gst_lstm_post_clear_choice (GstLstmPost *self);

GstFlowReturn gst_lstm_post_process (GstLstmPost *self, GstBuffer *buffer);
GstEvent *gst_lstm_post_take_layout (GstLstmPost *self, GstEvent *event);

G_END_DECLS
