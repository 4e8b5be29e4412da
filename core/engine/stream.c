/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/stream-private.h"

#include "engine/plan-private.h"

#include <string.h>

/**
 * lstm_stream_new:
 * @plan: a plan
 *
 * Returns: (transfer full): a stream in its initial state
 */
LstmStream *
lstm_stream_new (const LstmPlan *plan)
{
  LstmStream *stream = g_aligned_alloc0 (1,
      sizeof *stream + plan->state_floats * sizeof (gfloat),
      LSTM_STREAM_ALIGNMENT);

  stream->plan = lstm_plan_ref ((LstmPlan *) plan);
  return stream;
}

/**
 * lstm_stream_copy:
 * @stream: a stream
 *
 * Returns: (transfer full): a stream in the same state
 */
LstmStream *
lstm_stream_copy (const LstmStream *stream)
{
  LstmStream *copy = lstm_stream_new (stream->plan);

  memcpy (
      copy->data, stream->data, stream->plan->state_floats * sizeof (gfloat));
  return copy;
}

/* The slot of that name and shape: most often the one in the same place. */
static const LstmSlot *
find_match (const LstmPlan *plan, const LstmSlot *slot, guint place)
{
  const LstmSlot *slots = (const LstmSlot *) (gpointer) plan->slots->data;
  guint n = plan->slots->len;

  for (guint i = 0; i < n; i++) {
    const LstmSlot *other = &slots[(place + i) % n];

    if (strcmp (other->name, slot->name) == 0)
      return lstm_shape_equal (&other->shape, &slot->shape) ? other : NULL;
  }
  return NULL;
}

/**
 * lstm_stream_copy_matching:
 * @stream: a stream
 * @from: a stream, of another plan as a rule
 *
 * Takes over what @from remembers, as far as it means the same: slots of equal
 * name and shape, if both plans have the same mode. The other slots of @stream
 * stay as they are. For a model that takes another's place while it runs.
 *
 * Returns: how many slots were copied, of lstm_plan_get_n_slots()
 */
guint
lstm_stream_copy_matching (LstmStream *stream, const LstmStream *from)
{
  const LstmPlan *plan, *other;
  guint n = 0;

  g_return_val_if_fail (stream != NULL && from != NULL, 0);
  plan = stream->plan;
  other = from->plan;
  if (plan->mode != other->mode)
    return 0;
  for (guint i = 0; i < plan->slots->len; i++) {
    const LstmSlot *slot = &g_array_index (plan->slots, LstmSlot, i);
    const LstmSlot *match = find_match (other, slot, i);

    if (match == NULL)
      continue;
    memcpy (stream->data + slot->offset, from->data + match->offset,
        slot->size * sizeof (gfloat));
    n++;
  }
  return n;
}

/**
 * lstm_stream_free:
 * @stream: (nullable) (transfer full): a stream
 */
void
lstm_stream_free (LstmStream *stream)
{
  if (!stream)
    return;
  lstm_plan_unref (stream->plan);
  g_aligned_free (stream);
}

/**
 * lstm_stream_reset:
 * @stream: a stream
 *
 * Puts the stream back into its initial state, which is all zeros.
 */
void
lstm_stream_reset (LstmStream *stream)
{
  memset (stream->data, 0, stream->plan->state_floats * sizeof (gfloat));
}

/**
 * lstm_stream_get_n_outputs:
 * @stream: a stream
 * @first: (out) (optional): number of the input item of that call that the
 *   first output goes with; each further one goes with the item that is
 *   lstm_plan_get_output_rate() after the one before
 *
 * Returns: how many items the last call of lstm_context_process() that went
 *   well gave for this stream: as many as went in, or fewer where the model has
 *   no output for each frame
 */
guint
lstm_stream_get_n_outputs (const LstmStream *stream, guint *first)
{
  if (first)
    *first = stream->first_out;
  return stream->n_out;
}

/**
 * lstm_stream_assign:
 * @stream: a stream
 * @from: another one of the same plan
 *
 * Puts the stream into the state of another, which may be one that is kept for
 * this: see lstm_stream_load_initial_state().
 */
void
lstm_stream_assign (LstmStream *stream, const LstmStream *from)
{
  g_return_if_fail (stream->plan == from->plan);
  if (stream != from)
    memcpy (
        stream->data, from->data, stream->plan->state_floats * sizeof (gfloat));
}

/**
 * lstm_stream_get_slot:
 * @stream: a stream
 * @i: which slot of its plan
 *
 * Returns: (transfer none): the slot's numbers, which may be read and written
 *   while no thread processes with the stream
 */
gfloat *
lstm_stream_get_slot (LstmStream *stream, guint i)
{
  const LstmSlot *slot = lstm_plan_get_slot (stream->plan, i);

  return slot ? stream->data + slot->offset : NULL;
}

/**
 * lstm_stream_get_data:
 * @stream: a stream
 * @n_floats: (out): length of the block
 *
 * Returns: (transfer none): all slots, one after the other
 */
gfloat *
lstm_stream_get_data (LstmStream *stream, gsize *n_floats)
{
  *n_floats = stream->plan->state_floats;
  return stream->data;
}
