/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a saved state says of where its source had got to, and that it is never
 * ahead of what came out. */

#include <glib/gstdio.h>
#include <gst/lstm/lstm.h>
#include <lstm/lstm.h>

#include "element-test.h"
#include "lstm-reference.h"
#include "reload-test.h"

#define FRAMES 3 /* in a buffer */
#define CHANNELS 5
#define NEVER "3600000000000"

static guint64
get_position (const ElementTest *test)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 position;

  g_object_get (test->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "position", &position));
  return position;
}

/* The buffer of frames from number @at on. */
static GstFlowReturn
push (ElementTest *test, const gchar *key, guint64 at)
{
  g_autofree gfloat *x = reference_input (1, FRAMES * CHANNELS);
  GstBuffer *buffer =
      gst_buffer_new_memdup (x, FRAMES * CHANNELS * sizeof (gfloat));

  GST_BUFFER_OFFSET (buffer) = at;
  GST_BUFFER_OFFSET_END (buffer) = at + FRAMES;
  if (key != NULL)
    gst_buffer_add_lstm_key (buffer, key, at);
  return gst_harness_push (test->harness, buffer);
}

static ElementTest *
start (const gchar *path, const gchar *interval)
{
  return lstm_test_new (MODEL_FRAMES, CHANNELS, 10, "state-file", path,
      "state-interval", interval, "max-streams", "1", NULL);
}

/* The furthest of all keys, whether they are in memory or in the file. */
START_TEST (test_restored)
{
  gchar *path = element_test_write_file ("state", "");
  ElementTest *test;

  g_unlink (path);
  test = start (path, "0");
  fail_unless_equals_uint64 (get_position (test), GST_BUFFER_OFFSET_NONE);
  for (guint i = 0; i < 4; i++)
    push (test, _i ? (const gchar *[]){ "a", "c", "b", "a" }[i] : NULL,
        100 + i * FRAMES);
  fail_unless_equals_uint64 (get_position (test), 100 + 4 * FRAMES);
  g_signal_emit_by_name (test->element, _i ? "reset-key" : "reset-state", "b");
  element_test_free (test);
  test = start (path, "0");
  fail_unless_equals_uint64 (get_position (test), 100 + 4 * FRAMES);
  element_test_free (test);
  element_test_remove_file (path);
}
END_TEST

/* Buffers that do not tell it leave it unknown. */
START_TEST (test_unknown)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, CHANNELS, 10, NULL);

  push (test, NULL, GST_BUFFER_OFFSET_NONE - FRAMES);
  fail_unless_equals_uint64 (get_position (test), GST_BUFFER_OFFSET_NONE);
}
END_TEST

/* ---- what is refused ---- */

static GstPadProbeReturn
refuse (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_ERROR;
  return GST_PAD_PROBE_HANDLED;
}

/* Of the model's states in the file; 2^64 - 1 if there is no file. */
static guint64
saved_position (const gchar *path)
{
  guint64 position;
  ElementTest *test;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return GST_BUFFER_OFFSET_NONE;
  test = start (path, "0");
  position = get_position (test);
  element_test_free (test);
  return position;
}

/* Two buffers, the second one refused, and the end. */
static void
run_refused (const gchar *path, const gchar *interval)
{
  ElementTest *test = start (path, interval);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "src");

  g_usleep (2000);
  fail_unless_equals_int (push (test, NULL, 0), GST_FLOW_OK);
  g_usleep (2000);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, refuse, NULL, NULL);
  fail_unless_equals_int (push (test, NULL, FRAMES), GST_FLOW_ERROR);
  element_test_free (test);
}

START_TEST (test_refused)
{
  static const struct {
    const gchar *interval;
    guint64 position;
  } cases[] = {
    { "1000000", FRAMES },             /* the file keeps what was before */
    { NEVER, GST_BUFFER_OFFSET_NONE }, /* and that may be nothing */
    { "0", 2 * FRAMES }, /* where only the end is saved, all of it is */
  };
  gchar *path = element_test_write_file ("state", "");

  g_unlink (path);
  run_refused (path, cases[_i].interval);
  fail_unless_equals_uint64 (saved_position (path), cases[_i].position);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    fail_unless (g_file_set_contents (path, "", 0, NULL));
  element_test_remove_file (path);
}
END_TEST

/* When outputs are on their way, their state is not in the file yet. */
static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  fail_if (g_file_test (data, G_FILE_TEST_EXISTS));
  return GST_PAD_PROBE_OK;
}

START_TEST (test_order)
{
  gchar *path = element_test_write_file ("state", "");
  ElementTest *test;
  g_autoptr (GstPad) pad = NULL;
  gulong probe;

  g_unlink (path);
  test = start (path, "1");
  pad = gst_element_get_static_pad (test->element, "src");
  g_usleep (2000);
  probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look, path, NULL);
  fail_unless_equals_int (push (test, NULL, 0), GST_FLOW_OK);
  gst_pad_remove_probe (pad, probe);
  for (guint i = 0; !g_file_test (path, G_FILE_TEST_EXISTS); i++) {
    fail_unless (i < 20000, "nothing was saved");
    g_usleep (500);
  }
  element_test_free (test);
  element_test_remove_file (path);
}
END_TEST

/* ---- another model ---- */

/* The file of the old model is of no use to the new one: it is written as soon
 * as outputs of the new one are out. */
START_TEST (test_reload)
{
  gchar *path = element_test_write_file ("state", "");
  g_autofree gchar *model_path = reload_path ("b");
  g_autoptr (LstmModel) model = lstm_model_load (model_path, NULL, NULL);
  gboolean found = FALSE;
  ReloadTest *r;

  g_unlink (path);
  r = reload_test_new ("a", "state-file", path, "state-interval", NEVER, NULL);
  reload_test_push_many (r, "key", 5);
  fail_if (g_file_test (path, G_FILE_TEST_EXISTS));
  reload_test_set (r, "b");
  reload_test_await (r, 1);
  reload_test_push_many (r, "key", 1);
  for (guint i = 0; !found; i++) {
    g_autoptr (LstmStore) store = lstm_store_open (path, NULL);
    g_auto (GStrv) keys = store ? lstm_store_list (store,
                                      lstm_model_get_fingerprint (model), NULL)
                                : NULL;

    fail_unless (i < 20000, "nothing was saved");
    found = keys != NULL && keys[0] != NULL;
    g_usleep (500);
  }
  reload_test_free (r);
  element_test_remove_file (path);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_restored, 0, 2);
  tcase_add_test (tests, test_unknown);
  tcase_add_loop_test (tests, test_refused, 0, 3);
  tcase_add_test (tests, test_order);
  tcase_add_test (tests, test_reload);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-position", add_tests);
}
