/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>
#include <lstm/lstm.h>

#include "gstrow.h"
#include "gstrowcell.h"
#include "gstrowframes.h"

G_BEGIN_DECLS

/* What elements share that read rows of a text as frames: all but the text.
 * A subclass has the pad templates, and a reader that makes rows of bytes. */

#define GST_TYPE_ROW_DEC (gst_row_dec_get_type ())
#define GST_ROW_DEC(object)                                                    \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), GST_TYPE_ROW_DEC, GstRowDec))
#define GST_ROW_DEC_CLASS(klass)                                               \
  (G_TYPE_CHECK_CLASS_CAST ((klass), GST_TYPE_ROW_DEC, GstRowDecClass))
#define GST_ROW_DEC_GET_CLASS(object)                                          \
  (G_TYPE_INSTANCE_GET_CLASS ((object), GST_TYPE_ROW_DEC, GstRowDecClass))

typedef struct _GstRowDec GstRowDec;
typedef struct _GstRowDecClass GstRowDecClass;

/**
 * GstRowDec:
 * @header: whether the first row that the reader gives is names; the object
 *   lock guards it, and while the element runs it does not change
 *
 * The element. All else is for the gstrowdec files only.
 */
struct _GstRowDec {
  GstElement parent;

  gboolean header;

  /*< private >*/
  GstPad *sinkpad;
  GstPad *srcpad;

  /* Properties; the object lock guards them. NULL is not set. */
  gchar *config_path;
  gchar *features;
  gchar *key;
  gchar *keep;
  gint rate_n, rate_d;
  guint max_frames;
  gchar *time;
  gint time_unit;   /* GstRowTimeUnit, or -1: not set */
  gint64 skip_rows; /* -1: not set */
  gboolean running; /* from READY to PAUSED until back: nothing may change */

  /* What holds while running: set before pads are active, read by the
   * streaming thread. */
  LstmConfig *config;
  gchar **use_features;
  gchar *use_key;
  gchar **use_keep;
  gchar *use_time;
  GstRowTimeUnit use_time_unit;
  guint64 use_skip_rows;

  /* The streaming thread's. */
  GstRowFrames *frames; /* NULL until the first row */
  guint64 to_skip;      /* rows of data, yet */
  gboolean segment_due; /* once the time of the first row is known */
  GstBufferList *list;  /* made and not yet pushed, or NULL */
  GList *held;          /* serialized events that wait for the SEGMENT */
  GError *row_error;    /* what stopped the reader */
  GstFlowReturn flow;   /* not OK: what every further buffer is answered with */
  gboolean fed;         /* a STREAM_START now ends a stream that had data */
  guint32 seqnum;       /* of upstream's SEGMENT */
};

/**
 * GstRowDecClass:
 * @words: how messages speak of the text
 * @open: makes the reader, whose rows go to gst_row_dec_take_row(), or says
 *   which property is wrong
 * @close: frees what @open made, if it did
 * @push: the next bytes of the text; %FALSE with an error if they are not of
 *   the format, and without if gst_row_dec_take_row() said to stop
 * @finish: the text is at its end; as @push
 * @reset: the next bytes are the start of a text
 * @resync: bytes are missing: leaves out what is begun up to the next line, and
 *   returns the number of the line
 *
 * All but @open and @close are called by the streaming thread.
 */
struct _GstRowDecClass {
  GstElementClass parent_class;

  const GstRowWords *words;
  gboolean (*open) (GstRowDec *self, GError **error);
  void (*close) (GstRowDec *self);
  gboolean (*push) (
      GstRowDec *self, const guint8 *data, gsize size, GError **error);
  gboolean (*finish) (GstRowDec *self, GError **error);
  void (*reset) (GstRowDec *self);
  guint64 (*resync) (GstRowDec *self);
};

/**
 * GstRowDecSetFunc:
 * @self: the element, its object lock held
 * @id: of a property
 * @value: its new value
 */
typedef void (*GstRowDecSetFunc) (
    GstRowDec *self, guint id, const GValue *value);

GType gst_row_dec_get_type (void);
void gst_row_dec_change_property (GstRowDec *self, guint id,
    const GValue *value, GParamSpec *pspec, GstRowDecSetFunc set_locked);
gboolean gst_row_dec_take_row (const GstRow *row, gpointer self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRowDec, gst_object_unref)

G_END_DECLS
