/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/plan.h>

G_BEGIN_DECLS

/**
 * LstmStream:
 *
 * What one source's frames have left behind: the state, in one flat block, and
 * nothing else. A stream belongs to one thread at a time.
 */
typedef struct _LstmStream LstmStream;

LSTM_API LstmStream *lstm_stream_new (const LstmPlan *plan);
LSTM_API LstmStream *lstm_stream_copy (const LstmStream *stream);
LSTM_API guint lstm_stream_copy_matching (
    LstmStream *stream, const LstmStream *from);
LSTM_API void lstm_stream_free (LstmStream *stream);
LSTM_API void lstm_stream_reset (LstmStream *stream);
LSTM_API guint lstm_stream_get_n_outputs (
    const LstmStream *stream, guint *first);
LSTM_API void lstm_stream_assign (LstmStream *stream, const LstmStream *from);
LSTM_API gfloat *lstm_stream_get_slot (LstmStream *stream, guint i);
LSTM_API gfloat *lstm_stream_get_data (LstmStream *stream, gsize *n_floats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmStream, lstm_stream_free)

G_END_DECLS
