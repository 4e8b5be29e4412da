/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* LayerNormalization: (x - mean) gamma / sqrt(variance + epsilon) + beta, with
 * mean and variance of the numbers along the axes (J. L. Ba et al., Layer
 * Normalization). rms_scaling is Keras's: the mean is not taken away, and
 * there is no beta. */

#include "engine/layers/axes.h"
#include "engine/layers/layers.h"
#include "kernels/rows.h"

typedef struct {
  LstmAxisOption axis;
  gboolean center;
  gboolean scale;
  gboolean rms_scaling;
  gfloat epsilon;
} LayerNormOptions;

static const gchar *const idle_keys[] = { "beta_initializer",
  "gamma_initializer", "beta_regularizer", "gamma_regularizer",
  "beta_constraint", "gamma_constraint", NULL };

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

/* Keras 3 sorts the axes as they are written; the shape of the weights follows
 * that order, the order of their numbers that of the input's axes. */
static void
configure (LstmLayer *layer, LstmOptions *options)
{
  LayerNormOptions *o = layer->options;

  lstm_axes_read (options, &o->axis);
  if (options->keras >= 3)
    qsort (o->axis.values, o->axis.n, sizeof (gint64), compare);
  o->rms_scaling = lstm_options_bool (options, "rms_scaling", FALSE);
  o->center = lstm_options_bool (options, "center", TRUE) && !o->rms_scaling;
  o->scale = lstm_options_bool (options, "scale", TRUE) || o->rms_scaling;
  o->epsilon = lstm_options_double (options, "epsilon", 1e-3);
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const LayerNormOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  guint bits;

  if (!lstm_axes_resolve (layer, &o->axis, in->shape.rank, &bits, error))
    return FALSE;
  if (lstm_axes_meet_time (bits, in))
    lstm_infer_whole (inference, "it takes mean and variance over all steps");
  return lstm_infer_same (layer, inference, error);
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const LayerNormOptions *o = layer->options;
  const LstmShape *in = &inference->inputs[0].shape;
  LstmShape shape = { .rank = o->axis.n };

  for (guint i = 0; i < o->axis.n; i++) {
    gint64 axis = o->axis.values[i];

    shape.dims[i] = in->dims[axis < 0 ? axis + in->rank : axis - 1];
  }
  if (o->scale)
    lstm_layer_declare_weight (layer, "gamma", shape);
  if (o->center)
    lstm_layer_declare_weight (layer, "beta", shape);
  return TRUE;
}

static void
normalize_row (const LayerNormOptions *o, const gfloat *gamma,
    const gfloat *beta, gsize n, gfloat *v)
{
  gfloat mean, variance, scale;

  lstm_row_moments (n, v, &mean, &variance);
  scale = 1.0f / lstm_sqrt (variance + o->epsilon);
  if (o->rms_scaling)
    mean = 0.0f;
  for (gsize i = 0; i < n; i++)
    v[i] = (v[i] - mean) * scale;
  for (gsize i = 0; gamma && i < n; i++)
    v[i] *= gamma[i];
  for (gsize i = 0; beta && i < n; i++)
    v[i] += beta[i];
}

static void
normalize_rows (const LstmRun *run, gsize rows, gsize n, gfloat *v)
{
  const LstmLayer *layer = run->plan->node->layer;
  const LayerNormOptions *o = layer->options;
  guint next = 0;
  const gfloat *gamma =
      o->scale ? lstm_layer_weight_data (layer, next++) : NULL;
  const gfloat *beta = o->center ? lstm_layer_weight_data (layer, next) : NULL;

  for (gsize r = 0; r < rows; r++)
    normalize_row (o, gamma, beta, n, v + r * n);
}

static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  const LayerNormOptions *o = node->node->layer->options;

  return lstm_axes_scratch (
      node, lstm_axes_get (&o->axis, node->specs[0].shape.rank));
}

static LstmStatus
run (const LstmRun *run)
{
  const LayerNormOptions *o = run->plan->node->layer->options;

  lstm_axes_run (run, lstm_axes_get (&o->axis, run->plan->specs[0].shape.rank),
      normalize_rows);
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_layer_normalization = {
  .name = "LayerNormalization",
  .options_size = sizeof (LayerNormOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .idle_keys = idle_keys,
  .configure = configure,
  .build = build,
  .infer = infer,
  .scratch = scratch,
  .run = run,
};
