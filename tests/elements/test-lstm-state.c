/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: states taken out and put in by an application. */

#include <string.h>

#include "gstlstmaudio.h"
#include "lstm-runs.h"

static GBytes *
get_state (ElementTest *test, const gchar *key)
{
  GBytes *state = NULL;

  if (key != NULL)
    g_signal_emit_by_name (test->element, "get-key-state", key, &state);
  else
    g_signal_emit_by_name (test->element, "get-state", &state);
  return state;
}

static gboolean
set_state (ElementTest *test, GBytes *state)
{
  gboolean ok = FALSE;

  g_signal_emit_by_name (test->element, "set-state", state, &ok);
  return ok;
}

/* ---- a run that is broken off goes on ---- */

/* From one element to another, by what an application can see. */
static void
move_states (ElementTest *from, ElementTest *to)
{
  g_auto (GStrv) keys = NULL;
  g_autoptr (GBytes) only = NULL;

  g_signal_emit_by_name (from->element, "list-keys", &keys);
  for (guint i = 0; keys[i] != NULL; i++) {
    g_autoptr (GBytes) state = get_state (from, keys[i]);

    fail_unless (state != NULL && set_state (to, state));
  }
  if (keys[0] != NULL)
    return;
  only = get_state (from, NULL);
  fail_unless (only != NULL && set_state (to, only));
}

static GByteArray *
unbroken (const Run *run, gboolean f64, const GByteArray *bytes, guint cut)
{
  g_autoptr (ElementTest) test = run_start (run, f64, NULL);
  GByteArray *out = g_byte_array_new ();

  run_push (test, run, f64, bytes, 0, cut);
  run_pull (test, out);
  run_push (test, run, f64, bytes, cut, bytes->len);
  element_test_push_eos (test);
  run_pull (test, out);
  return out;
}

static GByteArray *
broken_off (const Run *run, gboolean f64, const GByteArray *bytes, guint cut)
{
  g_autoptr (ElementTest) broken = run_start (run, f64, NULL);
  g_autoptr (ElementTest) second = run_start (run, f64, NULL);
  GByteArray *out = g_byte_array_new ();

  run_push (broken, run, f64, bytes, 0, cut);
  run_pull (broken, out);
  move_states (broken, second);
  run_push (second, run, f64, bytes, cut, bytes->len);
  element_test_push_eos (second);
  run_pull (second, out);
  return out;
}

/* In short streams at every byte, in longer ones at bytes that in their turn
 * are each of a frame's; in keyed ones between frames. */
static guint
cut_step (const Run *run, gboolean f64, guint size)
{
  if (run->keyed)
    return run->channels * (f64 ? 8 : 4);
  if (size < 200)
    return 1;
  return f64 ? 13 : 7;
}

START_TEST (test_every_cut)
{
  const Run *run = &runs[_i / 2];
  gboolean f64 = _i % 2;
  g_autoptr (GByteArray) bytes = run_bytes (run, f64);
  guint step = cut_step (run, f64, bytes->len);

  for (guint at = 0; at < bytes->len + step; at += step) {
    guint cut = MIN (at, bytes->len);
    g_autoptr (GByteArray) whole = unbroken (run, f64, bytes, cut);
    g_autoptr (GByteArray) joined = broken_off (run, f64, bytes, cut);

    fail_unless (whole->len > 0);
    fail_unless_equals_int (joined->len, whole->len);
    fail_unless (memcmp (joined->data, whole->data, whole->len) == 0,
        "%s, cut at byte %u: the outputs differ", run->name, cut);
  }
}
END_TEST

/* Looking does not disturb: bits, times and buffers stay. */
START_TEST (test_peek)
{
  const Run *run = &runs[_i];
  g_autoptr (GByteArray) bytes = run_bytes (run, FALSE);
  guint frame = run->channels * 4, size = run->keyed ? frame : frame + 3;
  GByteArray *outs[2];

  for (guint peek = 0; peek < 2; peek++) {
    g_autoptr (ElementTest) test = run_start (run, FALSE, NULL);

    outs[peek] = g_byte_array_new ();
    for (guint at = 0; at < bytes->len; at += size) {
      g_autoptr (GBytes) state = NULL;
      g_auto (GStrv) keys = NULL;

      run_push (test, run, FALSE, bytes, at, MIN (at + size, bytes->len));
      run_pull (test, outs[peek]);
      if (!peek)
        continue;
      g_signal_emit_by_name (test->element, "list-keys", &keys);
      state = get_state (test, keys[0]);
      fail_unless (state != NULL);
    }
    element_test_push_eos (test);
    run_pull (test, outs[peek]);
  }
  fail_unless (outs[0]->len > 0);
  fail_unless_equals_int (outs[0]->len, outs[1]->len);
  fail_unless (memcmp (outs[0]->data, outs[1]->data, outs[0]->len) == 0);
  g_byte_array_unref (outs[0]);
  g_byte_array_unref (outs[1]);
}
END_TEST

/* ---- what may come between ---- */

typedef enum { NOTHING, START, SEGMENT, CAPS, DISCONT, FLUSH, RESET } Between;

static void
come_between (ElementTest *test, Between what, gint rate)
{
  GstHarness *h = test->harness;
  g_autoptr (GstCaps) caps = NULL;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  switch (what) {
    case START:
      gst_harness_push_event (h, gst_event_new_stream_start ("new"));
      break;
    case SEGMENT:
      segment.start = GST_SECOND;
      gst_harness_push_event (h, gst_event_new_segment (&segment));
      break;
    case CAPS:
      caps = gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, 5, rate);
      gst_harness_push_event (h, gst_event_new_caps (caps));
      break;
    case FLUSH:
      gst_harness_push_event (h, gst_event_new_flush_start ());
      gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
      gst_harness_push_event (h, gst_event_new_segment (&segment));
      break;
    case RESET:
      g_signal_emit_by_name (test->element, "reset-state");
      break;
    default:
      break;
  }
}

static void
push_frames (ElementTest *test, const gfloat *x, guint n, Between between)
{
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * 5 * sizeof (gfloat));

  if (between == DISCONT)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

#define ALL_RESETS "stream-start+flush+discont+segment+caps"

/* A state that was put in outlives what comes before the first buffer, and that
 * buffer's DISCONT; not a flush, and not the same things once more. */
START_TEST (test_survives)
{
  Between between = _i;
  gboolean survives = between != FLUSH && between != RESET;
  g_autoptr (ElementTest) broken = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_FRAMES, 5, 10, "reset-on", ALL_RESETS, NULL);
  g_autofree gfloat *x = reference_input (11, 12 * 5);
  gsize n;
  g_autofree gfloat *whole =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 12, &n);
  g_autofree gfloat *middle =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x + 4 * 5, 4, &n);
  g_autofree gfloat *end =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x + 8 * 5, 4, &n);
  g_autoptr (GBytes) state = NULL;

  push_frames (broken, x, 4, NOTHING);
  state = get_state (broken, NULL);
  fail_unless (set_state (test, state));
  come_between (test, between, 77);
  push_frames (test, x + 4 * 5, 4, between);
  lstm_test_assert_output (test, survives ? whole + 4 * 6 : middle, 4 * 6);
  come_between (test, between, 78);
  push_frames (test, x + 8 * 5, 4, between);
  lstm_test_assert_output (
      test, between == NOTHING ? whole + 8 * 6 : end, 4 * 6);
}
END_TEST

/* While frames come a state may be put back to an earlier one. */
START_TEST (test_back)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (12, 12 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 12, &n);
  g_autoptr (GBytes) fresh = get_state (test, NULL);
  g_autoptr (GBytes) state = NULL;

  push_frames (test, x, 5, NOTHING);
  state = get_state (test, NULL);
  push_frames (test, x + 5 * 5, 7, NOTHING);
  lstm_test_assert_output (test, y, n);
  fail_unless (set_state (test, state));
  push_frames (test, x + 5 * 5, 7, NOTHING);
  lstm_test_assert_output (test, y + 5 * 6, 7 * 6);
  fail_unless (set_state (test, fresh));
  push_frames (test, x, 12, NOTHING);
  lstm_test_assert_output (test, y, n);
  element_test_assert_silent (test);
}
END_TEST

/* Frames that waited go on in the time of the new stream: they end where it
 * begins. */
START_TEST (test_new_time)
{
  static const GstClockTime starts[] = { 0, 100 * GST_SECOND };
  g_autoptr (ElementTest) broken = lstm_test_new (MODEL_SEQUENCE, 1, 10, NULL);
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_SEQUENCE, 1, 10, NULL);
  g_autofree gfloat *x = reference_input (13, 25);
  GstBuffer *buffer = gst_buffer_new_memdup (x, 20 * sizeof (gfloat)), *out;
  g_autoptr (GBytes) state = NULL;
  GstClockTime before = 20 * (GST_SECOND / 10);

  GST_BUFFER_PTS (buffer) = 50 * GST_SECOND;
  gst_harness_push (broken->harness, buffer);
  state = get_state (broken, NULL);
  fail_unless (set_state (test, state));
  buffer = gst_buffer_new_memdup (x + 20, 5 * sizeof (gfloat));
  GST_BUFFER_PTS (buffer) = starts[_i];
  gst_harness_push (test->harness, buffer);
  out = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (out), starts[_i] - MIN (starts[_i], before));
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 25 * GST_SECOND / 10);
  gst_buffer_unref (out);
}
END_TEST

/* ---- what is in it ---- */

/* It is the library's own: each takes the other's. */
START_TEST (test_library)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, &options, NULL);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (14, 12 * 5);
  gfloat y[12 * 6];
  g_autoptr (GBytes) mine = NULL, theirs = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  fail_unless_equals_int (
      lstm_context_process (context, &stream, 1, 4, &(LstmInput){ x, 0, 5 },
          &(LstmOutput){ y, 0, 6 }),
      LSTM_STATUS_OK);
  mine = lstm_state_save (stream, NULL, NULL);
  fail_unless (set_state (test, mine));
  push_frames (test, x + 4 * 5, 4, NOTHING);
  theirs = get_state (test, NULL);
  fail_unless (lstm_state_load (theirs, stream, &extras, NULL));
  fail_unless_equals_uint64 (extras.frames, 4);
  lstm_context_process (context, &stream, 1, 4, &(LstmInput){ x + 8 * 5, 0, 5 },
      &(LstmOutput){ y, 0, 6 });
  g_byte_array_unref (lstm_test_pull (test));
  push_frames (test, x + 8 * 5, 4, NOTHING);
  lstm_test_assert_output (test, y, 4 * 6);
}
END_TEST

/* Its counter counts frames since the last reset, of its own key. */
START_TEST (test_counter)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (15, 9 * 5);
  static const struct {
    const gchar *key;
    guint64 frames;
  } expected[] = { { "a", 4 }, { "b", 9 } };

  lstm_test_push_keyed (test, "a", x, 5 * 5);
  lstm_test_push_keyed (test, "b", x, 9 * 5);
  g_signal_emit_by_name (test->element, "reset-key", "a");
  lstm_test_push_keyed (test, "a", x, 4 * 5);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (GBytes) state = get_state (test, expected[i].key);
    g_auto (LstmStateExtras) extras = { 0 };

    fail_unless (lstm_state_inspect (state, NULL, &extras, NULL));
    fail_unless_equals_string (extras.key, expected[i].key);
    fail_unless_equals_uint64 (extras.frames, expected[i].frames);
  }
}
END_TEST

/* ---- what is refused ---- */

#define WARNED(test, ...)                                                      \
  element_test_assert_message (test, GST_MESSAGE_WARNING, GST_LIBRARY_ERROR,   \
      GST_LIBRARY_ERROR_SETTINGS, __VA_ARGS__, NULL)

START_TEST (test_not_running)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autoptr (GBytes) state = get_state (test, NULL);

  gst_element_set_state (test->element, GST_STATE_READY);
  fail_unless (get_state (test, NULL) == NULL);
  WARNED (test, "get-state", "no model is loaded", "PAUSED");
  fail_if (set_state (test, state));
  WARNED (test, "set-state", "no model is loaded", "PAUSED");
}
END_TEST

START_TEST (test_which_key)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, 5, 10, NULL);
  g_autofree gfloat *x = reference_input (16, 5);
  g_autoptr (GBytes) state = NULL;
  g_auto (LstmStateExtras) extras = { 0 };

  lstm_test_push_keyed (test, "a", x, 5);
  state = get_state (test, NULL);
  fail_unless (lstm_state_inspect (state, NULL, &extras, NULL));
  fail_unless_equals_string (extras.key, "a");
  lstm_test_push_keyed (test, "b", x, 5);
  fail_unless (get_state (test, NULL) == NULL);
  WARNED (test, "2 keys", "expected one", "get-key-state");
  fail_unless (get_state (test, "nobody") == NULL);
  WARNED (test, "'nobody'", "2 that have", "list-keys");
}
END_TEST

/* Two elements, the state of one of which does not fit the other. */
typedef struct {
  const gchar *from, *to; /* models */
  guint from_channels, to_channels;
  const gchar *name, *from_value, *to_value;
  const gchar *found, *expected;
} Misfit;

static const Misfit misfits[] = {
  { MODEL_FRAMES, MODEL_STATEFUL, 5, 2, "batch", "0", "0", "another model",
      "expected" },
  { MODEL_FRAMES, MODEL_FRAMES, 5, 5, "mode", "frame", "window", "frame mode",
      "expected window mode" },
  { MODEL_STATEFUL, MODEL_STATEFUL, 2, 2, "batch", "2", "3", "batch of 2",
      "expected one of 3" },
  { MODEL_STATEFUL, MODEL_STATEFUL, 2, 2, "stride", "3", "4",
      "10 frames, 3 apart", "expected 10 and 4" },
};

START_TEST (test_misfit)
{
  const Misfit *misfit = &misfits[_i];
  const gchar *steps = strcmp (misfit->name, "mode") == 0 ? "6" : "0";
  g_autoptr (ElementTest) from =
      lstm_test_new (misfit->from, misfit->from_channels, 10, "steps", steps,
          misfit->name, misfit->from_value, NULL);
  g_autoptr (ElementTest) to = lstm_test_new (misfit->to, misfit->to_channels,
      10, "steps", steps, misfit->name, misfit->to_value, NULL);
  g_autofree gfloat *x = reference_input (17, 20 * 5);
  g_autoptr (GBytes) state = NULL, before = NULL, after = NULL;

  element_test_push_buffer (from, x, 7 * misfit->from_channels * 4);
  element_test_push_buffer (to, x, 9 * misfit->to_channels * 4);
  state = get_state (from, NULL);
  before = get_state (to, NULL);
  fail_if (set_state (to, state));
  WARNED (to, "set-state", misfit->found, misfit->expected);
  after = get_state (to, NULL);
  fail_unless (g_bytes_equal (before, after));
}
END_TEST

static GBytes *
flip (GBytes *bytes, gsize at, guint8 bits)
{
  gsize size;
  gconstpointer from = g_bytes_get_data (bytes, &size);
  guint8 *data = g_memdup2 (from, size);

  data[at] ^= bits;
  return g_bytes_new_take (data, size);
}

START_TEST (test_damaged)
{
  g_autoptr (ElementTest) test =
      lstm_test_new (MODEL_STATEFUL, 2, 10, "stride", "3", NULL);
  g_autofree gfloat *x = reference_input (18, 14 * 2);
  g_autoptr (GBytes) before = NULL, after = NULL;

  element_test_push_buffer (test, x, 14 * 2 * sizeof (gfloat));
  before = get_state (test, NULL);
  for (gsize i = 0; i < g_bytes_get_size (before); i += 13) {
    g_autoptr (GBytes) bad = flip (before, i, 0x10);

    fail_if (set_state (test, bad));
    gst_message_unref (gst_bus_pop_filtered (test->bus, GST_MESSAGE_WARNING));
  }
  after = get_state (test, NULL);
  fail_unless (g_bytes_equal (before, after));
}
END_TEST

/* The same state, with others' bytes in place of the frames that wait. */
static GBytes *
with_pending (ElementTest *test, const guint8 *data, gsize n)
{
  g_autofree gchar *path = reference_model_path (MODEL_STATEFUL);
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  LstmPlanOptions options = { .mode = LSTM_MODE_WINDOW };
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, &options, NULL);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autoptr (GBytes) pending = g_bytes_new (data, n);
  LstmStateExtras extras = { .pending = pending };

  return lstm_state_save (stream, &extras, NULL);
}

/* Whatever stands there under a checksum that holds: refused, or such as could
 * have been saved, and then frames go on. */
START_TEST (test_malformed)
{
  static const guint8 values[] = { 0x01, 0x80, 0xff };
  const gchar *properties[] = { "3", "12" };
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATEFUL, 2, 10, "stride",
      properties[_i], "on-nan", "hold", "partial-window", "pad", NULL);
  g_autofree gfloat *x = reference_input (19, 20 * 2);
  g_auto (LstmStateExtras) extras = { 0 };
  g_autoptr (GBytes) state = NULL;
  const guint8 *pending;
  gsize size;
  guint n_refused = 0, n_taken = 0;

  element_test_push_buffer (test, x, (_i ? 11 : 14) * 2 * 4 + 3);
  state = get_state (test, NULL);
  fail_unless (lstm_state_inspect (state, NULL, &extras, NULL));
  pending = g_bytes_get_data (extras.pending, &size);
  for (gsize i = 0; i < size * G_N_ELEMENTS (values); i++) {
    g_autoptr (GBytes) other = flip (extras.pending, i / G_N_ELEMENTS (values),
        values[i % G_N_ELEMENTS (values)]);
    g_autoptr (GBytes) changed =
        with_pending (test, g_bytes_get_data (other, NULL), size);

    gst_bus_set_flushing (test->bus, TRUE);
    if (set_state (test, changed)) {
      n_taken++;
      element_test_push_buffer (test, x, 20 * 2 * sizeof (gfloat));
      g_byte_array_unref (lstm_test_pull (test));
    } else {
      n_refused++;
    }
  }
  gst_bus_set_flushing (test->bus, FALSE);
  fail_unless (n_refused > 50 && n_taken > 50, "%u %u", n_refused, n_taken);
  for (gsize n = 1; n < size; n++) {
    g_autoptr (GBytes) cut = with_pending (test, pending, n);

    fail_if (set_state (test, cut));
    WARNED (test, "malformed", "delete it");
  }
}
END_TEST

START_TEST (test_pending_version)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_STATEFUL, 2, 10, NULL);
  g_autoptr (GBytes) state = get_state (test, NULL), changed = NULL;
  g_auto (LstmStateExtras) extras = { 0 };
  g_autoptr (GBytes) other = NULL;

  fail_unless (lstm_state_inspect (state, NULL, &extras, NULL));
  other = flip (extras.pending, 0, 1);
  changed = with_pending (
      test, g_bytes_get_data (other, NULL), g_bytes_get_size (other));
  fail_if (set_state (test, changed));
  WARNED (test, "version 3, expected 2 or less", "delete it");
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_every_cut, 0, 2 * (int) runs_count ());
  tcase_add_loop_test (tests, test_peek, 0, (int) runs_count ());
  tcase_add_loop_test (tests, test_survives, NOTHING, RESET + 1);
  tcase_add_test (tests, test_back);
  tcase_add_loop_test (tests, test_new_time, 0, 2);
  tcase_add_test (tests, test_library);
  tcase_add_test (tests, test_counter);
  tcase_add_test (tests, test_not_running);
  tcase_add_test (tests, test_which_key);
  tcase_add_loop_test (tests, test_misfit, 0, G_N_ELEMENTS (misfits));
  tcase_add_test (tests, test_damaged);
  tcase_add_loop_test (tests, test_malformed, 0, 2);
  tcase_add_test (tests, test_pending_version);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-state", add_tests);
}
