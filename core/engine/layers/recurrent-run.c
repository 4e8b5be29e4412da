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
#include "engine/stream-private.h"

#include <string.h>

/* Projected inputs are kept for as many steps as fit into this many floats. */
#define BLOCK_FLOATS 32768

typedef struct {
  const LstmRun *run;
  const LstmCell *cell;
  const LstmRecurrentOptions *options;
  gconstpointer packed;
  gboolean frames; /* frame mode: every output at every step */
  gsize rounds;
  gsize round;
  gsize sequences; /* of a round */
  gsize steps;
  gsize features;
  gsize units;
  gsize z_length;
  gfloat *states[LSTM_MAX_STATES]; /* [sequences][units] */
  gfloat *kept[LSTM_MAX_STATES];   /* before the step, if masked */
  gfloat *shown;                   /* the last output, if masked */
  gfloat *row;
  gfloat *z;
} Driver;

gsize
lstm_recurrent_scratch (
    const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const LstmRecurrentOptions *o = node->node->layer->options;
  const LstmCell *cell = lstm_recurrent_cell (node->node->layer);
  gsize z = samples * cell->z_length (node->packed);
  guint states = cell->n_states * 2 + 1;

  return MAX (z, BLOCK_FLOATS) + samples * o->units * states + o->units;
}

static void
driver_init (Driver *d, const LstmRun *run)
{
  const LstmPlanNode *plan = run->plan;
  const LstmLayer *layer = plan->node->layer;
  gfloat *at = run->scratch;

  d->run = run;
  d->cell = lstm_recurrent_cell (layer);
  d->options = layer->options;
  d->packed = plan->packed;
  d->frames = plan->mode == LSTM_MODE_FRAME;
  d->rounds = 1;
  if (!d->frames && lstm_recurrent_carries (plan))
    d->rounds = plan->fold_count;
  d->round = 0;
  d->sequences = d->frames ? run->n_streams : run->samples / d->rounds;
  d->steps = d->frames ? run->n_items : (gsize) plan->items[0].dims[0];
  d->features = plan->specs[0].shape.dims[1];
  d->units = d->options->units;
  d->z_length = d->cell->z_length (d->packed);
  for (guint i = 0; i < d->cell->n_states; i++, at += d->sequences * d->units)
    d->states[i] = at;
  for (guint i = 0; i < d->cell->n_states; i++, at += d->sequences * d->units)
    d->kept[i] = at;
  d->shown = at;
  d->row = d->shown + d->sequences * d->units;
  d->z = d->row + d->units;
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
  gboolean carries = lstm_recurrent_carries (d->run->plan);

  if (node->n_states > 0 &&
      !(carries && d->options->prefers_state && has_state (d, sequence)))
    return d->run->in[node->n_inputs + i] + sample (d, sequence) * d->units;
  return carries ? slot (d, sequence, i) : NULL;
}

static void
load_states (Driver *d)
{
  gsize bytes = d->units * sizeof (gfloat);

  for (guint i = 0; i < d->cell->n_states; i++) {
    for (gsize s = 0; s < d->sequences; s++) {
      const gfloat *from = first_state (d, s, i);

      if (from)
        memcpy (d->states[i] + s * d->units, from, bytes);
      else
        memset (d->states[i] + s * d->units, 0, bytes);
    }
  }
  if (!d->run->mask)
    return;
  memset (d->shown, 0, d->sequences * bytes);
  if (d->frames)
    for (gsize s = 0; s < d->sequences; s++)
      memcpy (d->shown + s * d->units, slot (d, s, d->cell->n_states), bytes);
}

static void
store_states (Driver *d)
{
  gsize bytes = d->units * sizeof (gfloat);

  if (!lstm_recurrent_carries (d->run->plan))
    return;
  for (gsize s = 0; s < d->sequences; s++) {
    for (guint i = 0; i < d->cell->n_states; i++)
      memcpy (slot (d, s, i), d->states[i] + s * d->units, bytes);
    if (d->run->mask && d->frames)
      memcpy (slot (d, s, d->cell->n_states), d->shown + s * d->units, bytes);
  }
}

/* Which step of the input comes as step-th in order of processing. */
static gsize
input_step (const Driver *d, gsize step)
{
  return d->options->go_backwards ? d->steps - 1 - step : step;
}

/* z of steps [first, first + n), [n][sequences][z_length]. */
static void
project_block (const Driver *d, gsize first, gsize n)
{
  gsize length = d->steps * d->features;
  const gfloat *x = d->run->in[0] + sample (d, 0) * length;
  const LstmKernels *kernels = d->run->kernels;
  gsize z_step = d->sequences * d->z_length;

  if (d->sequences == 1 && !d->options->go_backwards) {
    d->cell->project (d->packed, kernels, n, x + first * d->features,
        d->features, d->z, d->z_length);
    return;
  }
  for (gsize i = 0; i < n; i++)
    d->cell->project (d->packed, kernels, d->sequences,
        x + input_step (d, first + i) * d->features, d->rounds * length,
        d->z + i * z_step, d->z_length);
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
apply_mask (Driver *d, gsize step)
{
  gsize bytes = d->units * sizeof (gfloat);

  for (gsize s = 0; s < d->sequences; s++) {
    gsize at = s * d->units;

    if (!masked (d, s, step)) {
      memcpy (d->shown + at, d->states[0] + at, bytes);
      continue;
    }
    for (guint i = 0; i < d->cell->n_states; i++)
      memcpy (d->states[i] + at, d->kept[i] + at, bytes);
    if (d->options->zero_output_for_mask && !d->options->late_zeros)
      memset (d->shown + at, 0, bytes);
  }
}

/* A row for each sequence, as number `row` of `n` in its sample. */
static void
write_rows (
    const Driver *d, gfloat *out, const gfloat *from, gsize row, gsize n)
{
  for (gsize s = 0; s < d->sequences; s++)
    memcpy (out + (sample (d, s) * n + row) * d->units, from + s * d->units,
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
write_outputs (const Driver *d, gsize step)
{
  const gfloat *shown = d->run->mask ? d->shown : d->states[0];

  if (d->frames || d->options->return_sequences)
    write_rows (d, d->run->out[0], shown, step, d->steps);
  if (d->run->mask && d->options->late_zeros)
    write_late_zeros (d, step);
  if (d->frames && d->options->return_state)
    for (guint i = 0; i < d->cell->n_states; i++)
      write_rows (d, d->run->out[1 + i], d->states[i], step, d->steps);
}

/* What only the end of a window gives. */
static void
write_last (const Driver *d)
{
  if (d->frames)
    return;
  if (!d->options->return_sequences)
    write_rows (
        d, d->run->out[0], d->run->mask ? d->shown : d->states[0], 0, 1);
  if (d->options->return_state)
    for (guint i = 0; i < d->cell->n_states; i++)
      write_rows (d, d->run->out[1 + i], d->states[i], 0, 1);
}

static void
run_step (Driver *d, gsize step, gfloat *z)
{
  if (d->run->mask)
    for (guint i = 0; i < d->cell->n_states; i++)
      memcpy (
          d->kept[i], d->states[i], d->sequences * d->units * sizeof (gfloat));
  d->cell->step (d->packed, d->run->kernels, d->sequences, z, d->z_length,
      d->states, d->units, d->row);
  if (d->run->mask)
    apply_mask (d, step);
  write_outputs (d, step);
}

static void
run_round (Driver *d)
{
  gsize z_step = d->sequences * d->z_length;
  gsize block = CLAMP (BLOCK_FLOATS / z_step, 1, MAX (d->steps, 1));

  load_states (d);
  for (gsize first = 0; first < d->steps; first += block) {
    gsize n = MIN (block, d->steps - first);

    project_block (d, first, n);
    for (gsize i = 0; i < n; i++)
      run_step (d, first + i, d->z + i * z_step);
  }
  write_last (d);
  store_states (d);
}

LstmStatus
lstm_recurrent_run (const LstmRun *run)
{
  Driver d;

  driver_init (&d, run);
  for (; d.round < d.rounds; d.round++)
    run_round (&d);
  return LSTM_STATUS_OK;
}
