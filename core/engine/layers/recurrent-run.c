/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The driver of recurrent cells: steps, direction, masks, sequences, state.
 *
 * It runs S sequences of T steps side by side; in frame mode these are streams
 * and the frames of the call, in window mode samples and the window's steps.
 *
 * Of a stateful layer under TimeDistributed, the samples that are folded steps
 * of one stream come one after the other, as in Keras: each goes on from the
 * state that the one before left. They run in rounds, one for each. */

#include "engine/layers/recurrent.h"
#include "engine/split.h"
#include "engine/stream-private.h"

#include <string.h>

/* Projected inputs are kept for as many steps as fit into this many floats. */
#define BLOCK_FLOATS 32768

/* From so many sequences up a step reads its inputs' weights anew: it uses them
 * often enough. Below, those of several steps are projected at once. */
#define MANY_SEQUENCES 6

/* Rows of h, one a sequence. */
typedef struct {
  gfloat *data;
  gsize stride;
} Rows;

typedef struct {
  const LstmRun *run;
  const LstmCell *cell;
  const LstmRecurrentOptions *options;
  gconstpointer packed;
  gboolean frames;  /* frame mode: every output at every step */
  gboolean carries; /* the state lives in streams */
  gsize rounds;
  gsize round;
  gsize sequences; /* of a round */
  gsize steps;
  gsize features;
  gsize units;
  gsize z_length;
  Rows h;          /* of the last step */
  gfloat *spare;   /* two buffers for h in turn, [2][sequences][units] */
  gfloat *c;       /* [sequences][units]; of the only stream: in place */
  gfloat *own_c;   /* room for it */
  gfloat *kept_c;  /* before the step, if masked */
  gfloat *shown;   /* the last output, if masked */
  gfloat *scratch; /* the kernel's, [sequences][units] */
  gfloat *z;
} Driver;

gsize
lstm_recurrent_scratch (
    const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const LstmRecurrentOptions *o = node->node->layer->options;
  const LstmCell *cell = lstm_recurrent_cell (node->node->layer);
  gsize z_length = lstm_packed_z_length (cell->input (node->packed));

  return MAX (samples * z_length, BLOCK_FLOATS) + samples * o->units * 6 +
         lstm_recurrent_shared_room (node, samples, z_length);
}

static void
driver_init (Driver *d, const LstmRun *run)
{
  const LstmPlanNode *plan = run->plan;
  const LstmLayer *layer = plan->node->layer;
  gsize rows;

  d->run = run;
  d->cell = lstm_recurrent_cell (layer);
  d->options = layer->options;
  d->packed = plan->packed;
  d->frames = plan->mode == LSTM_MODE_FRAME;
  d->carries = lstm_recurrent_carries (plan);
  d->rounds = d->frames || !d->carries ? 1 : plan->fold_count;
  d->round = 0;
  d->sequences = d->frames ? run->n_streams : run->samples / d->rounds;
  d->steps = d->frames ? run->n_items : (gsize) plan->items[0].dims[0];
  d->features = plan->specs[0].shape.dims[1];
  d->units = d->options->units;
  d->z_length = lstm_packed_z_length (d->cell->input (d->packed));
  rows = d->sequences * d->units;
  d->spare = run->scratch;
  d->own_c = d->spare + 2 * rows;
  d->kept_c = d->own_c + rows;
  d->shown = d->kept_c + rows;
  d->scratch = d->shown + rows;
  d->z = d->scratch + rows;
}

static gfloat *
slot (const Driver *d, gsize sequence, guint i)
{
  return d->run->streams[sequence]->data + d->run->plan->slot_offset +
         i * d->units;
}

/* Where a sequence of this round stands among all. */
static gsize
sample (const Driver *d, gsize sequence)
{
  return sequence * d->rounds + d->round;
}

static gboolean
has_state (const Driver *d, gsize sequence)
{
  for (guint i = 0; i < d->cell->n_states; i++) {
    const gfloat *state = slot (d, sequence, i);

    for (gsize u = 0; u < d->units; u++)
      if (state[u] != 0.0f)
        return TRUE;
  }
  return FALSE;
}

/* What a sequence begins with: the state that it was given, its own or NULL for
 * zeros. */
static const gfloat *
first_state (const Driver *d, gsize sequence, guint i)
{
  const LstmNode *node = d->run->plan->node;

  if (node->n_states > 0 &&
      !(d->carries && d->options->prefers_state && has_state (d, sequence)))
    return d->run->in[node->n_inputs + i] + sample (d, sequence) * d->units;
  return d->carries ? slot (d, sequence, i) : NULL;
}

static void
gather_states (const Driver *d, guint i, gfloat *to)
{
  gsize bytes = d->units * sizeof (gfloat);

  for (gsize s = 0; s < d->sequences; s++) {
    const gfloat *from = first_state (d, s, i);

    if (from)
      memcpy (to + s * d->units, from, bytes);
    else
      memset (to + s * d->units, 0, bytes);
  }
}

/* The only stream's own state is used where it lies: h is read before it is
 * written, c goes from step to step in place. */
static gboolean
uses_slots (const Driver *d)
{
  return d->sequences == 1 && d->carries && d->run->plan->node->n_states == 0;
}

static void
load_states (Driver *d)
{
  d->h = (Rows){ d->spare, d->units };
  d->c = d->own_c;
  if (uses_slots (d)) {
    d->h.data = slot (d, 0, 0);
    d->c = slot (d, 0, 1);
  } else {
    gather_states (d, 0, d->spare);
    if (d->cell->n_states > 1)
      gather_states (d, 1, d->own_c);
  }
  if (!d->run->mask)
    return;
  memset (d->shown, 0, d->sequences * d->units * sizeof (gfloat));
  if (d->frames)
    for (gsize s = 0; s < d->sequences; s++)
      memcpy (d->shown + s * d->units, slot (d, s, d->cell->n_states),
          d->units * sizeof (gfloat));
}

static void
store_states (const Driver *d)
{
  if (!d->carries)
    return;
  for (gsize s = 0; s < d->sequences; s++) {
    lstm_recurrent_copy_row (
        d->h.data + s * d->h.stride, slot (d, s, 0), d->units);
    if (d->cell->n_states > 1)
      lstm_recurrent_copy_row (d->c + s * d->units, slot (d, s, 1), d->units);
    if (d->run->mask && d->frames)
      lstm_recurrent_copy_row (
          d->shown + s * d->units, slot (d, s, d->cell->n_states), d->units);
  }
}

/* Which step of the input comes as step-th in order of processing. */
static gsize
input_step (const Driver *d, gsize step)
{
  return d->options->go_backwards ? d->steps - 1 - step : step;
}

/* z of steps [first, first + n), [sequences][n][z_length] in the input's order.
 */
static void
project_block (const Driver *d, gsize first, gsize n)
{
  gsize from = MIN (input_step (d, first), input_step (d, first + n - 1));

  for (gsize s = 0; s < d->sequences; s++)
    lstm_split_project (d->run, d->cell->input (d->packed), n,
        d->run->in[0] + (sample (d, s) * d->steps + from) * d->features,
        d->features, d->z + s * n * d->z_length, d->z_length);
}

static gboolean
masked (const Driver *d, gsize sequence, gsize step)
{
  return d->run->mask[sample (d, sequence) * d->steps + input_step (d, step)] ==
         0.0f;
}

/* Where a step is masked the state stays as it was; the output is repeated, or
 * zero with zero_output_for_mask. */
static void
apply_mask (const Driver *d, gsize step, const Rows *before)
{
  gsize bytes = d->units * sizeof (gfloat);

  for (gsize s = 0; s < d->sequences; s++) {
    gfloat *h = d->h.data + s * d->h.stride, *shown = d->shown + s * d->units;

    if (!masked (d, s, step)) {
      memcpy (shown, h, bytes);
      continue;
    }
    memcpy (h, before->data + s * before->stride, bytes);
    if (d->cell->n_states > 1)
      memcpy (d->c + s * d->units, d->kept_c + s * d->units, bytes);
    if (d->options->zero_output_for_mask && !d->options->late_zeros)
      memset (shown, 0, bytes);
  }
}

static gboolean
shows_every_step (const Driver *d)
{
  return d->frames || d->options->return_sequences;
}

/* Rows of an output of `n` rows a sample, number `row` of each. */
static Rows
output_rows (const Driver *d, guint output, gsize row, gsize n)
{
  return (Rows){ d->run->out[output] + (d->round * n + row) * d->units,
    d->rounds * n * d->units };
}

/* Whether each step's h is made in the output: if it is shown as it is, and its
 * rows do not lie far apart, in a page each, where the next step reads them. */
static gboolean
steps_into_output (const Driver *d)
{
  return !d->run->mask && shows_every_step (d) &&
         (d->sequences == 1 || d->rounds * d->steps == 1);
}

/* Where a step's h goes. */
static Rows
next_rows (const Driver *d, gsize step)
{
  Rows spare = { d->spare, d->units };

  if (steps_into_output (d))
    return output_rows (d, 0, step, d->steps);
  if (!d->run->mask && !shows_every_step (d) && step + 1 == d->steps)
    return output_rows (d, 0, 0, 1);
  if (d->h.data == spare.data)
    spare.data += d->sequences * d->units;
  return spare;
}

static void
copy_rows (const Driver *d, Rows to, Rows from)
{
  for (gsize s = 0; s < d->sequences; s++)
    memcpy (to.data + s * to.stride, from.data + s * from.stride,
        d->units * sizeof (gfloat));
}

/* Zeros where the output's own number is masked in the input. */
static void
write_late_zeros (const Driver *d, gsize step)
{
  for (gsize s = 0; s < d->sequences; s++) {
    gsize at = sample (d, s) * d->steps + step;

    if (d->run->mask[at] == 0.0f)
      memset (d->run->out[0] + at * d->units, 0, d->units * sizeof (gfloat));
  }
}

static void
write_states (const Driver *d, gsize row, gsize n)
{
  copy_rows (d, output_rows (d, 1, row, n), d->h);
  if (d->cell->n_states > 1)
    copy_rows (d, output_rows (d, 2, row, n), (Rows){ d->c, d->units });
}

static void
write_outputs (const Driver *d, gsize step)
{
  if (shows_every_step (d) && !steps_into_output (d))
    copy_rows (d, output_rows (d, 0, step, d->steps),
        d->run->mask ? (Rows){ d->shown, d->units } : d->h);
  if (d->run->mask && d->options->late_zeros)
    write_late_zeros (d, step);
  if (d->frames && d->options->return_state)
    write_states (d, step, d->steps);
}

/* What only the end of a window gives. */
static void
write_last (const Driver *d)
{
  if (d->frames)
    return;
  if (d->run->mask && !d->options->return_sequences)
    copy_rows (d, output_rows (d, 0, 0, 1), (Rows){ d->shown, d->units });
  if (d->options->return_state)
    write_states (d, 0, 1);
}

/* `step` says where the inputs of this step are, x or z. */
static void
run_step (Driver *d, gsize at, LstmStep *step)
{
  Rows before = d->h;
  gboolean keeps = d->run->mask && d->cell->n_states > 1;

  if (keeps)
    memcpy (d->kept_c, d->c, d->sequences * d->units * sizeof (gfloat));
  d->h = next_rows (d, at);
  step->rows = d->sequences;
  step->h = before.data;
  step->h_stride = before.stride;
  step->out = d->h.data;
  step->out_stride = d->h.stride;
  step->c = d->c;
  step->c_stride = d->units;
  step->scratch = d->scratch;
  lstm_split_step (d->run, d->cell, d->packed, step);
  if (d->run->mask)
    apply_mask (d, at, &before);
  write_outputs (d, at);
}

static void
run_steps (Driver *d)
{
  LstmStep step = {
    .z = d->z, .z_stride = d->z_length, .x_stride = d->steps * d->features
  };

  for (gsize at = 0; at < d->steps; at++) {
    step.x = d->run->in[0] + input_step (d, at) * d->features;
    run_step (d, at, &step);
  }
}

static void
run_blocks (Driver *d)
{
  gsize block =
      CLAMP (BLOCK_FLOATS / (d->sequences * d->z_length), 1, d->steps);

  for (gsize first = 0; first < d->steps; first += block) {
    gsize n = MIN (block, d->steps - first);
    LstmStep step = { .z_stride = n * d->z_length };

    project_block (d, first, n);
    for (gsize i = 0; i < n; i++) {
      gsize at = d->options->go_backwards ? n - 1 - i : i;

      step.z = d->z + at * d->z_length;
      run_step (d, first + i, &step);
    }
  }
}

/* Inputs of the sequences overlap. */
static gboolean
run_shared (Driver *d)
{
  LstmStep step = { .z = d->z, .z_stride = d->z_length };
  LstmSharedRows shared;

  if (!lstm_recurrent_share (
          d->run, d->steps, d->z + d->sequences * d->z_length, &shared))
    return FALSE;
  for (gsize at = 0; at < d->steps; at++) {
    lstm_recurrent_shared_step (&shared, input_step (d, at), d->z_length, d->z);
    run_step (d, at, &step);
  }
  return TRUE;
}

static void
run_sequences (Driver *d)
{
  if (d->run->overlap && run_shared (d))
    return;
  if (d->steps == 1 || d->sequences >= MANY_SEQUENCES)
    run_steps (d);
  else if (d->steps > 0)
    run_blocks (d);
}

LstmStatus
lstm_recurrent_run (const LstmRun *run)
{
  Driver d;

  driver_init (&d, run);
  for (; d.round < d.rounds; d.round++) {
    load_states (&d);
    run_sequences (&d);
    write_last (&d);
    store_states (&d);
  }
  return LSTM_STATUS_OK;
}
