/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A buffer of @size bytes that cannot be mapped, as memory of a device may be.
 */
GstBuffer *unmappable_buffer_new (gsize size);

G_END_DECLS
