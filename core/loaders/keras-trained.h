/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-model.h"

G_BEGIN_DECLS

/* (transfer full): for each of lstm_keras_list_weights() whether Keras trains
 * it: gboolean. Neither its class nor `trainable` of the layers around it may
 * say otherwise. HDF5 files list what is trained first. */
GArray *lstm_keras_list_trained (const KerasLayer *top, guint keras);

G_END_DECLS
