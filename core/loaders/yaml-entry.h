/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <lstm/builder.h>
#include <lstm/error.h>

#include "config/yaml-schema.h"

G_BEGIN_DECLS

/* A model written in YAML, as it stands there: a list of entries, each a layer
 * of Keras (or a model within the model, or another call of what stood before)
 * with what it is called on. They are called in the order of the list. */

/* The most entries of a file, models within models counted as often as they are
 * called. */
#define LSTM_YAML_MAX_CALLS 16384

typedef enum {
  YAML_INPUT,       /* InputLayer: a place holder for a value */
  YAML_LAYER,       /* anything that the engine runs */
  YAML_MODEL,       /* Sequential, Functional */
  YAML_DISTRIBUTED, /* TimeDistributed over a model, its only child */
  YAML_CALL,        /* `call`: an earlier entry once more */
} YamlKind;

typedef struct _YamlEntry YamlEntry;
struct _YamlEntry {
  YamlKind kind;
  const LstmYamlNode *place;   /* where it stands, for messages */
  const LstmYamlNode *options; /* a mapping, or NULL for none */
  const gchar *class_name;     /* Keras's; "call" */
  gchar *name;
  gchar *path;     /* names from the outermost model inwards */
  LstmShape shape; /* YAML_INPUT; rank 0: not said */
  gint64 batch;
  LstmLayer *layer;       /* YAML_LAYER, YAML_DISTRIBUTED */
  GPtrArray *children;    /* YamlEntry; YAML_MODEL and YAML_DISTRIBUTED */
  const YamlEntry *again; /* YAML_CALL: of what; borrowed */
  const LstmYamlNode *inputs;
  const LstmYamlNode *states;
  const LstmYamlNode *outputs; /* YAML_MODEL */
  gboolean mask;               /* called with the mask of its input */
};

void lstm_yaml_entry_free (YamlEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (YamlEntry, lstm_yaml_entry_free)

/* The file's model: an entry of kind YAML_MODEL from the mapping under `model`.
 * Layers are added to the builder, and not called. */
YamlEntry *lstm_yaml_entries_read (
    const LstmYamlNode *model, LstmModelBuilder *builder, GError **error);

/* Calls all of it: inputs, layers, outputs. */
gboolean lstm_yaml_graph_build (
    const YamlEntry *model, LstmModelBuilder *builder, GError **error);

/* (transfer full): the options of a layer, but for the keys in @but, as a{sv}
 * in Keras's words: {LSTMCell: {...}} as {"class_name", "config"}. */
GVariant *lstm_yaml_options_read (
    const LstmYamlNode *mapping, const gchar *const *but, GError **error);

/* Where in @options a message of the engine's points, else @place: puts
 * file:line:column before it. Always FALSE. */
gboolean lstm_yaml_locate (
    const LstmYamlNode *place, const LstmYamlNode *options, GError **error);

G_END_DECLS
