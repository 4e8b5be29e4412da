/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-private.h"

G_BEGIN_DECLS

/* Keras 3 writes the masks of a functional model as operations beside its
 * layers (NotEqual, Any, LogicalOr, ...) and hands the results to calls of
 * layers. The engine finds masks by itself, as Keras's layers do: what is
 * written is read for no more than to see that both are the same. */

/* What a mask is made of: it is 1 where any of its parts is. Parts are numbers
 * of texts such as "any(ne(3,0))", the same for the same text. */
typedef struct {
  GArray *parts; /* guint, sorted, each once; empty: 0 everywhere */
  guint rank;    /* axes, the batch counted */
  gboolean wide; /* the last axis repeats one mask for each feature */
} KerasMask;

/* What an operation is given. */
typedef struct {
  const KerasMask *mask; /* of another operation; or NULL: a value */
  LstmValueId value;
} KerasOperand;

void lstm_keras_mask_free (KerasMask *mask);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KerasMask, lstm_keras_mask_free)

/* (transfer full): what an operation gives. */
KerasMask *lstm_keras_mask_operate (KerasReader *reader,
    const KerasLayer *operation, const KerasOperand *operands, guint n,
    GError **error);

/* Whether a mask is the one that the engine has for a value; where it has none,
 * 1 everywhere. */
gboolean lstm_keras_mask_is_of (
    KerasReader *reader, const KerasMask *mask, LstmValueId value);

G_END_DECLS
