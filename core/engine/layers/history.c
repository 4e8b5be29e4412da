/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layers/history.h"

#include "engine/stream-private.h"

#include <string.h>

/* The most floats that may be carried from frame to frame. */
#define MAX_HISTORY_FLOATS G_MAXINT32

static guint
clamp_frames (gint64 n)
{
  return (guint) CLAMP (n, 0, (gint64) LSTM_FRAMES_ALL - 1);
}

/* One tap needs neither past nor future, however it is padded. With strides,
 * padding='same' puts as many steps before the window as its length asks for:
 * what is declared holds where strides divide it. */
void
lstm_sliding_stream (
    const LstmSliding *sliding, LstmInference *inference, const gchar *why_same)
{
  const LstmSpec *in = &inference->inputs[0];
  gint64 before = lstm_sliding_reach (sliding) - 1;
  gint64 ahead = 0;

  if (!in->time)
    return;
  if (sliding->padding == LSTM_PADDING_SAME && before > 0) {
    gint64 left = MAX (before + 1 - sliding->stride, 0) / 2;

    ahead = before - left;
    before = left;
    inference->needs_window = why_same;
  } else if (before > MAX_HISTORY_FLOATS / in->shape.dims[1]) {
    inference->needs_window = "it reaches back over more numbers than a stream "
                              "can carry (2147483647)";
  } else if (sliding->padding == LSTM_PADDING_VALID) {
    inference->first = before;
  }
  inference->frames = (LstmFrames){ clamp_frames (sliding->stride), 1,
    clamp_frames (before), clamp_frames (ahead) };
}

gboolean
lstm_by_frame (const LstmPlanNode *node)
{
  return node->mode == LSTM_MODE_FRAME && node->specs[0].time;
}

gsize
lstm_history_steps (const LstmPlanNode *node, const LstmSliding *sliding)
{
  return lstm_by_frame (node) ? (gsize) lstm_sliding_reach (sliding) - 1 : 0;
}

guint
lstm_history_slots (const LstmPlanNode *node, const LstmSliding *sliding,
    LstmSlotSpec slots[LSTM_MAX_OUTPUTS])
{
  gsize steps = lstm_history_steps (node, sliding);

  if (steps == 0)
    return 0;
  slots[0] = (LstmSlotSpec){ "history",
    lstm_shape_make (2, (gint64) steps, node->specs[0].shape.dims[1]) };
  return 1;
}

gfloat *
lstm_history_data (const LstmRun *run, gsize i)
{
  return run->streams[i]->data + run->plan->slot_offset;
}

void
lstm_slide_init (LstmSlide *s, const LstmRun *run, const LstmSliding *sliding)
{
  const LstmPlanNode *plan = run->plan;
  gboolean frames = lstm_by_frame (plan);

  s->run = run;
  s->sequences = frames ? run->n_streams : run->samples;
  s->in_steps = frames ? run->n_items : (gsize) plan->specs[0].shape.dims[0];
  s->out_steps = frames ? run->n_out : (gsize) plan->specs[1].shape.dims[0];
  s->first = frames ? run->first : 0;
  s->features = plan->specs[0].shape.dims[1];
  s->history = lstm_history_steps (plan, sliding);
  s->left =
      frames ? s->history
             : (gsize) lstm_sliding_left (sliding, s->in_steps, s->out_steps);
}

const gfloat *
lstm_slide_step (const LstmSlide *s, gsize sequence, gsize at)
{
  if (at < s->history)
    return lstm_history_data (s->run, sequence) + at * s->features;
  if (at < s->left || at - s->left >= s->in_steps)
    return NULL;
  return s->run->in[0] + (sequence * s->in_steps + at - s->left) * s->features;
}

void
lstm_history_store (const LstmRun *run, gsize steps)
{
  gsize features = (gsize) run->plan->specs[0].shape.dims[1];
  gsize n = MIN (run->n_items, steps);
  gsize keep = steps - n;

  for (gsize s = 0; steps > 0 && s < run->n_streams; s++) {
    gfloat *to = lstm_history_data (run, s);
    const gfloat *from = run->in[0] + ((s + 1) * run->n_items - n) * features;

    memmove (to, to + n * features, keep * features * sizeof (gfloat));
    memcpy (to + keep * features, from, n * features * sizeof (gfloat));
  }
}
