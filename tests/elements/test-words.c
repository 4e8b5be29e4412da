/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elements say to each other: keys, layouts, kept rows, caps. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "gstlstmlayout.h"
#include "gstlstmoutputname.h"
#include "gstlstmrows.h"

START_TEST (test_key_caps)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new ("pump 7");
  g_autoptr (GstCaps) expected =
      gst_caps_from_string ("timestamp/x-lstm, key=(string)\"pump 7\"");

  fail_unless (gst_caps_is_equal (caps, expected));
}
END_TEST

/* References that look like keys and are none. */
START_TEST (test_other_references_are_skipped)
{
  static const gchar *const others[] = { "timestamp/x-unix, key=(string)a",
    "timestamp/x-lstm", "timestamp/x-lstm, key=(int)7", "EMPTY", "ANY" };
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GstCaps) key_caps = gst_lstm_key_caps_new ("k");
  GstCaps *found = NULL;
  const gchar *key = NULL;
  guint64 frame = 77;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (others[i]);

    gst_buffer_add_reference_timestamp_meta (
        buffer, caps, i, GST_CLOCK_TIME_NONE);
  }
  fail_if (gst_buffer_get_lstm_key (buffer, &found, &key, &frame));
  fail_unless (found == NULL && key == NULL);
  fail_unless_equals_uint64 (frame, 77);
  gst_buffer_add_lstm_key_meta (buffer, key_caps, G_GUINT64_CONSTANT (1) << 40);
  fail_unless (gst_buffer_get_lstm_key (buffer, &found, &key, &frame));
  fail_unless (found == key_caps);
  fail_unless_equals_string (key, "k");
  fail_unless_equals_uint64 (frame, G_GUINT64_CONSTANT (1) << 40);
  gst_buffer_add_lstm_key_meta (buffer, key_caps, 0);
  fail_unless_equals_int (
      gst_buffer_get_n_meta (buffer, GST_REFERENCE_TIMESTAMP_META_API_TYPE),
      G_N_ELEMENTS (others) + 1);
}
END_TEST

/* What applications call, with a string and no caps of their own. */
START_TEST (test_key_by_string)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new ("pump \"7\", b");
  GstCaps *found;
  const gchar *key;
  guint64 frame;

  gst_buffer_add_lstm_key (buffer, "old", 1);
  gst_buffer_add_lstm_key (buffer, "pump \"7\", b", 1 + (guint64) G_MAXUINT32);
  fail_unless (gst_buffer_get_lstm_key (buffer, &found, &key, &frame));
  fail_unless (gst_caps_is_equal (found, caps));
  fail_unless_equals_string (key, "pump \"7\", b");
  fail_unless_equals_uint64 (frame, 1 + (guint64) G_MAXUINT32);
  fail_unless_equals_int (
      gst_buffer_get_n_meta (buffer, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 1);
}
END_TEST

/* Keys that caps cannot hold are refused, and the buffer keeps its own. */
START_TEST (test_bad_key_by_string)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  const gchar *key;

  gst_buffer_add_lstm_key (buffer, "own", 1);
  element_test_expect_criticals (2);
  gst_buffer_add_lstm_key (buffer, NULL, 2);
  gst_buffer_add_lstm_key (buffer, "\xff", 2);
  element_test_assert_criticals ();
  fail_unless (gst_buffer_get_lstm_key (buffer, NULL, &key, NULL));
  fail_unless_equals_string (key, "own");
}
END_TEST

START_TEST (test_layout)
{
  static const gchar *const features[] = { "a", "b, c", NULL };
  static const gchar *const keep[] = { "cycle", NULL };
  g_autoptr (GstEvent) event = gst_lstm_layout_event_new (features, "id", keep);
  g_auto (GStrv) features_back = NULL, keep_back = NULL;
  g_autofree gchar *key = NULL;

  fail_unless (GST_EVENT_IS_STICKY (event));
  fail_unless (GST_EVENT_IS_DOWNSTREAM (event));
  fail_unless (
      gst_lstm_layout_event_parse (event, &features_back, &key, &keep_back));
  fail_unless (g_strv_equal (features, (const gchar *const *) features_back));
  fail_unless_equals_string (key, "id");
  fail_unless (g_strv_equal (keep, (const gchar *const *) keep_back));
}
END_TEST

START_TEST (test_layout_of_features_alone)
{
  static const gchar *const features[] = { "a", NULL };
  g_autoptr (GstEvent) event = gst_lstm_layout_event_new (features, NULL, NULL);
  g_auto (GStrv) features_back = NULL, keep_back = NULL;
  g_autofree gchar *key = NULL;

  fail_unless (
      gst_lstm_layout_event_parse (event, &features_back, &key, &keep_back));
  fail_unless (key == NULL);
  fail_unless_equals_int (g_strv_length (keep_back), 0);
}
END_TEST

START_TEST (test_other_events_are_no_layout)
{
  static const gchar *const others[] = { "other, features=<a>", "lstm-layout",
    "lstm-layout, features=a", "lstm-layout, features=<(int)1>",
    "lstm-layout, features=<a>, keep=b" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GstEvent) event =
        gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
            gst_structure_from_string (others[i], NULL));
    gchar **features = NULL, **keep = NULL, *key = NULL;

    fail_if (gst_lstm_layout_event_parse (event, &features, &key, &keep), "%s",
        others[i]);
    fail_unless (features == NULL && key == NULL && keep == NULL);
  }
}
END_TEST

static const gchar *const cells[] = { "a", "1", "b", "", "c", "3" };

START_TEST (test_rows)
{
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (3, 2, cells);

  fail_unless_equals_int (gst_lstm_rows_get_n_rows (rows), 3);
  fail_unless_equals_int (gst_lstm_rows_get_n_columns (rows), 2);
  fail_unless_equals_string (gst_lstm_rows_get (rows, 0, 1), "1");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 1, 1), "");
  fail_unless_equals_string (gst_lstm_rows_get (rows, 2, 0), "c");
  fail_if (gst_lstm_rows_get (rows, 0, 0) == cells[0]);
}
END_TEST

/* Selected rows share the text, and outlive the rows they are of. */
START_TEST (test_rows_select)
{
  static const guint indices[] = { 2, 0, 2 };
  GstLstmRows *rows = gst_lstm_rows_new (3, 2, cells);
  g_autoptr (GstLstmRows) selected = gst_lstm_rows_select (rows, indices, 3);
  g_autoptr (GstLstmRows) none = gst_lstm_rows_select (rows, NULL, 0);
  g_autoptr (GstLstmRows) again = NULL;

  fail_unless (
      gst_lstm_rows_get (selected, 0, 0) == gst_lstm_rows_get (rows, 2, 0));
  gst_lstm_rows_unref (rows);
  fail_unless_equals_int (gst_lstm_rows_get_n_rows (none), 0);
  fail_unless_equals_string (gst_lstm_rows_get (selected, 0, 1), "3");
  fail_unless_equals_string (gst_lstm_rows_get (selected, 1, 0), "a");
  fail_unless_equals_string (gst_lstm_rows_get (selected, 2, 0), "c");
  again = gst_lstm_rows_select (selected, indices + 1, 1);
  fail_unless_equals_string (gst_lstm_rows_get (again, 0, 0), "c");
}
END_TEST

START_TEST (test_rows_bounds)
{
  static const guint indices[] = { 3 };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (3, 2, cells);

  element_test_expect_criticals (3);
  fail_unless (gst_lstm_rows_get (rows, 3, 0) == NULL);
  fail_unless (gst_lstm_rows_get (rows, 0, 2) == NULL);
  fail_unless (gst_lstm_rows_select (rows, indices, 1) == NULL);
  element_test_assert_criticals ();
}
END_TEST

START_TEST (test_rows_on_buffers)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_allocate (NULL, 24, NULL);
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (3, 2, cells);
  g_autoptr (GstLstmRows) other = gst_lstm_rows_new (3, 2, cells);
  g_autoptr (GstBuffer) copy = NULL;
  g_autoptr (GstBuffer) part = NULL;

  fail_unless (gst_buffer_get_lstm_rows (buffer) == NULL);
  gst_buffer_add_lstm_rows (buffer, other);
  gst_buffer_add_lstm_rows (buffer, rows);
  fail_unless (gst_buffer_get_lstm_rows (buffer) == rows);
  copy = gst_buffer_copy (buffer);
  fail_unless (gst_buffer_get_lstm_rows (copy) == rows);
  part = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_ALL, 8, 8);
  fail_unless (gst_buffer_get_lstm_rows (part) == NULL);
}
END_TEST

START_TEST (test_audio_caps)
{
  static const struct {
    guint channels;
    const gchar *caps;
  } cases[] = {
    { 1, "audio/x-raw, format=" GST_AUDIO_NE (F32) ", layout=interleaved, "
                                                   "channels=1, rate=5" },
    { 2, "audio/x-raw, format=" GST_AUDIO_NE (F32) ", layout=interleaved, "
                                                   "channels=2, rate=5" },
    { 3, "audio/x-raw, format=" GST_AUDIO_NE (
             F32) ", layout=interleaved, "
                  "channels=3, rate=5, channel-mask=(bitmask)0" },
    { 700, "audio/x-raw, format=" GST_AUDIO_NE (
               F32) ", layout=interleaved, "
                    "channels=700, rate=5, channel-mask=(bitmask)0" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstCaps) caps =
        gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, cases[i].channels, 5);
    g_autoptr (GstCaps) expected = gst_caps_from_string (cases[i].caps);
    GstLstmAudio audio;

    fail_unless (gst_caps_is_strictly_equal (caps, expected));
    fail_unless (gst_lstm_audio_from_caps (&audio, caps));
    fail_unless_equals_int (audio.format, GST_AUDIO_FORMAT_F32);
    fail_unless_equals_int (audio.channels, cases[i].channels);
    fail_unless_equals_int (audio.rate, 5);
    fail_unless_equals_uint64 (audio.frame_size, 4 * cases[i].channels);
  }
}
END_TEST

START_TEST (test_bad_audio_caps)
{
  static const gchar *const others[] = { "ANY", "EMPTY", "text/csv",
    "audio/x-raw, channels=2, rate=5",
    "audio/x-raw, format=F32LE, channels=[1, 2], rate=5",
    "audio/x-raw, format=F32LE, channels=0, rate=5",
    "audio/x-raw, format=F32LE, channels=-1, rate=5",
    "audio/x-raw, format=F32LE, channels=2, rate=0",
    "audio/x-raw, format=ENCODED, channels=2, rate=5",
    "audio/x-raw, format=F31LE, channels=2, rate=5" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (others[i]);
    GstLstmAudio audio;

    fail_if (gst_lstm_audio_from_caps (&audio, caps), "%s", others[i]);
  }
}
END_TEST

/* ---- names of outputs ---- */

typedef struct {
  const gchar *text;
  gint number; /* -1: none, or several */
} Named;

static const Named named[] = {
  { "lstm_1", 0 },
  { "a/b", 1 },
  { "a:b", 2 },
  { "a_b", -1 },
  { "couche_\xc3\xa9", 3 },
  { "couche__", 3 },
  { "x_y", 5 },
  { "x y", 4 },
  { "", -1 },
  { "lstm", -1 },
  { "LSTM_1", -1 },
};

START_TEST (test_output_names)
{
  static const gchar *const names[] = { "lstm_1", "a/b", "a:b",
    "couche_\xc3\xa9", "x y", "x_y", NULL };
  guint number = 99;
  gboolean found = gst_lstm_output_name_find (names, named[_i].text, &number);

  fail_unless_equals_int (found, named[_i].number >= 0);
  if (found)
    fail_unless_equals_int (number, named[_i].number);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_key_caps);
  tcase_add_test (tests, test_other_references_are_skipped);
  tcase_add_test (tests, test_key_by_string);
  tcase_add_test (tests, test_bad_key_by_string);
  tcase_add_test (tests, test_layout);
  tcase_add_test (tests, test_layout_of_features_alone);
  tcase_add_test (tests, test_other_events_are_no_layout);
  tcase_add_test (tests, test_rows);
  tcase_add_test (tests, test_rows_select);
  tcase_add_test (tests, test_rows_bounds);
  tcase_add_test (tests, test_rows_on_buffers);
  tcase_add_test (tests, test_audio_caps);
  tcase_add_test (tests, test_bad_audio_caps);
  tcase_add_loop_test (tests, test_output_names, 0, (int) G_N_ELEMENTS (named));
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "words", add_tests);
}
