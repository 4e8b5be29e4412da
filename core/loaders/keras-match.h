/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-model.h"

G_BEGIN_DECLS

/* A weight that a layer waits for. */
typedef struct {
  const KerasLayer *layer; /* KERAS_LAYER */
  LstmWeight *weight;
} KerasWeight;

/* (transfer full): the weights of a layer or of all layers within a model, in
 * config order: an array of KerasWeight. */
GArray *lstm_keras_list_weights (const KerasLayer *top);

/* Finds out which of @names, Keras's names of variables such as
 * "lstm/lstm_cell/kernel:0" in the order of a file of Keras @keras, belongs to
 * which of @weights. Names that are no weights (seeds, Normalization's count)
 * are passed over. A weight without a name, or a name without a weight, is an
 * error; @where is where the names were found. (transfer full): for each weight
 * its name's index. */
guint *lstm_keras_match (const KerasLayer *top, const GArray *weights,
    guint keras, const gchar *const *names, const gchar *where, GError **error);

/* Whether a variable is none of a model's weights, by its name alone. */
gboolean lstm_keras_is_no_weight (const gchar *name);

G_END_DECLS
