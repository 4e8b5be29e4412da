/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/plan.h>

G_BEGIN_DECLS

/**
 * LSTM_FRAMES_ALL:
 *
 * In #LstmFrames: all frames of the window.
 */
#define LSTM_FRAMES_ALL G_MAXUINT

/**
 * LstmFrames:
 * @in: of so many frames that go in, 0 for the whole window
 * @out: a layer makes so many; with @in 0 also 0, for as many as go in
 * @history: so many frames before those it reads again, or %LSTM_FRAMES_ALL;
 *   what a recurrent layer carries is no frame
 * @look_ahead: so many frames after those must be there first, or
 *   %LSTM_FRAMES_ALL
 *
 * What a layer does to a sequence of frames: a Conv1D of kernel_size 3 and
 * strides 2 with causal padding has 2 : 1, and a history of 2.
 */
typedef struct {
  guint in;
  guint out;
  guint history;
  guint look_ahead;
} LstmFrames;

/**
 * LstmLayerInfo:
 * @name: the layer's name; within a model in the model, path and name
 * @class_name: Keras's name of its class; `InputLayer` for an input of the
 *   model
 * @n_outputs: how many tensors a call of it gives
 * @outputs: (array length=n_outputs): their shapes, the batch axis left out; of
 *   its last call, if it is called more than once
 * @n_parameters: how many numbers its weights hold, as Keras counts them
 * @n_trainable: how many of them training would change
 * @inputs: (array zero-terminated=1): names of the layers that it reads from,
 *   those of its initial state included
 * @needs_window: (nullable): why it cannot run frame by frame, or %NULL if it
 *   streams
 * @frames: what it does to a sequence of frames; of a layer that wraps others,
 *   all of them together
 * @stateful: whether it, or a layer in it, carries its state from window to
 *   window
 * @macs: multiplications, each with an addition, of its matrix products for one
 *   item of the plan that the summary was made with; 0 without one
 *
 * A row of Keras's model.summary(): a layer, with the layers that it wraps.
 */
typedef struct {
  const gchar *name;
  const gchar *class_name;
  guint n_outputs;
  const LstmShape *outputs;
  guint64 n_parameters;
  guint64 n_trainable;
  const gchar *const *inputs;
  const gchar *needs_window;
  LstmFrames frames;
  gboolean stateful;
  guint64 macs;
} LstmLayerInfo;

/**
 * LstmSummary:
 *
 * What a model consists of, for people and programs to look at. It is immutable
 * and keeps its model.
 */
typedef struct _LstmSummary LstmSummary;

LSTM_API LstmSummary *lstm_summary_new (LstmModel *model, const LstmPlan *plan);
LSTM_API void lstm_summary_free (LstmSummary *summary);
LSTM_API guint lstm_summary_get_n_layers (const LstmSummary *summary);
LSTM_API const LstmLayerInfo *lstm_summary_get_layer (
    const LstmSummary *summary, guint i);

/**
 * LstmLimit:
 * @bytes: of weights that a call must read at least: recurrent ones once a
 *   step, all others once
 * @operations: floating-point operations of its matrix products
 * @read_ns: what reading so much takes on this machine at most speed
 * @operations_ns: what so many multiply-adds take
 *
 * What no call can be faster than: the longer one of the two times.
 */
typedef struct {
  gdouble bytes;
  gdouble operations;
  gdouble read_ns;
  gdouble operations_ns;
} LstmLimit;

LSTM_API void lstm_plan_measure_limit (
    const LstmPlan *plan, guint n_streams, guint n_items, LstmLimit *limit);
LSTM_API guint64 lstm_plan_count_macs (const LstmPlan *plan);
LSTM_API guint lstm_plan_get_latency (const LstmPlan *plan);
LSTM_API gsize lstm_plan_get_state_size (const LstmPlan *plan);
LSTM_API gsize lstm_plan_get_context_size (const LstmPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmSummary, lstm_summary_free)

G_END_DECLS
