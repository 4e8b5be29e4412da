/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Inputs that sequences have in common: of windows that slide, a frame is in
 * many. It is projected once; the bits are those of a projection for each. */

#include "engine/layers/recurrent.h"
#include "engine/split.h"

#include <string.h>

/* The most floats of rows that are projected at once. */
#define SHARED_FLOATS (256 * 1024)

static gsize
steps_of (const LstmPlanNode *node)
{
  if (node->mode == LSTM_MODE_FRAME)
    return 1;
  return (gsize) node->items[0].dims[0];
}

static gsize
features_of (const LstmPlanNode *node)
{
  return (gsize) node->specs[0].shape.dims[1];
}

gsize
lstm_recurrent_shared_room (
    const LstmPlanNode *node, gsize samples, gsize z_length)
{
  if (node->fold_count != 1)
    return 0;
  return MIN (SHARED_FLOATS, samples * steps_of (node) * z_length);
}

/* Windows of each stream overlap; frames are shared by all streams. */
static LstmSharedRows
count_rows (const LstmRun *run)
{
  const LstmOverlap *o = run->overlap;

  if (run->plan->mode == LSTM_MODE_FRAME)
    return (LstmSharedRows){
      .groups = 1, .per = run->n_streams, .rows = run->n_items
    };
  return (LstmSharedRows){ .groups = run->n_streams,
    .per = run->n_items,
    .rows = (run->n_items - 1) * o->stride + steps_of (run->plan),
    .stride = o->stride };
}

gboolean
lstm_recurrent_share (
    const LstmRun *run, gsize steps, gfloat *z, LstmSharedRows *shared)
{
  const LstmPacked *input =
      lstm_recurrent_cell (run->plan->node->layer)->input (run->plan->packed);
  const LstmOverlap *o = run->overlap;
  gsize features = features_of (run->plan), z_length, rows;

  if (!o || run->in[0] != o->items || o->features != features ||
      run->plan->fold_count != 1)
    return FALSE;
  *shared = count_rows (run);
  z_length = lstm_packed_z_length (input);
  rows = shared->groups * shared->rows;
  if (rows * 4 > shared->groups * shared->per * steps * 3 ||
      rows * z_length >
          lstm_recurrent_shared_room (run->plan, run->samples, z_length))
    return FALSE;
  shared->z = z;
  for (gsize g = 0; g < shared->groups; g++)
    lstm_split_project (run, input, shared->rows,
        o->frames + g * o->stream_stride, features,
        z + g * shared->rows * z_length, z_length);
  return TRUE;
}

void
lstm_recurrent_shared_step (
    const LstmSharedRows *shared, gsize step, gsize z_length, gfloat *to)
{
  for (gsize g = 0; g < shared->groups; g++) {
    const gfloat *from = shared->z + (g * shared->rows + step) * z_length;

    for (gsize i = 0; i < shared->per; i++, to += z_length)
      memcpy (
          to, from + i * shared->stride * z_length, z_length * sizeof (gfloat));
  }
}
