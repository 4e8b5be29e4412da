/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "hdf5.h"
#include "keras-model.h"

G_BEGIN_DECLS

/* Sets the weights of all layers from the model.weights.h5 of a .keras file
 * that Keras @keras wrote, where no layer has its name: groups are called after
 * classes, variables by number. A weight that is missing, of another shape or
 * left over is an error, as is NaN or infinity in one, unless @allow_nan. What
 * belongs to the optimizer, to metrics and to dropouts' seeds is passed over.
 */
gboolean lstm_keras_vars_read (LstmHdf5 *file, KerasLayer *model, guint keras,
    gboolean allow_nan, GError **error);

G_END_DECLS
