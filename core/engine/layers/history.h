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

/* The steps that the windows of a run lie over: padding or what the stream
 * carries, then those of the call. `sequences` of `in_steps` steps make
 * `out_steps` each, the first of them of the taps from step `first` on. */
typedef struct {
  const LstmRun *run;
  gsize sequences;
  gsize in_steps;
  gsize out_steps;
  gsize first;
  gsize features;
  gsize left;    /* steps of padding before the first */
  gsize history; /* steps carried by the stream, which stand there instead */
} LstmSlide;

void lstm_slide_init (
    LstmSlide *slide, const LstmRun *run, const LstmSliding *sliding);

/* Step @at of a sequence, counted with its padding; NULL where it is zero. */
const gfloat *lstm_slide_step (
    const LstmSlide *slide, gsize sequence, gsize at);

/* The last frames read become the history: those of the call, or of what the
 * history was and the call. */
void lstm_history_store (const LstmRun *run, gsize steps);
