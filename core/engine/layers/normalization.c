/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Normalization: (x - mean) / max(sqrt(variance), 1e-7), or back again with
 * invert. The statistics are weights, learnt by adapt(), or stand in the
 * config; there is one of each for every place along the axes kept. */

#include "engine/layers/axes.h"
#include "engine/layers/layers.h"
#include "engine/layers/numbers.h"
#include "engine/layers/pointwise.h"
#include "kernels/rows.h"

#define LEAST_DEVIATION 1e-7f

typedef struct {
  LstmAxisOption axis; /* none: one mean for all */
  gboolean invert;
  LstmNumbers mean;
  LstmNumbers variance;
} NormalizationOptions;

/* axis=None keeps no axis; a config without the key has the default. */
static void
read_axis (LstmAxisOption *axis, LstmOptions *options)
{
  g_autoptr (GVariant) value =
      g_variant_lookup_value (options->config, "axis", NULL);

  axis->n = lstm_options_ints (options, "axis", axis->values, LSTM_MAX_RANK);
  if (!value)
    axis->values[axis->n++] = -1;
}

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  NormalizationOptions *o = layer->options;

  read_axis (&o->axis, options);
  o->invert = lstm_options_bool (options, "invert", FALSE);
  lstm_numbers_read (options, "mean", &o->mean);
  lstm_numbers_read (options, "variance", &o->variance);
  if ((o->mean.data != NULL) != (o->variance.data != NULL))
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "the config has %s and no %s, expected both or none of them",
        o->mean.data ? "mean" : "variance", o->mean.data ? "variance" : "mean");
  else if (o->mean.data && !lstm_numbers_broadcast (&o->mean, &o->variance))
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "mean and variance have shapes that do not go together");
}

static void
clear (LstmLayer *layer)
{
  NormalizationOptions *o = layer->options;

  lstm_numbers_clear (&o->mean);
  lstm_numbers_clear (&o->variance);
}

/* Shape of the statistics as part of a sample: from the first axis kept on,
 * with 1 for axes that are not kept. Those of the config are placed on the
 * kept axes from the last one back. */
static LstmShape
params_of (const LstmLayer *layer, const LstmShape *shape)
{
  const NormalizationOptions *o = layer->options;
  guint bits = lstm_axes_get (&o->axis, shape->rank);
  LstmShape params = *shape;
  gint from_config = o->mean.shape.rank;

  for (guint i = shape->rank; i-- > 0;) {
    if (!(bits & (1u << i)))
      params.dims[i] = 1;
    else if (o->mean.data)
      params.dims[i] = from_config-- > 0 ? o->mean.shape.dims[from_config] : 1;
  }
  return params;
}

static gboolean
check_config (const LstmLayer *layer, const LstmShape *shape, GError **error)
{
  const NormalizationOptions *o = layer->options;
  LstmShape params = params_of (layer, shape);
  g_autofree gchar *found = NULL;
  g_autofree gchar *own = NULL;

  if (lstm_pointwise_fits (&params, shape) &&
      lstm_shape_count (&params) == (gint64) lstm_numbers_count (&o->mean))
    return TRUE;
  found = lstm_shape_to_batch_string (shape, -1);
  own = lstm_shape_to_string (&o->mean.shape);
  return lstm_shape_error (error, layer,
      "its mean and variance have shape %s, which does not go with the axes "
      "kept of its input %s",
      own, found);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const NormalizationOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  LstmShape params;
  guint bits;

  if (!lstm_axes_resolve (layer, &o->axis, in->shape.rank, &bits, error) ||
      (o->mean.data && !check_config (layer, &in->shape, error)))
    return FALSE;
  params = params_of (layer, &in->shape);
  if (lstm_pointwise_meets_time (&params, in))
    inference->needs_window = LSTM_WHY_EACH_STEP;
  return lstm_infer_same (layer, inference, error);
}

/* `count`, the third variable, is no weight. */
static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const NormalizationOptions *o = layer->options;
  const LstmShape *in = &inference->inputs[0].shape;
  guint bits = lstm_axes_get (&o->axis, in->rank);
  LstmShape shape = { .rank = 0 };

  if (o->mean.data)
    return TRUE;
  for (guint i = 0; i < in->rank; i++)
    if (bits & (1u << i))
      shape.dims[shape.rank++] = in->dims[i];
  lstm_layer_declare_weight (layer, "mean", shape);
  lstm_layer_declare_weight (layer, "variance", shape);
  return TRUE;
}

/* a: mean, b: deviation */
static gpointer
pack (const LstmLayer *layer, const LstmKernels *kernels)
{
  const NormalizationOptions *o = layer->options;
  const gfloat *mean = o->mean.data, *variance = o->variance.data;
  LstmPointwise *p;

  if (mean) {
    p = lstm_pointwise_new (lstm_numbers_count (&o->mean));
  } else {
    const LstmWeight *weight = g_ptr_array_index (layer->weights, 0);

    p = lstm_pointwise_new (lstm_shape_count (&weight->shape));
    mean = weight->data;
    variance = lstm_layer_weight_data (layer, 1);
  }
  for (gsize i = 0; i < p->n; i++) {
    gfloat deviation = lstm_sqrt (variance[i]);

    p->a[i] = mean[i];
    p->b[i] = deviation < LEAST_DEVIATION ? LEAST_DEVIATION : deviation;
  }
  return p;
}

static inline gfloat
normalize_one (gfloat x, gfloat mean, gfloat deviation)
{
  return (x - mean) / deviation;
}

static inline gfloat
invert_one (gfloat x, gfloat mean, gfloat deviation)
{
  return mean + x * deviation;
}

LSTM_POINTWISE (normalize, normalize_one)
LSTM_POINTWISE (invert, invert_one)

static LstmStatus
run (const LstmRun *run)
{
  const NormalizationOptions *o = run->plan->node->layer->options;
  LstmShape params =
      params_of (run->plan->node->layer, &run->plan->specs[0].shape);

  lstm_pointwise_run (run, &params, o->invert ? invert : normalize);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_normalization = {
  .name = "Normalization",
  .options_size = sizeof (NormalizationOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .stops_mask_2 = TRUE,
  .configure = configure,
  .build = build,
  .infer = infer,
  .clear = clear,
  .pack = pack,
  .unpack = lstm_pointwise_free,
  .run = run,
};
