/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* Whether the processor has what a kernel set needs and the operating system
 * saves its registers. */
gboolean lstm_cpu_has_avx2 (void);
gboolean lstm_cpu_has_avx512 (void);
gboolean lstm_cpu_has_avx512bf16 (void);
gboolean lstm_cpu_has_neon (void);

/* Tiles of bytes (AMX), which Linux lets a process use when it asks: this does.
 */
gboolean lstm_cpu_has_tiles (void);
