/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* The library is built with hidden visibility: what carries LSTM_API is its
 * interface, all else is its own. */
#if defined(__GNUC__)
#define LSTM_API extern __attribute__ ((visibility ("default")))
#else
#define LSTM_API extern
#endif
