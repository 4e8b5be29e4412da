/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: another model takes over while further outputs go out on request pads.
 */

#include <string.h>

#include "gstlstmaudio.h"
#include "reload-test.h"

#define N 3      /* features */
#define FRAMES 6 /* pushed under each model */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstHarness, gst_harness_teardown)

/* The library's side: one stream, and what its outputs gave. */
typedef struct {
  LstmPlan *plan;
  LstmStream *stream;
  GArray *first; /* gfloat */
  GArray *more;
} Reference;

static void
reference_set (Reference *r, const gchar *name)
{
  g_autofree gchar *path = reload_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, &error);
  LstmStream *stream;

  fail_unless (model != NULL, "%s", error ? error->message : "");
  g_clear_pointer (&r->plan, lstm_plan_unref);
  r->plan = lstm_plan_new (
      model, &(LstmPlanOptions){ .mode = LSTM_MODE_FRAME }, &error);
  fail_unless (r->plan != NULL, "%s", error ? error->message : "");
  stream = lstm_stream_new (r->plan);
  if (r->stream != NULL)
    lstm_stream_copy_matching (stream, r->stream);
  lstm_stream_free (r->stream);
  r->stream = stream;
}

static void
reference_init (Reference *r, const gchar *name)
{
  memset (r, 0, sizeof *r);
  r->first = g_array_new (FALSE, FALSE, sizeof (gfloat));
  r->more = g_array_new (FALSE, FALSE, sizeof (gfloat));
  reference_set (r, name);
}

static void
reference_clear (Reference *r)
{
  lstm_plan_unref (r->plan);
  lstm_stream_free (r->stream);
  g_array_unref (r->first);
  g_array_unref (r->more);
}

static gfloat *
grow (GArray *array, gsize n)
{
  g_array_set_size (array, array->len + n);
  return (gfloat *) array->data + array->len - n;
}

/* The output `more` is the last one of all models. */
static void
reference_run (Reference *r, const gfloat *x, guint n)
{
  g_autoptr (LstmContext) context = lstm_context_new (r->plan);
  guint last = lstm_model_get_n_outputs (lstm_plan_get_model (r->plan)) - 1;
  LstmOutput *outputs = g_newa0 (LstmOutput, last + 1);
  gsize n_first = lstm_plan_get_output_size (r->plan, 0);
  gsize n_more = lstm_plan_get_output_size (r->plan, last);

  outputs[0] = (LstmOutput){ grow (r->first, n * n_first), 0, n_first };
  outputs[last] = (LstmOutput){ grow (r->more, n * n_more), 0, n_more };
  fail_unless_equals_int (lstm_context_process (context, &r->stream, 1, n,
                              &(LstmInput){ x, 0, N }, outputs),
      LSTM_STATUS_OK);
}

static void
assert_bytes (GstHarness *harness, const GArray *expected)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (harness)) != NULL) {
    GstMapInfo map;

    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_byte_array_append (bytes, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_uint64 (bytes->len, expected->len * sizeof (gfloat));
  fail_unless (memcmp (bytes->data, expected->data, bytes->len) == 0);
}

static ElementTest *
make_test (void)
{
  g_autofree gchar *path = reload_path ("outputs");

  return element_test_new (element_test_make ("lstm", "model", path, NULL));
}

/* The request pad's side; then the stream begins. */
static GstHarness *
make_side (ElementTest *test)
{
  GstHarness *side =
      gst_harness_new_with_element (test->element, NULL, "src_more");

  lstm_test_set_format (test, FALSE, N, 10);
  return side;
}

static void
push (ElementTest *test, Reference *r, const gfloat *x)
{
  element_test_push_buffer (test, x, FRAMES * N * sizeof (gfloat));
  reference_run (r, x, FRAMES);
}

static void
set_and_load (ElementTest *test, const gchar *model)
{
  g_autofree gchar *path = reload_path (model);

  reload_test_watch_loading ();
  g_object_set (test->element, "model", path, NULL);
  reload_test_await_loaded ();
}

static gint
current_channels (GstHarness *harness)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  GstLstmAudio audio;

  fail_unless (gst_lstm_audio_from_caps (&audio, caps));
  return audio.channels;
}

typedef struct {
  const gchar *model;
  gint channels; /* of the request pad */
} Case;

static const Case cases[] = { { "outputs-b", 2 }, { "outputs-wider", 4 },
  { "outputs-third", 2 } };

/* A pad carries the output of its name, whatever its place and shape. */
START_TEST (test_data)
{
  const Case *c = &cases[_i];
  g_autoptr (ElementTest) test = make_test ();
  g_autoptr (GstHarness) side = make_side (test);
  g_autofree gfloat *x = reference_input (1, 2 * FRAMES * N);
  Reference r;

  reference_init (&r, "outputs");
  push (test, &r, x);
  fail_unless_equals_int (current_channels (side), 2);
  set_and_load (test, c->model);
  reference_set (&r, c->model);
  push (test, &r, x + FRAMES * N);
  fail_unless_equals_int (current_channels (side), c->channels);
  fail_unless_equals_int (current_channels (test->harness), 2);
  assert_bytes (side, r.more);
  assert_bytes (test->harness, r.first);
  reference_clear (&r);
}
END_TEST

typedef struct {
  const gchar *model;
  const gchar *caps; /* that the request pad's peer takes */
  const gchar *text;
  const gchar *more;
} Refused;

static const Refused refused[] = {
  { "outputs-other", "audio/x-raw", "src_more", "src_less" },
  { "outputs-wider", "audio/x-raw, channels=2", "src_more", "4 features" },
  { "a", "audio/x-raw", "src_more", "none" },
};

/* No output of that name, or one that its peer does not take: all stays. */
START_TEST (test_refused)
{
  const Refused *c = &refused[_i];
  g_autoptr (ElementTest) test = make_test ();
  g_autoptr (GstHarness) side = make_side (test);
  g_autofree gfloat *x = reference_input (1, 2 * FRAMES * N);
  Reference r;

  gst_harness_set_sink_caps_str (side, c->caps);
  reference_init (&r, "outputs");
  push (test, &r, x);
  set_and_load (test, c->model);
  push (test, &r, x + FRAMES * N);
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_SETTINGS, "old model runs on", c->text, c->more, NULL);
  assert_bytes (side, r.more);
  assert_bytes (test->harness, r.first);
  reference_clear (&r);
}
END_TEST

/* The same when caps come that only the new model was made for: it is refused
 * for its pads, so the caps are, too. */
START_TEST (test_refused_caps)
{
  g_autoptr (ElementTest) test = make_test ();
  g_autoptr (GstHarness) side = make_side (test);
  g_autofree gfloat *x = reference_input (1, FRAMES * N);
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 4, 10);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  Reference r;

  reference_init (&r, "outputs");
  push (test, &r, x);
  set_and_load (test, "four");
  gst_harness_push_event (test->harness, gst_event_new_caps (caps));
  fail_unless_equals_int (element_test_push_buffer (test, x, 4 * sizeof *x),
      GST_FLOW_NOT_NEGOTIATED);
  message = gst_bus_pop_filtered (test->bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, "src_more") != NULL);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_FORMAT, "3 features", "4 channels", NULL);
  assert_bytes (side, r.more);
  reference_clear (&r);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_data, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (tests, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_test (tests, test_refused_caps);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-reload-pads", add_tests);
}
