/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* Values of different shapes that layers join number by number: as in Keras,
 * axes of length 1 and missing leading axes are repeated. */

/* Gives the one output of @inference the shape that @specs, @n of them, have
 * together. */
gboolean lstm_broadcast_infer (const LstmLayer *layer, const LstmSpec *specs,
    guint n, LstmInference *inference, GError **error);

/* @samples samples of @shape, repeated to the shape @to. */
void lstm_broadcast_place (const LstmShape *shape, const gfloat *in,
    const LstmShape *to, gfloat *out, gsize samples);
