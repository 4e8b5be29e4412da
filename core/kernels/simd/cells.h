/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* From gates to cells, for a cell of four gates. It is included where there are
 * a Job with a `kind` of cell, and
 *
 *   panel_cells (job, kind, gates, row, panel)
 *
 * which makes the units of one row and one panel from four vectors. */

#include "kernels/simd/tile.h"

/* Gates are in memory, [rows][panels][4][VL]. */
SIMD_INLINE void
cells_of (const Job *j, CellKind kind, const gfloat *gates, gsize row,
    gsize rows, gsize panel, gsize panels)
{
  for (gsize r = 0; r < rows; r++)
    for (gsize p = 0; p < panels; p++, gates += 4 * VL) {
      const V v[4] = { v_load (gates), v_load (gates + VL),
        v_load (gates + 2 * VL), v_load (gates + 3 * VL) };

      panel_cells (j, kind, v, row + r, panel + p);
    }
}

static __attribute__ ((noinline)) void
many_cells (const Job *j, const gfloat *gates, gsize row, gsize rows,
    gsize panel, gsize panels)
{
  if (j->kind == CELL_SIGMOID)
    cells_of (j, CELL_SIGMOID, gates, row, rows, panel, panels);
  else if (j->kind == CELL_HARD_SIGMOID)
    cells_of (j, CELL_HARD_SIGMOID, gates, row, rows, panel, panels);
  else
    cells_of (j, CELL_ANY, gates, row, rows, panel, panels);
}

/* The end of a tile whose accumulators are gates. */
SIMD_INLINE void
tile_cells (
    const Job *j, const V *acc, gsize row, guint R, gsize panel, guint P)
{
  gfloat gates[MAX_ACCUMULATORS * VL] VECTOR_ALIGNED;

  if (R == 1 && j->kind == CELL_SIGMOID) {
    UNROLL
    for (guint p = 0; p < P; p++)
      panel_cells (j, CELL_SIGMOID, acc + p * 4, row, panel + p);
    return;
  }
  tile_end (acc, R, P, 4, gates, 4 * VL, P * 4 * VL);
  many_cells (j, gates, row, R, panel, P);
}
