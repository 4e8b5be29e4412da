/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/scaling.h"

#include <math.h>

#include "config/scaler.h"
#include "config/yaml-schema.h"

static const gchar *const policies[] = { "pass", "clip", "warn", NULL };

/* What may stand beside a method, or in its place. */
static const gchar *const input_keys[] = { "min-max", "standard", "robust",
  "each", "limits", "out-of-range", NULL };
static const gchar *const output_keys[] = { "min-max", "standard", "robust",
  "each", NULL };
static const gchar *const each_keys[] = { "min-max", "standard", "robust",
  "limits", NULL };
static const gchar *const each_output_keys[] = { "min-max", "standard",
  "robust", NULL };

/* One scaling as it is read. */
typedef struct {
  const gchar *what;
  const gchar *const *names;
  gboolean outputs;
  LstmScaling *scaling;
  gdouble *offset, *divisor, *low, *high; /* the scaling's, to be written */
  gint policy;                            /* -1: not said */
} Reading;

static void
allocate (Reading *r, guint n)
{
  r->scaling->n_features = n;
  r->scaling->offset = r->offset = g_new0 (gdouble, n);
  r->scaling->divisor = r->divisor = g_new (gdouble, n);
  r->scaling->low = r->low = g_new (gdouble, n);
  r->scaling->high = r->high = g_new (gdouble, n);
  for (guint f = 0; f < n; f++) {
    r->divisor[f] = 1.0;
    r->low[f] = -INFINITY;
    r->high[f] = INFINITY;
  }
}

/* Of @keys, the method that stands in @node; FALSE with an error if there is
 * none, or more than one. */
static gboolean
find_method (const LstmYamlNode *node, const gchar *what,
    const gchar *const *keys, guint *method, GError **error)
{
  gboolean each = g_strv_contains (keys, "each");
  guint found = 0, last = 0;

  if (!lstm_yaml_expect_mapping (node, what, keys, error))
    return FALSE;
  for (guint i = 0; i < lstm_yaml_get_n_items (node); i++) {
    const gchar *key = lstm_yaml_get_key (node, i)->text;

    for (guint k = 0; k < (each ? 4u : 3u); k++) {
      if (g_str_equal (key, keys[k])) {
        *method = k;
        last = i;
        found++;
      }
    }
  }
  if (found == 1)
    return TRUE;
  return lstm_yaml_fail (found > 1 ? lstm_yaml_get_key (node, last) : node,
      error, "%s: found %u methods, expected exactly one of %s", what, found,
      each ? "min-max, standard, robust, each" : "min-max, standard, robust");
}

/* `limits: [low, high]`, if it is there, in the place of the scaler's range. */
static gboolean
read_limits (const LstmYamlNode *node, LstmScaler *scaler, GError **error)
{
  const LstmYamlNode *limits = lstm_yaml_lookup (node, "limits");

  if (!limits)
    return TRUE;
  scaler->has_range = TRUE;
  return lstm_scaler_read_range (
      limits, "limits", &scaler->low, &scaler->high, error);
}

/* Numbers of the features from @first on. */
static void
store (Reading *r, const LstmScaler *scaler, guint first)
{
  for (guint i = 0; i < scaler->n; i++) {
    r->offset[first + i] = scaler->offset[i];
    r->divisor[first + i] = scaler->divisor[i];
    if (!scaler->has_range)
      continue;
    r->low[first + i] = scaler->low;
    r->high[first + i] = scaler->high;
  }
  if (scaler->clip && r->policy < 0)
    r->policy = LSTM_RANGE_CLIP;
}

/* A policy needs to know what is out of range. */
static gboolean
check_range (const Reading *r, const LstmYamlNode *node, const gchar *method,
    const LstmScaler *scaler, GError **error)
{
  if (r->policy <= LSTM_RANGE_PASS || scaler->has_range)
    return TRUE;
  return lstm_yaml_fail (node, error,
      "%s: it has no range of its own, expected 'limits: [LOW, HIGH]' of "
      "scaled numbers for 'out-of-range: %s'",
      method, policies[r->policy]);
}

/* One of the scalers that stand in @node, for all features or, with @alone, for
 * feature @first. */
static gboolean
read_scaler (Reading *r, const LstmYamlNode *node, guint method,
    const gchar *const *names, gboolean alone, guint first, GError **error)
{
  const gchar *name = lstm_scaler_names[method];
  const LstmYamlNode *value = lstm_yaml_lookup (node, name);
  LstmScaler scaler;
  gboolean ok =
      lstm_scaler_read (method, value, names, alone, &scaler, error) &&
      read_limits (node, &scaler, error) &&
      check_range (r, value, name, &scaler, error);

  if (ok && !alone)
    allocate (r, scaler.n);
  if (ok)
    store (r, &scaler, first);
  lstm_scaler_clear (&scaler);
  return ok;
}

/* each: {NAME: {min-max: {min: 0, max: 9}}, ...}; what is not named is left as
 * it is. */
static gboolean
read_each (Reading *r, const LstmYamlNode *node, GError **error)
{
  guint n = r->names ? g_strv_length ((gchar **) r->names) : 0;

  if (n == 0)
    return lstm_yaml_fail (node, error,
        "each: the file has no '%s', expected their names above",
        r->outputs ? "outputs" : "features");
  if (!lstm_yaml_expect_mapping (node, "each", r->names, error))
    return FALSE;
  allocate (r, n);
  for (guint f = 0; f < n; f++) {
    const gchar *const names[] = { r->names[f], NULL };
    const LstmYamlNode *value = lstm_yaml_lookup (node, r->names[f]);
    guint method;

    if (value &&
        (!find_method (value, r->names[f],
             r->outputs ? each_output_keys : each_keys, &method, error) ||
            !read_scaler (r, value, method, names, TRUE, f, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_policy (Reading *r, const LstmYamlNode *node, GError **error)
{
  const LstmYamlNode *value = lstm_yaml_lookup (node, "out-of-range");
  guint policy;

  if (!value)
    return TRUE;
  if (!lstm_yaml_read_enum (value, "out-of-range", policies, &policy, error))
    return FALSE;
  r->policy = (gint) policy;
  return TRUE;
}

static gboolean
read (Reading *r, const LstmYamlNode *node, GError **error)
{
  const LstmYamlNode *limits;
  guint method;

  if (!find_method (node, r->what, r->outputs ? output_keys : input_keys,
          &method, error) ||
      !read_policy (r, node, error))
    return FALSE;
  if (lstm_scaler_names[method])
    return read_scaler (r, node, method, r->names, FALSE, 0, error);
  limits = lstm_yaml_lookup (node, "limits");
  if (limits)
    return lstm_yaml_fail (limits, error,
        "limits: found beside 'each', expected within it, with each feature");
  return read_each (r, lstm_yaml_lookup (node, "each"), error);
}

LstmScaling *
lstm_scaling_read (const LstmYamlNode *node, const gchar *what,
    const gchar *const *names, GError **error)
{
  g_autoptr (LstmScaling) scaling = g_new0 (LstmScaling, 1);
  Reading r = { .what = what,
    .names = names,
    .scaling = scaling,
    .outputs = g_str_equal (what, "output-scaling"),
    .policy = -1 };

  if (!read (&r, node, error))
    return NULL;
  scaling->out_of_range =
      r.policy < 0 ? LSTM_RANGE_PASS : (LstmRangePolicy) r.policy;
  return g_steal_pointer (&scaling);
}

void
lstm_scaling_free (LstmScaling *scaling)
{
  g_free ((gpointer) scaling->offset);
  g_free ((gpointer) scaling->divisor);
  g_free ((gpointer) scaling->low);
  g_free ((gpointer) scaling->high);
  g_free (scaling);
}
