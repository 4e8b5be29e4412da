/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spec-private.h"

#define DEFAULT_DRAIN 10000        /* ms */
#define DEFAULT_LOG_INTERVAL 60000 /* ms */

/* Against a file that is no deployment. */
#define MAX_PIPELINES 1024

/* Reading at work. */
typedef struct {
  DeploySpec *spec;
  DeployFaults *faults;
  DeployVariables *variables;
  GHashTable *models; /* name -> node */
  DeploySettings defaults;
} Reader;

/* ---- a pipeline ---- */

enum {
  LAUNCH = DEPLOY_N_BLOCKS,
  RESTART,
  WATCHDOG,
  STATE,
  CPUS,
  N_PIPELINE_KEYS
};

static void
fill_pipeline_keys (LstmYamlKey *keys)
{
  static const gchar *const names[] = { "launch", "restart", "watchdog",
    "state", "cpus" };

  for (guint i = 0; i < DEPLOY_N_BLOCKS; i++)
    keys[i] = (LstmYamlKey){ deploy_blocks[i].name, FALSE };
  for (guint i = LAUNCH; i < N_PIPELINE_KEYS; i++)
    keys[i] = (LstmYamlKey){ names[i - LAUNCH], FALSE };
}

static gchar *
read_short_form (Reader *reader, const LstmYamlNode *node,
    const LstmYamlNode *const *values, gboolean keep_state)
{
  for (guint i = 0; i < DEPLOY_N_BLOCKS; i++)
    if (!values[i] && deploy_blocks[i].required)
      deploy_faults_add (reader->faults, node,
          "required key '%s' is missing: a pipeline has a launch, or source, "
          "lstm and sink, with decode and encode between them",
          deploy_blocks[i].name);
  return deploy_read_blocks (
      values, reader->models, keep_state, reader->faults);
}

static gchar *
read_launch (Reader *reader, const LstmYamlNode *node,
    const LstmYamlNode *const *values, gboolean keep_state)
{
  GError *error = NULL;
  gchar *launch;

  if (!values[LAUNCH])
    return read_short_form (reader, node, values, keep_state);
  for (guint i = 0; i < DEPLOY_N_BLOCKS; i++)
    if (values[i])
      deploy_faults_add (reader->faults, values[i],
          "found both 'launch' and '%s', expected one form: put it into the "
          "launch line, or leave that out",
          deploy_blocks[i].name);
  launch = g_strdup (lstm_yaml_read_string (values[LAUNCH], "launch", &error));
  deploy_faults_take (reader->faults, error);
  return launch;
}

static void
read_settings (
    Reader *reader, DeploySettings *settings, const LstmYamlNode *const *values)
{
  if (values[RESTART])
    deploy_read_restart (&settings->restart, values[RESTART], reader->faults);
  if (values[WATCHDOG])
    deploy_read_seconds (
        values[WATCHDOG], "watchdog", 0, &settings->watchdog, reader->faults);
  if (values[STATE])
    deploy_read_state (settings, NULL, values[STATE], reader->faults);
  if (values[CPUS])
    deploy_read_cpus (settings, values[CPUS], reader->faults);
}

static DeployPipelineSpec *
new_pipeline_spec (const DeploySpec *spec, const gchar *name,
    const LstmYamlNode *node, const DeploySettings *settings)
{
  DeployPipelineSpec *pipeline = g_new0 (DeployPipelineSpec, 1);

  g_atomic_ref_count_init (&pipeline->refs);
  pipeline->name = g_strdup (name);
  pipeline->node = node;
  pipeline->restart = settings->restart;
  pipeline->watchdog = settings->watchdog;
  if (spec->state_dir && settings->keep_state)
    pipeline->state_file = g_build_filename (spec->state_dir, name, NULL);
  pipeline->state_interval = settings->state_interval;
  if (settings->cpus) {
    pipeline->n_cpus = settings->cpus->len;
    pipeline->cpus =
        g_memdup2 (settings->cpus->data, settings->cpus->len * sizeof (guint));
  }
  return pipeline;
}

static void
read_pipeline (
    Reader *reader, const LstmYamlNode *key, const LstmYamlNode *node)
{
  LstmYamlKey keys[N_PIPELINE_KEYS];
  const LstmYamlNode *values[N_PIPELINE_KEYS];
  DeployPipelineSpec *pipeline;
  DeploySettings settings;

  fill_pipeline_keys (keys);
  if (!deploy_check_name (key, "pipelines", reader->faults) ||
      !deploy_read_mapping (
          node, key->text, keys, N_PIPELINE_KEYS, values, reader->faults))
    return;
  deploy_settings_copy (&settings, &reader->defaults);
  read_settings (reader, &settings, values);
  pipeline = new_pipeline_spec (reader->spec, key->text, node, &settings);
  pipeline->launch =
      read_launch (reader, node, values, pipeline->state_file != NULL);
  deploy_settings_clear (&settings);
  g_ptr_array_add (reader->spec->pipelines, pipeline);
}

static void
read_pipelines (Reader *reader, const LstmYamlNode *node)
{
  guint n = lstm_yaml_get_n_items (node);
  GError *error = NULL;

  if (node->type != LSTM_YAML_MAPPING) {
    lstm_yaml_fail_type (
        node, "pipelines", "a mapping from names to pipelines", &error);
    deploy_faults_take (reader->faults, error);
    return;
  }
  if (n == 0 || n > MAX_PIPELINES) {
    deploy_faults_add (reader->faults, node,
        "pipelines: found %u, expected 1 to %u", n, MAX_PIPELINES);
    return;
  }
  for (guint i = 0; i < n; i++)
    read_pipeline (
        reader, lstm_yaml_get_key (node, i), lstm_yaml_get_item (node, i));
}

/* ---- the file ---- */

enum {
  VERSION,
  VARIABLES,
  MODELS,
  STATE_DIR,
  RESTARTS,
  WATCHDOGS,
  ALL_CPUS,
  DRAIN,
  LOG,
  METRICS,
  PIPELINES,
  N_FILE_KEYS
};

static const LstmYamlKey file_keys[N_FILE_KEYS] = {
  { "version", TRUE },
  { "variables", FALSE },
  { "models", FALSE },
  { "state", FALSE },
  { "restart", FALSE },
  { "watchdog", FALSE },
  { "cpus", FALSE },
  { "drain", FALSE },
  { "log", FALSE },
  { "metrics", FALSE },
  { "pipelines", TRUE },
};

/* A version of the file comes before its keys: another version has others. */
static gboolean
read_version (Reader *reader, const LstmYamlNode *root)
{
  const LstmYamlNode *node = root->type == LSTM_YAML_MAPPING
                                 ? lstm_yaml_lookup (root, "version")
                                 : NULL;
  GError *error = NULL;
  guint version;

  if (!node)
    return TRUE;
  if (!lstm_yaml_read_uint (node, "version", 0, G_MAXINT, &version, &error))
    return deploy_faults_take (reader->faults, error);
  if (version == 1)
    return TRUE;
  deploy_faults_add (reader->faults, node,
      "version: found %u, expected 1, the only version that this release reads",
      version);
  return FALSE;
}

static void
read_variables (Reader *reader, const LstmYamlNode *node)
{
  GError *error = NULL;

  if (node->type != LSTM_YAML_MAPPING) {
    lstm_yaml_fail_type (
        node, "variables", "a mapping from names to values", &error);
    deploy_faults_take (reader->faults, error);
    return;
  }
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const LstmYamlNode *key = lstm_yaml_get_key (node, i);
    const LstmYamlNode *value = lstm_yaml_get_item (node, i);

    if (!deploy_check_name (key, "variables", reader->faults))
      continue;
    if (value->type == LSTM_YAML_SCALAR) {
      deploy_variables_set (
          reader->variables, key->text, value, reader->faults);
      continue;
    }
    lstm_yaml_fail_type (value, key->text, "a value", &error);
    deploy_faults_take (reader->faults, g_steal_pointer (&error));
  }
}

/* Variables first, then models, which may use them, then all that uses both. */
static void
replace_references (Reader *reader, const LstmYamlNode *const *values)
{
  if (values[VARIABLES])
    read_variables (reader, values[VARIABLES]);
  if (values[MODELS]) {
    deploy_variables_expand (reader->variables, values[MODELS], reader->faults);
    deploy_read_models (
        reader->variables, reader->models, values[MODELS], reader->faults);
  }
  for (guint i = STATE_DIR; i < N_FILE_KEYS; i++)
    if (values[i])
      deploy_variables_expand (reader->variables, values[i], reader->faults);
}

static void
read_file (Reader *reader, const LstmYamlNode *const *values)
{
  DeploySettings *defaults = &reader->defaults;

  if (values[STATE_DIR])
    deploy_read_state (
        defaults, &reader->spec->state_dir, values[STATE_DIR], reader->faults);
  if (values[RESTARTS])
    deploy_read_restart (&defaults->restart, values[RESTARTS], reader->faults);
  if (values[WATCHDOGS])
    deploy_read_seconds (
        values[WATCHDOGS], "watchdog", 0, &defaults->watchdog, reader->faults);
  if (values[ALL_CPUS])
    deploy_read_cpus (defaults, values[ALL_CPUS], reader->faults);
  if (values[DRAIN])
    deploy_read_seconds (
        values[DRAIN], "drain", 0, &reader->spec->drain, reader->faults);
  if (values[LOG])
    deploy_read_log (reader->spec, values[LOG], reader->faults);
  if (values[METRICS])
    deploy_read_metrics (reader->spec, values[METRICS], reader->faults);
  if (values[PIPELINES])
    read_pipelines (reader, values[PIPELINES]);
}

static void
read_root (Reader *reader)
{
  const LstmYamlNode *root = reader->spec->yaml->root;
  const LstmYamlNode *values[N_FILE_KEYS];

  if (!read_version (reader, root) ||
      !deploy_read_mapping (
          root, NULL, file_keys, N_FILE_KEYS, values, reader->faults))
    return;
  replace_references (reader, values);
  read_file (reader, values);
}

DeploySpec *
deploy_spec_load (const gchar *path, DeployFaults *faults)
{
  GError *error = NULL;
  LstmYaml *yaml = lstm_yaml_load (path, &error);
  Reader reader = { .faults = faults };

  if (!yaml) {
    deploy_faults_take (faults, error);
    return NULL;
  }
  reader.spec = g_new0 (DeploySpec, 1);
  reader.spec->yaml = yaml;
  reader.spec->path = g_canonicalize_filename (path, NULL);
  reader.spec->drain = DEFAULT_DRAIN;
  reader.spec->log_level = DEPLOY_LOG_INFO;
  reader.spec->log_interval = DEFAULT_LOG_INTERVAL;
  reader.spec->pipelines = g_ptr_array_new_with_free_func (
      (GDestroyNotify) deploy_pipeline_spec_unref);
  reader.variables = deploy_variables_new ();
  reader.models = g_hash_table_new (g_str_hash, g_str_equal);
  deploy_settings_init (&reader.defaults);
  read_root (&reader);
  deploy_settings_clear (&reader.defaults);
  g_hash_table_unref (reader.models);
  deploy_variables_free (reader.variables);
  return reader.spec;
}
