/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/lstm.h>

#include "files/safetensors.h"

G_BEGIN_DECLS

/* What went into a model in Keras, call by call, and what came out: a
 * safetensors file of
 *   call<i>.x, call<i>.x<k>     input 0, input k of call i, [batch, ...]
 *   call<i>.y<k>                output k
 *   call<i>.state.<layer>.<j>   state j (h, then c) of a stateful layer after
 *                               the call, [batch, units]; may be left out
 * Before which calls states were reset is told by the text "reset_before" of
 * its metadata, such as "2, 5", else by the calls of a case.json beside it. */
typedef struct {
  LstmSafetensors *tensors;
  guint n_calls;
  gboolean *reset_before; /* one a call */
} ToolReference;

/* Strict: each call has all inputs and outputs of the model, and there is
 * nothing else. */
ToolReference *tool_reference_load (
    const gchar *path, const LstmModel *model, GError **error);
void tool_reference_free (ToolReference *reference);

const LstmArray *tool_reference_input (
    const ToolReference *reference, guint call, guint i);
const LstmArray *tool_reference_output (
    const ToolReference *reference, guint call, guint k);

/* Whether tensor @i is a state after @call, and of what; @layer: (out):
 * (transfer full). */
gboolean tool_reference_is_state (const ToolReference *reference, guint i,
    guint call, gchar **layer, guint *number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolReference, tool_reference_free)

G_END_DECLS
