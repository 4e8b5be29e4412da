/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* BatchNormalization at inference: (x - mean) gamma / sqrt(variance + epsilon)
 * + beta, in Keras's order: x scale + (beta - mean scale). */

#include "engine/layers/axes.h"
#include "engine/layers/layers.h"
#include "engine/layers/pointwise.h"
#include "kernels/rows.h"

typedef struct {
  LstmAxisOption axis;
  gboolean center;
  gboolean scale;
  gboolean renorm;
  gfloat epsilon;
} BatchOptions;

static const gchar *const idle_keys[] = { "momentum", "fused", "synchronized",
  "renorm_clipping", "renorm_momentum", "beta_initializer", "gamma_initializer",
  "moving_mean_initializer", "moving_variance_initializer", "beta_regularizer",
  "gamma_regularizer", "beta_constraint", "gamma_constraint", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  BatchOptions *o = layer->options;

  lstm_axes_read (options, &o->axis);
  if (o->axis.n != 1)
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "axis names %u axes, expected one, the features (-1) as a rule",
        o->axis.n);
  o->center = lstm_options_bool (options, "center", TRUE);
  o->scale = lstm_options_bool (options, "scale", TRUE);
  o->renorm = lstm_options_bool (options, "renorm", FALSE);
  o->epsilon = lstm_options_double (options, "epsilon", 1e-3);
  if (lstm_options_has (options, "virtual_batch_size"))
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "virtual_batch_size is not known here: its weights have other shapes; "
        "save the model with a BatchNormalization without it");
}

/* The axis with as many numbers as it is long, 1 for those after it. */
static LstmShape
params_of (const LstmLayer *layer, const LstmShape *shape)
{
  const BatchOptions *o = layer->options;
  guint bits = lstm_axes_get (&o->axis, shape->rank);
  LstmShape params = { .rank = 0 };

  for (guint i = 0; i < shape->rank; i++)
    if (params.rank > 0 || (bits & (1u << i)))
      params.dims[params.rank++] = bits & (1u << i) ? shape->dims[i] : 1;
  return params;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const BatchOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  guint bits;

  if (!lstm_axes_resolve (layer, &o->axis, in->shape.rank, &bits, error))
    return FALSE;
  if (lstm_axes_meet_time (bits, in))
    inference->needs_window = LSTM_WHY_EACH_STEP;
  return lstm_infer_same (layer, inference, error);
}

/* What renorm adds is for training only. */
static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const BatchOptions *o = layer->options;
  LstmShape params = params_of (layer, &inference->inputs[0].shape);
  LstmShape shape = lstm_shape_make (1, params.dims[0]);

  if (o->scale)
    lstm_layer_declare_weight (layer, "gamma", shape);
  if (o->center)
    lstm_layer_declare_weight (layer, "beta", shape);
  lstm_layer_declare_weight (layer, "moving_mean", shape);
  lstm_layer_declare_weight (layer, "moving_variance", shape);
  if (o->renorm) {
    lstm_layer_declare_weight (layer, "moving_stddev", shape);
    lstm_layer_declare_weight (layer, "renorm_mean", shape);
    lstm_layer_declare_weight (layer, "renorm_stddev", shape);
  }
  return TRUE;
}

/* y = x a + b */
static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const BatchOptions *o = layer->options;
  guint next = 0;
  const gfloat *gamma =
      o->scale ? lstm_layer_weight_data (layer, next++) : NULL;
  const gfloat *beta =
      o->center ? lstm_layer_weight_data (layer, next++) : NULL;
  const gfloat *mean = lstm_layer_weight_data (layer, next);
  const gfloat *variance = lstm_layer_weight_data (layer, next + 1);
  const LstmWeight *any = g_ptr_array_index (layer->weights, 0);
  LstmPointwise *p = lstm_pointwise_new (any->shape.dims[0]);

  for (gsize i = 0; i < p->n; i++) {
    p->a[i] = 1.0f / lstm_sqrt (variance[i] + o->epsilon);
    if (gamma)
      p->a[i] *= gamma[i];
    p->b[i] = (beta ? beta[i] : 0.0f) - mean[i] * p->a[i];
  }
  return p;
}

LSTM_POINTWISE (scale_shift, lstm_scale_shift)

static LstmStatus
run (const LstmRun *run)
{
  LstmShape params =
      params_of (run->plan->node->layer, &run->plan->specs[0].shape);

  lstm_pointwise_run (run, &params, scale_shift);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_batch_normalization = {
  .name = "BatchNormalization",
  .options_size = sizeof (BatchOptions),
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
