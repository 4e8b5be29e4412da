/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A pipeline that is started and stopped a thousand times leaves nothing
 * behind: no GStreamer object, by the `leaks` tracer, and no memory. */

#include <malloc.h>

#include "gstlstmaudio.h"
#include "lstm-reference.h"
#include "tracer-test.h"

#define N_CYCLES 1000
/* What is made once and kept has been made by then. */
#define N_WARM 50
/* Of the last ones the tracer writes down what comes and goes. */
#define N_TRACKED 50
/* Less than 100 bytes a cycle. */
#define MAX_GROWTH (64 * 1024)

static guint
count_objects (const GstStructure *checkpoint, const gchar *list)
{
  return gst_value_list_get_size (gst_structure_get_value (checkpoint, list));
}

/* As many objects went since tracking began as came. */
static void
assert_balanced (GstObject *tracer)
{
  GstStructure *checkpoint = NULL;
  guint created, removed;

  g_signal_emit_by_name (tracer, "activity-get-checkpoint", &checkpoint);
  fail_unless (checkpoint != NULL);
  created = count_objects (checkpoint, "objects-created-list");
  removed = count_objects (checkpoint, "objects-removed-list");
  gst_structure_free (checkpoint);
  fail_unless (created > N_TRACKED, "nothing was tracked");
  fail_unless_equals_int (created, removed);
}

/* Some frames, then the end. */
static void
push_stream (GstPad *pad)
{
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 5, 10);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_stream_start ("cycles"));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  for (guint i = 0; i < 4; i++) {
    gfloat *x = reference_input (i, 3 * 5);
    GstBuffer *buffer = gst_buffer_new_wrapped (x, 3 * 5 * sizeof (gfloat));

    fail_unless_equals_int (gst_pad_push (pad, buffer), GST_FLOW_OK);
  }
  gst_pad_push_event (pad, gst_event_new_eos ());
}

static void
run_cycle (GstElement *pipeline, GstPad *pad)
{
  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING) !=
               GST_STATE_CHANGE_FAILURE);
  gst_pad_set_active (pad, TRUE);
  push_stream (pad);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_pad_set_active (pad, FALSE);
}

START_TEST (test_thousand_cycles)
{
  g_autoptr (GstObject) tracer = tracer_test_start ("leaks", NULL);
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autofree gchar *line = g_strdup_printf ("lstm name=l model=\"%s\" ! csvenc "
                                            "! fakesink async=false",
      path);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) lstm = gst_bin_get_by_name (GST_BIN (pipeline), "l");
  g_autoptr (GstPad) sink = gst_element_get_static_pad (lstm, "sink");
  GstPad *pad = gst_pad_new ("src", GST_PAD_SRC);
  gsize used = 0, after = 0;

  gst_pad_link (pad, sink);
  for (guint i = 0; i < N_CYCLES; i++) {
    if (i == N_WARM)
      used = mallinfo2 ().uordblks;
    if (i == N_CYCLES - N_TRACKED) {
      after = mallinfo2 ().uordblks;
      g_signal_emit_by_name (tracer, "activity-start-tracking");
    }
    run_cycle (pipeline, pad);
  }
  assert_balanced (tracer);
  fail_unless (after < used + MAX_GROWTH, "%zu bytes more than after %u cycles",
      after - used, N_WARM);
  gst_object_unref (pad);
  gst_object_unref (pipeline);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_thousand_cycles);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-cycles", add_tests);
}
