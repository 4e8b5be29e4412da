/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-model.h"
#include "keras-names.h"

G_BEGIN_DECLS

/* Where Keras 2.12 and later keep variables: in groups named after classes. */

/* A group "vars" of variables 0, 1, ... below @path. */
typedef struct {
  gchar *path;
  const gchar *class_name; /* of the layer or cell; borrowed from the config */
} KerasGroup;

/* (transfer full): the groups of a layer that is stored at @path, in the order
 * of its weights: one, or one for each cell of what it wraps. An array of
 * KerasGroup. */
GArray *lstm_keras_layer_groups (const KerasLayer *layer, const gchar *path);

G_END_DECLS
