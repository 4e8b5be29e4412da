/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the machine can do at most in plain C, to be timed. */

#include "kernels/scalar.h"

#include <string.h>

#define LANES 32

void
lstm_scalar_read (const gfloat *v, gsize n, gfloat *seen)
{
  guint32 sum[LANES] = { 0 }, bits[LANES];

  for (gsize i = 0; i + LANES <= n; i += LANES) {
    memcpy (bits, v + i, sizeof bits);
    for (guint l = 0; l < LANES; l++)
      sum[l] |= bits[l];
  }
  for (guint l = 1; l < LANES; l++)
    sum[0] |= sum[l];
  memcpy (seen, sum, sizeof *seen);
}

gsize
lstm_scalar_multiply (gsize rounds, gfloat *seen)
{
  gfloat chain[LANES];

  for (guint l = 0; l < LANES; l++)
    chain[l] = (gfloat) l;
  for (gsize i = 0; i < rounds; i++)
    for (guint l = 0; l < LANES; l++)
      chain[l] = chain[l] * 0.5f + 0.5f;
  *seen = chain[0];
  for (guint l = 1; l < LANES; l++)
    *seen += chain[l];
  return rounds * LANES * 2;
}
