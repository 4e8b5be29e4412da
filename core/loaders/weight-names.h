/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/builder.h>
#include <lstm/error.h>

G_BEGIN_DECLS

/* Which of a file's tensors is which weight, by Keras's paths of variables such
 * as "sequential_65/lstm_62/lstm_cell/kernel". */

/* How well a name suits a weight of a layer; 0: not at all. It ends as the
 * weight is called and has the layer's name before that; Keras's names for
 * cells, halves of a Bidirectional and wrapped layers may stand between the
 * two, names of models before them. */
guint lstm_weight_name_rate (
    const gchar *name, const gchar *layer, const gchar *weight);

/* Whether a variable is none of a model's weights by its name alone: of the
 * optimizer, of metrics, a dropout's seed. */
gboolean lstm_weight_name_is_idle (const gchar *name);

/* (transfer full): for each of @weights its index in @names: the exact name,
 * else the one that suits it best. A weight that has none, or several that suit
 * it equally, is an error that lists the candidates and whose weight is in
 * @failed. @weights: LstmWeight; @file: what has the names, for messages. */
guint *lstm_weight_names_match (GPtrArray *weights, const gchar *const *names,
    const gchar *file, LstmWeight **failed, GError **error);

G_END_DECLS
