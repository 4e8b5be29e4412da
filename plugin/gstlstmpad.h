/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_LSTM_PAD (gst_lstm_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstLstmPad, gst_lstm_pad, GST, LSTM_PAD, GstPad)

/* A request pad of lstm, `src_NAME`: one further output of the model. */
struct _GstLstmPad {
  GstPad parent;

  gchar *output; /* NAME, as it was asked for; never changes */

  /* The element's object lock guards it. */
  gint number; /* of the output; -1 while no model is loaded */

  /* The streaming thread's. */
  guint index;          /* `number`, which is known there */
  gboolean ready;       /* its sticky events were sent */
  gboolean layout_sent; /* the names of its channels, too */
  gboolean refused;     /* downstream takes none of its caps: that was said */
};

G_END_DECLS
