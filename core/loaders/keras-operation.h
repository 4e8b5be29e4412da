/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-private.h"

G_BEGIN_DECLS

/* Operations are entries of "layers" that are no layers: what keras.ops and
 * operators such as + make of tensors. Keras 3 writes masks so, too. */

/* Whether an entry is one of Keras 3's. */
gboolean lstm_keras_is_operation (JsonObject *entry, JsonNode *config);

/* Whether a layer is one of Keras 2's, a function of TensorFlow. */
gboolean lstm_keras_is_function (const KerasLayer *layer);

/* An operation that no mask is made by is an error. */
gboolean lstm_keras_operation_check (const KerasLayer *layer, GError **error);

/* Sets the error that names the layer to use in its place. @more: what else is
 * to be said of the operation, as ", ...", or "". */
void lstm_keras_operation_refuse (
    const KerasLayer *operation, const gchar *more, GError **error);

G_END_DECLS
