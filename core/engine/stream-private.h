/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/stream.h>

/* Of a cache line and of the widest vector. */
#define LSTM_STREAM_ALIGNMENT 64

/* `data` holds the slots one after the other and nothing that points anywhere:
 * a copy of it is a copy of the state. */
struct _LstmStream {
  LstmPlan *plan;
  guint n_out;     /* items that the last call gave, and the number of that */
  guint first_out; /* call's input item that the first of them goes with */
  gfloat data[] __attribute__ ((aligned (LSTM_STREAM_ALIGNMENT)));
};
