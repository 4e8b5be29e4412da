/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dot: of two inputs, the sum over one axis of each. The output has the other
 * axes of the first, then those of the second; [batch, 1] if there are none. */

#include "engine/layers/layers.h"
#include "kernels/rows.h"

#include <string.h>

typedef struct {
  gint64 axes[2]; /* as in Keras: the batch is 0, -1 is the last */
  gboolean normalize;
  gfloat least_sum; /* of squares, so that zeros do not become NaN */
} DotOptions;

static void
configure (LstmLayer *layer, LstmOptions *options)
{
  DotOptions *o = layer->options;
  guint n;

  o->normalize = lstm_options_bool (options, "normalize", FALSE);
  o->least_sum = options->keras >= 3 ? 1e-14f : 1e-12f;
  if (!lstm_options_has (options, "axes")) {
    lstm_options_fail (
        options, LSTM_ERROR_VALUE, "config key 'axes' is missing");
    return;
  }
  n = lstm_options_ints (options, "axes", o->axes, G_N_ELEMENTS (o->axes));
  if (n == 1)
    o->axes[1] = o->axes[0];
  else if (n != 2)
    lstm_options_fail (options, LSTM_ERROR_VALUE,
        "axes holds %u numbers, expected one, or two: [axis of the first "
        "input, axis of the second]",
        n);
}

/* Of input i, in a shape without batch; below 0 where there is none such. */
static gint
axis_of (const DotOptions *o, guint i, const LstmShape *shape)
{
  gint64 axis = o->axes[i] < 0 ? o->axes[i] + shape->rank : o->axes[i] - 1;

  return axis < 0 || axis >= shape->rank ? -1 : (gint) axis;
}

static gboolean
check_axes (const LstmLayer *layer, const LstmSpec *in, GError **error)
{
  const DotOptions *o = layer->options;
  g_autofree gchar *a = NULL, *b = NULL;
  gint axes[2];

  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *text = NULL;

    axes[i] = axis_of (o, i, &in[i].shape);
    if (axes[i] >= 0)
      continue;
    text = lstm_shape_to_batch_string (&in[i].shape, -1);
    return lstm_shape_error (error, layer,
        "axes holds %" G_GINT64_FORMAT ", which is none of the axes of %s "
        "after the batch",
        o->axes[i], text);
  }
  if (in[0].shape.dims[axes[0]] == in[1].shape.dims[axes[1]])
    return TRUE;
  a = lstm_shape_to_batch_string (&in[0].shape, -1);
  b = lstm_shape_to_batch_string (&in[1].shape, -1);
  return lstm_shape_error (error, layer,
      "its inputs have shapes %s and %s, and axis %d of the first is not as "
      "long as axis %d of the second",
      a, b, axes[0] + 1, axes[1] + 1);
}

static gboolean
append_others (LstmShape *out, const LstmShape *in, gint axis)
{
  for (gint i = 0; i < (gint) in->rank; i++) {
    if (i == axis)
      continue;
    if (out->rank == LSTM_MAX_RANK)
      return FALSE;
    out->dims[out->rank++] = in->dims[i];
  }
  return TRUE;
}

static gboolean
infer (const LstmLayer *layer, LstmInference *inference, GError **error)
{
  const DotOptions *o = layer->options;
  const LstmSpec *in = inference->inputs;
  LstmSpec *out = &inference->outputs[0];

  if (!check_axes (layer, in, error))
    return FALSE;
  inference->n_outputs = 1;
  *out = (LstmSpec){ .shape = { .rank = 0 } };
  if (!append_others (
          &out->shape, &in[0].shape, axis_of (o, 0, &in[0].shape)) ||
      !append_others (&out->shape, &in[1].shape, axis_of (o, 1, &in[1].shape)))
    return lstm_shape_error (error, layer,
        "its inputs have %u and %u axes, so that it would give more than %d",
        in[0].shape.rank + 1, in[1].shape.rank + 1, LSTM_MAX_RANK + 1);
  if (out->shape.rank == 0)
    out->shape = lstm_shape_make (1, (gint64) 1);
  if (in[0].time || in[1].time)
    lstm_infer_window (inference, "it multiplies steps with each other",
        MAX (out->shape.dims[0], 1));
  return TRUE;
}

/* An input as a matrix [axis][all other axes]. */
typedef struct {
  gsize outer;
  gsize axis;
  gsize inner;
} Sides;

static Sides
sides_of (const LstmShape *shape, gint axis)
{
  Sides s = { 1, shape->dims[axis], 1 };

  for (gint i = 0; i < (gint) shape->rank; i++) {
    if (i < axis)
      s.outer *= shape->dims[i];
    else if (i > axis)
      s.inner *= shape->dims[i];
  }
  return s;
}

static void
turn (const Sides *s, const gfloat *in, gfloat *out)
{
  for (gsize o = 0; o < s->outer; o++)
    for (gsize k = 0; k < s->axis; k++, in += s->inner)
      memcpy (
          out + (k * s->outer + o) * s->inner, in, s->inner * sizeof (gfloat));
}

/* Each column of [axis][n] by the root of the sum of its squares; @sums has
 * room for n. */
static void
normalize (gfloat *matrix, gsize axis, gsize n, gfloat least_sum, gfloat *sums)
{
  memset (sums, 0, n * sizeof (gfloat));
  for (gsize k = 0; k < axis; k++)
    for (gsize i = 0; i < n; i++)
      sums[i] += matrix[k * n + i] * matrix[k * n + i];
  for (gsize i = 0; i < n; i++)
    sums[i] = 1.0f / lstm_sqrt (sums[i] < least_sum ? least_sum : sums[i]);
  for (gsize k = 0; k < axis; k++)
    for (gsize i = 0; i < n; i++)
      matrix[k * n + i] *= sums[i];
}

/* out[i][j] = sum over k, in order, of a[k][i] b[k][j]. */
static void
multiply (const gfloat *a, gsize n_a, const gfloat *b, gsize n_b, gsize axis,
    gfloat *out)
{
  memset (out, 0, n_a * n_b * sizeof (gfloat));
  for (gsize i = 0; i < n_a; i++, out += n_b)
    for (gsize k = 0; k < axis; k++)
      for (gsize j = 0; j < n_b; j++)
        out[j] += a[k * n_a + i] * b[k * n_b + j];
}

/* Both matrices, and sums for the wider. */
static gsize
scratch (const LstmPlanNode *node, const LstmKernels *kernels, gsize samples)
{
  gsize a = lstm_shape_count (&node->items[0]);
  gsize b = lstm_shape_count (&node->items[1]);

  return a + b + MAX (a, b);
}

static LstmStatus
run (const LstmRun *run)
{
  const LstmPlanNode *plan = run->plan;
  const DotOptions *o = plan->node->layer->options;
  Sides a = sides_of (&plan->items[0], axis_of (o, 0, &plan->items[0]));
  Sides b = sides_of (&plan->items[1], axis_of (o, 1, &plan->items[1]));
  gsize n_a = a.outer * a.inner, n_b = b.outer * b.inner;
  gfloat *left = run->scratch, *right = left + a.axis * n_a;
  gfloat *sums = right + b.axis * n_b;

  for (gsize s = 0; s < run->samples; s++) {
    turn (&a, run->in[0] + s * a.axis * n_a, left);
    turn (&b, run->in[1] + s * b.axis * n_b, right);
    if (o->normalize) {
      normalize (left, a.axis, n_a, o->least_sum, sums);
      normalize (right, b.axis, n_b, o->least_sum, sums);
    }
    multiply (left, n_a, right, n_b, a.axis, run->out[0] + s * n_a * n_b);
  }
  return LSTM_STATUS_OK;
}

const LstmLayerClass lstm_layer_dot = {
  .name = "Dot",
  .options_size = sizeof (DotOptions),
  .min_inputs = 2,
  .max_inputs = 2,
  .stops_mask = TRUE,
  .configure = configure,
  .infer = infer,
  .scratch = scratch,
  .run = run,
};
