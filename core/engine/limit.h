/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "kernels/kernels.h"

/* What this machine does at best with the instructions of a kernel set, in f32.
 * Each is measured for @budget nanoseconds, and the best time counts. */

/* Nanoseconds a byte takes to read, of so many that are read again and again.
 */
gdouble lstm_limit_byte_ns (
    const LstmKernels *kernels, gdouble bytes, gdouble budget);

/* Nanoseconds an operation takes; a multiply-add is two. */
gdouble lstm_limit_operation_ns (const LstmKernels *kernels, gdouble budget);

/* Bytes that a weight of a matrix takes as it is packed; int8 has a scale for
 * each block of inputs. */
gdouble lstm_limit_weight_bytes (LstmPrecision precision);
