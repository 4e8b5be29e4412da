/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* The layer that stands under @key of a wrapper's config as
 * {"class_name": C, "config": {...}}; NULL after telling @options why not. */
LstmLayer *lstm_wrapped_layer (LstmOptions *options, const gchar *key);

/* The same from a dictionary that the wrapper has already looked up. */
LstmLayer *lstm_wrapped_layer_from_dict (LstmOptions *options, GVariant *dict);
