/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* A YAML file as a tree that remembers where everything stands. It is what YAML
 * and JSON have in common: scalars, lists, mappings with scalar keys. Anchors,
 * aliases, tags, duplicate keys and second documents are errors. */

/* Limits of one file: a list of 65,536 names with two numbers each fits. */
#define LSTM_YAML_MAX_BYTES (8 * 1024 * 1024)
#define LSTM_YAML_MAX_NODES (512 * 1024)
#define LSTM_YAML_MAX_DEPTH 32

typedef enum {
  LSTM_YAML_SCALAR,
  LSTM_YAML_LIST,
  LSTM_YAML_MAPPING,
} LstmYamlType;

typedef struct _LstmYaml LstmYaml;
typedef struct _LstmYamlNode LstmYamlNode;

/* Immutable once the tree is made; all pointers belong to the tree. */
struct _LstmYamlNode {
  const LstmYaml *yaml;
  LstmYamlType type;
  guint line, column; /* counted from 1, in characters */
  gboolean quoted;    /* scalar: in quotes, or a block of text */
  gchar *text;        /* scalar: UTF-8 */
  GPtrArray *keys;    /* mapping: keys[i], a scalar, names items[i] */
  GPtrArray *items;   /* list, mapping: LstmYamlNode; NULL if empty */
  GHashTable *index;  /* mapping: text of a key -> i + 1 */
};

struct _LstmYaml {
  gchar *path; /* as it was given */
  gchar *name; /* the path for messages: UTF-8 */
  const LstmYamlNode *root;
  GPtrArray *nodes; /* all of them */
};

/* Errors: LSTM_ERROR_IO, and LSTM_ERROR_CONFIG with path:line:column first.
 * lstm_yaml_parse() takes the contents of the file @path from @data. */
LstmYaml *lstm_yaml_load (const gchar *path, GError **error);
LstmYaml *lstm_yaml_parse (
    const gchar *path, const gchar *data, gsize length, GError **error);
void lstm_yaml_free (LstmYaml *yaml);

guint lstm_yaml_get_n_items (const LstmYamlNode *node);
const LstmYamlNode *lstm_yaml_get_item (const LstmYamlNode *node, guint i);
const LstmYamlNode *lstm_yaml_get_key (const LstmYamlNode *mapping, guint i);
/* The value of @key, or NULL. */
const LstmYamlNode *lstm_yaml_lookup (
    const LstmYamlNode *mapping, const gchar *key);

/* Sets LSTM_ERROR_CONFIG with "path:line:column: " before the message, and
 * returns FALSE. */
gboolean lstm_yaml_fail (const LstmYamlNode *node, GError **error,
    const gchar *format, ...) G_GNUC_PRINTF (3, 4);
/* @text in single quotes for a message: shortened, control characters shown as
 * escapes. Free with g_free(). */
gchar *lstm_yaml_quote (const gchar *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LstmYaml, lstm_yaml_free)
