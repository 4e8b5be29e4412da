/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-private.h"

G_BEGIN_DECLS

#define NO_CALL G_MAXUINT

/* An output of a call, by number in KerasGraph.calls. */
typedef struct {
  guint call;
  guint tensor;
} KerasLink;

typedef struct {
  KerasLayer *layer; /* borrowed from the model's children */
  GArray *inputs;    /* KerasLink; empty for an InputLayer */
  GArray *states;    /* KerasLink */
  GArray *masks;     /* KerasLink by input; NO_CALL: none is given */
  gboolean training;
} KerasCall;

/* How the layers of a functional model join: calls in the order of layers and,
 * for a layer that is called several times, of its calls. */
struct _KerasGraph {
  GPtrArray *calls;     /* KerasCall */
  GArray *inputs;       /* KerasLink: an InputLayer each */
  GArray *outputs;      /* KerasLink */
  gchar **output_names; /* unique */
  GArray *order;        /* guint: calls as Keras runs them */
};

/* Makes model->graph from the "inbound_nodes" of the layers' @entries and from
 * input_layers and output_layers. model->children are there. */
gboolean lstm_keras_graph_parse (
    KerasLayer *model, JsonArray *entries, GError **error);

/* (transfer full): the numbers of all calls, in the order in which Keras runs
 * them; a cycle is an error. */
GArray *lstm_keras_graph_order (const KerasGraph *graph, GError **error);

G_END_DECLS
