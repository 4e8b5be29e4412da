/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include "gstcsvcell.h"
#include "gstcsvcolumns.h"

G_BEGIN_DECLS

/* Rows of a CSV into buffers of frames: one buffer holds consecutive rows of
 * one key, or one row where a column tells the time. It numbers the rows and
 * stamps the buffers. */

typedef struct _GstCsvFrames GstCsvFrames;

/**
 * GstCsvFramesOptions:
 * @max_frames: the most frames in a buffer, at least 1
 * @rate_n: frames per second, numerator
 * @rate_d: frames per second, denominator
 * @time_unit: of the time column, if there is one
 *
 * How rows become buffers.
 */
typedef struct {
  guint max_frames;
  gint rate_n, rate_d;
  GstCsvTimeUnit time_unit;
} GstCsvFramesOptions;

GstCsvFrames *gst_csv_frames_new (
    GstCsvColumns *columns, const GstCsvFramesOptions *options);
void gst_csv_frames_free (GstCsvFrames *frames);
const GstCsvColumns *gst_csv_frames_get_columns (const GstCsvFrames *frames);
guint64 gst_csv_frames_get_n_rows (const GstCsvFrames *frames);
void gst_csv_frames_set_format (GstCsvFrames *frames, GstAudioFormat format);
gboolean gst_csv_frames_has_times (const GstCsvFrames *frames);
GstClockTime gst_csv_frames_get_next_time (const GstCsvFrames *frames);
void gst_csv_frames_mark_discont (GstCsvFrames *frames);
void gst_csv_frames_skip (GstCsvFrames *frames, guint64 n);
gboolean gst_csv_frames_begin (
    GstCsvFrames *frames, const GstCsvRow *row, GError **error);
gboolean gst_csv_frames_must_take (
    const GstCsvFrames *frames, const GstCsvRow *next);
gboolean gst_csv_frames_add (
    GstCsvFrames *frames, const GstCsvRow *row, GError **error);
GstBuffer *gst_csv_frames_take (GstCsvFrames *frames);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCsvFrames, gst_csv_frames_free)

G_END_DECLS
