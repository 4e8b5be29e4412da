/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* Adds a field to what is hashed, its length before it, so that no two lists of
 * fields give the same bytes. */
void lstm_fingerprint_add (
    GChecksum *sum, const gchar *tag, gconstpointer data, gsize size);
void lstm_fingerprint_add_text (
    GChecksum *sum, const gchar *tag, const gchar *text);

/* fingerprint-options.c: the options of @layer that its class reads, by name,
 * defaults filled in, activations by what they compute. */
void lstm_fingerprint_add_options (
    GChecksum *sum, const LstmLayer *layer, guint keras);
