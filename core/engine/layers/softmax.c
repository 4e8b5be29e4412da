/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax over any axes: exp(x) / sum of exp(x) along them. */

#include "engine/layers/axes.h"
#include "engine/layers/layers.h"

typedef struct {
  LstmAxisOption axis;
} SoftmaxOptions;

static const gchar *const idle_keys[] = { "robust_masking", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  SoftmaxOptions *o = layer->options;

  lstm_axes_read (options, &o->axis);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const SoftmaxOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  guint bits;

  if (!lstm_axes_resolve (layer, &o->axis, in->shape.rank, &bits, error))
    return FALSE;
  if (lstm_axes_meet_time (bits, in))
    lstm_infer_whole (inference, "its numbers add up to 1 over all steps");
  return lstm_infer_same (layer, inference, error);
}

static void
softmax_rows (const LstmRun *run, gsize rows, gsize n, gfloat *v)
{
  const LstmActivation softmax = { LSTM_ACTIVATION_SOFTMAX, 0, 0, 0 };

  run->kernels->activate (&softmax, rows, n, v);
}

static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const SoftmaxOptions *o = node->node->layer->options;

  return lstm_axes_scratch (
      node, lstm_axes_get (&o->axis, node->specs[0].shape.rank));
}

static LstmStatus
run (const LstmRun *run)
{
  const SoftmaxOptions *o = run->plan->node->layer->options;

  lstm_axes_run (run, lstm_axes_get (&o->axis, run->plan->specs[0].shape.rank),
      softmax_rows);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_softmax = {
  .name = "Softmax",
  .options_size = sizeof (SoftmaxOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .idle_keys = idle_keys,
  .configure = configure,
  .infer = infer,
  .scratch = scratch,
  .run = run,
};
