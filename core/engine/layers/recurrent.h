/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/cells/cell.h"

const LstmCell *lstm_recurrent_cell (const LstmLayer *layer);
gboolean lstm_recurrent_carries (const LstmPlanNode *node);

/* The driver: runs a cell over steps. */
gsize lstm_recurrent_scratch (
    const LstmPlanNode *node, const LstmKernels *kernels, gsize samples);
LstmStatus lstm_recurrent_run (const LstmRun *run);
