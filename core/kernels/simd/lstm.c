/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* LSTM: c' = f c + i g, h' = o act(c'), gates i f g o (S. Hochreiter and J.
 * Schmidhuber, with the forget gate of F. Gers). */

#include "kernels/simd/activations.h"
#include "kernels/simd/set.h"
#include "kernels/simd/tile.h"

typedef struct {
  const LstmLstmWeights *w;
  const LstmStep *step;
  CellKind kind;
} Job;

/* i g and o tanh(c) are fractions, with one division each. Against the product
 * of the exact activations: 3e-7 relative. */
SIMD_INLINE V
sigmoid_cell (V i, V f, V g, V o, V *c)
{
  V input = v_sigmoid_divisor (i), output = v_sigmoid_divisor (o);
  Fraction candidate = v_tanh_fraction (g), shown;
  V fresh = v_div (candidate.n, v_mul (input, candidate.d));

  *c = v_fma (v_sigmoid (f), *c, fresh);
  shown = v_tanh_fraction (*c);
  return v_div (shown.n, v_mul (output, shown.d));
}

/* As any_cell, without a call for each of them. */
SIMD_INLINE V
hard_cell (V i, V f, V g, V o, V *c)
{
  i = v_hard_sigmoid_keras2 (i);
  f = v_hard_sigmoid_keras2 (f);
  o = v_hard_sigmoid_keras2 (o);
  *c = v_fma (f, *c, v_mul (i, v_tanh (g)));
  return v_mul (o, v_tanh (*c));
}

static __attribute__ ((noinline)) V
any_cell (const LstmLstmWeights *w, V i, V f, V g, V o, V *c)
{
  i = v_gate (&w->recurrent_activation, i);
  f = v_gate (&w->recurrent_activation, f);
  g = v_gate (&w->activation, g);
  o = v_gate (&w->recurrent_activation, o);
  *c = v_fma (f, *c, v_mul (i, g));
  return v_mul (o, v_gate (&w->activation, *c));
}

SIMD_INLINE V
one_cell (const Job *j, CellKind kind, const V *gates, V *c)
{
  if (kind == CELL_SIGMOID)
    return sigmoid_cell (gates[0], gates[1], gates[2], gates[3], c);
  if (kind == CELL_HARD_SIGMOID)
    return hard_cell (gates[0], gates[1], gates[2], gates[3], c);
  return any_cell (j->w, gates[0], gates[1], gates[2], gates[3], c);
}

/* `gates` are the panel's four. */
SIMD_INLINE void
panel_cells (
    const Job *j, CellKind kind, const V *gates, gsize row, gsize panel)
{
  const LstmStep *s = j->step;
  gsize at = panel * VL, n = MIN (VL, j->w->recurrent.units - at);
  gfloat *to_c = s->c + row * s->c_stride + at;
  gfloat *to_h = s->out + row * s->out_stride + at;
  V h, c = n == VL ? v_load (to_c) : v_load_n (to_c, n);

  h = one_cell (j, kind, gates, &c);
  if (n == VL) {
    v_store (to_c, c);
    v_store (to_h, h);
  } else {
    v_store_n (to_c, c, n);
    v_store_n (to_h, h, n);
  }
}

#include "kernels/simd/cells.h"

SIMD_INLINE void
step_tile (const Job *j, gsize row, guint R, gsize panel, guint P)
{
  const LstmStep *s = j->step;
  V acc[MAX_ACCUMULATORS];

  if (s->x) {
    tile_begin (
        acc, R, P, 4, 4, 0, j->w->input.bias + panel * 4 * VL, 4 * VL, 0);
    tile_chains (acc, R, P, 4, 4, 0, &j->w->input, panel,
        s->x + row * s->x_stride, s->x_stride);
  } else {
    tile_begin (acc, R, P, 4, 4, 0, s->z + row * s->z_stride + panel * 4 * VL,
        4 * VL, s->z_stride);
  }
  tile_chains (acc, R, P, 4, 4, 0, &j->w->recurrent, panel,
      s->h + row * s->h_stride, s->h_stride);
  tile_cells (j, acc, row, R, panel, P);
}

#include "kernels/simd/tail.h"

/* With an activation that looks at whole rows. */
static void
step_by_rows (const LstmLstmWeights *w, const LstmStep *s)
{
  const LstmPacked *r = &w->recurrent;

  SIMD (sum_step) (&w->input, r, s);
  for (gsize row = 0; row < s->rows; row++) {
    gfloat *z = s->z + row * s->z_stride, *h = s->out + row * s->out_stride;
    gfloat *c = s->c + row * s->c_stride;

    SIMD (activate_gates) (&w->recurrent_activation, r, 0, 2, z, h);
    SIMD (activate_gates) (&w->activation, r, 2, 1, z, h);
    SIMD (activate_gates) (&w->recurrent_activation, r, 3, 1, z, h);
    for (gsize u = 0; u < r->units; u++) {
      const gfloat *gate = z + u / VL * 4 * VL + u % VL;

      c[u] = gate[VL] * c[u] + gate[0] * gate[2 * VL];
      h[u] = c[u];
    }
    SIMD (activate) (&w->activation, 1, r->units, h);
    for (gsize u = 0; u < r->units; u++)
      h[u] = z[u / VL * 4 * VL + u % VL + 3 * VL] * h[u];
  }
}

static void
step_by_tiles (const LstmLstmWeights *w, const LstmStep *step)
{
  const Job job = { w, step,
    cell_kind (&w->recurrent_activation, &w->activation) };

  if (w->recurrent.tail > 0)
    step_with_tail (&job);
  else
    TILE_ALL (step_tile, &job, 4, step->rows, w->recurrent.panels);
}

/* The products first, then tiles without inputs. */
static void
step_by_products (const LstmLstmWeights *w, const LstmStep *s)
{
  LstmLstmWeights cells = *w;
  LstmStep rest = *s;

  SIMD (sum_step) (&w->input, &w->recurrent, s);
  rest.x = NULL;
  cells.recurrent.in = 0;
  step_by_tiles (&cells, &rest);
}

void
SIMD (lstm_step) (const LstmLstmWeights *w, const LstmStep *step)
{
  if (!lstm_activation_is_pointwise (&w->activation) ||
      !lstm_activation_is_pointwise (&w->recurrent_activation))
    step_by_rows (w, step);
  else if (w->recurrent.precision != LSTM_PRECISION_F32)
    step_by_products (w, step);
  else
    step_by_tiles (w, step);
}
