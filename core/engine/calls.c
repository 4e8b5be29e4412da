/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/layer.h"

#include <string.h>

LstmCall *
lstm_calls_add (LstmModel *model, LstmCallKind kind, LstmLayer *layer,
    const LstmValueId *ids, guint n_inputs, guint n_states,
    const GArray *outputs)
{
  guint n = n_inputs + n_states;
  LstmCall call = { .kind = kind,
    .layer = layer,
    .n_inputs = n_inputs,
    .n_states = n_states,
    .n_outputs = outputs ? outputs->len : 0 };

  call.values = g_new0 (LstmValueId, n + call.n_outputs + 1);
  if (n > 0)
    memcpy (call.values, ids, n * sizeof *ids);
  if (call.n_outputs > 0)
    memcpy (
        call.values + n, outputs->data, call.n_outputs * sizeof *call.values);
  g_array_append_val (model->calls, call);
  return &g_array_index (model->calls, LstmCall, model->calls->len - 1);
}
