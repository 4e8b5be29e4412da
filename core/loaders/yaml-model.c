/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models that are written in YAML, with their weights in a file beside it. */

#include "loader.h"
#include "yaml-entry.h"
#include "yaml-weights.h"

#include "config/yaml-values.h"

#include <string.h>

typedef struct {
  const LstmYamlNode *name, *keras, *weights, *allow_nan;
} Model;

/* Whether a line of a text is of YAML as we write it, not blank, no comment. */
static gboolean
is_ours (const gchar *line, gsize length)
{
  static const gchar *const beginnings[] = { "version:", "model:", "---",
    "%YAML", "\"version\":", "\"model\":" };

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++) {
    gsize n = strlen (beginnings[i]);

    if (length >= n && memcmp (line, beginnings[i], n) == 0)
      return TRUE;
  }
  return FALSE;
}

/* A text of which a line begins with one of our keys, or one that begins with
 * as many comments as are looked at. */
static gboolean
yaml_sniff (const guint8 *head, gsize size)
{
  const gchar *at = (const gchar *) head, *end = at + size;
  gboolean other = FALSE;

  if (memchr (head, '\0', size) != NULL)
    return FALSE;
  if (size >= 3 && memcmp (head, "\xef\xbb\xbf", 3) == 0)
    at += 3;
  while (at < end) {
    const gchar *stop = memchr (at, '\n', (gsize) (end - at));
    gsize length = (gsize) ((stop != NULL ? stop : end) - at);

    if (is_ours (at, length))
      return TRUE;
    other = other || (length > 0 && strchr ("# \t\r", *at) == NULL);
    at += length + 1;
  }
  return !other && size == LSTM_SNIFF_BYTES && *head == '#';
}

/* The model's own mapping, its keys checked. */
static gboolean
read_keys (const LstmYamlNode *node, Model *model, GError **error)
{
  enum { KERAS, WEIGHTS, LAYERS, INPUT, OUTPUTS, NAME, ALLOW_NAN };
  static const LstmYamlKey keys[] = {
    { "keras", FALSE },
    { "weights", FALSE },
    { "layers", TRUE },
    { "input", FALSE },
    { "outputs", FALSE },
    { "name", FALSE },
    { "allow_nan", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  if (!lstm_yaml_read_mapping (
          node, "model", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  *model = (Model){ values[NAME], values[KERAS], values[WEIGHTS],
    values[ALLOW_NAN] };
  return model->name == NULL ||
         lstm_yaml_read_string (model->name, "name", error) != NULL;
}

static gboolean
find_keras (const LstmYamlNode *node, const Model *model,
    const LstmLoadOptions *options, guint *keras, GError **error)
{
  *keras = options->keras;
  if (model->keras != NULL && *keras == 0)
    return lstm_yaml_read_uint (model->keras, "keras", 2, 3, keras, error);
  return *keras != 0 ||
         lstm_yaml_fail (node, error,
             "model: required key 'keras' is missing: 2 or 3, the version of "
             "Keras whose defaults and meanings hold");
}

static gboolean
find_allow_nan (const Model *model, const LstmLoadOptions *options,
    gboolean *allow_nan, GError **error)
{
  static const gchar *const names[] = { "false", "true", NULL };
  guint value = 0;

  if (model->allow_nan != NULL && !lstm_yaml_read_enum (model->allow_nan,
                                      "allow_nan", names, &value, error))
    return FALSE;
  *allow_nan = options->allow_nan || value == 1;
  return TRUE;
}

static LstmModel *
read_model (
    const LstmYamlNode *node, const LstmLoadOptions *options, GError **error)
{
  g_autoptr (LstmModelBuilder) builder = NULL;
  g_autoptr (YamlEntry) entries = NULL;
  gboolean allow_nan;
  Model model;
  guint keras;

  if (!read_keys (node, &model, error) ||
      !find_keras (node, &model, options, &keras, error) ||
      !find_allow_nan (&model, options, &allow_nan, error))
    return NULL;
  builder = lstm_model_builder_new (
      model.name != NULL ? model.name->text : NULL, keras);
  lstm_model_builder_set_strict (builder, TRUE);
  entries = lstm_yaml_entries_read (node, builder, error);
  if (entries == NULL || !lstm_yaml_graph_build (entries, builder, error) ||
      !lstm_yaml_weights_read (entries, model.weights, keras, allow_nan, error))
    return NULL;
  return lstm_model_builder_build (builder, error);
}

/* The mapping under `model` that has layers. */
static const LstmYamlNode *
find_model (const LstmYaml *yaml, GError **error)
{
  const LstmYamlNode *model = NULL, *version;
  guint number;

  if (yaml->root->type != LSTM_YAML_MAPPING) {
    lstm_yaml_fail_type (
        yaml->root, NULL, "a mapping with version: 1 and model: {...}", error);
    return NULL;
  }
  version = lstm_yaml_lookup (yaml->root, "version");
  model = lstm_yaml_lookup (yaml->root, "model");
  if (version == NULL || model == NULL) {
    lstm_yaml_fail (yaml->root, error, "required key '%s' is missing",
        version == NULL ? "version" : "model");
    return NULL;
  }
  if (!lstm_yaml_read_uint (version, "version", 1, 1, &number, error))
    return NULL;
  if (model->type == LSTM_YAML_MAPPING &&
      lstm_yaml_lookup (model, "file") == NULL)
    return model;
  lstm_yaml_fail (model, error,
      "model: is no model but names its file; expected one with layers: here, "
      "or give that file itself (the element takes this one as config=)");
  return NULL;
}

static LstmModel *
yaml_load (const gchar *path, const LstmLoadOptions *options, GError **error)
{
  g_autoptr (LstmYaml) yaml = lstm_yaml_load (path, error);
  const LstmYamlNode *node = yaml != NULL ? find_model (yaml, error) : NULL;

  return node != NULL ? read_model (node, options, error) : NULL;
}

static gchar *
yaml_beside (const gchar *path)
{
  g_autoptr (LstmYaml) yaml = lstm_yaml_load (path, NULL);
  const LstmYamlNode *model =
      yaml != NULL ? lstm_yaml_lookup (yaml->root, "model") : NULL;
  const LstmYamlNode *weights =
      model != NULL ? lstm_yaml_lookup (model, "weights") : NULL;

  return weights != NULL ? lstm_yaml_read_path (weights, "weights", NULL)
                         : NULL;
}

const LstmLoader lstm_yaml_loader = {
  .name = "yaml",
  .description = "a model written in YAML (version: 1)",
  .sniff = yaml_sniff,
  .load = yaml_load,
  .names_path = TRUE,
  .beside = yaml_beside,
};
