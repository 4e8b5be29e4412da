/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property precision and the line of the YAML file: the numbers that the
 * library gives at that precision, and not those of another. */

#include "lstm-reference.h"

#include <string.h>

#define FEATURES 5
#define UNITS 6
#define N_FRAMES 12

/* What the library gives for frames of MODEL_FRAMES. */
static void
expect_output (LstmPrecision precision, const gfloat *x, gfloat *y)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (LstmPlan) plan =
      lstm_plan_new (model, &(LstmPlanOptions){ .precision = precision }, NULL);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);

  lstm_context_process (context, &stream, 1, N_FRAMES,
      &(LstmInput){ x, 0, FEATURES }, &(LstmOutput){ y, 0, UNITS });
}

static void
assert_precision (GstElement *element, LstmPrecision expected)
{
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autofree gfloat *x = reference_input (1, N_FRAMES * FEATURES);
  gfloat y[N_FRAMES * UNITS];
  GstStructure *stats;

  expect_output (expected, x, y);
  lstm_test_set_format (test, FALSE, FEATURES, 10);
  element_test_push_buffer (test, x, 5 * FEATURES * sizeof *x);
  element_test_push_buffer (
      test, x + 5 * FEATURES, (N_FRAMES - 5) * FEATURES * sizeof *x);
  lstm_test_assert_output (test, y, N_FRAMES * UNITS);
  g_object_get (element, "stats", &stats, NULL);
  fail_unless_equals_string (gst_structure_get_string (stats, "precision"),
      lstm_precision_get_name (expected));
  gst_structure_free (stats);
}

static GstElement *
make (const gchar *property, const gchar *path, gint precision)
{
  GstElement *element = element_test_make ("lstm", property, path, NULL);

  if (precision >= 0)
    gst_util_set_object_arg (G_OBJECT (element), "precision",
        lstm_precision_get_name ((LstmPrecision) precision));
  return element;
}

START_TEST (test_property)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  gfloat y[3][N_FRAMES * UNITS];
  g_autofree gfloat *x = reference_input (1, N_FRAMES * FEATURES);

  assert_precision (make ("model", model, -1), LSTM_PRECISION_F32);
  for (guint p = 0; p < 3; p++) {
    assert_precision (make ("model", model, p), (LstmPrecision) p);
    expect_output ((LstmPrecision) p, x, y[p]);
  }
  fail_if (memcmp (y[0], y[1], sizeof y[0]) == 0);
  fail_if (memcmp (y[1], y[2], sizeof y[0]) == 0);
}
END_TEST

START_TEST (test_yaml)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *text =
      g_strdup_printf ("version: 1\nmodel: %s\nprecision: int8\n", model);
  gchar *config = element_test_write_file ("c.yaml", text);

  assert_precision (make ("config", config, -1), LSTM_PRECISION_INT8);
  /* A property that is set wins, the default too. */
  assert_precision (
      make ("config", config, LSTM_PRECISION_BF16), LSTM_PRECISION_BF16);
  assert_precision (
      make ("config", config, LSTM_PRECISION_F32), LSTM_PRECISION_F32);
  element_test_remove_file (config);
}
END_TEST

/* It is refused while the element runs. */
START_TEST (test_running)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, FEATURES, 10, "precision", "bf16", NULL);
  g_autofree gfloat *x = reference_input (1, N_FRAMES * FEATURES);
  gfloat y[N_FRAMES * UNITS];

  expect_output (LSTM_PRECISION_BF16, x, y);
  gst_util_set_object_arg (G_OBJECT (test->element), "precision", "int8");
  element_test_push_buffer (test, x, N_FRAMES * FEATURES * sizeof *x);
  lstm_test_assert_output (test, y, N_FRAMES * UNITS);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_property);
  tcase_add_test (tests, test_yaml);
  tcase_add_test (tests, test_running);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-precision", add_tests);
}
