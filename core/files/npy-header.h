/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/npy.h"
#include "files/scan.h"

G_BEGIN_DECLS

/* Parses the dictionary of a header:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
gboolean lstm_npy_header_parse (LstmScan *scan, LstmNpyHeader *header);

G_END_DECLS
