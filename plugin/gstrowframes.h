/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include "gstrowcell.h"
#include "gstrowcolumns.h"

G_BEGIN_DECLS

/* Rows of a text into buffers of frames: one buffer holds consecutive rows of
 * one key, or one row where a column tells the time. It numbers the rows and
 * stamps the buffers. */

typedef struct _GstRowFrames GstRowFrames;

/**
 * GstRowFramesOptions:
 * @max_frames: the most frames in a buffer, at least 1
 * @rate_n: frames per second, numerator
 * @rate_d: frames per second, denominator
 * @time_unit: of the time column, if there is one
 * @words: how messages speak of the text
 *
 * How rows become buffers.
 */
typedef struct {
  guint max_frames;
  gint rate_n, rate_d;
  GstRowTimeUnit time_unit;
  const GstRowWords *words;
} GstRowFramesOptions;

GstRowFrames *gst_row_frames_new (
    GstRowColumns *columns, const GstRowFramesOptions *options);
void gst_row_frames_free (GstRowFrames *frames);
const GstRowColumns *gst_row_frames_get_columns (const GstRowFrames *frames);
guint64 gst_row_frames_get_n_rows (const GstRowFrames *frames);
void gst_row_frames_set_format (GstRowFrames *frames, GstAudioFormat format);
gboolean gst_row_frames_has_times (const GstRowFrames *frames);
GstClockTime gst_row_frames_get_next_time (const GstRowFrames *frames);
void gst_row_frames_mark_discont (GstRowFrames *frames);
void gst_row_frames_skip (GstRowFrames *frames, guint64 n);
gboolean gst_row_frames_begin (
    GstRowFrames *frames, const GstRow *row, GError **error);
gboolean gst_row_frames_must_take (
    const GstRowFrames *frames, const GstRow *next);
gboolean gst_row_frames_add (
    GstRowFrames *frames, const GstRow *row, GError **error);
GstBuffer *gst_row_frames_take (GstRowFrames *frames);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRowFrames, gst_row_frames_free)

G_END_DECLS
