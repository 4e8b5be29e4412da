/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-model.h"

G_BEGIN_DECLS

/* Where Keras 2.12 and later keep variables: in groups named after classes. */

/* A group "vars" of variables 0, 1, ... below @path. */
typedef struct {
  gchar *path;
  const gchar *class_name; /* of the layer or cell; borrowed from the config */
} KerasGroup;

/* (transfer full): Keras's name of a class as a group: PReLU is p_re_lu. */
gchar *lstm_keras_snake_case (const gchar *class_name);

/* (transfer full): the next name of a group for a class in a container, such as
 * dense, dense_1, ...; @counts belongs to the container: names taken so far. */
gchar *lstm_keras_group_name (GHashTable *counts, const gchar *class_name);
GHashTable *lstm_keras_group_counts_new (void);

/* (transfer full): the groups of a layer that is stored at @path, in the order
 * of its weights: one, or one for each cell of what it wraps. An array of
 * KerasGroup. */
GArray *lstm_keras_layer_groups (const KerasLayer *layer, const gchar *path);

G_END_DECLS
