/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Buffers that are used again. GstBufferPool's own way of handing them out can
 * wait for one, and pays for that with a lock each way and a system call
 * whenever the pool runs empty; this one never waits, so it needs neither. */

GstBufferPool *gst_lstm_pool_new (GstCaps *caps, guint size);

G_END_DECLS
