/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/model.h>
#include <lstm/precision.h>

G_BEGIN_DECLS

/**
 * LstmMode:
 * @LSTM_MODE_FRAME: a frame in, the model's output for it out; state is
 *   carried from frame to frame in every recurrent layer
 * @LSTM_MODE_WINDOW: `steps` frames make one sequence, run as Keras runs it;
 *   state is carried to the next window by stateful layers only
 *
 * How a model meets a stream.
 */
typedef enum {
  LSTM_MODE_FRAME,
  LSTM_MODE_WINDOW,
} LstmMode;

/**
 * LstmPlanOptions:
 * @mode: frame by frame, or window by window
 * @steps: window mode: the length of a window in frames, for a model that
 *   leaves it open; 0 to take the model's own
 * @kernels: (nullable): name of the kernel set, or %NULL for the best that this
 *   machine has
 * @precision: what weights are stored in
 *
 * What to make a model ready for. Zero what you do not set.
 */
typedef struct {
  LstmMode mode;
  guint steps;
  const gchar *kernels;
  LstmPrecision precision;
  gpointer reserved[4];
} LstmPlanOptions;

/**
 * LstmSlot:
 * @name: layer and state, such as `lstm_1/h`
 * @shape: what is carried
 * @offset: where it stands in a stream's block, in floats
 * @size: its length in floats
 *
 * One thing that a stream carries from call to call. It starts at zero.
 */
typedef struct {
  const gchar *name;
  LstmShape shape;
  gsize offset;
  gsize size;
} LstmSlot;

/**
 * LstmPlan:
 *
 * A model made ready for one kernel set and mode: weights packed in the order
 * in which they are read, layers in order of execution, memory laid out. It is
 * immutable and reference-counted; any number of threads may use it at once.
 */
typedef struct _LstmPlan LstmPlan;

LSTM_API LstmPlan *lstm_plan_new (
    LstmModel *model, const LstmPlanOptions *options, GError **error);
LSTM_API LstmPlan *lstm_plan_new_shared (
    LstmModel *model, const LstmPlanOptions *options, GError **error);
LSTM_API LstmPlan *lstm_plan_new_for_frames (LstmPlan *plan, GError **error);
LSTM_API LstmPlan *lstm_plan_ref (LstmPlan *plan);
LSTM_API void lstm_plan_unref (LstmPlan *plan);

LSTM_API LstmModel *lstm_plan_get_model (const LstmPlan *plan);
LSTM_API LstmMode lstm_plan_get_mode (const LstmPlan *plan);
LSTM_API guint lstm_plan_get_steps (const LstmPlan *plan);
LSTM_API const gchar *lstm_plan_get_kernels (const LstmPlan *plan);
LSTM_API LstmPrecision lstm_plan_get_precision (const LstmPlan *plan);
LSTM_API const LstmShape *lstm_plan_get_input_shape (
    const LstmPlan *plan, guint i);
LSTM_API gsize lstm_plan_get_input_size (const LstmPlan *plan, guint i);
LSTM_API const LstmShape *lstm_plan_get_output_shape (
    const LstmPlan *plan, guint i);
LSTM_API gsize lstm_plan_get_output_size (const LstmPlan *plan, guint i);
LSTM_API guint lstm_plan_get_output_frames (const LstmPlan *plan, guint i);
LSTM_API guint lstm_plan_get_output_rate (const LstmPlan *plan, guint *first);
LSTM_API guint lstm_plan_get_n_slots (const LstmPlan *plan);
LSTM_API const LstmSlot *lstm_plan_get_slot (const LstmPlan *plan, guint i);

LSTM_API const gchar *const *lstm_list_kernels (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmPlan, lstm_plan_unref)

G_END_DECLS
