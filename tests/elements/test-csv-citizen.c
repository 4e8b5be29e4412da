/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec, csvenc, jsondec and jsonenc: what any element owes to a
 * pipeline: buffers, flows, negotiation, queries, events, life. */

#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "unmappable.h"

/* What an element needs of these tests. */
typedef struct {
  const gchar *name;
  const gchar *row;   /* of a decoder: a text of one row */
  const gchar *begun; /* the same without its line end */
  const gchar *first; /* of an encoder: what the first frame gives */
  const gchar *then;  /* and a second one, of 0.5 */
} Kind;

static const Kind kinds[] = {
  { "csvdec", "a\n1\n", "a\n1", NULL, NULL },
  { "csvenc", NULL, NULL, "out_1\n1\n", "0.5\n" },
  { "jsondec", "{\"a\":1}\n", "{\"a\":1}", NULL, NULL },
  { "jsonenc", NULL, NULL, "{\"time\":0,\"out_1\":1}\n",
      "{\"time\":0,\"out_1\":0.5}\n" },
};

/* Places in the list. */
static const guint decoders[] = { 0, 2 };
static const guint encoders[] = { 1, 3 };

static gboolean
is_decoder (guint i)
{
  return kinds[i].row != NULL;
}

/* ---- buffers ---- */

/* Started, and with caps where it needs them. */
static ElementTest *
new_test (guint i)
{
  ElementTest *test =
      element_test_new (element_test_make (kinds[i].name, NULL));

  if (is_decoder (i))
    element_test_start_text (test);
  else
    gst_harness_set_src_caps (
        test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 1));
  return test;
}

static const gdouble one[] = { 1 };

/* One whole row, or frame; the header first where it is due. */
static GstFlowReturn
push_one (ElementTest *test, guint i)
{
  return is_decoder (i) ? element_test_push_text (test, kinds[i].row)
                        : element_test_push_buffer (test, one, sizeof (one));
}

static GstBuffer *
stamped (const void *data, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, size);

  GST_BUFFER_PTS (buffer) = 0;
  return buffer;
}

START_TEST (test_unmappable)
{
  g_autoptr (ElementTest) test = new_test (_i);

  fail_unless_equals_int (
      gst_harness_push (test->harness, unmappable_buffer_new (8)),
      GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_READ, "cannot be read", NULL);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 0);
}
END_TEST

/* Nothing comes of nothing, before, between and after. */
START_TEST (test_zero_size)
{
  g_autoptr (ElementTest) test = new_test (_i);
  guint before;

  fail_unless_equals_int (
      element_test_push_buffer (test, NULL, 0), GST_FLOW_OK);
  fail_unless_equals_int (push_one (test, _i), GST_FLOW_OK);
  before = gst_harness_buffers_received (test->harness);
  fail_unless_equals_int (
      element_test_push_buffer (test, NULL, 0), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), before);
  fail_unless (element_test_push_eos (test));
  element_test_assert_silent (test);
}
END_TEST

/* ---- flow returns, at each place where there is a push ---- */

static GstFlowReturn refusal;
static guint n_refused;

static GstFlowReturn
refuse_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  n_refused++;
  gst_buffer_unref (buffer);
  return refusal;
}

static GstFlowReturn
refuse_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  n_refused++;
  gst_buffer_list_unref (list);
  return refusal;
}

static const GstFlowReturn refusals[] = { GST_FLOW_FLUSHING, GST_FLOW_EOS,
  GST_FLOW_ERROR, GST_FLOW_NOT_LINKED, GST_FLOW_NOT_NEGOTIATED,
  GST_FLOW_CUSTOM_ERROR };

static ElementTest *
new_refused_test (guint i, GstFlowReturn flow)
{
  ElementTest *test = new_test (i);

  refusal = flow;
  n_refused = 0;
  gst_pad_set_chain_function (test->harness->sinkpad, refuse_buffer);
  gst_pad_set_chain_list_function (test->harness->sinkpad, refuse_list);
  return test;
}

START_TEST (test_flow_of_a_buffer)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (ElementTest) test = new_refused_test (i, refusals[_i]);

    fail_unless_equals_int (push_one (test, i), refusals[_i]);
    fail_unless_equals_int (n_refused, 1);
    element_test_assert_silent (test);
  }
}
END_TEST

/* csvdec pushes what one buffer of text gave as one list: its rows of two
 * keys here. */
START_TEST (test_flow_of_a_list)
{
  g_autoptr (ElementTest) test = new_refused_test (0, refusals[_i]);

  gst_element_set_state (test->element, GST_STATE_NULL);
  g_object_set (test->element, "key", "k", NULL);
  gst_element_set_state (test->element, GST_STATE_PLAYING);
  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, "k,a\nx,1\ny,2\nx,3\n"), refusals[_i]);
  fail_unless_equals_int (n_refused, 1);
  element_test_assert_silent (test);
}
END_TEST

/* The last row without line end, and the header of a CSV without rows, where
 * JSON has none. The EOS event itself goes on, but after an error. */
START_TEST (test_flow_at_eos)
{
  guint i;

  for (i = 0; i < 3; i++) {
    g_autoptr (ElementTest) test = new_refused_test (i, refusals[_i]);

    if (is_decoder (i))
      fail_unless_equals_int (
          element_test_push_text (test, kinds[i].begun), GST_FLOW_OK);
    fail_if (element_test_push_eos (test));
    fail_unless_equals_int (n_refused, 1);
    element_test_assert_silent (test);
  }
}
END_TEST

/* The last row of one text, when the next begins. A pad that pushes a sticky
 * event is never told that it was refused: it is sent here. */
START_TEST (test_flow_at_stream_start)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (decoders); i++) {
    g_autoptr (ElementTest) test = new_refused_test (decoders[i], refusals[_i]);
    g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");

    fail_unless_equals_int (
        element_test_push_text (test, kinds[decoders[i]].begun), GST_FLOW_OK);
    fail_if (gst_pad_send_event (pad, gst_event_new_stream_start ("next")));
    fail_unless_equals_int (n_refused, 1);
    element_test_assert_silent (test);
  }
}
END_TEST

/* A row that waits for the time of the next, when downstream wants another
 * format. */
START_TEST (test_flow_at_reconfigure)
{
  g_autoptr (ElementTest) test = new_refused_test (0, refusals[_i]);

  gst_element_set_state (test->element, GST_STATE_NULL);
  g_object_set (test->element, "time", "t", NULL);
  gst_element_set_state (test->element, GST_STATE_PLAYING);
  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, "t,a\n1,1\n"), GST_FLOW_OK);
  gst_harness_push_upstream_event (test->harness, gst_event_new_reconfigure ());
  fail_unless_equals_int (element_test_push_text (test, "2,2\n"), refusals[_i]);
  fail_unless_equals_int (n_refused, 1);
  element_test_assert_silent (test);
}
END_TEST

/* ---- negotiation ---- */

static const gchar *const foreign_caps[] = {
  "audio/x-raw,format=S16LE,rate=1,channels=1,layout=interleaved",
  "audio/x-raw,format=F64BE,rate=1,channels=1,layout=interleaved",
  "audio/x-raw,format=F64LE,rate=1,channels=1,layout=non-interleaved",
  "audio/x-raw,format=F64LE,rate=1,layout=interleaved",
  "audio/x-raw",
  "text/csv",
};

START_TEST (test_csvenc_foreign_caps)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (encoders); i++) {
    g_autoptr (ElementTest) test =
        element_test_new (element_test_make (kinds[encoders[i]].name, NULL));
    g_autoptr (GstCaps) caps = gst_caps_from_string (foreign_caps[_i]);
    g_autoptr (GstPad) pad = gst_element_get_static_pad (test->element, "sink");

    element_test_start_text (test);
    fail_if (gst_pad_send_event (pad, gst_event_new_caps (caps)));
    fail_unless_equals_int (
        push_one (test, encoders[i]), GST_FLOW_NOT_NEGOTIATED);
  }
}
END_TEST

START_TEST (test_csvenc_downstream_refuses_text)
{
  guint i = encoders[_i];
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make (kinds[i].name, NULL));

  gst_harness_set_sink_caps_str (test->harness, "audio/x-raw");
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F64, 1, 1));
  fail_unless_equals_int (push_one (test, i), GST_FLOW_NOT_NEGOTIATED);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 0);
}
END_TEST

/* Another format in the middle of a stream, the same columns. */
START_TEST (test_csvenc_new_format)
{
  const Kind *kind = &kinds[encoders[_i]];
  g_autoptr (ElementTest) test = new_test (encoders[_i]);
  gfloat narrow = 0.5f;
  g_autofree gchar *text = NULL;
  g_autofree gchar *expected = g_strconcat (kind->first, kind->then, NULL);

  gst_harness_push (test->harness, stamped (one, sizeof (one)));
  gst_harness_set_src_caps (
      test->harness, gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 1, 30));
  gst_harness_push (test->harness, stamped (&narrow, sizeof (narrow)));
  text = element_test_pull_text (test);
  fail_unless_equals_string (text, expected);
  element_test_assert_silent (test);
}
END_TEST

/* ---- queries ---- */

typedef struct {
  GstFormat format;
  gboolean by_encoder; /* passed on to what knows time */
} Asked;

static const Asked asked[] = {
  { GST_FORMAT_TIME, TRUE },
  { GST_FORMAT_BYTES, FALSE },
  { GST_FORMAT_DEFAULT, FALSE },
};

/* What stands upstream of the harness's source pad: a source that knows all. */
static gboolean
answer_all (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_POSITION:
      gst_query_parse_position (query, &format, NULL);
      gst_query_set_position (query, format, 5);
      return TRUE;
    case GST_QUERY_DURATION:
      gst_query_parse_duration (query, &format, NULL);
      gst_query_set_duration (query, format, 9);
      return TRUE;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
      gst_query_set_seeking (query, format, TRUE, 0, 9);
      return TRUE;
    case GST_QUERY_LATENCY:
      gst_query_set_latency (query, TRUE, 3, 4);
      return TRUE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* Bytes and samples upstream are no bytes and rows of text, nor the reverse. */
START_TEST (test_position_and_duration)
{
  GstFormat format = asked[_i].format;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (ElementTest) test = new_test (i);
    gboolean known = !is_decoder (i) && asked[_i].by_encoder;
    gint64 value;

    gst_pad_set_query_function (test->harness->srcpad, answer_all);
    push_one (test, i);
    fail_unless_equals_int (
        gst_pad_peer_query_position (test->harness->sinkpad, format, &value),
        known);
    fail_unless_equals_int (
        gst_pad_peer_query_duration (test->harness->sinkpad, format, &value),
        known);
  }
}
END_TEST

START_TEST (test_seeking)
{
  GstFormat format = asked[_i].format;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (ElementTest) test = new_test (i);
    g_autoptr (GstQuery) query = gst_query_new_seeking (format);
    gboolean seekable = TRUE;

    gst_pad_set_query_function (test->harness->srcpad, answer_all);
    push_one (test, i);
    fail_unless (gst_pad_peer_query (test->harness->sinkpad, query));
    gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
    fail_unless_equals_int (seekable, !is_decoder (i) && asked[_i].by_encoder);
  }
}
END_TEST

/* Neither adds to the latency of what stands before it. */
START_TEST (test_latency)
{
  g_autoptr (ElementTest) test = new_test (_i);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime least, most;
  gboolean live = FALSE;

  gst_pad_set_query_function (test->harness->srcpad, answer_all);
  push_one (test, _i);
  fail_unless (gst_pad_peer_query (test->harness->sinkpad, query));
  gst_query_parse_latency (query, &live, &least, &most);
  fail_unless (live);
  fail_unless_equals_uint64 (least, 3);
  fail_unless_equals_uint64 (most, 4);
}
END_TEST

/* ---- events ---- */

/* A flush in the middle: it passes, pushes nothing, and a new text follows. */
START_TEST (test_flush)
{
  g_autoptr (ElementTest) test = new_test (_i);
  GstSegment segment;
  guint before;

  gst_segment_init (
      &segment, is_decoder (_i) ? GST_FORMAT_BYTES : GST_FORMAT_TIME);
  push_one (test, _i);
  if (is_decoder (_i))
    element_test_push_text (test, "2");
  before = gst_harness_buffers_received (test->harness);
  fail_unless (
      gst_harness_push_event (test->harness, gst_event_new_flush_start ()));
  fail_unless_equals_int (push_one (test, _i), GST_FLOW_FLUSHING);
  fail_unless (
      gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE)));
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), before);
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  fail_unless_equals_int (push_one (test, _i), GST_FLOW_OK);
  fail_unless_equals_int (
      gst_harness_buffers_received (test->harness), before + 1);
  element_test_assert_silent (test);
}
END_TEST

/* FLUSHING downstream is forgotten with the flush. */
START_TEST (test_flushing_ends)
{
  g_autoptr (ElementTest) test = new_refused_test (_i, GST_FLOW_FLUSHING);
  GstSegment segment;

  gst_segment_init (
      &segment, is_decoder (_i) ? GST_FORMAT_BYTES : GST_FORMAT_TIME);
  fail_unless_equals_int (push_one (test, _i), GST_FLOW_FLUSHING);
  gst_harness_push_event (test->harness, gst_event_new_flush_start ());
  gst_harness_push_event (test->harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  refusal = GST_FLOW_OK;
  fail_unless_equals_int (push_one (test, _i), GST_FLOW_OK);
  fail_unless_equals_int (n_refused, 2);
}
END_TEST

typedef struct {
  GstFormat format;
  gdouble rate;
} Played;

static const Played played[] = {
  { GST_FORMAT_BYTES, 1.0 },
  { GST_FORMAT_TIME, -1.0 },
  { GST_FORMAT_TIME, 2.0 },
};

/* Whatever a segment says, frames are written as they come. */
START_TEST (test_csvenc_segments)
{
  g_autoptr (ElementTest) test = new_test (1);
  g_autofree gchar *text = NULL;
  gdouble two = 2;
  GstSegment segment;

  gst_segment_init (&segment, played[_i].format);
  segment.rate = played[_i].rate;
  segment.stop = 10 * GST_SECOND;
  gst_harness_push_event (test->harness, gst_event_new_segment (&segment));
  element_test_push_buffer (test, &two, sizeof (two));
  push_one (test, 1);
  text = element_test_pull_text (test);
  fail_unless_equals_string (text, "out_1\n2\n1\n");
  element_test_assert_silent (test);
}
END_TEST

/* A text is read from its start on, at no other rate. */
START_TEST (test_csvdec_refuses_rates)
{
  guint i = decoders[_i % 2];
  g_autoptr (ElementTest) test = new_test (i);

  push_one (test, i);
  fail_if (gst_harness_push_upstream_event (
      test->harness, gst_event_new_seek (played[_i / 2].rate, GST_FORMAT_TIME,
                         GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                         GST_SEEK_TYPE_SET, 10 * GST_SECOND)));
  element_test_assert_silent (test);
}
END_TEST

/* ---- lifecycle ---- */

START_TEST (test_states_a_thousand_times)
{
  GstElement *element = element_test_make (kinds[_i].name, NULL);
  guint i;

  for (i = 0; i < 1000; i++) {
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
  }
  ASSERT_OBJECT_REFCOUNT (element, kinds[_i].name, 1);
  gst_object_unref (element);
}
END_TEST

static void
add_tests (TCase *tests)
{
  const guint n = G_N_ELEMENTS (kinds);
  const guint n_flows = G_N_ELEMENTS (refusals);

  tcase_add_loop_test (tests, test_unmappable, 0, n);
  tcase_add_loop_test (tests, test_zero_size, 0, n);
  tcase_add_loop_test (tests, test_flow_of_a_buffer, 0, n_flows);
  tcase_add_loop_test (tests, test_flow_of_a_list, 0, n_flows);
  tcase_add_loop_test (tests, test_flow_at_eos, 0, n_flows);
  tcase_add_loop_test (tests, test_flow_at_stream_start, 0, n_flows);
  tcase_add_loop_test (tests, test_flow_at_reconfigure, 0, n_flows);
  tcase_add_loop_test (
      tests, test_csvenc_foreign_caps, 0, G_N_ELEMENTS (foreign_caps));
  tcase_add_loop_test (
      tests, test_csvenc_downstream_refuses_text, 0, G_N_ELEMENTS (encoders));
  tcase_add_loop_test (
      tests, test_csvenc_new_format, 0, G_N_ELEMENTS (encoders));
  tcase_add_loop_test (
      tests, test_position_and_duration, 0, G_N_ELEMENTS (asked));
  tcase_add_loop_test (tests, test_seeking, 0, G_N_ELEMENTS (asked));
  tcase_add_loop_test (tests, test_latency, 0, n);
  tcase_add_loop_test (tests, test_flush, 0, n);
  tcase_add_loop_test (tests, test_flushing_ends, 0, n);
  tcase_add_loop_test (tests, test_csvenc_segments, 0, G_N_ELEMENTS (played));
  tcase_add_loop_test (
      tests, test_csvdec_refuses_rates, 0, 2 * G_N_ELEMENTS (played));
  tcase_add_loop_test (tests, test_states_a_thousand_times, 0, n);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csv-citizen", add_tests);
}
