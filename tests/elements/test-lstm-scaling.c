/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the YAML file says of features out of range, and of outputs that were
 * scaled when the model was trained. */

#include "lstm-reference.h"

#include <math.h>
#include <string.h>

#define FEATURES 5
#define UNITS 6
#define N_FRAMES 12

/* In the YAML each feature x is scaled to 2 x + 1. */
#define STANDARD                                                               \
  "scaling:\n"                                                                 \
  "  standard: {mean: [-0.5, -0.5, -0.5, -0.5, -0.5], scale: [0.5, 0.5, 0.5, " \
  "0.5, 0.5]}\n"

static ElementTest *
new_with_output (const gchar *text, const gchar *output)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *yaml =
      g_strdup_printf ("version: 1\nmodel: %s\n%s", model, text);
  gchar *path = element_test_write_file ("c.yaml", yaml);
  ElementTest *test = element_test_new (
      element_test_make ("lstm", "config", path, "output", output, NULL));

  lstm_test_set_format (test, FALSE, FEATURES, 10);
  element_test_remove_file (path);
  return test;
}

static ElementTest *
new_with_config (const gchar *text)
{
  return new_with_output (text, "sequence");
}

static guint64
get_outside (ElementTest *test)
{
  GstStructure *stats;
  guint64 n = 0;

  g_object_get (test->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "out-of-range", &n));
  gst_structure_free (stats);
  return n;
}

/* Frames of numbers in [-1, 1], of which two become 5 and -4 when scaled. */
static gfloat *
make_input (void)
{
  gfloat *x = reference_input (3, N_FRAMES * FEATURES);

  x[3 * FEATURES + 1] = 2.0f;
  x[7 * FEATURES + 4] = -2.5f;
  return x;
}

static gfloat *
scaled (const gfloat *x, gfloat low, gfloat high)
{
  gfloat *y = g_new (gfloat, N_FRAMES * FEATURES);

  for (guint i = 0; i < N_FRAMES * FEATURES; i++)
    y[i] = CLAMP ((gfloat) (((gdouble) x[i] + 0.5) / 0.5), low, high);
  return y;
}

static void
push_in_parts (ElementTest *test, const gfloat *x)
{
  element_test_push_buffer (test, x, 5 * FEATURES * sizeof *x);
  element_test_push_buffer (
      test, x + 5 * FEATURES, (N_FRAMES - 5) * FEATURES * sizeof *x);
}

static void
assert_frames (ElementTest *test, const gfloat *scaled)
{
  gsize n;
  g_autofree gfloat *y = reference_output (
      MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, scaled, N_FRAMES, &n);

  lstm_test_assert_output (test, y, n);
}

START_TEST (test_pass)
{
  g_autoptr (ElementTest) test = new_with_config ("mode: frame\n" STANDARD);
  g_autofree gfloat *x = make_input ();
  g_autofree gfloat *y = scaled (x, -INFINITY, INFINITY);

  push_in_parts (test, x);
  assert_frames (test, y);
  fail_unless_equals_uint64 (get_outside (test), 0);
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_clip)
{
  g_autoptr (ElementTest) test = new_with_config (
      "mode: frame\n" STANDARD "  limits: [-3, 3]\n  out-of-range: clip\n");
  g_autofree gfloat *x = make_input ();
  g_autofree gfloat *y = scaled (x, -3, 3);

  fail_unless (y[3 * FEATURES + 1] == 3.0f && y[7 * FEATURES + 4] == -3.0f);
  push_in_parts (test, x);
  assert_frames (test, y);
  fail_unless_equals_uint64 (get_outside (test), 2);
  element_test_assert_silent (test);
}
END_TEST

/* Told of once, by name, and counted; numbers stay. */
START_TEST (test_warn)
{
  g_autoptr (ElementTest) test =
      new_with_config ("mode: frame\nfeatures: [a, b, c, d, e]\n" STANDARD
                       "  limits: [-3, 3]\n  out-of-range: warn\n");
  g_autofree gfloat *x = make_input ();
  g_autofree gfloat *y = scaled (x, -INFINITY, INFINITY);

  push_in_parts (test, x);
  assert_frames (test, y);
  fail_unless_equals_uint64 (get_outside (test), 2);
  element_test_assert_message (test, GST_MESSAGE_WARNING,
      gst_stream_error_quark (), GST_STREAM_ERROR_DECODE,
      "frame 3: feature 'b' is 5 when scaled, expected -3 to 3",
      "out-of-range: warn", NULL);
}
END_TEST

/* Clipping does not make a number of what is none. */
START_TEST (test_clip_keeps_inf)
{
  g_autoptr (ElementTest) test = new_with_config (
      "mode: frame\n" STANDARD "  limits: [-3, 3]\n  out-of-range: clip\n");
  gfloat x[FEATURES] = { 0, 0, _i == 0 ? INFINITY : NAN, 0, 0 };

  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR,
      gst_stream_error_quark (), GST_STREAM_ERROR_DECODE, "frame 0: feature 2",
      "on-nan", NULL);
}
END_TEST

#define OUTPUT_SCALING                                                         \
  "output-scaling:\n"                                                          \
  "  min-max: {min: [0, 1, 2, 3, 4, 5], max: [8, 8, 8, 8, 8, 8]}\n"

/* One frame, several, windows, windows that slide, the last frame only. */
static const struct {
  const gchar *yaml;
  LstmMode mode;
  guint steps, stride;
} outputs[] = {
  { "mode: frame\n", LSTM_MODE_FRAME, 0, 1 },
  { "mode: window\nwindow: {steps: 4}\n", LSTM_MODE_WINDOW, 4, 4 },
  { "mode: window\nwindow: {steps: 4, stride: 1}\n", LSTM_MODE_WINDOW, 4, 1 },
};

START_TEST (test_outputs)
{
  g_autofree gchar *yaml = g_strconcat (outputs[_i].yaml, OUTPUT_SCALING, NULL);
  g_autoptr (ElementTest) test = new_with_config (yaml);
  g_autofree gfloat *x = reference_input (3, N_FRAMES * FEATURES);
  gsize n;
  g_autofree gfloat *y = reference_output (MODEL_FRAMES, outputs[_i].mode,
      outputs[_i].steps, outputs[_i].stride, x, N_FRAMES, &n);

  for (gsize i = 0; i < n; i++) {
    gdouble low = (gdouble) (i % UNITS);

    y[i] = (gfloat) ((gdouble) y[i] * (8.0 - low) + low);
  }
  push_in_parts (test, x);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* The last frame alone, which waits until the end. */
START_TEST (test_final_output)
{
  g_autoptr (ElementTest) test =
      new_with_output ("mode: frame\n" OUTPUT_SCALING, "final");
  g_autofree gfloat *x = reference_input (3, N_FRAMES * FEATURES);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, N_FRAMES, &n);
  gfloat *last = y + n - UNITS;

  push_in_parts (test, x);
  element_test_push_eos (test);
  for (guint i = 0; i < UNITS; i++)
    last[i] = (gfloat) ((gdouble) last[i] * (8.0 - i) + i);
  lstm_test_assert_output (test, last, UNITS);
}
END_TEST

START_TEST (test_wrong_count)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *yaml = g_strdup_printf (
      "version: 1\nmodel: %s\noutput-scaling: {standard: {mean: [1, 2]}}\n",
      model);
  gchar *path = element_test_write_file ("c.yaml", yaml);
  GstElement *element = element_test_make ("lstm", "config", path, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      strstr (error->message, "output-scaling has numbers for 2 "
                              "outputs, but the model gives 6") != NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
  element_test_remove_file (path);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_pass);
  tcase_add_test (tests, test_clip);
  tcase_add_test (tests, test_warn);
  tcase_add_loop_test (tests, test_clip_keeps_inf, 0, 2);
  tcase_add_loop_test (tests, test_outputs, 0, (int) G_N_ELEMENTS (outputs));
  tcase_add_test (tests, test_final_output);
  tcase_add_test (tests, test_wrong_count);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-scaling", add_tests);
}
