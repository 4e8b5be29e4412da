/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every golden case, made with real Keras, from each of its files through a
 * pipeline `appsrc ! lstm ! appsink`: by windows, as audio/x-raw cut anywhere
 * and as one tensor a call; and frame by frame, where the model streams, each
 * sample of the batch a key of its own. Further outputs come on pads named by
 * them. A case is a folder of LSTM_GOLDEN_DIR; a new folder is a new test.
 * LSTM_GOLDEN_AT_LEAST says how many there were when they were made. */

#include "../common/golden.h"

#include <gst/lstm/lstm.h>
#include <string.h>

#include "element-test.h"
#include "gstlstmaudio.h"
#include "golden-line.h"

/* Frames of an audio buffer in frame mode, and bytes of one in window mode: no
 * multiple of a frame. */
#define CHUNK_FRAMES 3
#define CHUNK_BYTES 37

static const gchar *const files[] = { "model.h5", "model.keras" };

static GPtrArray *cases; /* gchar *: names, sorted */

/* ---- by windows ---- */

static gchar *
audio_caps (const Golden *golden)
{
  g_autoptr (GstCaps) caps =
      gst_lstm_audio_caps_new (GST_AUDIO_FORMAT_F32, golden->features, 10);

  return gst_caps_to_string (caps);
}

static gchar *
tensor_caps (const Golden *golden, guint call)
{
  return g_strdup_printf (
      "other/tensors, format=(string)static, num_tensors=(int)1, "
      "types=(string)float32, dimensions=(string)%u:%u:%u, "
      "framerate=(fraction)10/1",
      golden->features, golden_steps (golden, call),
      golden_batch (golden, call));
}

/* A call's input in buffers of at most @chunk bytes; the first one says
 * whether states begin anew. */
static void
push_call (Line *line, const TestTensor *x, gsize chunk, gboolean reset)
{
  gsize size = x->count * sizeof (gfloat);

  for (gsize at = 0; at < size; at += chunk) {
    GstBuffer *buffer = gst_buffer_new_memdup (
        (const guint8 *) x->data + at, MIN (chunk, size - at));

    if (reset && at == 0)
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    line_push (line, buffer);
  }
}

static void
append_bytes (
    GstBuffer *buffer, const guint8 *data, gsize size, gpointer user_data)
{
  g_byte_array_append (user_data, data, (guint) size);
}

/* Calls [first, end), which have windows of the same shape. */
static void
run_windows (const Golden *golden, guint begin, guint end, gboolean tensors)
{
  const gchar *how = tensors ? "tensors" : "windows";
  g_autofree gchar *properties =
      g_strdup_printf ("mode=window steps=%u batch=%u",
          golden_steps (golden, begin), golden_batch (golden, begin));
  g_autofree gchar *caps =
      tensors ? tensor_caps (golden, begin) : audio_caps (golden);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  Line line;
  gsize at = 0;

  line_start (&line, golden, properties, caps);
  for (guint call = begin; call < end; call++)
    push_call (&line, golden_input (golden, call),
        tensors ? G_MAXSIZE : CHUNK_BYTES, golden_resets (golden, call));
  line_finish (&line, append_bytes, out);
  for (guint call = begin; call < end; call++) {
    const TestTensor *y = golden_output (golden, call);
    gsize bytes = y->count * sizeof (gfloat);

    fail_unless (at + bytes <= out->len, "%s, %s: %u bytes came out",
        golden->path, how, out->len);
    golden_compare_numbers (golden, how, call, 0,
        (const gfloat *) (out->data + at), y->data, y->count);
    at += bytes;
  }
  fail_unless_equals_uint64 (at, out->len);
  line_stop (&line, golden);
}

static gboolean
same_shape (const Golden *golden, guint a, guint b)
{
  return golden_batch (golden, a) == golden_batch (golden, b) &&
         golden_steps (golden, a) == golden_steps (golden, b);
}

static void
check_windows (const Golden *golden, gboolean tensors)
{
  guint n = golden->resets->len;

  for (guint first = 0, end; first < n; first = end) {
    for (end = first + 1; end < n && same_shape (golden, first, end); end++)
      continue;
    fail_unless (end == n || !golden->stateful,
        "%s: the stateful model's calls differ in shape", golden->path);
    run_windows (golden, first, end, tensors);
  }
}

/* ---- frame by frame ---- */

/* Outputs of one sample of the batch, gathered by key. */
typedef struct {
  guint n;
  GArray **outputs; /* gfloat */
  GstCaps **keys;
} Samples;

static void
samples_init (Samples *samples, guint n)
{
  samples->n = n;
  samples->outputs = g_new (GArray *, n);
  samples->keys = g_new (GstCaps *, n);
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *key = g_strdup_printf ("%u", i);

    samples->outputs[i] = g_array_new (FALSE, FALSE, sizeof (gfloat));
    samples->keys[i] = gst_lstm_key_caps_new (key);
  }
}

static void
samples_clear (Samples *samples)
{
  for (guint i = 0; i < samples->n; i++) {
    g_array_unref (samples->outputs[i]);
    gst_caps_unref (samples->keys[i]);
  }
  g_free (samples->outputs);
  g_free (samples->keys);
}

static void
append_by_key (
    GstBuffer *buffer, const guint8 *data, gsize size, gpointer user_data)
{
  Samples *samples = user_data;
  const gchar *key = NULL;
  guint64 number, i;

  fail_unless (gst_buffer_get_lstm_key (buffer, NULL, &key, &number));
  i = g_ascii_strtoull (key, NULL, 10);
  fail_unless (i < samples->n);
  g_array_append_vals (samples->outputs[i], data, size / sizeof (gfloat));
}

/* Steps of the call for every sample in turn, a few at a time. Without states
 * of its own to carry, a model starts each call anew. */
static void
push_frames (Line *line, const Golden *golden, guint call, Samples *samples,
    guint64 *number)
{
  const TestTensor *x = golden_input (golden, call);
  guint steps = golden_steps (golden, call), f = golden->features;
  gboolean reset = !golden->stateful || golden_resets (golden, call);

  for (guint t = 0; t < steps; t += CHUNK_FRAMES) {
    guint n = MIN (CHUNK_FRAMES, steps - t);

    for (guint i = 0; i < golden_batch (golden, call); i++) {
      GstBuffer *buffer = gst_buffer_new_memdup (
          x->data + ((gsize) i * steps + t) * f, n * f * sizeof (gfloat));

      gst_buffer_add_lstm_key_meta (buffer, samples->keys[i], *number);
      if (reset && t == 0)
        GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
      line_push (line, buffer);
      *number += n;
    }
  }
}

/* Of how many frames of a call one has an output, and the first that has. */
static guint
find_rate (const Golden *golden, guint *first)
{
  LstmPlanOptions options = { .mode = LSTM_MODE_FRAME };
  g_autoptr (LstmPlan) plan = lstm_plan_new (golden->model, &options, NULL);

  fail_unless (plan != NULL);
  return lstm_plan_get_output_rate (plan, first);
}

/* How many output frames each sample of a call has. */
static gsize
count_frames (const Golden *golden, guint call)
{
  guint first, every = find_rate (golden, &first);
  guint steps = golden_steps (golden, call);

  fail_unless (steps > first);
  return (steps - first - 1) / every + 1;
}

/* How many output frames sample i had before the call. */
static gsize
frames_before (const Golden *golden, guint call, guint i)
{
  gsize n = 0;

  for (guint before = 0; before < call; before++)
    if (i < golden_batch (golden, before))
      n += count_frames (golden, before);
  return n;
}

/* Where Keras gives a sequence, each frame is compared; else the last that came
 * for the call. */
static void
compare_frames (const Golden *golden, guint call, const Samples *samples)
{
  const TestTensor *y = golden_output (golden, call);
  gsize n_frames = count_frames (golden, call);
  gboolean sequence = y->rank == 3;
  gsize row = (gsize) y->shape[y->rank - 1];
  gsize n = sequence ? n_frames * row : row;

  if (sequence)
    fail_unless_equals_int64 (y->shape[1], n_frames);
  for (guint i = 0; i < golden_batch (golden, call); i++) {
    const GArray *out = samples->outputs[i];
    gsize before = frames_before (golden, call, i);
    gsize skip = (before + (sequence ? 0 : n_frames - 1)) * row;

    fail_unless ((before + n_frames) * row <= out->len,
        "%s, frames: %u numbers came out for sample %u", golden->path, out->len,
        i);
    golden_compare_numbers (golden, "frames", call, i * n,
        (const gfloat *) out->data + skip, y->data + i * n, n);
  }
}

static guint
count_slots (const Golden *golden, LstmMode mode)
{
  LstmPlanOptions options = { .mode = mode };
  g_autoptr (LstmPlan) plan = NULL;

  if (lstm_model_get_input_shape (golden->model, 0)->dims[0] < 0)
    options.steps = golden_steps (golden, 0);
  plan = lstm_plan_new (golden->model, &options, NULL);
  fail_unless (plan != NULL);
  return lstm_plan_get_n_slots (plan);
}

/* Frame mode carries the states of all layers from frame to frame. Where only
 * some are stateful, Keras forgets the others' between calls: then the first
 * call is what can be compared. */
static guint
count_calls (const Golden *golden)
{
  if (golden->stateful && count_slots (golden, LSTM_MODE_FRAME) >
                              count_slots (golden, LSTM_MODE_WINDOW))
    return 1;
  return golden->resets->len;
}

static guint
largest_batch (const Golden *golden, guint n_calls)
{
  guint batch = 0;

  for (guint call = 0; call < n_calls; call++)
    batch = MAX (batch, golden_batch (golden, call));
  return batch;
}

static void
check_frames (const Golden *golden)
{
  g_autofree gchar *caps = audio_caps (golden);
  guint n_calls = count_calls (golden);
  guint64 number = 0;
  Samples samples;
  Line line;

  samples_init (&samples, largest_batch (golden, n_calls));
  line_start (&line, golden, "mode=frame", caps);
  for (guint call = 0; call < n_calls; call++)
    push_frames (&line, golden, call, &samples, &number);
  line_finish (&line, append_by_key, &samples);
  for (guint call = 0; call < n_calls; call++)
    compare_frames (golden, call, &samples);
  line_stop (&line, golden);
  samples_clear (&samples);
}

/* ---- tests ---- */

static void
check_case (Golden *golden)
{
  fail_unless (lstm_model_get_n_inputs (golden->model) == 1,
      "%s has several inputs, which no element can feed: leave it out",
      golden->path);
  for (golden->output = 0; golden->output < golden->n_outputs;
       golden->output++) {
    check_windows (golden, FALSE);
    check_windows (golden, TRUE);
    if (lstm_model_can_stream (golden->model, NULL))
      check_frames (golden);
  }
}

START_TEST (test_case)
{
  const gchar *name = g_ptr_array_index (cases, (guint) _i);
  guint n_files = 0;

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    Golden golden;

    if (!golden_open (&golden, name, files[i]))
      continue;
    check_case (&golden);
    golden_close (&golden);
    n_files++;
  }
  fail_unless (n_files > 0, "%s has no model", name);
}
END_TEST

START_TEST (test_number)
{
  const gchar *n = g_getenv ("LSTM_GOLDEN_AT_LEAST");

  fail_unless (n != NULL && cases->len > 0);
  fail_unless (cases->len >= g_ascii_strtoull (n, NULL, 10), "%u cases in %s",
      cases->len, golden_dir ());
}
END_TEST

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static void
list_cases (void)
{
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, NULL);
  const gchar *name;

  cases = g_ptr_array_new_with_free_func (g_free);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *about = golden_file (name, "case.json");

    if (g_file_test (about, G_FILE_TEST_EXISTS))
      g_ptr_array_add (cases, g_strdup (name));
  }
  g_ptr_array_sort (cases, compare_names);
}

static void
add_tests (TCase *tests)
{
  list_cases ();
  tcase_add_test (tests, test_number);
  tcase_add_loop_test (tests, test_case, 0, (int) cases->len);
}

int
main (int argc, char **argv)
{
  int result = element_test_main (argc, argv, "lstm-golden", add_tests);

  g_ptr_array_unref (cases);
  return result;
}
