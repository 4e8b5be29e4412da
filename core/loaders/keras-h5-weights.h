/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "hdf5.h"
#include "keras-model.h"

G_BEGIN_DECLS

/* Where a whole-model file has its weights; in one that holds weights only it
 * is "". */
#define LSTM_KERAS_H5_WEIGHTS "model_weights"

/* Sets the weights of all layers from /@root/<layer> of a file of Keras @keras.
 * A weight that is missing, of another shape or left over is an error, as is
 * NaN or infinity in one, unless @allow_nan; /optimizer_weights is not looked
 * at. */
gboolean lstm_keras_h5_read_weights (LstmHdf5 *file, const gchar *root,
    KerasLayer *model, guint keras, gboolean allow_nan, GError **error);

G_END_DECLS
