/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "tool.h"

#include "files/array.h"

G_BEGIN_DECLS

/* Runs a model on windows side by side, as Keras does on a batch: sequence i of
 * a call goes on from sequence i of the call before, in stateful layers. */
typedef struct {
  LstmModel *model;
  gchar *kernels;
  LstmPrecision precision;
  guint threads;
  LstmPlan *plan; /* NULL before tool_runner_prepare() */
  LstmContext *context;
  GPtrArray *streams; /* LstmStream, one a sequence of a batch */
} ToolRunner;

ToolRunner *tool_runner_new (LstmModel *model, const ToolOptions *options);
void tool_runner_free (ToolRunner *runner);

/* Makes a plan for arrays of these shapes, one for each input of the model, or
 * keeps the one there is. The state stays. Arrays may be given a last axis of
 * 1, or lose it, where the model has it so. */
gboolean tool_runner_prepare (
    ToolRunner *runner, GPtrArray *inputs, GError **error);

/* From now on there are at least n sequences side by side. */
void tool_runner_set_batch (ToolRunner *runner, guint n);
void tool_runner_reset (ToolRunner *runner);

/* (transfer full): arrays for the outputs of n windows, NULL with an error. */
GPtrArray *tool_runner_new_outputs (
    ToolRunner *runner, gint64 n, GError **error);

/* Runs n windows, those from @first on of each input, and writes the same ones
 * of each output. */
gboolean tool_runner_run (ToolRunner *runner, GPtrArray *inputs, gint64 first,
    guint n, GPtrArray *outputs, GError **error);

/* Windows in the arrays. */
gint64 tool_count_windows (GPtrArray *inputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolRunner, tool_runner_free)

G_END_DECLS
