/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* csvdec: the same frames however the text is cut and written. */

#include <gst/lstm/lstm.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "gstlstmrows.h"

typedef struct {
  const gchar *what;
  const gchar *text;
} Variant;

/* Ways to write one and the same table. */
static const Variant variants[] = {
  { "LF", "id,t,a,b\np,x,1,-2.5\np,y,3,4e2\nq,z,.5,6\n" },
  { "no last line end", "id,t,a,b\np,x,1,-2.5\np,y,3,4e2\nq,z,.5,6" },
  { "CRLF", "id,t,a,b\r\np,x,1,-2.5\r\np,y,3,4e2\r\nq,z,.5,6\r\n" },
  { "CR", "id,t,a,b\rp,x,1,-2.5\rp,y,3,4e2\rq,z,.5,6\r" },
  { "BOM", "\xef\xbb\xbfid,t,a,b\np,x,1,-2.5\np,y,3,4e2\nq,z,.5,6\n" },
  { "BOM and quotes",
      "\xef\xbb\xbf\"id\",t,a,b\np,x,1,-2.5\np,y,3,4e2\nq,z,.5,6\n" },
  { "quotes", "\"id\",\"t\",\"a\",\"b\"\r\n\"p\",\"x\",\"1\",\"-2.5\"\r\n"
              "\"p\",\"y\",\"3\",\"4e2\"\r\n\"q\",\"z\",\".5\",\"6\"\r\n" },
  { "blank lines",
      "\n\r\nid,t,a,b\n\n  \np,x,1,-2.5\n\t\np,y,3,4e2\n\n\nq,z,.5,6\n\n" },
  { "blanks", " id , t,a ,\tb\np,x, 1,-2.5 \np, y,3,\" 4e2 \"\nq,z, .5 ,6\n" },
  { "more columns", "u,id,t,v,a,b\n?,p,x,,1,-2.5\n,p,y,w,3,4e2\n,q,z,,.5,6\n" },
  { "other order", "b,a,t,id\n-2.5,1,x,p\n4e2,3,y,p\n6,.5,z,q\n" },
};

static const gchar expected_frames[] = "0 p|x: 1 -2.5\n"
                                       "1 p|y: 3 400\n"
                                       "2 q|z: 0.5 6\n";

static void
check_text (GstElement *element, const void *text, gsize size, gsize chunk,
    const gchar *expected)
{
  g_autoptr (ElementTest) test = element_test_new (element);
  g_autofree gchar *frames = NULL;

  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push (test, text, size, chunk), GST_FLOW_OK);
  fail_unless (element_test_push_eos (test));
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, expected);
  element_test_assert_silent (test);
}

/* Every variant, in chunks of every size. */
START_TEST (test_cut_anywhere)
{
  const Variant *variant = &variants[_i];
  gsize size = strlen (variant->text);
  gsize chunk;

  for (chunk = 1; chunk <= size; chunk++)
    check_text (element_test_make ("csvdec", "features", "a,b", "key", "id",
                    "keep", "t", NULL),
        variant->text, size, chunk, expected_frames);
}
END_TEST

START_TEST (test_quoted_text)
{
  static const gchar text[] = "a,note\n1,\"x, \"\"y\"\"\"\n"
                              "2,\"two\r\nlines\"\n3,\" blanks \"\n4,\"\"\n";
  gsize chunk;

  for (chunk = 1; chunk <= strlen (text); chunk++)
    check_text (element_test_make ("csvdec", "keep", "note", NULL), text,
        strlen (text), chunk,
        "0 -|x, \"y\": 1\n1 -|two\r\nlines: 2\n2 -| blanks : 3\n3 -|: 4\n");
}
END_TEST

typedef struct {
  const gchar *properties[9]; /* pairs */
  const gchar *text;
  const gchar *frames;
} Selection;

static const Selection selections[] = {
  { { NULL }, "a,b\n1,2\n", "0 -: 1 2\n" },
  { { "features", "b,a" }, "a,b\n1,2\n", "0 -: 2 1\n" },
  { { "features", "" }, "a,b\n1,2\n", "0 -: 1 2\n" },
  { { "features", "\"x,y\",b" }, "\"x,y\",b\n1,2\n", "0 -: 1 2\n" },
  { { "features", "2" }, "a,b\n1,2\n", "0 -: 2\n" },
  { { "features", "2" }, "2,b\n1,5\n", "0 -: 1\n" },
  { { "key", "a" }, "a,b\n1,2\n", "0 1: 2\n" },
  { { "key", "a", "keep", "a,b" }, "a,b,c\n1,2,3\n", "0 1|2: 3\n" },
  { { "features", "a", "keep", "a" }, "a,b\n1,2\n", "0 -|1: 1\n" },
  { { "features", "a", "key", "a" }, "a,b\n1,2\n", "0 1: 1\n" },
  { { "key", "" }, "a,b\n1,2\n", "0 -: 1 2\n" },
  { { "header", "false" }, "1,2\n3,4\n", "0 -: 1 2\n1 -: 3 4\n" },
  { { "header", "false", "features", "3,1", "key", "2" }, "1,k,2\n",
      "0 k: 2 1\n" },
  { { "header", "false", "keep", "1" }, "w,1\nv,2", "0 -|w: 1\n1 -|v: 2\n" },
  { { "delimiter", ";" }, "a;b\n1;2\n", "0 -: 1 2\n" },
  { { "delimiter", "tab" }, "a\tb\n1\t2\n", "0 -: 1 2\n" },
  { { "delimiter", " " }, "a b\n1 2\n", "0 -: 1 2\n" },
  { { "features", "b" }, "a,a,b\nx,y,1\n", "0 -: 1\n" },
  { { NULL }, ",b\n1,2\n", "0 -: 1 2\n" },
  { { "features", "1" }, ",b\n1,2\n", "0 -: 1\n" },
};

START_TEST (test_selection)
{
  const Selection *selection = &selections[_i];
  GstElement *element = element_test_make ("csvdec", NULL);
  guint i;

  for (i = 0; selection->properties[i] != NULL; i += 2)
    gst_util_set_object_arg (G_OBJECT (element), selection->properties[i],
        selection->properties[i + 1]);
  check_text (element, selection->text, strlen (selection->text), G_MAXSIZE,
      selection->frames);
}
END_TEST

START_TEST (test_nan_and_inf)
{
  static const gchar text[] = "a,b,c\nnan,inf,-inf\nNaN,INF,-Infinity\n"
                              "-nan,+inf,infinity\n";

  check_text (element_test_make ("csvdec", NULL), text, strlen (text), 5,
      "0 -: nan inf -inf\n1 -: nan inf -inf\n2 -: -nan inf inf\n");
}
END_TEST

/* Denormals and what is too small for them are numbers, not errors. */
START_TEST (test_small_numbers)
{
  static const gchar text[] = "a,b,c\n5e-324,1e-999,-0\n";

  check_text (element_test_make ("csvdec", NULL), text, strlen (text), 5,
      "0 -: 4.94065646e-324 0 -0\n");
}
END_TEST

START_TEST (test_comma_locale)
{
  static const gchar text[] = "a;b\n1.5;-2.25e1\n";

  fail_unless (element_test_use_comma_locale ());
  check_text (element_test_make ("csvdec", "delimiter", ";", NULL), text,
      strlen (text), 3, "0 -: 1.5 -22.5\n");
  element_test_leave_locale ();
}
END_TEST

START_TEST (test_double_is_exact)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autoptr (GstBuffer) buffer = NULL;
  const gdouble expected[] = { 0.1, 518.67, 1.7976931348623157e308 };

  element_test_start_text (test);
  element_test_push_text (test, "a,b,c\n0.1,518.67,1.7976931348623157e308\n");
  buffer = gst_harness_pull (test->harness);
  gst_check_buffer_data (buffer, expected, sizeof (expected));
}
END_TEST

/* How many frames each buffer has, and of which key. */
static gchar *
pull_cuts (ElementTest *test, gsize frame_size)
{
  GString *cuts = g_string_new (NULL);
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    const gchar *key = "-";

    gst_buffer_get_lstm_key (buffer, NULL, &key, NULL);
    g_string_append_printf (cuts, "%s%" G_GSIZE_FORMAT " ", key,
        gst_buffer_get_size (buffer) / frame_size);
    gst_buffer_unref (buffer);
  }
  return g_string_free (cuts, FALSE);
}

START_TEST (test_keyed_runs)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "key", "k", NULL));
  g_autofree gchar *cuts = NULL;
  guint i;

  element_test_start_text (test);
  element_test_push_text (test, "k,a\nx,1\nx,2\ny,3\n\"\",4\nx,5\nx,6\nx,7\n");
  cuts = pull_cuts (test, 8);
  fail_unless_equals_string (cuts, "x2 y1 1 x3 ");
  for (i = 0; i < 100; i++)
    element_test_push_text (test, i % 2 == 0 ? "x,1\nx,1\n" : "y,1\nx,1\n");
  g_free (cuts);
  cuts = pull_cuts (test, 8);
  fail_unless (g_str_has_prefix (cuts, "x2 y1 x1 x2 y1 x1 "));
  element_test_assert_silent (test);
}
END_TEST

/* A key that returns has the reference caps that it had. */
START_TEST (test_key_caps_interned)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "key", "k", NULL));
  g_autoptr (GstBuffer) buffer1 = NULL, buffer2 = NULL, buffer3 = NULL;
  GstCaps *x1, *y, *x2;
  guint64 frame;

  element_test_start_text (test);
  element_test_push_text (test, "k,a\nx,1\ny,2\nx,3\n");
  buffer1 = gst_harness_pull (test->harness);
  buffer2 = gst_harness_pull (test->harness);
  buffer3 = gst_harness_pull (test->harness);
  fail_unless (gst_buffer_get_lstm_key (buffer1, &x1, NULL, &frame));
  fail_unless_equals_uint64 (frame, 0);
  fail_unless (gst_buffer_get_lstm_key (buffer2, &y, NULL, NULL));
  fail_unless (gst_buffer_get_lstm_key (buffer3, &x2, NULL, &frame));
  fail_unless_equals_uint64 (frame, 2);
  fail_unless (x1 == x2);
  fail_unless (x1 != y);
}
END_TEST

START_TEST (test_max_frames)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "max-frames", "3", NULL));
  g_autofree gchar *cuts = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "a\n1\n2\n3\n4\n5\n6\n7\n");
  cuts = pull_cuts (test, 8);
  fail_unless_equals_string (cuts, "-3 -3 -1 ");
}
END_TEST

/* More buffers from one chunk than go in one list. */
START_TEST (test_many_buffers)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "max-frames", "1", NULL));
  g_autoptr (GString) text = g_string_new ("a\n");
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autofree gchar *frames = NULL;
  guint i;

  for (i = 0; i < 1000; i++) {
    g_string_append_printf (text, "%u\n", i);
    g_string_append_printf (expected, "%u -: %u\n", i, i);
  }
  element_test_start_text (test);
  element_test_push_text (test, text->str);
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 1000);
  frames = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (frames, expected->str);
}
END_TEST

/* A live tail: each row comes out as soon as its line is whole. */
START_TEST (test_rows_do_not_wait)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));

  element_test_start_text (test);
  element_test_push_text (test, "a,b\n1,2");
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 0);
  element_test_push_text (test, "\n3,4\n5");
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 1);
  element_test_push_text (test, ",6\n");
  fail_unless_equals_int (gst_harness_buffers_received (test->harness), 2);
}
END_TEST

static const gint rates[][3] = {
  { 1, 1, 1 },
  { 25, 1, 25 },
  { 30000, 1001, 30 },
  { 1, 60, 1 },
  { 1, 2147483647, 1 },
  { 2147483647, 1, 2147483647 },
  { 48000, 1, 48000 },
};

START_TEST (test_rates)
{
  g_autofree gchar *rate =
      g_strdup_printf ("%d/%d", rates[_i][0], rates[_i][1]);
  g_autoptr (ElementTest) test = element_test_new (
      element_test_make ("csvdec", "rate", rate, "max-frames", "2", NULL));
  g_autoptr (GstCaps) caps = NULL;
  g_autofree gchar *frames = NULL;
  GstLstmAudio audio;

  element_test_start_text (test);
  element_test_push_text (test, "a\n1\n2\n3\n4\n5\n6\n7\n");
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  fail_unless (gst_lstm_audio_from_caps (&audio, caps));
  fail_unless_equals_int (audio.rate, rates[_i][2]);
  frames = element_test_pull_frames (test, rates[_i][0], rates[_i][1]);
  fail_unless_equals_string (
      frames, "0 -: 1\n1 -: 2\n2 -: 3\n3 -: 4\n4 -: 5\n5 -: 6\n6 -: 7\n");
}
END_TEST

static const guint widths[] = { 1, 2, 3, 64, 65, 1000, 65536 };

/* A table of so many columns, and the caps that it gets. */
START_TEST (test_widths)
{
  guint n = widths[_i];
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", "header", "false", NULL));
  g_autoptr (GString) text = g_string_new ("0");
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  GstStructure *structure;
  GstLstmAudio audio;
  guint64 mask;
  guint i;

  for (i = 1; i < n; i++)
    g_string_append_printf (text, ",%u", i);
  g_string_append_c (text, '\n');
  element_test_start_text (test);
  fail_unless_equals_int (
      element_test_push_text (test, text->str), GST_FLOW_OK);
  caps = gst_pad_get_current_caps (test->harness->sinkpad);
  fail_unless (gst_lstm_audio_from_caps (&audio, caps));
  fail_unless_equals_int (audio.channels, n);
  fail_unless_equals_int (audio.format, GST_AUDIO_FORMAT_F64);
  structure = gst_caps_get_structure (caps, 0);
  fail_unless_equals_string (
      gst_structure_get_string (structure, "layout"), "interleaved");
  if (n <= 2) {
    fail_if (gst_structure_has_field (structure, "channel-mask"));
  } else {
    fail_unless (gst_structure_get (
        structure, "channel-mask", GST_TYPE_BITMASK, &mask, NULL));
    fail_unless_equals_uint64 (mask, 0);
  }
  buffer = gst_harness_pull (test->harness);
  fail_unless_equals_uint64 (gst_buffer_get_size (buffer), n * 8);
}
END_TEST

START_TEST (test_f32_downstream)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autoptr (GstBuffer) buffer = NULL;
  const gfloat expected[] = { 0.1f, -518.67f };

  gst_harness_set_sink_caps_str (
      test->harness, "audio/x-raw,format=" GST_AUDIO_NE (F32));
  element_test_start_text (test);
  element_test_push_text (test, "a,b\n0.1,-518.67\n");
  buffer = gst_harness_pull (test->harness);
  gst_check_buffer_data (buffer, expected, sizeof (expected));
  element_test_assert_silent (test);
}
END_TEST

/* Downstream wants another format in the middle: rows go on. */
START_TEST (test_reconfigure)
{
  g_autoptr (ElementTest) test =
      element_test_new (element_test_make ("csvdec", NULL));
  g_autofree gchar *before = NULL, *after = NULL;

  element_test_start_text (test);
  element_test_push_text (test, "a\n0.1\n");
  before = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (before, "0 -: 0.1\n");
  gst_harness_set_sink_caps_str (
      test->harness, "audio/x-raw,format=" GST_AUDIO_NE (F32));
  element_test_push_text (test, "0.1\n");
  after = element_test_pull_frames (test, 1, 1);
  fail_unless_equals_string (after, "1 -: 0.100000001\n");
  element_test_assert_silent (test);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_cut_anywhere, 0, G_N_ELEMENTS (variants));
  tcase_add_test (tests, test_quoted_text);
  tcase_add_loop_test (tests, test_selection, 0, G_N_ELEMENTS (selections));
  tcase_add_test (tests, test_nan_and_inf);
  tcase_add_test (tests, test_small_numbers);
  tcase_add_test (tests, test_comma_locale);
  tcase_add_test (tests, test_double_is_exact);
  tcase_add_test (tests, test_keyed_runs);
  tcase_add_test (tests, test_key_caps_interned);
  tcase_add_test (tests, test_max_frames);
  tcase_add_test (tests, test_many_buffers);
  tcase_add_test (tests, test_rows_do_not_wait);
  tcase_add_loop_test (tests, test_rates, 0, G_N_ELEMENTS (rates));
  tcase_add_loop_test (tests, test_widths, 0, G_N_ELEMENTS (widths));
  tcase_add_test (tests, test_f32_downstream);
  tcase_add_test (tests, test_reconfigure);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "csvdec", add_tests);
}
