/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/scaler-source.h"

#include <lstm/error.h>

#include "config/json-file.h"
#include "config/yaml-schema.h"
#include "config/yaml-values.h"

#define MAX_KEYS 24

/* What is wrong inside the file says where; that it cannot be read has no place
 * but the one that names it. */
static gboolean
fail_json (const LstmYamlNode *file, GError **error)
{
  if (error && g_error_matches (*error, LSTM_ERROR, LSTM_ERROR_IO))
    g_prefix_error (
        error, "%s:%u:%u: file: ", file->yaml->name, file->line, file->column);
  return FALSE;
}

/* Takes the values that are there; of JSON, those that are not null. */
static gboolean
take (LstmScalerSource *source, const LstmScalerKey *const *keys, guint n,
    const LstmYamlNode *const *values, GError **error)
{
  for (guint i = 0; i < n; i++) {
    LstmScalerPart part = keys[i]->part;

    if (!values[i] || part == LSTM_SCALER_IDLE ||
        (source->json && lstm_yaml_is_null (values[i])))
      continue;
    if (part == LSTM_SCALER_RANGE && source->parts[part])
      continue; /* the YAML's own wins over the file's */
    if (source->parts[part])
      return lstm_yaml_fail (values[i], error,
          "found '%s' beside '%s', which is the same: expected one of them",
          keys[i]->key, source->keys[part]);
    source->parts[part] = values[i];
    source->keys[part] = keys[i]->key;
  }
  return TRUE;
}

/* Reads those of the method's keys that may stand there. */
static gboolean
read_keys (const LstmYamlNode *node, const LstmScalerMethod *method,
    gboolean json, LstmScalerSource *source, GError **error)
{
  const LstmScalerKey *known[MAX_KEYS];
  LstmYamlKey keys[MAX_KEYS] = { 0 };
  const LstmYamlNode *values[MAX_KEYS];
  guint n = 0;

  if (!json)
    keys[n++].name = "file";
  for (const LstmScalerKey *key = method->keys; key->key; key++) {
    if ((key->json && !json) || (key->part == LSTM_SCALER_FEATURES && !json))
      continue;
    g_assert (n < MAX_KEYS);
    known[n] = key;
    keys[n++].name = key->key;
  }
  return lstm_yaml_read_mapping (
             node, json ? NULL : method->name, keys, n, values, error) &&
         (json ? take (source, known, n, values, error)
               : take (source, known + 1, n - 1, values + 1, error));
}

static gboolean
has_wanted (const LstmScalerMethod *method, const LstmScalerSource *source,
    LstmScalerPart *missing)
{
  guint n = 0, found = 0;

  *missing = method->wanted[0];
  for (; method->wanted[n] != LSTM_SCALER_IDLE; n++) {
    if (source->parts[method->wanted[n]])
      found++;
    else
      *missing = method->wanted[n];
  }
  return found == n || (found > 0 && !method->wants_all);
}

/* Of the parts that the method wants, one that is there. */
static const gchar *
find_wanted (const LstmScalerMethod *method, const LstmScalerSource *source)
{
  for (guint i = 0; method->wanted[i] != LSTM_SCALER_IDLE; i++)
    if (source->parts[method->wanted[i]])
      return source->keys[method->wanted[i]];
  return NULL;
}

static const gchar *
key_of (const LstmScalerMethod *method, LstmScalerPart part)
{
  const LstmScalerKey *key = method->keys;

  while (key->part != part)
    key++;
  return key->key;
}

static gboolean
read_json (const LstmYamlNode *file, const LstmScalerMethod *method,
    LstmScalerSource *source, GError **error)
{
  g_autofree gchar *path = lstm_yaml_read_path (file, "file", error);
  LstmScalerPart missing;

  if (!path)
    return FALSE;
  source->json = lstm_json_load (path, error);
  if (!source->json)
    return fail_json (file, error);
  if (!read_keys (source->json->root, method, TRUE, source, error))
    return FALSE;
  if (has_wanted (method, source, &missing) ||
      (source->parts[LSTM_SCALER_SHIFT] && source->parts[LSTM_SCALER_SCALE]))
    return TRUE;
  return lstm_yaml_fail (source->json->root, error,
      "required key '%s' is missing", key_of (method, missing));
}

gboolean
lstm_scaler_source_read (const LstmYamlNode *node,
    const LstmScalerMethod *method, LstmScalerSource *source, GError **error)
{
  const LstmYamlNode *file;
  const gchar *other;
  LstmScalerPart missing;

  *source = (LstmScalerSource){ .json = NULL };
  if (!read_keys (node, method, FALSE, source, error))
    return FALSE;
  file = lstm_yaml_lookup (node, "file");
  other = find_wanted (method, source);
  if (file && other)
    return lstm_yaml_fail (lstm_yaml_lookup (node, other), error,
        "%s: found '%s' beside 'file', expected either file, or %s",
        method->name, other, method->parts);
  if (file)
    return read_json (file, method, source, error);
  if (has_wanted (method, source, &missing))
    return TRUE;
  return lstm_yaml_fail (node, error,
      "%s: required key '%s' is missing, expected either file, or %s",
      method->name, other ? key_of (method, missing) : "file", method->parts);
}

void
lstm_scaler_source_clear (LstmScalerSource *source)
{
  g_clear_pointer (&source->json, lstm_yaml_free);
}

gboolean
lstm_scaler_source_get_flag (const LstmScalerSource *source,
    LstmScalerPart part, gboolean fallback, gboolean *flag, GError **error)
{
  static const gchar *const names[] = { "false", "true", NULL };
  guint value = fallback;

  if (source->parts[part] && !lstm_yaml_read_enum (source->parts[part],
                                 source->keys[part], names, &value, error))
    return FALSE;
  *flag = value == 1;
  return TRUE;
}
