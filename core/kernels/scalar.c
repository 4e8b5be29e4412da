/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/scalar.h"

#include <string.h>

#define WIDTH LSTM_SCALAR_WIDTH

/* acc[lanes] += x[i] * w[i][lanes] for each input in order. Two gates at a time
 * are what compilers keep in registers; tried: 16 lanes lose a quarter to the
 * latency of additions, 64 spill. */
static inline void
chain (guint lanes, const gfloat *w, gsize in, gsize w_stride, const gfloat *x,
    gfloat *acc)
{
  gfloat sum[2 * WIDTH];

  for (guint l = 0; l < lanes; l++)
    sum[l] = acc[l];
  for (gsize i = 0; i < in; i++, w += w_stride) {
    gfloat v = x[i];

    for (guint l = 0; l < lanes; l++)
      sum[l] += v * w[l];
  }
  for (guint l = 0; l < lanes; l++)
    acc[l] = sum[l];
}

static void
chain_2 (
    const gfloat *w, gsize in, gsize w_stride, const gfloat *x, gfloat *acc)
{
  chain (2 * WIDTH, w, in, w_stride, x, acc);
}

static void
chain_1 (
    const gfloat *w, gsize in, gsize w_stride, const gfloat *x, gfloat *acc)
{
  chain (WIDTH, w, in, w_stride, x, acc);
}

/* All gates of one panel for one row. */
static void
panel_row (const LstmPacked *w, guint panel, const gfloat *x, gfloat *acc)
{
  gsize lanes = (gsize) w->gates * WIDTH;
  const gfloat *data;
  guint g = 0;

  if (w->precision != LSTM_PRECISION_F32) {
    lstm_scalar_panel_row_narrow (w, panel, x, acc);
    return;
  }
  data = w->data + panel * w->in * lanes;
  for (; g + 2 <= w->gates; g += 2)
    chain_2 (data + g * WIDTH, w->in, lanes, x, acc + g * WIDTH);
  if (g < w->gates)
    chain_1 (data + g * WIDTH, w->in, lanes, x, acc + g * WIDTH);
}

/* z += x W: goes on from what z holds. */
void
lstm_scalar_accumulate (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride)
{
  for (guint p = 0; p < w->panels; p++) {
    gfloat *acc = z + ((gsize) p * w->z_gates + w->z_first) * WIDTH;

    for (gsize r = 0; r < rows; r++)
      panel_row (w, p, x + r * x_stride, acc + r * z_stride);
  }
}

void
lstm_scalar_project (const LstmPacked *w, gsize rows, const gfloat *x,
    gsize x_stride, gfloat *z, gsize z_stride)
{
  gsize lanes = (gsize) w->gates * WIDTH;

  for (guint p = 0; p < w->panels; p++) {
    gfloat *acc = z + ((gsize) p * w->z_gates + w->z_first) * WIDTH;

    for (gsize r = 0; r < rows; r++) {
      memcpy (acc + r * z_stride, w->bias + p * lanes, lanes * sizeof (gfloat));
      panel_row (w, p, x + r * x_stride, acc + r * z_stride);
    }
  }
}

static void
dense (const LstmPacked *w, gsize rows, const gfloat *x, gsize x_stride,
    gfloat *y, gsize y_stride)
{
  for (guint p = 0; p < w->panels; p++) {
    guint n = MIN (WIDTH, w->units - p * WIDTH);

    for (gsize r = 0; r < rows; r++) {
      gfloat acc[WIDTH];

      memcpy (acc, w->bias + p * WIDTH, sizeof acc);
      panel_row (w, p, x + r * x_stride, acc);
      memcpy (y + r * y_stride + p * WIDTH, acc, n * sizeof (gfloat));
    }
  }
}

static gboolean
supported (void)
{
  return TRUE;
}

const LstmKernels lstm_kernels_scalar = {
  .name = "scalar",
  .supported = supported,
  .width = WIDTH,
  .whole_units = G_MAXUINT,
  .int8_group = 2,
  .project = lstm_scalar_project,
  .dense = dense,
  .lstm_step = lstm_scalar_lstm_step,
  .gru_step = lstm_scalar_gru_step,
  .rnn_step = lstm_scalar_rnn_step,
  .activate = lstm_scalar_activate,
  .read = lstm_scalar_read,
  .multiply = lstm_scalar_multiply,
};
