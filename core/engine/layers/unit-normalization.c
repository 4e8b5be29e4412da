/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* UnitNormalization: x / sqrt(sum of x^2) along the axes. What keeps zeros from
 * becoming NaN differs: Keras 3 limits 1 / sqrt to 1e12, Keras 2 the sum to
 * 1e-12 from below. */

#include "engine/layers/axes.h"
#include "engine/layers/layers.h"
#include "kernels/rows.h"

typedef struct {
  LstmAxisOption axis;
  gfloat least_sum;
} UnitOptions;

#define MAX_SCALE 1e12f

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  UnitOptions *o = layer->options;

  lstm_axes_read (options, &o->axis);
  o->least_sum = options->keras >= 3 ? 0.0f : 1e-12f;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const UnitOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  guint bits;

  if (!lstm_axes_resolve (layer, &o->axis, in->shape.rank, &bits, error))
    return FALSE;
  if (lstm_axes_meet_time (bits, in))
    lstm_infer_whole (inference, "it adds up the squares of all steps");
  return lstm_infer_same (layer, inference, error);
}

static void
normalize_rows (const LstmRun *run, gsize rows, gsize n, gfloat *v)
{
  const UnitOptions *o = run->plan->node->layer->options;

  for (gsize r = 0; r < rows; r++, v += n) {
    gfloat sum = lstm_row_square_sum (n, v, 0.0f);
    gfloat scale;

    sum = sum < o->least_sum ? o->least_sum : sum;
    scale = 1.0f / lstm_sqrt (sum);
    scale = scale > MAX_SCALE ? MAX_SCALE : scale;
    for (gsize i = 0; i < n; i++)
      v[i] *= scale;
  }
}

static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const UnitOptions *o = node->node->layer->options;

  return lstm_axes_scratch (
      node, lstm_axes_get (&o->axis, node->specs[0].shape.rank));
}

static LstmStatus
run (const LstmRun *run)
{
  const UnitOptions *o = run->plan->node->layer->options;

  lstm_axes_run (run, lstm_axes_get (&o->axis, run->plan->specs[0].shape.rank),
      normalize_rows);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_unit_normalization = {
  .name = "UnitNormalization",
  .options_size = sizeof (UnitOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .configure = configure,
  .infer = infer,
  .scratch = scratch,
  .run = run,
};
