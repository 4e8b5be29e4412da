/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The steps of a sequence from the last to the first; no model names it. */

#include "engine/layers/layers.h"

#include <string.h>

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  if (inference->inputs[0].shape.rank < 1)
    return lstm_shape_error (error, layer, "expected an axis of steps");
  if (inference->inputs[0].time)
    lstm_infer_whole (
        inference, "it reads the steps from the last to the first");
  return lstm_infer_same (layer, inference, error);
}

static LstmStatus
run (const LstmRun *run)
{
  gsize steps = run->plan->items[0].dims[0];
  gsize size = lstm_run_in_size (run, 0);
  gsize n = size / MAX (steps, 1);

  for (gsize s = 0; s < run->samples; s++)
    for (gsize t = 0; t < steps; t++)
      memcpy (run->out[0] + s * size + t * n,
          run->in[0] + s * size + (steps - 1 - t) * n, n * sizeof (gfloat));
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_reverse = {
  .name = "Reverse",
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask = TRUE,
  .infer = infer,
  .run = run,
};
