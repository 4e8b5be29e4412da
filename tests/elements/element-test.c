/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "element-test.h"

#include <gst/lstm/lstm.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "gstlstmaudio.h"
#include "gstlstmrows.h"

static guint n_criticals_expected;

/* libgstcheck watches GStreamer's and GLib's domains; this one is ours. */
static void
on_log (const gchar *domain, GLogLevelFlags level, const gchar *message,
    gpointer user_data)
{
  if ((level & G_LOG_LEVEL_CRITICAL) != 0 && n_criticals_expected > 0)
    n_criticals_expected--;
  else if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    fail ("unexpected: %s", message);
}

void
element_test_expect_criticals (guint n)
{
  n_criticals_expected = n;
}

void
element_test_assert_criticals (void)
{
  fail_unless_equals_int (n_criticals_expected, 0);
}

int
element_test_main (int argc, char **argv, const gchar *name, ElementTestAdd add)
{
  Suite *suite;
  TCase *tests;
  SRunner *runner;
  int n_failed;

  gst_check_init (&argc, &argv);
  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MASK, on_log, NULL);
  suite = suite_create (name);
  tests = tcase_create (name);
  suite_add_tcase (suite, tests);
  add (tests);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? 0 : 1;
}

/* gst_util_set_object_arg() would take quotes in a string away. */
static void
set_property (GstElement *element, const gchar *name, const gchar *value)
{
  GParamSpec *spec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);

  fail_unless (spec != NULL, "no property %s", name);
  if (spec->value_type == G_TYPE_STRING)
    g_object_set (element, name, value, NULL);
  else
    gst_util_set_object_arg (G_OBJECT (element), name, value);
}

GstElement *
element_test_make (const gchar *factory, ...)
{
  GstElement *element = gst_element_factory_make (factory, NULL);
  const gchar *name;
  va_list args;

  fail_unless (element != NULL, "no element %s", factory);
  gst_object_ref_sink (element);
  va_start (args, factory);
  while ((name = va_arg (args, const gchar *)) != NULL)
    set_property (element, name, va_arg (args, const gchar *));
  va_end (args);
  return element;
}

ElementTest *
element_test_new (GstElement *element)
{
  ElementTest *test = g_new0 (ElementTest, 1);

  test->element = element;
  test->bus = gst_bus_new ();
  gst_element_set_bus (element, test->bus);
  test->harness = gst_harness_new_with_element (element, "sink", "src");
  return test;
}

void
element_test_free (ElementTest *test)
{
  gst_harness_teardown (test->harness);
  gst_element_set_bus (test->element, NULL);
  gst_bus_set_flushing (test->bus, TRUE);
  gst_object_unref (test->bus);
  ASSERT_OBJECT_REFCOUNT (test->element, "element", 1);
  gst_object_unref (test->element);
  g_free (test);
}

/* One buffer, which may be empty. */
GstFlowReturn
element_test_push_buffer (ElementTest *test, const void *data, gsize size)
{
  return gst_harness_push (test->harness,
      size > 0 ? gst_buffer_new_memdup (data, size) : gst_buffer_new ());
}

/* The bytes in buffers of @chunk bytes, until one is refused. */
GstFlowReturn
element_test_push (ElementTest *test, const void *data, gsize size, gsize chunk)
{
  const guint8 *bytes = data;
  GstFlowReturn flow = GST_FLOW_OK;

  while (size > 0 && flow == GST_FLOW_OK) {
    gsize n = MIN (size, chunk);

    flow = element_test_push_buffer (test, bytes, n);
    bytes += n;
    size -= n;
  }
  return flow;
}

GstFlowReturn
element_test_push_text (ElementTest *test, const gchar *text)
{
  return element_test_push (test, text, strlen (text), G_MAXSIZE);
}

/* What filesrc sends first: no CAPS, and a SEGMENT in bytes. */
void
element_test_start_text (ElementTest *test)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("text"));
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
}

gboolean
element_test_push_eos (ElementTest *test)
{
  return gst_harness_push_event (test->harness, gst_event_new_eos ());
}

static void
describe_frame (GString *text, const GstLstmAudio *audio, const guint8 *frame)
{
  gint i;

  for (i = 0; i < audio->channels; i++) {
    gchar digits[G_ASCII_DTOSTR_BUF_SIZE];
    gfloat narrow;
    gdouble value;

    if (audio->format == GST_AUDIO_FORMAT_F64) {
      memcpy (&value, frame + (gsize) i * sizeof (value), sizeof (value));
    } else {
      memcpy (&narrow, frame + (gsize) i * sizeof (narrow), sizeof (narrow));
      value = (gdouble) narrow;
    }
    g_string_append_printf (
        text, " %s", g_ascii_formatd (digits, sizeof (digits), "%.9g", value));
  }
  g_string_append_c (text, '\n');
}

static void
describe_kept (GString *text, GstLstmRows *rows, guint row)
{
  guint i;

  for (i = 0; i < gst_lstm_rows_get_n_columns (rows); i++)
    g_string_append_printf (text, "|%s", gst_lstm_rows_get (rows, row, i));
}

static void
describe_buffer (GString *text, const GstLstmAudio *audio, GstBuffer *buffer)
{
  GstLstmRows *rows = gst_buffer_get_lstm_rows (buffer);
  guint64 start = GST_BUFFER_OFFSET (buffer);
  guint64 frame = start;
  const gchar *key = "-";
  GstMapInfo map;
  gsize i, n;

  gst_buffer_get_lstm_key (buffer, NULL, &key, &frame);
  fail_unless_equals_uint64 (frame, start);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  n = map.size / audio->frame_size;
  fail_unless_equals_uint64 (n * audio->frame_size, map.size);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET_END (buffer), start + n);
  if (rows != NULL)
    fail_unless_equals_uint64 (gst_lstm_rows_get_n_rows (rows), n);
  for (i = 0; i < n; i++) {
    g_string_append_printf (text, "%" G_GUINT64_FORMAT " %s", start + i, key);
    if (rows != NULL)
      describe_kept (text, rows, (guint) i);
    g_string_append_c (text, ':');
    describe_frame (text, audio, map.data + i * audio->frame_size);
  }
  gst_buffer_unmap (buffer, &map);
}

static void
check_times (GstBuffer *buffer, gint rate_n, gint rate_d)
{
  guint64 unit = GST_SECOND * (guint64) rate_d;
  guint64 start =
      gst_util_uint64_scale (GST_BUFFER_OFFSET (buffer), unit, rate_n);
  guint64 end =
      gst_util_uint64_scale (GST_BUFFER_OFFSET_END (buffer), unit, rate_n);

  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), start);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), end - start);
}

gchar *
element_test_pull_frames (ElementTest *test, gint rate_n, gint rate_d)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->sinkpad);
  GString *text = g_string_new (NULL);
  GstLstmAudio audio;
  GstBuffer *buffer;

  fail_unless (caps == NULL || gst_lstm_audio_from_caps (&audio, caps));
  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    fail_unless (caps != NULL);
    check_times (buffer, rate_n, rate_d);
    describe_buffer (text, &audio, buffer);
    gst_buffer_unref (buffer);
  }
  return g_string_free (text, FALSE);
}

gchar *
element_test_pull_text (ElementTest *test)
{
  GString *text = g_string_new (NULL);
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    GstMapInfo map;

    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_string_append_len (text, (const gchar *) map.data, (gssize) map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  return g_string_free (text, FALSE);
}

void
element_test_assert_message (
    ElementTest *test, GstMessageType type, GQuark domain, gint code, ...)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (test->bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;
  const gchar *part;
  va_list args;

  fail_unless (message != NULL, "no message on the bus");
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), type);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  fail_unless (g_error_matches (error, domain, code), "%s: %d, not %d: %s",
      g_quark_to_string (error->domain), error->code, code, error->message);
  fail_unless (g_utf8_validate (error->message, -1, NULL));
  va_start (args, code);
  while ((part = va_arg (args, const gchar *)) != NULL)
    fail_unless (strstr (error->message, part) != NULL,
        "'%s' is not in the message: %s", part, error->message);
  va_end (args);
  element_test_assert_silent (test);
}

void
element_test_assert_silent (ElementTest *test)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (test->bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;

  if (message == NULL)
    return;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  fail ("unexpected message: %s", error->message);
}

gchar *
element_test_write_file (const gchar *name, const gchar *text)
{
  g_autofree gchar *folder = g_dir_make_tmp ("element-test-XXXXXX", NULL);
  gchar *path;

  fail_unless (folder != NULL);
  path = g_build_filename (folder, name, NULL);
  fail_unless (g_file_set_contents (path, text, -1, NULL));
  return path;
}

void
element_test_remove_file (gchar *path)
{
  g_autofree gchar *folder = g_path_get_dirname (path);

  fail_unless (g_remove (path) == 0);
  fail_unless (g_rmdir (folder) == 0);
  g_free (path);
}

/* A machine may have no such locale: the build makes one, xx_XX, in the folder
 * that LSTM_TEST_LOCALE names. */
gboolean
element_test_use_comma_locale (void)
{
  const gchar *folder = g_getenv ("LSTM_TEST_LOCALE");
  gchar digits[16];

  if (folder == NULL || !g_setenv ("LOCPATH", folder, TRUE) ||
      setlocale (LC_NUMERIC, "xx_XX") == NULL)
    return FALSE;
  g_snprintf (digits, sizeof (digits), "%.1f", 0.5);
  return strcmp (digits, "0,5") == 0;
}

void
element_test_leave_locale (void)
{
  setlocale (LC_NUMERIC, "C");
}
