/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include "gstcsvcolumns.h"

G_BEGIN_DECLS

/* Rows of a CSV into buffers of frames: one buffer holds consecutive rows of
 * one key. It numbers the rows and stamps the buffers. */

typedef struct _GstCsvFrames GstCsvFrames;

GstCsvFrames *gst_csv_frames_new (
    GstCsvColumns *columns, guint max_frames, gint rate_n, gint rate_d);
void gst_csv_frames_free (GstCsvFrames *frames);
const GstCsvColumns *gst_csv_frames_get_columns (const GstCsvFrames *frames);
guint64 gst_csv_frames_get_n_rows (const GstCsvFrames *frames);
void gst_csv_frames_set_format (GstCsvFrames *frames, GstAudioFormat format);
gboolean gst_csv_frames_must_take (
    const GstCsvFrames *frames, const GstCsvRow *next);
gboolean gst_csv_frames_add (
    GstCsvFrames *frames, const GstCsvRow *row, GError **error);
GstBuffer *gst_csv_frames_take (GstCsvFrames *frames);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCsvFrames, gst_csv_frames_free)

G_END_DECLS
