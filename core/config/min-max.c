/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/min-max.h"

#include <math.h>

#include <lstm/error.h>

#include "config/json-file.h"
#include "config/match-names.h"
#include "config/yaml-schema.h"

/* Where the numbers stand: in the YAML itself, or in a JSON file. */
typedef struct {
  const LstmYamlNode *min, *max;
  const LstmYamlNode *names; /* JSON's own, or NULL */
  const LstmYamlNode *range; /* or NULL */
  LstmYaml *json;            /* owns min, max and names, or NULL */
} Source;

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

static gboolean
read_json (const LstmYamlNode *file, Source *source, GError **error)
{
  enum { MIN_LIST, MAX_LIST, FEATURES };
  static const LstmYamlKey keys[] = {
    { "min", TRUE },
    { "max", TRUE },
    { "features", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  g_autofree gchar *path = lstm_yaml_read_path (file, "file", error);

  if (!path)
    return FALSE;
  source->json = lstm_json_load (path, error);
  if (!source->json)
    return fail_json (file, error);
  if (!lstm_yaml_read_mapping (
          source->json->root, NULL, keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  source->min = values[MIN_LIST];
  source->max = values[MAX_LIST];
  source->names = values[FEATURES];
  return TRUE;
}

static gboolean
read_source (const LstmYamlNode *node, Source *source, GError **error)
{
  enum { FILE_PATH, MIN_LIST, MAX_LIST, RANGE };
  static const LstmYamlKey keys[] = {
    { "file", FALSE },
    { "min", FALSE },
    { "max", FALSE },
    { "range", FALSE },
  };
  const LstmYamlNode *values[G_N_ELEMENTS (keys)];
  const LstmYamlNode *other;

  if (!lstm_yaml_read_mapping (
          node, "min-max", keys, G_N_ELEMENTS (keys), values, error))
    return FALSE;
  source->range = values[RANGE];
  source->min = values[MIN_LIST];
  source->max = values[MAX_LIST];
  other = source->min ? source->min : source->max;
  if (values[FILE_PATH] && other)
    return lstm_yaml_fail (other, error,
        "min-max: found '%s' beside 'file', expected either file, or min and "
        "max",
        other == source->min ? "min" : "max");
  if (values[FILE_PATH])
    return read_json (values[FILE_PATH], source, error);
  if (!source->min || !source->max)
    return lstm_yaml_fail (node, error,
        "min-max: required key '%s' is missing, expected either file, or min "
        "and max",
        !other         ? "file"
        : !source->min ? "min"
                       : "max");
  return TRUE;
}

/* range: [low, high] */
static gboolean
read_range (
    const LstmYamlNode *node, gdouble *low, gdouble *high, GError **error)
{
  g_autofree gdouble *range = NULL;
  guint n;

  *low = 0.0;
  *high = 1.0;
  if (!node)
    return TRUE;
  range = lstm_yaml_read_doubles (node, "range", error);
  if (!range)
    return FALSE;
  n = lstm_yaml_get_n_items (node);
  if (n != 2)
    return lstm_yaml_fail (
        node, error, "range: found %u numbers, expected two such as [0, 1]", n);
  *low = range[0];
  *high = range[1];
  if (!(*low < *high))
    return lstm_yaml_fail (node, error,
        "range: found [%s, %s], expected the lower number first",
        lstm_yaml_get_item (node, 0)->text, lstm_yaml_get_item (node, 1)->text);
  return TRUE;
}

/* One feature's bounds to offset and divisor; FALSE if doubles cannot. */
static gboolean
compute (gdouble min, gdouble max, gdouble low, gdouble high, gdouble *offset,
    gdouble *divisor)
{
  gdouble span = max == min ? 1.0 : max - min;

  *divisor = span / (high - low);
  *offset = min - low * *divisor;
  return isfinite (*divisor) && *divisor > 0.0 && isfinite (*offset);
}

static gboolean
fail_bounds (const Source *source, guint i, const gchar *name,
    const gchar *problem, GError **error)
{
  const LstmYamlNode *min = lstm_yaml_get_item (source->min, i);
  const LstmYamlNode *max = lstm_yaml_get_item (source->max, i);
  g_autofree gchar *least = lstm_yaml_quote (min->text);
  g_autofree gchar *most = lstm_yaml_quote (max->text);
  g_autofree gchar *feature =
      name ? lstm_yaml_quote (name) : g_strdup_printf ("number %u", i + 1);

  return lstm_yaml_fail (max, error,
      "max: found %s for feature %s, whose min is %s: %s", most, feature, least,
      problem);
}

/* The name that the JSON file gives to the number at @i, or NULL. */
static const gchar *
name_in_json (const Source *source, guint i)
{
  return source->names ? lstm_yaml_get_item (source->names, i)->text : NULL;
}

/* order[f]: where in min and max feature f stands. */
static gboolean
fill (LstmScaling *scaling, const Source *source, const guint *order,
    const gchar *const *features, GError **error)
{
  g_autofree gdouble *min = lstm_yaml_read_doubles (source->min, "min", error);
  g_autofree gdouble *max =
      min ? lstm_yaml_read_doubles (source->max, "max", error) : NULL;
  gdouble *offset, *divisor;
  gdouble low, high;

  if (!max || !read_range (source->range, &low, &high, error))
    return FALSE;
  scaling->offset = offset = g_new (gdouble, scaling->n_features);
  scaling->divisor = divisor = g_new (gdouble, scaling->n_features);
  for (guint f = 0; f < scaling->n_features; f++) {
    guint i = order[f];
    const gchar *name = features ? features[f] : name_in_json (source, i);

    if (max[i] < min[i])
      return fail_bounds (source, i, name, "expected at least as much", error);
    if (!compute (min[i], max[i], low, high, &offset[f], &divisor[f]))
      return fail_bounds (source, i, name,
          "a double cannot hold what lies between, scaled to the range", error);
  }
  return TRUE;
}

/* min and max must be lists of @n numbers, one for each of @names. */
static gboolean
check_length (const LstmYamlNode *list, const gchar *what, guint n,
    const gchar *names, GError **error)
{
  if (!lstm_yaml_expect_list (list, what, error))
    return FALSE;
  if (lstm_yaml_get_n_items (list) == n)
    return TRUE;
  return lstm_yaml_fail (list, error,
      "%s: found %u numbers, expected %u: one for each %s", what,
      lstm_yaml_get_n_items (list), n, names);
}

/* Checks the lengths of the lists and sets order[0 .. n_features). */
static gboolean
match (const Source *source, const gchar *const *features, guint **order,
    guint *n_features, GError **error)
{
  g_auto (GStrv) names = NULL;
  const gchar *each = "of 'min'";
  guint n;

  if (source->names) {
    names = lstm_yaml_read_names (source->names, "features", FALSE, error);
    if (!names)
      return FALSE;
    n = g_strv_length (names);
    each = "of the 'features' beside it";
  } else if (features) {
    n = g_strv_length ((gchar **) features);
    each = "of the 'features'";
  } else {
    if (!lstm_yaml_expect_list (source->min, "min", error))
      return FALSE;
    n = lstm_yaml_get_n_items (source->min);
  }
  if (n == 0)
    return lstm_yaml_fail (source->min, error,
        "min: the list is empty, expected a number or more");
  if (!check_length (source->min, "min", n, each, error) ||
      !check_length (source->max, "max", n, each, error))
    return FALSE;
  *n_features = n;
  *order = names && features ? lstm_match_names (source->names, features, error)
                             : lstm_match_identity (n);
  return *order != NULL;
}

LstmScaling *
lstm_min_max_read (
    const LstmYamlNode *node, const gchar *const *features, GError **error)
{
  g_autoptr (LstmScaling) scaling = g_new0 (LstmScaling, 1);
  g_autofree guint *order = NULL;
  Source source = { .json = NULL };
  gboolean ok;

  ok = read_source (node, &source, error) &&
       match (&source, features, &order, &scaling->n_features, error) &&
       fill (scaling, &source, order, features, error);
  g_clear_pointer (&source.json, lstm_yaml_free);
  return ok ? g_steal_pointer (&scaling) : NULL;
}
