/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

/* The library gstlstm, in pkg-config's words gst-lstm-1.0: what applications
 * and elements say to the element lstm by what buffers carry. */

#include <gst/lstm/gstlstmkeymeta.h>
