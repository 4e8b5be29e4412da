/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrow.h"

G_BEGIN_DECLS

/* JSON lines (one object a line, UTF-8) into rows of cells, however the bytes
 * are cut. The names of the first object's members come as a row of their own
 * before it, and are the columns; later objects have them in any order, what
 * they have beside is left out. A cell is what a string says, or how any other
 * value is written. Blank lines are skipped, and a byte order mark. Limits: a
 * line of GST_ROW_MAX_ROW bytes, GST_ROW_MAX_COLUMNS members of the first
 * object. */

typedef struct _GstJsonReader GstJsonReader;

GstJsonReader *gst_json_reader_new (GstRowFunc row_func, gpointer user_data);
void gst_json_reader_free (GstJsonReader *reader);
void gst_json_reader_reset (GstJsonReader *reader);
guint64 gst_json_reader_resync (GstJsonReader *reader);
gboolean gst_json_reader_push (
    GstJsonReader *reader, const guint8 *data, gsize size, GError **error);
gboolean gst_json_reader_finish (GstJsonReader *reader, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstJsonReader, gst_json_reader_free)

G_END_DECLS
