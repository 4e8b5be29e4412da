/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

#include "gstrow.h"

G_BEGIN_DECLS

/**
 * GstRowSelection:
 * @features: (nullable): names of the feature columns, in the order of the
 *   channels; %NULL or none for all columns that are neither key, time nor kept
 * @key: (nullable): name of the key column
 * @time: (nullable): name of the time column
 * @keep: (nullable): names of the columns whose text is kept
 * @header: whether the first row names the columns
 * @words: how messages speak of the text
 *
 * Which columns of a text are wanted. Where no column has a name, a number,
 * from 1, stands for the column at that place.
 */
typedef struct {
  const gchar *const *features;
  const gchar *key;
  const gchar *time;
  const gchar *const *keep;
  gboolean header;
  const GstRowWords *words;
} GstRowSelection;

/**
 * GstRowColumns:
 * @n_cells: cells that each row must have
 * @n_features: length of @features
 * @features: place of each feature in a row, from 0
 * @feature_names: %NULL-terminated
 * @key: place of the key column, or -1
 * @key_name: (nullable): its name
 * @time: place of the time column, or -1
 * @time_name: (nullable): its name
 * @n_keep: length of @keep
 * @keep: place of each kept column; never the key column, that is kept anyway
 * @keep_names: %NULL-terminated
 *
 * Where the columns stand. Names are UTF-8; a column without one is called by
 * its number.
 */
typedef struct {
  guint n_cells;
  guint n_features;
  guint *features;
  gchar **feature_names;
  gint key;
  gchar *key_name;
  gint time;
  gchar *time_name;
  guint n_keep;
  guint *keep;
  gchar **keep_names;
} GstRowColumns;

GstRowColumns *gst_row_columns_new (
    const GstRow *first_row, const GstRowSelection *wanted, GError **error);
void gst_row_columns_free (GstRowColumns *columns);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRowColumns, gst_row_columns_free)

G_END_DECLS
