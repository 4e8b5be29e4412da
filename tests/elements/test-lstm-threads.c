/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property threads and the line of the YAML file: how many the element has,
 * and that its output is what the library gives without them. */

#include "lstm-reference.h"

#define FEATURES 5
#define UNITS 6
#define N_FRAMES 12

static void
expect_output (const gfloat *x, gfloat *y)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, NULL, NULL);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);

  lstm_context_process (context, &stream, 1, N_FRAMES,
      &(LstmInput){ x, 0, FEATURES }, &(LstmOutput){ y, 0, UNITS });
}

static void
assert_stats (GstElement *element, guint expected)
{
  GstStructure *stats;
  guint threads;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint (stats, "threads", &threads));
  fail_unless_equals_int (threads, expected);
  gst_structure_free (stats);
}

static void
assert_threads (GstElement *element, guint expected)
{
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autofree gfloat *x = reference_input (1, N_FRAMES * FEATURES);
  gfloat y[N_FRAMES * UNITS];

  expect_output (x, y);
  lstm_test_set_format (test, FALSE, FEATURES, 10);
  element_test_push_buffer (test, x, N_FRAMES * FEATURES * sizeof *x);
  lstm_test_assert_output (test, y, N_FRAMES * UNITS);
  assert_stats (element, expected);
}

static GstElement *
make (const gchar *property, const gchar *path, gint threads)
{
  GstElement *element = element_test_make ("lstm", property, path, NULL);

  if (threads >= 0)
    g_object_set (element, "threads", (guint) threads, NULL);
  return element;
}

START_TEST (test_property)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);

  assert_threads (make ("model", model, -1), 1);
  assert_threads (make ("model", model, 1), 1);
  assert_threads (make ("model", model, 2), 2);
  assert_threads (make ("model", model, 8), 8);
  assert_threads (make ("model", model, 0), lstm_pool_count_processors ());
}
END_TEST

START_TEST (test_yaml)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *text =
      g_strdup_printf ("version: 1\nmodel: %s\nthreads: 3\n", model);
  gchar *config = element_test_write_file ("c.yaml", text);

  assert_threads (make ("config", config, -1), 3);
  /* A property that is set wins, the default too. */
  assert_threads (make ("config", config, 1), 1);
  assert_threads (make ("config", config, 2), 2);
  element_test_remove_file (config);
}
END_TEST

/* It is refused while the element runs. */
START_TEST (test_running)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, FEATURES, 10, "threads", "2", NULL);
  guint threads;

  g_object_set (test->element, "threads", 3, NULL);
  g_object_get (test->element, "threads", &threads, NULL);
  fail_unless_equals_int (threads, 2);
  assert_stats (test->element, 2);
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
  return element_test_main (argc, argv, "lstm-threads", add_tests);
}
