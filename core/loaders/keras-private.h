/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "keras-json.h"
#include "keras-model.h"

G_BEGIN_DECLS

/* What is shared while one file is read. */
typedef struct {
  LstmModelBuilder *builder;
  guint n_layers;
  guint n_calls;
  GHashTable *policies; /* name of a dtype policy -> KerasPolicy */
  GHashTable *layers;   /* LstmLayer -> KerasLayer, both borrowed */
  GHashTable *texts;    /* keras-mask.c: text of a part -> its number */
  GHashTable *masks;    /* keras-mask.c: value, plus 1 -> GArray of parts */
} KerasReader;

/* A dtype policy whose layers are read as float32. */
typedef struct {
  gchar *first; /* path of the first layer */
  guint n;      /* layers */
} KerasPolicy;

/* An output of a call of a layer, by names: Keras's [layer, node, tensor]. */
typedef struct {
  const gchar *layer; /* borrowed from the config */
  gint64 node;
  gint64 tensor;
} KerasRef;

/* One entry of a layer's inbound_nodes. */
typedef struct {
  GArray *inputs;    /* KerasRef */
  GArray *states;    /* KerasRef: the initial state, may be empty */
  GArray *masks;     /* KerasRef by input; a layer of NULL: none is given */
  gboolean training; /* called with training=True */
  gboolean keras_3;  /* in its words */
} KerasNode;

void lstm_keras_node_free (KerasNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KerasNode, lstm_keras_node_free)

/* Parses one layer's entry in a model's "layers", and what is within it. */
KerasLayer *lstm_keras_layer_parse (KerasReader *reader, JsonNode *entry,
    const KerasLayer *parent, guint index, guint nesting, GError **error);
gboolean lstm_keras_layers_parse (KerasReader *reader, KerasLayer *model,
    JsonArray *entries, guint nesting, GError **error);

/* Values out of an already called layer or model; (transfer full): an array of
 * LstmValueId. */
GArray *lstm_keras_layer_call (KerasReader *reader, KerasLayer *layer,
    const GArray *inputs, const GArray *states, GError **error);

/* TimeDistributed over a model, or over a TimeDistributed over one. */
gboolean lstm_keras_is_distributed (const gchar *class_name, JsonNode *config);
gboolean lstm_keras_distributed_parse (
    KerasReader *reader, KerasLayer *layer, guint nesting, GError **error);
GArray *lstm_keras_distributed_call (KerasReader *reader, KerasLayer *layer,
    const GArray *inputs, GError **error);

gboolean lstm_keras_sequential_parse (
    KerasReader *reader, KerasLayer *model, guint nesting, GError **error);
GArray *lstm_keras_sequential_call (
    KerasReader *reader, KerasLayer *model, LstmValueId input, GError **error);
gboolean lstm_keras_sequential_build (
    KerasReader *reader, KerasLayer *model, GError **error);

gboolean lstm_keras_functional_parse (
    KerasReader *reader, KerasLayer *model, guint nesting, GError **error);
GArray *lstm_keras_functional_call (KerasReader *reader, KerasLayer *model,
    const GArray *inputs, GError **error);
gboolean lstm_keras_functional_build (
    KerasReader *reader, KerasLayer *model, GError **error);
void lstm_keras_graph_free (KerasGraph *graph);

/* Quantised dtype policies are errors; others than float32 are noted. */
gboolean lstm_keras_dtype_check (
    KerasReader *reader, const KerasLayer *layer, GError **error);
void lstm_keras_dtype_note (KerasReader *reader);
GHashTable *lstm_keras_policies_new (void);

/* The shape that an InputLayer, or another layer that stands first, is made
 * for: batch_shape or batch_input_shape. Where it has none, @found is FALSE. */
gboolean lstm_keras_input_shape (const KerasLayer *layer, LstmShape *shape,
    gint64 *batch, gboolean *found, GError **error);

/* (transfer full): an inbound_nodes entry in Keras 2's or 3's words. @where
 * names the layer. */
KerasNode *lstm_keras_node_parse (
    JsonNode *node, const gchar *where, GError **error);

/* The same of an operation: numbers among its arguments are handed out, and
 * keywords are not looked at. */
KerasNode *lstm_keras_node_parse_operation (
    JsonNode *node, KerasLayer *operation, GError **error);

/* Appends every [layer, node, tensor] within lists, dicts (by sorted key) and
 * Keras 3's tensors; null and true/false are passed over, anything else is an
 * error. */
gboolean lstm_keras_refs_parse (
    JsonNode *node, GArray *refs, const gchar *where, GError **error);

G_END_DECLS
