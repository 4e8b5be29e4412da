/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <locale.h>
#include <lstm/config.h>
#include <math.h>
#include <string.h>

#include "fixture.h"

static const gchar everything[] =
    "# the whole of version 1\n"
    "version: 1\n"
    "model: {file: models/net.h5, keras: 3, allow_nan: true}\n"
    "features: [b, 3, 'a c']\n"
    "key: id\n"
    "keep: [cycle, 7]\n"
    "time: {column: at, unit: ms}\n"
    "skip-rows: 12\n"
    "scaling:\n"
    "  min-max:\n"
    "    min: [0, -1.5, 5]\n"
    "    max: [10, 1e1, 5]\n"
    "    range: [-1, 1]\n"
    "mode: window\n"
    "window: {steps: 50, stride: 1}\n"
    "outputs: [p, q]\n"
    "reset-on: [caps, stream-start, flush, discont, segment]\n"
    "initial-state: states/warm.safetensors\n";

static LstmConfig *
config_of (const gchar *yaml)
{
  g_autoptr (GError) error = NULL;
  LstmConfig *config = fixture_config (yaml, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (config);
  return config;
}

/* Divisor (max - min) / (high - low), 1 / (high - low) where max is min; offset
 * min - low * divisor. */
static void
test_everything (void)
{
  g_autoptr (LstmConfig) config = config_of (everything);
  g_autofree gchar *path = fixture_path ("config.yaml");
  g_autofree gchar *model = fixture_path ("models/net.h5");
  g_autofree gchar *state = fixture_path ("states/warm.safetensors");
  const LstmScaling *scaling = lstm_config_get_scaling (config);

  g_assert_cmpstr (lstm_config_get_path (config), ==, path);
  g_assert_cmpstr (lstm_config_get_model (config), ==, model);
  g_assert_cmpuint (lstm_config_get_keras (config), ==, 3);
  g_assert_true (lstm_config_get_allow_nan (config));
  fixture_assert_names (lstm_config_get_features (config), "b 3 a c");
  g_assert_cmpstr (lstm_config_get_features (config)[2], ==, "a c");
  g_assert_cmpstr (lstm_config_get_key (config), ==, "id");
  fixture_assert_names (lstm_config_get_keep (config), "cycle 7");
  g_assert_cmpstr (lstm_config_get_time (config), ==, "at");
  g_assert_cmpstr (lstm_config_get_time_unit (config), ==, "ms");
  g_assert_cmpuint (lstm_config_get_skip_rows (config), ==, 12);
  fixture_assert_names (lstm_config_get_outputs (config), "p q");
  g_assert_cmpstr (lstm_config_get_mode (config), ==, "window");
  g_assert_cmpuint (lstm_config_get_steps (config), ==, 50);
  g_assert_cmpuint (lstm_config_get_stride (config), ==, 1);
  fixture_assert_names (lstm_config_get_reset_on (config),
      "caps stream-start flush discont segment");
  g_assert_cmpstr (lstm_config_get_initial_state (config), ==, state);
  g_assert_nonnull (scaling);
  g_assert_cmpuint (scaling->n_features, ==, 3);
  g_assert_cmpfloat (scaling->divisor[0], ==, 5.0);
  g_assert_cmpfloat (scaling->offset[0], ==, 5.0);
  g_assert_cmpfloat (scaling->divisor[1], ==, 5.75);
  g_assert_cmpfloat (scaling->offset[1], ==, 4.25);
  g_assert_cmpfloat (scaling->divisor[2], ==, 0.5);
  g_assert_cmpfloat (scaling->offset[2], ==, 5.5);
}

static void
test_nothing_but_version (void)
{
  g_autoptr (LstmConfig) config = config_of ("version: 1");

  g_assert_null (lstm_config_get_model (config));
  g_assert_cmpuint (lstm_config_get_keras (config), ==, 0);
  g_assert_false (lstm_config_get_allow_nan (config));
  g_assert_null (lstm_config_get_features (config));
  g_assert_null (lstm_config_get_key (config));
  g_assert_null (lstm_config_get_keep (config));
  g_assert_null (lstm_config_get_time (config));
  g_assert_null (lstm_config_get_time_unit (config));
  g_assert_cmpuint (lstm_config_get_skip_rows (config), ==, 0);
  g_assert_null (lstm_config_get_outputs (config));
  g_assert_null (lstm_config_get_scaling (config));
  g_assert_null (lstm_config_get_mode (config));
  g_assert_cmpuint (lstm_config_get_steps (config), ==, 0);
  g_assert_cmpuint (lstm_config_get_stride (config), ==, 0);
  g_assert_null (lstm_config_get_reset_on (config));
  g_assert_null (lstm_config_get_initial_state (config));
  g_assert_null (lstm_config_get_precision (config));
}

static void
test_empty_lists (void)
{
  g_autoptr (LstmConfig) config =
      config_of ("version: 1\nkeep: []\nreset-on: []\n");

  fixture_assert_names (lstm_config_get_keep (config), "");
  fixture_assert_names (lstm_config_get_reset_on (config), "");
}

static void
test_yaml_1_1_words (void)
{
  g_autoptr (LstmConfig) config =
      config_of ("version: 1\n"
                 "key: on\n"
                 "features: [no, off, yes, true, 1.5, 007, 0x10, \"null\", "
                 "'~', 1:30, n]\n");

  g_assert_cmpstr (lstm_config_get_key (config), ==, "on");
  fixture_assert_names (lstm_config_get_features (config),
      "no off yes true 1.5 007 0x10 null ~ 1:30 n");
}

static void
test_block_style (void)
{
  g_autoptr (LstmConfig) config = config_of ("---\n"
                                             "version: 1   # a comment\n"
                                             "model: 'net.h5'\n"
                                             "features:\n"
                                             "- a\n"
                                             "- b\n"
                                             "window:\n"
                                             "  stride: 1048576\n"
                                             "...\n");

  fixture_assert_names (lstm_config_get_features (config), "a b");
  g_assert_cmpuint (lstm_config_get_steps (config), ==, 0);
  g_assert_cmpuint (lstm_config_get_stride (config), ==, 1048576);
  g_assert_cmpuint (lstm_config_get_keras (config), ==, 0);
}

static void
test_crlf_and_bom (void)
{
  g_autoptr (LstmConfig) config = config_of (
      "\xef\xbb\xbfversion: 1\r\nkey: \"W\xc3\xa4rme\"\r\nkeep:\r\n  - a\r\n");

  g_assert_cmpstr (lstm_config_get_key (config), ==, "W\xc3\xa4rme");
  fixture_assert_names (lstm_config_get_keep (config), "a");
}

static void
test_modes (void)
{
  static const gchar *const modes[] = { "auto", "frame", "window", NULL };

  for (guint i = 0; modes[i]; i++) {
    g_autofree gchar *yaml =
        g_strdup_printf ("{version: 1, mode: %s}", modes[i]);
    g_autoptr (LstmConfig) config = config_of (yaml);

    g_assert_cmpstr (lstm_config_get_mode (config), ==, modes[i]);
  }
}

static void
test_precisions (void)
{
  static const gchar *const names[] = { "f32", "bf16", "int8", NULL };

  for (guint i = 0; names[i]; i++) {
    g_autofree gchar *yaml =
        g_strdup_printf ("{version: 1, precision: %s}", names[i]);
    g_autoptr (LstmConfig) config = config_of (yaml);

    g_assert_cmpstr (lstm_config_get_precision (config), ==, names[i]);
  }
}

static void
test_post (void)
{
  g_autoptr (LstmConfig) silent = config_of ("version: 1");
  g_autoptr (LstmConfig) config = config_of (
      "version: 1\npost:\n  average: 3\n  alarm: {on: 0.8, off: 0.5, output: "
      "p, min-duration: 2.5}\n  classes: [a, b]\n");
  const LstmConfigPost *post = lstm_config_get_post (silent);

  g_assert_cmpuint (post->average, ==, 0);
  g_assert_true (isnan (post->average_time));
  g_assert_cmpuint (post->n_alarms, ==, 0);
  g_assert_null (post->classes);
  post = lstm_config_get_post (config);
  g_assert_cmpuint (post->average, ==, 3);
  g_assert_true (isnan (post->average_time));
  g_assert_cmpuint (post->n_alarms, ==, 1);
  g_assert_null (post->alarms[0].name);
  g_assert_cmpfloat (post->alarms[0].on, ==, 0.8);
  g_assert_cmpfloat (post->alarms[0].off, ==, 0.5);
  g_assert_cmpfloat (post->alarms[0].min_duration, ==, 2.5);
  g_assert_cmpstr (post->alarms[0].output, ==, "p");
  fixture_assert_names ((const gchar *const *) post->classes, "a b");
}

static void
test_post_of_several (void)
{
  g_autoptr (LstmConfig) config = config_of (
      "version: 1\npost:\n  average-time: 2.5\n  alarm:\n    - {name: a, on: "
      "1}\n    - {on: -2, off: -3, name: b, output: q}\n");
  g_autoptr (LstmConfig) one =
      config_of ("version: 1\npost: {alarm: [{on: 1}]}\n");
  const LstmConfigPost *post = lstm_config_get_post (config);

  g_assert_cmpuint (post->average, ==, 0);
  g_assert_cmpfloat (post->average_time, ==, 2.5);
  g_assert_cmpuint (post->n_alarms, ==, 2);
  g_assert_cmpstr (post->alarms[0].name, ==, "a");
  g_assert_null (post->alarms[0].output);
  g_assert_cmpfloat (post->alarms[0].on, ==, 1);
  g_assert_true (isnan (post->alarms[0].off));
  g_assert_true (isnan (post->alarms[0].min_duration));
  g_assert_cmpstr (post->alarms[1].name, ==, "b");
  g_assert_cmpstr (post->alarms[1].output, ==, "q");
  g_assert_cmpfloat (post->alarms[1].on, ==, -2);
  g_assert_cmpfloat (post->alarms[1].off, ==, -3);
  post = lstm_config_get_post (one);
  g_assert_cmpuint (post->n_alarms, ==, 1);
  g_assert_null (post->alarms[0].name);
}

static void
test_threads (void)
{
  static const gint counts[] = { 0, 1, 2, 256 };
  g_autoptr (LstmConfig) silent = config_of ("version: 1");

  g_assert_cmpint (lstm_config_get_threads (silent), ==, -1);
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    g_autofree gchar *yaml =
        g_strdup_printf ("{version: 1, threads: %d}", counts[i]);
    g_autoptr (LstmConfig) config = config_of (yaml);

    g_assert_cmpint (lstm_config_get_threads (config), ==, counts[i]);
  }
}

static void
test_times (void)
{
  static const gchar *const units[] = { "s", "ms", "us", "ns", "iso8601",
    NULL };
  g_autoptr (LstmConfig) bare = config_of ("version: 1\ntime: 3\n");

  g_assert_cmpstr (lstm_config_get_time (bare), ==, "3");
  g_assert_null (lstm_config_get_time_unit (bare));
  for (guint i = 0; units[i]; i++) {
    g_autofree gchar *yaml =
        g_strdup_printf ("{version: 1, time: {unit: %s, column: t}}", units[i]);
    g_autoptr (LstmConfig) config = config_of (yaml);

    g_assert_cmpstr (lstm_config_get_time (config), ==, "t");
    g_assert_cmpstr (lstm_config_get_time_unit (config), ==, units[i]);
  }
}

static void
test_absolute_model (void)
{
  g_autoptr (LstmConfig) config =
      config_of ("version: 1\nmodel: /data/net.h5\n");

  g_assert_cmpstr (lstm_config_get_model (config), ==, "/data/net.h5");
}

static void
test_references (void)
{
  LstmConfig *config = config_of (everything);

  g_assert_true (lstm_config_ref (config) == config);
  lstm_config_unref (config);
  g_assert_cmpstr (lstm_config_get_key (config), ==, "id");
  lstm_config_unref (config);
}

static void
assert_scaling (
    const gchar *yaml, guint n, const gdouble *offset, const gdouble *divisor)
{
  g_autoptr (LstmConfig) config = config_of (yaml);
  const LstmScaling *scaling = lstm_config_get_scaling (config);

  g_assert_nonnull (scaling);
  g_assert_cmpmem (scaling->offset, scaling->n_features * sizeof (gdouble),
      offset, n * sizeof (gdouble));
  g_assert_cmpmem (scaling->divisor, scaling->n_features * sizeof (gdouble),
      divisor, n * sizeof (gdouble));
}

static void
test_scaling_without_features (void)
{
  static const gdouble offset[] = { 0.1, -2.0 };
  static const gdouble divisor[] = { 0.7 - 0.1, 4.0 };

  assert_scaling ("version: 1\n"
                  "scaling: {min-max: {min: [0.1, -2], max: [.7, 2.]}}\n",
      2, offset, divisor);
}

static void
test_scaling_file_by_name (void)
{
  static const gdouble offset[] = { 3.0, 1.0, 2.0 };
  static const gdouble divisor[] = { 27.0, 9.0, 1.0 };

  fixture_write ("named.json",
      "{\n\t\"features\": [\"a\", \"b\", \"c\"],\n"
      "\t\"min\": [1, 2.0, 3],\n\t\"max\": [10, 2e0, 30]\n}\n",
      -1);
  assert_scaling ("version: 1\n"
                  "features: [c, a, b]\n"
                  "scaling: {min-max: {file: named.json}}\n",
      3, offset, divisor);
}

static void
test_scaling_file_by_place (void)
{
  static const gdouble offset[] = { 1.0, 2.0, 3.0 };
  static const gdouble divisor[] = { 4.5, 0.5, 13.5 };

  fixture_write ("unnamed.json",
      "{\"min\":[0,1,2],\"max\":[9,1,29],\"features\":[1,2,3]}", -1);
  assert_scaling ("version: 1\n"
                  "scaling: {min-max: {file: unnamed.json, range: [-2, 0]}}\n",
      3, (const gdouble[]){ 9.0, 2.0, 29.0 }, divisor);
  fixture_write ("unnamed.json", "{\"min\":[1,2,3],\"max\":[10,3,30]}", -1);
  assert_scaling ("version: 1\n"
                  "features: [c, a, b]\n"
                  "scaling: {min-max: {file: unnamed.json}}\n",
      3, offset, (const gdouble[]){ 9.0, 1.0, 27.0 });
}

/* JSON's escapes, as Python's json.dump() writes what is not ASCII. */
static void
test_scaling_file_escapes (void)
{
  static const gdouble offset[] = { 2.0, 1.0 };
  static const gdouble divisor[] = { 2.0, 1.0 };

  fixture_write ("escapes.json",
      "{\"features\": [\"a\\/b\\\\ud83d\", \"W\\u00e4rme \\ud83d\\ude00\"], "
      "\"min\": [1, 2], \"max\": [2, 4]}",
      -1);
  assert_scaling (
      "version: 1\n"
      "features: [\"W\xc3\xa4rme \xf0\x9f\x98\x80\", 'a/b\\ud83d']\n"
      "scaling: {min-max: {file: escapes.json}}\n",
      2, offset, divisor);
}

/* The scaler that was published with the turbofan model; setting3 is constant.
 */
static void
test_scaling_turbofan (void)
{
  const gchar *pipelines = g_getenv ("LSTM_TEST_PIPELINES");
  g_autofree gchar *file = NULL;
  g_autofree gchar *yaml = NULL;
  g_autoptr (LstmConfig) config = NULL;
  const LstmScaling *scaling;

  g_assert_nonnull (pipelines);
  file = g_build_filename (pipelines, "turbofan", "scaler.json", NULL);
  yaml =
      g_strdup_printf ("{version: 1, scaling: {min-max: {file: '%s'}}}", file);
  config = config_of (yaml);
  scaling = lstm_config_get_scaling (config);
  g_assert_cmpuint (scaling->n_features, ==, 25);
  g_assert_cmpfloat (scaling->offset[0], ==, -0.0087);
  g_assert_cmpfloat (scaling->divisor[0], ==, 0.0087 - -0.0087);
  g_assert_cmpfloat (scaling->offset[2], ==, 100.0);
  g_assert_cmpfloat (scaling->divisor[2], ==, 1.0);
  g_assert_cmpfloat (scaling->offset[3], ==, 1.0);
  g_assert_cmpfloat (scaling->divisor[3], ==, 361.0);
}

static void
test_load_file (void)
{
  g_autofree gchar *path = fixture_path ("load.yaml");
  g_autofree gchar *model = fixture_path ("net.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = NULL;

  fixture_write ("load.yaml", "version: 1\nmodel: net.h5\n", -1);
  config = lstm_config_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lstm_config_get_path (config), ==, path);
  g_assert_cmpstr (lstm_config_get_model (config), ==, model);
}

static void
test_many_features (void)
{
  g_autoptr (GString) yaml = g_string_new ("version: 1\nfeatures:\n");
  g_autoptr (LstmConfig) config = NULL;

  for (guint i = 0; i < 65536; i++)
    g_string_append_printf (yaml, "  - a feature's name %u\n", i);
  g_string_append (yaml, "scaling:\n  min-max:\n    min:\n");
  for (guint i = 0; i < 65536; i++)
    g_string_append_printf (yaml, "    - -%u.0123456789012345\n", i);
  g_string_append (yaml, "    max:\n");
  for (guint i = 0; i < 65536; i++)
    g_string_append_printf (yaml, "    - %u.0123456789012345\n", i);
  config = config_of (yaml->str);
  g_assert_cmpuint (lstm_config_get_scaling (config)->n_features, ==, 65536);
  g_assert_cmpstr (
      lstm_config_get_features (config)[65535], ==, "a feature's name 65535");
}

/* Sets the numeric locale to the one with a decimal comma that the build makes.
 */
static void
set_comma_locale (void)
{
  gchar digits[16];

  g_setenv ("LOCPATH", g_getenv ("LSTM_TEST_LOCALE"), TRUE);
  g_assert_nonnull (setlocale (LC_NUMERIC, "xx_XX"));
  g_snprintf (digits, sizeof digits, "%.1f", 0.5);
  g_assert_cmpstr (digits, ==, "0,5");
}

static void
test_decimal_comma_locale (void)
{
  static const gdouble offset[] = { 0.25 };
  static const gdouble divisor[] = { 0.5 };

  set_comma_locale ();
  assert_scaling (
      "version: 1\nscaling: {min-max: {min: [0.25], max: [0.75]}}\n", 1, offset,
      divisor);
  setlocale (LC_NUMERIC, "C");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  g_test_add_func ("/config/everything", test_everything);
  g_test_add_func ("/config/nothing-but-version", test_nothing_but_version);
  g_test_add_func ("/config/empty-lists", test_empty_lists);
  g_test_add_func ("/config/yaml-1.1-words", test_yaml_1_1_words);
  g_test_add_func ("/config/block-style", test_block_style);
  g_test_add_func ("/config/crlf-and-bom", test_crlf_and_bom);
  g_test_add_func ("/config/modes", test_modes);
  g_test_add_func ("/config/precisions", test_precisions);
  g_test_add_func ("/config/post", test_post);
  g_test_add_func ("/config/post-of-several", test_post_of_several);
  g_test_add_func ("/config/threads", test_threads);
  g_test_add_func ("/config/times", test_times);
  g_test_add_func ("/config/absolute-model", test_absolute_model);
  g_test_add_func ("/config/references", test_references);
  g_test_add_func (
      "/config/scaling/without-features", test_scaling_without_features);
  g_test_add_func ("/config/scaling/file-by-name", test_scaling_file_by_name);
  g_test_add_func ("/config/scaling/file-by-place", test_scaling_file_by_place);
  g_test_add_func ("/config/scaling/file-escapes", test_scaling_file_escapes);
  g_test_add_func ("/config/scaling/turbofan", test_scaling_turbofan);
  g_test_add_func ("/config/load-file", test_load_file);
  g_test_add_func ("/config/many-features", test_many_features);
  g_test_add_func ("/config/decimal-comma-locale", test_decimal_comma_locale);
  result = g_test_run ();
  fixture_close ();
  return result;
}
