/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* lstm: windows that slide over buffers of few frames take their steps as
 * frames come. Whatever buffers are like, each window has the bits that it has
 * when the library runs it. */

#include <string.h>

#include <gst/lstm/lstm.h>

#include "lstm-reference.h"

#define FRAMES 220
#define STEPS 25 /* of the models */

/* Frames of buffers in turn, ended by 0: one by one, few, and now and then so
 * many that their windows run side by side. */
static const guint cuts[][12] = {
  { 1 },
  { 2, 1, 3 },
  { 24, 1, 1, 1 },
  { 1, 1, 1, 1, 40, 1, 2, 1, 1, 30, 1 },
  { 60, 1, 1 },
};

typedef struct {
  const gchar *model;
  guint stride;
  const gchar *stride_name;
} Slide;

static const Slide slides[] = {
  { MODEL_WINDOW, 1, "1" },
  { MODEL_WINDOW, 2, "2" },
  { MODEL_WINDOW, 6, "6" },
  { MODEL_WINDOW, 24, "24" },
  { MODEL_SEQUENCE, 1, "1" },
  { MODEL_SEQUENCE, 4, "4" },
};

static ElementTest *
slide_new (const Slide *slide, const gchar *name, const gchar *value)
{
  return lstm_test_new (slide->model, 1, 10, "output", "final", "stride",
      slide->stride_name, name, value, NULL);
}

/* The last frame of each window, from one call: (transfer full) */
static gfloat *
expect (const Slide *slide, const gfloat *x, guint n, gsize *n_out)
{
  gfloat *y = reference_output (
      slide->model, LSTM_MODE_WINDOW, 0, slide->stride, x, n, n_out);
  gsize windows = n < STEPS ? 0 : (n - STEPS) / slide->stride + 1;
  gsize item = windows ? *n_out / windows : 0, last = 10;

  for (gsize i = 0; i < windows; i++)
    memmove (y + i * last, y + (i + 1) * item - last, last * sizeof (gfloat));
  *n_out = windows * last;
  return y;
}

/* Pushes frames [from, to), cut so. */
static void
push (
    ElementTest *test, const gfloat *x, guint from, guint to, const guint *cut)
{
  for (guint i = 0; from<to; i = cut[i + 1]> 0 ? i + 1 : 0) {
    guint n = MIN (cut[i], to - from);

    fail_unless_equals_int (
        element_test_push_buffer (test, x + from, n * sizeof (gfloat)),
        GST_FLOW_OK);
    from += n;
  }
}

START_TEST (test_cuts)
{
  const Slide *slide = &slides[(guint) _i / G_N_ELEMENTS (cuts)];
  const guint *cut = cuts[(guint) _i % G_N_ELEMENTS (cuts)];
  g_autofree gfloat *x = reference_input (3, FRAMES);
  g_autoptr (ElementTest) test = slide_new (slide, "gap", "hold");
  g_autofree gfloat *y = NULL;
  gsize n;

  push (test, x, 0, FRAMES, cut);
  y = expect (slide, x, FRAMES, &n);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* What flies is gone with a reset; the next windows are of new frames only. */
START_TEST (test_reset)
{
  const Slide *slide = &slides[_i];
  const guint one[] = { 1, 0 };
  g_autofree gfloat *x = reference_input (4, FRAMES);
  g_autoptr (ElementTest) test = slide_new (slide, "gap", "hold");
  g_autofree gfloat *before = NULL, *after = NULL, *both = NULL;
  gsize n, m;

  push (test, x, 0, 61, one);
  g_signal_emit_by_name (test->element, "reset-state");
  push (test, x, 61, FRAMES, one);
  before = expect (slide, x, 61, &n);
  after = expect (slide, x + 61, FRAMES - 61, &m);
  both = g_new (gfloat, n + m);
  memcpy (both, before, n * sizeof (gfloat));
  memcpy (both + n, after, m * sizeof (gfloat));
  lstm_test_assert_output (test, both, n + m);
}
END_TEST

/* Frames that stand for missing ones are left out, and windows fly on. */
START_TEST (test_hold)
{
  const Slide *slide = &slides[_i];
  const guint one[] = { 1, 0 };
  g_autofree gfloat *x = reference_input (5, FRAMES);
  g_autoptr (ElementTest) test = slide_new (slide, "gap", "hold");
  g_autofree gfloat *y = NULL;
  GstBuffer *gap = gst_buffer_new_memdup (x, 3 * sizeof (gfloat));
  gsize n;

  push (test, x, 0, 70, one);
  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  fail_unless_equals_int (gst_harness_push (test->harness, gap), GST_FLOW_OK);
  push (test, x, 70, FRAMES, one);
  y = expect (slide, x, FRAMES, &n);
  lstm_test_assert_output (test, y, n);
}
END_TEST

/* A saved state holds frames: it is the same however windows are computed, and
 * goes on so. */
START_TEST (test_state)
{
  const Slide *slide = &slides[_i];
  const guint one[] = { 1, 0 }, many[] = { 64, 0 };
  g_autofree gfloat *x = reference_input (6, FRAMES);
  g_autoptr (ElementTest) test = slide_new (slide, "gap", "hold");
  g_autoptr (ElementTest) other = slide_new (slide, "gap", "hold");
  g_autoptr (ElementTest) third = slide_new (slide, "gap", "hold");
  g_autoptr (GByteArray) dropped = NULL;
  g_autofree gfloat *y = NULL;
  GBytes *a = NULL, *b = NULL;
  gboolean ok = FALSE;
  gsize n, head;

  push (test, x, 0, 101, one);
  push (other, x, 0, 101, many);
  g_signal_emit_by_name (test->element, "get-state", &a);
  g_signal_emit_by_name (other->element, "get-state", &b);
  fail_unless (a != NULL && b != NULL && g_bytes_equal (a, b));
  g_signal_emit_by_name (third->element, "set-state", a, &ok);
  fail_unless (ok);
  push (third, x, 101, FRAMES, one);
  push (test, x, 101, FRAMES, one);
  y = expect (slide, x, FRAMES, &n);
  dropped = lstm_test_pull (other);
  head = dropped->len / sizeof (gfloat);
  lstm_test_assert_output (third, y + head, n - head);
  lstm_test_assert_output (test, y, n);
  g_bytes_unref (a);
  g_bytes_unref (b);
}
END_TEST

/* Keys fly apart from each other. */
START_TEST (test_keys)
{
  const Slide *slide = &slides[_i];
  const gchar *const keys[] = { "a", "b", "c" };
  g_autoptr (ElementTest) test = slide_new (slide, "gap", "hold");
  g_autofree gfloat *x = reference_input (7, 3 * FRAMES);
  g_autoptr (GByteArray) got = NULL;
  g_autoptr (GArray) want = g_array_new (FALSE, FALSE, sizeof (gfloat));
  gfloat *y[3];
  gsize n;

  for (guint i = 0; i < FRAMES; i++)
    for (guint k = 0; k < 3; k++)
      lstm_test_push_keyed (test, keys[k], x + k * FRAMES + i, 1);
  for (guint k = 0; k < 3; k++)
    y[k] = expect (slide, x + k * FRAMES, FRAMES, &n);
  for (gsize i = 0; i < n; i += 10)
    for (guint k = 0; k < 3; k++)
      g_array_append_vals (want, y[k] + i, 10);
  got = lstm_test_pull (test);
  fail_unless_equals_uint64 (got->len, want->len * sizeof (gfloat));
  fail_unless (memcmp (got->data, want->data, got->len) == 0);
  for (guint k = 0; k < 3; k++)
    g_free (y[k]);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (
      tests, test_cuts, 0, G_N_ELEMENTS (slides) * G_N_ELEMENTS (cuts));
  tcase_add_loop_test (tests, test_reset, 0, G_N_ELEMENTS (slides));
  tcase_add_loop_test (tests, test_hold, 0, G_N_ELEMENTS (slides));
  tcase_add_loop_test (tests, test_state, 0, G_N_ELEMENTS (slides));
  tcase_add_loop_test (tests, test_keys, 0, G_N_ELEMENTS (slides));
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-slide", add_tests);
}
