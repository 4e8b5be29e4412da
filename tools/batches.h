/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "progress.h"
#include "runner.h"

G_BEGIN_DECLS

/* What becomes of a last batch that is too short for a stateful model. */
typedef enum {
  TOOL_PARTIAL_ERROR,
  TOOL_PARTIAL_DROP,
  TOOL_PARTIAL_PAD,
} ToolPartialBatch;

/* How many windows make a batch: the model's own, or what was asked for, or
 * Keras's 32. FALSE if a stateful model cannot have it so. */
gboolean tool_batches_choose (
    const LstmModel *model, gint64 wanted, guint *batch, GError **error);

/* Runs all windows, batch after batch, as model.predict(x, batch_size=batch)
 * does. (transfer full): the outputs of those that were run. @left is set if
 * windows were left over which the model cannot take. */
GPtrArray *tool_batches_run (ToolRunner *runner, GPtrArray *inputs, guint batch,
    ToolPartialBatch partial, const ToolProgressOptions *progress,
    GError **left, GError **error);

G_END_DECLS
