/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lstm-reference.h"

#include <gst/lstm/lstm.h>
#include <string.h>

#include "gstlstmaudio.h"

gchar *
reference_model_path (const gchar *name)
{
  return g_build_filename (
      g_getenv ("LSTM_GOLDEN_DIR"), name, "model.h5", NULL);
}

gfloat *
reference_input (guint32 seed, gsize n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gfloat *v = g_new (gfloat, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    v[i] = (gfloat) g_rand_double_range (rand, -1, 1);
  return v;
}

gfloat *
reference_output_of (const gchar *path, guint output, LstmMode mode,
    guint steps, guint stride, const gfloat *frames, guint n_frames,
    gsize *n_out)
{
  LstmPlanOptions options = { .mode = mode, .steps = steps };
  g_autoptr (LstmModel) model = lstm_model_load (path, NULL, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, &options, NULL);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  g_autofree LstmOutput *outputs =
      g_new0 (LstmOutput, lstm_model_get_n_outputs (model));
  gsize in = lstm_plan_get_input_size (plan, 0);
  gsize out = lstm_plan_get_output_size (plan, output);
  guint length = lstm_plan_get_steps (plan);
  gsize features = in / length;
  guint items = n_frames < length ? 0 : (n_frames - length) / stride + 1;
  gfloat *y = g_new0 (gfloat, MAX (items * out, 1));
  LstmInput input = { frames, 0, stride * features };

  outputs[output] = (LstmOutput){ y, 0, out };
  lstm_context_process (context, &stream, 1, items, &input, outputs);
  *n_out = items * out;
  return y;
}

gfloat *
reference_output (const gchar *name, LstmMode mode, guint steps, guint stride,
    const gfloat *frames, guint n_frames, gsize *n_out)
{
  g_autofree gchar *path = reference_model_path (name);

  return reference_output_of (
      path, 0, mode, steps, stride, frames, n_frames, n_out);
}

void
lstm_test_set_format (
    ElementTest *test, gboolean f64, guint channels, gint rate)
{
  gst_harness_set_src_caps (test->harness,
      gst_lstm_audio_caps_new (
          f64 ? GST_AUDIO_FORMAT_F64 : GST_AUDIO_FORMAT_F32, channels, rate));
}

ElementTest *
lstm_test_new (const gchar *model, guint channels, gint rate, ...)
{
  g_autofree gchar *path = reference_model_path (model);
  GstElement *element = element_test_make ("lstm", "model", path, NULL);
  ElementTest *test;
  const gchar *name;
  va_list args;

  va_start (args, rate);
  while ((name = va_arg (args, const gchar *)) != NULL)
    gst_util_set_object_arg (
        G_OBJECT (element), name, va_arg (args, const gchar *));
  va_end (args);
  test = element_test_new (element);
  lstm_test_set_format (test, FALSE, channels, rate);
  return test;
}

void
lstm_test_push_keyed (
    ElementTest *test, const gchar *key, const gfloat *x, gsize n)
{
  g_autoptr (GstCaps) caps = gst_lstm_key_caps_new (key);
  GstBuffer *buffer = gst_buffer_new_memdup (x, n * sizeof (gfloat));

  gst_buffer_add_lstm_key_meta (buffer, caps, 0);
  fail_unless_equals_int (
      gst_harness_push (test->harness, buffer), GST_FLOW_OK);
}

GByteArray *
lstm_test_pull (ElementTest *test)
{
  GByteArray *bytes = g_byte_array_new ();
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (test->harness)) != NULL) {
    GstMapInfo map;

    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_byte_array_append (bytes, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  return bytes;
}

void
lstm_test_assert_output (ElementTest *test, const gfloat *expected, gsize n)
{
  g_autoptr (GByteArray) found = lstm_test_pull (test);

  fail_unless_equals_uint64 (found->len, n * sizeof (gfloat));
  fail_unless (n == 0 || memcmp (found->data, expected, found->len) == 0,
      "the output differs from the library's");
}
