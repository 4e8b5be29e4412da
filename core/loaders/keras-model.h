/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <json-glib/json-glib.h>

#include <lstm/builder.h>

G_BEGIN_DECLS

/* The most layers and calls of layers in a model, models within it counted as
 * often as they are called; and the most models within one another. */
#define LSTM_KERAS_MAX_CALLS 16384
#define LSTM_KERAS_MAX_NESTING 32

typedef enum {
  KERAS_INPUT, /* InputLayer: a place holder for a value */
  KERAS_LAYER, /* anything that the engine runs */
  KERAS_SEQUENTIAL,
  KERAS_FUNCTIONAL,
  KERAS_DISTRIBUTED, /* TimeDistributed over a model, its only child */
  KERAS_OPERATION,   /* of keras.ops, and no layer: part of a mask */
} KerasKind;

typedef struct _KerasGraph KerasGraph;
typedef struct _KerasLayer KerasLayer;

/* A layer as the config lists it. Layers of models within models keep their
 * places in the tree, because the files' weights go by it. */
struct _KerasLayer {
  KerasKind kind;
  gchar *class_name;
  gchar *name; /* "" where the file gives none */
  gchar *path; /* names from the outermost model inwards: "encoder/lstm_1" */
  JsonNode *config; /* its config; an object but for old Sequentials' lists */
  gint64 shared_id; /* the same wherever models share the layer, or 0 */
  gdouble constant; /* KERAS_OPERATION: the last number among its arguments */
  guint n_constants;
  LstmLayer *layer;    /* of the builder; KERAS_LAYER and KERAS_DISTRIBUTED */
  GPtrArray *children; /* KerasLayer, in config order; NULL if KERAS_LAYER */
  KerasGraph *graph;   /* KERAS_FUNCTIONAL only */
};

void lstm_keras_layer_free (KerasLayer *layer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KerasLayer, lstm_keras_layer_free)

/* The model's name, or its class where it has none. */
gchar *lstm_keras_model_get_name (JsonNode *config);

/* Reads the config of a whole model, {"class_name", "config"} as Keras 2 and 3
 * write it, into the builder: inputs, layers, calls, outputs. It knows nothing
 * of where config and weights come from. Each layer of the tree it returns has
 * its weights' specs, all unset. The tree must not outlive the builder. */
KerasLayer *lstm_keras_model_read (
    JsonNode *config, LstmModelBuilder *builder, GError **error);

G_END_DECLS
