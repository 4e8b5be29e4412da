/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of buffers: lstm gives for them what it gives buffer by buffer, to the
 * last bit, and as lists. */

#include <math.h>
#include <string.h>

#include <gst/lstm/lstm.h>

#include "lstm-reference.h"

#define N_BUFFERS 120
#define N_KEYS 7
#define N_SEEDS 6

typedef struct {
  const gchar *model;
  guint features;
  const gchar *properties[6]; /* name, text, ..., NULL */
} Case;

static const Case cases[] = {
  { MODEL_FRAMES, 5, { NULL } },
  { MODEL_FRAMES, 5, { "output", "final", NULL } },
  { MODEL_FRAMES, 5, { "mode", "window", "steps", "3", NULL } },
  { MODEL_FRAMES, 5, { "max-streams", "3", NULL } },
  { MODEL_WINDOW, 1, { NULL } },
  { MODEL_WINDOW, 1, { "stride", "2", "max-streams", "2", NULL } },
  { MODEL_WINDOW, 1, { "stride", "2", NULL } },
  { MODEL_WINDOW, 1, { "stride", "31", "partial-window", "pad", NULL } },
  { MODEL_SEQUENCE, 1, { "stride", "10", NULL } },
  { MODEL_SEQUENCE, 1, { "stride", "10", "output", "final", NULL } },
  { MODEL_STATEFUL, 2, { "mode", "window", "batch", "1", NULL } },
  { MODEL_STATEFUL, 2, { "mode", "window", "partial-batch", "pad", NULL } },
};

static const gchar *const on_nan[] = { "reset", "hold", "pass" };
static const gchar *const gaps[] = { "hold", "reset", "zero", "skip" };

static ElementTest *
new_test (const Case *c, guint seed)
{
  g_autofree gchar *path = reference_model_path (c->model);
  GstElement *element = element_test_make ("lstm", "model", path, "on-nan",
      on_nan[seed % G_N_ELEMENTS (on_nan)], "gap",
      gaps[seed % G_N_ELEMENTS (gaps)], NULL);
  ElementTest *test;

  for (guint i = 0; c->properties[i] != NULL; i += 2)
    gst_util_set_object_arg (
        G_OBJECT (element), c->properties[i], c->properties[i + 1]);
  test = element_test_new (element);
  lstm_test_set_format (test, FALSE, c->features, 10);
  return test;
}

/* One of some keys, or none; sometimes cut, sometimes with a flag, sometimes
 * with a number that is none. */
static GstBuffer *
random_buffer (GRand *rand, guint features, guint n_keys, GstCaps **keys)
{
  guint n = g_rand_int_range (rand, 1, 12) * features;
  g_autofree gfloat *x = g_new (gfloat, n);
  gboolean cut = g_rand_int_range (rand, 0, 20) == 0;
  guint dice = g_rand_int_range (rand, 0, 60);
  guint key = g_rand_int_range (rand, 0, n_keys + 1);
  GstBuffer *buffer;

  for (guint i = 0; i < n; i++)
    x[i] = (gfloat) g_rand_double_range (rand, -1, 1);
  if (dice == 0)
    x[n / 2] = NAN;
  buffer = gst_buffer_new_memdup (x, n * sizeof (gfloat) - (cut ? 2 : 0));
  GST_BUFFER_PTS (buffer) = g_rand_int_range (rand, 0, 1000) * GST_MSECOND;
  if (dice == 1 || dice == 2)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (dice == 3 || dice == 4)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  if (key < n_keys)
    gst_buffer_add_lstm_key_meta (
        buffer, keys[key], g_rand_int_range (rand, 0, 1000));
  return buffer;
}

/* Every other seed has more keys than buffers in a list; one has none. */
static GPtrArray *
random_stream (guint seed, guint features)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  GPtrArray *stream =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  guint n_keys = seed % 3 == 0 ? 0 : seed % 2 ? 2 : N_KEYS;
  GstCaps *keys[N_KEYS];

  for (guint i = 0; i < N_KEYS; i++) {
    g_autofree gchar *name = g_strdup_printf ("key %u", i);

    keys[i] = gst_lstm_key_caps_new (name);
  }
  for (guint i = 0; i < N_BUFFERS; i++)
    g_ptr_array_add (stream, random_buffer (rand, features, n_keys, keys));
  for (guint i = 0; i < N_KEYS; i++)
    gst_caps_unref (keys[i]);
  return stream;
}

/* All that a buffer is. */
static void
describe (GString *text, GstBuffer *buffer)
{
  const gchar *key = "-";
  guint64 number = 0;
  GstMapInfo map;

  gst_buffer_get_lstm_key (buffer, NULL, &key, &number);
  g_string_append_printf (text,
      "%s %" G_GUINT64_FORMAT " pts %" G_GUINT64_FORMAT
      " duration %" G_GUINT64_FORMAT " flags %x:",
      key, number, GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer),
      GST_BUFFER_FLAGS (buffer) & ~GST_BUFFER_FLAG_TAG_MEMORY);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (gsize i = 0; i < map.size; i++)
    g_string_append_printf (text, "%02x", map.data[i]);
  gst_buffer_unmap (buffer, &map);
  g_string_append_c (text, '\n');
}

/* What came out, and how often something was said. */
static gchar *
finish (ElementTest *test)
{
  GString *text = g_string_new (NULL);
  GstMessage *message;
  GstBuffer *buffer;
  GstEvent *event;
  guint n_gaps = 0;

  element_test_push_eos (test);
  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    describe (text, buffer);
    gst_buffer_unref (buffer);
  }
  while ((message = gst_bus_pop_filtered (
              test->bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR)) != NULL) {
    g_autoptr (GError) error = NULL;

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
      gst_message_parse_warning (message, &error, NULL);
    else
      gst_message_parse_error (message, &error, NULL);
    g_string_append_printf (text, "%s\n", error->message);
    gst_message_unref (message);
  }
  while ((event = gst_harness_try_pull_event (test->harness)) != NULL) {
    n_gaps += GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    gst_event_unref (event);
  }
  g_string_append_printf (text, "%u gaps", n_gaps);
  return g_string_free (text, FALSE);
}

static GstFlowReturn
push_lists (ElementTest *test, GPtrArray *stream, guint longest, guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed + 1000);
  GstFlowReturn flow = GST_FLOW_OK;

  for (guint i = 0; i < stream->len && flow == GST_FLOW_OK;) {
    guint n = (guint) g_rand_int_range (rand, 1, (gint) longest + 1);
    GstBufferList *list = gst_buffer_list_new ();

    for (; n > 0 && i < stream->len; n--)
      gst_buffer_list_add (
          list, gst_buffer_ref (g_ptr_array_index (stream, i++)));
    flow = gst_pad_push_list (test->harness->srcpad, list);
  }
  return flow;
}

START_TEST (test_as_one_by_one)
{
  const Case *c = &cases[_i / N_SEEDS];
  guint seed = _i % N_SEEDS;
  g_autoptr (GPtrArray) stream = random_stream (seed, c->features);
  g_autofree gchar *expected = NULL;
  static const guint longest[] = { 1, 5, 40, N_BUFFERS };
  g_autoptr (ElementTest) single = new_test (c, seed);

  for (guint i = 0; i < stream->len; i++)
    gst_harness_push (
        single->harness, gst_buffer_ref (g_ptr_array_index (stream, i)));
  expected = finish (single);
  for (guint k = 0; k < G_N_ELEMENTS (longest); k++) {
    g_autoptr (ElementTest) test = new_test (c, seed);
    g_autofree gchar *found = NULL;

    push_lists (test, stream, longest[k], seed);
    found = finish (test);
    fail_unless_equals_string (found, expected);
  }
}
END_TEST

/* ---- what goes out is a list ---- */

static GstPadProbeReturn
count_lists (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GArray *lengths = user_data;
  guint n = gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info));

  g_array_append_val (lengths, n);
  return GST_PAD_PROBE_OK;
}

START_TEST (test_list_goes_out)
{
  g_autoptr (ElementTest) test = new_test (&cases[0], 0);
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree gfloat *x = reference_input (1, 5 * 5);
  GstBufferList *list = gst_buffer_list_new ();

  gst_pad_add_probe (test->harness->sinkpad, GST_PAD_PROBE_TYPE_BUFFER_LIST,
      count_lists, lengths, NULL);
  for (guint i = 0; i < 5; i++)
    gst_buffer_list_add (
        list, gst_buffer_new_memdup (x + i * 5, 5 * sizeof (gfloat)));
  fail_unless_equals_int (
      gst_pad_push_list (test->harness->srcpad, list), GST_FLOW_OK);
  fail_unless_equals_int (lengths->len, 1);
  fail_unless_equals_int (g_array_index (lengths, guint, 0), 5);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 5);
}
END_TEST

/* ---- what goes wrong ---- */

/* Buffers before the bad one give their outputs; those after it are not looked
 * at. */
START_TEST (test_error_inside)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));
  g_autofree gfloat *x = reference_input (2, 4 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 2, &n);
  GstBufferList *list = gst_buffer_list_new ();

  lstm_test_set_format (test, FALSE, 5, 10);
  x[2 * 5 + 1] = INFINITY;
  for (guint i = 0; i < 4; i++)
    gst_buffer_list_add (
        list, gst_buffer_new_memdup (x + i * 5, 5 * sizeof (gfloat)));
  fail_unless_equals_int (
      gst_pad_push_list (test->harness->srcpad, list), GST_FLOW_ERROR);
  lstm_test_assert_output (test, y, n);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "frame 2", "feature 1", "inf", "on-nan", NULL);
}
END_TEST

/* An index that an Embedding has no row for. */
START_TEST (test_data_error)
{
  g_autofree gchar *path = reference_model_path ("embedding");
  g_autoptr (ElementTest) test = element_test_new (
      element_test_make ("lstm", "model", path, "mode", "window", NULL));
  GstBufferList *list = gst_buffer_list_new ();

  lstm_test_set_format (test, FALSE, 1, 10);
  for (guint i = 0; i < 3; i++) {
    gfloat *x = g_new0 (gfloat, 200);
    GstBuffer *buffer = gst_buffer_new_wrapped (x, 200 * sizeof (gfloat));
    g_autofree gchar *key = g_strdup_printf ("%u", i);
    g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);

    x[3] = i == 1 ? -5 : 0;
    gst_buffer_add_lstm_key_meta (buffer, caps, 0);
    gst_buffer_list_add (list, buffer);
  }
  fail_unless_equals_int (
      gst_pad_push_list (test->harness->srcpad, list), GST_FLOW_ERROR);
  element_test_assert_message (test, GST_MESSAGE_ERROR, GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE, "Embedding", "index", NULL);
}
END_TEST

START_TEST (test_refused_downstream)
{
  g_autoptr (ElementTest) test = new_test (&cases[0], 0);
  g_autoptr (GstPad) src = gst_pad_get_peer (test->harness->sinkpad);
  g_autofree gfloat *x = reference_input (3, 2 * 5);
  GstBufferList *list = gst_buffer_list_new ();

  if (_i == 0)
    GST_PAD_SET_FLUSHING (test->harness->sinkpad);
  else
    gst_pad_unlink (src, test->harness->sinkpad);
  for (guint i = 0; i < 2; i++)
    gst_buffer_list_add (
        list, gst_buffer_new_memdup (x + i * 5, 5 * sizeof (gfloat)));
  fail_unless_equals_int (gst_pad_push_list (test->harness->srcpad, list),
      _i == 0 ? GST_FLOW_FLUSHING : GST_FLOW_NOT_LINKED);
}
END_TEST

/* ---- many keys ---- */

/* They take two lists: each has its state. */
START_TEST (test_many_keys)
{
  g_autoptr (ElementTest) test = new_test (&cases[0], 0);
  g_autofree gfloat *x = reference_input (4, 2 * 5);
  gsize n;
  g_autofree gfloat *y =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 2, &n);
  GstClockTime start = gst_util_get_timestamp ();

  for (guint round = 0; round < 2; round++) {
    GstBufferList *list = gst_buffer_list_new_sized (MANY_KEYS);
    GstBuffer *buffer;

    for (guint i = 0; i < MANY_KEYS; i++) {
      gchar name[16];
      g_autoptr (GstCaps) caps = NULL;

      g_snprintf (name, sizeof name, "%u", i);
      caps = gst_lstm_key_caps_new (name);
      buffer = gst_buffer_new_memdup (x + round * 5, 5 * sizeof (gfloat));
      gst_buffer_add_lstm_key_meta (buffer, caps, round);
      gst_buffer_list_add (list, buffer);
    }
    fail_unless_equals_int (
        gst_pad_push_list (test->harness->srcpad, list), GST_FLOW_OK);
    for (guint i = 0; i < MANY_KEYS; i++) {
      const gchar *key;
      gchar name[16];

      g_snprintf (name, sizeof name, "%u", i);
      buffer = gst_harness_pull (test->harness);
      fail_unless (gst_buffer_get_lstm_key (buffer, NULL, &key, NULL));
      fail_unless_equals_string (key, name);
      fail_unless (gst_buffer_memcmp (buffer, 0, y + round * n / 2,
                       n / 2 * sizeof (gfloat)) == 0);
      gst_buffer_unref (buffer);
    }
  }
  g_print ("# %u keys, two lists: %.2f s\n", MANY_KEYS,
      (gdouble) (gst_util_get_timestamp () - start) / GST_SECOND);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (
      tests, test_as_one_by_one, 0, G_N_ELEMENTS (cases) * N_SEEDS);
  tcase_add_test (tests, test_list_goes_out);
  tcase_add_test (tests, test_error_inside);
  tcase_add_test (tests, test_data_error);
  tcase_add_loop_test (tests, test_refused_downstream, 0, 2);
  tcase_add_test (tests, test_many_keys);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-list", add_tests);
}
