/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "variables.h"

#include "config/suggest.h"

#include <string.h>

#define MODEL_PREFIX "models."

struct _DeployVariables {
  GHashTable *values; /* name -> text; of models with the prefix */
};

/* One replacement at work. */
typedef struct {
  const DeployVariables *variables;
  const LstmYamlNode *node;
  DeployFaults *faults;
  const gchar *own; /* the name whose value this is, or NULL */
} Expansion;

DeployVariables *
deploy_variables_new (void)
{
  DeployVariables *variables = g_new0 (DeployVariables, 1);

  variables->values =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return variables;
}

void
deploy_variables_free (DeployVariables *variables)
{
  g_hash_table_unref (variables->values);
  g_free (variables);
}

static const gchar *
look_up (const Expansion *expansion, const gchar *name)
{
  const gchar *value = NULL;

  if (g_strcmp0 (name, expansion->own) != 0)
    value = g_hash_table_lookup (expansion->variables->values, name);
  return value || g_str_has_prefix (name, MODEL_PREFIX) ? value
                                                        : g_getenv (name);
}

/* One that is not set: what was meant, perhaps. */
static void
report_unset (const Expansion *expansion, const gchar *name)
{
  g_autofree gpointer *known =
      g_hash_table_get_keys_as_array (expansion->variables->values, NULL);
  const gchar *near = lstm_suggest (name, (const gchar *const *) known);
  g_autofree gchar *shown = lstm_yaml_quote (name);

  if (near)
    deploy_faults_add (expansion->faults, expansion->node,
        "unknown variable %s: did you mean '%s'?", shown, near);
  else if (g_str_has_prefix (name, MODEL_PREFIX))
    deploy_faults_add (expansion->faults, expansion->node,
        "unknown model %s: expected a name that stands under models", shown);
  else
    deploy_faults_add (expansion->faults, expansion->node,
        "variable %s is set neither under variables nor in the environment; "
        "set it, or write ${%s:-DEFAULT}",
        shown, name);
}

static gboolean
is_name (const gchar *text)
{
  static const gchar known[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-";

  return (g_ascii_isalpha (*text) || *text == '_') &&
         text[strspn (text, known)] == '\0';
}

/* What stands between ${ and }. */
static void
append_reference (const Expansion *expansion, GString *out, const gchar *inner)
{
  const gchar *bar = strstr (inner, ":-");
  g_autofree gchar *name =
      bar ? g_strndup (inner, (gsize) (bar - inner)) : g_strdup (inner);
  g_autofree gchar *shown = NULL;
  const gchar *value;

  if (!is_name (name)) {
    shown = lstm_yaml_quote (name);
    deploy_faults_add (expansion->faults, expansion->node,
        "found the reference %s, expected ${NAME} or ${NAME:-DEFAULT} of "
        "letters, digits and _; write $$ for a dollar sign",
        shown);
    return;
  }
  value = look_up (expansion, name);
  if (value && !(bar && *value == '\0'))
    g_string_append (out, value);
  else if (bar)
    g_string_append (out, bar + 2);
  else
    report_unset (expansion, name);
}

static gchar *
expand (const Expansion *expansion)
{
  GString *out = g_string_new (NULL);
  const gchar *at = expansion->node->text;

  while (*at != '\0') {
    const gchar *end;

    if (at[0] == '$' && at[1] == '$') {
      g_string_append_c (out, '$');
      at += 2;
    } else if (at[0] == '$' && at[1] == '{' &&
               (end = strchr (at, '}')) != NULL) {
      g_autofree gchar *inner = g_strndup (at + 2, (gsize) (end - at - 2));

      append_reference (expansion, out, inner);
      at = end + 1;
    } else if (at[0] == '$' && at[1] == '{') {
      deploy_faults_add (expansion->faults, expansion->node,
          "found ${ without a } after it; write $$ for a dollar sign");
      break;
    } else {
      g_string_append_c (out, *at++);
    }
  }
  return g_string_free (out, FALSE);
}

void
deploy_variables_set (DeployVariables *variables, const gchar *name,
    const LstmYamlNode *value, DeployFaults *faults)
{
  Expansion expansion = { variables, value, faults, name };

  g_hash_table_replace (
      variables->values, g_strdup (name), expand (&expansion));
}

void
deploy_variables_set_model (
    DeployVariables *variables, const gchar *name, const gchar *properties)
{
  g_hash_table_replace (variables->values,
      g_strconcat (MODEL_PREFIX, name, NULL), g_strdup (properties));
}

void
deploy_variables_expand (const DeployVariables *variables,
    const LstmYamlNode *node, DeployFaults *faults)
{
  Expansion expansion = { variables, node, faults, NULL };

  if (node->type == LSTM_YAML_SCALAR && strchr (node->text, '$') != NULL) {
    gchar **text = &((LstmYamlNode *) node)->text;
    gchar *expanded = expand (&expansion);

    g_free (*text);
    *text = expanded;
  }
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++)
    deploy_variables_expand (variables, lstm_yaml_get_item (node, i), faults);
}
