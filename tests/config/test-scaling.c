/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Scaling against real scikit-learn (scalers/, made by generate-scalers.py),
 * and what is wrong with it. */

#include <math.h>
#include <stdlib.h>

#include <lstm/error.h>

#include "fixture.h"

#define N_FEATURES 5

static LstmConfig *
config_of (const gchar *yaml)
{
  g_autoptr (GError) error = NULL;
  LstmConfig *config = fixture_config (yaml, -1, &error);

  g_assert_no_error (error);
  return config;
}

static gchar *
scaler_file (const gchar *name, const gchar *ending)
{
  g_autofree gchar *base = g_strconcat (name, ending, NULL);

  return g_build_filename (g_getenv ("LSTM_TEST_SCALERS"), base, NULL);
}

typedef struct {
  const gchar *name;
  const gchar *method;
  gdouble tolerance; /* 0: the bits are scikit-learn's */
  LstmRangePolicy policy;
  const gchar *features; /* in the YAML, or NULL */
  guint order[N_FEATURES];
} Case;

#define IN_ORDER                                                               \
  {                                                                            \
    0, 1, 2, 3, 4                                                              \
  }

static const Case cases[] = {
  { "min-max", "min-max", 1e-12, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "min-max-range", "min-max", 1e-12, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "min-max-factors", "min-max", 1e-12, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "min-max-clip", "min-max", 1e-12, LSTM_RANGE_CLIP, NULL, IN_ORDER },
  { "standard", "standard", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "standard-no-mean", "standard", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "standard-no-std", "standard", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "standard-variance", "standard", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "robust", "robust", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "robust-no-center", "robust", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "robust-no-scale", "robust", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  { "robust-unit", "robust", 0, LSTM_RANGE_PASS, NULL, IN_ORDER },
  /* scikit-learn's c a e b d */
  { "standard-named", "standard", 0, LSTM_RANGE_PASS,
      "features: [a, b, c, d, e]", { 1, 3, 0, 4, 2 } },
};

static gdouble
scale (const LstmScaling *s, guint f, gdouble x)
{
  gdouble y = (x - s->offset[f]) / s->divisor[f];

  return s->out_of_range == LSTM_RANGE_CLIP ? CLAMP (y, s->low[f], s->high[f])
                                            : y;
}

/* A line: features, then what they become. */
static void
check_row (const Case *c, const LstmScaling *scaling, const gchar *line)
{
  gdouble v[2 * N_FEATURES];
  gchar *at = (gchar *) line;

  for (guint i = 0; i < G_N_ELEMENTS (v); i++)
    v[i] = g_ascii_strtod (at, &at);
  g_assert_cmpint (*at, ==, '\0');
  for (guint f = 0; f < N_FEATURES; f++) {
    guint from = c->order[f];
    gdouble expected = v[N_FEATURES + from];
    gdouble found = scale (scaling, f, v[from]);

    if (!(fabs (found - expected) <= c->tolerance * MAX (1.0, fabs (expected))))
      g_error ("feature %u: %.17g becomes %.17g, scikit-learn's is %.17g", f,
          v[from], found, expected);
  }
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree gchar *json = scaler_file (c->name, ".json");
  g_autofree gchar *rows = scaler_file (c->name, ".txt");
  g_autofree gchar *yaml =
      g_strdup_printf ("version: 1\n%s\nscaling:\n  %s: {file: '%s'}\n",
          c->features ? c->features : "", c->method, json);
  g_autoptr (LstmConfig) config = config_of (yaml);
  const LstmScaling *scaling = lstm_config_get_scaling (config);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_cmpuint (scaling->n_features, ==, N_FEATURES);
  g_assert_cmpint (scaling->out_of_range, ==, c->policy);
  g_file_get_contents (rows, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  for (guint i = 0; lines[i]; i++)
    check_row (c, scaling, lines[i]);
}

static void
assert_feature (const LstmScaling *s, guint f, gdouble offset, gdouble divisor,
    gdouble low, gdouble high)
{
  g_assert_cmpfloat (s->offset[f], ==, offset);
  g_assert_cmpfloat (s->divisor[f], ==, divisor);
  g_assert_cmpfloat (s->low[f], ==, low);
  g_assert_cmpfloat (s->high[f], ==, high);
}

static void
test_inline (void)
{
  g_autoptr (LstmConfig) config =
      config_of ("version: 1\n"
                 "scaling:\n"
                 "  standard: {mean: [1, -2, 3], variance: [4, 0, 2.25]}\n"
                 "  limits: [-5, 4]\n"
                 "  out-of-range: warn\n"
                 "outputs: [p]\n"
                 "output-scaling:\n"
                 "  robust: {center: [7], scale: [0]}\n");
  const LstmScaling *s = lstm_config_get_scaling (config);
  const LstmScaling *out = lstm_config_get_output_scaling (config);

  g_assert_cmpuint (s->n_features, ==, 3);
  g_assert_cmpint (s->out_of_range, ==, LSTM_RANGE_WARN);
  assert_feature (s, 0, 1, 2, -5, 4);
  assert_feature (s, 1, -2, 1, -5, 4);
  assert_feature (s, 2, 3, 1.5, -5, 4);
  g_assert_cmpuint (out->n_features, ==, 1);
  g_assert_cmpint (out->out_of_range, ==, LSTM_RANGE_PASS);
  assert_feature (out, 0, 7, 1, -INFINITY, INFINITY);
}

/* The scaler's own range, unless limits say otherwise. */
static void
test_limits (void)
{
  g_autoptr (LstmConfig) config =
      config_of ("version: 1\n"
                 "scaling:\n"
                 "  min-max: {min: [0], max: [10], range: [-1, 1]}\n"
                 "  out-of-range: clip\n");
  g_autoptr (LstmConfig) wider =
      config_of ("version: 1\n"
                 "scaling:\n"
                 "  min-max: {min: [0], max: [10], range: [-1, 1]}\n"
                 "  limits: [-1.5, 1.5]\n"
                 "  out-of-range: pass\n");

  assert_feature (lstm_config_get_scaling (config), 0, 5, 5, -1, 1);
  g_assert_cmpint (
      lstm_config_get_scaling (config)->out_of_range, ==, LSTM_RANGE_CLIP);
  assert_feature (lstm_config_get_scaling (wider), 0, 5, 5, -1.5, 1.5);
  g_assert_cmpint (
      lstm_config_get_scaling (wider)->out_of_range, ==, LSTM_RANGE_PASS);
}

static void
test_each (void)
{
  g_autoptr (LstmConfig) config =
      config_of ("version: 1\n"
                 "features: [a, b, c, d]\n"
                 "scaling:\n"
                 "  each:\n"
                 "    d: {robust: {center: 8, scale: 4}, limits: [-2, 2]}\n"
                 "    b: {standard: {mean: 2, scale: 3}, limits: [-3, 3]}\n"
                 "    a: {min-max: {min: 0, max: 10}}\n"
                 "  out-of-range: clip\n"
                 "outputs: [p, q]\n"
                 "output-scaling: {each: {q: {min-max: {min: 5, max: 9}}}}\n");
  const LstmScaling *s = lstm_config_get_scaling (config);
  const LstmScaling *out = lstm_config_get_output_scaling (config);

  g_assert_cmpuint (s->n_features, ==, 4);
  assert_feature (s, 0, 0, 10, 0, 1);
  assert_feature (s, 1, 2, 3, -3, 3);
  assert_feature (s, 2, 0, 1, -INFINITY, INFINITY);
  assert_feature (s, 3, 8, 4, -2, 2);
  g_assert_cmpuint (out->n_features, ==, 2);
  g_assert_cmpfloat (out->divisor[0], ==, 1);
  g_assert_cmpfloat (out->offset[1], ==, 5);
  g_assert_cmpfloat (out->divisor[1], ==, 4);
}

/* What the YAML says of the range wins over the file. */
static void
test_range_wins (void)
{
  g_autoptr (LstmConfig) config = NULL;

  fixture_write ("range.json",
      "{\"data_min_\": [0], \"data_max_\": [4], \"feature_range\": [0, 1], "
      "\"scale_\": [0.25], \"min_\": [0], \"clip\": true}",
      -1);
  config = config_of ("version: 1\n"
                      "scaling:\n"
                      "  min-max: {file: range.json, range: [-1, 1]}\n"
                      "  out-of-range: warn\n");
  assert_feature (lstm_config_get_scaling (config), 0, 2, 2, -1, 1);
  g_assert_cmpint (
      lstm_config_get_scaling (config)->out_of_range, ==, LSTM_RANGE_WARN);
}

/* ---- errors ---- */

typedef struct {
  const gchar *name, *yaml, *message;
  const gchar *json; /* x.json, or NULL */
} Bad;

#define STANDARD "version: 1\nscaling:\n  standard: "
#define FROM_FILE(method) "version: 1\nscaling:\n  " method ": {file: x.json}\n"

static const Bad bad[] = {
  { "two-methods", STANDARD "{mean: [1]}\n  robust: {center: [1]}\n",
      "4:3: scaling: found 2 methods, expected exactly one of min-max, "
      "standard, robust, each",
      NULL },
  { "no-method", "version: 1\nscaling: {out-of-range: clip}\n",
      "2:10: scaling: found 0 methods, expected exactly one of *", NULL },
  { "unknown-policy", STANDARD "{mean: [1]}\n  out-of-range: cut\n",
      "4:17: out-of-range: unknown value 'cut': *", NULL },
  { "no-limits", STANDARD "{mean: [1]}\n  out-of-range: clip\n",
      "3:13: standard: it has no range of its own, expected 'limits: [LOW, "
      "HIGH]' of scaled numbers for 'out-of-range: clip'",
      NULL },
  { "limits-turned", STANDARD "{mean: [1]}\n  limits: [3, -3]\n",
      "4:11: limits: found [3, -3], expected the lower number first", NULL },
  { "empty", STANDARD "{}\n",
      "3:13: standard: required key 'file' is missing, expected either file, "
      "or mean and scale, or mean and variance",
      NULL },
  { "file-and-mean", STANDARD "{file: x.json, mean: [1]}\n",
      "3:34: standard: found 'mean' beside 'file', expected either file, or "
      "mean and scale, or mean and variance",
      NULL },
  { "lengths", STANDARD "{mean: [1, 2], scale: [1]}\n",
      "3:35: scale: found 1 numbers, expected 2: one for each of 'mean'",
      NULL },
  { "negative", STANDARD "{scale: [1, -2]}\n",
      "3:25: scale: found '-2' for feature number 2, expected 0 or more",
      NULL },
  { "negative-variance", STANDARD "{variance: [-1]}\n",
      "3:25: variance: found '-1' for feature number 1, expected 0 or more",
      NULL },
  { "output-policy",
      "version: 1\noutput-scaling:\n  standard: {mean: [1]}\n  out-of-range: "
      "clip\n",
      "4:3: output-scaling: unknown key 'out-of-range': *", NULL },
  { "each-without-features",
      "version: 1\nscaling: {each: {a: {standard: {mean: 1}}}}\n",
      "2:17: each: the file has no 'features', expected their names above",
      NULL },
  { "each-without-outputs",
      "version: 1\noutput-scaling: {each: {a: {standard: {mean: 1}}}}\n",
      "2:24: each: the file has no 'outputs', *", NULL },
  { "each-unknown",
      "version: 1\nfeatures: [speed, load]\nscaling: {each: {sped: {standard: "
      "{mean: 1}}}}\n",
      "3:18: each: unknown key 'sped': did you mean 'speed'?", NULL },
  { "each-list",
      "version: 1\nfeatures: [a]\nscaling: {each: {a: {standard: {mean: "
      "[1]}}}}\n",
      "3:39: mean: found a list, expected a number such as -0.5 or 1e-3",
      NULL },
  { "each-no-limits",
      "version: 1\nfeatures: [a]\nscaling: {each: {a: {standard: {mean: 1}}}, "
      "out-of-range: warn}\n",
      "3:32: standard: it has no range of its own, *", NULL },
  { "each-limits-beside",
      "version: 1\nfeatures: [a]\nscaling: {each: {a: {standard: {mean: 1}}}, "
      "limits: [0, 1]}\n",
      "3:53: limits: found beside 'each', expected within it, *", NULL },
  { "each-method", "version: 1\nfeatures: [a]\nscaling: {each: {a: {}}}\n",
      "3:21: a: found 0 methods, expected exactly one of min-max, standard, "
      "robust",
      NULL },
  { "json-nothing", FROM_FILE ("standard"),
      "@/x.json:1:1: required key '*' is missing",
      "{\"mean_\": null, \"scale_\": null, \"with_mean\": false}" },
  { "json-twice", FROM_FILE ("standard"),
      "@/x.json:1:28: found 'mean_' beside 'mean', which is the same: expected "
      "one of them",
      "{\"mean\": [1.0], \"mean_\":   [2.0]}" },
  { "json-method", FROM_FILE ("robust"), "@/x.json:1:2: unknown key 'mean_': *",
      "{\"mean_\": [1.0]}" },
  { "json-flag", FROM_FILE ("standard"),
      "@/x.json:1:31: with_mean: unknown value '1': *",
      "{\"mean_\": [1.0], \"with_mean\": 1}" },
  { "json-two-scalers", FROM_FILE ("min-max"),
      "@/x.json:1:53: scale_: found '0.5' for feature number 1, but the "
      "minimum, the maximum and feature_range give another: *",
      "{\"data_min_\": [0.0], \"data_max_\": [4.0], \"scale_\": [0.5], "
      "\"min_\": [0]}" },
  { "json-factor-0", FROM_FILE ("min-max"),
      "@/x.json:1:13: scale_: found '0' for feature number 1, expected a "
      "number above 0",
      "{\"scale_\": [0], \"min_\": [0]}" },
  { "json-nan", FROM_FILE ("robust"),
      "@/x.json:1:14: center_: found 'NaN', expected a number such as *",
      "{\"center_\": [NaN], \"scale_\": [1]}" },
};

static void
test_bad (gconstpointer data)
{
  const Bad *b = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *pattern =
      b->message[0] == '@' ? g_strdup (b->message)
                           : g_strconcat ("@/config.yaml:", b->message, NULL);

  if (b->json)
    fixture_write ("x.json", b->json, -1);
  g_assert_null (fixture_config (b->yaml, -1, &error));
  fixture_assert_error (error, LSTM_ERROR_CONFIG, pattern);
}

int
main (int argc, char **argv)
{
  gint result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path =
        g_strconcat ("/scaling/scikit-learn/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *path = g_strconcat ("/scaling/bad/", bad[i].name, NULL);

    g_test_add_data_func (path, &bad[i], test_bad);
  }
  g_test_add_func ("/scaling/inline", test_inline);
  g_test_add_func ("/scaling/limits", test_limits);
  g_test_add_func ("/scaling/each", test_each);
  g_test_add_func ("/scaling/range-wins", test_range_wins);
  result = g_test_run ();
  fixture_close ();
  return result;
}
