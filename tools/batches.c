/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "batches.h"

#include "tool.h"

#include <string.h>

/* What Keras's predict() takes where nobody says. */
#define DEFAULT_BATCH 32

/* States side by side. */
#define MAX_STREAMS (1u << 20)

gboolean
tool_batches_choose (
    const LstmModel *model, gint64 wanted, guint *batch, GError **error)
{
  gint64 own = lstm_model_get_batch (model);

  if (own > 0 && wanted > 0 && own != wanted &&
      lstm_model_is_stateful (model)) {
    g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
        "batch: %" G_GINT64_FORMAT " was asked for, but the stateful model "
        "takes batches of %" G_GINT64_FORMAT "; leave --batch out",
        wanted, own);
    return FALSE;
  }
  if (wanted > 0)
    *batch = (guint) wanted;
  else
    *batch = own > 0 ? (guint) own : DEFAULT_BATCH;
  if (*batch <= MAX_STREAMS || !lstm_model_is_stateful (model))
    return TRUE;
  g_set_error (error, LSTM_ERROR, LSTM_ERROR_VALUE,
      "batch: %u sequences with a state each; at most %u can be", *batch,
      MAX_STREAMS);
  return FALSE;
}

/* Keras's reason, and the ways out. */
static void
set_left_over (gint64 n, guint batch, GError **left)
{
  gint64 rest = n % batch, whole = n - rest;
  g_autofree gchar *fewer =
      whole > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " or ", whole)
                : g_strdup ("");

  g_set_error (left, LSTM_ERROR, LSTM_ERROR_SHAPE,
      "batch: %" G_GINT64_FORMAT
      " window%s left over: the stateful model takes "
      "batches of %u and %" G_GINT64_FORMAT " = %" G_GINT64_FORMAT
      " x %u + %" G_GINT64_FORMAT "; send %s%" G_GINT64_FORMAT
      " windows, or set --partial-batch=pad|drop",
      rest, rest == 1 ? "" : "s", batch, n, n / batch, batch, rest, fewer,
      whole + batch);
}

/* A batch with the windows from @first on and then zeros. */
static GPtrArray *
pad_inputs (GPtrArray *inputs, gint64 first, guint batch, GError **error)
{
  g_autoptr (GPtrArray) padded =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_array_free);

  for (guint i = 0; i < inputs->len; i++) {
    const LstmArray *array = g_ptr_array_index (inputs, i);
    gint64 shape[LSTM_ARRAY_MAX_RANK];
    gsize size = array->count / (gsize) array->shape[0];
    LstmArray *copy;

    memcpy (shape, array->shape, array->rank * sizeof *shape);
    shape[0] = batch;
    copy = lstm_array_new (array->rank, shape, error);
    if (copy == NULL)
      return NULL;
    memcpy (copy->data, array->data + (gsize) first * size,
        (gsize) (array->shape[0] - first) * size * sizeof (gfloat));
    g_ptr_array_add (padded, copy);
  }
  return g_steal_pointer (&padded);
}

/* Runs the last windows in a batch of full length, and keeps their outputs. */
static gboolean
run_padded (ToolRunner *runner, GPtrArray *inputs, gint64 first, guint batch,
    GPtrArray *outputs, GError **error)
{
  gsize n = (gsize) (tool_count_windows (inputs) - first);
  g_autoptr (GPtrArray) padded = pad_inputs (inputs, first, batch, error);
  g_autoptr (GPtrArray) results = NULL;

  if (padded == NULL)
    return FALSE;
  results = tool_runner_new_outputs (runner, batch, error);
  if (results == NULL ||
      !tool_runner_run (runner, padded, 0, batch, results, error))
    return FALSE;
  for (guint k = 0; k < outputs->len; k++) {
    const LstmArray *from = g_ptr_array_index (results, k);
    LstmArray *to = g_ptr_array_index (outputs, k);
    gsize size = from->count / batch;

    memcpy (to->data + (gsize) first * size, from->data,
        n * size * sizeof (gfloat));
  }
  return TRUE;
}

static gboolean
run_all (ToolRunner *runner, GPtrArray *inputs, guint batch, gint64 n,
    gboolean pad, const ToolProgressOptions *options, GPtrArray *outputs,
    GError **error)
{
  guint64 steps = lstm_plan_get_steps (runner->plan);
  ToolProgress progress;
  gboolean ok = TRUE;

  tool_progress_start (&progress, options, (guint64) n * steps);
  for (gint64 first = 0; ok && first < n; first += batch) {
    guint count = (guint) MIN (n - first, (gint64) batch);

    if (count < batch && pad)
      ok = run_padded (runner, inputs, first, batch, outputs, error);
    else
      ok = tool_runner_run (runner, inputs, first, count, outputs, error);
    tool_progress_update (&progress, (guint64) (first + count) * steps);
  }
  tool_progress_end (&progress);
  return ok;
}

GPtrArray *
tool_batches_run (ToolRunner *runner, GPtrArray *inputs, guint batch,
    ToolPartialBatch partial, const ToolProgressOptions *progress,
    GError **left, GError **error)
{
  gint64 n = tool_count_windows (inputs), rest = n % batch;
  gboolean strict = lstm_model_is_stateful (runner->model);
  g_autoptr (GPtrArray) outputs = NULL;

  if (strict && rest > 0 && partial == TOOL_PARTIAL_ERROR)
    set_left_over (n, batch, left);
  if (strict && rest > 0 && partial == TOOL_PARTIAL_DROP)
    tool_say ("dropped the last %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
              " windows, which fill no batch of %u",
        rest, n, batch);
  if (strict && partial != TOOL_PARTIAL_PAD)
    n -= rest;
  outputs = tool_runner_new_outputs (runner, n, error);
  if (outputs == NULL ||
      !run_all (runner, inputs, batch, n, strict, progress, outputs, error))
    return NULL;
  return g_steal_pointer (&outputs);
}
