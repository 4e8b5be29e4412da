/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layers/steps.h"

/* What a layer with a sliding window carries from frame to frame: the frames
 * that it reads again, [steps][features], in the node's first slot. */

/* What a layer with such a window declares; @why_same: of padding='same'. */
void lstm_sliding_stream (const LstmSliding *sliding, LstmInference *inference,
    const gchar *why_same);

/* Whether the node runs frame by frame along the stream, not over samples. */
gboolean lstm_by_frame (const LstmPlanNode *node);

/* How many frames a node carries so; 0 where it runs over samples. */
gsize lstm_history_steps (const LstmPlanNode *node, const LstmSliding *sliding);

/* The class function, for a layer with this window. */
guint lstm_history_slots (const LstmPlanNode *node, const LstmSliding *sliding,
    LstmSlotSpec slots[LSTM_MAX_OUTPUTS]);

/* Of stream @i. */
gfloat *lstm_history_data (const LstmRun *run, gsize i);

/* The last frames read become the history: those of the call, or of what the
 * history was and the call. */
void lstm_history_store (const LstmRun *run, gsize steps);
