/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* What layers that work along the steps of [batch, steps, features] share. */

typedef enum {
  LSTM_PADDING_VALID,
  LSTM_PADDING_SAME,
  LSTM_PADDING_CAUSAL,
} LstmPadding;

/* A window of `size` steps, `dilation` apart, moved by `stride` steps. */
typedef struct {
  gint64 size;
  gint64 stride;
  gint64 dilation;
  LstmPadding padding;
} LstmSliding;

/* The most steps that an option of such a layer can name. */
#define LSTM_MAX_STEPS (1 << 24)

/* Reads `padding`; causal only where that is allowed. */
LstmPadding lstm_steps_padding (LstmOptions *options, gboolean allow_causal);

/* A whole number from 1 up, alone or in a list of one; 0 stands for the
 * default and is what is given if the key is not there. */
gint64 lstm_steps_number (LstmOptions *options, const gchar *key);

/* One whole number from 0 up for both ends, or a list of two. */
void lstm_steps_pair (
    LstmOptions *options, const gchar *key, gint64 fallback, gint64 pair[2]);

void lstm_steps_data_format (LstmOptions *options);

/* FALSE with an error if a sample is not [steps, features]. */
gboolean lstm_steps_check (
    const LstmLayer *layer, const LstmSpec *spec, GError **error);

/* Reads kernel_size, strides, dilation_rate, padding and data_format of a
 * convolution. */
void lstm_sliding_read (
    LstmOptions *options, gboolean allow_causal, LstmSliding *sliding);

/* Steps that a window reaches over, from its first to its last. */
gint64 lstm_sliding_reach (const LstmSliding *sliding);

/* How many places the window has in @in steps (unknown gives unknown); FALSE
 * with an error if there is none. */
gboolean lstm_sliding_steps (const LstmLayer *layer, const LstmSliding *sliding,
    gint64 in, gint64 *out, GError **error);

/* Steps of padding before the first one, as TensorFlow places them. */
gint64 lstm_sliding_left (const LstmSliding *sliding, gint64 in, gint64 out);
