/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The bits do not depend on the number of threads: every kernel set in every
 * precision, divided as finely as can be, against a context without a pool. */

#include <malloc.h>
#include <string.h>

#include "engine/fixture.h"
#include "engine/pool-private.h"

#define FEATURES 5
#define STEPS 6
#define PRECISIONS 3
#define LAYER(class_name, config)                                              \
  "<{'class_name': <'" class_name "'>, 'config': <@a{sv} {" config "}>}>"

typedef struct {
  const gchar *name;
  gboolean windows; /* cannot run by frame */
  const gchar *layers[5];
} Model;

static const Model models[] = {
  { "lstm", FALSE,
      { "LSTM {'units': <int64 70>, 'return_sequences': <true>}" } },
  { "lstm-of-one-panel", FALSE, { "LSTM {'units': <int64 5>}" } },
  { "lstm-relu", FALSE,
      { "LSTM {'units': <int64 37>, 'activation': <'relu'>, "
        "'recurrent_activation': <'hard_sigmoid'>}" } },
  { "lstm-softmax", FALSE,
      { "LSTM {'units': <int64 33>, 'activation': <'softmax'>}" } },
  { "gru-after", FALSE,
      { "GRU {'units': <int64 52>, 'reset_after': <true>}" } },
  { "gru-after-relu", FALSE,
      { "GRU {'units': <int64 52>, 'activation': <'relu'>}" } },
  { "gru-before", FALSE,
      { "GRU {'units': <int64 67>, 'reset_after': <false>}" } },
  { "simple-rnn", FALSE, { "SimpleRNN {'units': <int64 41>}" } },
  { "masked", FALSE,
      { "Masking {'mask_value': <0.0>}",
          "GRU {'units': <int64 35>, 'reset_after': <false>}",
          "Dense {'units': <int64 19>}" } },
  { "conv", FALSE,
      { "Conv1D {'filters': <int64 45>, 'kernel_size': <int64 3>, 'padding': "
        "<'causal'>}",
          "LSTM {'units': <int64 34>, 'return_sequences': <true>}",
          "Dense {'units': <int64 50>, 'activation': <'softmax'>}" } },
  { "paced", FALSE,
      { "Conv1D {'filters': <int64 45>, 'kernel_size': <int64 3>, 'strides': "
        "<int64 2>}",
          "LSTM {'units': <int64 34>, 'return_sequences': <true>}" } },
  { "stateful", TRUE,
      { "LSTM {'units': <int64 38>, 'stateful': <true>, "
        "'return_sequences': <true>}",
          "GRU {'units': <int64 35>, 'stateful': <true>}" } },
  { "bidirectional", TRUE,
      { "Bidirectional {'merge_mode': <'concat'>, 'layer': " LAYER (
            "LSTM", "'units': <int64 35>, 'return_sequences': <true>") "}",
          "LSTM {'units': <int64 20>}" } },
};

/* How many of what a call has. */
typedef struct {
  guint streams;
  guint items;
} Shape;

static const Shape frame_shapes[] = { { 1, 9 }, { 1, 1 }, { 3, 4 }, { 50, 2 } };
static const Shape window_shapes[] = { { 1, 1 }, { 2, 3 }, { 1, 75 },
  { 50, 2 } };

typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  LstmStream **streams;
  Shape shape;
  gsize out;
  gfloat *y;
} Runner;

static void
runner_init (Runner *r, LstmPlan *plan, LstmPool *pool, Shape shape)
{
  r->plan = plan;
  r->context =
      pool ? lstm_context_new_with_pool (plan, pool) : lstm_context_new (plan);
  r->shape = shape;
  r->out = lstm_plan_get_output_size (plan, 0);
  r->y = g_new0 (gfloat, shape.streams * shape.items * r->out);
  r->streams = g_new0 (LstmStream *, shape.streams);
  for (guint i = 0; i < shape.streams; i++)
    r->streams[i] = lstm_stream_new (plan);
}

static void
runner_clear (Runner *r)
{
  for (guint i = 0; i < r->shape.streams; i++)
    lstm_stream_free (r->streams[i]);
  g_free (r->streams);
  g_free (r->y);
  lstm_context_free (r->context);
}

/* Sequences of frames, a third of which are zeros. Windows of a stream slide by
 * a frame. */
static gfloat *
make_frames (gsize n)
{
  gfloat *x = fixture_random (5, n * FEATURES);

  for (gsize i = 0; i < n; i += 3)
    memset (x + i * FEATURES, 0, FEATURES * sizeof (gfloat));
  return x;
}

static void
run (Runner *r, const gfloat *x)
{
  gsize apart = (r->shape.items + STEPS) * FEATURES;
  LstmInput input = { x, apart, FEATURES };
  LstmOutput output = { r->y, r->shape.items * r->out, r->out };

  g_assert_cmpint (lstm_context_process (r->context, r->streams,
                       r->shape.streams, r->shape.items, &input, &output),
      ==, LSTM_STATUS_OK);
}

static void
compare (const Runner *r, const Runner *alone)
{
  gsize bytes = r->shape.streams * r->shape.items * r->out * sizeof (gfloat);

  g_assert_cmpmem (r->y, bytes, alone->y, bytes);
  for (guint i = 0; i < r->shape.streams; i++) {
    gsize n, n_alone;
    const gfloat *state = lstm_stream_get_data (r->streams[i], &n);
    const gfloat *expected = lstm_stream_get_data (alone->streams[i], &n_alone);

    g_assert_cmpmem (
        state, n * sizeof *state, expected, n_alone * sizeof *expected);
    g_assert_cmpuint (lstm_stream_get_n_outputs (r->streams[i], NULL), ==,
        lstm_stream_get_n_outputs (alone->streams[i], NULL));
  }
}

/* Two calls, so that the second begins with a state. */
static void
check_shape (LstmPlan *plan, LstmPool *pool, Shape shape)
{
  g_autofree gfloat *x = make_frames (shape.streams * (shape.items + STEPS));
  guint before = lstm_pool_count_jobs (pool);
  Runner alone, divided;

  runner_init (&alone, plan, NULL, shape);
  runner_init (&divided, plan, pool, shape);
  g_assert_null (lstm_context_get_pool (alone.context));
  g_assert_true (lstm_context_get_pool (divided.context) == pool);
  for (guint i = 0; i < 2; i++) {
    run (&alone, x);
    run (&divided, x);
    compare (&divided, &alone);
  }
  if (shape.streams * shape.items > 1)
    g_assert_cmpuint (lstm_pool_count_jobs (pool), !=, before);
  runner_clear (&alone);
  runner_clear (&divided);
}

/* NULL if this machine has no such kernels. */
static LstmPlan *
make_plan (const Model *m, const LstmPlanOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model = fixture_chain (
      options->mode == LSTM_MODE_FRAME ? LSTM_DIM_UNKNOWN : STEPS, FEATURES,
      m->layers, &error);
  LstmPlan *plan;

  g_assert_no_error (error);
  plan = lstm_plan_new (model, options, &error);
  if (strcmp (options->kernels, "scalar") != 0 &&
      g_error_matches (error, LSTM_ERROR, LSTM_ERROR_VALUE))
    return NULL;
  g_assert_no_error (error);
  return plan;
}

static void
check_plan (const Model *m, LstmPool *pool, const LstmPlanOptions *options)
{
  g_autoptr (LstmPlan) plan = make_plan (m, options);
  gboolean frames = options->mode == LSTM_MODE_FRAME;

  for (guint i = 0; plan && i < G_N_ELEMENTS (frame_shapes); i++)
    check_shape (plan, pool, frames ? frame_shapes[i] : window_shapes[i]);
}

static void
check_model (const Model *m, guint n_threads)
{
  g_autoptr (LstmPool) pool = lstm_pool_new (n_threads, NULL);

  g_assert_nonnull (pool);
  lstm_pool_set_least_macs (pool, 0);
  for (const gchar *const *set = lstm_list_kernels (); *set; set++)
    for (guint p = 0; p < PRECISIONS; p++) {
      LstmPlanOptions options = { .mode = LSTM_MODE_WINDOW,
        .kernels = *set,
        .precision = (LstmPrecision) p };

      check_plan (m, pool, &options);
      options.mode = LSTM_MODE_FRAME;
      if (!m->windows)
        check_plan (m, pool, &options);
    }
}

static void
test_bits (gconstpointer data)
{
  check_model (data, 2);
  check_model (data, 3);
  check_model (data, 8);
}

/* ---- what is divided ---- */

static guint
count_jobs (const gchar *layer, Shape shape, guint n_threads)
{
  const gchar *const layers[] = { layer, NULL };
  g_autoptr (LstmModel) model =
      fixture_chain (LSTM_DIM_UNKNOWN, FEATURES, layers, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, NULL, NULL);
  g_autoptr (LstmPool) pool = lstm_pool_new (n_threads, NULL);
  g_autofree gfloat *x = make_frames (shape.streams * (shape.items + STEPS));
  Runner r;

  runner_init (&r, plan, pool, shape);
  run (&r, x);
  runner_clear (&r);
  return lstm_pool_count_jobs (pool);
}

/* Little work stays with the calling thread; each step of a large layer is
 * divided; many streams are divided once. */
static void
test_thresholds (void)
{
  const gchar *small = "LSTM {'units': <int64 40>}";
  const gchar *large = "LSTM {'units': <int64 200>}";

  g_assert_cmpuint (count_jobs (small, (Shape){ 1, 5 }, 2), ==, 0);
  g_assert_cmpuint (count_jobs (small, (Shape){ 60, 1 }, 2), ==, 1);
  g_assert_cmpuint (count_jobs (large, (Shape){ 1, 1 }, 2), ==, 1);
  g_assert_cmpuint (count_jobs (large, (Shape){ 1, 5 }, 2), ==, 5);
  g_assert_cmpuint (count_jobs (large, (Shape){ 60, 5 }, 2), ==, 1);
  g_assert_cmpuint (count_jobs (large, (Shape){ 1, 5 }, 1), ==, 0);
}

/* What an index out of range gives, wherever it is. */
static void
test_status (void)
{
  g_autoptr (LstmModelBuilder) builder = lstm_model_builder_new ("words", 3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  LstmShape shape = lstm_shape_make (1, (gint64) STEPS);
  g_autoptr (LstmPool) pool = lstm_pool_new (2, NULL);
  g_autoptr (LstmModel) model = NULL;
  g_autoptr (LstmPlan) plan = NULL;
  g_autoptr (LstmContext) context = NULL;
  gfloat x[40 * STEPS] = { 0 }, y[40 * 3];
  LstmInput input = { x, 0, STEPS };
  LstmOutput output = { y, 0, 3 };
  LstmLayer *layer;
  LstmValueId value;

  lstm_model_builder_add_input (
      builder, "x", &shape, LSTM_DIM_UNKNOWN, &value, NULL);
  layer = fixture_add_layer (builder, "Embedding", "e",
      "{'input_dim': <int64 4>, 'output_dim': <int64 5>}", NULL);
  value = fixture_call (builder, layer, value);
  fixture_fill_weights (layer, rand);
  layer =
      fixture_add_layer (builder, "LSTM", "l", "{'units': <int64 3>}", NULL);
  value = fixture_call (builder, layer, value);
  fixture_fill_weights (layer, rand);
  lstm_model_builder_add_output (builder, value, "y");
  model = lstm_model_builder_build (builder, NULL);
  plan = lstm_plan_new (
      model, &(LstmPlanOptions){ .mode = LSTM_MODE_WINDOW }, NULL);
  lstm_pool_set_least_macs (pool, 0);
  context = lstm_context_new_with_pool (plan, pool);
  for (gint bad = -1; bad < 40; bad += 13) {
    memset (x, 0, sizeof x);
    if (bad >= 0)
      x[bad * STEPS] = 4.0f;
    g_assert_cmpint (
        lstm_context_process (context, NULL, 1, 40, &input, &output), ==,
        bad < 0 ? LSTM_STATUS_OK : LSTM_STATUS_INDEX_OUT_OF_RANGE);
  }
  g_assert_cmpuint (lstm_pool_count_jobs (pool), ==, 4);
}

/* ---- memory ---- */

#define STREAMS 100

static gsize
allocated (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* A stream is its state and little else. */
static void
test_stream_memory (void)
{
  static const gchar *const layers[] = {
    "LSTM {'units': <int64 512>, 'return_sequences': <true>}",
    "LSTM {'units': <int64 512>, 'return_sequences': <true>}",
    "LSTM {'units': <int64 512>}", NULL
  };
  g_autoptr (LstmModel) model =
      fixture_chain (LSTM_DIM_UNKNOWN, FEATURES, layers, NULL);
  g_autoptr (LstmPlan) plan = lstm_plan_new (model, NULL, NULL);
  LstmStream *streams[STREAMS];
  gsize before = allocated ();

  for (guint i = 0; i < STREAMS; i++)
    streams[i] = lstm_stream_new (plan);
  g_assert_cmpuint (lstm_plan_get_state_size (plan), ==, 3 * 2 * 512 * 4);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_assert_cmpuint (
      allocated () - before, >=, STREAMS * lstm_plan_get_state_size (plan));
  g_assert_cmpuint (allocated () - before, <, STREAMS * 13 * 1024);
#else
  (void) before;
#endif
  for (guint i = 0; i < STREAMS; i++)
    lstm_stream_free (streams[i]);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autofree gchar *path =
        g_strconcat ("/threads/bits/", models[i].name, NULL);

    g_test_add_data_func (path, &models[i], test_bits);
  }
  g_test_add_func ("/threads/thresholds", test_thresholds);
  g_test_add_func ("/threads/status", test_status);
  g_test_add_func ("/threads/stream-memory", test_stream_memory);
  return g_test_run ();
}
