/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstmkey: which buffers get which key, and how frames are counted. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "gstlstmrows.h"

static const guint8 zeros[64];

/* Pushes a buffer of @size bytes and says what came out: `KEY@FRAME`. */
static gchar *
push_bytes (ElementTest *test, gsize size)
{
  g_autoptr (GstBuffer) out = NULL;
  const gchar *key;
  guint64 frame;

  fail_unless_equals_int (
      element_test_push_buffer (test, zeros, size), GST_FLOW_OK);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (gst_buffer_get_size (out), size);
  if (!gst_buffer_get_lstm_key (out, NULL, &key, &frame))
    return g_strdup ("none");
  return g_strdup_printf ("%s@%" G_GUINT64_FORMAT, key, frame);
}

static void
assert_push (ElementTest *test, gsize size, const gchar *expected)
{
  g_autofree gchar *found = push_bytes (test, size);

  fail_unless_equals_string (found, expected);
}

static void
set_audio (ElementTest *test, GstAudioFormat format, guint channels)
{
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (format, channels, 1));
}

START_TEST (test_counts_frames)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));

  set_audio (test, GST_AUDIO_FORMAT_F32, 2);
  assert_push (test, 24, "p@0");
  assert_push (test, 8, "p@3");
  assert_push (test, 0, "p@4");
  assert_push (test, 8, "p@4");
}
END_TEST

/* Frames may be cut anywhere: the count is of those that are whole. */
START_TEST (test_counts_cut_frames)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));

  set_audio (test, GST_AUDIO_FORMAT_F32, 2);
  assert_push (test, 5, "p@0");
  assert_push (test, 5, "p@0");
  assert_push (test, 6, "p@1");
  assert_push (test, 8, "p@2");
}
END_TEST

START_TEST (test_counts_wide_frames)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));
  g_autoptr (GstBuffer) out = NULL;
  guint64 frame;

  set_audio (test, GST_AUDIO_FORMAT_F64, 1000);
  gst_harness_push (
      test->harness, gst_buffer_new_allocate (NULL, 3 * 8000, NULL));
  gst_buffer_unref (gst_harness_pull (test->harness));
  gst_harness_push (test->harness, gst_buffer_new_allocate (NULL, 8000, NULL));
  out = gst_harness_pull (test->harness);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, NULL, &frame));
  fail_unless_equals_uint64 (frame, 3);
}
END_TEST

START_TEST (test_counts_buffers)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));

  gst_harness_set_src_caps_str (test->harness, "other/tensors,num_tensors=1");
  assert_push (test, 24, "p@0");
  assert_push (test, 8, "p@1");
  assert_push (test, 0, "p@2");
}
END_TEST

START_TEST (test_count_goes_on_with_new_caps)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));

  set_audio (test, GST_AUDIO_FORMAT_F32, 2);
  assert_push (test, 24, "p@0");
  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  assert_push (test, 8, "p@3");
  assert_push (test, 4, "p@5");
}
END_TEST

START_TEST (test_flush_and_new_stream_count_from_0)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  assert_push (test, 8, "p@0");
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  assert_push (test, 8, "p@0");
  assert_push (test, 8, "p@2");
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("next"));
  assert_push (test, 8, "p@0");
}
END_TEST

START_TEST (test_key_changes_while_playing)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", NULL));

  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  assert_push (test, 4, "none");
  g_object_set (test->element, "key", "p", NULL);
  assert_push (test, 4, "p@1");
  g_object_set (test->element, "key", "", NULL);
  assert_push (test, 4, "@2");
  g_object_set (test->element, "key", "q, r=\"s\" \xe2\x82\xac", NULL);
  assert_push (test, 4, "q, r=\"s\" \xe2\x82\xac@3");
  g_object_set (test->element, "key", NULL, NULL);
  assert_push (test, 4, "none");
}
END_TEST

START_TEST (test_bad_key_is_refused)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));
  g_autofree gchar *key = NULL;

  g_object_set (test->element, "key", "\xff", NULL);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "not UTF-8", "keeps its value", NULL);
  g_object_get (test->element, "key", &key, NULL);
  fail_unless_equals_string (key, "p");
}
END_TEST

static GstBuffer *
new_keyed_buffer (const gchar *key)
{
  GstBuffer *buffer = gst_buffer_new_memdup (zeros, 4);
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  g_autoptr (GstCaps) other = gst_caps_new_empty_simple ("timestamp/x-unix");

  gst_buffer_add_reference_timestamp_meta (
      buffer, other, 5, GST_CLOCK_TIME_NONE);
  gst_buffer_add_lstm_key_meta (buffer, caps, 9);
  return buffer;
}

static guint
count_references (GstBuffer *buffer)
{
  return gst_buffer_get_n_meta (buffer, GST_REFERENCE_TIMESTAMP_META_API_TYPE);
}

/* The old key goes, other references stay, and so does a shared buffer. */
START_TEST (test_key_is_replaced)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "new", NULL));
  g_autoptr (GstBuffer) in = new_keyed_buffer ("old");
  g_autoptr (GstBuffer) out = NULL;
  const gchar *key;

  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  gst_harness_push (test->harness, gst_buffer_ref (in));
  out = gst_harness_pull (test->harness);
  fail_unless_equals_int (count_references (out), 2);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, &key, NULL));
  fail_unless_equals_string (key, "new");
  fail_unless (gst_buffer_get_lstm_key (in, NULL, &key, NULL));
  fail_unless_equals_string (key, "old");
  fail_unless (
      gst_buffer_peek_memory (in, 0) == gst_buffer_peek_memory (out, 0));
}
END_TEST

START_TEST (test_without_key_a_buffer_keeps_its_own)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", NULL));
  g_autoptr (GstBuffer) out = NULL;
  const gchar *key;
  guint64 frame;

  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  gst_harness_push (test->harness, new_keyed_buffer ("old"));
  out = gst_harness_pull (test->harness);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, &key, &frame));
  fail_unless_equals_string (key, "old");
  fail_unless_equals_uint64 (frame, 9);
}
END_TEST

START_TEST (test_kept_text_and_times_stay)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));
  const gchar *const cells[] = { "kept" };
  g_autoptr (GstLstmRows) rows = gst_lstm_rows_new (1, 1, cells);
  GstBuffer *in = gst_buffer_new_memdup (zeros, 4);
  g_autoptr (GstBuffer) out = NULL;

  gst_buffer_add_lstm_rows (in, rows);
  GST_BUFFER_PTS (in) = 7;
  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  gst_harness_push (test->harness, in);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 7);
  fail_unless (gst_buffer_get_lstm_rows (out) == rows);
}
END_TEST

START_TEST (test_restart)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));
  guint i;

  for (i = 0; i < 1000; i++) {
    set_audio (test, GST_AUDIO_FORMAT_F32, 1);
    assert_push (test, 4, "p@0");
    assert_push (test, 4, "p@1");
    gst_element_set_state (test->element, GST_STATE_NULL);
    gst_element_set_state (test->element, GST_STATE_PLAYING);
    gst_harness_push_event (
        test->harness, gst_event_new_stream_start ("again"));
  }
}
END_TEST

static gpointer
change_key (gpointer element)
{
  guint i;

  for (i = 0; i < 20000; i++)
    g_object_set (element, "key", i % 2 == 0 ? "p" : "q", NULL);
  return NULL;
}

/* Another thread sets the key while buffers pass: each has one of the two. */
START_TEST (test_key_set_from_another_thread)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstmkey", "key", "p", NULL));
  GThread *thread = g_thread_new ("key", change_key, test->element);
  guint i;

  set_audio (test, GST_AUDIO_FORMAT_F32, 1);
  for (i = 0; i < 5000; i++) {
    g_autofree gchar *found = push_bytes (test, 4);
    g_autofree gchar *p = g_strdup_printf ("p@%u", i);
    g_autofree gchar *q = g_strdup_printf ("q@%u", i);

    fail_unless (strcmp (found, p) == 0 || strcmp (found, q) == 0);
  }
  g_thread_join (thread);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_counts_frames);
  tcase_add_test (tests, test_counts_cut_frames);
  tcase_add_test (tests, test_counts_wide_frames);
  tcase_add_test (tests, test_counts_buffers);
  tcase_add_test (tests, test_count_goes_on_with_new_caps);
  tcase_add_test (tests, test_flush_and_new_stream_count_from_0);
  tcase_add_test (tests, test_key_changes_while_playing);
  tcase_add_test (tests, test_bad_key_is_refused);
  tcase_add_test (tests, test_key_is_replaced);
  tcase_add_test (tests, test_without_key_a_buffer_keeps_its_own);
  tcase_add_test (tests, test_kept_text_and_times_stay);
  tcase_add_test (tests, test_restart);
  tcase_add_test (tests, test_key_set_from_another_thread);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstmkey", add_tests);
}
