/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

#include "gstcsvwriter.h"

G_BEGIN_DECLS

/**
 * GstCsvHeader:
 * @key: (nullable): name of the key column, %NULL if there is none
 * @keep: names of the kept columns
 * @n_keep: length of @keep
 * @names: names of the channels
 *
 * The columns that csvenc writes, in this order.
 */
typedef struct {
  gchar *key;
  gchar **keep;
  guint n_keep;
  gchar **names;
} GstCsvHeader;

/**
 * GstCsvHeaderSources:
 * @names: (nullable): names for the channels that the user gave
 * @features: (nullable): what the `lstm-layout` event says of the channels
 * @key: (nullable): what it says of the key
 * @keep: (nullable): what it says of the kept columns
 * @previous: (nullable): the columns until now
 * @buffer: (nullable): the buffer that comes next
 * @channels: channels of a frame
 *
 * What is known about the columns.
 */
typedef struct {
  const gchar *const *names;
  const gchar *const *features;
  const gchar *key;
  const gchar *const *keep;
  const GstCsvHeader *previous;
  GstBuffer *buffer;
  guint channels;
} GstCsvHeaderSources;

GstCsvHeader *gst_csv_header_new (
    const GstCsvHeaderSources *sources, GError **error);
void gst_csv_header_free (GstCsvHeader *header);
gboolean gst_csv_header_equal (const GstCsvHeader *a, const GstCsvHeader *b);
void gst_csv_header_write (const GstCsvHeader *header, GstCsvWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCsvHeader, gst_csv_header_free)

G_END_DECLS
