/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/simd/set.h"
#include "kernels/simd/tile.h"

/* What a product makes: z rows, or dense rows of one gate. */
typedef struct {
  const LstmPacked *w;
  const gfloat *x;
  gsize x_stride;
  gfloat *to;
  gsize to_stride;
  gsize to_panel; /* floats from panel to panel */
  gboolean fresh; /* begins with the bias, not with what stands there */
} Product;

SIMD_INLINE void
product_tile (
    const Product *j, guint G, gsize row, guint R, gsize panel, guint P)
{
  V acc[MAX_ACCUMULATORS];
  gfloat *to = j->to + row * j->to_stride + panel * j->to_panel;

  if (j->fresh)
    tile_begin (acc, R, P, G, G, 0, j->w->bias + panel * G * VL, G * VL, 0);
  else
    tile_begin (acc, R, P, G, G, 0, to, j->to_panel, j->to_stride);
  tile_chains (
      acc, R, P, G, G, 0, j->w, panel, j->x + row * j->x_stride, j->x_stride);
  tile_end (acc, R, P, G, to, j->to_panel, j->to_stride);
}

#define PRODUCT(G)                                                             \
  SIMD_INLINE void tile_##G (                                                  \
      const Product *j, gsize row, guint R, gsize panel, guint P)              \
  {                                                                            \
    product_tile (j, G, row, R, panel, P);                                     \
  }                                                                            \
  static void product_##G (const Product *j, gsize rows, gsize panels)         \
  {                                                                            \
    TILE_ALL (tile_##G, j, G, rows, panels);                                   \
  }

PRODUCT (1)
PRODUCT (2)
PRODUCT (3)
PRODUCT (4)

static void
run (const Product *j, gsize rows, gsize panels)
{
  switch (j->w->gates) {
    case 1:
      product_1 (j, rows, panels);
      break;
    case 2:
      product_2 (j, rows, panels);
      break;
    case 3:
      product_3 (j, rows, panels);
      break;
    default:
      product_4 (j, rows, panels);
      break;
  }
}

static Product
of_z (const LstmPacked *w, const gfloat *x, gsize x_stride, gfloat *z,
    gsize z_stride, gboolean fresh)
{
  return (Product){ w, x, x_stride, z + w->z_first * VL, z_stride,
    (gsize) w->z_gates * VL, fresh };
}

void
SIMD (accumulate) (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride)
{
  Product j = of_z (w, x, x_stride, z, z_stride, FALSE);

  run (&j, rows, w->panels);
}

void
SIMD (project) (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride)
{
  Product j = of_z (w, x, x_stride, z, z_stride, TRUE);

  run (&j, rows, w->panels);
}

/* The last panel, if some of its units are none, goes by way of a vector. */
void
SIMD (dense) (const LstmPacked *w, gsize rows, const gfloat *x, gsize x_stride,
    gfloat *y, gsize y_stride)
{
  gsize whole = w->units / VL, rest = w->units % VL;
  Product j = { w, x, x_stride, y, y_stride, VL, TRUE };
  gfloat last[MANY_ROWS * VL];
  LstmPacked tail = *w;

  run (&j, rows, whole);
  if (rest == 0)
    return;
  tail.data += whole * w->in * VL;
  tail.bias += whole * VL;
  for (gsize r = 0, n; r < rows; r += n) {
    n = tile_share (rows - r, MANY_ROWS);
    j = (Product){ &tail, x + r * x_stride, x_stride, last, VL, VL, TRUE };
    run (&j, n, 1);
    for (gsize i = 0; i < n; i++)
      v_store_n (
          y + (r + i) * y_stride + whole * VL, v_load (last + i * VL), rest);
  }
}
