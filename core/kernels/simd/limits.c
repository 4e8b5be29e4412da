/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the machine can do at most with these instructions, to be timed. */

#include "kernels/simd/set.h"

#define N_READ 8
#define N_CHAINS 12

void
SIMD (read) (const gfloat *v, gsize n, gfloat *seen)
{
  V sum[N_READ];
  gsize i = 0;

  UNROLL
  for (guint k = 0; k < N_READ; k++)
    sum[k] = v_set (0.0f);
  for (; i + N_READ * VL <= n; i += N_READ * VL) {
    UNROLL
    for (guint k = 0; k < N_READ; k++)
      sum[k] = v_or (sum[k], v_load (v + i + k * VL));
  }
  for (guint k = 1; k < N_READ; k++)
    sum[0] = v_or (sum[0], sum[k]);
  v_store_n (seen, sum[0], 1);
}

gsize
SIMD (multiply) (gsize rounds, gfloat *seen)
{
  V chain[N_CHAINS], half = v_set (0.5f);

  UNROLL
  for (guint k = 0; k < N_CHAINS; k++)
    chain[k] = v_set ((gfloat) k);
  for (gsize i = 0; i < rounds; i++) {
    UNROLL
    for (guint k = 0; k < N_CHAINS; k++)
      chain[k] = v_fma (chain[k], half, half);
  }
  for (guint k = 1; k < N_CHAINS; k++)
    chain[0] = v_add (chain[0], chain[k]);
  v_store_n (seen, chain[0], 1);
  return rounds * N_CHAINS * VL * 2;
}
