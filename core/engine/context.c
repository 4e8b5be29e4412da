/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/context-private.h"
#include "engine/fpenv.h"

#define ALIGNMENT 64

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

  context->plan = lstm_plan_ref (plan);
  context->arena = alloc_floats (plan->arena_floats * plan->block);
  context->scratch = alloc_floats (plan->scratch_floats);
  context->items = g_new0 (Items, plan->model->values->len);
  lstm_context_wire (context);
  return context;
}

/**
 * lstm_context_new_with_pool:
 * @plan: a plan
 * @pool: (nullable): threads that help
 *
 * As lstm_context_new(), but calls with enough to do are divided among the
 * threads of @pool: streams or windows, if there are many, and otherwise the
 * units of large layers. The bits do not depend on it.
 *
 * Returns: (transfer full): scratch memory for one thread that processes with
 *   @plan, and for those that help it
 */
LstmContext *
lstm_context_new_with_pool (LstmPlan *plan, LstmPool *pool)
{
  LstmContext *context = lstm_context_new (plan);

  if (pool && lstm_pool_get_n_threads (pool) > 1)
    lstm_context_divide (context, pool);
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
  g_clear_pointer (&context->divided, lstm_divided_free);
  lstm_context_unwire (context);
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

/**
 * lstm_context_get_pool:
 * @context: a context
 *
 * Returns: (transfer none) (nullable): whose threads help, or %NULL
 */
LstmPool *
lstm_context_get_pool (LstmContext *context)
{
  return context->divided ? lstm_divided_get_pool (context->divided) : NULL;
}

/* Whether items of the block have frames in common: windows that overlap, or
 * one frame that goes to all streams. Of the one input of a model that has
 * one, with its steps first. */
static gboolean
find_overlap (const LstmContext *context, const Block *b,
    const LstmInput *input, LstmOverlap *overlap)
{
  const LstmPlan *plan = context->plan;
  gsize size = context->inputs[0].size;

  if (context->n_inputs != 1 || b->n * b->n_items == 1 || size < plan->steps ||
      plan->steps == 0)
    return FALSE;
  overlap->items = context->inputs[0].now;
  overlap->frames = lstm_context_input_at (input, b);
  overlap->stream_stride = input->stream_stride;
  overlap->features = size / plan->steps;
  overlap->stride = input->item_stride / overlap->features;
  if (plan->mode == LSTM_MODE_FRAME)
    return b->n > 1 && input->stream_stride == 0 &&
           (b->n_items == 1 || input->item_stride == size);
  return input->item_stride > 0 && input->item_stride < size &&
         input->item_stride % overlap->features == 0;
}

static LstmStatus
run_steps (LstmContext *context, const Block *b, const LstmOverlap *overlap)
{
  LstmRun run = {
    .kernels = context->plan->kernels,
    .pool = context->team,
    .streams = b->streams ? b->streams + b->first : NULL,
    .n_streams = b->n,
    .n_items = b->n_items,
    .n_out = b->n_items,
    .overlap = overlap,
    .scratch = context->scratch,
  };

  for (guint i = 0; i < context->n_steps; i++) {
    LstmStatus status;

    if (!context->steps[i].run)
      continue;
    status = lstm_context_run_step (&context->steps[i], &run);
    if (status != LSTM_STATUS_OK)
      return status;
  }
  return LSTM_STATUS_OK;
}

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
    gboolean overlaps;
    LstmOverlap overlap;
    LstmStatus status;

    lstm_context_read_inputs (context, &block, inputs);
    lstm_context_place_outputs (context, &block, inputs, outputs);
    overlaps = find_overlap (context, &block, inputs, &overlap);
    status = run_steps (context, &block, overlaps ? &overlap : NULL);
    if (status != LSTM_STATUS_OK)
      return status;
    lstm_context_write_outputs (context, &block, outputs);
  }
  for (gsize s = first; streams && s < first + n; s++) {
    streams[s]->n_out = (guint) n_items;
    streams[s]->first_out = 0;
  }
  return LSTM_STATUS_OK;
}

/* Nothing to do but to run. */
static LstmStatus
process_one (LstmContext *context, LstmStream *const *streams)
{
  if (streams) {
    streams[0]->n_out = 1;
    streams[0]->first_out = 0;
  }
  for (guint i = 0; i < context->n_ones; i++) {
    One *one = &context->ones[i];
    LstmStatus status;

    one->args.streams = streams;
    one->args.pool = context->team;
    one->args.mask = one->step->mask;
    status = one->run (&one->args);
    if (status != LSTM_STATUS_OK)
      return status;
  }
  return LSTM_STATUS_OK;
}

LstmStatus
lstm_context_process_here (LstmContext *context, LstmStream *const *streams,
    guint n_streams, guint n_items, const LstmInput *inputs,
    const LstmOutput *outputs)
{
  const LstmPlan *plan = context->plan;
  LstmStatus status = LSTM_STATUS_OK;

  if (n_streams == 1 && n_items == 1 && !plan->paced &&
      lstm_context_lead_to_one (context, inputs, outputs))
    return process_one (context, streams);
  for (gsize first = 0, n; first < n_streams && status == LSTM_STATUS_OK;
       first += n) {
    n = plan->paced ? 1 : MIN (plan->block, n_streams - first);
    status = plan->paced ? lstm_context_process_paced (context, streams, first,
                               n_items, inputs, outputs)
                         : process_even (context, streams, first, n, n_items,
                               inputs, outputs);
  }
  return status;
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
 * frames, not on how they are divided into calls, the streams beside it nor a
 * pool.
 * It neither allocates nor locks, nor, without a pool, makes a system call.
 *
 * Returns: %LSTM_STATUS_OK, or what the data showed
 */
LstmStatus
lstm_context_process (LstmContext *context, LstmStream *const *streams,
    guint n_streams, guint n_items, const LstmInput *inputs,
    const LstmOutput *outputs)
{
  LstmStatus status;
  LstmFpEnv saved;

  g_return_val_if_fail (
      streams || context->plan->slots->len == 0, LSTM_STATUS_OK);
  saved = lstm_fpenv_enter ();
  if (context->divided)
    status = lstm_context_process_divided (
        context, streams, n_streams, n_items, inputs, outputs);
  else
    status = lstm_context_process_here (
        context, streams, n_streams, n_items, inputs, outputs);
  lstm_fpenv_leave (saved);
  return status;
}
