/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What bf16 and int8 weights mean: with bf16, f32's chain over rounded weights;
 * with int8, sum += (float) (integers of a block) * (input's scale * weight's
 * scale). */

#include "kernels/narrow.h"
#include "kernels/scalar.h"

#define WIDTH LSTM_SCALAR_WIDTH

/* One gate of a panel; w is [pairs][..][WIDTH][2] with rows `step` apart. */
static void
bf16_gate (const guint16 *w, gsize step, gsize in, const gfloat *x, gfloat *acc)
{
  gfloat sum[WIDTH];

  for (guint l = 0; l < WIDTH; l++)
    sum[l] = acc[l];
  for (gsize i = 0; i < in; i++) {
    const guint16 *row = w + i / 2 * step + i % 2;
    gfloat v = x[i];

    for (guint l = 0; l < WIDTH; l++)
      sum[l] += v * lstm_from_bf16 (row[2 * l]);
  }
  for (guint l = 0; l < WIDTH; l++)
    acc[l] = sum[l];
}

/* One gate of a panel over a block of n inputs. */
static void
int8_gate (const gint8 *w, gsize step, gsize n, const gint16 *q,
    const gfloat *scales, gfloat scale, gfloat *acc)
{
  gint32 sum[WIDTH] = { 0 };

  for (gsize i = 0; i < n; i++)
    for (guint l = 0; l < WIDTH; l++)
      sum[l] += q[i] * w[i / 2 * step + 2 * l + i % 2];
  for (guint l = 0; l < WIDTH; l++)
    acc[l] += (gfloat) sum[l] * (scale * scales[l]);
}

static void
int8_row (const LstmPacked *w, guint panel, const gfloat *x, gfloat *acc)
{
  gsize lanes = (gsize) w->gates * WIDTH, pairs = ((gsize) w->in + 1) / 2;
  gsize blocks = lstm_int8_blocks (w->in);

  for (gsize b = 0; b < blocks; b++) {
    gsize first = b * LSTM_INT8_BLOCK;
    gsize n = MIN (LSTM_INT8_BLOCK, w->in - first);
    const gint8 *data = w->int8 + (panel * pairs + first / 2) * lanes * 2;
    const gfloat *scales = w->scales + (panel * blocks + b) * lanes;
    gint16 q[LSTM_INT8_BLOCK];
    gfloat scale = lstm_quantise (n, x + first, LSTM_INT8_INPUT_MAX, q);

    for (guint g = 0; g < w->gates; g++)
      int8_gate (data + g * WIDTH * 2, lanes * 2, n, q, scales + g * WIDTH,
          scale, acc + g * WIDTH);
  }
}

void
lstm_scalar_panel_row_narrow (
    const LstmPacked *w, guint panel, const gfloat *x, gfloat *acc)
{
  gsize lanes = (gsize) w->gates * WIDTH, pairs = ((gsize) w->in + 1) / 2;

  if (w->precision == LSTM_PRECISION_INT8) {
    int8_row (w, panel, x, acc);
    return;
  }
  for (guint g = 0; g < w->gates; g++)
    bf16_gate (w->bf16 + (panel * pairs * lanes + g * WIDTH) * 2, lanes * 2,
        w->in, x, acc + g * WIDTH);
}
