/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "check.h"

#include <string.h>

#include "config/suggest.h"
#include "launch.h"
#include "spec-private.h"

/* Names of elements and of their properties, with the nearest one that is
 * there. */

/* All elements of this machine, NULL-terminated; (transfer full). */
static gchar **
list_elements (void)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  GList *features = gst_registry_get_feature_list (
      gst_registry_get (), GST_TYPE_ELEMENT_FACTORY);

  for (GList *item = features; item; item = item->next)
    g_strv_builder_add (names, GST_OBJECT_NAME (item->data));
  gst_plugin_feature_list_free (features);
  return g_strv_builder_end (names);
}

static gchar **
list_properties (GObjectClass *klass)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint n;
  g_autofree GParamSpec **specs = g_object_class_list_properties (klass, &n);

  for (guint i = 0; i < n; i++)
    g_strv_builder_add (names, specs[i]->name);
  return g_strv_builder_end (names);
}

/* A fault at @node that @word is none of @known. */
static void
report (DeployCheck *check, const LstmYamlNode *node, const gchar *word,
    const gchar *kind, const gchar *what, const gchar *const *known)
{
  LstmYamlNode place = *node;
  GError *error = NULL;

  place.type = LSTM_YAML_SCALAR;
  place.text = (gchar *) word;
  lstm_yaml_fail_unknown (&place, kind, what, known, &error);
  deploy_faults_take (check->faults, error);
}

/* The class of an element; NULL with a fault if there is none of this name. */
static GObjectClass *
find_class (DeployCheck *check, const LstmYamlNode *node, const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);
  g_autoptr (GstPluginFeature) loaded = NULL;
  g_auto (GStrv) known = NULL;

  if (factory)
    loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));
  if (loaded)
    return g_type_class_ref (
        gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded)));
  known = list_elements ();
  if (lstm_suggest (name, (const gchar *const *) known))
    report (check, node, name, "element", NULL, (const gchar *const *) known);
  else
    deploy_faults_add (check->faults, node,
        "unknown element '%s': install the plugin that it is in "
        "(gst-inspect-1.0 lists what is there; GST_PLUGIN_PATH says where else "
        "to look)",
        name);
  return NULL;
}

static void
check_property (DeployCheck *check, const LstmYamlNode *node,
    const gchar *element, GObjectClass *klass, const gchar *name)
{
  g_auto (GStrv) known = NULL;

  /* of a child, by the child's name */
  if (strstr (name, "::") || g_object_class_find_property (klass, name))
    return;
  known = list_properties (klass);
  report (check, node, name, "property", element, (const gchar *const *) known);
}

/* ---- launch lines ---- */

static void
check_line (DeployCheck *check, const LstmYamlNode *node, const gchar *line)
{
  GPtrArray *elements;

  deploy_launch_split (line, &elements);
  for (guint i = 0; i < elements->len; i++) {
    const DeployLaunchElement *element = g_ptr_array_index (elements, i);
    GObjectClass *klass = find_class (check, node, element->name);

    for (guint k = 0; klass && k < element->properties->len; k++)
      check_property (check, node, element->name, klass,
          g_ptr_array_index (element->properties, k));
    g_clear_pointer (&klass, g_type_class_unref);
  }
  g_ptr_array_unref (elements);
}

/* ---- blocks ---- */

static void
check_block (DeployCheck *check, guint i, const LstmYamlNode *node)
{
  DeployBlock block = deploy_describe_block (i, node);
  const LstmYamlNode *element = lstm_yaml_lookup (node, "element");
  GObjectClass *klass =
      find_class (check, element ? element : node, block.element);

  for (guint k = 0; klass && k < lstm_yaml_get_n_items (node); k++) {
    const LstmYamlNode *key = lstm_yaml_get_key (node, k);

    if (deploy_is_block_property (key->text))
      check_property (check, key, block.element, klass, key->text);
  }
  g_clear_pointer (&klass, g_type_class_unref);
}

/* ---- both ---- */

/* Properties of models are lstm's. */
static void
check_model (DeployCheck *check, const LstmYamlNode *use)
{
  const LstmYamlNode *models =
      lstm_yaml_lookup (check->spec->yaml->root, "models");
  const LstmYamlNode *model =
      models ? lstm_yaml_lookup (models, use->text) : NULL;
  GObjectClass *klass = model ? find_class (check, use, "lstm") : NULL;

  for (guint i = 0; klass && i < lstm_yaml_get_n_items (model); i++) {
    const LstmYamlNode *key = lstm_yaml_get_key (model, i);

    check_property (check, key, "lstm", klass, key->text);
  }
  g_clear_pointer (&klass, g_type_class_unref);
}

void
deploy_check_names (DeployCheck *check, const DeployPipelineSpec *pipeline)
{
  const LstmYamlNode *launch = lstm_yaml_lookup (pipeline->node, "launch");

  if (launch) {
    check_line (check, launch, pipeline->launch);
    return;
  }
  for (guint i = 0; i < DEPLOY_N_BLOCKS; i++) {
    const LstmYamlNode *node =
        lstm_yaml_lookup (pipeline->node, deploy_blocks[i].name);
    const LstmYamlNode *use = NULL;

    if (!node)
      continue;
    if (node->type == LSTM_YAML_MAPPING) {
      check_block (check, i, node);
      use = lstm_yaml_lookup (node, "use");
    } else if (!g_str_equal (node->text, "none")) {
      check_line (check, node, node->text);
    }
    if (use)
      check_model (check, use);
  }
}
