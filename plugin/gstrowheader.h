/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstRowHeader:
 * @time: (nullable): name of the time column, %NULL if there is none
 * @key: (nullable): name of the key column, %NULL if there is none
 * @keep: names of the kept columns
 * @n_keep: length of @keep
 * @names: names of the channels
 *
 * The columns of a text, in this order.
 */
typedef struct {
  gchar *time;
  gchar *key;
  gchar **keep;
  guint n_keep;
  gchar **names;
} GstRowHeader;

/**
 * GstRowHeaderSources:
 * @time: (nullable): name for the time column; %NULL for none
 * @time_gives_way: whether there is no time column if another has its name
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
  const gchar *time;
  gboolean time_gives_way;
  const gchar *const *names;
  const gchar *const *features;
  const gchar *key;
  const gchar *const *keep;
  const GstRowHeader *previous;
  GstBuffer *buffer;
  guint channels;
} GstRowHeaderSources;

GstRowHeader *gst_row_header_new (
    const GstRowHeaderSources *sources, GError **error);
void gst_row_header_free (GstRowHeader *header);
gboolean gst_row_header_equal (const GstRowHeader *a, const GstRowHeader *b);
gchar **gst_row_header_list (const GstRowHeader *header);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRowHeader, gst_row_header_free)

G_END_DECLS
