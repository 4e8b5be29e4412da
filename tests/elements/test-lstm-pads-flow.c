/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: request pads that come and go, their events and queries, and how pushes
 * on several pads go together. */

#include <string.h>

#include "gstlstmlayout.h"
#include "lstm-reference.h"

#define H "src_lstm_16_1"
#define C "src_lstm_16_2"
#define WINDOW (5 * 4 * sizeof (gfloat))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHarness, gst_harness_teardown)

/* What the library gives for an output of a golden case. (transfer full) */
static gfloat *
further_output (const gchar *model, guint output, LstmMode mode, guint stride,
    const gfloat *frames, guint n_frames, gsize *n_out)
{
  g_autofree gchar *path = reference_model_path (model);

  return reference_output_of (
      path, output, mode, 0, stride, frames, n_frames, n_out);
}

static GstHarness *
new_side (ElementTest *test, const gchar *pad)
{
  return gst_harness_new_with_element (test->element, NULL, pad);
}

static GstFlowReturn
push_window (ElementTest *test)
{
  gfloat x[5 * 4] = { 0 };

  return element_test_push_buffer (test, x, sizeof x);
}

/* ---- events ---- */

/* Names and order of the events that wait, `stream-start caps ...`. */
static gchar *
pull_events (GstHarness *harness)
{
  GString *text = g_string_new (NULL);
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (harness)) != NULL) {
    const GstStructure *s = gst_event_get_structure (event);
    gboolean layout = gst_event_has_name (event, GST_LSTM_LAYOUT_EVENT_NAME);

    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
        layout && s != NULL ? "layout" : GST_EVENT_TYPE_NAME (event));
    gst_event_unref (event);
  }
  return g_string_free (text, FALSE);
}

static void
assert_events (GstHarness *harness, const gchar *expected)
{
  g_autofree gchar *found = pull_events (harness);

  fail_unless_equals_string (found, expected);
}

/* A stream of its own, with the names of its channels. */
START_TEST (test_first_events)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autoptr (GstEvent) start = NULL, layout = NULL, main_start = NULL;
  const gchar *const keep[] = { "day", NULL };
  const gchar *const channels[] = { "a", "b", "c", "d", NULL };
  const gchar *id, *main_id;
  g_autofree gchar *expected = NULL, *key = NULL;
  g_auto (GStrv) names = NULL, kept = NULL;

  gst_harness_push_event (
      test->harness, gst_lstm_layout_event_new (channels, "share", keep));
  push_window (test);
  assert_events (side, "stream-start caps segment layout");
  start = gst_pad_get_sticky_event (side->sinkpad, GST_EVENT_STREAM_START, 0);
  main_start = gst_pad_get_sticky_event (
      test->harness->sinkpad, GST_EVENT_STREAM_START, 0);
  gst_event_parse_stream_start (start, &id);
  gst_event_parse_stream_start (main_start, &main_id);
  expected = g_strconcat (main_id, "/lstm_16_1", NULL);
  fail_unless_equals_string (id, expected);
  layout = gst_pad_get_sticky_event (
      side->sinkpad, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, 0);
  fail_unless (gst_lstm_layout_event_parse (layout, &names, &key, &kept));
  fail_unless_equals_string (names[0], "lstm_16_1_0");
  fail_unless_equals_string (names[1], "lstm_16_1_1");
  fail_unless_equals_string (key, "share");
  fail_unless_equals_string (kept[0], "day");
}
END_TEST

/* What comes later comes on every pad, in its place. */
START_TEST (test_later_events)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  GstHarness *in = test->harness;
  GstSegment segment;

  push_window (test);
  g_free (pull_events (side));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (in, gst_event_new_gap (0, GST_SECOND));
  assert_events (side, "gap");
  gst_harness_push_event (
      in, gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "x", NULL)));
  assert_events (side, "tag");
  gst_harness_push_event (in, gst_event_new_segment (&segment));
  assert_events (side, "segment");
  gst_harness_push_event (in, gst_event_new_flush_start ());
  gst_harness_push_event (in, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (in, gst_event_new_segment (&segment));
  assert_events (side, "flush-start flush-stop segment");
  fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  gst_harness_push_event (in, gst_event_new_stream_start ("next"));
  assert_events (side, "stream-start");
  gst_harness_push_event (in, gst_event_new_eos ());
  assert_events (side, "eos");
  fail_unless_equals_int (gst_harness_buffers_in_queue (side), 2);
}
END_TEST

/* EOS ends pads to which nothing ever came, too. */
START_TEST (test_eos_at_once)
{
  g_autofree gchar *path = reference_model_path (MODEL_STATES);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autoptr (GstHarness) side = new_side (test, H);

  gst_harness_push_event (test->harness, gst_event_new_stream_start ("a"));
  gst_harness_push_event (test->harness, gst_event_new_eos ());
  assert_events (side, "stream-start eos");
}
END_TEST

/* Frames that were left out leave a hole on every pad. */
START_TEST (test_gap_buffer)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_STATES, 4, 100, "gap", "skip", NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  GstBuffer *gap = gst_buffer_new_allocate (NULL, WINDOW, NULL), *out;

  push_window (test);
  gst_buffer_unref (gst_harness_pull (side));
  g_free (pull_events (side));
  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  GST_BUFFER_PTS (gap) = 50 * GST_MSECOND;
  gst_harness_push (test->harness, gap);
  assert_events (side, "gap");
  push_window (test);
  out = gst_harness_pull (side);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (out);
}
END_TEST

/* ---- queries and events that go up ---- */

START_TEST (test_latency)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstPad) pad = gst_pad_get_peer (side->sinkpad);
  GstClockTime min, max;
  gboolean live;

  gst_harness_set_upstream_latency (test->harness, 5 * GST_MSECOND);
  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless_equals_uint64 (min, 45 * GST_MSECOND);
}
END_TEST

static gboolean
count_seeks (GstPad *pad, GstObject *parent, GstEvent *event)
{
  guint *n = g_object_get_data (G_OBJECT (pad), "seeks");

  *n += GST_EVENT_TYPE (event) == GST_EVENT_SEEK;
  gst_event_unref (event);
  return TRUE;
}

START_TEST (test_upstream_event)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  guint n = 0;

  g_object_set_data (G_OBJECT (test->harness->srcpad), "seeks", &n);
  gst_pad_set_event_function (test->harness->srcpad, count_seeks);
  fail_unless (gst_harness_push_upstream_event (
      side, gst_event_new_seek (1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0)));
  fail_unless_equals_int (n, 1);
}
END_TEST

/* ---- pads that come and go ---- */

/* One that comes while the stream runs learns what the stream is, and has the
 * states as they are. */
START_TEST (test_late)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_STATES, 4, 100, "mode", "frame", NULL);
  g_autofree gfloat *x = reference_input (1, 20 * 4);
  g_autoptr (GstHarness) side = NULL;
  gsize n, half = 10 * 4 * sizeof (gfloat);
  g_autofree gfloat *y =
      further_output (MODEL_STATES, 1, LSTM_MODE_FRAME, 1, x, 20, &n);
  g_autoptr (GstBuffer) out = NULL;

  element_test_push (test, x, half, 999);
  side = new_side (test, H);
  element_test_push (test, x + 10 * 4, half, 999);
  assert_events (side, "stream-start caps segment layout");
  out = gst_harness_pull (side);
  gst_check_buffer_data (out, y + 10 * 2, 10 * 2 * sizeof (gfloat));
  fail_unless (gst_harness_try_pull (side) == NULL);
}
END_TEST

/* A pad without a peer is nobody's: the stream runs, and it has nothing that
 * waits for one. */
START_TEST (test_linked_late)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstPad) pad = gst_element_request_pad_simple (test->element, H);
  g_autoptr (GstHarness) side = NULL;

  fail_unless (pad != NULL);
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  side = new_side (test, H);
  fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (side), 1);
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), 4);
}
END_TEST

START_TEST (test_released)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  GstHarness *gone = new_side (test, H);
  g_autoptr (GstHarness) stays = new_side (test, C);

  push_window (test);
  gst_harness_teardown (gone);
  fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  gone = new_side (test, H);
  fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (gone), 1);
  fail_unless_equals_int (gst_harness_buffers_in_queue (stays), 3);
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), 3);
  gst_harness_teardown (gone);
  element_test_assert_silent (test);
}
END_TEST

static gpointer
come_and_go (gpointer element)
{
  for (guint i = 0; i < 300; i++) {
    GstElement *sink = gst_element_factory_make ("fakesink", NULL);
    GstPad *sink_pad = gst_element_get_static_pad (sink, "sink");
    GstPad *pad = gst_element_request_pad_simple (element, i % 2 ? H : C);

    gst_object_ref_sink (sink);
    g_object_set (sink, "async", FALSE, NULL);
    gst_element_set_state (sink, GST_STATE_PLAYING);
    fail_unless_equals_int (gst_pad_link (pad, sink_pad), GST_PAD_LINK_OK);
    g_usleep (i % 7 * 20);
    gst_element_release_request_pad (element, pad);
    gst_element_set_state (sink, GST_STATE_NULL);
    gst_object_unref (pad);
    gst_object_unref (sink_pad);
    gst_object_unref (sink);
  }
  return NULL;
}

/* Another thread asks for pads and releases them while frames come. */
START_TEST (test_come_and_go)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_STATES, 4, 100, "mode", "frame", NULL);
  GThread *thread = g_thread_new ("pads", come_and_go, test->element);
  gfloat x[4] = { 0 };

  gst_harness_set_drop_buffers (test->harness, TRUE);
  for (guint i = 0; i < 20000; i++)
    fail_unless_equals_int (
        element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
  g_thread_join (thread);
  element_test_assert_silent (test);
}
END_TEST

/* Pads stay over a restart. */
START_TEST (test_restart)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);

  push_window (test);
  gst_element_set_state (test->element, GST_STATE_NULL);
  gst_element_set_state (test->element, GST_STATE_PLAYING);
  gst_harness_push_event (test->harness, gst_event_new_stream_start ("again"));
  lstm_test_set_format (test, FALSE, 4, 50);
  fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (side), 2);
}
END_TEST

/* ---- flows ---- */

/* What each pad's downstream answers, kept with the pad. */
static GstFlowReturn
answer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (pad), "flow"));
}

static void
set_answer (GstHarness *harness, GstFlowReturn flow)
{
  g_object_set_data (
      G_OBJECT (harness->sinkpad), "flow", GINT_TO_POINTER (flow));
  gst_pad_set_chain_function (harness->sinkpad, answer);
}

typedef struct {
  GstFlowReturn src, side, all;
} Flows;

#define OK GST_FLOW_OK
#define NOT_LINKED GST_FLOW_NOT_LINKED

static const Flows flows[] = {
  { OK, OK, OK },
  { OK, NOT_LINKED, OK },
  { NOT_LINKED, OK, OK },
  { NOT_LINKED, NOT_LINKED, NOT_LINKED },
  { GST_FLOW_EOS, OK, OK },
  { OK, GST_FLOW_EOS, OK },
  { GST_FLOW_EOS, GST_FLOW_EOS, GST_FLOW_EOS },
  { GST_FLOW_EOS, NOT_LINKED, GST_FLOW_EOS },
  { OK, GST_FLOW_FLUSHING, GST_FLOW_FLUSHING },
  { OK, GST_FLOW_ERROR, GST_FLOW_ERROR },
  { GST_FLOW_ERROR, OK, GST_FLOW_ERROR },
  { OK, GST_FLOW_NOT_NEGOTIATED, GST_FLOW_NOT_NEGOTIATED },
};

START_TEST (test_flows)
{
  const Flows *t = &flows[_i];
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  GstFlowReturn flow = GST_FLOW_OK;

  set_answer (test->harness, t->src);
  set_answer (side, t->side);
  for (guint i = 0; i < 3; i++)
    flow = push_window (test);
  fail_unless_equals_int (flow, t->all);
}
END_TEST

/* The same where the end brings the frames out: what is no error is none. */
START_TEST (test_flows_at_eos)
{
  const Flows *t = &flows[_i];
  g_autoptr (ElementTest) test = lstm_test_new (
      MODEL_STATES, 4, 100, "mode", "frame", "output", "final", NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstMessage) message = NULL;
  gboolean error = t->all == NOT_LINKED || t->all < GST_FLOW_EOS;

  set_answer (test->harness, t->src);
  set_answer (side, t->side);
  push_window (test);
  fail_unless_equals_int (
      gst_pad_send_event (pad, gst_event_new_eos ()), t->all == OK);
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_ERROR);
  fail_unless_equals_int (message != NULL, error);
}
END_TEST

/* Pads that are not linked at all. */
START_TEST (test_nothing_linked)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  GstPad *side = gst_element_request_pad_simple (test->element, H);
  g_autoptr (GstPad) src = gst_pad_get_peer (test->harness->sinkpad);
  gboolean flush = _i;
  GstSegment segment;

  gst_pad_unlink (src, test->harness->sinkpad);
  fail_unless_equals_int (push_window (test), NOT_LINKED);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  if (flush) {
    gst_harness_push_event (test->harness, gst_event_new_flush_start ());
    gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  }
  fail_unless_equals_int (push_window (test), NOT_LINKED);
  fail_unless_equals_int (
      gst_pad_link (src, test->harness->sinkpad), GST_PAD_LINK_OK);
  fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  gst_element_release_request_pad (test->element, side);
  gst_object_unref (side);
}
END_TEST

/* Only a state is asked for. */
START_TEST (test_only_side_linked)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATES, 4, 100, NULL);
  g_autoptr (GstHarness) side = new_side (test, H);
  g_autoptr (GstPad) src = gst_pad_get_peer (test->harness->sinkpad);

  gst_pad_unlink (src, test->harness->sinkpad);
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (push_window (test), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (side), 3);
  fail_unless_equals_int (
      gst_pad_link (src, test->harness->sinkpad), GST_PAD_LINK_OK);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_first_events);
  tcase_add_test (tests, test_later_events);
  tcase_add_test (tests, test_eos_at_once);
  tcase_add_test (tests, test_gap_buffer);
  tcase_add_test (tests, test_latency);
  tcase_add_test (tests, test_upstream_event);
  tcase_add_test (tests, test_late);
  tcase_add_test (tests, test_linked_late);
  tcase_add_test (tests, test_released);
  tcase_add_test (tests, test_come_and_go);
  tcase_add_test (tests, test_restart);
  tcase_add_loop_test (tests, test_flows, 0, (int) G_N_ELEMENTS (flows));
  tcase_add_loop_test (tests, test_flows_at_eos, 0, (int) G_N_ELEMENTS (flows));
  tcase_add_loop_test (tests, test_nothing_linked, 0, 2);
  tcase_add_test (tests, test_only_side_linked);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-pads-flow", add_tests);
}
