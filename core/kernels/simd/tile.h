/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/simd/vector.h"

/* A tile is R rows by P panels, with A accumulators a panel, [R][P][A], all of
 * them registers. Each is one chain of fused multiplications in the order of
 * the inputs, whatever R and P are; what hides their latency is that many of
 * them run at once. R, P, A and G are constants where these functions are used.
 */
#define MAX_ACCUMULATORS 24
#define MAX_PANELS 8
#define LINE_FLOATS 16

SIMD_INLINE const gfloat *
panel_data (const LstmPacked *w, gsize panel)
{
  return w->data + panel * w->in * w->gates * VL;
}

/* A pointer that the compiler may not express by another one: each panel is
 * read through its own register with constant offsets, the cheapest address. */
#define OWN_REGISTER(p) __asm__("" : "+r"(p))

/* The cache lines of `n` floats, so far ahead. */
SIMD_INLINE void
prefetch (const gfloat *p, guint n)
{
  UNROLL
  for (guint i = 0; i < n; i += LINE_FLOATS)
    __builtin_prefetch (p + PREFETCH + i);
}

/* One row: acc += x W for a row of inputs; each weight is read once. Behind
 * the P panels may be a tail of T vectors. */
SIMD_INLINE void
row_chains (V *acc, guint P, guint A, guint G, guint first, V *tail, guint T,
    const LstmPacked *w, gsize panel, const gfloat *x, gboolean ahead)
{
  const gfloat *data[MAX_PANELS], *rest;
  gsize step = (gsize) w->in * G * VL;

  UNROLL
  for (guint p = 0; p < P; p++)
    data[p] = panel_data (w, panel) + p * step;
  rest = panel_data (w, panel) + P * step;
  for (gsize k = 0; k < w->in; k++) {
    V v = v_set (x[k]);

    UNROLL
    for (guint p = 0; p < P; p++) {
      OWN_REGISTER (data[p]);
      if (ahead)
        prefetch (data[p], G * VL);
      UNROLL
      for (guint g = 0; g < G; g++) {
        V *a = &acc[p * A + first + g];

        *a = v_fma (v, v_load (data[p] + g * VL), *a);
      }
      data[p] += G * VL;
    }
    if (ahead && T > 0)
      prefetch (rest, T * VL);
    UNROLL
    for (guint t = 0; t < T; t++)
      tail[t] = v_fma (v, v_load (rest + t * VL), tail[t]);
    rest += T * VL;
  }
}

/* Many rows: each weight is read once for R of them. */
SIMD_INLINE void
rows_chains (V *acc, guint R, guint P, guint A, guint G, guint first,
    const LstmPacked *w, gsize panel, const gfloat *x, gsize x_stride,
    gboolean ahead)
{
  const gfloat *data = panel_data (w, panel);
  gsize step = (gsize) w->in * G * VL;

  for (gsize k = 0; k < w->in; k++, data += G * VL) {
    UNROLL
    for (guint p = 0; ahead && p < P; p++)
      prefetch (data + p * step, G * VL);
    UNROLL
    for (guint r = 0; r < R; r++) {
      V v = v_set (x[r * x_stride + k]);

      UNROLL
      for (guint i = 0; i < P * G; i++) {
        guint at = (r * P + i / G) * A + first + i % G;

        acc[at] = v_fma (v, v_load (data + i / G * step + i % G * VL), acc[at]);
      }
    }
  }
}

/* The same, with what lies further on asked for if that is worth it. */
SIMD_INLINE void
row_and_tail (V *acc, guint P, guint A, guint G, guint first, V *tail, guint T,
    const LstmPacked *w, gsize panel, const gfloat *x)
{
  if (PREFETCH > 0 && w->large)
    row_chains (acc, P, A, G, first, tail, T, w, panel, x, TRUE);
  else
    row_chains (acc, P, A, G, first, tail, T, w, panel, x, FALSE);
}

/* acc += x W, where W has G gates, which are accumulators first.. of a panel.
 */
SIMD_INLINE void
tile_chains (V *acc, guint R, guint P, guint A, guint G, guint first,
    const LstmPacked *w, gsize panel, const gfloat *x, gsize x_stride)
{
  gboolean ahead = PREFETCH > 0 && w->large;

  if (R == 1)
    row_and_tail (acc, P, A, G, first, NULL, 0, w, panel, x);
  else if (ahead)
    rows_chains (acc, R, P, A, G, first, w, panel, x, x_stride, TRUE);
  else
    rows_chains (acc, R, P, A, G, first, w, panel, x, x_stride, FALSE);
}

/* Accumulators first.. of each panel begin with G vectors that lie side by
 * side: biases, or a part of a row of z. */
SIMD_INLINE void
tile_begin (V *acc, guint R, guint P, guint A, guint G, guint first,
    const gfloat *from, gsize panel_step, gsize row_stride)
{
  UNROLL
  for (guint r = 0; r < R; r++) {
    UNROLL
    for (guint i = 0; i < P * G; i++)
      acc[(r * P + i / G) * A + first + i % G] =
          v_load (from + r * row_stride + i / G * panel_step + i % G * VL);
  }
}

SIMD_INLINE void
tile_end (const V *acc, guint R, guint P, guint A, gfloat *to, gsize panel_step,
    gsize row_stride)
{
  UNROLL
  for (guint r = 0; r < R; r++) {
    UNROLL
    for (guint i = 0; i < P * A; i++)
      v_store (to + r * row_stride + i / A * panel_step + i % A * VL,
          acc[r * P * A + i]);
  }
}

/* How many of those that are left go into the next tile: as evenly as can be,
 * so that none of them is alone. */
SIMD_INLINE gsize
tile_share (gsize left, gsize most)
{
  gsize tiles = (left + most - 1) / most;

  return (left + tiles - 1) / tiles;
}

/* Calls TILE (job, row, R, panel, P) for all rows and panels of matrices with G
 * gates: one row in all panels that registers hold at once, of many rows
 * MANY_ROWS in four vectors. TILE is inlined at each place with constants. */
#define ROW_CASE(TILE, job, p, P)                                              \
  case P:                                                                      \
    if ((P) <= ROW_VECTORS / 4)                                                \
      TILE (job, 0, 1, p, MIN (P, ROW_VECTORS / 4));                           \
    break;

/* Three or four gates. */
#define TILE_ROW_WIDE(TILE, job, panels)                                       \
  for (gsize p_ = 0, n_; p_ < (panels); p_ += n_) {                            \
    n_ = tile_share ((panels) -p_, ROW_VECTORS / 4);                           \
    switch (n_) {                                                              \
      ROW_CASE (TILE, job, p_, 1)                                              \
      ROW_CASE (TILE, job, p_, 2)                                              \
      ROW_CASE (TILE, job, p_, 3)                                              \
      ROW_CASE (TILE, job, p_, 4)                                              \
    }                                                                          \
  }

/* One or two. */
#define ROW_LOOP(TILE, job, panels, p, P)                                      \
  for (; p + (P) <= (panels); p += (P))                                        \
    TILE (job, 0, 1, p, (P));

#define TILE_ROW_NARROW(TILE, job, panels)                                     \
  do {                                                                         \
    gsize p_ = 0;                                                              \
    ROW_LOOP (TILE, job, panels, p_, 8)                                        \
    ROW_LOOP (TILE, job, panels, p_, 4)                                        \
    ROW_LOOP (TILE, job, panels, p_, 2)                                        \
    ROW_LOOP (TILE, job, panels, p_, 1)                                        \
  } while (0)

#define ROWS_CASE(TILE, job, r, R, p, P)                                       \
  case R:                                                                      \
    if ((R) <= MANY_ROWS)                                                      \
      TILE (job, r, MIN (R, MANY_ROWS), p, P);                                 \
    break;

#define TILE_ROWS(TILE, job, P, rows, panels, p)                               \
  for (; p + (P) <= (panels); p += (P))                                        \
    for (gsize r_ = 0, n_; r_ < (rows); r_ += n_) {                            \
      n_ = tile_share ((rows) -r_, MANY_ROWS);                                 \
      switch (n_) {                                                            \
        ROWS_CASE (TILE, job, r_, 2, p, P)                                     \
        ROWS_CASE (TILE, job, r_, 3, p, P)                                     \
        ROWS_CASE (TILE, job, r_, 4, p, P)                                     \
        ROWS_CASE (TILE, job, r_, 5, p, P)                                     \
        ROWS_CASE (TILE, job, r_, 6, p, P)                                     \
      }                                                                        \
    }

#define TILE_ALL(TILE, job, G, rows, panels)                                   \
  do {                                                                         \
    gsize at_ = 0;                                                             \
    if ((rows) == 1) {                                                         \
      if ((G) >= 3)                                                            \
        TILE_ROW_WIDE (TILE, job, panels)                                      \
      else                                                                     \
        TILE_ROW_NARROW (TILE, job, panels);                                   \
      break;                                                                   \
    }                                                                          \
    TILE_ROWS (TILE, job, 4 / (G), rows, panels, at_)                          \
    if ((G) < 3)                                                               \
      TILE_ROWS (TILE, job, 1, rows, panels, at_)                              \
  } while (0)
