/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <lstm/error.h>

G_DEFINE_QUARK (lstm - error - quark, lstm_error)
