/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/context-private.h"

#include <string.h>

gfloat *
lstm_context_value (const LstmContext *context, guint value)
{
  const LstmPlan *plan = context->plan;

  return context->arena + plan->places[value].offset * plan->block;
}

static void
make_step (LstmContext *context, const LstmPlanNode *plan)
{
  const LstmNode *node = plan->node;
  guint n = node->n_inputs + node->n_states;
  Step *step = &context->steps[context->n_steps++];

  step->plan = plan;
  if (!node->layer->klass->alias)
    step->run = node->layer->klass->run;
  step->in = g_new (const gfloat *, MAX (n, 1));
  step->out = g_new (gfloat *, node->n_outputs);
  for (guint k = 0; k < n; k++)
    step->in[k] = lstm_context_value (context, node->inputs[k]);
  for (guint k = 0; k < node->n_outputs; k++)
    step->out[k] = lstm_context_value (context, node->outputs[k]);
  if (node->mask >= 0)
    step->mask = lstm_context_value (context, node->mask);
}

static void
make_one (LstmContext *context, const Step *step)
{
  const LstmPlanNode *plan = step->plan;
  const LstmLayerClass *klass = plan->node->layer->klass;
  One *one = &context->ones[context->n_ones];

  if (!step->run)
    return;
  context->n_ones++;
  one->run = klass->run_one ? klass->run_one (plan) : step->run;
  one->step = step;
  one->args = (LstmRun){ .plan = plan,
    .kernels = context->plan->kernels,
    .n_streams = 1,
    .n_items = 1,
    .n_out = 1,
    .samples = plan->fold_count,
    .in = step->in,
    .out = step->out,
    .scratch = context->scratch };
}

static gboolean
has_root (const LstmPlan *plan, guint value, guint root)
{
  return plan->places[value].root == root;
}

/* Every pointer to a value with this root. */
static GArray *
find_wires (LstmContext *context, guint root)
{
  const LstmPlan *plan = context->plan;
  GArray *wires = g_array_new (FALSE, FALSE, sizeof (Wire));

  for (guint i = 0; i < context->n_steps; i++) {
    Step *step = &context->steps[i];
    const LstmNode *node = step->plan->node;

    for (guint k = 0; k < node->n_inputs + node->n_states; k++)
      if (has_root (plan, node->inputs[k], root))
        g_array_append_val (wires, ((Wire){ &step->in[k], NULL }));
    for (guint k = 0; k < node->n_outputs; k++)
      if (has_root (plan, node->outputs[k], root))
        g_array_append_val (wires, ((Wire){ NULL, &step->out[k] }));
    if (node->mask >= 0 && has_root (plan, node->mask, root))
      g_array_append_val (wires, ((Wire){ &step->mask, NULL }));
  }
  return wires;
}

static guint
count_ends (const LstmPlan *plan, GArray *ends, guint root)
{
  guint n = 0;

  for (guint i = 0; i < ends->len; i++)
    n += has_root (plan, g_array_index (ends, LstmEnd, i).value, root);
  return n;
}

static End *
make_ends (LstmContext *context, GArray *ends)
{
  const LstmPlan *plan = context->plan;
  End *made = g_new0 (End, MAX (ends->len, 1));

  for (guint i = 0; i < ends->len; i++) {
    guint value = g_array_index (ends, LstmEnd, i).value;
    guint root = plan->places[value].root;
    GArray *wires = find_wires (context, root);
    End *end = &made[i];

    end->arena = lstm_context_value (context, value);
    end->now = end->arena;
    end->size = plan->places[value].size;
    end->own = count_ends (plan, plan->model->inputs, root) +
                   count_ends (plan, plan->model->outputs, root) ==
               1;
    end->n_wires = wires->len;
    end->wires = (Wire *) g_array_free (wires, FALSE);
  }
  return made;
}

void
lstm_context_wire (LstmContext *context)
{
  const LstmPlan *plan = context->plan;
  guint n = plan->model->nodes->len;

  context->steps = g_new0 (Step, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    make_step (context, &plan->nodes[i]);
  context->ones = g_new0 (One, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    make_one (context, &context->steps[i]);
  context->n_inputs = plan->model->inputs->len;
  context->inputs = make_ends (context, plan->model->inputs);
  context->n_outputs = plan->model->outputs->len;
  context->outputs = make_ends (context, plan->model->outputs);
  context->plain = context->n_inputs == 1 && context->inputs[0].own &&
                   context->n_outputs == 1 && context->outputs[0].own;
}

static void
free_ends (End *ends, guint n)
{
  for (guint i = 0; i < n; i++)
    g_free (ends[i].wires);
  g_free (ends);
}

void
lstm_context_unwire (LstmContext *context)
{
  for (guint i = 0; i < context->n_steps; i++) {
    g_free (context->steps[i].in);
    g_free (context->steps[i].out);
  }
  g_free (context->steps);
  g_free (context->ones);
  free_ends (context->inputs, context->n_inputs);
  free_ends (context->outputs, context->n_outputs);
}

static void
lead (End *end, const gfloat *to)
{
  if (end->now == to)
    return;
  end->now = to;
  for (guint i = 0; i < end->n_wires; i++) {
    if (end->wires[i].in)
      *end->wires[i].in = to;
    else
      *end->wires[i].out = (gfloat *) to;
  }
}

/* Whether the block's items lie in the caller's memory as in the arena. */
static gboolean
lies_dense (
    const End *end, const Block *b, gsize stream_stride, gsize item_stride)
{
  return end->own && (b->n_items == 1 || item_stride == end->size) &&
         (b->n == 1 || stream_stride == b->n_items * end->size);
}

const gfloat *
lstm_context_input_at (const LstmInput *in, const Block *b)
{
  return in->data + b->first * in->stream_stride + b->item * in->item_stride;
}

static gfloat *
output_at (const LstmOutput *out, const Block *b)
{
  return out->data + b->first * out->stream_stride + b->item * out->item_stride;
}

static void
copy_input (const End *end, const Block *b, const LstmInput *in)
{
  gfloat *to = end->arena;

  for (gsize s = 0; s < b->n; s++) {
    const gfloat *from = lstm_context_input_at (in, b) + s * in->stream_stride;

    for (gsize i = 0; i < b->n_items; i++, to += end->size)
      memcpy (to, from + i * in->item_stride, end->size * sizeof (gfloat));
  }
}

static void
copy_output (const End *end, const Block *b, const LstmOutput *out)
{
  const gfloat *from = end->arena;

  for (gsize s = 0; s < b->n; s++) {
    gfloat *to = output_at (out, b) + s * out->stream_stride;

    for (gsize i = 0; i < b->n_items; i++, from += end->size)
      memcpy (to + i * out->item_stride, from, end->size * sizeof (gfloat));
  }
}

/* Dense inputs are read where they are. */
void
lstm_context_read_inputs (
    LstmContext *context, const Block *b, const LstmInput *inputs)
{
  for (guint k = 0; k < context->n_inputs; k++) {
    const LstmInput *in = &inputs[k];
    End *end = &context->inputs[k];

    if (lies_dense (end, b, in->stream_stride, in->item_stride)) {
      lead (end, lstm_context_input_at (in, b));
    } else {
      lead (end, end->arena);
      copy_input (end, b, in);
    }
  }
}

static gboolean
overlap (const gfloat *a, gsize n_a, const gfloat *b, gsize n_b)
{
  return a < b + n_b && b < a + n_a;
}

/* An output that lies over an input would be written before that is read. */
static gboolean
meets_inputs (const LstmContext *context, const Block *b, const gfloat *out,
    gsize size, const LstmInput *inputs)
{
  gsize n = b->n * b->n_items;

  for (guint k = 0; k < context->n_inputs; k++) {
    const End *end = &context->inputs[k];

    if (end->now != end->arena &&
        overlap (lstm_context_input_at (&inputs[k], b), n * end->size, out,
            n * size))
      return TRUE;
  }
  return FALSE;
}

/* Dense outputs are made where they are wanted. */
void
lstm_context_place_outputs (LstmContext *context, const Block *b,
    const LstmInput *inputs, const LstmOutput *outputs)
{
  for (guint k = 0; k < context->n_outputs; k++) {
    const LstmOutput *out = &outputs[k];
    End *end = &context->outputs[k];

    if (out->data &&
        lies_dense (end, b, out->stream_stride, out->item_stride) &&
        !meets_inputs (context, b, output_at (out, b), end->size, inputs))
      lead (end, output_at (out, b));
    else
      lead (end, end->arena);
  }
}

void
lstm_context_write_outputs (
    LstmContext *context, const Block *b, const LstmOutput *outputs)
{
  for (guint k = 0; k < context->n_outputs; k++)
    if (outputs[k].data && context->outputs[k].now == context->outputs[k].arena)
      copy_output (&context->outputs[k], b, &outputs[k]);
}

gboolean
lstm_context_lead_to_one (
    LstmContext *context, const LstmInput *in, const LstmOutput *out)
{
  End *from = context->inputs, *to = context->outputs;

  if (!context->plain || !out->data ||
      overlap (in->data, from->size, out->data, to->size))
    return FALSE;
  lead (from, in->data);
  lead (to, out->data);
  return TRUE;
}
