/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rescaling: x scale + offset, each a number or an array. */

#include "engine/layers/layers.h"
#include "engine/layers/numbers.h"
#include "engine/layers/pointwise.h"

#include <string.h>

/* Both of one shape. */
typedef struct {
  LstmNumbers scale;
  LstmNumbers offset;
} RescalingOptions;

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  static const gfloat zero = 0.0f;
  RescalingOptions *o = layer->options;

  lstm_numbers_read (options, "scale", &o->scale);
  lstm_numbers_read (options, "offset", &o->offset);
  if (!o->scale.data) {
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'scale' is missing");
    return;
  }
  if (!o->offset.data)
    o->offset.data = g_memdup2 (&zero, sizeof zero);
  if (!lstm_numbers_broadcast (&o->scale, &o->offset)) {
    g_autofree gchar *scale = lstm_shape_to_string (&o->scale.shape);
    g_autofree gchar *offset = lstm_shape_to_string (&o->offset.shape);

    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "scale has shape %s and offset %s: axes must be equal, or 1", scale,
        offset);
  }
}

static void
clear (LstmLayer *layer)
{
  RescalingOptions *o = layer->options;

  lstm_numbers_clear (&o->scale);
  lstm_numbers_clear (&o->offset);
}

/* Shape of the numbers without an axis for the batch. */
static LstmShape
params_of (const LstmLayer *layer, const LstmShape *shape)
{
  const RescalingOptions *o = layer->options;
  LstmShape params = o->scale.shape;

  if (params.rank == shape->rank + 1 && params.dims[0] == 1) {
    params.rank--;
    memmove (params.dims, params.dims + 1, params.rank * sizeof params.dims[0]);
  }
  return params;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LstmSpec *in = &inference->inputs[0];
  LstmShape params = params_of (layer, &in->shape);

  if (!lstm_pointwise_fits (&params, &in->shape)) {
    g_autofree gchar *found = lstm_shape_to_batch_string (&in->shape, -1);
    g_autofree gchar *own = lstm_shape_to_string (&params);

    return lstm_shape_error (error, layer,
        "its scale and offset have shape %s, which does not go with its input "
        "%s: axes must be equal, or 1",
        own, found);
  }
  if (lstm_pointwise_meets_time (&params, in))
    inference->needs_window = LSTM_WHY_EACH_STEP;
  return lstm_infer_same (layer, inference, error);
}

static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const RescalingOptions *o = layer->options;
  LstmPointwise *p = lstm_pointwise_new (lstm_numbers_count (&o->scale));

  memcpy (p->a, o->scale.data, p->n * sizeof (gfloat));
  memcpy (p->b, o->offset.data, p->n * sizeof (gfloat));
  return p;
}

LSTM_POINTWISE (rescale, lstm_scale_shift)

static LstmStatus
run (const LstmRun *run)
{
  LstmShape params =
      params_of (run->plan->node->layer, &run->plan->specs[0].shape);

  lstm_pointwise_run (run, &params, rescale);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_rescaling = {
  .name = "Rescaling",
  .options_size = sizeof (RescalingOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask_2 = TRUE,
  .configure = configure,
  .infer = infer,
  .clear = clear,
  .pack = pack,
  .unpack = lstm_pointwise_free,
  .run = run,
};
