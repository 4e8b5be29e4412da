/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec: events, queries, flow returns, restarts, and where settings come
 * from. */

#include <string.h>

#include "element-test.h"
#include "gstlstmlayout.h"

static gchar *
pull_event_names (ElementTest *test)
{
  GString *names = g_string_new (NULL);
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (test->harness)) != NULL) {
    const gchar *name = GST_EVENT_TYPE_NAME (event);

    if (gst_event_get_structure (event) != NULL &&
        GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_DOWNSTREAM_STICKY)
      name = gst_structure_get_name (gst_event_get_structure (event));
    g_string_append_printf (names, "%s ", name);
    gst_event_unref (event);
  }
  return g_string_free (names, FALSE);
}

static void
assert_event_names (ElementTest *test, const gchar *expected)
{
  g_autofree gchar *names = pull_event_names (test);

  fail_unless_equals_string (names, expected);
}

START_TEST (test_event_order)
{
  g_autoptr (ElementTest) test = element_test_new (
      element_test_make ("csvdec", "key", "k", "keep", "t", NULL));
  g_autoptr (GstCaps) text = gst_caps_new_empty_simple ("text/csv");

  gst_harness_push_event (test->harness, gst_event_new_stream_start ("text"));
  gst_harness_push_event (test->harness, gst_event_new_caps (text));
  element_test_start_text (test);
  element_test_push_text (test, "k,t,a");
  assert_event_names (test, "stream-start stream-start ");
  element_test_push_text (test, "\n");
  assert_event_names (test, "lstm-layout caps segment ");
  element_test_push_text (test, "x,y,1\n");
  assert_event_names (test, "");
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 1);
  element_test_push_eos (test);
  assert_event_names (test, "eos ");
}
END_TEST

START_TEST (test_segment_is_time)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autoptr (GstEvent) event = NULL;
  const GstSegment *segment;

  element_test_start_text (test);
  element_test_push_text (test, "a\n1\n");
  event =
      gst_pad_get_sticky_event (test->harness->sinkpad, GST_EVENT_SEGMENT, 0);
  fail_unless (event != NULL);
  gst_event_parse_segment (event, &segment);
  fail_unless_equals_int (segment->format, GST_FORMAT_TIME);
  fail_unless_equals_uint64 (segment->start, 0);
}
END_TEST

static gchar *
get_layout (ElementTest *test)
{
  g_autoptr (GstEvent) event = NULL;
  g_auto (GStrv) features = NULL, keep = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *feature_list = NULL, *keep_list = NULL;
  guint i;

  for (i = 0; event == NULL; i++) {
    event = gst_pad_get_sticky_event (
        test->harness->sinkpad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, i);
    fail_unless (event != NULL);
    if (!gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME))
      gst_clear_event (&event);
  }
  fail_unless (gst_lstm_layout_event_parse (event, &features, &key, &keep));
  feature_list = g_strjoinv (",", features);
  keep_list = g_strjoinv (",", keep);
  return g_strdup_printf (
      "%s; %s; %s", feature_list, key != NULL ? key : "-", keep_list);
}

static void
check_layout (GstElement *element, const gchar *text, const gchar *expected)
{
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autofree gchar *layout = NULL;

  element_test_start_text (test);
  element_test_push_text (test, text);
  element_test_assert_silent (test);
  layout = get_layout (test);
  fail_unless_equals_string (layout, expected);
}

START_TEST (test_layout)
{
  const gchar *text = "id,cycle,a,b\n1,1,1,1\n";

  check_layout (element_test_make ("csvdec", NULL), text, "id,cycle,a,b; -; ");
  check_layout (element_test_make ("csvdec", "key", "1", "keep", "id,cycle",
                    "features", "b,3", NULL),
      text, "b,a; id; cycle");
  check_layout (element_test_make (
                    "csvdec", "header", "false", "key", "1", "keep", "2", NULL),
      "1,x,3,4\n", "3,4; 1; 2");
}
END_TEST

#define CONFIG                                                                 \
  "version: 1\n"                                                               \
  "features: [a, b]\n"                                                         \
  "key: id\n"                                                                  \
  "keep: [cycle]\n"

static const gchar config_text[] = "id,cycle,a,b\n1,1,1,1\n";

START_TEST (test_config)
{
  gchar *path = element_test_write_file ("c.yaml", CONFIG);

  check_layout (element_test_make ("csvdec", "config", path, NULL), config_text,
      "a,b; id; cycle");
  element_test_remove_file (path);
}
END_TEST

/* A property wins over the config, in either order, one by one. */
START_TEST (test_property_wins)
{
  gchar *path = element_test_write_file ("c.yaml", CONFIG);

  check_layout (
      element_test_make ("csvdec", "config", path, "features", "b", NULL),
      config_text, "b; id; cycle");
  check_layout (
      element_test_make ("csvdec", "features", "b", "config", path, NULL),
      config_text, "b; id; cycle");
  check_layout (
      element_test_make ("csvdec", "key", "cycle", "config", path, NULL),
      config_text, "a,b; cycle; ");
  check_layout (
      element_test_make ("csvdec", "config", path, "keep", "id,b", NULL),
      config_text, "a,b; id; b");
  check_layout (element_test_make ("csvdec", "config", path, "key", "", "keep",
                    "", "features", "", NULL),
      config_text, "id,cycle,a,b; -; ");
  element_test_remove_file (path);
}
END_TEST

/* Tags before the header wait until after the segment. */
START_TEST (test_tags_wait)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  element_test_start_text (test);
  gst_harness_push_event (test->harness,
      gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "t", NULL)));
  gst_harness_push_event (test->harness, gst_event_new_gap (0, GST_SECOND));
  assert_event_names (test, "stream-start ");
  element_test_push_text (test, "a\n");
  assert_event_names (test, "lstm-layout caps segment tag ");
}
END_TEST

START_TEST (test_stream_start_if_upstream_sends_none)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  GstBuffer *buffer = gst_buffer_new_memdup ("a\n1\n", 4);
  GstPad *sink = gst_element_get_static_pad (test->element, "sink");

  fail_unless_equals_int (
      GST_PAD_CHAINFUNC (sink) (sink, GST_OBJECT (test->element), buffer),
      GST_FLOW_OK);
  assert_event_names (test, "stream-start lstm-layout caps segment ");
  gst_object_unref (sink);
}
END_TEST

static GstFlowReturn refusal;
static guint n_refused;

static GstFlowReturn
refuse_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  n_refused++;
  gst_buffer_unref (buffer);
  return refusal;
}

static const GstFlowReturn refusals[] = { GST_FLOW_FLUSHING, GST_FLOW_EOS,
  GST_FLOW_ERROR, GST_FLOW_NOT_NEGOTIATED, GST_FLOW_CUSTOM_ERROR };

/* What downstream returns is returned at once; nothing more is pushed, and
 * nothing is posted. */
START_TEST (test_flow_returns)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "max-frames", "1", NULL));
  g_autoptr (GString) text = g_string_new ("a\n");
  guint i;

  refusal = refusals[_i];
  n_refused = 0;
  for (i = 0; i < 100; i++)
    g_string_append (text, "1\n");
  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  element_test_start_text (test);
  fail_unless_equals_int (element_test_push_text (test, text->str), refusal);
  fail_unless_equals_int (n_refused, 1);
  fail_unless_equals_int (element_test_push_text (test, "1\n"), refusal);
  fail_unless_equals_int (n_refused, 1);
  element_test_assert_silent (test);
}
END_TEST

/* The flow return of the last row, that EOS pushes, is not lost. */
START_TEST (test_flow_return_of_drain)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  refusal = GST_FLOW_ERROR;
  n_refused = 0;
  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  element_test_start_text (test);
  fail_unless_equals_int (element_test_push_text (test, "a\n1"), GST_FLOW_OK);
  fail_if (element_test_push_eos (test));
  fail_unless_equals_int (n_refused, 1);
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_not_linked)
{
  GstElement *element = element_test_make ("csvdec", NULL);
  GstHarness *harness = gst_harness_new_with_element (element, "sink", NULL);

  gst_harness_set_src_caps_str (harness, "text/csv");
  fail_unless_equals_int (
      gst_harness_push (harness, gst_buffer_new_memdup ("a\n1\n", 4)),
      GST_FLOW_NOT_LINKED);
  gst_harness_teardown (harness);
  gst_object_unref (element);
}
END_TEST

static void
push_flush (ElementTest *test)
{
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
}

/* A flush forgets half a row, its quote, the header and the count of rows. */
START_TEST (test_flush)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "a,b\n1,2\n3,\"4");
  push_flush (test);
  while (gst_harness_buffers_in_queue (test->harness) > 0)
    gst_buffer_unref (gst_harness_pull (test->harness));
  g_free (pull_event_names (test));
  element_test_start_text (test);
  element_test_push_text (test, "\xef\xbb\xbf"
                                "c\n5\n");
  assert_event_names (test, "stream-start lstm-layout caps segment ");
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, "0 -: 5\n");
  element_test_assert_silent (test);
}
END_TEST

/* And the events that waited for the header. */
START_TEST (test_flush_drops_waiting_events)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  element_test_start_text (test);
  gst_harness_push_event (test->harness,
      gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "t", NULL)));
  push_flush (test);
  g_free (pull_event_names (test));
  element_test_start_text (test);
  element_test_push_text (test, "a\n");
  assert_event_names (test, "stream-start lstm-layout caps segment ");
}
END_TEST

/* A flush takes an error away, too. */
START_TEST (test_flush_after_error)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, "a\nx\n"), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "'x'", NULL);
  push_flush (test);
  element_test_start_text (test);
  fail_unless_equals_int (element_test_push_text (test, "a\n1\n"), GST_FLOW_OK);
}
END_TEST

/* A new stream ends the one before, whose last row had no line end. */
START_TEST (test_second_stream)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "a,b\n1,2\n3,4");
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("next"));
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, "0 -: 1 2\n1 -: 3 4\n");
  g_free (frames);
  element_test_push_text (test, "c\n5\n");
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, "0 -: 5\n");
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_first_buffer_is_discont)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autoptr (GstBuffer) buffer1 = NULL, buffer2 = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "a\n1\n");
  element_test_push_text (test, "2\n");
  buffer1 = gst_harness_pull (test->harness);
  buffer2 = gst_harness_pull (test->harness);
  fail_unless (GST_BUFFER_IS_DISCONT (buffer1));
  fail_if (GST_BUFFER_IS_DISCONT (buffer2));
}
END_TEST

/* ---- bytes that upstream lost ---- */

static GstFlowReturn
push_flagged (ElementTest *test, const gchar *text, GstBufferFlags flag)
{
  GstBuffer *buffer = gst_buffer_new_memdup (text, strlen (text));

  GST_BUFFER_FLAG_SET (buffer, flag);
  return gst_harness_push (test->harness, buffer);
}

typedef struct {
  const gchar *before; /* the break */
  const gchar *after;
  const gchar *line; /* what the warning says */
  const gchar *first, *rest;
} Lost;

/* Both ends of a broken row are left out, whatever they could be taken for. */
static const Lost lost[] = {
  { "a,b\n1,2\n3,4", "5,6\n7,8\n", "Line 3", "0 -: 1 2\n", "1 -: 7 8\n" },
  { "a,b\n1,2\n3,4", ",6\n7,8", "Line 3", "0 -: 1 2\n", "1 -: 7 8\n" },
  { "a,b\n1,2\n", "5,6\n7,8\n", "Line 3", "0 -: 1 2\n", "1 -: 7 8\n" },
  { "a,b\r\n1,2\r\n3,", "\r\n7,8\r\n", "Line 3", "0 -: 1 2\n", "1 -: 7 8\n" },
  { "a,b\n1,2\n3,\"4", "5\n7,8\n", "Line 3", "0 -: 1 2\n", "1 -: 7 8\n" },
  { "a,b\n", "1,2\n7,8\n", "Line 2", "", "0 -: 7 8\n" },
  { "a,b\n1,2\n3", "4", "Line 3", "0 -: 1 2\n", "" },
};

static const GstBufferFlags jump_flags[] = { GST_BUFFER_FLAG_DISCONT,
  GST_BUFFER_FLAG_RESYNC };

START_TEST (test_lost_bytes)
{
  const Lost *now = &lost[_i];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (jump_flags); i++) {
    g_autoptr (ElementTest) test =
        element_test_new (element_test_make ("csvdec", NULL));
    g_autofree gchar *head = NULL, *tail = NULL;

    element_test_start_text (test);
    push_flagged (test, now->before, GST_BUFFER_FLAG_DISCONT);
    head = element_test_pull_frames (test, 1, 1);
    fail_unless_equals_string (head, now->first);
    element_test_assert_silent (test);
    fail_unless_equals_int (
        push_flagged (test, now->after, jump_flags[i]), GST_FLOW_OK);
    element_test_assert_message (test, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECODE, now->line, "bytes are missing", NULL);
    element_test_push_eos (test);
    tail = element_test_pull_frames (test, 1, 1);
    fail_unless_equals_string (tail, now->rest);
  }
}
END_TEST

/* The buffer after the break is marked, and no other; a row that waits for the
 * next one's time goes before it. */
START_TEST (test_lost_bytes_are_marked)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "time", "t", NULL));
  guint i;

  element_test_start_text (test);
  element_test_push_text (test, "t,a\n1,1\n2,2\n");
  push_flagged (test, "\n7,3\n8,4\n", GST_BUFFER_FLAG_DISCONT);
  element_test_push_eos (test);
  for (i = 0; i < 4; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (test->harness);

    fail_unless_equals_int (
        GST_BUFFER_IS_DISCONT (buffer) ? 1 : 0, i == 0 || i == 2);
    fail_unless_equals_int (
        GST_BUFFER_DURATION_IS_VALID (buffer) ? 1 : 0, i == 0 || i == 2);
  }
}
END_TEST

START_TEST (test_lost_header)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  element_test_start_text (test);
  element_test_push_text (test, "a,");
  fail_unless_equals_int (
      push_flagged (test, "c\n1,2\n", GST_BUFFER_FLAG_DISCONT), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "missing in the first row", NULL);
}
END_TEST

START_TEST (test_queries_and_seeks)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autoptr (GstQuery) seeking = gst_query_new_seeking (GST_FORMAT_TIME);
  gboolean seekable = TRUE;
  gint64 value;

  element_test_start_text (test);
  element_test_push_text (test, "a\n1\n");
  fail_unless (gst_pad_peer_query (test->harness->sinkpad, seeking));
  gst_query_parse_seeking (seeking, NULL, &seekable, NULL, NULL);
  fail_if (seekable);
  fail_if (gst_pad_peer_query_duration (
      test->harness->sinkpad, GST_FORMAT_TIME, &value));
  fail_if (gst_pad_peer_query_position (
      test->harness->sinkpad, GST_FORMAT_TIME, &value));
  fail_if (gst_harness_push_upstream_event (test->harness,
      gst_event_new_seek (1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
          GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, -1)));
}
END_TEST

/* Down to NULL and up again, in the middle of a row: nothing is left over. */
START_TEST (test_restart)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "key", "k", NULL));
  g_autofree gchar *frames = NULL;
  guint i;

  for (i = 0; i < 100; i++) {
    element_test_start_text (test);
    element_test_push_text (test, "k,a\nx,1\ny,2\ny,\"3");
    frames = element_test_pull_frames (test, 1, 1);
    fail_unless_equals_string (frames, "0 x: 1\n1 y: 2\n");
    g_clear_pointer (&frames, g_free);
    gst_element_set_state (test->element, GST_STATE_NULL);
    gst_element_set_state (test->element, GST_STATE_PLAYING);
  }
  element_test_assert_silent (test);
}
END_TEST

START_TEST (test_states_a_thousand_times)
{
  GstElement *element = element_test_make ("csvdec", "features", "a,b", NULL);
  guint i;

  for (i = 0; i < 1000; i++) {
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
  }
  gst_object_unref (element);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_event_order);
  tcase_add_test (tests, test_segment_is_time);
  tcase_add_test (tests, test_layout);
  tcase_add_test (tests, test_config);
  tcase_add_test (tests, test_property_wins);
  tcase_add_test (tests, test_tags_wait);
  tcase_add_test (tests, test_stream_start_if_upstream_sends_none);
  tcase_add_loop_test (tests, test_flow_returns, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tests, test_flow_return_of_drain);
  tcase_add_test (tests, test_not_linked);
  tcase_add_test (tests, test_flush);
  tcase_add_test (tests, test_flush_drops_waiting_events);
  tcase_add_test (tests, test_flush_after_error);
  tcase_add_test (tests, test_second_stream);
  tcase_add_test (tests, test_first_buffer_is_discont);
  tcase_add_loop_test (tests, test_lost_bytes, 0, G_N_ELEMENTS (lost));
  tcase_add_test (tests, test_lost_bytes_are_marked);
  tcase_add_test (tests, test_lost_header);
  tcase_add_test (tests, test_queries_and_seeks);
  tcase_add_test (tests, test_restart);
  tcase_add_test (tests, test_states_a_thousand_times);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csvdec-stream", add_tests);
}
