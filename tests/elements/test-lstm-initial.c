/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: streams that begin with a state of the user's. */

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lstm-reference.h"

#define FRAME (5 * sizeof (gfloat)) /* of MODEL_FRAMES */

static LstmPlan *
new_plan (void)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };

  return lstm_plan_new (model, &options, NULL);
}

/* A safetensors file: slot i filled with (i + 1) / 4, all but the last one. It
 * has @extra numbers more in each. */
static gchar *
write_file (const LstmPlan *plan, guint extra, const gchar *prefix)
{
  g_autoptr (GString) head = g_string_new ("{");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GArray) data = g_array_new (FALSE, FALSE, sizeof (gfloat));
  gchar *path = element_test_write_file ("state.safetensors", "");
  guint64 size;

  for (guint i = 0; i + 1 < lstm_plan_get_n_slots (plan); i++) {
    const LstmSlot *slot = lstm_plan_get_slot (plan, i);
    gsize from = data->len * sizeof (gfloat);
    gfloat value = (gfloat) (i + 1) / 4;

    for (gsize k = 0; k < slot->size + extra; k++)
      g_array_append_val (data, value);
    g_string_append_printf (head,
        "%s\"%s%s\":{\"dtype\":\"F32\",\"shape\":[%zu],\"data_offsets\":[%zu,"
        "%zu]}",
        i > 0 ? "," : "", prefix, slot->name, slot->size + extra, from,
        (gsize) data->len * sizeof (gfloat));
  }
  g_string_append_c (head, '}');
  size = GUINT64_TO_LE (head->len);
  g_byte_array_append (bytes, (const guint8 *) &size, sizeof size);
  g_byte_array_append (bytes, (const guint8 *) head->str, head->len);
  g_byte_array_append (bytes, (const guint8 *) data->data, data->len * 4);
  fail_unless (g_file_set_contents (
      path, (const gchar *) bytes->data, (gssize) bytes->len, NULL));
  return path;
}

/* What the library gives for @n frames from that state. */
static void
expected_output (
    LstmPlan *plan, const gchar *path, const gfloat *x, guint n, gfloat *y)
{
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);

  fail_unless (lstm_stream_load_initial_state (stream, path, NULL));
  lstm_context_process (context, &stream, 1, n, &(LstmInput){ x, 0, 5 },
      &(LstmOutput){ y, 0, 6 });
}

typedef enum { SIGNAL, FLUSH, DISCONT, START, NANS, N_RESETS } Reset;

static void
reset (ElementTest *test, Reset way)
{
  GstHarness *h = test->harness;
  gfloat bad[5] = { 0, 0, NAN, 0, 0 };
  GstBuffer *buffer;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  switch (way) {
    case SIGNAL:
      g_signal_emit_by_name (test->element, "reset-state");
      break;
    case FLUSH:
      gst_harness_push_event (h, gst_event_new_flush_start ());
      gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
      gst_harness_push_event (h, gst_event_new_segment (&segment));
      break;
    case DISCONT:
      buffer = gst_buffer_new ();
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
      gst_harness_push (h, buffer);
      break;
    case START:
      gst_harness_push_event (h, gst_event_new_stream_start ("new"));
      break;
    default:
      element_test_push_buffer (test, bad, FRAME);
      gst_message_unref (gst_bus_pop_filtered (test->bus, GST_MESSAGE_WARNING));
  }
}

/* At the beginning, after every reset, and for every key. */
START_TEST (test_all_begin_with_it)
{
  g_autoptr (LstmPlan) plan = new_plan ();
  gchar *path = write_file (plan, 0, "");
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "on-nan", "reset", NULL);
  g_autofree gfloat *x = reference_input (1, 8 * 5);
  gfloat y[8 * 6], zero[8 * 6];
  gsize n;
  g_autofree gfloat *plain =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 8, &n);

  gst_element_set_state (test->element, GST_STATE_READY);
  g_object_set (test->element, "initial-state", path, NULL);
  gst_element_set_state (test->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps_str (test->harness,
      "audio/x-raw,format=F32LE,layout=interleaved,channels=5,rate=10,"
      "channel-mask=(bitmask)0");
  expected_output (plan, path, x, 8, y);
  memset (zero, 0, sizeof zero);
  fail_if (memcmp (y, plain, sizeof y) == 0 || memcmp (y, zero, 24) == 0);
  element_test_push_buffer (test, x, 8 * FRAME);
  lstm_test_assert_output (test, y, 8 * 6);
  reset (test, _i);
  element_test_push_buffer (test, x, 8 * FRAME);
  lstm_test_assert_output (test, y, 8 * 6);
  lstm_test_push_keyed (test, "a", x, 8 * 5);
  lstm_test_assert_output (test, y, 8 * 6);
  g_signal_emit_by_name (test->element, "reset-key", "a");
  lstm_test_push_keyed (test, "a", x, 8 * 5);
  lstm_test_assert_output (test, y, 8 * 6);
  element_test_remove_file (path);
}
END_TEST

/* The same from YAML, relative to the file. */
START_TEST (test_yaml)
{
  g_autoptr (LstmPlan) plan = new_plan ();
  gchar *path = write_file (plan, 0, "");
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *dir = g_path_get_dirname (path);
  g_autofree gchar *config = g_build_filename (dir, "c.yaml", NULL);
  g_autofree gchar *text = g_strdup_printf (
      "version: 1\nmodel: %s\ninitial-state: state.safetensors\n", model);
  g_autofree gfloat *x = reference_input (1, 8 * 5);
  ElementTest *test;
  gfloat y[8 * 6];

  fail_unless (g_file_set_contents (config, text, -1, NULL));
  expected_output (plan, path, x, 8, y);
  test = element_test_new (element_test_make ("lstm", "config", config, NULL));
  lstm_test_set_format (test, FALSE, 5, 10);
  element_test_push_buffer (test, x, 8 * FRAME);
  lstm_test_assert_output (test, y, 8 * 6);
  element_test_free (test);
  g_unlink (config);
  element_test_remove_file (path);
}
END_TEST

static void
assert_refused (const gchar *path, gint code, const gchar *a, const gchar *b)
{
  g_autofree gchar *model = reference_model_path (MODEL_FRAMES);
  GstElement *element =
      element_test_make ("lstm", "model", model, "initial-state", path, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  gst_message_unref (message);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR, code));
  fail_unless (strstr (error->message, "initial-state") != NULL &&
                   strstr (error->message, a) != NULL &&
                   strstr (error->message, b) != NULL,
      "%s", error->message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}

START_TEST (test_bad_files)
{
  g_autoptr (LstmPlan) plan = new_plan ();
  gchar *wide = write_file (plan, 1, ""), *strange = write_file (plan, 0, "x");
  gchar *text = element_test_write_file ("state.safetensors", "h c");

  assert_refused ("/none/state", GST_RESOURCE_ERROR_OPEN_READ, "/none/state",
      "No such file");
  assert_refused (wide, GST_RESOURCE_ERROR_SETTINGS, "shape", "expected");
  assert_refused (
      strange, GST_RESOURCE_ERROR_SETTINGS, "no state of the model", "it has");
  assert_refused (text, GST_RESOURCE_ERROR_SETTINGS, text, "bytes");
  element_test_remove_file (wide);
  element_test_remove_file (strange);
  element_test_remove_file (text);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_all_begin_with_it, 0, N_RESETS);
  tcase_add_test (tests, test_yaml);
  tcase_add_test (tests, test_bad_files);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-initial", add_tests);
}
