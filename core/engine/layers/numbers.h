/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/options.h"

#include <lstm/shape.h>

/* Numbers that stand in a layer's config: one, or lists of lists. */
typedef struct {
  LstmShape shape;
  gfloat *data; /* owned; NULL where the config has none */
} LstmNumbers;

/* Reads @key: a number, (nested) lists of one shape, or what Keras makes of a
 * numpy array. */
void lstm_numbers_read (
    LstmOptions *options, const gchar *key, LstmNumbers *numbers);
void lstm_numbers_clear (LstmNumbers *numbers);
gsize lstm_numbers_count (const LstmNumbers *numbers);

/* Makes both of one shape by broadcasting, as numpy does; FALSE if they do not
 * go together. */
gboolean lstm_numbers_broadcast (LstmNumbers *a, LstmNumbers *b);
