/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spec-private.h"

#include <string.h>

/* A day: more is not meant. */
#define MAX_SECONDS 86400.0
#define MAX_CPU 4095

void
deploy_settings_init (DeploySettings *settings)
{
  *settings = (DeploySettings){
    .restart = { DEPLOY_RESTART_ON_FAILURE, 1000, 60000, 10000 },
    .keep_state = TRUE,
    .state_interval = 5 * G_GUINT64_CONSTANT (1000000000),
  };
}

void
deploy_settings_copy (DeploySettings *to, const DeploySettings *from)
{
  *to = *from;
  if (from->cpus)
    g_array_ref (from->cpus);
}

void
deploy_settings_clear (DeploySettings *settings)
{
  g_clear_pointer (&settings->cpus, g_array_unref);
}

/* ---- mappings and names ---- */

static void
report_unknown (const LstmYamlNode *node, const gchar *what,
    const LstmYamlKey *keys, guint n_keys, DeployFaults *faults)
{
  g_autofree const gchar **names = g_new0 (const gchar *, n_keys + 1);

  for (guint i = 0; i < n_keys; i++)
    names[i] = keys[i].name;
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const LstmYamlNode *key = lstm_yaml_get_key (node, i);
    GError *error = NULL;

    if (g_strv_contains (names, key->text))
      continue;
    lstm_yaml_fail_unknown (key, "key", what, names, &error);
    deploy_faults_take (faults, error);
  }
}

gboolean
deploy_read_mapping (const LstmYamlNode *node, const gchar *what,
    const LstmYamlKey *keys, guint n_keys, const LstmYamlNode **values,
    DeployFaults *faults)
{
  GError *error = NULL;

  for (guint i = 0; i < n_keys; i++)
    values[i] = NULL;
  if (node->type != LSTM_YAML_MAPPING) {
    lstm_yaml_fail_type (node, what, "a mapping", &error);
    return deploy_faults_take (faults, error);
  }
  report_unknown (node, what, keys, n_keys, faults);
  for (guint i = 0; i < n_keys; i++) {
    values[i] = lstm_yaml_lookup (node, keys[i].name);
    if (!values[i] && keys[i].required)
      deploy_faults_add (faults, node, "%s%srequired key '%s' is missing",
          what ? what : "", what ? ": " : "", keys[i].name);
  }
  return TRUE;
}

gboolean
deploy_check_name (
    const LstmYamlNode *key, const gchar *what, DeployFaults *faults)
{
  static const gchar known[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-";
  gsize length = strlen (key->text);
  g_autofree gchar *shown = NULL;

  if (length > 0 && length <= 64 && strspn (key->text, known) == length &&
      key->text[0] != '-')
    return TRUE;
  shown = lstm_yaml_quote (key->text);
  deploy_faults_add (faults, key,
      "%s: found the name %s, expected 1 to 64 letters, digits, _ and -", what,
      shown);
  return FALSE;
}

/* ---- numbers ---- */

void
deploy_read_seconds (const LstmYamlNode *node, const gchar *what, gdouble min,
    guint *ms, DeployFaults *faults)
{
  GError *error = NULL;
  gdouble seconds;

  if (!lstm_yaml_read_double (node, what, &seconds, &error)) {
    deploy_faults_take (faults, error);
    return;
  }
  if (seconds < min || seconds > MAX_SECONDS) {
    deploy_faults_add (faults, node,
        "%s: found %s, expected seconds from %g to %g", what, node->text, min,
        MAX_SECONDS);
    return;
  }
  *ms = (guint) (seconds * 1000 + 0.5);
}

void
deploy_read_cpus (
    DeploySettings *settings, const LstmYamlNode *node, DeployFaults *faults)
{
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  GError *error = NULL;

  if (!lstm_yaml_expect_list (node, "cpus", &error)) {
    deploy_faults_take (faults, error);
    return;
  }
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    guint cpu;

    if (lstm_yaml_read_uint (
            lstm_yaml_get_item (node, i), "cpus", 0, MAX_CPU, &cpu, &error))
      g_array_append_val (cpus, cpu);
    else
      deploy_faults_take (faults, g_steal_pointer (&error));
  }
  if (lstm_yaml_get_n_items (node) == 0)
    deploy_faults_add (faults, node,
        "cpus: the list is empty, expected numbers of processors; leave the "
        "key out for all of them");
  g_clear_pointer (&settings->cpus, g_array_unref);
  settings->cpus = g_steal_pointer (&cpus);
}

/* ---- restart ---- */

static void
read_policy (
    DeployRestart *restart, const LstmYamlNode *node, DeployFaults *faults)
{
  static const gchar *const names[] = { "never", "on-failure", "always", NULL };
  GError *error = NULL;
  guint policy;

  if (lstm_yaml_read_enum (node, "restart", names, &policy, &error))
    restart->policy = policy;
  deploy_faults_take (faults, error);
}

void
deploy_read_restart (
    DeployRestart *restart, const LstmYamlNode *node, DeployFaults *faults)
{
  enum { POLICY, DELAY, MAX_DELAY, STABLE, N_KEYS };
  static const LstmYamlKey keys[N_KEYS] = { { "policy", FALSE },
    { "delay", FALSE }, { "max-delay", FALSE }, { "stable", FALSE } };
  const LstmYamlNode *values[N_KEYS];

  if (node->type == LSTM_YAML_SCALAR) {
    read_policy (restart, node, faults);
    return;
  }
  if (!deploy_read_mapping (node, "restart", keys, N_KEYS, values, faults))
    return;
  if (values[POLICY])
    read_policy (restart, values[POLICY], faults);
  if (values[DELAY])
    deploy_read_seconds (values[DELAY], "delay", 0.01, &restart->delay, faults);
  if (values[MAX_DELAY])
    deploy_read_seconds (
        values[MAX_DELAY], "max-delay", 0.01, &restart->max_delay, faults);
  if (values[STABLE])
    deploy_read_seconds (values[STABLE], "stable", 0, &restart->stable, faults);
  if (restart->max_delay < restart->delay)
    deploy_faults_add (faults, node,
        "restart: max-delay is %g s and less than delay, %g s; make it as long "
        "at least",
        restart->max_delay / 1000.0, restart->delay / 1000.0);
}

/* ---- state ---- */

static gboolean
is_false (const LstmYamlNode *node)
{
  return node->type == LSTM_YAML_SCALAR && !node->quoted &&
         g_str_equal (node->text, "false");
}

void
deploy_read_state (DeploySettings *settings, gchar **directory,
    const LstmYamlNode *node, DeployFaults *faults)
{
  static const LstmYamlKey keys[] = { { "interval", FALSE },
    { "directory", TRUE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)] = { NULL, NULL };
  GError *error = NULL;
  guint ms = 0;

  if (!directory && is_false (node)) {
    settings->keep_state = FALSE;
    return;
  }
  if (!deploy_read_mapping (
          node, "state", keys, directory ? 2 : 1, values, faults))
    return;
  if (values[0])
    deploy_read_seconds (values[0], "interval", 0.001, &ms, faults);
  if (ms > 0)
    settings->state_interval = ms * G_GUINT64_CONSTANT (1000000);
  if (values[1]) {
    *directory =
        g_strdup (lstm_yaml_read_string (values[1], "directory", &error));
    deploy_faults_take (faults, error);
  }
}

/* ---- log ---- */

void
deploy_read_log (
    DeploySpec *spec, const LstmYamlNode *node, DeployFaults *faults)
{
  static const gchar *const levels[] = { "error", "warning", "info", "debug",
    NULL };
  static const gchar *const formats[] = { "text", "json", NULL };
  static const LstmYamlKey keys[] = { { "level", FALSE }, { "format", FALSE },
    { "interval", FALSE } };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  GError *error = NULL;
  guint value;

  if (!deploy_read_mapping (
          node, "log", keys, G_N_ELEMENTS (keys), values, faults))
    return;
  if (values[0] &&
      lstm_yaml_read_enum (values[0], "level", levels, &value, &error))
    spec->log_level = value;
  deploy_faults_take (faults, g_steal_pointer (&error));
  if (values[1] &&
      lstm_yaml_read_enum (values[1], "format", formats, &value, &error))
    spec->log_json = value == 1;
  deploy_faults_take (faults, error);
  if (values[2])
    deploy_read_seconds (values[2], "interval", 0, &spec->log_interval, faults);
}
