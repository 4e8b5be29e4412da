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

void
lstm_scalar_lstm_step (const LstmLstmWeights *w, gsize rows, gfloat *z,
    gsize z_stride, gfloat *h, gsize h_stride, gfloat *c, gsize c_stride)
{
  lstm_scalar_accumulate (&w->recurrent, rows, h, h_stride, z, z_stride);
  for (gsize r = 0; r < rows; r++)
    lstm_row (w, z + r * z_stride, h + r * h_stride, c + r * c_stride);
}

/* h = z h + (1 - z) candidate; both gates lie in panels of z_gates. */
static void
gru_mix (const LstmPacked *w, guint update, guint candidate, const gfloat *z,
    gfloat *h)
{
  for (guint p = 0; p < w->panels; p++) {
    const gfloat *row = z + (gsize) p * w->z_gates * WIDTH;
    const gfloat *u = row + update * WIDTH, *g = row + candidate * WIDTH;
    guint n = MIN (WIDTH, w->units - p * WIDTH);

    for (guint l = 0; l < n; l++) {
      gfloat *hp = h + p * WIDTH + l;

      *hp = u[l] * *hp + (1.0f - u[l]) * g[l];
    }
  }
}

/* reset_after: candidate = act(x + r (h R + b)); rows of z are
 * [candidate of the input, z, r, candidate of the state]. */
static void
gru_after (const LstmGruWeights *w, gsize rows, gfloat *z, gsize z_stride,
    gfloat *h, gsize h_stride, gfloat *scratch)
{
  const LstmPacked *rec = &w->recurrent;

  for (gsize r = 0; r < rows; r++)
    for (guint p = 0; p < rec->panels; p++)
      memcpy (z + r * z_stride + ((gsize) p * 4 + 3) * WIDTH,
          rec->bias + ((gsize) p * 3 + 2) * WIDTH, WIDTH * sizeof (gfloat));
  lstm_scalar_accumulate (rec, rows, h, h_stride, z, z_stride);

  for (gsize r = 0; r < rows; r++) {
    gfloat *zr = z + r * z_stride;

    activate_gates (&w->recurrent_activation, rec, 1, 2, zr, scratch);
    for (guint p = 0; p < rec->panels; p++) {
      gfloat *row = zr + (gsize) p * 4 * WIDTH;

      for (guint l = 0; l < WIDTH; l++)
        row[l] = row[l] + row[2 * WIDTH + l] * row[3 * WIDTH + l];
    }
    activate_gates (&w->activation, rec, 0, 1, zr, scratch);
    gru_mix (rec, 1, 0, zr, h + r * h_stride);
  }
}

/* candidate = act(x + (r h) R); rows of z are [z, r, candidate]. */
static void
gru_before (const LstmGruWeights *w, gsize rows, gfloat *z, gsize z_stride,
    gfloat *h, gsize h_stride, gfloat *scratch)
{
  const LstmPacked *rec = &w->recurrent;
  guint units = rec->units;

  lstm_scalar_accumulate (rec, rows, h, h_stride, z, z_stride);
  for (gsize r = 0; r < rows; r++) {
    gfloat *zr = z + r * z_stride, *hr = h + r * h_stride;

    activate_gates (&w->recurrent_activation, rec, 0, 2, zr, scratch);
    gather (rec, 1, zr, scratch);
    for (guint u = 0; u < units; u++)
      scratch[u] = scratch[u] * hr[u];
    lstm_scalar_accumulate (&w->candidate, 1, scratch, units, zr, z_stride);
    activate_gates (&w->activation, rec, 2, 1, zr, scratch);
    gru_mix (rec, 0, 2, zr, hr);
  }
}

/* K. Cho et al.; reset_after as in cuDNN. scratch: one row of units. */
void
lstm_scalar_gru_step (const LstmGruWeights *w, gsize rows, gfloat *z,
    gsize z_stride, gfloat *h, gsize h_stride, gfloat *scratch)
{
  if (w->reset_after)
    gru_after (w, rows, z, z_stride, h, h_stride, scratch);
  else
    gru_before (w, rows, z, z_stride, h, h_stride, scratch);
}

/* h = act(x K + b + h R): J. Elman. scratch: one row of units. */
void
lstm_scalar_rnn_step (const LstmRnnWeights *w, gsize rows, gfloat *z,
    gsize z_stride, gfloat *h, gsize h_stride, gfloat *scratch)
{
  lstm_scalar_accumulate (&w->recurrent, rows, h, h_stride, z, z_stride);
  for (gsize r = 0; r < rows; r++) {
    activate_gates (
        &w->activation, &w->recurrent, 0, 1, z + r * z_stride, scratch);
    gather (&w->recurrent, 0, z + r * z_stride, h + r * h_stride);
  }
}
