/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstlstmpad.h"

G_DEFINE_TYPE (GstLstmPad, gst_lstm_pad, GST_TYPE_PAD)

static void
gst_lstm_pad_finalize (GObject *object)
{
  g_free (GST_LSTM_PAD (object)->output);
  G_OBJECT_CLASS (gst_lstm_pad_parent_class)->finalize (object);
}

static void
gst_lstm_pad_class_init (GstLstmPadClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_lstm_pad_finalize;
}

static void
gst_lstm_pad_init (GstLstmPad *self)
{
  self->number = -1;
}
