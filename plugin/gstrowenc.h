/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

#include "gstlstmaudio.h"
#include "gstrowheader.h"
#include "gstrowwriter.h"

G_BEGIN_DECLS

/* What elements share that write frames as rows of a text: all but the text. A
 * subclass has the pad templates and makes the writer. */

#define GST_TYPE_ROW_ENC (gst_row_enc_get_type ())
#define GST_ROW_ENC(object)                                                    \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), GST_TYPE_ROW_ENC, GstRowEnc))
#define GST_ROW_ENC_CLASS(klass)                                               \
  (G_TYPE_CHECK_CLASS_CAST ((klass), GST_TYPE_ROW_ENC, GstRowEncClass))
#define GST_ROW_ENC_GET_CLASS(object)                                          \
  (G_TYPE_INSTANCE_GET_CLASS ((object), GST_TYPE_ROW_ENC, GstRowEncClass))

typedef struct _GstRowEnc GstRowEnc;
typedef struct _GstRowEncClass GstRowEncClass;

/**
 * GstRowEnc:
 *
 * The element. Its fields are for the gstrowenc files only.
 */
struct _GstRowEnc {
  GstElement parent;

  /*< private >*/
  GstPad *sinkpad;
  GstPad *srcpad;

  /* Properties; the object lock guards them. NULL is not set. */
  gchar *config_path;
  gchar *names;
  gchar *time;
  gboolean running; /* from READY to PAUSED until back: nothing may change */

  /* What holds while running: set before pads are active. */
  gchar **use_names; /* NULL: go by the stream */

  /* The streaming thread's. */
  GstRowWriter *writer;
  GstLstmAudio audio;
  gboolean have_caps;
  gchar **layout_features; /* what lstm-layout said, NULL until it came */
  gchar *layout_key;
  gchar **layout_keep;
  GstRowHeader *columns; /* NULL until the first frame, or EOS */
  gboolean columns_due;  /* caps or layout are new */
  gboolean begin_due;    /* the writer has not begun */
  gboolean warned_key;
  gboolean warned_rows;
};

/**
 * GstRowEncClass:
 * @text: the format, for messages
 * @time: (nullable): the time column's name where the property is not set
 * @open: makes the writer, or says which property is wrong
 */
struct _GstRowEncClass {
  GstElementClass parent_class;

  const gchar *text;
  const gchar *time;
  GstRowWriter *(*open) (GstRowEnc *self, GError **error);
};

/**
 * GstRowEncSetFunc:
 * @self: the element, its object lock held
 * @id: of a property
 * @value: its new value
 */
typedef void (*GstRowEncSetFunc) (
    GstRowEnc *self, guint id, const GValue *value);

GType gst_row_enc_get_type (void);
void gst_row_enc_change_property (GstRowEnc *self, guint id,
    const GValue *value, GParamSpec *pspec, GstRowEncSetFunc set_locked);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRowEnc, gst_object_unref)

G_END_DECLS
