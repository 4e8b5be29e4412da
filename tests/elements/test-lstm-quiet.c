/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A buffer in the middle of a stream: what lstm allocates, locks and asks of
 * the system for it, with each kernel set of this machine, at each precision.
 */

#include <gst/lstm/lstm.h>

#include "common/quiet.h"
#include "gstlstmaudio.h"
#include "lstm-reference.h"

/* Until all that is made once and kept is there. */
#define N_WARM 40
#define N_BUFFERS 60
#define MAX_KEYS 7

typedef struct {
  const gchar *model;
  guint features;
  guint n_frames; /* of a buffer */
  guint n_keys;
  gboolean lists; /* a buffer of each key in one */
  gboolean f64;
  const gchar *properties[6]; /* name, text, ..., NULL */
} Case;

static const Case cases[] = {
  { MODEL_FRAMES, 5, 1, 0, FALSE, FALSE, { NULL } },
  { MODEL_FRAMES, 5, 16, 0, FALSE, FALSE, { NULL } },
  { MODEL_FRAMES, 5, 1, 0, FALSE, TRUE, { NULL } },
  { MODEL_WINDOW, 1, 25, 0, FALSE, FALSE, { NULL } },
  { MODEL_WINDOW, 1, 1, 0, FALSE, FALSE, { "stride", "1", NULL } },
  { MODEL_WINDOW, 1, 9, 0, FALSE, FALSE, { "stride", "3", NULL } },
  { MODEL_STATEFUL, 2, 10, 0, FALSE, FALSE,
      { "mode", "window", "batch", "1" } },
  { MODEL_FRAMES, 5, 1, MAX_KEYS, FALSE, FALSE, { NULL } },
  { MODEL_FRAMES, 5, 1, MAX_KEYS, TRUE, FALSE, { NULL } },
  { MODEL_WINDOW, 1, 1, MAX_KEYS, TRUE, FALSE, { "stride", "1", NULL } },
};

/* Pads around an element, without anything that allocates for itself. */
typedef struct {
  GstElement *element;
  GstPad *src;
  GstPad *sink;
  GPtrArray *buffers; /* GstBuffer, or GstBufferList */
  gboolean lists;
} Line;

static guint n_came;

static GstFlowReturn
take_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  n_came++;
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstFlowReturn
take_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  n_came += gst_buffer_list_length (list);
  gst_buffer_list_unref (list);
  return GST_FLOW_OK;
}

/* Active, and linked with the element's. */
static void
add_pads (Line *line)
{
  g_autoptr (GstPad) in = gst_element_get_static_pad (line->element, "sink");
  g_autoptr (GstPad) out = gst_element_get_static_pad (line->element, "src");

  line->src = gst_pad_new ("src", GST_PAD_SRC);
  line->sink = gst_pad_new ("sink", GST_PAD_SINK);
  gst_pad_set_chain_function (line->sink, take_buffer);
  gst_pad_set_chain_list_function (line->sink, take_list);
  fail_unless_equals_int (gst_pad_link (line->src, in), GST_PAD_LINK_OK);
  fail_unless_equals_int (gst_pad_link (out, line->sink), GST_PAD_LINK_OK);
  gst_pad_set_active (line->src, TRUE);
  gst_pad_set_active (line->sink, TRUE);
}

static Line
line_new (const Case *c, const gchar *precision)
{
  g_autofree gchar *path = reference_model_path (c->model);
  g_autoptr (GstCaps) caps = gst_lstm_audio_caps_new (
      c->f64 ? GST_AUDIO_FORMAT_F64 : GST_AUDIO_FORMAT_F32, c->features, 100);
  Line line = { .lists = c->lists };
  GstSegment segment;

  line.element =
      element_test_make ("lstm", "model", path, "precision", precision, NULL);
  for (guint i = 0; c->properties[i] != NULL; i += 2)
    gst_util_set_object_arg (
        G_OBJECT (line.element), c->properties[i], c->properties[i + 1]);
  add_pads (&line);
  fail_unless_equals_int (
      gst_element_set_state (line.element, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (line.src, gst_event_new_stream_start ("quiet"));
  gst_pad_push_event (line.src, gst_event_new_caps (caps));
  gst_pad_push_event (line.src, gst_event_new_segment (&segment));
  return line;
}

static void
line_free (Line *line)
{
  gst_element_set_state (line->element, GST_STATE_NULL);
  gst_pad_set_active (line->src, FALSE);
  gst_pad_set_active (line->sink, FALSE);
  gst_object_unref (line->element);
  gst_object_unref (line->src);
  gst_object_unref (line->sink);
}

static GstBuffer *
new_buffer (const Case *c, guint number)
{
  guint n = c->n_frames * c->features;
  g_autofree gfloat *x = reference_input (number, 2 * n);
  g_autofree gdouble *wide = g_new (gdouble, n);
  GstBuffer *buffer;

  for (guint i = 0; i < n; i++)
    wide[i] = x[i];
  buffer = c->f64 ? gst_buffer_new_memdup (wide, n * sizeof *wide)
                  : gst_buffer_new_memdup (x, n * sizeof *x);
  if (c->n_keys > 0) {
    g_autofree gchar *key = g_strdup_printf ("k%u", number % c->n_keys);

    gst_buffer_add_lstm_key (
        buffer, key, (guint64) number / c->n_keys * c->n_frames);
  }
  return buffer;
}

static GPtrArray *
new_buffers (const Case *c, guint first, guint n)
{
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = first; i < first + n; i++) {
    GstBufferList *list;

    if (!c->lists) {
      g_ptr_array_add (all, new_buffer (c, i));
      continue;
    }
    list = gst_buffer_list_new ();
    for (guint k = 0; k < c->n_keys; k++)
      gst_buffer_list_add (list, new_buffer (c, i * c->n_keys + k));
    g_ptr_array_add (all, list);
  }
  return all;
}

static void
push_all (gpointer data)
{
  Line *line = data;

  for (guint i = 0; i < line->buffers->len; i++)
    if (line->lists)
      gst_pad_push_list (line->src, g_ptr_array_index (line->buffers, i));
    else
      gst_pad_push (line->src, g_ptr_array_index (line->buffers, i));
}

/* lstm itself allocates nothing, takes its lock once for a buffer or list, and
 * makes no system call. GStreamer allocates a meta for an output that has a
 * key, and a list for a list. */
static void
check_counts (const Case *c, const QuietCounts *found)
{
  guint inputs = c->lists ? N_BUFFERS * c->n_keys : N_BUFFERS;
  guint metas = c->n_keys > 0 ? inputs : 0;
  guint lists = c->lists ? N_BUFFERS : 0;

  fail_unless (n_came >= inputs, "only %u outputs", n_came);
  fail_unless_equals_int (found->own_allocations, 0);
  fail_unless_equals_int (found->own_locks, N_BUFFERS);
  fail_unless (found->allocations <= metas + lists,
      "%u allocations for %u metas and %u lists", found->allocations, metas,
      lists);
  fail_unless (found->system_calls == 0, "%u system calls, the first is %d",
      found->system_calls, found->first_call);
}

static void
check_buffers (const Case *c, const gchar *precision)
{
  static const gchar *const watched[] = { "libgstlstm", "liblstm", NULL };
  Line line = line_new (c, precision);
  QuietCounts found;

  quiet_watch_modules (watched);
  line.buffers = new_buffers (c, 0, N_WARM);
  push_all (&line);
  g_ptr_array_unref (line.buffers);
  line.buffers = new_buffers (c, N_WARM, N_BUFFERS);
  found = quiet_count (push_all, &line);
  n_came = 0;
  push_all (&line);
  g_ptr_array_unref (line.buffers);
  check_counts (c, &found);
  line_free (&line);
}

START_TEST (test_buffer)
{
  static const gchar *const precisions[] = { "f32", "bf16", "int8" };
  const gchar *const *sets = lstm_list_kernels ();

  for (guint i = 0; sets[i] != NULL; i++) {
    g_setenv ("LSTM_CPU", sets[i], TRUE);
    for (guint k = 0; k < G_N_ELEMENTS (precisions); k++)
      check_buffers (&cases[_i], precisions[k]);
  }
}
END_TEST

static void
add_tests (TCase *tests)
{
  tcase_add_loop_test (tests, test_buffer, 0, G_N_ELEMENTS (cases));
}

int
main (int argc, char **argv)
{
  return element_test_main (argc, argv, "lstm-quiet", add_tests);
}
