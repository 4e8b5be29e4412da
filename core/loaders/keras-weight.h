/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "hdf5.h"
#include "keras-match.h"

G_BEGIN_DECLS

/* Sets a weight from a dataset, which must have its shape and, unless
 * @allow_nan, hold finite numbers only. */
gboolean lstm_keras_weight_read (LstmHdf5 *file, const gchar *dataset,
    const KerasWeight *weight, gboolean allow_nan, GError **error);

G_END_DECLS
