/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

/* (transfer full): one of GStreamer's own tracers, at work from now on. With
 * GST_TRACERS in the environment, GStreamer 1.22 would leak its factory. */
GstObject *tracer_test_start (const gchar *name, const gchar *params);
