/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "runner.h"

#include <string.h>

ToolRunner *
tool_runner_new (LstmModel *model, const ToolOptions *options)
{
  ToolRunner *runner = g_new0 (ToolRunner, 1);

  runner->model = lstm_model_ref (model);
  runner->kernels = g_strdup (options->kernels);
  runner->precision = options->precision;
  runner->threads = options->threads;
  runner->streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);
  return runner;
}

static void
clear_plan (ToolRunner *runner)
{
  g_clear_pointer (&runner->context, lstm_context_free);
  g_clear_pointer (&runner->plan, lstm_plan_unref);
}

void
tool_runner_free (ToolRunner *runner)
{
  g_ptr_array_unref (runner->streams);
  clear_plan (runner);
  lstm_model_unref (runner->model);
  g_free (runner->kernels);
  g_free (runner);
}

gint64
tool_count_windows (GPtrArray *inputs)
{
  return ((LstmArray *) g_ptr_array_index (inputs, 0))->shape[0];
}

/* ---- shapes ---- */

static gboolean
fail_shape (const ToolRunner *runner, guint i, const LstmArray *array,
    const LstmShape *expected, GError **error)
{
  g_autofree gchar *found =
      lstm_array_shape_to_string (array->rank, array->shape);
  g_autofree gchar *text = lstm_shape_to_batch_string (expected, -1);

  g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "input '%s': found shape %s, the model takes %s",
      lstm_model_get_input_name (runner->model, i), found, text);
  return FALSE;
}

/* As Keras does: a last axis of 1 that one of both has is no difference. */
static void
adjust_rank (LstmArray *array, const LstmShape *shape)
{
  guint rank = shape->rank + 1;

  if (array->rank == rank + 1 && array->shape[rank] == 1)
    array->rank--;
  else if (array->rank + 1 == rank && shape->dims[shape->rank - 1] == 1)
    array->shape[array->rank++] = 1;
}

static gboolean
fits (const LstmArray *array, const LstmShape *shape)
{
  if (array->rank != shape->rank + 1)
    return FALSE;
  for (guint i = 0; i < shape->rank; i++)
    if (shape->dims[i] != LSTM_DIM_UNKNOWN &&
        shape->dims[i] != array->shape[i + 1])
      return FALSE;
  return TRUE;
}

static gboolean
check_windows (const ToolRunner *runner, GPtrArray *inputs, GError **error)
{
  gint64 n = tool_count_windows (inputs);

  if (n == 0 || n > G_MAXINT32) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "input '%s': found %" G_GINT64_FORMAT
        " windows, expected 1 to 2^31 - 1",
        lstm_model_get_input_name (runner->model, 0), n);
    return FALSE;
  }
  for (guint i = 1; i < inputs->len; i++) {
    const LstmArray *array = g_ptr_array_index (inputs, i);

    if (array->shape[0] == n)
      continue;
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_SHAPE,
        "input '%s' has %" G_GINT64_FORMAT
        " windows and input '%s' %" G_GINT64_FORMAT
        ": expected as many of each",
        lstm_model_get_input_name (runner->model, 0), n,
        lstm_model_get_input_name (runner->model, i), array->shape[0]);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_model_shapes (const ToolRunner *runner, GPtrArray *inputs, GError **error)
{
  for (guint i = 0; i < inputs->len; i++) {
    const LstmShape *shape = lstm_model_get_input_shape (runner->model, i);
    LstmArray *array = g_ptr_array_index (inputs, i);

    adjust_rank (array, shape);
    if (!fits (array, shape))
      return fail_shape (runner, i, array, shape, error);
  }
  return check_windows (runner, inputs, error);
}

/* Inputs whose steps the model leaves open have the same number of them. */
static gboolean
check_plan_shapes (const ToolRunner *runner, GPtrArray *inputs, GError **error)
{
  for (guint i = 0; i < inputs->len; i++) {
    const LstmShape *shape = lstm_plan_get_input_shape (runner->plan, i);
    const LstmArray *array = g_ptr_array_index (inputs, i);

    if (!fits (array, shape))
      return fail_shape (runner, i, array, shape, error);
  }
  return TRUE;
}

/* ---- plans ---- */

/* States have the same slots whatever the length of a window. */
static void
move_streams (ToolRunner *runner)
{
  for (guint i = 0; i < runner->streams->len; i++) {
    LstmStream *old = g_ptr_array_index (runner->streams, i);
    LstmStream *fresh = lstm_stream_new (runner->plan);
    gsize n_old, n;
    const gfloat *from = lstm_stream_get_data (old, &n_old);
    gfloat *to = lstm_stream_get_data (fresh, &n);

    g_assert (n == n_old);
    memcpy (to, from, n * sizeof *to);
    lstm_stream_free (old);
    runner->streams->pdata[i] = fresh;
  }
}

gboolean
tool_runner_prepare (ToolRunner *runner, GPtrArray *inputs, GError **error)
{
  const LstmShape *first = lstm_model_get_input_shape (runner->model, 0);
  LstmPlanOptions options = {
    .mode = LSTM_MODE_WINDOW,
    .kernels = runner->kernels,
    .precision = runner->precision,
  };
  LstmPlan *plan;

  if (!check_model_shapes (runner, inputs, error))
    return FALSE;
  if (first->dims[0] == LSTM_DIM_UNKNOWN)
    options.steps =
        (guint) ((LstmArray *) g_ptr_array_index (inputs, 0))->shape[1];
  if (runner->plan == NULL ||
      (options.steps != 0 &&
          options.steps != lstm_plan_get_steps (runner->plan))) {
    plan = lstm_plan_new (runner->model, &options, error);
    if (plan == NULL)
      return FALSE;
    clear_plan (runner);
    runner->plan = plan;
    runner->context = tool_new_context (plan, runner->threads, error);
    if (runner->context == NULL)
      return FALSE;
    move_streams (runner);
  }
  return check_plan_shapes (runner, inputs, error);
}

void
tool_runner_set_batch (ToolRunner *runner, guint n)
{
  if (lstm_plan_get_n_slots (runner->plan) == 0)
    return;
  while (runner->streams->len < n)
    g_ptr_array_add (runner->streams, lstm_stream_new (runner->plan));
}

void
tool_runner_reset (ToolRunner *runner)
{
  for (guint i = 0; i < runner->streams->len; i++)
    lstm_stream_reset (g_ptr_array_index (runner->streams, i));
}

/* ---- running ---- */

GPtrArray *
tool_runner_new_outputs (ToolRunner *runner, gint64 n, GError **error)
{
  g_autoptr (GPtrArray) outputs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_array_free);

  for (guint k = 0; k < lstm_model_get_n_outputs (runner->model); k++) {
    const LstmShape *item = lstm_plan_get_output_shape (runner->plan, k);
    gint64 shape[LSTM_MAX_RANK + 1] = { n };
    LstmArray *array;

    memcpy (shape + 1, item->dims, item->rank * sizeof *shape);
    array = lstm_array_new (item->rank + 1, shape, error);
    if (array == NULL)
      return NULL;
    g_ptr_array_add (outputs, array);
  }
  return g_steal_pointer (&outputs);
}

static gboolean
check_status (LstmStatus status, gint64 first, guint n, GError **error)
{
  if (status == LSTM_STATUS_OK)
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "windows %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
      " (the first is 0): an Embedding layer was given an index that it has no "
      "row for; expected whole numbers from 0 to its input_dim - 1",
      first, first + n - 1);
  return FALSE;
}

gboolean
tool_runner_run (ToolRunner *runner, GPtrArray *inputs, gint64 first, guint n,
    GPtrArray *outputs, GError **error)
{
  g_autofree LstmInput *in = g_new0 (LstmInput, inputs->len);
  g_autofree LstmOutput *out = g_new0 (LstmOutput, outputs->len);
  LstmStream *const *streams = NULL;

  for (guint i = 0; i < inputs->len; i++) {
    const LstmArray *array = g_ptr_array_index (inputs, i);
    gsize size = lstm_plan_get_input_size (runner->plan, i);

    in[i] = (LstmInput){ array->data + (gsize) first * size, size, size };
  }
  for (guint k = 0; k < outputs->len; k++) {
    LstmArray *array = g_ptr_array_index (outputs, k);
    gsize size = lstm_plan_get_output_size (runner->plan, k);

    out[k] = (LstmOutput){ array->data + (gsize) first * size, size, size };
  }
  if (lstm_plan_get_n_slots (runner->plan) > 0) {
    g_assert (n <= runner->streams->len);
    streams = (LstmStream *const *) runner->streams->pdata;
  }
  return check_status (
      lstm_context_process (runner->context, streams, n, 1, in, out), first, n,
      error);
}
