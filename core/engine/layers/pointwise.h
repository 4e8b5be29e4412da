/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* y = f(x, a, b) for n numbers; a and b hold n numbers, or one for all. */
typedef void (*LstmPointwiseFunc) (gsize n, const gfloat *x, gfloat *y,
    const gfloat *a, const gfloat *b, gboolean one);

/* Such a function out of one for a single number, f (x, a, b). */
#define LSTM_POINTWISE(name, single)                                           \
  static void name (gsize n, const gfloat *x, gfloat *y, const gfloat *a,      \
      const gfloat *b, gboolean one)                                           \
  {                                                                            \
    if (one) {                                                                 \
      const gfloat a0 = *a, b0 = *b;                                           \
                                                                               \
      for (gsize i = 0; i < n; i++)                                            \
        y[i] = single (x[i], a0, b0);                                          \
      return;                                                                  \
    }                                                                          \
    for (gsize i = 0; i < n; i++)                                              \
      y[i] = single (x[i], a[i], b[i]);                                        \
  }

/* x a + b, which more than one layer computes. */
static inline gfloat
lstm_scale_shift (gfloat x, gfloat a, gfloat b)
{
  return x * a + b;
}

/* What a layer keeps for each number, packed: both arrays have the same shape,
 * which is broadcast to that of a sample as numpy does: aligned at the last
 * axis, an axis of 1 stands for all. */
typedef struct {
  gsize n;
  gfloat *a;
  gfloat *b;
} LstmPointwise;

LstmPointwise *lstm_pointwise_new (gsize n);
void lstm_pointwise_free (gpointer packed);

/* Whether @params can be broadcast to @shape. */
gboolean lstm_pointwise_fits (const LstmShape *params, const LstmShape *shape);

/* Whether @params has numbers of its own for each step of the stream. */
gboolean lstm_pointwise_meets_time (
    const LstmShape *params, const LstmSpec *spec);

#define LSTM_WHY_EACH_STEP "it has numbers of its own for each step"

void lstm_pointwise_run (
    const LstmRun *run, const LstmShape *params, LstmPointwiseFunc func);
