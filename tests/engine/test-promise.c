/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The bit-exact promise: an output's bits do not depend on how frames are cut
 * into calls, nor on the streams that are processed with it. */

#include <string.h>

#include "engine/fixture.h"

#define FEATURES 5
#define FRAMES 211
#define STACK 7     /* which of the models */
#define STREAMS 150 /* more than one block */

typedef struct {
  const gchar *name;
  const gchar *layers[6];
} Model;

/* A model at a precision. */
typedef struct {
  const Model *model;
  LstmPrecision precision;
} Case;

static const Model models[] = {
  { "lstm", { "LSTM {'units': <int64 7>, 'return_sequences': <true>}" } },
  { "lstm-wide", { "LSTM {'units': <int64 37>, 'return_sequences': <true>}" } },
  { "gru-after", { "GRU {'units': <int64 17>, 'reset_after': <true>}" } },
  { "gru-before", { "GRU {'units': <int64 17>, 'reset_after': <false>}" } },
  { "simple-rnn", { "SimpleRNN {'units': <int64 9>}" } },
  { "last-then-dense",
      { "LSTM {'units': <int64 6>}",
          "Dense {'units': <int64 3>, 'activation': <'softmax'>}" } },
  /* More inputs than int8 takes at once. */
  { "conv-wide",
      { "Dense {'units': <int64 431>, 'activation': <'tanh'>}",
          "Conv1D {'filters': <int64 21>, 'kernel_size': <int64 3>, 'padding': "
          "<'causal'>}",
          "LSTM {'units': <int64 11>, 'return_sequences': <true>}" } },
  { "stack",
      { "LSTM {'units': <int64 20>, 'return_sequences': <true>}",
          "Dropout {'rate': <0.5>}",
          "GRU {'units': <int64 18>, 'return_sequences': <true>}",
          "Dense {'units': <int64 16>, 'activation': <'relu'>}",
          "SimpleRNN {'units': <int64 4>, 'activation': <'softmax'>}" } },
};

typedef struct {
  LstmPlan *plan;
  LstmContext *context;
  gsize in;
  gsize out;
} Runner;

static Runner
runner_new (const Case *c, gint64 steps, LstmMode mode)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LstmModel) model =
      fixture_chain (steps, FEATURES, c->model->layers, &error);
  Runner r;

  g_assert_no_error (error);
  r.plan = lstm_plan_new (model,
      &(LstmPlanOptions){ .mode = mode, .precision = c->precision }, &error);
  g_assert_no_error (error);
  r.context = lstm_context_new (r.plan);
  r.in = lstm_plan_get_input_size (r.plan, 0);
  r.out = lstm_plan_get_output_size (r.plan, 0);
  return r;
}

static void
runner_clear (Runner *r)
{
  lstm_context_free (r->context);
  lstm_plan_unref (r->plan);
}

static void
run (Runner *r, LstmStream *stream, const gfloat *x, guint n, gfloat *y)
{
  LstmInput input = { x, 0, r->in };
  LstmOutput output = { y, 0, r->out };

  g_assert_cmpint (
      lstm_context_process (r->context, &stream, 1, n, &input, &output), ==,
      LSTM_STATUS_OK);
}

static void
run_cut (Runner *r, const gfloat *x, guint frames, guint cut, gfloat *y)
{
  g_autoptr (LstmStream) stream = lstm_stream_new (r->plan);

  for (guint i = 0; i < frames; i += cut)
    run (r, stream, x + i * r->in, MIN (cut, frames - i), y + i * r->out);
}

static void
test_cuts (gconstpointer data)
{
  static const guint cuts[] = { 1, 2, 3, 7, 31, 64, 65, 127 };
  Runner r = runner_new (data, LSTM_DIM_UNKNOWN, LSTM_MODE_FRAME);
  g_autofree gfloat *x = fixture_random (1, FRAMES * r.in);
  g_autofree gfloat *whole = g_new0 (gfloat, FRAMES * r.out);
  g_autofree gfloat *part = g_new0 (gfloat, FRAMES * r.out);
  gsize bytes = FRAMES * r.out * sizeof (gfloat);

  run_cut (&r, x, FRAMES, FRAMES, whole);
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++) {
    run_cut (&r, x, FRAMES, cuts[i], part);
    g_assert_cmpmem (part, bytes, whole, bytes);
  }
  /* Frames do differ, or the comparison would say nothing. */
  g_assert_cmpint (
      memcmp (whole, whole + r.out, r.out * sizeof (gfloat)), !=, 0);
  runner_clear (&r);
}

/* Many streams in one call, each with its own frames, against each alone. Items
 * lie apart by odd strides, with guards between. */
static void
test_together (gconstpointer data)
{
  const guint frames = 5;
  Runner r = runner_new (data, LSTM_DIM_UNKNOWN, LSTM_MODE_FRAME);
  gsize in_row = frames * r.in + 3, out_step = r.out + 1;
  gsize out_row = frames * out_step + 2;
  g_autofree gfloat *x = fixture_random (2, STREAMS * in_row);
  g_autofree gfloat *y = g_new (gfloat, STREAMS * out_row);
  g_autofree gfloat *alone = g_new0 (gfloat, frames * r.out);
  LstmStream *streams[STREAMS];
  LstmInput input = { x, in_row, r.in };
  LstmOutput output = { y, out_row, out_step };

  for (gsize i = 0; i < STREAMS * out_row; i++)
    y[i] = 4321.0f;
  for (guint s = 0; s < STREAMS; s++)
    streams[s] = lstm_stream_new (r.plan);
  g_assert_cmpint (lstm_context_process (
                       r.context, streams, STREAMS, frames, &input, &output),
      ==, LSTM_STATUS_OK);
  for (guint s = 0; s < STREAMS; s++) {
    run_cut (&r, x + s * in_row, frames, frames, alone);
    for (guint i = 0; i < frames; i++) {
      const gfloat *item = y + s * out_row + i * out_step;

      g_assert_cmpmem (item, r.out * sizeof (gfloat), alone + i * r.out,
          r.out * sizeof (gfloat));
      g_assert_true (item[r.out] == 4321.0f);
    }
    lstm_stream_free (streams[s]);
  }
  runner_clear (&r);
}

/* Sliding windows in one call against each window alone. */
static void
test_windows (gconstpointer data)
{
  const guint steps = 13, stride = 2, windows = 90;
  Runner r = runner_new (data, steps, LSTM_MODE_WINDOW);
  g_autofree gfloat *x =
      fixture_random (3, (steps + windows * stride) * FEATURES);
  g_autofree gfloat *together = g_new0 (gfloat, windows * r.out);
  g_autofree gfloat *alone = g_new0 (gfloat, r.out);
  LstmInput input = { x, 0, stride * FEATURES };
  LstmOutput output = { together, 0, r.out };

  g_assert_cmpuint (lstm_plan_get_n_slots (r.plan), ==, 0);
  lstm_context_process (r.context, NULL, 1, windows, &input, &output);
  for (guint i = 0; i < windows; i++) {
    LstmInput one = { x + i * stride * FEATURES, 0, 0 };
    LstmOutput to = { alone, 0, 0 };

    lstm_context_process (r.context, NULL, 1, 1, &one, &to);
    g_assert_cmpmem (alone, r.out * sizeof (gfloat), together + i * r.out,
        r.out * sizeof (gfloat));
  }
  runner_clear (&r);
}

/* Frame mode over a window's frames ends where the window ends. */
static void
test_frames_equal_window (gconstpointer data)
{
  const guint steps = 29;
  Runner w = runner_new (data, steps, LSTM_MODE_WINDOW);
  Runner f = runner_new (data, steps, LSTM_MODE_FRAME);
  g_autofree gfloat *x = fixture_random (4, steps * FEATURES);
  g_autofree gfloat *by_window = g_new0 (gfloat, w.out);
  g_autofree gfloat *by_frame = g_new0 (gfloat, steps * f.out);
  LstmInput input = { x, 0, 0 };
  LstmOutput output = { by_window, 0, 0 };

  lstm_context_process (w.context, NULL, 1, 1, &input, &output);
  run_cut (&f, x, steps, 3, by_frame);
  g_assert_cmpmem (by_window + w.out - f.out, f.out * sizeof (gfloat),
      by_frame + (steps - 1) * f.out, f.out * sizeof (gfloat));
  runner_clear (&w);
  runner_clear (&f);
}

/* A copy of a stream goes on as the stream does; a reset one as a new one. */
static void
test_copy_and_reset (gconstpointer data)
{
  Runner r = runner_new (data, LSTM_DIM_UNKNOWN, LSTM_MODE_FRAME);
  g_autofree gfloat *x = fixture_random (5, 20 * FEATURES);
  g_autoptr (LstmStream) stream = lstm_stream_new (r.plan);
  g_autoptr (LstmStream) copy = NULL;
  gfloat first[20 * 4], second[20 * 4], third[20 * 4], again[20 * 4];

  run (&r, stream, x, 20, first);
  copy = lstm_stream_copy (stream);
  run (&r, stream, x, 20, second);
  run (&r, copy, x, 20, third);
  g_assert_cmpmem (second, sizeof second, third, sizeof third);
  g_assert_cmpint (memcmp (first, second, sizeof first), !=, 0);
  lstm_stream_reset (stream);
  run (&r, stream, x, 20, again);
  g_assert_cmpmem (first, sizeof first, again, sizeof again);
  runner_clear (&r);
}

typedef struct {
  LstmPlan *plan;
  const gfloat *x;
  gfloat *y;
} Job;

static gpointer
job_run (gpointer data)
{
  Job *job = data;
  g_autoptr (LstmContext) context = lstm_context_new (job->plan);
  Runner r = { job->plan, context, lstm_plan_get_input_size (job->plan, 0),
    lstm_plan_get_output_size (job->plan, 0) };

  run_cut (&r, job->x, FRAMES, 3, job->y);
  return NULL;
}

/* One plan in several threads at once. */
static void
test_threads (gconstpointer data)
{
  Runner r = runner_new (data, LSTM_DIM_UNKNOWN, LSTM_MODE_FRAME);
  g_autofree gfloat *x = fixture_random (6, FRAMES * r.in);
  g_autofree gfloat *y = g_new0 (gfloat, 5 * FRAMES * r.out);
  gsize n = FRAMES * r.out;
  GThread *threads[4];
  Job jobs[4];

  run_cut (&r, x, FRAMES, FRAMES, y);
  for (guint i = 0; i < 4; i++) {
    jobs[i] = (Job){ r.plan, x, y + (i + 1) * n };
    threads[i] = g_thread_new ("job", job_run, &jobs[i]);
  }
  for (guint i = 0; i < 4; i++) {
    g_thread_join (threads[i]);
    g_assert_cmpmem (jobs[i].y, n * sizeof (gfloat), y, n * sizeof (gfloat));
  }
  runner_clear (&r);
}

/* Each model at each precision. */
static Case cases[3][G_N_ELEMENTS (models)];

static void
add_one (const gchar *what, const Case *c, GTestDataFunc func)
{
  g_autofree gchar *path = g_strdup_printf ("/promise/%s/%s/%s", what,
      c->model->name, lstm_precision_get_name (c->precision));

  g_test_add_data_func (path, c, func);
}

static void
add (const gchar *what, GTestDataFunc func)
{
  for (guint p = 0; p < G_N_ELEMENTS (cases); p++)
    for (guint i = 0; i < G_N_ELEMENTS (models); i++)
      add_one (what, &cases[p][i], func);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint p = 0; p < G_N_ELEMENTS (cases); p++)
    for (guint i = 0; i < G_N_ELEMENTS (models); i++)
      cases[p][i] = (Case){ &models[i], (LstmPrecision) p };
  add ("cuts", test_cuts);
  add ("together", test_together);
  add ("windows", test_windows);
  add ("frames-equal-window", test_frames_equal_window);
  for (guint p = 0; p < G_N_ELEMENTS (cases); p++) {
    add_one ("copy-and-reset", &cases[p][STACK], test_copy_and_reset);
    add_one ("threads", &cases[p][STACK], test_threads);
  }
  return g_test_run ();
}
