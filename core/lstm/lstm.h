/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

/**
 * SECTION:lstm
 * @title: liblstm
 * @short_description: runs trained recurrent models frame by frame
 *
 * A #LstmModel is what a file says: layers, weights, how they join. A
 * #LstmPlan is a model made ready for this machine. A #LstmStream is what one
 * source's frames leave behind, and nothing else. A #LstmContext is the scratch
 * memory of one thread. Model and plan never change once made, so any number of
 * threads may share them. A #LstmPool has threads that help with large models.
 */

#include <lstm/builder.h>
#include <lstm/config.h>
#include <lstm/context.h>
#include <lstm/error.h>
#include <lstm/model.h>
#include <lstm/plan.h>
#include <lstm/pool.h>
#include <lstm/precision.h>
#include <lstm/shape.h>
#include <lstm/state.h>
#include <lstm/store.h>
#include <lstm/stream.h>
#include <lstm/summary.h>
