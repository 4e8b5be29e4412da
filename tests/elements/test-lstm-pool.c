/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where lstm's output buffers come from. */

#include <string.h>

#include "lstm-reference.h"

#define N_IN 5
#define N_OUT 6

static GstBuffer *
push_and_pull (ElementTest *test, const gfloat *x, guint n)
{
  GstFlowReturn flow =
      element_test_push_buffer (test, x, n * N_IN * sizeof (gfloat));

  fail_unless_equals_int (flow, GST_FLOW_OK);
  return gst_harness_pull (test->harness);
}

static gpointer
get_memory (GstBuffer *buffer)
{
  return gst_buffer_peek_memory (buffer, 0);
}

START_TEST (test_memory_is_used_again)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, N_IN, 10, NULL);
  g_autofree gfloat *x = reference_input (1, 20 * N_IN);
  GstBuffer *out = push_and_pull (test, x, 1);
  gpointer memory = get_memory (out);

  gst_buffer_unref (out);
  for (guint i = 1; i < 20; i++) {
    out = push_and_pull (test, x + i * N_IN, 1);
    fail_unless (get_memory (out) == memory, "buffer %u is a new one", i);
    gst_buffer_unref (out);
  }
}
END_TEST

/* What somebody still has is left alone. */
START_TEST (test_kept_buffers)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, N_IN, 10, NULL);
  g_autofree gfloat *x = reference_input (2, 100 * N_IN);
  gsize n;
  g_autofree gfloat *expected =
      reference_output (MODEL_FRAMES, LSTM_MODE_FRAME, 0, 1, x, 100, &n);

  for (guint i = 0; i < 100; i++)
    element_test_push_buffer (test, x + i * N_IN, N_IN * sizeof (gfloat));
  lstm_test_assert_output (test, expected, n);
}
END_TEST

/* Metas, flags and sizes of one use do not show in the next. */
START_TEST (test_nothing_is_left)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, N_IN, 10, NULL);
  g_autofree gfloat *x = reference_input (3, 20 * N_IN);
  g_autoptr (GstCaps) reference = gst_caps_new_empty_simple ("x/y");
  static const guint sizes[] = { 1, 9, 3, 9, 1, 2, 1 };
  GstBuffer *out;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    out = push_and_pull (test, x, sizes[i]);
    fail_unless_equals_uint64 (
        gst_buffer_get_size (out), sizes[i] * N_OUT * sizeof (gfloat));
    fail_if (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_GAP));
    fail_unless_equals_int (
        gst_buffer_get_n_meta (out, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 0);
    GST_BUFFER_FLAG_SET (out, GST_BUFFER_FLAG_GAP);
    gst_buffer_add_reference_timestamp_meta (out, reference, 1, 2);
    gst_buffer_resize (out, 4, 8);
    gst_buffer_unref (out);
  }
}
END_TEST

/* Memory that is still read elsewhere is not written again. */
START_TEST (test_shared_memory)
{
  g_autoptr (ElementTest) test = lstm_test_new (MODEL_FRAMES, N_IN, 10, NULL);
  g_autofree gfloat *x = reference_input (4, 2 * N_IN);
  GstBuffer *out = push_and_pull (test, x, 1);
  g_autoptr (GstBuffer) copy = gst_buffer_copy (out);
  gfloat before[N_OUT];
  GstMapInfo map;

  gst_buffer_extract (out, 0, before, sizeof before);
  gst_buffer_unref (out);
  out = push_and_pull (test, x + N_IN, 1);
  fail_unless (gst_buffer_map (copy, &map, GST_MAP_READ));
  fail_unless (memcmp (map.data, before, sizeof before) == 0);
  gst_buffer_unmap (copy, &map);
  gst_buffer_unref (out);
}
END_TEST

/* ---- downstream's pool ---- */

typedef struct {
  GstBufferPool *pool;
  guint size;
  guint max;
} Offer;

static GstPadProbeReturn
answer_allocation (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  Offer *offer = user_data;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_pool (
      query, offer->pool, offer->size, 0, offer->max);
  return GST_PAD_PROBE_HANDLED;
}

static ElementTest *
new_test_with_offer (Offer *offer)
{
  g_autofree gchar *path = reference_model_path (MODEL_FRAMES);
  ElementTest *test =
      element_test_new (element_test_make ("lstm", "model", path, NULL));

  offer->pool = gst_buffer_pool_new ();
  gst_pad_add_probe (test->harness->sinkpad,
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer_allocation, offer, NULL);
  lstm_test_set_format (test, FALSE, N_IN, 10);
  return test;
}

static gboolean
comes_from (ElementTest *test, const gfloat *x, guint n, const Offer *offer)
{
  GstBuffer *out = push_and_pull (test, x, n);
  gboolean ours = out->pool == offer->pool;

  fail_unless_equals_uint64 (
      gst_buffer_get_size (out), n * N_OUT * sizeof (gfloat));
  gst_buffer_unref (out);
  return ours;
}

START_TEST (test_pool_of_downstream)
{
  Offer offer = { .size = 4 * N_OUT * sizeof (gfloat) };
  g_autoptr (ElementTest) test = new_test_with_offer (&offer);
  g_autofree gfloat *x = reference_input (5, 9 * N_IN);

  fail_unless (comes_from (test, x, 4, &offer));
  fail_unless (comes_from (test, x, 1, &offer));
  fail_unless (comes_from (test, x, 4, &offer));
  fail_if (comes_from (test, x, 9, &offer));
  g_clear_pointer (&test, element_test_free);
  fail_unless_equals_int (GST_OBJECT_REFCOUNT_VALUE (offer.pool), 1);
  gst_object_unref (offer.pool);
}
END_TEST

/* Buffers that go in are of another size: upstream is not told of that pool. */
START_TEST (test_pool_is_not_for_upstream)
{
  Offer offer = { .size = 4 * N_OUT * sizeof (gfloat) };
  g_autoptr (ElementTest) test = new_test_with_offer (&offer);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (test->harness->srcpad);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);

  gst_pad_peer_query (test->harness->srcpad, query);
  fail_unless_equals_int (gst_query_get_n_allocation_pools (query), 0);
  g_clear_pointer (&test, element_test_free);
  gst_object_unref (offer.pool);
}
END_TEST

/* A pool with a most could make lstm wait for itself. */
START_TEST (test_pool_with_a_most)
{
  Offer offer = { .size = 4 * N_OUT * sizeof (gfloat), .max = 2 };
  g_autoptr (ElementTest) test = new_test_with_offer (&offer);
  g_autofree gfloat *x = reference_input (6, 9 * N_IN);

  fail_if (comes_from (test, x, 4, &offer));
  fail_if (comes_from (test, x, 1, &offer));
  g_clear_pointer (&test, element_test_free);
  gst_object_unref (offer.pool);
}
END_TEST

/* A buffer may live longer than the element. */
START_TEST (test_buffer_outlives_element)
{
  ElementTest *test = lstm_test_new (MODEL_FRAMES, N_IN, 10, NULL);
  g_autofree gfloat *x = reference_input (7, N_IN);
  GstBuffer *out = push_and_pull (test, x, 1);

  element_test_free (test);
  fail_unless_equals_uint64 (
      gst_buffer_get_size (out), N_OUT * sizeof (gfloat));
  gst_buffer_unref (out);
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_test (tests, test_memory_is_used_again);
  tcase_add_test (tests, test_kept_buffers);
  tcase_add_test (tests, test_nothing_is_left);
  tcase_add_test (tests, test_shared_memory);
  tcase_add_test (tests, test_pool_of_downstream);
  tcase_add_test (tests, test_pool_is_not_for_upstream);
  tcase_add_test (tests, test_pool_with_a_most);
  tcase_add_test (tests, test_buffer_outlives_element);
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-pool", add_tests);
}
