/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/macros.h>

G_BEGIN_DECLS

/**
 * LSTM_MAX_RANK:
 *
 * The most axes that a shape can have, the batch axis not counted.
 */
#define LSTM_MAX_RANK 6

/**
 * LSTM_DIM_UNKNOWN:
 *
 * What Keras writes as None: an axis whose length the model leaves open.
 */
#define LSTM_DIM_UNKNOWN (-1)

/**
 * LstmShape:
 * @rank: number of axes in @dims
 * @dims: length of each axis, outermost first; %LSTM_DIM_UNKNOWN where open
 *
 * The shape of one sample: the batch axis is left out. [steps, features] of a
 * sequence has rank 2.
 */
typedef struct {
  guint rank;
  gint64 dims[LSTM_MAX_RANK];
} LstmShape;

LSTM_API LstmShape lstm_shape_make (guint rank, ...);
LSTM_API gboolean lstm_shape_equal (const LstmShape *a, const LstmShape *b);
LSTM_API gint64 lstm_shape_count (const LstmShape *shape);
LSTM_API gchar *lstm_shape_to_string (const LstmShape *shape);
LSTM_API gchar *lstm_shape_to_batch_string (
    const LstmShape *shape, gint64 batch);

G_END_DECLS
