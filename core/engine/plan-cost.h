/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/plan-private.h"

/* Multiplications with an addition in the matrix products of node @i, for one
 * item of the plan. */
guint64 lstm_plan_count_node_macs (const LstmPlan *plan, guint i);
