/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden-line.h"

#include <math.h>
#include <string.h>

#include "../common/golden.h"
#include "element-test.h"

/* |ours - Keras| <= ABSOLUTE + RELATIVE |Keras| */
#define ABSOLUTE 1e-5
#define RELATIVE 1e-5

/* ---- cases ---- */

const TestTensor *
golden_input (const Golden *golden, guint call)
{
  const TestTensor *x = test_tensors_find (golden->io, "call%u.x", call);

  fail_unless (x != NULL);
  return x;
}

guint
golden_batch (const Golden *golden, guint call)
{
  return (guint) golden_input (golden, call)->shape[0];
}

guint
golden_steps (const Golden *golden, guint call)
{
  return (guint) golden_input (golden, call)->shape[1];
}

gboolean
golden_resets (const Golden *golden, guint call)
{
  return g_array_index (golden->resets, gboolean, call);
}

gboolean
golden_open (Golden *golden, const gchar *name, const gchar *file)
{
  g_autofree gchar *io = golden_file (name, "io.safetensors");
  g_autoptr (GError) error = NULL;
  const TestTensor *x;

  golden->path = golden_file (name, file);
  if (!g_file_test (golden->path, G_FILE_TEST_EXISTS)) {
    g_clear_pointer (&golden->path, g_free);
    return FALSE;
  }
  golden->model = lstm_model_load (golden->path, NULL, &error);
  fail_unless (error == NULL, "%s", error ? error->message : NULL);
  golden->resets = golden_read_calls (name, &golden->n_outputs);
  golden->output = 0;
  fail_unless_equals_int (
      golden->n_outputs, lstm_model_get_n_outputs (golden->model));
  golden->io = test_tensors_load (io);
  x = golden_input (golden, 0);
  golden->features = x->rank == 2 ? 1 : (guint) x->shape[2];
  golden->stateful = lstm_model_is_stateful (golden->model);
  return TRUE;
}

void
golden_close (Golden *golden)
{
  g_free (golden->path);
  lstm_model_unref (golden->model);
  test_tensors_free (golden->io);
  g_array_unref (golden->resets);
}

/* ---- pipelines ---- */

static GstElement *
find_element (Line *line, const gchar *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (line->pipeline), name);

  fail_unless (element != NULL);
  gst_object_unref (element);
  return element;
}

/* Further outputs go out on request pads named by them. */
static gchar *
describe_line (const Golden *golden, const gchar *properties)
{
  g_autofree gchar *name =
      g_strdup (lstm_model_get_output_name (golden->model, golden->output));
  g_autofree gchar *pad = NULL;

  g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-", '_');
  pad = golden->output == 0
            ? g_strdup ("lstm.src")
            : g_strdup_printf (
                  "lstm.src ! queue ! fakesink async=false lstm.src_%s", name);
  return g_strdup_printf ("appsrc name=src format=time ! lstm name=lstm %s "
                          "%s ! appsink name=sink sync=false",
      properties, pad);
}

void
line_start (Line *line, const Golden *golden, const gchar *properties,
    const gchar *caps)
{
  g_autofree gchar *text = describe_line (golden, properties);
  g_autoptr (GError) error = NULL;

  line->pipeline = gst_parse_launch (text, &error);
  fail_unless (error == NULL, "%s: %s", text, error ? error->message : NULL);
  line->src = find_element (line, "src");
  line->lstm = find_element (line, "lstm");
  line->sink = find_element (line, "sink");
  g_object_set (line->lstm, "model", golden->path, NULL);
  gst_util_set_object_arg (G_OBJECT (line->src), "caps", caps);
  fail_unless (gst_element_set_state (line->pipeline, GST_STATE_PLAYING) !=
               GST_STATE_CHANGE_FAILURE);
}

void
line_push (Line *line, GstBuffer *buffer)
{
  GstFlowReturn flow;

  g_signal_emit_by_name (line->src, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (flow, GST_FLOW_OK);
}

static void
check_message (const Golden *golden, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  fail ("%s: %s", golden->path, error->message);
}

static void
check_bus (Line *line, const Golden *golden)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (line->pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

  if (message != NULL)
    check_message (golden, message);
}

void
line_stop (Line *line, const Golden *golden)
{
  check_bus (line, golden);
  gst_element_set_state (line->pipeline, GST_STATE_NULL);
  gst_object_unref (line->pipeline);
}

void
line_finish (Line *line, LineTake take, gpointer user_data)
{
  GstFlowReturn flow;
  GstSample *sample;

  g_signal_emit_by_name (line->src, "end-of-stream", &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  for (;;) {
    GstBuffer *buffer;
    GstMapInfo map;

    g_signal_emit_by_name (line->sink, "pull-sample", &sample);
    if (sample == NULL)
      return;
    buffer = gst_sample_get_buffer (sample);
    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    take (buffer, map.data, map.size, user_data);
    gst_buffer_unmap (buffer, &map);
    gst_sample_unref (sample);
  }
}

/* ---- Keras ---- */

void
golden_compare_numbers (const Golden *golden, const gchar *how, guint call,
    gsize first, const gfloat *ours, const gfloat *keras, gsize n)
{
  for (gsize i = 0; i < n; i++)
    fail_unless (fabs ((gdouble) ours[i] - (gdouble) keras[i]) <=
                     ABSOLUTE + RELATIVE * fabs ((gdouble) keras[i]),
        "%s, output %u, %s, call %u, number %zu: %.9g, Keras %.9g",
        golden->path, golden->output, how, call, first + i, (gdouble) ours[i],
        (gdouble) keras[i]);
}

const TestTensor *
golden_output (const Golden *golden, guint call)
{
  const TestTensor *y =
      test_tensors_find (golden->io, "call%u.y%u", call, golden->output);

  fail_unless (y != NULL);
  return y;
}
