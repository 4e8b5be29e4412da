/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/rows.h"

#define LANES 8

static gfloat
add_lanes (const gfloat *s)
{
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

gfloat
lstm_row_sum (gsize n, const gfloat *v)
{
  gfloat sum[LANES] = { 0 };
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    for (gsize l = 0; l < LANES; l++)
      sum[l] += v[i + l];
  for (gsize l = 0; i + l < n; l++)
    sum[l] += v[i + l];
  return add_lanes (sum);
}

gfloat
lstm_row_square_sum (gsize n, const gfloat *v, gfloat mean)
{
  gfloat sum[LANES] = { 0 };
  gsize i = 0;

  for (; i + LANES <= n; i += LANES) {
    for (gsize l = 0; l < LANES; l++) {
      gfloat d = v[i + l] - mean;

      sum[l] += d * d;
    }
  }
  for (gsize l = 0; i + l < n; l++) {
    gfloat d = v[i + l] - mean;

    sum[l] += d * d;
  }
  return add_lanes (sum);
}

gfloat
lstm_row_max (gsize n, const gfloat *v)
{
  gfloat max = v[0];

  for (gsize i = 1; i < n; i++)
    max = v[i] > max ? v[i] : max;
  return max;
}

void
lstm_row_moments (gsize n, const gfloat *v, gfloat *mean, gfloat *variance)
{
  *mean = lstm_row_sum (n, v) / (gfloat) n;
  *variance = lstm_row_square_sum (n, v, *mean) / (gfloat) n;
}

/* One instruction, since this folder is compiled with -fno-math-errno. */
gfloat
lstm_sqrt (gfloat x)
{
  return __builtin_sqrtf (x);
}
