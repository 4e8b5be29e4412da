/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/simd/product.h"
#include "kernels/simd/narrow.h"
#include "kernels/simd/set.h"

SIMD_INLINE void
product_tile (const Product *j, LstmPrecision precision, guint G, gsize row,
    guint R, gsize panel, guint P)
{
  V acc[MAX_ACCUMULATORS];
  gfloat *to = j->to + row * j->to_stride + panel * j->to_panel;
  gsize at = j->first + panel;

  if (j->fresh)
    tile_begin (
        acc, R, P, G, G, 0, j->w->bias + at * j->w->gates * VL, G * VL, 0);
  else
    tile_begin (acc, R, P, G, G, 0, to, j->to_panel, j->to_stride);
  if (precision == LSTM_PRECISION_F32)
    tile_chains (
        acc, R, P, G, G, 0, j->w, at, j->x + row * j->x_stride, j->x_stride);
  else if (precision == LSTM_PRECISION_BF16)
    bf16_chains (acc, R, P, G, j->w, at, j->x + row * j->x_stride, j->x_stride);
  else
    int8_chains (acc, R, P, G, j->w, at, j->narrow, row);
  tile_end (acc, R, P, G, to, j->to_panel, j->to_stride);
}

#define PRODUCT(name, precision, G)                                            \
  SIMD_INLINE void tile_##name (                                               \
      const Product *j, gsize row, guint R, gsize panel, guint P)              \
  {                                                                            \
    product_tile (j, precision, G, row, R, panel, P);                          \
  }                                                                            \
  static void product_##name (const Product *j, gsize rows, gsize panels)      \
  {                                                                            \
    TILE_ALL (tile_##name, j, G, rows, panels);                                \
  }

#define PRODUCTS(name, precision)                                              \
  PRODUCT (name##_1, precision, 1)                                             \
  PRODUCT (name##_2, precision, 2)                                             \
  PRODUCT (name##_3, precision, 3)                                             \
  PRODUCT (name##_4, precision, 4)

PRODUCTS (f32, LSTM_PRECISION_F32)
PRODUCTS (bf16, LSTM_PRECISION_BF16)
PRODUCTS (int8, LSTM_PRECISION_INT8)

#define PRODUCT_ROW(name)                                                      \
  {                                                                            \
    product_##name##_1, product_##name##_2, product_##name##_3,                \
        product_##name##_4                                                     \
  }

/* By precision and number of gates. */
static void (*const products[][4]) (const Product *, gsize, gsize) = {
  [LSTM_PRECISION_F32] = PRODUCT_ROW (f32),
  [LSTM_PRECISION_BF16] = PRODUCT_ROW (bf16),
  [LSTM_PRECISION_INT8] = PRODUCT_ROW (int8),
};

static void
quantise (const Product *j, gsize row, gsize rows, NarrowInputs *narrow)
{
  for (gsize r = 0; r < rows; r++) {
    const gfloat *x = j->x + (row + r) * j->x_stride + narrow->first;

    for (gsize at = 0, b = 0; at < narrow->n; at += LSTM_INT8_BLOCK, b++)
      narrow->scale[r][b] =
          lstm_quantise (MIN (LSTM_INT8_BLOCK, narrow->n - at), x + at,
              LSTM_INT8_INPUT_MAX, &narrow->q[r][at]);
  }
}

/* A few rows at a time, and of their inputs a part; the next part goes on from
 * what stands there. */
static void
run_int8 (const Product *job, gsize rows, gsize panels)
{
  NarrowInputs narrow;

  for (gsize r = 0, n; r < rows; r += n) {
    Product j = *job;

    n = tile_share (rows - r, NARROW_ROWS);
    j.to += r * j.to_stride;
    j.narrow = &narrow;
    for (gsize first = 0; first < j.w->in; first += NARROW_INPUTS) {
      narrow.first = first;
      narrow.n = MIN (NARROW_INPUTS, j.w->in - first);
      quantise (job, r, n, &narrow);
      products[LSTM_PRECISION_INT8][j.w->gates - 1](&j, n, panels);
      j.fresh = FALSE;
    }
  }
}

/* A tail is like a panel of fewer gates. */
static void
run_f32 (const Product *j, gsize rows, gsize panels)
{
  const LstmPacked *w = j->w;
  gsize whole = w->tail ? panels - 1 : panels;

  products[LSTM_PRECISION_F32][w->gates - 1](j, rows, whole);
  if (w->tail) {
    Product tail = *j;

    tail.first += whole;
    tail.to += whole * j->to_panel;
    products[LSTM_PRECISION_F32][w->gates * w->tail / VL - 1](&tail, rows, 1);
  }
}

static void
run (const Product *j, gsize rows, gsize panels)
{
#if defined(LSTM_SIMD_AVX512)
  if (j->w->precision == LSTM_PRECISION_INT8 && j->w->int8_group == 4) {
    if (j->w->tiles && rows >= LSTM_TILE_ROWS)
      lstm_avx512_amx_product (j, rows, panels);
    else
      lstm_avx512_vnni_product (j, rows, panels);
    return;
  }
#endif
  if (j->w->precision == LSTM_PRECISION_INT8)
    run_int8 (j, rows, panels);
  else if (j->w->precision == LSTM_PRECISION_F32)
    run_f32 (j, rows, panels);
  else
    products[j->w->precision][j->w->gates - 1](j, rows, panels);
}

static Product
of_z (const LstmPacked *w, const gfloat *x, gsize x_stride, gfloat *z,
    gsize z_stride, gboolean fresh)
{
  return (Product){ w, x, x_stride, z + w->z_first * VL, z_stride,
    (gsize) w->z_gates * VL, fresh, 0, NULL };
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

void
SIMD (sum_step) (
    const LstmPacked *input, const LstmPacked *recurrent, const LstmStep *s)
{
  if (s->x)
    SIMD (project) (input, s->rows, s->x, s->x_stride, s->z, s->z_stride);
  SIMD (accumulate)
  (recurrent, s->rows, s->h, s->h_stride, s->z, s->z_stride);
}

/* The last panel, if some of its units are none, goes by way of a vector. */
void
SIMD (dense) (const LstmPacked *w, gsize rows, const gfloat *x, gsize x_stride,
    gfloat *y, gsize y_stride)
{
  gsize whole = w->units / VL, rest = w->units % VL;
  Product j = { w, x, x_stride, y, y_stride, VL, TRUE, 0, NULL };
  gfloat last[MANY_ROWS * VL];

  run (&j, rows, whole);
  if (rest == 0)
    return;
  for (gsize r = 0, n; r < rows; r += n) {
    n = tile_share (rows - r, MANY_ROWS);
    j = (Product){ w, x + r * x_stride, x_stride, last, VL, VL, TRUE, whole,
      NULL };
    run (&j, n, 1);
    for (gsize i = 0; i < n; i++)
      v_store_n (
          y + (r + i) * y_stride + whole * VL, v_load (last + i * VL), rest);
  }
}
