/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/config-private.h"

#include <lstm/error.h>
#include <lstm/pool.h>

#include "config/post.h"
#include "config/scaling.h"
#include "config/yaml-schema.h"

/* The longest window and the longest stride, in frames. */
#define MAX_STEPS 1048576

static const gchar *const reset_names[] = { "stream-start", "flush", "discont",
  "segment", "caps", NULL };

static gboolean
read_allow_nan (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  static const gchar *const names[] = { "false", "true", NULL };
  guint value;

  if (!lstm_yaml_read_enum (node, "allow_nan", names, &value, error))
    return FALSE;
  config->allow_nan = value == 1;
  return TRUE;
}

/* model: PATH, or {file: PATH, keras: 2|3, allow_nan: true}, or the model
 * itself, which has layers and is read from this file when it is loaded. */
static gboolean
read_model (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  enum { FILE_PATH, KERAS, ALLOW_NAN };
  static const LstmYamlKey keys[] = {
    { "file", TRUE },
    { "keras", FALSE },
    { "allow_nan", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  if (node->type == LSTM_YAML_SCALAR) {
    config->model = lstm_yaml_read_path (node, "model", error);
    return config->model != NULL;
  }
  if (node->type == LSTM_YAML_LIST)
    return lstm_yaml_fail_type (node, "model",
        "a path, or a mapping with file, keras and allow_nan, or with layers",
        error);
  if (lstm_yaml_lookup (node, "layers")) {
    config->model = g_strdup (node->yaml->path);
    return TRUE;
  }
  if (!lstm_yaml_read_mapping (
          node, "model", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  config->model = lstm_yaml_read_path (values[FILE_PATH], "file", error);
  if (!config->model)
    return FALSE;
  if (values[KERAS] && !lstm_yaml_read_uint (
                           values[KERAS], "keras", 2, 3, &config->keras, error))
    return FALSE;
  return !values[ALLOW_NAN] ||
         read_allow_nan (config, values[ALLOW_NAN], error);
}

static gboolean
read_version (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  guint version;

  if (!lstm_yaml_read_uint (node, "version", 0, G_MAXINT, &version, error))
    return FALSE;
  if (version == 1)
    return TRUE;
  return lstm_yaml_fail (node, error,
      "version: found %u, expected 1, the only version that this release "
      "reads",
      version);
}

static gboolean
read_features (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->features = lstm_yaml_read_names (node, "features", FALSE, error);
  return config->features != NULL;
}

static gboolean
read_key (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->key = g_strdup (lstm_yaml_read_string (node, "key", error));
  return config->key != NULL;
}

static gboolean
read_keep (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->keep = lstm_yaml_read_names (node, "keep", TRUE, error);
  return config->keep != NULL;
}

/* time: COLUMN, or {column: COLUMN, unit: s|ms|us|ns|iso8601} */
static gboolean
read_time (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  enum { COLUMN, UNIT };
  static const LstmYamlKey keys[] = { { "column", TRUE }, { "unit", FALSE } };
  static const gchar *const units[] = { "s", "ms", "us", "ns", "iso8601",
    NULL };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  guint unit;

  if (node->type == LSTM_YAML_SCALAR) {
    config->time = g_strdup (lstm_yaml_read_string (node, "time", error));
    return config->time != NULL;
  }
  if (node->type == LSTM_YAML_LIST)
    return lstm_yaml_fail_type (
        node, "time", "a column, or a mapping with column and unit", error);
  if (!lstm_yaml_read_mapping (
          node, "time", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  config->time =
      g_strdup (lstm_yaml_read_string (values[COLUMN], "column", error));
  if (config->time == NULL)
    return FALSE;
  if (values[UNIT] == NULL)
    return TRUE;
  if (!lstm_yaml_read_enum (values[UNIT], "unit", units, &unit, error))
    return FALSE;
  config->time_unit = units[unit];
  return TRUE;
}

static gboolean
read_skip_rows (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  return lstm_yaml_read_uint (
      node, "skip-rows", 0, G_MAXINT, &config->skip_rows, error);
}

/* After read_features(), whose names it matches. */
static gboolean
read_scaling (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->scaling = lstm_scaling_read (
      node, "scaling", (const gchar *const *) config->features, error);
  return config->scaling != NULL;
}

/* After read_outputs(), whose names it matches. */
static gboolean
read_output_scaling (
    LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->output_scaling = lstm_scaling_read (
      node, "output-scaling", (const gchar *const *) config->outputs, error);
  return config->output_scaling != NULL;
}

static gboolean
read_mode (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  static const gchar *const modes[] = { "auto", "frame", "window", NULL };
  guint mode;

  if (!lstm_yaml_read_enum (node, "mode", modes, &mode, error))
    return FALSE;
  config->mode = modes[mode];
  return TRUE;
}

static gboolean
read_window (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  enum { STEPS, STRIDE };
  static const LstmYamlKey keys[] = { { "steps", FALSE }, { "stride", FALSE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];

  if (!lstm_yaml_read_mapping (
          node, "window", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  return (!values[STEPS] || lstm_yaml_read_uint (values[STEPS], "steps", 1,
                                MAX_STEPS, &config->steps, error)) &&
         (!values[STRIDE] || lstm_yaml_read_uint (values[STRIDE], "stride", 1,
                                 MAX_STEPS, &config->stride, error));
}

static gboolean
read_outputs (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->outputs = lstm_yaml_read_names (node, "outputs", FALSE, error);
  return config->outputs != NULL;
}

static gboolean
read_reset_on (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->reset_on = lstm_yaml_read_set (node, "reset-on", reset_names, error);
  return config->reset_on != NULL;
}

static gboolean
read_initial_state (
    LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  config->initial_state = lstm_yaml_read_path (node, "initial-state", error);
  return config->initial_state != NULL;
}

static gboolean
read_precision (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  static const gchar *const names[] = { "f32", "bf16", "int8", NULL };
  guint precision;

  if (!lstm_yaml_read_enum (node, "precision", names, &precision, error))
    return FALSE;
  config->precision = names[precision];
  return TRUE;
}

static gboolean
read_threads (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  guint n = 0;

  if (!lstm_yaml_read_uint (
          node, "threads", 0, LSTM_POOL_MAX_THREADS, &n, error))
    return FALSE;
  config->threads = (gint) n;
  return TRUE;
}

static gboolean
read_post (LstmConfig *config, const LstmYamlNode *node, GError **error)
{
  return lstm_config_post_read (&config->post, node, error);
}

typedef gboolean (*ReadKey) (
    LstmConfig *config, const LstmYamlNode *node, GError **error);

/* Version 1 of the file, in the order in which it is read. */
static const LstmYamlKey file_keys[] = {
  { "version", TRUE },
  { "model", FALSE },
  { "features", FALSE },
  { "key", FALSE },
  { "keep", FALSE },
  { "time", FALSE },
  { "skip-rows", FALSE },
  { "scaling", FALSE },
  { "mode", FALSE },
  { "window", FALSE },
  { "outputs", FALSE },
  { "output-scaling", FALSE },
  { "reset-on", FALSE },
  { "initial-state", FALSE },
  { "precision", FALSE },
  { "threads", FALSE },
  { "post", FALSE },
};

static const ReadKey file_readers[] = {
  read_version,
  read_model,
  read_features,
  read_key,
  read_keep,
  read_time,
  read_skip_rows,
  read_scaling,
  read_mode,
  read_window,
  read_outputs,
  read_output_scaling,
  read_reset_on,
  read_initial_state,
  read_precision,
  read_threads,
  read_post,
};

G_STATIC_ASSERT (G_N_ELEMENTS (file_keys) == G_N_ELEMENTS (file_readers));

/* A version of the file comes before its keys: another version has others. */
static gboolean
read_root (LstmConfig *config, const LstmYamlNode *root, GError **error)
{
  const LstmYamlNode *values[G_N_ELEMENTS (file_keys)];
  const LstmYamlNode *version = lstm_yaml_lookup (root, "version");

  if (version && !read_version (config, version, error))
    return FALSE;
  if (!lstm_yaml_read_mapping (
          root, NULL, file_keys, G_N_ELEMENTS (file_keys), values, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (file_keys); i++) {
    if (values[i] && !file_readers[i](config, values[i], error))
      return FALSE;
  }
  return TRUE;
}

static LstmConfig *
config_new_from_yaml (const LstmYaml *yaml, GError **error)
{
  g_autoptr (LstmConfig) config = g_new0 (LstmConfig, 1);

  g_atomic_ref_count_init (&config->refs);
  config->threads = -1;
  lstm_config_post_init (&config->post);
  config->path = g_strdup (yaml->path);
  if (!read_root (config, yaml->root, error))
    return NULL;
  return g_steal_pointer (&config);
}

LstmConfig *
lstm_config_new_from_data (
    const gchar *path, const gchar *data, gsize length, GError **error)
{
  g_autoptr (LstmYaml) yaml = lstm_yaml_parse (path, data, length, error);

  return yaml ? config_new_from_yaml (yaml, error) : NULL;
}

/**
 * lstm_config_load:
 * @path: (type filename): a YAML file, `version: 1`
 * @error: return location for a #GError, or %NULL
 *
 * Reads what a YAML file says of a model and its stream, and the scaling file
 * that it names. The model is not opened.
 *
 * Errors: %LSTM_ERROR_IO when a file cannot be read, %LSTM_ERROR_CONFIG when it
 * says what it cannot say; the message then starts with path:line:column.
 *
 * Returns: (transfer full) (nullable): the configuration, or %NULL with @error
 *   set
 */
LstmConfig *
lstm_config_load (const gchar *path, GError **error)
{
  g_autoptr (LstmYaml) yaml = NULL;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  yaml = lstm_yaml_load (path, error);
  return yaml ? config_new_from_yaml (yaml, error) : NULL;
}

/**
 * lstm_config_ref:
 * @config: a configuration
 *
 * Returns: (transfer full): @config, held once more
 */
LstmConfig *
lstm_config_ref (LstmConfig *config)
{
  g_return_val_if_fail (config != NULL, NULL);

  g_atomic_ref_count_inc (&config->refs);
  return config;
}

/**
 * lstm_config_unref:
 * @config: (transfer full): a configuration
 *
 * Lets go of @config; the last one to do so frees it.
 */
void
lstm_config_unref (LstmConfig *config)
{
  g_return_if_fail (config != NULL);

  if (!g_atomic_ref_count_dec (&config->refs))
    return;
  g_free (config->path);
  g_free (config->model);
  g_free (config->initial_state);
  lstm_config_post_clear (&config->post);
  g_strfreev (config->features);
  g_free (config->key);
  g_strfreev (config->keep);
  g_free (config->time);
  g_strfreev (config->outputs);
  g_clear_pointer (&config->scaling, lstm_scaling_free);
  g_clear_pointer (&config->output_scaling, lstm_scaling_free);
  g_strfreev (config->reset_on);
  g_free (config);
}
