/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* GRU: h' = u h + (1 - u) g (K. Cho et al.), u the update gate, r the reset
 * gate, g the candidate; reset_after as in cuDNN. */

#include "kernels/simd/activations.h"
#include "kernels/simd/set.h"
#include "kernels/simd/tile.h"

typedef struct {
  const LstmGruWeights *w;
  const LstmStep *step;
  CellKind kind;
} Job;

SIMD_INLINE V
mix (V u, V h, V g)
{
  return v_fma (u, h, v_mul (v_sub (v_set (1.0f), u), g));
}

/* Gates: candidate of the input, u, r, candidate of the state. */
SIMD_INLINE V
sigmoid_cell (const V *gates, V h)
{
  V u = v_sigmoid (gates[1]);
  V r = v_sigmoid (gates[2]);
  Fraction g = v_tanh_fraction (v_fma (r, gates[3], gates[0]));

  return mix (u, h, v_div (g.n, g.d));
}

/* As any_cell, without a call for each of them. */
SIMD_INLINE V
hard_cell (const V *gates, V h)
{
  V u = v_hard_sigmoid_keras2 (gates[1]);
  V r = v_hard_sigmoid_keras2 (gates[2]);

  return mix (u, h, v_tanh (v_fma (r, gates[3], gates[0])));
}

static __attribute__ ((noinline)) V
any_cell (const LstmGruWeights *w, V x, V u, V r, V state, V h)
{
  u = v_gate (&w->recurrent_activation, u);
  r = v_gate (&w->recurrent_activation, r);

  return mix (u, h, v_gate (&w->activation, v_fma (r, state, x)));
}

SIMD_INLINE void
panel_cells (
    const Job *j, CellKind kind, const V *gates, gsize row, gsize panel)
{
  const LstmStep *s = j->step;
  gsize at = panel * VL, n = MIN (VL, j->w->recurrent.units - at);
  const gfloat *from = s->h + row * s->h_stride + s->first + at;
  gfloat *to = s->out + row * s->out_stride + at;
  V h = n == VL ? v_load (from) : v_load_n (from, n);

  if (kind == CELL_SIGMOID)
    h = sigmoid_cell (gates, h);
  else if (kind == CELL_HARD_SIGMOID)
    h = hard_cell (gates, h);
  else
    h = any_cell (j->w, gates[0], gates[1], gates[2], gates[3], h);
  if (n == VL)
    v_store (to, h);
  else
    v_store_n (to, h, n);
}

#include "kernels/simd/cells.h"

/* reset_after: g = act(x K + b + r (h R + c)). */
SIMD_INLINE void
after_tile (const Job *j, gsize row, guint R, gsize panel, guint P)
{
  const LstmStep *s = j->step;
  const LstmPacked *in = &j->w->input, *state = &j->w->recurrent;
  V acc[MAX_ACCUMULATORS];

  tile_begin (
      acc, R, P, 4, 1, 3, state->bias + (panel * 3 + 2) * VL, 3 * VL, 0);
  if (s->x) {
    tile_begin (acc, R, P, 4, 3, 0, in->bias + panel * 3 * VL, 3 * VL, 0);
    tile_chains (
        acc, R, P, 4, 3, 0, in, panel, s->x + row * s->x_stride, s->x_stride);
  } else {
    tile_begin (acc, R, P, 4, 3, 0, s->z + row * s->z_stride + panel * 4 * VL,
        4 * VL, s->z_stride);
  }
  tile_chains (
      acc, R, P, 4, 3, 1, state, panel, s->h + row * s->h_stride, s->h_stride);
  tile_cells (j, acc, row, R, panel, P);
}

/* out = u h + (1 - u) g, both gates from a row of z. */
static void
mix_row (
    const LstmGruWeights *w, const LstmStep *s, gsize row, guint u, guint g)
{
  const LstmPacked *r = &w->recurrent;
  const gfloat *z = s->z + row * s->z_stride;
  const gfloat *h = s->h + row * s->h_stride + s->first;
  gfloat *out = s->out + row * s->out_stride;

  for (gsize p = 0; p < r->panels; p++, z += r->z_gates * VL) {
    gsize n = MIN (VL, r->units - p * VL);

    v_store_n (out + p * VL,
        mix (
            v_load (z + u * VL), v_load_n (h + p * VL, n), v_load (z + g * VL)),
        n);
  }
}

/* Sums of all gates; those of the state's candidate begin with its bias. */
static void
after_products (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *r = &w->recurrent;

  for (gsize row = 0; row < s->rows; row++)
    for (gsize p = 0; p < r->panels; p++)
      v_store (s->z + row * s->z_stride + (p * 4 + 3) * VL,
          v_load (r->bias + (p * 3 + 2) * VL));
  SIMD (sum_step) (&w->input, r, s);
}

/* reset_after with an activation that looks at whole rows, or with weights that
 * are not f32. */
static void
after_by_rows (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *r = &w->recurrent;

  after_products (w, s);
  for (gsize row = 0; row < s->rows; row++) {
    gfloat *z = s->z + row * s->z_stride;

    SIMD (activate_gates) (&w->recurrent_activation, r, 1, 2, z, s->scratch);
    for (gsize p = 0; p < r->panels; p++) {
      gfloat *at = z + p * 4 * VL;

      v_store (
          at, v_fma (v_load (at + 2 * VL), v_load (at + 3 * VL), v_load (at)));
    }
    SIMD (activate_gates) (&w->activation, r, 0, 1, z, s->scratch);
    mix_row (w, s, row, 1, 0);
  }
}

/* Without reset_after g = act(x K + b + (r h) R); rows of z are [u, r, g]. Both
 * gates and r h, which goes to scratch. */
static void
before_gates (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *r = &w->recurrent;
  gsize units = w->candidate.in;

  SIMD (sum_step) (&w->input, r, s);
  for (gsize row = 0; row < s->rows; row++) {
    gfloat *z = s->z + row * s->z_stride;
    gfloat *rh = s->scratch + row * units + s->first;
    const gfloat *h = s->h + row * s->h_stride + s->first;

    SIMD (activate_gates) (&w->recurrent_activation, r, 0, 2, z, rh);
    for (gsize p = 0; p < r->panels; p++) {
      gsize n = MIN (VL, r->units - p * VL);

      v_store_n (rh + p * VL,
          v_mul (v_load (z + (p * 3 + 1) * VL), v_load_n (h + p * VL, n)), n);
    }
  }
}

/* g and the mix. */
static void
before_candidate (const LstmGruWeights *w, const LstmStep *s)
{
  const LstmPacked *r = &w->recurrent;

  SIMD (accumulate)
  (&w->candidate, s->rows, s->scratch, w->candidate.in, s->z, s->z_stride);
  for (gsize row = 0; row < s->rows; row++) {
    SIMD (activate_gates)
    (&w->activation, r, 2, 1, s->z + row * s->z_stride, s->scratch);
    mix_row (w, s, row, 0, 2);
  }
}

void
SIMD (gru_step) (const LstmGruWeights *w, const LstmStep *step)
{
  const Job job = { w, step,
    cell_kind (&w->recurrent_activation, &w->activation) };

  if (!w->reset_after) {
    if (step->phase != LSTM_PHASE_SECOND)
      before_gates (w, step);
    if (step->phase != LSTM_PHASE_FIRST)
      before_candidate (w, step);
  } else if (w->recurrent.precision != LSTM_PRECISION_F32 ||
             !lstm_activation_is_pointwise (&w->activation) ||
             !lstm_activation_is_pointwise (&w->recurrent_activation))
    after_by_rows (w, step);
  else
    TILE_ALL (after_tile, &job, 4, step->rows, w->recurrent.panels);
}
