/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "tool.h"

G_BEGIN_DECLS

/* What is told of a model. A plan that cannot be made is NULL, with the reason
 * beside it. */
typedef struct {
  LstmModel *model;
  LstmPlan *frame;
  LstmPlan *window;
  GError *no_frame;
  GError *no_window;
  LstmSummary *layers;
} ToolSummary;

/* Bytes of the weights, as float32. */
guint64 tool_summary_weight_bytes (const ToolSummary *summary);
guint64 tool_summary_count (const ToolSummary *summary, gboolean trainable);

void tool_summary_print_json (const ToolSummary *summary);

G_END_DECLS
