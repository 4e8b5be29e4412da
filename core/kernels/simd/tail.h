/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The last panel of a cell of four gates, when it has few units: its gates
 * stand side by side in T vectors, one or two, and cells are made of as many
 * rows at once as fill a vector. It is included where there are a Job and
 *
 *   step_tile (job, row, R, panel, P)       panels that are whole
 *   one_cell (job, kind, gates, c)          a vector of units from four
 */

#define MAX_TAIL 2
#define MAX_TAIL_ROWS 8

/* Lanes of a gate. */
#define TAIL_LANES(T) ((T) *VL / 4)

/* A row for each of `lanes` floats of a vector, of which n count. */
SIMD_INLINE V
load_rows (const gfloat *from, gsize stride, guint lanes, gsize n, gsize rows)
{
  gfloat v[VL] VECTOR_ALIGNED = { 0 };

  if (rows == 1)
    return v_load_n (from, n);
  if (n == lanes)
    return v_join (from, stride, lanes, rows - 1);
  for (gsize r = 0; r < rows; r++)
    for (gsize i = 0; i < n; i++)
      v[r * lanes + i] = from[r * stride + i];
  return v_load (v);
}

SIMD_INLINE void
store_rows (gfloat *to, V a, gsize stride, guint lanes, gsize n, gsize rows)
{
  gfloat v[VL] VECTOR_ALIGNED;

  if (rows == 1) {
    v_store_n (to, a, n);
    return;
  }
  v_store (v, a);
  for (gsize r = 0; r < rows; r++)
    if (n == lanes)
      memcpy (to + r * stride, v + r * lanes, lanes * sizeof *v);
    else
      for (gsize i = 0; i < n; i++)
        to[r * stride + i] = v[r * lanes + i];
}

/* Gates are in memory, [rows][T * VL]. */
SIMD_INLINE void
tail_cells_of (const Job *j, CellKind kind, const gfloat *gates, gsize row,
    gsize rows, guint T)
{
  const LstmStep *s = j->step;
  const LstmPacked *w = &j->w->recurrent;
  guint lanes = TAIL_LANES (T);
  gsize at = (w->panels - 1) * VL, n = w->units - at;

  for (gsize r = 0; r < rows; r += VL / lanes, gates += 4 * VL) {
    gsize here = MIN (VL / lanes, rows - r);
    gfloat *to_c = s->c + (row + r) * s->c_stride + at;
    gfloat *to_h = s->out + (row + r) * s->out_stride + at;
    V c = load_rows (to_c, s->c_stride, lanes, n, here), v[4], h;

    UNROLL
    for (guint g = 0; g < 4; g++)
      v[g] = load_rows (gates + g * lanes, T * VL, lanes, lanes, here);
    h = one_cell (j, kind, v, &c);
    store_rows (to_c, c, s->c_stride, lanes, n, here);
    store_rows (to_h, h, s->out_stride, lanes, n, here);
  }
}

static __attribute__ ((noinline)) void
tail_cells (const Job *j, const gfloat *gates, gsize row, gsize rows, guint T)
{
#define TAIL_CASE(KIND, t)                                                     \
  if (j->kind == KIND && T == t)                                               \
    tail_cells_of (j, KIND, gates, row, rows, t);
  TAIL_CASE (CELL_SIGMOID, 1)
  TAIL_CASE (CELL_SIGMOID, 2)
  TAIL_CASE (CELL_HARD_SIGMOID, 1)
  TAIL_CASE (CELL_HARD_SIGMOID, 2)
  TAIL_CASE (CELL_ANY, 1)
  TAIL_CASE (CELL_ANY, 2)
#undef TAIL_CASE
}

/* One row: P panels, and the tail behind them. */
SIMD_INLINE void
row_with_tail (const Job *j, gsize panel, guint P, guint T)
{
  const LstmStep *s = j->step;
  const LstmPacked *in = &j->w->input, *state = &j->w->recurrent;
  const gfloat *from = (s->x ? in->bias : s->z) + panel * 4 * VL;
  gfloat gates[MAX_TAIL * VL] VECTOR_ALIGNED;
  V acc[MAX_ACCUMULATORS], tail[MAX_TAIL];

  tile_begin (acc, 1, P, 4, 4, 0, from, 4 * VL, 0);
  tile_begin (tail, 1, 1, T, T, 0, from + P * 4 * VL, 0, 0);
  if (s->x)
    row_and_tail (acc, P, 4, 4, 0, tail, T, in, panel, s->x);
  row_and_tail (acc, P, 4, 4, 0, tail, T, state, panel, s->h);
  tile_end (tail, 1, 1, T, gates, 0, 0);
  if (P > 0)
    tile_cells (j, acc, 0, 1, panel, P);
  if (j->kind == CELL_SIGMOID)
    tail_cells_of (j, CELL_SIGMOID, gates, 0, 1, T);
  else
    tail_cells (j, gates, 0, 1, T);
}

SIMD_INLINE void
rows_of_tail (const Job *j, gsize row, guint R, guint T)
{
  const LstmStep *s = j->step;
  const LstmPacked *in = &j->w->input, *state = &j->w->recurrent;
  gsize panel = state->panels - 1, at = panel * 4 * VL;
  gfloat gates[MAX_TAIL_ROWS * MAX_TAIL * VL] VECTOR_ALIGNED;
  V acc[MAX_TAIL_ROWS * MAX_TAIL];

  if (s->x) {
    tile_begin (acc, R, 1, T, T, 0, in->bias + at, 0, 0);
    tile_chains (
        acc, R, 1, T, T, 0, in, panel, s->x + row * s->x_stride, s->x_stride);
  } else {
    tile_begin (
        acc, R, 1, T, T, 0, s->z + row * s->z_stride + at, 0, s->z_stride);
  }
  tile_chains (
      acc, R, 1, T, T, 0, state, panel, s->h + row * s->h_stride, s->h_stride);
  tile_end (acc, R, 1, T, gates, 0, T * VL);
  tail_cells (j, gates, row, R, T);
}

#define ROW_TAIL_CASE(j, p, P, T)                                              \
  case P:                                                                      \
    if ((P) <= ROW_VECTORS / 4)                                                \
      row_with_tail (j, p, MIN (P, ROW_VECTORS / 4), T);                       \
    break;

#define ROWS_TAIL_CASE(j, r, R, T)                                             \
  case R:                                                                      \
    rows_of_tail (j, r, R, T);                                                 \
    break;

/* One row: the tail goes with the last whole panels, so that it does not wait
 * alone for its multiplications. */
SIMD_INLINE void
row_steps (const Job *j, guint T)
{
  gsize whole = j->w->recurrent.panels - 1, most = ROW_VECTORS / 4;
  gsize p = 0;

  if (whole > most) {
    gsize before = whole - most;

    TILE_ROW_WIDE (step_tile, j, before);
    p = before;
  }
  switch (whole - p) {
    ROW_TAIL_CASE (j, p, 0, T)
    ROW_TAIL_CASE (j, p, 1, T)
    ROW_TAIL_CASE (j, p, 2, T)
    ROW_TAIL_CASE (j, p, 3, T)
    ROW_TAIL_CASE (j, p, 4, T)
  }
}

SIMD_INLINE void
rows_steps (const Job *j, guint T)
{
  gsize rows = j->step->rows, whole = j->w->recurrent.panels - 1, p = 0;

  TILE_ROWS (step_tile, j, 1, rows, whole, p)
  for (gsize r = 0, n; r < rows; r += n) {
    n = tile_share (rows - r, T == 1 ? MAX_TAIL_ROWS : 6);
    switch (n) {
      ROWS_TAIL_CASE (j, r, 2, T)
      ROWS_TAIL_CASE (j, r, 3, T)
      ROWS_TAIL_CASE (j, r, 4, T)
      ROWS_TAIL_CASE (j, r, 5, T)
      ROWS_TAIL_CASE (j, r, 6, T)
      ROWS_TAIL_CASE (j, r, 7, T)
      ROWS_TAIL_CASE (j, r, 8, T)
    }
  }
}

static void
step_with_tail (const Job *j)
{
  gboolean one = j->step->rows == 1, quarter = j->w->recurrent.tail == VL / 4;

  if (one && quarter)
    row_steps (j, 1);
  else if (one)
    row_steps (j, 2);
  else if (quarter)
    rows_steps (j, 1);
  else
    rows_steps (j, 2);
}
