/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paced plans: one stream at a time, its values with items of their own
 * number. */

#include "engine/context-private.h"
#include "engine/pace.h"

#include <string.h>

static void
begin_items (LstmContext *context, const Block *b)
{
  GArray *ends = context->plan->model->inputs;

  for (guint k = 0; k < ends->len; k++)
    context->items[g_array_index (ends, LstmEnd, k).value] =
        (Items){ b->n_items, b->item };
}

/* What the node gives of the items at hand. */
static Items
advance (LstmContext *context, LstmRun *run, guint i)
{
  const LstmPlanNode *node = &context->plan->nodes[i];
  const LstmValueId value = node->node->inputs[0];
  const LstmPace *pace = &lstm_model_value (context->plan->model, value)->pace;
  Items items = context->items[value];

  run->n_items = run->n_out = items.n;
  run->first = 0;
  if (node->counter < 0)
    return items;
  run->n_out = lstm_pace_advance (
      node->node, items.n, run->streams[0]->data + node->counter, &run->first);
  return (Items){ run->n_out, items.at + run->first * (gsize) pace->every };
}

static LstmStatus
run_paced (LstmContext *context, const Block *b)
{
  const LstmPlan *plan = context->plan;
  LstmRun run = {
    .kernels = plan->kernels,
    .pool = context->team,
    .streams = b->streams + b->first,
    .n_streams = 1,
    .scratch = context->scratch,
  };

  begin_items (context, b);
  for (guint i = 0; i < plan->model->nodes->len; i++) {
    const LstmNode *node = plan->nodes[i].node;
    Items items = advance (context, &run, i);
    LstmStatus status;

    for (guint k = 0; k < node->n_outputs; k++)
      context->items[node->outputs[k]] = items;
    if (run.n_items == 0 || !context->steps[i].run)
      continue;
    status = lstm_context_run_step (&context->steps[i], &run);
    if (status != LSTM_STATUS_OK)
      return status;
  }
  return LSTM_STATUS_OK;
}

/* What there is goes behind the @n items of the stream's that are written. */
static gsize
write_paced (LstmContext *context, const Block *b, const LstmOutput *outputs,
    gsize written)
{
  GArray *ends = context->plan->model->outputs;
  Items items = { 0 };

  for (guint k = 0; k < ends->len; k++) {
    const LstmOutput *out = &outputs[k];
    guint value = g_array_index (ends, LstmEnd, k).value;
    gsize size = context->plan->places[value].size;
    const gfloat *from = lstm_context_value (context, value);
    gfloat *to;

    items = context->items[value];
    if (!out->data)
      continue;
    to = out->data + b->first * out->stream_stride + written * out->item_stride;
    for (gsize i = 0; i < items.n; i++, from += size)
      memcpy (to + i * out->item_stride, from, size * sizeof (gfloat));
  }
  if (written == 0 && items.n > 0)
    b->streams[b->first]->first_out = (guint) items.at;
  return written + items.n;
}

LstmStatus
lstm_context_process_paced (LstmContext *context, LstmStream *const *streams,
    gsize stream, gsize n_items, const LstmInput *inputs,
    const LstmOutput *outputs)
{
  gsize step = context->plan->block, written = 0;

  for (gsize item = 0; item < n_items; item += step) {
    Block block = { streams, stream, 1, item, MIN (step, n_items - item) };
    LstmStatus status;

    lstm_context_read_inputs (context, &block, inputs);
    status = run_paced (context, &block);
    if (status != LSTM_STATUS_OK)
      return status;
    written = write_paced (context, &block, outputs, written);
  }
  streams[stream]->n_out = (guint) written;
  return LSTM_STATUS_OK;
}
