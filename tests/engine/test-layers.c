/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The layers that stand around recurrent ones: every option against Keras's
 * numbers (the cases of LSTM_GOLDEN_DIR, see ../models/generate-layers.py), and
 * frame mode against window mode, bit by bit. */

#include <string.h>

#include "common/golden.h"
#include "common/safetensors.h"
#include "engine/fixture.h"

/* How many cases there were when this was written. */
#define N_CASES_AT_LEAST 52

#define FEATURES 6
#define FRAMES 211
#define STREAMS 150 /* more than one block */
#define MAX_OUTPUTS 4

static gdouble largest;

static LstmModel *
load_case (const gchar *name)
{
  g_autofree gchar *path = golden_file (name, "model.h5");
  g_autoptr (GError) error = NULL;
  LstmModel *model = lstm_model_load (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (lstm_model_get_n_notes (model), ==, 0);
  return model;
}

static void
test_keras (gconstpointer name)
{
  g_autoptr (LstmModel) model = load_case (name);
  gdouble difference = golden_check (model, name);

  g_test_message ("largest difference to Keras %.3g", difference);
  largest = MAX (largest, difference);
}

static void
test_count (gconstpointer data)
{
  const GPtrArray *names = data;

  g_assert_cmpuint (names->len, >=, N_CASES_AT_LEAST);
}

/* ---- frame mode against window mode ---- */

/* N sequences of the same number of frames, and what a plan makes of them. */
typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  guint n;
  guint frames;
  gsize n_outputs;
  gsize in; /* floats a frame */
  gsize out[MAX_OUTPUTS];
  gfloat *y[MAX_OUTPUTS];
} Runner;

static Runner
runner_new (LstmModel *model, LstmMode mode, guint n, guint frames)
{
  Runner r = { .n = n, .frames = frames };
  gsize items = mode == LSTM_MODE_FRAME ? 1 : frames;
  gboolean open =
      lstm_model_get_input_shape (model, 0)->dims[0] == LSTM_DIM_UNKNOWN;

  r.plan =
      fixture_plan (model, mode, mode == LSTM_MODE_WINDOW && open ? frames : 0);
  r.context = lstm_context_new (r.plan);
  r.in = lstm_plan_get_input_size (r.plan, 0) / items;
  r.n_outputs = lstm_model_get_n_outputs (model);
  g_assert_cmpuint (r.n_outputs, <=, MAX_OUTPUTS);
  for (gsize k = 0; k < r.n_outputs; k++) {
    r.out[k] = lstm_plan_get_output_size (r.plan, k) / items;
    r.y[k] = g_new0 (gfloat, n * frames * r.out[k]);
  }
  return r;
}

static void
runner_clear (Runner *r)
{
  for (gsize k = 0; k < r->n_outputs; k++)
    g_free (r->y[k]);
  lstm_context_free (r->context);
  lstm_plan_unref (r->plan);
}

/* Frames [at, at + count) of the streams [first, first + n). */
static void
process (Runner *r, LstmStream **streams, guint first, guint n, const gfloat *x,
    guint at, guint count)
{
  gboolean frames = lstm_plan_get_mode (r->plan) == LSTM_MODE_FRAME;
  gsize row = r->frames * r->in;
  LstmInput input = { x + first * row + at * r->in, row, frames ? r->in : row };
  LstmOutput outputs[MAX_OUTPUTS];

  for (gsize k = 0; k < r->n_outputs; k++) {
    gsize out_row = r->frames * r->out[k];

    outputs[k] = (LstmOutput){ r->y[k] + first * out_row + at * r->out[k],
      out_row, frames ? r->out[k] : out_row };
  }
  g_assert_cmpint (lstm_context_process (r->context, streams + first, n,
                       frames ? count : 1, &input, outputs),
      ==, LSTM_STATUS_OK);
}

/* All streams side by side, or one after the other; `cut` frames a call. */
static void
run (Runner *r, const gfloat *x, guint cut, gboolean together)
{
  g_autoptr (GPtrArray) streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) lstm_stream_free);
  guint step = together ? r->n : 1;

  for (guint s = 0; s < r->n; s++)
    g_ptr_array_add (streams, lstm_stream_new (r->plan));
  for (guint first = 0; first < r->n; first += step)
    for (guint at = 0; at < r->frames; at += cut)
      process (r, (LstmStream **) streams->pdata, first, step, x, at,
          MIN (cut, r->frames - at));
}

static void
assert_same (const Runner *a, const Runner *b)
{
  g_assert_cmpuint (a->n_outputs, ==, b->n_outputs);
  for (gsize k = 0; k < a->n_outputs; k++) {
    gsize bytes = a->n * a->frames * a->out[k] * sizeof (gfloat);

    g_assert_cmpuint (a->out[k], ==, b->out[k]);
    g_assert_cmpmem (a->y[k], bytes, b->y[k], bytes);
  }
}

/* Frames do differ, or comparing them would say nothing. */
static void
assert_frames_differ (const Runner *r)
{
  for (gsize k = 0; k < r->n_outputs; k++)
    g_assert_cmpint (
        memcmp (r->y[k], r->y[k] + r->out[k], r->out[k] * sizeof (gfloat)), !=,
        0);
}

static void
check_frames (LstmModel *model, const gfloat *x, guint n, guint frames)
{
  static const guint cuts[] = { 1, 2, 3, 5, 7, 31, 64, G_MAXUINT / 2 };
  Runner window = runner_new (model, LSTM_MODE_WINDOW, n, frames);
  Runner frame = runner_new (model, LSTM_MODE_FRAME, n, frames);

  run (&window, x, frames, TRUE);
  assert_frames_differ (&window);
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++) {
    for (guint together = 0; together < 2; together++) {
      run (&frame, x, cuts[i], together);
      assert_same (&frame, &window);
      for (gsize k = 0; k < frame.n_outputs; k++)
        memset (frame.y[k], 0, n * frames * frame.out[k] * sizeof (gfloat));
    }
  }
  runner_clear (&window);
  runner_clear (&frame);
}

static void
test_frames_of_case (gconstpointer name)
{
  g_autoptr (LstmModel) model = load_case (name);
  g_autofree gchar *path = golden_file (name, "io.safetensors");
  g_autoptr (TestTensors) io = test_tensors_load (path);
  const TestTensor *x = test_tensors_find (io, "call0.x");

  g_assert_nonnull (x);
  check_frames (model, x->data, x->shape[0], x->shape[1]);
}

#define CONV(filters, size, more)                                              \
  "Conv1D {'filters': <int64 " #filters ">, 'kernel_size': <int64 " #size      \
  ">, 'padding': <'causal'>" more "}"

#define SEPARABLE(filters, size, more)                                         \
  "SeparableConv1D {'filters': <int64 " #filters                               \
  ">, 'kernel_size': <int64 " #size ">, 'padding': <'causal'>" more "}"

typedef struct {
  const gchar *name;
  const gchar *layers[4];
} Chain;

static const Chain chains[] = {
  { "conv", { CONV (7, 3, "") } },
  { "conv-wide", { CONV (37, 2, ", 'activation': <'tanh'>") } },
  { "conv-softmax", { CONV (9, 4, ", 'activation': <'softmax'>") } },
  { "conv-one-tap", { CONV (5, 1, ", 'padding': <'valid'>") } },
  { "conv-dilated", { CONV (5, 4, ", 'dilation_rate': <int64 5>") } },
  { "conv-beyond-window", { CONV (4, 3, ", 'dilation_rate': <int64 300>") } },
  { "conv-groups", { CONV (34, 3, ", 'groups': <int64 2>") } },
  { "conv-each-feature", { CONV (6, 3, ", 'groups': <int64 6>") } },
  { "conv-many-taps", { CONV (3, 201, "") } },
  { "conv-stack", { CONV (6, 2, ", 'activation': <'relu'>"),
                      "LSTM {'units': <int64 5>, 'return_sequences': <true>}",
                      CONV (4, 3, ", 'dilation_rate': <int64 2>") } },
  { "separable", { SEPARABLE (7, 3, "") } },
  { "separable-wide", { SEPARABLE (37, 2,
                          ", 'depth_multiplier': <int64 3>, 'activation': "
                          "<'tanh'>") } },
  { "separable-dilated", { SEPARABLE (5, 4, ", 'dilation_rate': <int64 5>") } },
  { "separable-many-between",
      { SEPARABLE (2, 2, ", 'depth_multiplier': <int64 3000>") } },
  { "depthwise-one-tap",
      { "DepthwiseConv1D {'kernel_size': <int64 1>, 'depth_multiplier': <int64 "
        "2>}" } },
  { "pointwise", { "LayerNormalization {'axis': <int64 -1>}",
                     "PReLU {'shared_axes': <[<int64 1>]>}",
                     "UnitNormalization {'axis': <int64 2>}" } },
};

static LstmModel *
chain_model (const Chain *chain, gint64 features)
{
  g_autoptr (GError) error = NULL;
  LstmModel *model =
      fixture_chain (LSTM_DIM_UNKNOWN, features, chain->layers, &error);

  g_assert_no_error (error);
  return model;
}

static void
test_frames_of_chain (gconstpointer data)
{
  g_autoptr (LstmModel) model = chain_model (data, FEATURES);
  g_autofree gfloat *x = fixture_random (3, 2 * FRAMES * FEATURES);

  check_frames (model, x, 2, FRAMES);
}

static void
test_many_streams (gconstpointer data)
{
  const guint frames = 5;
  g_autoptr (LstmModel) model = chain_model (data, FEATURES);
  g_autofree gfloat *x = fixture_random (4, STREAMS * frames * FEATURES);
  Runner together = runner_new (model, LSTM_MODE_FRAME, STREAMS, frames);
  Runner alone = runner_new (model, LSTM_MODE_FRAME, STREAMS, frames);

  run (&alone, x, frames, FALSE);
  run (&together, x, frames, TRUE);
  assert_same (&together, &alone);
  run (&together, x, 1, TRUE);
  assert_same (&together, &alone);
  assert_frames_differ (&together);
  runner_clear (&together);
  runner_clear (&alone);
}

/* ---- the history of a causal Conv1D ---- */

static const Chain history_chain = { "history",
  { CONV (4, 3, ", 'dilation_rate': <int64 2>") } };

static void
test_history (void)
{
  g_autoptr (LstmModel) model = chain_model (&history_chain, 2);
  g_autoptr (LstmPlan) plan = fixture_plan (model, LSTM_MODE_FRAME, 0);
  g_autoptr (LstmContext) context = lstm_context_new (plan);
  g_autoptr (LstmStream) stream = lstm_stream_new (plan);
  const gfloat x[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  const gfloat after_one[8] = { 0, 0, 0, 0, 0, 0, 1, 2 };
  const gfloat zeros[8] = { 0 };
  gfloat y[6 * 4];
  LstmInput input = { x, 0, 2 };
  LstmOutput output = { y, 0, 4 };
  const LstmSlot *slot;
  gfloat *history;

  g_assert_cmpuint (lstm_plan_get_n_slots (plan), ==, 1);
  slot = lstm_plan_get_slot (plan, 0);
  g_assert_cmpstr (slot->name, ==, "layer_0/history");
  g_assert_cmpuint (slot->shape.rank, ==, 2);
  g_assert_cmpint (slot->shape.dims[0], ==, 4);
  g_assert_cmpint (slot->shape.dims[1], ==, 2);
  history = lstm_stream_get_slot (stream, 0);
  g_assert_cmpmem (history, sizeof zeros, zeros, sizeof zeros);

  lstm_context_process (context, &stream, 1, 1, &input, &output);
  g_assert_cmpmem (history, sizeof after_one, after_one, sizeof after_one);
  input.data = x + 2;
  lstm_context_process (context, &stream, 1, 5, &input, &output);
  g_assert_cmpmem (history, 8 * sizeof *x, x + 4, 8 * sizeof *x);
  lstm_stream_reset (stream);
  g_assert_cmpmem (history, sizeof zeros, zeros, sizeof zeros);
}

static void
test_no_history (void)
{
  static const Chain one_tap = { "one-tap", { CONV (4, 1, "") } };
  g_autoptr (LstmModel) tap = chain_model (&one_tap, 2);
  g_autoptr (LstmPlan) frame = fixture_plan (tap, LSTM_MODE_FRAME, 0);
  g_autoptr (LstmModel) model = chain_model (&history_chain, 2);
  g_autoptr (LstmPlan) window = fixture_plan (model, LSTM_MODE_WINDOW, 8);

  g_assert_cmpuint (lstm_plan_get_n_slots (frame), ==, 0);
  g_assert_cmpuint (lstm_plan_get_n_slots (window), ==, 0);
}

/* ---- tests ---- */

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static GPtrArray *
list_cases (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (golden_dir (), 0, &error);
  const gchar *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
add (const gchar *group, const gchar *name, gconstpointer data,
    GTestDataFunc func)
{
  g_autofree gchar *path = g_strdup_printf ("/layers/%s/%s", group, name);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  names = list_cases ();
  g_test_add_data_func ("/layers/count", names, test_count);
  for (guint i = 0; i < names->len; i++) {
    const gchar *name = g_ptr_array_index (names, i);

    add ("keras", name, name, test_keras);
    if (g_str_has_prefix (name, "stream_"))
      add ("frames-of-case", name, name, test_frames_of_case);
  }
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++) {
    add ("frames", chains[i].name, &chains[i], test_frames_of_chain);
    add ("many-streams", chains[i].name, &chains[i], test_many_streams);
  }
  g_test_add_func ("/layers/history", test_history);
  g_test_add_func ("/layers/no-history", test_no_history);
  status = g_test_run ();
  g_print ("# layers: largest difference to Keras %.3g\n", largest);
  return status;
}
