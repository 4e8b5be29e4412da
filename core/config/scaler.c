/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/scaler.h"

#include <math.h>

#include "config/match-names.h"
#include "config/scaler-source.h"
#include "config/yaml-schema.h"

const gchar *const lstm_scaler_names[] = { "min-max", "standard", "robust",
  NULL };

enum { MIN_MAX, STANDARD, ROBUST };

/* What scikit-learn's scale_ may differ from what min and max give: as much as
 * numbers that were written with 7 digits. */
#define TOLERANCE 1e-6

static const LstmScalerKey min_max_keys[] = {
  { "min", LSTM_SCALER_MIN, FALSE },
  { "max", LSTM_SCALER_MAX, FALSE },
  { "range", LSTM_SCALER_RANGE, FALSE },
  { "data_min_", LSTM_SCALER_MIN, TRUE },
  { "data_max_", LSTM_SCALER_MAX, TRUE },
  { "feature_range", LSTM_SCALER_RANGE, TRUE },
  { "scale_", LSTM_SCALER_SCALE, TRUE },
  { "min_", LSTM_SCALER_SHIFT, TRUE },
  { "clip", LSTM_SCALER_CLIP, TRUE },
  { "data_range_", LSTM_SCALER_IDLE, TRUE },
  { "features", LSTM_SCALER_FEATURES, TRUE },
  { "feature_names_in_", LSTM_SCALER_FEATURES, TRUE },
  { "n_features_in_", LSTM_SCALER_IDLE, TRUE },
  { "n_samples_seen_", LSTM_SCALER_IDLE, TRUE },
  { "copy", LSTM_SCALER_IDLE, TRUE },
  { "_sklearn_version", LSTM_SCALER_IDLE, TRUE },
  { NULL, LSTM_SCALER_IDLE, FALSE },
};

static const LstmScalerKey standard_keys[] = {
  { "mean", LSTM_SCALER_CENTER, FALSE },
  { "scale", LSTM_SCALER_SCALE, FALSE },
  { "variance", LSTM_SCALER_VARIANCE, FALSE },
  { "mean_", LSTM_SCALER_CENTER, TRUE },
  { "scale_", LSTM_SCALER_SCALE, TRUE },
  { "var_", LSTM_SCALER_VARIANCE, TRUE },
  { "with_mean", LSTM_SCALER_WITH_CENTER, TRUE },
  { "with_std", LSTM_SCALER_WITH_SCALE, TRUE },
  { "features", LSTM_SCALER_FEATURES, TRUE },
  { "feature_names_in_", LSTM_SCALER_FEATURES, TRUE },
  { "n_features_in_", LSTM_SCALER_IDLE, TRUE },
  { "n_samples_seen_", LSTM_SCALER_IDLE, TRUE },
  { "copy", LSTM_SCALER_IDLE, TRUE },
  { "_sklearn_version", LSTM_SCALER_IDLE, TRUE },
  { NULL, LSTM_SCALER_IDLE, FALSE },
};

static const LstmScalerKey robust_keys[] = {
  { "center", LSTM_SCALER_CENTER, FALSE },
  { "scale", LSTM_SCALER_SCALE, FALSE },
  { "center_", LSTM_SCALER_CENTER, TRUE },
  { "scale_", LSTM_SCALER_SCALE, TRUE },
  { "with_centering", LSTM_SCALER_WITH_CENTER, TRUE },
  { "with_scaling", LSTM_SCALER_WITH_SCALE, TRUE },
  { "quantile_range", LSTM_SCALER_IDLE, TRUE },
  { "unit_variance", LSTM_SCALER_IDLE, TRUE },
  { "features", LSTM_SCALER_FEATURES, TRUE },
  { "feature_names_in_", LSTM_SCALER_FEATURES, TRUE },
  { "n_features_in_", LSTM_SCALER_IDLE, TRUE },
  { "n_samples_seen_", LSTM_SCALER_IDLE, TRUE },
  { "copy", LSTM_SCALER_IDLE, TRUE },
  { "_sklearn_version", LSTM_SCALER_IDLE, TRUE },
  { NULL, LSTM_SCALER_IDLE, FALSE },
};

static const LstmScalerMethod methods[] = {
  [MIN_MAX] = { "min-max", "min and max", min_max_keys,
      { LSTM_SCALER_MIN, LSTM_SCALER_MAX, LSTM_SCALER_IDLE }, TRUE },
  [STANDARD] = { "standard", "mean and scale, or mean and variance",
      standard_keys,
      { LSTM_SCALER_CENTER, LSTM_SCALER_SCALE, LSTM_SCALER_VARIANCE,
          LSTM_SCALER_IDLE },
      FALSE },
  [ROBUST] = { "robust", "center and scale", robust_keys,
      { LSTM_SCALER_CENTER, LSTM_SCALER_SCALE, LSTM_SCALER_IDLE }, FALSE },
};

/* A scaler as it is read. order[f]: where in the lists feature f stands. */
typedef struct {
  LstmScalerSource source;
  const gchar *const *names; /* of the features, or NULL */
  gboolean alone;
  guint n;
  guint *order;
} Reading;

/* ---- numbers ---- */

gboolean
lstm_scaler_read_range (const LstmYamlNode *node, const gchar *what,
    gdouble *low, gdouble *high, GError **error)
{
  g_autofree gdouble *range = lstm_yaml_read_doubles (node, what, error);
  guint n;

  if (!range)
    return FALSE;
  n = lstm_yaml_get_n_items (node);
  if (n != 2)
    return lstm_yaml_fail (node, error,
        "%s: found %u numbers, expected two such as [0, 1]", what, n);
  *low = range[0];
  *high = range[1];
  if (!(*low < *high))
    return lstm_yaml_fail (node, error,
        "%s: found [%s, %s], expected the lower number first", what,
        lstm_yaml_get_item (node, 0)->text, lstm_yaml_get_item (node, 1)->text);
  return TRUE;
}

/* The place of a part's number for feature @f. */
static const LstmYamlNode *
find_number (const Reading *r, LstmScalerPart part, guint f)
{
  const LstmYamlNode *node = r->source.parts[part];

  return r->alone ? node : lstm_yaml_get_item (node, r->order[f]);
}

/* A part's numbers in the features' order, for g_free(); @fallback where the
 * part is not there. */
static gdouble *
read_part (
    const Reading *r, LstmScalerPart part, gdouble fallback, GError **error)
{
  g_autofree gdouble *numbers = g_new (gdouble, r->n);

  for (guint f = 0; f < r->n; f++) {
    numbers[f] = fallback;
    if (r->source.parts[part] &&
        !lstm_yaml_read_double (
            find_number (r, part, f), r->source.keys[part], &numbers[f], error))
      return NULL;
  }
  return g_steal_pointer (&numbers);
}

/* By the names of the stream, else by those of the file, else by number. */
static gchar *
describe_feature (const Reading *r, guint f)
{
  const LstmYamlNode *names = r->source.parts[LSTM_SCALER_FEATURES];

  if (r->names)
    return lstm_yaml_quote (r->names[f]);
  return names ? lstm_yaml_quote (lstm_yaml_get_item (names, f)->text)
               : g_strdup_printf ("number %u", f + 1);
}

static gboolean
fail_number (const Reading *r, LstmScalerPart part, guint f,
    const gchar *problem, GError **error)
{
  const LstmYamlNode *node = find_number (r, part, f);
  g_autofree gchar *found = lstm_yaml_quote (node->text);
  g_autofree gchar *feature = describe_feature (r, f);

  return lstm_yaml_fail (node, error, "%s: found %s for feature %s%s",
      r->source.keys[part], found, feature, problem);
}

/* ---- MinMaxScaler ---- */

static gboolean
fail_bounds (const Reading *r, guint f, const gchar *problem, GError **error)
{
  const LstmYamlNode *min = find_number (r, LSTM_SCALER_MIN, f);
  g_autofree gchar *least = lstm_yaml_quote (min->text);
  g_autofree gchar *text = g_strdup_printf (
      ", whose %s is %s: %s", r->source.keys[LSTM_SCALER_MIN], least, problem);

  return fail_number (r, LSTM_SCALER_MAX, f, text, error);
}

static gboolean
is_usable (gdouble divisor, gdouble offset)
{
  return isfinite (divisor) && divisor > 0.0 && isfinite (offset);
}

/* A constant feature has a span of 1, as in scikit-learn. */
static gboolean
fill_from_bounds (const Reading *r, LstmScaler *s, GError **error)
{
  g_autofree gdouble *min = read_part (r, LSTM_SCALER_MIN, 0.0, error);
  g_autofree gdouble *max =
      min ? read_part (r, LSTM_SCALER_MAX, 0.0, error) : NULL;

  if (!max)
    return FALSE;
  for (guint f = 0; f < r->n; f++) {
    gdouble span = max[f] == min[f] ? 1.0 : max[f] - min[f];

    if (max[f] < min[f])
      return fail_bounds (r, f, "expected at least as much", error);
    s->divisor[f] = span / (s->high - s->low);
    s->offset[f] = min[f] - s->low * s->divisor[f];
    if (!is_usable (s->divisor[f], s->offset[f]))
      return fail_bounds (r, f,
          "a double cannot hold what lies between, scaled to the range", error);
  }
  return TRUE;
}

/* x scale_ + min_ */
static gboolean
fill_from_factors (const Reading *r, LstmScaler *s, GError **error)
{
  g_autofree gdouble *scale = read_part (r, LSTM_SCALER_SCALE, 1.0, error);
  g_autofree gdouble *shift =
      scale ? read_part (r, LSTM_SCALER_SHIFT, 0.0, error) : NULL;

  if (!shift)
    return FALSE;
  for (guint f = 0; f < r->n; f++) {
    s->divisor[f] = 1.0 / scale[f];
    s->offset[f] = -shift[f] * s->divisor[f];
    if (!is_usable (s->divisor[f], s->offset[f]))
      return fail_number (
          r, LSTM_SCALER_SCALE, f, ", expected a number above 0", error);
  }
  return TRUE;
}

/* Attributes of two scalers would scale in silence by one of them. A range of
 * the YAML's own stands in the place of the file's. */
static gboolean
check_factors (const Reading *r, const LstmScaler *s, GError **error)
{
  g_autofree gdouble *scale = NULL;

  if (!r->source.parts[LSTM_SCALER_SCALE] ||
      !g_str_equal (r->source.keys[LSTM_SCALER_RANGE]
                        ? r->source.keys[LSTM_SCALER_RANGE]
                        : "feature_range",
          "feature_range"))
    return TRUE;
  scale = read_part (r, LSTM_SCALER_SCALE, 1.0, error);
  if (!scale)
    return FALSE;
  for (guint f = 0; f < r->n; f++)
    if (fabs (scale[f] * s->divisor[f] - 1.0) > TOLERANCE)
      return fail_number (r, LSTM_SCALER_SCALE, f,
          ", but the minimum, the maximum and feature_range give another: they "
          "are of different scalers, write them out again",
          error);
  return TRUE;
}

static gboolean
fill_min_max (const Reading *r, LstmScaler *s, GError **error)
{
  const LstmYamlNode *range = r->source.parts[LSTM_SCALER_RANGE];

  s->has_range = TRUE;
  s->low = 0.0;
  s->high = 1.0;
  if (range && !lstm_scaler_read_range (range,
                   r->source.keys[LSTM_SCALER_RANGE], &s->low, &s->high, error))
    return FALSE;
  if (!lstm_scaler_source_get_flag (
          &r->source, LSTM_SCALER_CLIP, FALSE, &s->clip, error))
    return FALSE;
  if (!r->source.parts[LSTM_SCALER_MIN] || !r->source.parts[LSTM_SCALER_MAX])
    return fill_from_factors (r, s, error);
  return fill_from_bounds (r, s, error) && check_factors (r, s, error);
}

/* ---- StandardScaler, RobustScaler ---- */

/* (x - center) / scale; a scale of 0 counts as 1, as in scikit-learn. */
static gboolean
fill_centered (const Reading *r, LstmScaler *s, GError **error)
{
  LstmScalerPart part = r->source.parts[LSTM_SCALER_SCALE]
                            ? LSTM_SCALER_SCALE
                            : LSTM_SCALER_VARIANCE;
  g_autofree gdouble *center = read_part (r, LSTM_SCALER_CENTER, 0.0, error);
  g_autofree gdouble *scale = center ? read_part (r, part, 1.0, error) : NULL;
  gboolean with_center, with_scale;

  if (!scale ||
      !lstm_scaler_source_get_flag (
          &r->source, LSTM_SCALER_WITH_CENTER, TRUE, &with_center, error) ||
      !lstm_scaler_source_get_flag (
          &r->source, LSTM_SCALER_WITH_SCALE, TRUE, &with_scale, error))
    return FALSE;
  for (guint f = 0; f < r->n; f++) {
    if (scale[f] < 0.0)
      return fail_number (r, part, f, ", expected 0 or more", error);
    if (part == LSTM_SCALER_VARIANCE)
      scale[f] = sqrt (scale[f]);
    s->offset[f] = with_center ? center[f] : 0.0;
    s->divisor[f] = with_scale && scale[f] != 0.0 ? scale[f] : 1.0;
  }
  return TRUE;
}

/* ---- which number is which feature's ---- */

static gboolean
check_length (const LstmYamlNode *list, const gchar *what, guint n,
    const gchar *each, GError **error)
{
  if (!lstm_yaml_expect_list (list, what, error))
    return FALSE;
  if (lstm_yaml_get_n_items (list) == n)
    return TRUE;
  return lstm_yaml_fail (list, error,
      "%s: found %u numbers, expected %u: one for each %s", what,
      lstm_yaml_get_n_items (list), n, each);
}

static const LstmScalerPart lists[] = { LSTM_SCALER_MIN, LSTM_SCALER_MAX,
  LSTM_SCALER_CENTER, LSTM_SCALER_SCALE, LSTM_SCALER_SHIFT,
  LSTM_SCALER_VARIANCE };

static gboolean
check_lengths (const Reading *r, const gchar *each, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (r->source.parts[lists[i]] &&
        !check_length (r->source.parts[lists[i]], r->source.keys[lists[i]],
            r->n, each, error))
      return FALSE;
  return TRUE;
}

static LstmScalerPart
first_list (const Reading *r)
{
  guint i = 0;

  while (!r->source.parts[lists[i]])
    i++;
  return lists[i];
}

/* Sets n and order; checks that all lists are as long. */
static gboolean
match (Reading *r, GError **error)
{
  const LstmYamlNode *named = r->source.parts[LSTM_SCALER_FEATURES];
  LstmScalerPart first = first_list (r);
  const LstmYamlNode *list = r->source.parts[first];
  g_auto (GStrv) names = NULL;
  g_autofree gchar *each = NULL;

  if (named) {
    names = lstm_yaml_read_names (
        named, r->source.keys[LSTM_SCALER_FEATURES], FALSE, error);
    if (!names)
      return FALSE;
    r->n = g_strv_length (names);
    each = g_strdup ("of the 'features' beside it");
  } else if (r->names) {
    r->n = g_strv_length ((gchar **) r->names);
    each = g_strdup ("of the 'features'");
  } else {
    if (!lstm_yaml_expect_list (list, r->source.keys[first], error))
      return FALSE;
    r->n = lstm_yaml_get_n_items (list);
    each = g_strdup_printf ("of '%s'", r->source.keys[first]);
  }
  if (r->n == 0)
    return lstm_yaml_fail (list, error,
        "%s: the list is empty, expected a number or more",
        r->source.keys[first]);
  if (!check_lengths (r, each, error))
    return FALSE;
  r->order = named && r->names ? lstm_match_names (named, r->names, error)
                               : lstm_match_identity (r->n);
  return r->order != NULL;
}

void
lstm_scaler_clear (LstmScaler *scaler)
{
  g_clear_pointer (&scaler->offset, g_free);
  g_clear_pointer (&scaler->divisor, g_free);
}

gboolean
lstm_scaler_read (guint method, const LstmYamlNode *node,
    const gchar *const *names, gboolean alone, LstmScaler *scaler,
    GError **error)
{
  Reading r = { .names = names, .alone = alone, .n = 1 };
  gboolean ok;

  *scaler = (LstmScaler){ .n = 0 };
  ok = lstm_scaler_source_read (node, &methods[method], &r.source, error) &&
       (alone || match (&r, error));
  if (ok) {
    scaler->n = r.n;
    scaler->offset = g_new (gdouble, r.n);
    scaler->divisor = g_new (gdouble, r.n);
    ok = method == MIN_MAX ? fill_min_max (&r, scaler, error)
                           : fill_centered (&r, scaler, error);
  }
  g_free (r.order);
  lstm_scaler_source_clear (&r.source);
  return ok;
}
