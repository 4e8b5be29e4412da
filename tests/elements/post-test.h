/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/audio/audio.h>

#include "element-test.h"

G_BEGIN_DECLS

/* A stream through an lstmpost. */

/* Ten numbers that cross 5 and 3. */
extern const gdouble post_wave[];

/* Ten frames a second of @channels, after the names that @layout lists. */
ElementTest *post_test_new (GstElement *element, GstAudioFormat format,
    guint channels, const gchar *layout);

/* Frames from frame number @first on, of a key if it is not NULL. */
GstBuffer *post_test_buffer (const gdouble *values, guint n, guint channels,
    guint first, const gchar *key);

/* All that came out: of each frame its kept text and its numbers. */
void post_test_assert_frames (
    ElementTest *test, guint channels, const gchar *expected);

/* The alarms since the last time: `start KEY VALUE PEAK SINCE DURATION`, times
 * in ms, and the reason at the end; NAME/KEY of one that is not called alarm.
 */
void post_test_assert_alarms (ElementTest *test, const gchar *expected);

G_END_DECLS
