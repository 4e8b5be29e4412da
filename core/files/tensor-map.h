/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "files/safetensors-header.h"

G_BEGIN_DECLS

/* A safetensors file that is mapped into memory: its numbers are read when they
 * are looked at, and belong to the page cache. As with every mapped file, who
 * writes into it changes what is seen, and who cuts it off ends the program
 * that looks: it is to be replaced by renaming another. */
typedef struct _LstmTensorMap LstmTensorMap;

LstmTensorMap *lstm_tensor_map_open (const gchar *path, GError **error);
void lstm_tensor_map_free (LstmTensorMap *map);

/* In the order of the data. */
guint lstm_tensor_map_get_n (const LstmTensorMap *map);
const LstmSafetensorsEntry *lstm_tensor_map_get (
    const LstmTensorMap *map, guint i);

/* (transfer full): the numbers of a tensor as float32 of this machine, aligned.
 * They are the file's own where they can be, and outlive the map. */
GBytes *lstm_tensor_map_get_floats (const LstmTensorMap *map, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmTensorMap, lstm_tensor_map_free)

G_END_DECLS
