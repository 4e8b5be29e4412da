/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/scalar.h"

#include <string.h>

#define WIDTH LSTM_SCALAR_WIDTH

/* Copies gate `gate` of a row of z to or from a dense row of units. */
static void
gather (const LstmPacked *w, guint gate, const gfloat *z, gfloat *row)
{
  for (guint p = 0; p < w->panels; p++)
    memcpy (row + p * WIDTH, z + ((gsize) p * w->z_gates + gate) * WIDTH,
        MIN (WIDTH, w->units - p * WIDTH) * sizeof (gfloat));
}

static void
scatter (const LstmPacked *w, guint gate, const gfloat *row, gfloat *z)
{
  for (guint p = 0; p < w->panels; p++)
    memcpy (z + ((gsize) p * w->z_gates + gate) * WIDTH, row + p * WIDTH,
        MIN (WIDTH, w->units - p * WIDTH) * sizeof (gfloat));
}

/* Activates gates [first, first + n) of a row of z. An activation that looks at
 * the whole row (softmax) sees the units only, by way of a dense row. */
static void
activate_gates (const LstmActivation *activation, const LstmPacked *w,
    guint first, guint n, gfloat *z, gfloat *row)
{
  if (lstm_activation_is_pointwise (activation)) {
    for (guint p = 0; p < w->panels; p++)
      lstm_scalar_activate (activation, 1, n * WIDTH,
          z + ((gsize) p * w->z_gates + first) * WIDTH);
    return;
  }
  for (guint g = first; g < first + n; g++) {
    gather (w, g, z, row);
    lstm_scalar_activate (activation, 1, w->units, row);
    scatter (w, g, row, z);
  }
}

/* c = f c + i g, h = o act(c): gates i f g o (S. Hochreiter and J. Schmidhuber,
 * with the forget gate of F. Gers). h serves as the dense row. */
static void
lstm_row (const LstmLstmWeights *w, gfloat *z, gfloat *h, gfloat *c)
{
  const LstmPacked *r = &w->recurrent;

  activate_gates (&w->recurrent_activation, r, 0, 2, z, h);
  activate_gates (&w->activation, r, 2, 1, z, h);
  activate_gates (&w->recurrent_activation, r, 3, 1, z, h);

  for (guint p = 0; p < r->panels; p++) {
    const gfloat *i = z + (gsize) p * 4 * WIDTH;
    const gfloat *f = i + WIDTH, *g = f + WIDTH;
    guint n = MIN (WIDTH, r->units - p * WIDTH);

    for (guint l = 0; l < n; l++) {
      gsize u = p * WIDTH + l;

      c[u] = f[l] * c[u] + i[l] * g[l];
      h[u] = c[u];
    }
  }
  lstm_scalar_activate (&w->activation, 1, r->units, h);
  for (guint p = 0; p < r->panels; p++) {
    const gfloat *o = z + ((gsize) p * 4 + 3) * WIDTH;
    guint n = MIN (WIDTH, r->units - p * WIDTH);

    for (guint l = 0; l < n; l++)
      h[p * WIDTH + l] = o[l] * h[p * WIDTH + l];
  }
}

/* Rows of z with the inputs projected. */
static void
project (const LstmPacked *input, const LstmStep *s)
{
  if (s->x)
    lstm_scalar_project (input, s->rows, s->x, s->x_stride, s->z, s->z_stride);
}

static void
accumulate (const LstmPacked *recurrent, const LstmStep *s)
{
  lstm_scalar_accumulate (
      recurrent, s->rows, s->h, s->h_stride, s->z, s->z_stride);
}

void
lstm_scalar_lstm_step (const LstmLstmWeights *w, const LstmStep *s)
{
  project (&w->input, s);
  accumulate (&w->recurrent, s);
  for (gsize r = 0; r < s->rows; r++)
    lstm_row (w, s->z + r * s->z_stride, s->out + r * s->out_stride,
        s->c + r * s->c_stride);
}

/* out = z h + (1 - z) candidate; both gates lie in panels of z_gates. */
static void
gru_mix (const LstmPacked *w, guint update, guint candidate, const gfloat *z,
    const gfloat *h, gfloat *out)
{
  for (guint p = 0; p < w->panels; p++) {
    const gfloat *row = z + (gsize) p * w->z_gates * WIDTH;
    const gfloat *u = row + update * WIDTH, *g = row + candidate * WIDTH;
    guint n = MIN (WIDTH, w->units - p * WIDTH);

    for (guint l = 0; l < n; l++)
      out[p * WIDTH + l] = u[l] * h[p * WIDTH + l] + (1.0f - u[l]) * g[l];
  }
}

/* reset_after: candidate = act(x + r (h R + b)); rows of z are
 * [candidate of the input, z, r, candidate of the state]. */
static void
gru_after (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *rec = &w->recurrent;

  for (gsize r = 0; r < s->rows; r++)
    for (guint p = 0; p < rec->panels; p++)
      memcpy (s->z + r * s->z_stride + ((gsize) p * 4 + 3) * WIDTH,
          rec->bias + ((gsize) p * 3 + 2) * WIDTH, WIDTH * sizeof (gfloat));
  accumulate (rec, s);

  for (gsize r = 0; r < s->rows; r++) {
    gfloat *z = s->z + r * s->z_stride;

    activate_gates (&w->recurrent_activation, rec, 1, 2, z, s->scratch);
    for (guint p = 0; p < rec->panels; p++) {
      gfloat *row = z + (gsize) p * 4 * WIDTH;

      for (guint l = 0; l < WIDTH; l++)
        row[l] = row[l] + row[2 * WIDTH + l] * row[3 * WIDTH + l];
    }
    activate_gates (&w->activation, rec, 0, 1, z, s->scratch);
    gru_mix (rec, 1, 0, z, s->h + r * s->h_stride + s->first,
        s->out + r * s->out_stride);
  }
}

/* candidate = act(x + (r h) R); rows of z are [z, r, candidate]. Both gates and
 * r h, which goes to scratch. */
static void
gru_before_gates (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *rec = &w->recurrent;

  project (&w->input, s);
  accumulate (rec, s);
  for (gsize r = 0; r < s->rows; r++) {
    const gfloat *h = s->h + r * s->h_stride + s->first;
    gfloat *z = s->z + r * s->z_stride;
    gfloat *rh = s->scratch + r * w->candidate.in + s->first;

    activate_gates (&w->recurrent_activation, rec, 0, 2, z, rh);
    gather (rec, 1, z, rh);
    for (guint u = 0; u < rec->units; u++)
      rh[u] = rh[u] * h[u];
  }
}

/* The candidate and the mix. */
static void
gru_before_candidate (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *rec = &w->recurrent;

  lstm_scalar_accumulate (
      &w->candidate, s->rows, s->scratch, w->candidate.in, s->z, s->z_stride);
  for (gsize r = 0; r < s->rows; r++) {
    const gfloat *h = s->h + r * s->h_stride + s->first;
    gfloat *z = s->z + r * s->z_stride;

    activate_gates (&w->activation, rec, 2, 1, z, s->scratch);
    gru_mix (rec, 0, 2, z, h, s->out + r * s->out_stride);
  }
}

/* K. Cho et al.; reset_after as in cuDNN. */
void
lstm_scalar_gru_step (const LstmGruWeights *w, const LstmStep *s)
{
  if (w->reset_after) {
    project (&w->input, s);
    gru_after (w, s);
    return;
  }
  if (s->phase != LSTM_PHASE_SECOND)
    gru_before_gates (w, s);
  if (s->phase != LSTM_PHASE_FIRST)
    gru_before_candidate (w, s);
}

/* h = act(x K + b + h R): J. Elman. */
void
lstm_scalar_rnn_step (const LstmRnnWeights *w, const LstmStep *s)
{
  project (&w->input, s);
  accumulate (&w->recurrent, s);
  for (gsize r = 0; r < s->rows; r++) {
    gfloat *z = s->z + r * s->z_stride;

    activate_gates (&w->activation, &w->recurrent, 0, 1, z, s->scratch);
    gather (&w->recurrent, 0, z, s->out + r * s->out_stride);
  }
}
