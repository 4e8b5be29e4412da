/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* h' = act(x K + b + h R): J. Elman. */

#include "kernels/simd/activations.h"
#include "kernels/simd/set.h"
#include "kernels/simd/tile.h"

typedef struct {
  const LstmRnnWeights *w;
  const LstmStep *step;
} Job;

SIMD_INLINE void
step_tile (const Job *j, gsize row, guint R, gsize panel, guint P)
{
  const LstmStep *s = j->step;
  V acc[MAX_ACCUMULATORS], sums[MAX_ACCUMULATORS];

  if (s->x) {
    tile_begin (acc, R, P, 1, 1, 0, j->w->input.bias + panel * VL, VL, 0);
    tile_chains (acc, R, P, 1, 1, 0, &j->w->input, panel,
        s->x + row * s->x_stride, s->x_stride);
  } else {
    tile_begin (acc, R, P, 1, 1, 0, s->z + row * s->z_stride + panel * VL, VL,
        s->z_stride);
  }
  tile_chains (acc, R, P, 1, 1, 0, &j->w->recurrent, panel,
      s->h + row * s->h_stride, s->h_stride);
  UNROLL
  for (guint i = 0; i < R * P; i++)
    sums[i] = acc[i];
  for (guint i = 0; i < R * P; i++) {
    gsize at = (panel + i % P) * VL;
    gfloat *to = s->out + (row + i / P) * s->out_stride + at;

    v_store_n (to, v_gate (&j->w->activation, sums[i]),
        MIN (VL, j->w->recurrent.units - at));
  }
}

/* With an activation that looks at whole rows. */
static void
step_by_rows (const LstmRnnWeights *w, const LstmStep *s)
{
  SIMD (sum_step) (&w->input, &w->recurrent, s);
  for (gsize row = 0; row < s->rows; row++) {
    gfloat *out = s->out + row * s->out_stride;

    SIMD (gather) (&w->recurrent, 0, s->z + row * s->z_stride, out);
    SIMD (activate) (&w->activation, 1, w->recurrent.units, out);
  }
}

/* The products first, then tiles without inputs. */
static void
step_by_products (const LstmRnnWeights *w, const LstmStep *s)
{
  LstmRnnWeights cells = *w;
  LstmStep rest = *s;
  const Job job = { &cells, &rest };

  SIMD (sum_step) (&w->input, &w->recurrent, s);
  rest.x = NULL;
  cells.recurrent.in = 0;
  TILE_ALL (step_tile, &job, 1, s->rows, w->recurrent.panels);
}

void
SIMD (rnn_step) (const LstmRnnWeights *w, const LstmStep *step)
{
  const Job job = { w, step };

  if (!lstm_activation_is_pointwise (&w->activation))
    step_by_rows (w, step);
  else if (w->recurrent.precision != LSTM_PRECISION_F32)
    step_by_products (w, step);
  else
    TILE_ALL (step_tile, &job, 1, step->rows, w->recurrent.panels);
}
