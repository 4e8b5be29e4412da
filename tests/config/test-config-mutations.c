/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include <lstm/config.h>
#include <lstm/error.h>

#include "fixture.h"

static const gchar config_text[] =
    "version: 1\n"
    "model: {file: net.h5, keras: 2, allow_nan: true}\n"
    "features: [a, \"b\\u00e4\", 'c']\n"
    "key: id\n"
    "keep:\n"
    "  - cycle\n"
    "scaling:\n"
    "  min-max: {min: [0, 1, -2.5], max: [1, 1, 1e3], range: [0, 1]}\n"
    "mode: window\n"
    "window: {steps: 50, stride: 1}\n"
    "outputs: [p]\n"
    "reset-on: [flush, caps]\n"
    "initial-state: warm.safetensors\n";

static const gchar json_text[] =
    "{\"features\": [\"a\", \"\\ud83d\\ude00\", \"c\"],\n"
    " \"min\": [0, 1, -2.5],\n \"max\": [1, 1, 1e3]}\n";

/* What stands for something in YAML or JSON, and bytes that are no UTF-8. */
static const gchar special[] = "\t\n\r \"'#&*!|>%@`[]{},:?-~\\0.e+\x7f\x80\xff";

typedef void (*CheckFunc) (const gchar *data, gsize length);

/* Either a configuration, or an error that starts with the file's name. */
static void
check_config (const gchar *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = fixture_config (data, length, &error);

  if (config) {
    g_assert_no_error (error);
    return;
  }
  fixture_assert_error (error, LSTM_ERROR_CONFIG, "@/config.yaml:*:*: *");
}

static void
check_json (const gchar *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = NULL;

  fixture_write ("scaler.json", data, length);
  config = fixture_config (
      "version: 1\nscaling: {min-max: {file: scaler.json}}\n", -1, &error);
  if (config) {
    g_assert_no_error (error);
    return;
  }
  fixture_assert_error (error, LSTM_ERROR_CONFIG, "@/*:*:*: *");
}

/* A copy of exactly its length, so that a sanitizer sees one byte beyond. */
static void
check_exact (const gchar *data, gsize length, CheckFunc check)
{
  g_autofree gchar *copy = g_memdup2 (data, length);

  check (copy ? copy : "", length);
}

static void
truncate_everywhere (const gchar *text, CheckFunc check)
{
  for (gsize n = 0; n <= strlen (text); n++)
    check_exact (text, n, check);
}

static void
flip_every_bit (const gchar *text, CheckFunc check)
{
  gsize length = strlen (text);
  g_autofree gchar *data = g_strdup (text);

  for (gsize i = 0; i < length; i++) {
    for (guint bit = 0; bit < 8; bit++) {
      data[i] = text[i] ^ (1 << bit);
      check_exact (data, length, check);
    }
    data[i] = text[i];
  }
}

static void
put_every_special (const gchar *text, CheckFunc check)
{
  gsize length = strlen (text);
  g_autofree gchar *data = g_strdup (text);

  for (gsize i = 0; i < length; i++) {
    for (gsize s = 0; s < sizeof special; s++) {
      data[i] = special[s];
      check_exact (data, length, check);
    }
    data[i] = text[i];
  }
}

/* A few bytes changed at a time, and the rest cut off; the seed is fixed. */
static void
change_at_random (const gchar *text, CheckFunc check)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20210);
  gsize length = strlen (text);

  for (guint round = 0; round < 2000; round++) {
    g_autofree gchar *data = g_strdup (text);
    guint n = g_rand_int_range (rand, 1, 8);

    for (guint i = 0; i < n; i++)
      data[g_rand_int_range (rand, 0, length)] =
          special[g_rand_int_range (rand, 0, sizeof special)];
    check_exact (data, g_rand_int_range (rand, length / 2, length + 1), check);
  }
}

/* The texts are right before they are changed. */
static void
assert_right (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmConfig) config = fixture_config (config_text, -1, &error);
  g_autoptr (LstmConfig) with_file = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (config);
  fixture_write ("scaler.json", json_text, -1);
  with_file = fixture_config (
      "version: 1\nscaling: {min-max: {file: scaler.json}}\n", -1, &error);
  g_assert_no_error (error);
  g_assert_nonnull (with_file);
}

typedef struct {
  const gchar *name;
  const gchar *text;
  CheckFunc check;
  void (*mutate) (const gchar *text, CheckFunc check);
} Mutation;

static const Mutation mutations[] = {
  { "config/truncations", config_text, check_config, truncate_everywhere },
  { "config/bits", config_text, check_config, flip_every_bit },
  { "config/specials", config_text, check_config, put_every_special },
  { "config/random", config_text, check_config, change_at_random },
  { "json/truncations", json_text, check_json, truncate_everywhere },
  { "json/bits", json_text, check_json, flip_every_bit },
  { "json/specials", json_text, check_json, put_every_special },
  { "json/random", json_text, check_json, change_at_random },
};

static void
test_mutation (gconstpointer data)
{
  const Mutation *mutation = data;

  assert_right ();
  mutation->mutate (mutation->text, mutation->check);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  for (guint i = 0; i < G_N_ELEMENTS (mutations); i++) {
    g_autofree gchar *path =
        g_strdup_printf ("/config/mutations/%s", mutations[i].name);

    g_test_add_data_func (path, &mutations[i], test_mutation);
  }
  result = g_test_run ();
  fixture_close ();
  return result;
}
