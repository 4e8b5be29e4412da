/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/stream.h>

/* `data` holds the slots one after the other and nothing that points anywhere:
 * a copy of it is a copy of the state. */
struct _LstmStream {
  LstmPlan *plan;
  gfloat data[];
};
