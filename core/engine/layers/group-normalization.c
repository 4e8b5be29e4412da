/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* GroupNormalization (Y. Wu and K. He): as LayerNormalization, with mean and
 * variance of each group of features over all other axes. groups=-1 makes each
 * feature a group. */

#include "engine/layers/axes.h"
#include "engine/layers/layers.h"
#include "kernels/rows.h"

typedef struct {
  gint64 groups;
  gboolean center;
  gboolean scale;
  gfloat epsilon;
} GroupOptions;

static const gchar *const idle_keys[] = { "beta_initializer",
  "gamma_initializer", "beta_regularizer", "gamma_regularizer",
  "beta_constraint", "gamma_constraint", NULL };

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  GroupOptions *o = layer->options;
  gint64 axis =
      lstm_options_int (options, "axis", -1, -LSTM_MAX_RANK, LSTM_MAX_RANK);

  if (axis != -1)
    lstm_options_fail (options, LSTM_ERROR_UNSUPPORTED,
        "axis is %" G_GINT64_FORMAT ", expected -1, the features", axis);
  o->groups = lstm_options_int (options, "groups", 32, -1, G_MAXINT32);
  if (o->groups == 0)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "groups is 0, expected 1 or more, or -1 for one a feature");
  o->center = lstm_options_bool (options, "center", TRUE);
  o->scale = lstm_options_bool (options, "scale", TRUE);
  o->epsilon = lstm_options_double (options, "epsilon", 1e-3);
}

static gint64
features_of (const LstmShape *shape)
{
  return shape->dims[shape->rank - 1];
}

static gint64
groups_of (const GroupOptions *o, gint64 features)
{
  return o->groups < 0 ? features : o->groups;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const GroupOptions *o = layer->options;
  const LstmSpec *in = &inference->inputs[0];
  gint64 features;

  if (in->shape.rank < 1)
    return lstm_shape_error (error, layer, "expected at least 2 axes");
  features = features_of (&in->shape);
  if (features < 1 || features % groups_of (o, features) != 0)
    return lstm_shape_error (error, layer,
        "its input has %" G_GINT64_FORMAT " features, which do not divide "
        "evenly among %" G_GINT64_FORMAT " groups",
        features, o->groups);
  if (in->time)
    lstm_infer_whole (inference, "it takes mean and variance over all steps");
  return lstm_infer_same (layer, inference, error);
}

static gboolean
build (LstmLayer *layer, const LstmInference *inference, GError **error)
{
  const GroupOptions *o = layer->options;
  LstmShape shape =
      lstm_shape_make (1, features_of (&inference->inputs[0].shape));

  if (o->scale)
    lstm_layer_declare_weight (layer, "gamma", shape);
  if (o->center)
    lstm_layer_declare_weight (layer, "beta", shape);
  return TRUE;
}

/* One group of one sample: `rows` rows of `features` with `n` numbers of the
 * group in each. */
typedef struct {
  gsize rows;
  gsize features;
  gsize n;
} Group;

static void
normalize_group (const LstmRun *run, const Group *g, const gfloat *in,
    const gfloat *gamma, const gfloat *beta, gfloat *out)
{
  const GroupOptions *o = run->plan->node->layer->options;
  gfloat *v = run->scratch;
  gfloat mean, variance, scale;

  for (gsize r = 0; r < g->rows; r++)
    for (gsize i = 0; i < g->n; i++)
      v[r * g->n + i] = in[r * g->features + i];
  lstm_row_moments (g->rows * g->n, v, &mean, &variance);
  scale = 1.0f / lstm_sqrt (variance + o->epsilon);
  for (gsize r = 0; r < g->rows; r++) {
    for (gsize i = 0; i < g->n; i++) {
      gfloat y = (v[r * g->n + i] - mean) * scale;

      if (gamma)
        y *= gamma[i];
      out[r * g->features + i] = beta ? y + beta[i] : y;
    }
  }
}

static LstmStatus
run (const LstmRun *run)
{
  const LstmLayer *layer = run->plan->node->layer;
  const GroupOptions *o = layer->options;
  guint next = 0;
  const gfloat *gamma =
      o->scale ? lstm_layer_weight_data (layer, next++) : NULL;
  const gfloat *beta = o->center ? lstm_layer_weight_data (layer, next) : NULL;
  gsize size = lstm_run_in_size (run, 0);
  gsize features = features_of (&run->plan->items[0]);
  gsize n = features / groups_of (o, features);
  Group group = { size / features, features, n };

  for (gsize s = 0; s < run->samples; s++)
    for (gsize f = 0; f < features; f += n)
      normalize_group (run, &group, run->in[0] + s * size + f,
          gamma ? gamma + f : NULL, beta ? beta + f : NULL,
          run->out[0] + s * size + f);
  return LSTM_STATUS_OK;
}

static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  return lstm_shape_count (&node->items[0]);
}

const LstmLayerClass lstm_layer_group_normalization = {
  .name = "GroupNormalization",
  .options_size = sizeof (GroupOptions),
  .min_inputs = 1,
  .max_inputs = 1,
  .idle_keys = idle_keys,
  .configure = configure,
  .build = build,
  .infer = infer,
  .scratch = scratch,
  .run = run,
};
