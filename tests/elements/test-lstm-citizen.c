/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm and lstmkey: what any element owes to a pipeline: buffers, flows, events
 * and queries. */

#include <string.h>

#include <gst/base/gstbasetransform.h>
#include <gst/lstm/lstm.h>

#include "gstlstmaudio.h"
#include "lstm-reference.h"
#include "unmappable.h"

#define FRAME (5 * sizeof (gfloat))

/* ---- buffers ---- */

static ElementTest *
new_key_test (void)
{
  ElementTest *test =
      element_test_new (element_test_make ("lstmkey", "key", "k", NULL));

  lstm_test_set_format (test, FALSE, 5, 10);
  return test;
}

START_TEST (test_unmappable)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);

  fail_unless_equals_int (
      gst_harness_push (test->harness, unmappable_buffer_new (FRAME)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, "cannot be read", NULL);
}
END_TEST

/* lstmkey does not look at data: it need not be readable. */
START_TEST (test_unmappable_key)
{
  g_autoptr (ElementTest) test = new_key_test ();

  fail_unless_equals_int (
      gst_harness_push (test->harness, unmappable_buffer_new (FRAME)),
      GST_FLOW_OK);
  gst_buffer_unref (gst_harness_pull (test->harness));
}
END_TEST

/* Nothing comes of nothing: before, inside and after a frame. */
START_TEST (test_zero_size)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (1, 10);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 2, &n);
  const guint8 *bytes = (const guint8 *) x;

  element_test_push_buffer (test, NULL, 0);
  element_test_push_buffer (test, bytes, 7);
  element_test_push_buffer (test, NULL, 0);
  element_test_push_buffer (test, bytes + 7, 2 * FRAME - 7);
  element_test_push_buffer (test, NULL, 0);
  lstm_test_assert_output (test, y, n);
}
END_TEST

START_TEST (test_zero_size_key)
{
  g_autoptr (ElementTest) test = new_key_test ();
  GstBuffer *out;
  guint64 number = 99;

  fail_unless_equals_int (
      element_test_push_buffer (test, NULL, 0), GST_FLOW_OK);
  gst_buffer_unref (gst_harness_pull (test->harness));
  element_test_push_buffer (test, "0123456789abcdefghij", FRAME);
  out = gst_harness_pull (test->harness);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, NULL, &number));
  fail_unless_equals_uint64 (number, 0);
  gst_buffer_unref (out);
}
END_TEST

/* A buffer of 6 MB at once: as good as many small ones. */
START_TEST (test_oversize)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_SEVERAL, 1, 48000, NULL);
  guint n = 1500000;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * sizeof (gfloat), NULL);
  gsize size = 0;
  GstBuffer *out;

  gst_buffer_memset (buffer, 0, 0, n * sizeof (gfloat));
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  while ((out = gst_harness_try_pull (test->harness)) != NULL) {
    size += gst_buffer_get_size (out);
    gst_buffer_unref (out);
  }
  fail_unless_equals_uint64 (size, n / 3 * sizeof (gfloat));
}
END_TEST

/* Late or not, every frame is run: one that is left out would spoil the state.
 */
START_TEST (test_qos_drops_nothing)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  gfloat x[5] = { 0 };

  gst_base_transform_set_qos_enabled (GST_BASE_TRANSFORM (test->element), TRUE);
  gst_harness_push_upstream_event (
      test->harness, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 0.1,
                         100 * GST_SECOND, 1000 * GST_SECOND));
  for (guint i = 0; i < 10; i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x);

    GST_BUFFER_PTS (buffer) = i * 100 * GST_MSECOND;
    fail_unless_equals_int (
        gst_harness_push (test->harness, buffer), GST_FLOW_OK);
  }
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), 10);
}
END_TEST

/* Of what hangs on buffers, keys and kept columns go along; a reference to
 * another clock would be wrong for a window's frame. */
START_TEST (test_metas)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autoptr (GstCaps) unix_time =
      gst_caps_new_empty_simple ("timestamp/x-unix");
  g_autoptr (GstCaps) key = gst_lstm_key_caps_new ("k");
  gfloat x[5] = { 0 };
  GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x);
  g_autoptr (GstBuffer) out = NULL;

  gst_buffer_add_reference_timestamp_meta (
      buffer, unix_time, 5, GST_CLOCK_TIME_NONE);
  gst_buffer_add_lstm_key_meta (buffer, key, 3);
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_int (
      gst_buffer_get_n_meta (out, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 1);
  fail_unless (gst_buffer_get_lstm_key (out, NULL, NULL, NULL));
}
END_TEST

/* ---- how pushes go, at each place where there is one ---- */

static GstFlowReturn answered;

static GstFlowReturn
answer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return answered;
}

typedef enum {
  BUFFER,     /* that brings an output */
  GAP_BUFFER, /* before which what waits comes out */
  DISCONT_BUFFER,
  GAP_RESET, /* an event */
  GAP_SKIP,
  GAP_ZERO,
  RESET_EVENT,
  SIGNAL_THEN_BUFFER, /* what an application's reset brought out */
  SIGNAL_THEN_EVENT,
  N_PLACES
} Place;

static const GstFlowReturn flows[] = { GST_FLOW_FLUSHING, GST_FLOW_EOS,
  GST_FLOW_ERROR, GST_FLOW_NOT_LINKED, GST_FLOW_NOT_NEGOTIATED };

static const gchar *
gap_policy (Place place)
{
  if (place == GAP_ZERO)
    return "zero";
  return place == GAP_RESET ? "reset" : "skip";
}

/* Windows of 25 frames of 1 feature, half a window waits. */
static ElementTest *
new_waiting (Place place)
{
  ElementTest *test = lstm_test_new (MODEL_WINDOW, 1, 10, "partial-window",
      "pad", "gap", gap_policy (place), NULL);
  gfloat x[12] = { 0 };

  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
  return test;
}

static GstFlowReturn
push_flagged (ElementTest *test, guint n, GstBufferFlags flags)
{
  gfloat x[25] = { 0 };
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * sizeof (gfloat));

  GST_BUFFER_FLAG_SET (buffer, flags);
  return gst_harness_push (test->harness, buffer);
}

static gboolean
send_event (ElementTest *test, GstEvent *event)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");

  return gst_pad_send_event (pad, event);
}

/* What a buffer brought out goes back as it went; an event has no room for it,
 * so that errors are said. */
static void
check_place (ElementTest *test, Place place, GstFlowReturn flow)
{
  gboolean said = flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS;
  gboolean event = FALSE, ok = FALSE;
  GstFlowReturn got = GST_FLOW_OK;

  switch (place) {
    case BUFFER:
      got = push_flagged (test, 25, 0);
      break;
    case GAP_BUFFER:
      got = push_flagged (test, 5, GST_BUFFER_FLAG_GAP);
      break;
    case DISCONT_BUFFER:
      got = push_flagged (test, 1, GST_BUFFER_FLAG_DISCONT);
      break;
    case SIGNAL_THEN_BUFFER:
      g_signal_emit_by_name (test->element, "reset-state");
      got = push_flagged (test, 1, 0);
      break;
    case RESET_EVENT:
      event = TRUE;
      ok = send_event (test, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                                 gst_structure_new_empty ("lstm-reset-state")));
      break;
    case SIGNAL_THEN_EVENT:
      event = TRUE;
      g_signal_emit_by_name (test->element, "reset-state");
      ok = send_event (test, gst_event_new_tag (gst_tag_list_new_empty ()));
      break;
    default:
      event = TRUE;
      ok = send_event (test, gst_event_new_gap (GST_SECOND, 9 * GST_SECOND));
  }
  if (!event)
    fail_unless_equals_int (got, flow);
  fail_if (event && ok);
  if (event && said)
    element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
        GST_STREAM_ERROR_FAILED, NULL);
  else
    element_test_assert_silent (test);
}

START_TEST (test_flow)
{
  Place place = _i % N_PLACES;
  GstFlowReturn flow = flows[_i / N_PLACES];
  g_autoptr (ElementTest) test = new_waiting (place);

  answered = flow;
  gst_pad_set_chain_function (test->harness->sinkpad, answer);
  check_place (test, place, flow);
}
END_TEST

START_TEST (test_flow_key)
{
  g_autoptr (ElementTest) test = new_key_test ();

  answered = flows[_i];
  gst_pad_set_chain_function (test->harness->sinkpad, answer);
  fail_unless_equals_int (
      element_test_push_buffer (test, "0123456789abcdefghij", FRAME),
      flows[_i]);
  element_test_assert_silent (test);
}
END_TEST

/* FLUSHING downstream ends with the flush. */
START_TEST (test_flushing_ends)
{
  g_autoptr (ElementTest) test =
      _i == 0 ? lstm_test_new (MODEL_FRAMES, 5, 10, NULL) : new_key_test ();
  gfloat x[5] = { 0 };
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_FLUSHING);
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  fail_unless_equals_int (
      element_test_push_buffer (test, x, sizeof x), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (test->harness), 1);
}
END_TEST

/* ---- what lstmkey lets through ---- */

static gboolean
propose (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return gst_pad_query_default (pad, parent, query);
  gst_query_add_allocation_meta (
      query, GST_REFERENCE_TIMESTAMP_META_API_TYPE, NULL);
  return TRUE;
}

/* It changes no data: caps, segments, gaps, allocation and latency are as if it
 * were not there. */
START_TEST (test_key_is_thin)
{
  g_autoptr (ElementTest) test = new_key_test ();
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->srcpad);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, FALSE);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, FRAME, NULL), *out;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (test->element, "sink");
  g_autoptr (GstCaps) wanted =
      gst_caps_from_string ("audio/x-raw, rate=(int)8");
  g_autoptr (GstCaps) found = NULL;
  GstSegment segment;

  gst_harness_set_sink_caps (test->harness, gst_caps_ref (wanted));
  found = gst_pad_query_caps (sink, NULL);
  fail_unless (gst_caps_is_equal (found, wanted));
  gst_harness_set_sink_caps_str (test->harness, "ANY");
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  fail_unless (
      gst_harness_push_event (test->harness, gst_event_new_segment (&segment)));
  gst_harness_set_upstream_latency (test->harness, 7 * GST_MSECOND);
  fail_unless_equals_uint64 (
      gst_harness_query_latency (test->harness), 7 * GST_MSECOND);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_GAP));
  fail_unless (gst_buffer_get_lstm_key (out, NULL, NULL, NULL));
  gst_buffer_unref (out);
  fail_unless (
      gst_harness_push_event (test->harness, gst_event_new_gap (0, 5)));
  gst_pad_set_query_function (test->harness->sinkpad, propose);
  fail_unless (gst_pad_peer_query (test->harness->srcpad, query));
  fail_unless_equals_int (gst_query_get_n_allocation_metas (query), 1);
  fail_unless (element_test_push_eos (test));
}
END_TEST

/* ---- events and queries that are not ours ---- */

START_TEST (test_foreign_events)
{
  static const GstEventType types[] = { GST_EVENT_CUSTOM_DOWNSTREAM,
    GST_EVENT_CUSTOM_DOWNSTREAM_STICKY, GST_EVENT_CUSTOM_DOWNSTREAM_OOB };
  g_autoptr (ElementTest) test =
      _i == 0 ? lstm_test_new (MODEL_FRAMES, 5, 10, NULL) : new_key_test ();
  gfloat x[5] = { 0 };

  element_test_push_buffer (test, x, sizeof x);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GstEvent) event = NULL;

    while ((event = gst_harness_try_pull_event (test->harness)) != NULL)
      gst_clear_event (&event);
    fail_unless (gst_harness_push_event (
        test->harness, gst_event_new_custom (types[i],
                           gst_structure_new_empty ("somebody-elses"))));
    event = gst_harness_try_pull_event (test->harness);
    fail_unless (event != NULL && gst_event_has_name (event, "somebody-elses"));
  }
}
END_TEST

static gboolean
answer_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_DURATION) {
    gst_query_set_duration (query, GST_FORMAT_TIME, 60 * GST_SECOND);
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

START_TEST (test_queries)
{
  g_autoptr (ElementTest) test =
      _i == 0 ? lstm_test_new (MODEL_FRAMES, 5, 10, NULL) : new_key_test ();
  g_autoptr (GstPad) src = gst_element_get_static_pad (test->element, "src");
  gint64 duration = 0;

  gst_pad_set_query_function (test->harness->srcpad, answer_query);
  fail_unless (gst_pad_query_duration (src, GST_FORMAT_TIME, &duration));
  fail_unless_equals_int64 (duration, 60 * GST_SECOND);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_unmappable);
  tcase_add_test (tests, test_unmappable_key);
  tcase_add_test (tests, test_zero_size);
  tcase_add_test (tests, test_zero_size_key);
  tcase_add_test (tests, test_oversize);
  tcase_add_test (tests, test_qos_drops_nothing);
  tcase_add_test (tests, test_metas);
  tcase_add_loop_test (
      tests, test_flow, 0, N_PLACES * (int) G_N_ELEMENTS (flows));
  tcase_add_loop_test (tests, test_flow_key, 0, (int) G_N_ELEMENTS (flows));
  tcase_add_loop_test (tests, test_flushing_ends, 0, 2);
  tcase_add_test (tests, test_key_is_thin);
  tcase_add_loop_test (tests, test_foreign_events, 0, 2);
  tcase_add_loop_test (tests, test_queries, 0, 2);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-citizen", add_tests);
}
