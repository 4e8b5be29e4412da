/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* docs/model-yaml.schema.json against the parser: the same layers, and of each
 * the same options. With --keys it prints what the parser knows. */

#include "engine/layer.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* What layers need that cannot be without options, as GVariant's text. */
static const struct {
  const gchar *class_name;
  const gchar *config;
} samples[] = {
  { "Bidirectional", "{'layer': <{'class_name': <'LSTM'>, 'config': "
                     "<{'units': <int64 2>}>}>}" },
  { "Conv1D", "{'filters': <int64 2>, 'kernel_size': <int64 3>}" },
  { "CuDNNGRU", "{'units': <int64 2>}" },
  { "CuDNNLSTM", "{'units': <int64 2>}" },
  { "Dense", "{'units': <int64 2>}" },
  { "DepthwiseConv1D", "{'kernel_size': <int64 3>}" },
  { "Dot", "{'axes': <int64 1>}" },
  { "Embedding", "{'input_dim': <int64 2>, 'output_dim': <int64 2>}" },
  { "GRU", "{'units': <int64 2>}" },
  { "LSTM", "{'units': <int64 2>}" },
  { "Permute", "{'dims': <[<int64 2>, <int64 1>]>}" },
  { "RNN", "{'cell': <{'class_name': <'LSTMCell'>, 'config': "
           "<{'units': <int64 2>}>}>}" },
  { "RepeatVector", "{'n': <int64 2>}" },
  { "Rescaling", "{'scale': <2.0>}" },
  { "Reshape", "{'target_shape': <[<int64 2>]>}" },
  { "SeparableConv1D", "{'filters': <int64 2>, 'kernel_size': <int64 3>}" },
  { "SimpleRNN", "{'units': <int64 2>}" },
  { "dynamic_rnn", "{'cell': <{'class_name': <'BasicLSTMCell'>, 'config': "
                   "<{'num_units': <int64 2>}>}>}" },
  { "TimeDistributed", "{'layer': <{'class_name': <'Dense'>, 'config': "
                       "<{'units': <int64 2>}>}>}" },
};

/* What every entry may have beside its options. */
static const gchar *const of_entries[] = { "name", "trainable", "inputs",
  "initial_state", "mask", NULL };

static const gchar *
find_sample (const gchar *class_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    if (strcmp (samples[i].class_name, class_name) == 0)
      return samples[i].config;
  return "@a{sv} {}";
}

/* (transfer full): the keys that a class knows, sorted. */
static gchar **
known_keys (const gchar *class_name)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new (NULL, 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer member;
  g_autoptr (GVariant) config =
      g_variant_parse (NULL, find_sample (class_name), NULL, NULL, &error);
  LstmLayer *layer;

  g_assert_no_error (error);
  lstm_model_builder_set_strict (builder, TRUE);
  layer = lstm_model_builder_add_layer (
      builder, class_name, "layer", config, &error);
  g_assert_no_error (error);
  for (const gchar **key = layer->asked; *key != NULL; key++)
    g_hash_table_add (set, (gpointer) *key);
  for (const gchar *const *key = layer->klass->idle_keys;
       key != NULL && *key != NULL; key++)
    g_hash_table_add (set, (gpointer) *key);
  for (const gchar *const *key = of_entries; *key != NULL; key++)
    g_hash_table_add (set, (gpointer) *key);
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &member, NULL))
    g_ptr_array_add (keys, g_strdup (member));
  g_ptr_array_sort (keys, lstm_options_compare_keys);
  g_ptr_array_add (keys, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&keys), FALSE);
}

/* (transfer full): the members of an object, sorted. */
static gchar **
members_of (JsonObject *object)
{
  GPtrArray *names = g_ptr_array_new ();
  GList *members = json_object_get_members (object);

  for (GList *member = members; member != NULL; member = member->next)
    g_ptr_array_add (names, g_strdup (member->data));
  g_list_free (members);
  g_ptr_array_sort (names, lstm_options_compare_keys);
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (names, FALSE);
}

static JsonObject *
get_object (JsonObject *object, const gchar *key)
{
  g_assert_true (json_object_has_member (object, key));
  return json_object_get_object_member (object, key);
}

/* The schema's definitions: `layers` has a property for each class. */
static JsonObject *
load_definitions (JsonParser *parser)
{
  const gchar *path = g_getenv ("LSTM_YAML_SCHEMA");
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (path);
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return get_object (
      json_node_get_object (json_parser_get_root (parser)), "definitions");
}

static void
expect_same (gchar **found, gchar **expected, const gchar *what)
{
  g_autofree gchar *ours = g_strjoinv (" ", found);
  g_autofree gchar *theirs = g_strjoinv (" ", expected);

  if (strcmp (ours, theirs) != 0)
    g_test_fail_printf (
        "%s: the schema has [%s], the parser [%s]", what, ours, theirs);
}

/* What a list of layers may hold that no class of the engine is. */
static gboolean
is_of_the_graph (const gchar *name)
{
  static const gchar *const names[] = { "Functional", "InputLayer", "Model",
    "Sequential", "call", NULL };

  return g_strv_contains (names, name);
}

static void
test_classes (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *layers = get_object (
      get_object (load_definitions (parser), "layer"), "properties");
  g_auto (GStrv) all = members_of (layers);
  g_auto (GStrv) known = lstm_list_layer_classes ();
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (guint i = 0; all[i] != NULL; i++)
    if (!is_of_the_graph (all[i]))
      g_ptr_array_add (found, all[i]);
  g_ptr_array_add (found, NULL);
  expect_same ((gchar **) found->pdata, known, "layers");
}

static void
test_options (gconstpointer data)
{
  const gchar *class_name = data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *definitions = load_definitions (parser);
  g_auto (GStrv) known = known_keys (class_name);
  g_auto (GStrv) found = NULL;
  JsonObject *definition = get_object (definitions, class_name);

  found = members_of (get_object (definition, "properties"));
  expect_same (found, known, class_name);
  g_assert_false (
      json_object_get_boolean_member (definition, "additionalProperties"));
}

static void
print_keys (gchar **classes)
{
  for (; *classes != NULL; classes++) {
    g_auto (GStrv) keys = known_keys (*classes);
    g_autofree gchar *list = g_strjoinv (" ", keys);

    g_print ("%s: %s\n", *classes, list);
  }
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) classes = lstm_list_layer_classes ();

  if (argc > 1 && strcmp (argv[1], "--keys") == 0) {
    print_keys (classes);
    return 0;
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/yaml/schema/classes", test_classes);
  for (guint i = 0; classes[i] != NULL; i++) {
    g_autofree gchar *path =
        g_strconcat ("/yaml/schema/options/", classes[i], NULL);

    g_test_add_data_func (path, classes[i], test_options);
  }
  return g_test_run ();
}
