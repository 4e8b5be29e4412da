/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls that threads of a pool help with. Where there are enough streams, or
 * windows without state, each thread runs the whole model on some of them with
 * a context of its own, and waits for nobody. Otherwise the model runs once,
 * and units of large layers are divided (split.c). */

#include "engine/context-private.h"
#include "engine/pool-private.h"

#include <lstm/summary.h>
#include <string.h>

/* So many in each part use a weight of a large layer often enough that it costs
 * little to read all weights in each thread. */
#define MANY 6

/* One thread's part of a call; of the calling thread, context is its own. */
typedef struct {
  LstmContext *context;
  LstmInput *inputs;
  LstmOutput *outputs;
  LstmStatus status;
} Part;

struct _Divided {
  LstmPool *pool;
  guint n_parts; /* threads of the pool */
  Part *parts;
  guint64 item_macs;
  guint64 step_macs; /* of the largest layer, for one row */
};

typedef struct {
  Divided *divided;
  guint n_parts;
  gboolean by_items;
  LstmStream *const *streams;
  guint n_streams;
  guint n_items;
  const LstmInput *inputs;
  const LstmOutput *outputs;
} Call;

static guint64
largest_step (const LstmPlan *plan)
{
  guint64 most = 0;

  for (guint i = 0; i < plan->model->nodes->len; i++) {
    const LstmNode *node = plan->nodes[i].node;
    guint64 numbers = 0;

    for (guint k = 0; k < node->layer->weights->len; k++) {
      const LstmWeight *weight = g_ptr_array_index (node->layer->weights, k);

      if (g_str_has_suffix (weight->name, "kernel"))
        numbers += (guint64) lstm_shape_count (&weight->shape);
    }
    most = MAX (most, numbers);
  }
  return most;
}

void
lstm_context_divide (LstmContext *context, LstmPool *pool)
{
  Divided *d = g_new0 (Divided, 1);

  d->pool = lstm_pool_ref (pool);
  d->n_parts = lstm_pool_get_n_threads (pool);
  d->item_macs = lstm_plan_count_macs (context->plan);
  d->step_macs = largest_step (context->plan);
  d->parts = g_new0 (Part, d->n_parts);
  for (guint i = 0; i < d->n_parts; i++) {
    Part *part = &d->parts[i];

    part->context = i == 0 ? context : lstm_context_new (context->plan);
    part->inputs = g_new0 (LstmInput, context->n_inputs);
    part->outputs = g_new0 (LstmOutput, context->n_outputs);
  }
  context->divided = d;
}

void
lstm_divided_free (Divided *divided)
{
  for (guint i = 0; i < divided->n_parts; i++) {
    Part *part = &divided->parts[i];

    if (i > 0)
      lstm_context_free (part->context);
    g_free (part->inputs);
    g_free (part->outputs);
  }
  g_free (divided->parts);
  lstm_pool_unref (divided->pool);
  g_free (divided);
}

LstmPool *
lstm_divided_get_pool (Divided *divided)
{
  return divided->pool;
}

/* ---- one part ---- */

/* Inputs and outputs of a part that begins with this stream and item. */
static void
move_ends (Part *part, const Call *call, gsize stream, gsize item)
{
  const LstmContext *context = part->context;

  for (guint i = 0; i < context->n_inputs; i++) {
    LstmInput *in = &part->inputs[i];

    *in = call->inputs[i];
    in->data += stream * in->stream_stride + item * in->item_stride;
  }
  for (guint i = 0; i < context->n_outputs; i++) {
    LstmOutput *out = &part->outputs[i];

    *out = call->outputs[i];
    if (out->data)
      out->data += stream * out->stream_stride + item * out->item_stride;
  }
}

static void
run_part (gpointer data, guint i)
{
  const Call *call = data;
  Part *part = &call->divided->parts[i];
  guint64 total = call->by_items ? call->n_items : call->n_streams;
  guint first = (guint) (total * i / call->n_parts);
  guint n = (guint) (total * (i + 1) / call->n_parts) - first;

  if (call->by_items) {
    move_ends (part, call, 0, first);
    part->status = lstm_context_process_here (
        part->context, NULL, call->n_streams, n, part->inputs, part->outputs);
    return;
  }
  move_ends (part, call, first, 0);
  part->status = lstm_context_process_here (part->context,
      call->streams ? call->streams + first : NULL, n, call->n_items,
      part->inputs, part->outputs);
}

/* ---- a call ---- */

static LstmStatus
run_parts (Call *call)
{
  LstmStatus status = LSTM_STATUS_OK;

  lstm_pool_run (call->divided->pool, call->n_parts, run_part, call);
  for (guint i = 0; i < call->n_parts && status == LSTM_STATUS_OK; i++)
    status = call->divided->parts[i].status;
  for (guint s = 0; call->by_items && call->streams && s < call->n_streams;
       s++) {
    call->streams[s]->n_out = call->n_items;
    call->streams[s]->first_out = 0;
  }
  return status;
}

/* Whether windows of a stream may run side by side. */
static gboolean
divides_items (const LstmPlan *plan)
{
  return plan->mode == LSTM_MODE_WINDOW && plan->slots->len == 0 &&
         !plan->paced;
}

/* Sets by_items and n_parts, which is 1 if units are to be divided, and 0 if
 * there is too little to do. */
static void
choose_parts (Call *call, const LstmPlan *plan)
{
  const Divided *d = call->divided;
  guint64 least = lstm_pool_get_least_macs (d->pool);
  guint64 macs = d->item_macs * call->n_streams * call->n_items;
  guint total;

  call->by_items = divides_items (plan) && call->n_items > call->n_streams;
  total = call->by_items ? call->n_items : call->n_streams;
  call->n_parts = MIN (d->n_parts, total);
  if (least > 0)
    call->n_parts = (guint) MIN (call->n_parts, macs / least);
  if (macs < 2 * least)
    call->n_parts = 0;
  else if (total < d->n_parts * MANY && d->step_macs >= 2 * least)
    call->n_parts = 1;
}

LstmStatus
lstm_context_process_divided (LstmContext *context, LstmStream *const *streams,
    guint n_streams, guint n_items, const LstmInput *inputs,
    const LstmOutput *outputs)
{
  Divided *d = context->divided;
  Call call = { .divided = d,
    .streams = streams,
    .n_streams = n_streams,
    .n_items = n_items,
    .inputs = inputs,
    .outputs = outputs };
  LstmStatus status;

  choose_parts (&call, context->plan);
  if (call.n_parts == 0 || !lstm_pool_try_acquire (d->pool))
    return lstm_context_process_here (
        context, streams, n_streams, n_items, inputs, outputs);
  if (call.n_parts > 1) {
    status = run_parts (&call);
  } else {
    context->team = d->pool;
    status = lstm_context_process_here (
        context, streams, n_streams, n_items, inputs, outputs);
    context->team = NULL;
  }
  lstm_pool_release (d->pool);
  return status;
}
