/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/fpenv.h"
#include "engine/pace.h"
#include "engine/plan-private.h"
#include "engine/stream-private.h"

#include <string.h>

#define ALIGNMENT 64

/* Pointers of one node into the arena. */
typedef struct {
  const gfloat **in;
  gfloat **out;
  const gfloat *mask;
} Wires;

/* The items of a value that are at hand: how many, and the item of the call
 * that the first of them goes with. */
typedef struct {
  gsize n;
  gsize at;
} Items;

struct _LstmContext {
  LstmPlan *plan;
  Items *items; /* one a value; of a paced plan */
  gfloat *arena;
  gfloat *scratch;
  Wires *wires; /* one a node */
};

gsize
lstm_run_in_size (const LstmRun *run, guint i)
{
  return lstm_shape_count (&run->plan->items[i]);
}

gsize
lstm_run_out_size (const LstmRun *run, guint i)
{
  const LstmNode *node = run->plan->node;

  return lstm_shape_count (
      &run->plan->items[node->n_inputs + node->n_states + i]);
}

static gfloat *
value_data (const LstmContext *context, guint value)
{
  const LstmPlan *plan = context->plan;

  return context->arena + plan->places[value].offset * plan->block;
}

static void
wire_node (LstmContext *context, guint i)
{
  const LstmNode *node = context->plan->nodes[i].node;
  guint n = node->n_inputs + node->n_states;
  Wires *wires = &context->wires[i];

  wires->in = g_new (const gfloat *, MAX (n, 1));
  wires->out = g_new (gfloat *, node->n_outputs);
  for (guint k = 0; k < n; k++)
    wires->in[k] = value_data (context, node->inputs[k]);
  for (guint k = 0; k < node->n_outputs; k++)
    wires->out[k] = value_data (context, node->outputs[k]);
  if (node->mask >= 0)
    wires->mask = value_data (context, node->mask);
}

static gfloat *
alloc_floats (gsize n)
{
  return g_aligned_alloc0 (MAX (n, 1), sizeof (gfloat), ALIGNMENT);
}

/**
 * lstm_context_new:
 * @plan: a plan
 *
 * Returns: (transfer full): scratch memory for one thread that processes with
 *   @plan
 */
LstmContext *
lstm_context_new (LstmPlan *plan)
{
  LstmContext *context = g_new0 (LstmContext, 1);
  guint n = plan->model->nodes->len;

  context->plan = lstm_plan_ref (plan);
  context->arena = alloc_floats (plan->arena_floats * plan->block);
  context->scratch = alloc_floats (plan->scratch_floats);
  context->wires = g_new0 (Wires, MAX (n, 1));
  context->items = g_new0 (Items, plan->model->values->len);
  for (guint i = 0; i < n; i++)
    wire_node (context, i);
  return context;
}

/**
 * lstm_context_free:
 * @context: (nullable) (transfer full): a context
 */
void
lstm_context_free (LstmContext *context)
{
  if (!context)
    return;
  for (guint i = 0; i < context->plan->model->nodes->len; i++) {
    g_free (context->wires[i].in);
    g_free (context->wires[i].out);
  }
  g_free (context->wires);
  g_free (context->items);
  g_aligned_free (context->arena);
  g_aligned_free (context->scratch);
  lstm_plan_unref (context->plan);
  g_free (context);
}

/**
 * lstm_context_get_plan:
 * @context: a context
 *
 * Returns: (transfer none): its plan
 */
LstmPlan *
lstm_context_get_plan (LstmContext *context)
{
  return context->plan;
}

/* One block: streams [first, first + n) and items [item, item + n_items). */
typedef struct {
  LstmStream *const *streams;
  gsize first;
  gsize n;
  gsize item;
  gsize n_items;
} Block;

static void
read_inputs (LstmContext *context, const Block *b, const LstmInput *inputs)
{
  GArray *ends = context->plan->model->inputs;

  for (guint k = 0; k < ends->len; k++) {
    const LstmInput *in = &inputs[k];
    guint value = g_array_index (ends, LstmEnd, k).value;
    gsize size = context->plan->places[value].size;
    gfloat *to = value_data (context, value);

    for (gsize s = 0; s < b->n; s++) {
      const gfloat *from = in->data + (b->first + s) * in->stream_stride +
                           b->item * in->item_stride;

      for (gsize i = 0; i < b->n_items; i++, to += size)
        memcpy (to, from + i * in->item_stride, size * sizeof (gfloat));
    }
  }
}

static void
write_outputs (LstmContext *context, const Block *b, const LstmOutput *outputs)
{
  GArray *ends = context->plan->model->outputs;

  for (guint k = 0; k < ends->len; k++) {
    const LstmOutput *out = &outputs[k];
    guint value = g_array_index (ends, LstmEnd, k).value;
    gsize size = context->plan->places[value].size;
    const gfloat *from = value_data (context, value);

    if (!out->data)
      continue;
    for (gsize s = 0; s < b->n; s++) {
      gfloat *to = out->data + (b->first + s) * out->stream_stride +
                   b->item * out->item_stride;

      for (gsize i = 0; i < b->n_items; i++, from += size)
        memcpy (to + i * out->item_stride, from, size * sizeof (gfloat));
    }
  }
}

static LstmStatus
run_node (LstmContext *context, LstmRun *run, guint i)
{
  const LstmPlanNode *node = &context->plan->nodes[i];
  const Wires *wires = &context->wires[i];

  run->plan = node;
  run->in = wires->in;
  run->out = wires->out;
  run->mask = wires->mask;
  run->samples = run->n_streams * run->n_items * node->fold_count;
  return node->node->layer->klass->run (run);
}

static LstmStatus
run_nodes (LstmContext *context, const Block *b)
{
  const LstmPlan *plan = context->plan;
  LstmRun run = {
    .kernels = plan->kernels,
    .streams = b->streams ? b->streams + b->first : NULL,
    .n_streams = b->n,
    .n_items = b->n_items,
    .n_out = b->n_items,
    .scratch = context->scratch,
  };

  for (guint i = 0; i < plan->model->nodes->len; i++) {
    LstmStatus status;

    if (plan->nodes[i].node->layer->klass->alias)
      continue;
    status = run_node (context, &run, i);
    if (status != LSTM_STATUS_OK)
      return status;
  }
  return LSTM_STATUS_OK;
}

/* ---- paced plans: one stream at a time, its values with items of their own
 * number ---- */

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
    if (run.n_items == 0 || node->layer->klass->alias)
      continue;
    status = run_node (context, &run, i);
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
    const gfloat *from = value_data (context, value);
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

static LstmStatus
process_paced (LstmContext *context, LstmStream *const *streams, gsize stream,
    gsize n_items, const LstmInput *inputs, const LstmOutput *outputs)
{
  gsize step = context->plan->block, written = 0;

  for (gsize item = 0; item < n_items; item += step) {
    Block block = { streams, stream, 1, item, MIN (step, n_items - item) };
    LstmStatus status;

    read_inputs (context, &block, inputs);
    status = run_paced (context, &block);
    if (status != LSTM_STATUS_OK)
      return status;
    written = write_paced (context, &block, outputs, written);
  }
  streams[stream]->n_out = (guint) written;
  return LSTM_STATUS_OK;
}

/* ---- all others ---- */

/* How many items of a stream may run in one block: windows that carry state
 * come one after the other. */
static gsize
items_at_once (const LstmPlan *plan, gsize n_streams)
{
  if (plan->mode == LSTM_MODE_WINDOW && plan->slots->len > 0)
    return 1;
  return MAX (plan->block / n_streams, 1);
}

static LstmStatus
process_even (LstmContext *context, LstmStream *const *streams, gsize first,
    gsize n, gsize n_items, const LstmInput *inputs, const LstmOutput *outputs)
{
  gsize step = items_at_once (context->plan, n);

  for (gsize item = 0; item < n_items; item += step) {
    Block block = { streams, first, n, item, MIN (step, n_items - item) };
    LstmStatus status;

    read_inputs (context, &block, inputs);
    status = run_nodes (context, &block);
    if (status != LSTM_STATUS_OK)
      return status;
    write_outputs (context, &block, outputs);
  }
  for (gsize s = first; streams && s < first + n; s++) {
    streams[s]->n_out = (guint) n_items;
    streams[s]->first_out = 0;
  }
  return LSTM_STATUS_OK;
}

/**
 * lstm_context_process:
 * @context: a context, of the calling thread
 * @streams: (array length=n_streams) (nullable): states to go on from; may be
 *   %NULL if the plan has no slots
 * @n_streams: how many streams step together
 * @n_items: how many frames (frame mode) or windows (window mode) each has
 * @inputs: one for each input of the model
 * @outputs: one for each output of the model
 *
 * Runs the model. Where lstm_plan_get_output_rate() is not 1, fewer items come
 * out than go in: those there are stand one after the other, and
 * lstm_stream_get_n_outputs() tells how many. No stream may be there twice. The
 * bits of an output depend on the model, the kernel set and that stream's own
 * frames, not on how they are divided into calls nor on the streams beside it.
 * It neither allocates, locks nor makes a system call.
 *
 * Returns: %LSTM_STATUS_OK, or what the data showed
 */
LstmStatus
lstm_context_process (LstmContext *context, LstmStream *const *streams,
    guint n_streams, guint n_items, const LstmInput *inputs,
    const LstmOutput *outputs)
{
  const LstmPlan *plan = context->plan;
  LstmStatus status = LSTM_STATUS_OK;
  LstmFpEnv saved;

  g_return_val_if_fail (streams || plan->slots->len == 0, LSTM_STATUS_OK);
  saved = lstm_fpenv_enter ();
  for (gsize first = 0, n; first < n_streams && status == LSTM_STATUS_OK;
       first += n) {
    n = plan->paced ? 1 : MIN (plan->block, n_streams - first);
    status = plan->paced ? process_paced (context, streams, first, n_items,
                               inputs, outputs)
                         : process_even (context, streams, first, n, n_items,
                               inputs, outputs);
  }
  lstm_fpenv_leave (saved);
  return status;
}
