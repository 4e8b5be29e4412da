/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "engine/layer.h"

/* The most frames of a stream that go by for one of a value's, and that it
 * waits for its first: a float counts them. */
#define LSTM_PACE_MAX (1 << 24)

/* Gives the outputs of a new node their pace. What its inputs' paces make
 * impossible frame by frame needs the window. */
void lstm_pace_node (LstmModel *model, LstmNode *node);

/* Whether a node that streams has items of its own at other times than those of
 * its input: it then counts frames in a slot. */
gboolean lstm_pace_changes (const LstmNode *node);

/* The name of an output that comes at other times than the first, or NULL. */
const gchar *lstm_pace_find_other (const LstmModel *model);

/* Of @n_in frames that go into a node, the first with which one goes out, and
 * how many go out. @counter is 0 at first, and then as the last call left it.
 */
gsize lstm_pace_advance (
    const LstmNode *node, gsize n_in, gfloat *counter, gsize *first);
