/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "keras-groups.h"

#include "keras-json.h"

#include <string.h>

static void
group_clear (gpointer group)
{
  g_free (((KerasGroup *) group)->path);
}

static void
add_group (GArray *groups, const gchar *class_name, const gchar *path,
    const gchar *sub)
{
  KerasGroup group = { .class_name = class_name };

  group.path =
      sub != NULL ? g_strconcat (path, "/", sub, NULL) : g_strdup (path);
  g_array_append_val (groups, group);
}

/* The class and config of {"class_name", "config"}; FALSE for anything else. */
static gboolean
take_apart (JsonNode *entry, const gchar **class_name, JsonObject **config)
{
  JsonObject *object = entry != NULL && JSON_NODE_HOLDS_OBJECT (entry)
                           ? json_node_get_object (entry)
                           : NULL;
  JsonNode *inner =
      object != NULL ? json_object_get_member (object, "config") : NULL;

  if (inner == NULL || !JSON_NODE_HOLDS_OBJECT (inner))
    return FALSE;
  *class_name = lstm_keras_json_peek_text (object, "class_name");
  *config = json_node_get_object (inner);
  return *class_name != NULL;
}

static void
add_cells (GArray *groups, JsonNode *cell, const gchar *path)
{
  g_autoptr (GHashTable) counts = lstm_keras_group_counts_new ();
  JsonArray *list = lstm_keras_json_list (cell);
  const gchar *class_name = NULL;
  JsonObject *config = NULL;

  if (list == NULL) {
    if (!take_apart (cell, &class_name, &config))
      return;
    if (strcmp (class_name, "StackedRNNCells") != 0) {
      add_group (groups, class_name, path, "cell");
      return;
    }
    list = lstm_keras_json_list (json_object_get_member (config, "cells"));
  }
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    g_autofree gchar *sub = NULL, *name = NULL;

    if (!take_apart (json_array_get_element (list, i), &class_name, &config))
      return;
    name = lstm_keras_group_name (counts, class_name);
    sub = g_strconcat ("cell/cells/", name, NULL);
    add_group (groups, class_name, path, sub);
  }
}

static void add_layer (GArray *groups, const gchar *class_name,
    JsonObject *config, const gchar *path, guint nesting);

static void
add_wrapped (GArray *groups, JsonNode *entry, const gchar *path,
    const gchar *attribute, guint nesting)
{
  g_autofree gchar *sub = g_strconcat (path, "/", attribute, NULL);
  const gchar *class_name = NULL;
  JsonObject *config = NULL;

  if (nesting < LSTM_KERAS_MAX_NESTING &&
      take_apart (entry, &class_name, &config))
    add_layer (groups, class_name, config, sub, nesting + 1);
}

/* A group for each object that has variables of its own, by the attribute of
 * the object around it that holds it. */
static void
add_layer (GArray *groups, const gchar *class_name, JsonObject *config,
    const gchar *path, guint nesting)
{
  static const gchar *const with_cell[] = { "LSTM", "GRU", "SimpleRNN", NULL };
  JsonNode *layer = json_object_get_member (config, "layer");
  JsonNode *backward = json_object_get_member (config, "backward_layer");

  if (g_strv_contains (with_cell, class_name)) {
    add_group (groups, class_name, path, "cell");
  } else if (strcmp (class_name, "RNN") == 0) {
    add_cells (groups, json_object_get_member (config, "cell"), path);
  } else if (strcmp (class_name, "Bidirectional") == 0) {
    if (backward == NULL || JSON_NODE_HOLDS_NULL (backward))
      backward = layer;
    add_wrapped (groups, layer, path, "forward_layer", nesting);
    add_wrapped (groups, backward, path, "backward_layer", nesting);
  } else if (strcmp (class_name, "TimeDistributed") == 0) {
    add_wrapped (groups, layer, path, "layer", nesting);
  } else {
    add_group (groups, class_name, path, NULL);
  }
}

GArray *
lstm_keras_layer_groups (const KerasLayer *layer, const gchar *path)
{
  GArray *groups = g_array_new (FALSE, TRUE, sizeof (KerasGroup));

  g_array_set_clear_func (groups, group_clear);
  add_layer (
      groups, layer->class_name, json_node_get_object (layer->config), path, 0);
  return groups;
}
