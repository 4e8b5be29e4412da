/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* PReLU: x, or alpha x below 0 (K. He et al., Delving Deep into Rectifiers). */

#include "engine/layers/layers.h"
#include "engine/layers/pointwise.h"

#include <string.h>

typedef struct {
  guint n;
  gint64 shared[LSTM_MAX_RANK]; /* in Keras's numbers */
} PReluOptions;

static const gchar *const idle_keys[] = { "alpha_initializer",
  "alpha_regularizer", "alpha_constraint", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  PReluOptions *o = layer->options;

  o->n = lstm_options_ints (options, "shared_axes", o->shared, LSTM_MAX_RANK);
}

/* Keras indexes the shape without its batch by axis - 1, as Python does: 0 and
 * below count from the end. */
static gboolean
find_params (const LstmLayer *layer, const LstmShape *shape, LstmShape *params,
    GError **error)
{
  const PReluOptions *o = layer->options;

  *params = *shape;
  for (guint i = 0; i < o->n; i++) {
    gint64 axis = o->shared[i] - 1;

    if (axis < 0)
      axis += shape->rank;
    if (axis < 0 || axis >= shape->rank)
      return lstm_shape_error (error, layer,
          "shared_axes holds %" G_GINT64_FORMAT ", which is none of the axes "
          "after the batch of its input, 1 to %u",
          o->shared[i], shape->rank);
    params->dims[axis] = 1;
  }
  return TRUE;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *in = &inference->inputs[0];
  LstmShape params;

  if (!find_params (layer, &in->shape, &params, error))
    return FALSE;
  if (lstm_shape_count (&params) < 0)
    return lstm_shape_error (error, layer,
        "its alpha has numbers of its own for each step, and the steps are "
        "None: fix them in the model's input, or set shared_axes=[1]");
  if (lstm_pointwise_meets_time (&params, in))
    inference->needs_window = LSTM_WHY_EACH_STEP;
  return lstm_infer_same (layer, inference, error);
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  LstmShape params;

  if (!find_params (layer, &inference->inputs[0].shape, &params, error))
    return FALSE;
  lstm_layer_declare_weight (layer, "alpha", params);
  return TRUE;
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const LstmWeight *alpha = g_ptr_array_index (layer->weights, 0);
  LstmPointwise *p = lstm_pointwise_new (lstm_shape_count (&alpha->shape));

  memcpy (p->a, alpha->data, p->n * sizeof (gfloat));
  return p;
}

static inline gfloat
prelu_one (gfloat x, gfloat alpha, gfloat unused)
{
  return x < 0.0f ? alpha * x : x;
}

LSTM_POINTWISE (prelu, prelu_one)

static LstmStatus
run (const LstmRun *run)
{
  const LstmWeight *alpha =
      g_ptr_array_index (run->plan->node->layer->weights, 0);

  lstm_pointwise_run (run, &alpha->shape, prelu);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_prelu = {
  .name = "PReLU",
  .options_size = sizeof (PReluOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .idle_keys = idle_keys,
  .configure = configure,
  .build = build,
  .infer = infer,
  .pack = pack,
  .unpack = lstm_pointwise_free,
  .run = run,
};
