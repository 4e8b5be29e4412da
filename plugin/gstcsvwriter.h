/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "gstrowwriter.h"

G_BEGIN_DECLS

/* Rows of cells into CSV text (RFC 4180, but LF ends a line); nan, inf and -inf
 * are written so. */

GstRowWriter *gst_csv_writer_new (gchar delimiter, gboolean header);

G_END_DECLS
