/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/pool.h>
#include <lstm/stream.h>

G_BEGIN_DECLS

/**
 * LstmStatus:
 * @LSTM_STATUS_OK: every output was written
 * @LSTM_STATUS_INDEX_OUT_OF_RANGE: an Embedding layer was given an index that
 *   it has no row for; the outputs of the call are undefined, states untouched
 *   by the failing block or advanced: reset the streams
 *
 * What only the data can show.
 */
typedef enum {
  LSTM_STATUS_OK,
  LSTM_STATUS_INDEX_OUT_OF_RANGE,
} LstmStatus;

/**
 * LstmInput:
 * @data: float32
 * @stream_stride: floats from one stream's first item to the next stream's
 * @item_stride: floats from an item of a stream to its next
 *
 * Where the frames (frame mode) or windows (window mode) of one model input
 * are read. An item is dense, lstm_plan_get_input_size() floats long; items may
 * overlap, as sliding windows do.
 */
typedef struct {
  const gfloat *data;
  gsize stream_stride;
  gsize item_stride;
} LstmInput;

/**
 * LstmOutput:
 * @data: (nullable): float32, or %NULL where this output is not wanted
 * @stream_stride: floats from one stream's first item to the next stream's
 * @item_stride: floats from an item of a stream to its next
 *
 * Where one model output is written; there must be room for as many items as
 * go in. Items are lstm_plan_get_output_size() floats long and must not
 * overlap.
 */
typedef struct {
  gfloat *data;
  gsize stream_stride;
  gsize item_stride;
} LstmOutput;

/**
 * LstmContext:
 *
 * The scratch memory of one thread that processes with one plan, and of those
 * of a pool that help it. Its contents between calls mean nothing.
 */
typedef struct _LstmContext LstmContext;

LSTM_API LstmContext *lstm_context_new (LstmPlan *plan);
LSTM_API LstmContext *lstm_context_new_with_pool (
    LstmPlan *plan, LstmPool *pool);
LSTM_API void lstm_context_free (LstmContext *context);
LSTM_API LstmPlan *lstm_context_get_plan (LstmContext *context);
LSTM_API LstmPool *lstm_context_get_pool (LstmContext *context);
LSTM_API LstmStatus lstm_context_process (LstmContext *context,
    LstmStream *const *streams, guint n_streams, guint n_items,
    const LstmInput *inputs, const LstmOutput *outputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmContext, lstm_context_free)

G_END_DECLS
